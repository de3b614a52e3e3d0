//! What is due: reminders, ends, renewals, deliveries that did not arrive, payments and refunds that nobody reported,
//! strays, balance sheets, gifts that nobody opened.

use crate::{
    Rulebook, ShopError,
    checkout::object,
    confirm::{self, Loaded},
    error::{Attempt, commit, until_done},
    gifts, refunds, renewals, sheets,
};
use domain::{
    Payment, PaymentId, PaymentState, SubscriptionNo, UserId,
    credit::{self, Verdict},
    health, renewal, upkeep,
};
use jiff::{SignedDuration, Timestamp};
use payments::{Asking, Fetched, GatewayError, Gateways, Verified};
use store::{DueKey, SHARDS, Store};

/// What one round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    /// Subscriptions looked at.
    pub subscriptions: usize,
    /// Payments asked about.
    pub payments: usize,
    /// Gifts, strays and sheets looked at.
    pub others: usize,
    /// Of all, how many failed and stay due.
    pub failed: usize,
    /// There is more: a shard was cut at the limit.
    pub more: bool,
}

/// How many of a shard are done in one round, so that a round ends within the function's time.
const LIMIT: i32 = 100;

/// Does everything that is due. One thing that fails stays due and does not stop the others.
pub async fn ring(
    store: &Store,
    gateways: &Gateways,
    rules: &Rulebook,
    now: Timestamp,
) -> Result<Round, ShopError> {
    let clock = Clock { store, gateways, rules, now };
    let mut round = Round::default();
    for shard in 0..SHARDS {
        let due = store.due(shard, now, LIMIT).await?;
        round.more |= i32::try_from(due.len()).is_ok_and(|count| count == LIMIT);
        for key in due {
            let count = match key {
                DueKey::Subscription(..) => &mut round.subscriptions,
                DueKey::Payment(_) => &mut round.payments,
                DueKey::Gift(..) | DueKey::Stray(..) | DueKey::Sheet(_) => &mut round.others,
            };
            *count += 1;
            if let Err(error) = Box::pin(clock.look(&key)).await {
                round.failed += 1;
                tracing::warn!(due = ?key, error = ?error, "stays due");
            }
        }
    }
    Ok(round)
}

struct Clock<'a> {
    store: &'a Store,
    gateways: &'a Gateways,
    rules: &'a Rulebook,
    now: Timestamp,
}

impl Clock<'_> {
    async fn look(&self, key: &DueKey) -> Result<(), ShopError> {
        let Self { store, gateways, rules, now } = self;
        match key {
            DueKey::Subscription(user, no) => Box::pin(self.subscription((*user, *no))).await,
            DueKey::Payment(id) => Box::pin(self.payment(*id)).await,
            DueKey::Gift(_, payment) => gifts::turn(store, *payment, *now).await,
            DueKey::Stray(provider, id) => {
                Box::pin(confirm::retry_stray(store, (*provider, id), rules, *now)).await
            }
            DueKey::Sheet(day) => sheets::turn(store, gateways, rules, *day, *now).await,
        }
    }

    async fn subscription(&self, key: (UserId, SubscriptionNo)) -> Result<(), ShopError> {
        let state = self.store.user_state(key.0).await?;
        let charges = state.subscription(key.1).and_then(renewal::charge_at);
        // A charge that cannot be made now must not keep reminders from being given.
        let renewed = match charges.filter(|at| *at <= self.now) {
            Some(_) => Box::pin(renewals::renew(self.store, self.gateways, self.rules, key, self.now)).await,
            None => Ok(()),
        };
        until_done(async |_| {
            let state = self.store.user_state(key.0).await?;
            let due = state.subscription(key.1).map(|subscription| upkeep::tick(subscription, self.now));
            commit(self.store, &due.unwrap_or_default(), ()).await
        })
        .await?;
        renewed
    }

    /// Asks the provider about a payment that nobody reported; ends it when its time is up.
    async fn payment(&self, id: PaymentId) -> Result<(), ShopError> {
        let Some(loaded) = confirm::load(self.store, id).await? else { return Ok(()) };
        if loaded.payment.next_at.is_none_or(|at| at > self.now) {
            return Ok(());
        }
        match loaded.payment.state {
            PaymentState::Refunding => Box::pin(self.refund(loaded)).await,
            state if state.is_open() => Box::pin(self.open(loaded)).await,
            _ => Ok(()),
        }
    }

    async fn open(&self, loaded: Loaded) -> Result<(), ShopError> {
        let id = loaded.payment.id;
        if loaded.payment.charge.is_some() && loaded.payment.external_id.is_none() {
            let charged =
                Box::pin(renewals::charge_again(self.store, self.gateways, self.rules, loaded, self.now))
                    .await;
            self.end_or_wait(id, charged.is_ok()).await?;
            return charged;
        }
        let answer = self.ask(&loaded.payment).await;
        if let Ok(Some(fetched)) = &answer {
            let provider = loaded.payment.provider;
            let confirmed =
                confirm::report(self.store, loaded, &fetched.report, self.rules, self.now).await?;
            if confirmed.verdict == Verdict::Credited {
                self.note_silence(provider).await?;
            }
            if !confirmed.payment.state.is_open() {
                return Ok(());
            }
        }
        // A provider that cannot be asked must not let the payment expire, nor block those that are due after it.
        self.end_or_wait(id, answer.is_ok()).await?;
        answer.map(drop)
    }

    /// The money was there and the provider's callback was not: that is held against it.
    async fn note_silence(&self, provider: domain::Provider) -> Result<(), ShopError> {
        let catalog = self.store.catalog().await?;
        let known = catalog.health.iter().find(|health| health.provider == provider);
        self.store.commit(&health::silent(known, provider, self.now)).await?;
        Ok(())
    }

    /// Follows a refund to its end: asks about it once the provider has a name for it, else makes it (again).
    async fn refund(&self, loaded: Loaded) -> Result<(), ShopError> {
        let id = loaded.payment.id;
        let named = loaded.payment.refund.as_ref().is_some_and(|refund| refund.external_id.is_some());
        let done = if named {
            match self.ask(&loaded.payment).await {
                Ok(Some(fetched)) => {
                    confirm::report(self.store, loaded, &fetched.report, self.rules, self.now).await.map(drop)
                }
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            }
        } else {
            let payment = loaded.payment;
            refunds::make_refund(self.store, self.gateways, self.rules, payment, self.now).await.map(drop)
        };
        self.end_or_wait(id, false).await?;
        done
    }

    /// Lets a payment expire whose time is up, or asks again later.
    async fn end_or_wait(&self, id: PaymentId, may_end: bool) -> Result<(), ShopError> {
        until_done(async |_| {
            let waiting =
                |payment: &Payment| payment.state.is_open() || payment.state == PaymentState::Refunding;
            let Some(payment) = self.store.payment(id).await?.filter(waiting) else {
                return Ok(Attempt::Done(()));
            };
            let state = self.store.user_state(payment.user).await?;
            let (verdict, expired) = credit::expired(&state, &payment, self.now);
            let ends = may_end && verdict == Verdict::Closed;
            let decision = if ends { expired } else { self.later(&payment) };
            commit(self.store, &decision, ()).await
        })
        .await
    }

    /// Asks again later, but not more often than the provider likes.
    fn later(&self, payment: &Payment) -> domain::Decision {
        let mut decision = credit::ask_later(payment, self.now);
        let asking = self.gateways.get(payment.provider).map(|gateway| gateway.abilities().asking);
        if let (Some(Asking::Every(pause)), Some(domain::Record::Payment(next))) =
            (asking, decision.records.first_mut())
        {
            let earliest = self.now.checked_add(pause.max(SignedDuration::ZERO)).ok();
            next.next_at = next.next_at.max(earliest);
        }
        decision
    }

    async fn ask(&self, payment: &Payment) -> Result<Option<Verified<Fetched>>, ShopError> {
        let gateway = self.gateways.get(payment.provider);
        let asked = gateway.filter(|gateway| gateway.abilities().asking != Asking::Never);
        let (Some(gateway), Some(external_id)) = (asked, &payment.external_id) else { return Ok(None) };
        match gateway.fetch(&object(payment, external_id)).await {
            Ok(fetched) => Ok(fetched),
            // It will not be known better by failing: the next round asks again.
            Err(error @ GatewayError::Refused { .. }) => {
                tracing::warn!(payment.id = %payment.id, %error, "the provider will not say");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
