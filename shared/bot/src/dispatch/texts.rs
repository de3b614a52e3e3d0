//! Operators put the bot's texts in their own words.

use super::{
    Bot,
    press::{Reply, Step},
};
use crate::{
    Screen,
    callback::{TextDesk, Words},
    screens::{self, TextCard},
};
use domain::{Language, OwnText, Person, TextId, Topic, text::Unchanged};
use jiff::Timestamp;
use locale::Mistake;
use shop::{ShopError, Unsaved};

/// The key that a button speaks of; `None` if this version has no such text.
fn key_of(id: TextId) -> Option<&'static str> {
    locale::keys().find(|key| TextId::of(key) == id)
}

/// The keys in whose name or words (delivered or own) all of `words` are found.
fn found(words: &Words, own: &[OwnText]) -> Vec<&'static str> {
    let says = |key: &str| {
        let delivered = Language::ALL.iter().filter_map(|language| locale::default_text(*language, key));
        let changed = own.iter().filter(|own| own.key == key).filter_map(|own| own.text.clone());
        delivered.chain(changed).fold(key.to_owned(), |all, text| all + "\n" + &text).to_lowercase()
    };
    let matches = |key: &&str| {
        let text = says(key);
        words.iter().all(|word| text.contains(word))
    };
    if words.iter().next().is_none() {
        locale::keys().collect()
    } else {
        locale::keys().filter(matches).collect()
    }
}

impl Bot {
    /// `/texts` and `/texts WORDS`.
    pub(super) async fn texts(&self, words: &str, now: Timestamp) -> Result<Screen, ShopError> {
        self.text_list(0, &Words::of(words), now).await
    }

    async fn text_list(&self, page: u16, words: &Words, now: Timestamp) -> Result<Screen, ShopError> {
        let own = self.shop.own_texts().await?;
        Ok(screens::texts(&self.desk_view(now), &found(words, &own), &own, (page, words)))
    }

    pub(super) async fn text_desk(
        &self,
        person: &Person,
        desk: TextDesk,
        now: Timestamp,
    ) -> Result<Reply, Step> {
        let view = self.desk_view(now);
        let (language, id) = match desk {
            TextDesk::List(page, words) => {
                return Ok(Reply::screen(self.text_list(page, &words, now).await?, view.texts));
            }
            TextDesk::Card(id) => {
                // Whoever goes back to the text does not answer what was asked.
                self.shop.stop_asking(self.shop.load(person, now).await?).await?;
                return Ok(Reply::screen(self.text_card(id, now).await?, view.texts));
            }
            TextDesk::Edit(language, id) | TextDesk::Save(language, id) | TextDesk::Reset(language, id) => {
                (language, id)
            }
        };
        let Some(key) = key_of(id) else {
            return Ok(Reply::screen(self.text_list(0, &Words::default(), now).await?, view.texts)
                .alert("alert-stale"));
        };
        let said = match desk {
            TextDesk::Edit(..) => {
                self.shop.ask_about(person, Topic::Text(language, id), now).await?;
                let own = self.shop.own_texts().await?;
                let card = TextCard { key, own: &own };
                return Ok(Reply::screen(screens::ask_text(&view, card, language), view.texts));
            }
            TextDesk::Save(..) => match self.shop.save_text(person, (language, key), now).await? {
                Ok(()) => "alert-text-saved",
                Err(Unsaved::Gone) => "alert-text-gone",
                Err(Unsaved::Unchanged(Unchanged::Same)) => "alert-text-same",
                Err(Unsaved::Unchanged(Unchanged::TooMany)) => "alert-text-many",
                Err(Unsaved::Mistake(_)) => "alert-text-unfit",
            },
            _ => {
                self.shop.reset_text(person, (language, key), now).await?;
                "alert-text-reset"
            }
        };
        let bot = self.worded(self.shop.wording(now).await);
        let texts = bot.desk_view(now).texts;
        Ok(Reply::screen(bot.text_card(id, now).await?, texts).toast(said))
    }

    async fn text_card(&self, id: TextId, now: Timestamp) -> Result<Screen, ShopError> {
        match key_of(id) {
            Some(key) => {
                let own = self.shop.own_texts().await?;
                Ok(screens::text_card(&self.desk_view(now), TextCard { key, own: &own }))
            }
            None => self.text_list(0, &Words::default(), now).await,
        }
    }

    /// What an operator wrote for a text: how it will look, or what is wrong with it.
    pub(super) async fn own_text(
        &self,
        person: &Person,
        (language, id): (Language, TextId),
        text: &str,
        now: Timestamp,
    ) -> Result<Screen, ShopError> {
        let view = self.desk_view(now);
        let Some(key) = key_of(id) else {
            return Ok(screens::text_mistake(&view, (language, id), &Mistake::Unknown));
        };
        Ok(match self.shop.draft_text(person, (language, key), text, now).await? {
            Ok(draft) => screens::text_preview(&view, (language, key), &draft),
            Err(mistake) => screens::text_mistake(&view, (language, id), &mistake),
        })
    }
}
