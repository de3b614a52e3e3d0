//! Letters: jobs like messages, with claims of their own, so that neither waits for the other.

use crate::{
    LEASE,
    smtp::{Smtp, Unsent},
};
use bot::{LetterText, Notices};
use domain::{
    Email, UserState,
    reaction::{Job, Letter, Task},
};
use jiff::Timestamp;
use runtime::{Config, Edge, Mistakes, StartError};
use shop::{CodeKey, ShopError};
use std::time::Duration;
use store::{Claim, Store, StoreError};
use thiserror::Error;
use tokio::time::Instant;

/// No letter of a batch is begun later than this after the first: the next one may take as long, and the function's own
/// limit is thirty seconds.
const BATCH: Duration = Duration::from_secs(10);
/// Pauses of a letter that could not be sent: a minute, doubled, up to a quarter of an hour. With the queue's twenty
/// receives a mail server may be gone for four hours.
const PAUSE: u64 = 60;
const LONGEST_PAUSE: u64 = 900;

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// Comes back after so many seconds.
    Later(u64),
}

/// The shop's letters.
pub(crate) struct Letters {
    smtp: Smtp,
    codes: CodeKey,
    store: Store,
    notices: Notices,
}

impl Letters {
    /// `None` if the shop writes none.
    pub(crate) fn new(edge: &Edge, config: &Config) -> Result<Option<Self>, StartError> {
        let (Some(server), Some(codes)) = (&config.mail, &config.settings.shop.codes) else {
            return Ok(None);
        };
        let smtp = Smtp::new(server).map_err(|mistake| Mistakes(vec![mistake]))?;
        let (store, notices) = (edge.store(config), Notices::new(config.settings.bot.clone()));
        Ok(Some(Self { smtp, codes: codes.clone(), store, notices }))
    }

    /// Works through the letters of a batch; what became of each, in their order. `u32`: which delivery of it this is.
    pub(crate) async fn send_all(&self, letters: &[(Job, u32)], now: Timestamp) -> Vec<Outcome> {
        let begun = Instant::now();
        let (mut outcomes, mut slow) = (Vec::new(), false);
        for (job, attempt) in letters {
            if slow || begun.elapsed() >= BATCH {
                outcomes.push(Outcome::Later(PAUSE));
                continue;
            }
            let sent = Box::pin(self.send(job, now)).await;
            slow = matches!(sent, Err(Trouble::Mail(Unsent::Slow)));
            outcomes.push(match sent {
                Ok(()) => Outcome::Done,
                Err(trouble) => {
                    tracing::warn!(job.id = %job.id, %trouble, "a letter waits");
                    Outcome::Later(pause(*attempt))
                }
            });
        }
        outcomes
    }

    async fn send(&self, job: &Job, now: Timestamp) -> Result<(), Trouble> {
        let state = self.store.user_state(job.user).await?;
        // Most people have no address: nothing is claimed for them.
        let Some((to, letter)) = self.written(&state, job, now) else { return Ok(()) };
        match self.store.claim(&job.id, now, LEASE).await? {
            Claim::Done => return Ok(()),
            Claim::Busy => return Err(Trouble::Busy),
            Claim::Mine => {}
        }
        match self.smtp.send(&job.id, &to, letter, now).await {
            Ok(()) => {}
            // Of an address that nobody has confirmed, nobody is told anything.
            Err(Unsent::NoSuchAddress(code)) => {
                tracing::info!(user.id = %job.user, code, "there is no such address");
                shop::email::refused(&self.store, job.user, &to, now).await?;
            }
            Err(Unsent::Refused(code)) => {
                tracing::error!(job.id = %job.id, code, "the mail server will never take this letter");
            }
            Err(later) => {
                self.store.claim_free(&job.id).await?;
                return Err(later.into());
            }
        }
        Ok(self.store.claim_done(&job.id).await?)
    }

    /// To whom and what; `None` if it is no longer true, or nobody wants it.
    fn written(&self, state: &UserState, job: &Job, now: Timestamp) -> Option<(Email, LetterText)> {
        let user = state.user.as_ref()?;
        match &job.task {
            Task::Letter(Letter::Notice(notice)) => {
                let to = user.letter_email()?.clone();
                Some((to, self.notices.letter(user, state, notice, now)?))
            }
            Task::Letter(Letter::Code { asked_at }) => {
                let proof = state.proof(now).filter(|proof| proof.asked_at == *asked_at)?;
                let code = self.codes.code(user.id, proof);
                Some((proof.email.clone(), self.notices.code_letter(state, &code, now)))
            }
            _ => None,
        }
    }
}

/// Why a letter has to come again.
#[derive(Debug, Error)]
enum Trouble {
    #[error("the mail server: {0}")]
    Mail(#[from] Unsent),
    #[error("the table")]
    Store(#[from] StoreError),
    #[error("the shop")]
    Shop(#[from] ShopError),
    #[error("somebody else is at it, or died at it")]
    Busy,
}

fn pause(attempt: u32) -> u64 {
    PAUSE.saturating_mul(1 << attempt.saturating_sub(1).min(8)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_may_be_gone_for_hours() {
        const RECEIVES: u32 = 20;
        assert_eq!((1..=6).map(pause).collect::<Vec<_>>(), [60, 120, 240, 480, 900, 900]);
        assert!((1..RECEIVES).map(pause).sum::<u64>() > 3 * 3600);
        let template = include_str!("../../../template.yaml");
        assert!(template.contains(&format!("\n        maxReceiveCount: {RECEIVES}\n")));
    }
}
