//! E-mail addresses of buyers, their letters, and their time zone.

use crate::{
    Shop, ShopError,
    error::{Attempt, commit, until_done},
};
use domain::{
    Decision, Email, Person, Refusal, User, UserId, UserState, Zone,
    email::{self, Answered, Asked, Proof},
    zone,
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use std::fmt;
use store::Store;

/// What codes are made with. It follows from a secret of the shop, so that every function has the same one and none of
/// them has to write a code down.
#[derive(Clone)]
pub struct CodeKey([u8; 32]);

impl fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeKey(…)")
    }
}

fn hmac(key: &[u8], words: &str) -> [u8; 32] {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(words.as_bytes());
    mac.finalize().into_bytes().into()
}

impl CodeKey {
    /// The key that follows from `secret`.
    pub fn of(secret: &str) -> Self {
        Self(hmac(secret.as_bytes(), "codes of e-mail addresses"))
    }

    /// The six digits that `proof` waits for.
    pub fn code(&self, user: UserId, proof: &Proof) -> String {
        let digest = hmac(&self.0, &proof.words(user));
        let mut head = [0_u8; 8];
        head.copy_from_slice(&digest[..8]);
        format!("{:06}", u64::from_be_bytes(head) % 1_000_000)
    }
}

/// What came of a message that should be an address or a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// It is none.
    Unreadable,
    /// It is an address.
    Address(Asked),
    /// It is a code.
    Code(Answered),
}

impl Shop {
    /// The shop writes letters.
    pub fn writes_letters(&self) -> bool {
        self.settings.codes.is_some()
    }

    /// The buyer typed what may be an address, or the code that was sent to one. An address is taken where a code is
    /// waited for too: whoever mistyped theirs just sends it again.
    pub async fn enter_email(
        &self,
        person: &Person,
        text: &str,
        now: Timestamp,
    ) -> Result<(UserState, Typed), ShopError> {
        if let Ok(address) = text.parse::<Email>()
            && self.writes_letters()
        {
            return self.send_code(person, Some(&address), now).await;
        }
        let digits: String = text.chars().filter(|sign| !sign.is_whitespace() && *sign != '-').collect();
        let readable = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let Some(key) = self.settings.codes.as_ref().filter(|_| readable) else {
            return Ok((self.load(person, now).await?, Typed::Unreadable));
        };
        let decide = |state: &UserState| {
            let right = |proof: &Proof| key.code(person.id, proof) == digits;
            email::answer(state, right, now).map(|(answered, decision)| (Typed::Code(answered), decision))
        };
        self.commit_with(person, now, decide).await
    }

    /// Another code to the address that was typed last.
    pub async fn resend_code(
        &self,
        person: &Person,
        now: Timestamp,
    ) -> Result<(UserState, Typed), ShopError> {
        self.send_code(person, None, now).await
    }

    /// A code to `email`, or to the address that waits for one already. The letter is a job that follows from the event:
    /// nobody waits for the mail server here, and its answer shows nothing of the address.
    async fn send_code(
        &self,
        person: &Person,
        email: Option<&Email>,
        now: Timestamp,
    ) -> Result<(UserState, Typed), ShopError> {
        let decide = |state: &UserState| {
            let waiting = state.dialog.as_ref().and_then(|dialog| dialog.proof.as_ref());
            match email.or(waiting.map(|proof| &proof.email)).filter(|_| self.writes_letters()) {
                Some(email) => {
                    email::ask(state, email, now).map(|(asked, decision)| (Typed::Address(asked), decision))
                }
                None => Ok((Typed::Code(Answered::Late), Decision::nothing())),
            }
        };
        self.commit_with(person, now, decide).await
    }

    /// Takes the buyer's address off.
    pub async fn remove_email(&self, person: &Person, now: Timestamp) -> Result<UserState, ShopError> {
        self.change(person, now, |user| email::remove(user, now)).await
    }

    /// The buyer wants letters, or none.
    pub async fn set_letters(
        &self,
        person: &Person,
        on: bool,
        now: Timestamp,
    ) -> Result<UserState, ShopError> {
        self.change(person, now, |user| email::set_letters(user, on, now)).await
    }

    /// The buyer's dates are shown in `zone`; `None` = the shop's.
    pub async fn choose_zone(
        &self,
        person: &Person,
        zone: Option<Zone>,
        now: Timestamp,
    ) -> Result<UserState, ShopError> {
        self.change(person, now, |user| zone::choose(user, zone, now)).await
    }

    async fn change(
        &self,
        person: &Person,
        now: Timestamp,
        decide: impl Fn(&User) -> Decision,
    ) -> Result<UserState, ShopError> {
        let decide = |state: &UserState| {
            let user = state.user.as_ref().ok_or(Refusal::NotRegistered)?;
            Ok(((), decide(user)))
        };
        self.commit_with(person, now, decide).await.map(|done| done.0)
    }
}

/// The server of `email` says that there is no such address. Nothing for people we do not know.
pub async fn refused(store: &Store, id: UserId, email: &Email, now: Timestamp) -> Result<(), ShopError> {
    until_done(async |_| {
        let state = store.user_state(id).await?;
        match state.user.as_ref().map(|user| email::refuse(user, email, now)) {
            Some(decision) => commit(store, &decision, ()).await,
            None => Ok(Attempt::Done(())),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_and_belongs_to_one_question() {
        let key = CodeKey::of("123:secret");
        let proof = Proof {
            email: "anna@example.com".parse().unwrap(),
            asked_at: "2026-11-21T10:00:00Z".parse().unwrap(),
            wrong: 0,
        };
        let code = key.code(UserId(1), &proof);
        assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
        assert_eq!(key.code(UserId(1), &Proof { wrong: 3, ..proof.clone() }), code);
        let later = Proof { asked_at: "2026-11-21T10:01:00Z".parse().unwrap(), ..proof.clone() };
        let other = Proof { email: "anna@example.org".parse().unwrap(), ..proof.clone() };
        for another in [key.code(UserId(2), &proof), key.code(UserId(1), &later), key.code(UserId(1), &other)]
        {
            assert_ne!(another, code);
        }
        assert_ne!(CodeKey::of("124:secret").code(UserId(1), &proof), code);
        assert_eq!(format!("{key:?}"), "CodeKey(…)");
    }
}
