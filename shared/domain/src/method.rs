//! Saved ways to pay: what a buyer let us charge again.

use crate::{MethodId, Money, Provider, Record, UserId, UserState, credit::SavedToken};
use jiff::Timestamp;
use std::fmt;

/// A method that may be charged without the buyer. Kept after deletion, so that a late report of the payment that
/// saved it cannot bring it back.
#[derive(Clone, PartialEq, Eq)]
pub struct SavedMethod {
    /// Its id: the same token always has the same.
    pub id: MethodId,
    /// Whose.
    pub user: UserId,
    /// Who charges it.
    pub provider: Provider,
    /// What the provider wants to hear. Useless without the shop's own key; never shown.
    pub token: String,
    /// What the buyer recognises it by.
    pub title: String,
    /// Renewals take this one.
    pub default: bool,
    /// When it was saved.
    pub created_at: Timestamp,
    /// When the buyer removed it, or the bank did.
    pub deleted_at: Option<Timestamp>,
    /// 0 = not stored yet.
    pub version: u64,
}

/// Without the token.
impl fmt::Debug for SavedMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedMethod")
            .field("id", &self.id)
            .field("provider", &self.provider)
            .field("default", &self.default)
            .field("deleted_at", &self.deleted_at)
            .finish_non_exhaustive()
    }
}

impl UserState {
    /// The methods that can be charged, the default first.
    pub fn methods(&self) -> Vec<&SavedMethod> {
        let mut live: Vec<&SavedMethod> = self.saved.iter().filter(|m| m.deleted_at.is_none()).collect();
        live.sort_by_key(|method| (!method.default, method.created_at));
        live
    }

    /// The method with this id, if it can be charged.
    pub fn method(&self, id: MethodId) -> Option<&SavedMethod> {
        self.saved.iter().find(|method| method.id == id && method.deleted_at.is_none())
    }
}

/// Saves a method that the provider reported for a payment opened at `agreed_at`. Nothing if it is known, or if the
/// buyer removed it after they agreed.
pub(crate) fn saved(
    state: &UserState,
    (user, provider): (UserId, Provider),
    token: &SavedToken,
    agreed_at: Timestamp,
    now: Timestamp,
) -> Option<Record> {
    let id = MethodId::of(user, provider, &token.token);
    let known = state.saved.iter().find(|method| method.id == id);
    let stays = known.is_some_and(|method| method.deleted_at.is_none_or(|gone| gone >= agreed_at));
    if stays {
        return None;
    }
    Some(Record::Method(SavedMethod {
        id,
        user,
        provider,
        token: token.token.clone(),
        title: token.title.chars().take(60).collect(),
        default: state.methods().is_empty(),
        created_at: now,
        deleted_at: None,
        version: known.map_or(0, |method| method.version),
    }))
}

/// Makes `id` the one that renewals take.
pub fn choose(state: &UserState, id: MethodId) -> Vec<Record> {
    if state.method(id).is_none() {
        return Vec::new();
    }
    let changed = state.saved.iter().filter(|method| method.default != (method.id == id));
    changed.map(|method| Record::Method(SavedMethod { default: method.id == id, ..method.clone() })).collect()
}

/// Removes `id`; the oldest other one becomes the default if it was that.
pub fn remove(state: &UserState, id: MethodId, now: Timestamp) -> Vec<Record> {
    let Some(method) = state.method(id) else { return Vec::new() };
    let gone = SavedMethod { deleted_at: Some(now), default: false, ..method.clone() };
    let heir = state.methods().into_iter().find(|other| other.id != id && method.default);
    let heir = heir.map(|other| Record::Method(SavedMethod { default: true, ..other.clone() }));
    [Some(Record::Method(gone)), heir].into_iter().flatten().collect()
}

/// Reasons of a decline after which a method will never work again, as the providers call them.
pub fn is_final_decline(reason: &str) -> bool {
    matches!(
        reason,
        "permission_revoked" | "card_expired" | "expired_card" | "stolen_card" | "lost_card" | "pickup_card"
    )
}

/// Which of a plan's prices `method` could take now.
pub fn price_for(
    method: &SavedMethod,
    prices: &[Money],
    takes: impl Fn(Provider, Money) -> bool,
) -> Option<Money> {
    prices.iter().copied().find(|price| takes(method.provider, *price))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + second).unwrap()
    }

    fn save(state: &mut UserState, token: &str, agreed: i64) -> bool {
        let token = SavedToken { token: token.into(), title: "Visa •4444".into() };
        match saved(state, (UserId(42), Provider::Yookassa), &token, at(agreed), at(agreed + 1)) {
            Some(record) => {
                apply(state, vec![record]);
                true
            }
            None => false,
        }
    }

    fn apply(state: &mut UserState, records: Vec<Record>) {
        let decision = crate::Decision { once: None, records, events: Vec::new() };
        *state = std::mem::take(state).after(&decision);
    }

    #[test]
    fn a_removed_method_comes_back_only_by_a_new_agreement() {
        let mut state = UserState::default();
        assert!(save(&mut state, "a", 0) && save(&mut state, "b", 10));
        let id = |token| MethodId::of(UserId(42), Provider::Yookassa, token);
        let (a, b) = (id("a"), id("b"));
        assert_eq!(state.methods()[0].id, a, "the first is the default");
        let records = remove(&state, a, at(20));
        apply(&mut state, records);
        assert_eq!(state.methods().iter().map(|m| (m.id, m.default)).collect::<Vec<_>>(), [(b, true)]);
        assert!(!save(&mut state, "a", 0), "a late report of the old payment");
        assert!(save(&mut state, "a", 30), "the buyer agreed again");
        assert_eq!(state.methods().len(), 2);
        let records = choose(&state, a);
        apply(&mut state, records);
        assert_eq!(state.methods()[0].id, a);
    }

    #[test]
    fn a_token_is_not_shown() {
        let mut state = UserState::default();
        save(&mut state, "topsecret", 0);
        assert!(!format!("{state:?}").contains("topsecret"));
    }
}
