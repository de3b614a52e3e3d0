//! Who comes in: registration, language, trial, reachability.

use crate::{
    Shop, ShopError,
    error::{Attempt, commit, until_done},
};
use domain::{
    Decision, Language, Person, Refusal, User, UserId, UserState, gate,
    registration::{self, FirstTouch, StartLink},
    trial,
};
use jiff::Timestamp;

/// A person who came in.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What we know of them now.
    pub state: UserState,
    /// This was their first contact.
    pub fresh: bool,
}

impl Shop {
    /// `/start`: registers a new person with the link's referrer or campaign, or refreshes a known one's profile.
    pub async fn enter(&self, person: &Person, link: &StartLink, now: Timestamp) -> Result<Entry, ShopError> {
        until_done(async |round| {
            let state = self.store.user_state(person.id).await?;
            self.saw(&state, now);
            let Some(user) = &state.user else {
                let touch = self.first_touch(link).await?;
                let language = self.settings.default_language;
                // A conflict means: registered meanwhile, or the referral code belongs to somebody else.
                let (_, decision) = registration::register(person, touch, language, now, round);
                let entry = Entry { state: state.after(&decision), fresh: true };
                return commit(&self.store, &decision, entry).await;
            };
            let decision = registration::refresh(user, person);
            let entry = Entry { state: state.clone().after(&decision), fresh: false };
            commit(&self.store, &decision, entry).await
        })
        .await
    }

    async fn first_touch(&self, link: &StartLink) -> Result<FirstTouch, ShopError> {
        let mut touch = FirstTouch::default();
        match link {
            StartLink::Referral(code) => touch.referrer = self.store.referral_code(code).await?,
            StartLink::ReferralById(id) => {
                touch.referrer = self.store.user_state(*id).await?.user.map(|user| user.id);
            }
            StartLink::Campaign(name) => touch.campaign = Some(name.clone()),
            // Who gives a gift need not have brought anybody.
            StartLink::Plain | StartLink::Promo(_) | StartLink::Gift(_) | StartLink::Plan(_) => {}
        }
        Ok(touch)
    }

    /// Everything of a person who pressed or wrote something. Registers one who never started (or was erased).
    pub async fn load(&self, person: &Person, now: Timestamp) -> Result<UserState, ShopError> {
        let state = Box::pin(self.store.user_state(person.id)).await?;
        self.saw(&state, now);
        if state.user.is_some() {
            return Ok(state);
        }
        Box::pin(self.enter(person, &StartLink::Plain, now)).await.map(|entry| entry.state)
    }

    /// What is known of somebody, who is not registered by it.
    pub async fn glance(&self, id: UserId, now: Timestamp) -> Result<UserState, ShopError> {
        let state = self.store.user_state(id).await?;
        self.saw(&state, now);
        Ok(state)
    }

    /// Loads, decides, commits; again if somebody else was faster.
    pub(crate) async fn commit_with<T>(
        &self,
        person: &Person,
        now: Timestamp,
        decide: impl Fn(&UserState) -> Result<(T, Decision), Refusal>,
    ) -> Result<(UserState, T), ShopError> {
        until_done(async |_| {
            let state = self.load(person, now).await?;
            let (value, decision) = decide(&state)?;
            commit(&self.store, &decision, (state.after(&decision), value)).await
        })
        .await
    }

    /// The same for what a promo code has a part in: the chosen one is loaded too.
    pub(crate) async fn commit_deal<T>(
        &self,
        person: &Person,
        now: Timestamp,
        decide: impl Fn(&UserState) -> Result<(T, Decision), Refusal>,
    ) -> Result<(UserState, T), ShopError> {
        until_done(async |_| {
            let state = self.with_code(self.load(person, now).await?).await?;
            let (value, decision) = decide(&state)?;
            commit(&self.store, &decision, (state.after(&decision), value)).await
        })
        .await
    }

    /// Starts the one trial.
    pub async fn start_trial(&self, person: &Person, now: Timestamp) -> Result<UserState, ShopError> {
        let terms = self.settings.trial.as_ref();
        let decided =
            self.commit_with(person, now, |state| Ok(((), trial::start(state, terms, now)?))).await?;
        Ok(decided.0)
    }

    /// The trial button is shown.
    pub fn trial_due(&self, state: &UserState) -> bool {
        trial::is_due(state, self.settings.trial.as_ref())
    }

    /// Changes the language of every text.
    pub async fn choose_language(
        &self,
        person: &Person,
        language: Language,
        now: Timestamp,
    ) -> Result<UserState, ShopError> {
        let decide = |state: &UserState| {
            let user = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
            Ok(((), registration::choose_language(user, language, now)))
        };
        self.commit_with(person, now, decide).await.map(|decided| decided.0)
    }

    /// The person is in the channel that people have to join, or not. Nothing for people we do not know.
    pub async fn seen_at_gate(&self, id: UserId, inside: bool, now: Timestamp) -> Result<(), ShopError> {
        until_done(async |_| {
            let state = self.store.user_state(id).await?;
            match state.user.as_ref().map(|user| gate::seen(user, inside, now)) {
                Some(decision) => commit(&self.store, &decision, ()).await,
                None => Ok(Attempt::Done(())),
            }
        })
        .await
    }

    /// Nobody can be looked up in `channel`: the operators are told, once a day.
    pub async fn gate_broken(&self, channel: &str, reason: &str, now: Timestamp) -> Result<(), ShopError> {
        self.store.commit(&gate::broken(channel, reason, now)).await?;
        Ok(())
    }

    /// The person blocked the bot, or came back. Nothing for people we do not know.
    pub async fn set_reachability(
        &self,
        id: UserId,
        unreachable: bool,
        now: Timestamp,
    ) -> Result<(), ShopError> {
        set_reachability(&self.store, id, unreachable, now).await
    }
}

/// The person blocked the bot, or came back. Nothing for people we do not know.
pub async fn set_reachability(
    store: &store::Store,
    id: UserId,
    unreachable: bool,
    now: Timestamp,
) -> Result<(), ShopError> {
    until_done(async |_| {
        let state = store.user_state(id).await?;
        let decide = |user: &User| registration::reachability(user, unreachable, now);
        match state.user.as_ref().map(decide) {
            Some(decision) => commit(store, &decision, ()).await,
            None => Ok(Attempt::Done(())),
        }
    })
    .await
}
