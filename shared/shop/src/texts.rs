//! Texts in the operator's own words: how a container comes to speak with them, and how an operator changes one.

use crate::{
    Shop, ShopError,
    error::{Attempt, commit, until_done},
};
use domain::{
    Language, OwnText, Person, Topic, UserState, dialog,
    text::{self, TextId, Unchanged},
};
use jiff::{SignedDuration, Timestamp};
use locale::{Draft, Mistake, Wording};
use std::sync::{Mutex, PoisonError};
use store::Store;

/// The own words of `texts`. Those that no longer fit are left out with a warning; the shop's own text is said instead.
pub fn wording(texts: &[OwnText]) -> Wording {
    let rows = texts.iter().filter_map(|own| Some((own.language, own.key.as_str(), own.text.as_deref()?)));
    let (wording, unfit) = Wording::new(rows);
    for unfit in unfit {
        let (key, language, mistake) = (unfit.key, unfit.language, unfit.mistake);
        tracing::warn!(key, %language, %mistake, "an own text does not fit any more and is not used");
    }
    wording
}

/// Own words as last read, for functions that have no shop.
#[derive(Debug, Default)]
pub struct Words(Mutex<Option<Read>>);

#[derive(Debug, Clone)]
struct Read {
    at: Timestamp,
    texts: Vec<OwnText>,
    wording: Wording,
}

/// So long they are not read again for their own sake. Whoever shows plans reads them every minute, with the plans.
const REMEMBER: SignedDuration = SignedDuration::from_mins(5);

impl Words {
    /// Takes what was read elsewhere at `at` (by the warm-up).
    pub fn take(&self, texts: Vec<OwnText>, at: Timestamp) -> Wording {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Reading them costs more than comparing them, and they hardly ever change.
        let same = slot.as_ref().filter(|read| read.texts == texts).map(|read| read.wording.clone());
        let wording = same.unwrap_or_else(|| wording(&texts));
        *slot = Some(Read { at, texts, wording: wording.clone() });
        wording
    }

    /// Takes words that were made elsewhere at `at` (by the warm-up).
    pub(crate) fn adopt(&self, wording: Wording, at: Timestamp) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = Some(Read { at, texts: Vec::new(), wording });
    }

    /// They changed: they are read anew when next asked for.
    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// As last read.
    pub(crate) fn last(&self) -> Wording {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_ref().map(|read| read.wording.clone()).unwrap_or_default()
    }

    /// The own words, read anew when older than five minutes. What cannot be read stays as it was.
    pub async fn current(&self, store: &Store, now: Timestamp) -> Wording {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(read) = known.filter(|read| now.duration_since(read.at) < REMEMBER) {
            return read.wording;
        }
        match Box::pin(store.catalog()).await {
            Ok(catalog) => self.take(catalog.texts, now),
            Err(error) => {
                tracing::warn!(%error, "own texts cannot be read");
                self.last()
            }
        }
    }
}

/// Why a text is not in own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsaved {
    /// Nothing waits to be saved: it was saved, or something else was asked meanwhile.
    Gone,
    /// It is no text that can be used.
    Mistake(Mistake),
    /// It was not changed.
    Unchanged(Unchanged),
}

impl Shop {
    /// The own words as this container speaks them: as read with the plans, or at most five minutes ago.
    pub async fn wording(&self, now: Timestamp) -> Wording {
        Box::pin(self.words.current(&self.store, now)).await
    }

    /// The own words as last read.
    pub fn last_wording(&self) -> Wording {
        self.words.last()
    }

    /// All texts that were ever put in own words, as they are now.
    pub async fn own_texts(&self) -> Result<Vec<OwnText>, ShopError> {
        Ok(Box::pin(self.store.catalog()).await?.texts)
    }

    /// Keeps what an operator wrote for a text until they say yes. Not kept if it cannot be used.
    pub async fn draft_text(
        &self,
        person: &Person,
        (language, key): (Language, &str),
        text: &str,
        now: Timestamp,
    ) -> Result<Result<Draft, Mistake>, ShopError> {
        let draft = match locale::check(language, key, text) {
            Ok(draft) => draft,
            Err(mistake) => return Ok(Err(mistake)),
        };
        let topic = Topic::Text(language, TextId::of(key));
        let decide = |state: &UserState| Ok(((), dialog::propose(state, person.id, topic, &draft.text, now)));
        self.commit_with(person, now, decide).await?;
        Ok(Ok(draft))
    }

    /// Puts the text in the words that wait for a yes.
    pub async fn save_text(
        &self,
        person: &Person,
        (language, key): (Language, &str),
        now: Timestamp,
    ) -> Result<Result<(), Unsaved>, ShopError> {
        let topic = Topic::Text(language, TextId::of(key));
        let saved = until_done(async |_| {
            let state = self.load(person, now).await?;
            let waits = state.dialog.as_ref().filter(|_| state.topic(now) == Some(topic));
            let Some(draft) = waits.and_then(|dialog| dialog.draft.clone()) else {
                return Ok(Attempt::Done(Err(Unsaved::Gone)));
            };
            // It may have waited through a deployment.
            let draft = match locale::check(language, key, &draft) {
                Ok(draft) => draft,
                Err(mistake) => return Ok(Attempt::Done(Err(Unsaved::Mistake(mistake)))),
            };
            let known = self.own_texts().await?;
            match text::change(&known, (language, key), Some(draft.text), (person.id, now)) {
                Ok(decision) => commit(&self.store, &text::answered(decision, &state), Ok(())).await,
                Err(unchanged) => Ok(Attempt::Done(Err(Unsaved::Unchanged(unchanged)))),
            }
        })
        .await?;
        self.words.forget();
        Ok(saved)
    }

    /// Says the shop's own text again.
    pub async fn reset_text(
        &self,
        person: &Person,
        (language, key): (Language, &str),
        now: Timestamp,
    ) -> Result<(), ShopError> {
        until_done(async |_| {
            let known = self.own_texts().await?;
            match text::change(&known, (language, key), None, (person.id, now)) {
                Ok(decision) => commit(&self.store, &decision, ()).await,
                Err(_) => Ok(Attempt::Done(())),
            }
        })
        .await?;
        self.words.forget();
        Ok(())
    }
}
