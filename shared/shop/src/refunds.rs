//! Refunds that an operator asks for.

use crate::{
    Rulebook, Shop, ShopError,
    confirm::{self, Loaded},
    error::{Attempt, PATIENCE, commit, until_done, within},
    referrals::{with_debtor, with_earner},
};
use domain::{
    Language, Money, Payment, PaymentId, Provider, Refusal, TimePolicy, UserId,
    credit::{self, Release, Status},
    quote::describe,
    refund::{self, Target},
};
use jiff::Timestamp;
use payments::{Gateways, RefundOrder, Refunds};
use store::Store;

/// How a refund of a payment may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refundable {
    /// The payment now.
    pub payment: Payment,
    /// What the provider can send back by itself.
    pub to_payer: Refunds,
}

impl Shop {
    /// A payment as an operator sees it, and what can go back of it.
    pub async fn refundable(&self, id: PaymentId) -> Result<Refundable, ShopError> {
        let payment = self.store.payment(id).await?.ok_or(Refusal::PaymentUnknown)?;
        Ok(Refundable { to_payer: self.refunds_of(&payment), payment })
    }

    fn refunds_of(&self, payment: &Payment) -> Refunds {
        match payment.provider {
            Provider::Stars => Refunds::Full,
            provider => {
                self.gateways.get(provider).map_or(Refunds::Never, |gateway| gateway.abilities().refunds)
            }
        }
    }

    /// Writes down that `amount` goes back. To the balance it is done then; to the payer [`make_refund`] follows, or,
    /// for Stars, the bot's call. `seen`: the version of the payment that the operator decided about; of two presses at
    /// once the later one finds another.
    pub async fn request_refund(
        &self,
        operator: UserId,
        (id, seen): (PaymentId, u64),
        (amount, target, time): (Money, Target, TimePolicy),
        now: Timestamp,
    ) -> Result<Payment, ShopError> {
        until_done(async |_| {
            let Loaded { payment, state } =
                confirm::load(&self.store, id).await?.ok_or(Refusal::PaymentUnknown)?;
            if payment.version != seen {
                return Err(Refusal::NotRefundable.into());
            }
            let possible = match (target, self.refunds_of(&payment)) {
                (Target::Balance, _) | (Target::Payer, Refunds::Partial) => true,
                (Target::Payer, Refunds::Full) => {
                    Some(amount) == payment.received && payment.refundable() == amount
                }
                (Target::Payer, Refunds::Never) => false,
            };
            if !possible {
                return Err(Refusal::NotRefundable.into());
            }
            let state = match target {
                Target::Balance => with_debtor(&self.store, state, &payment).await?,
                Target::Payer => state,
            };
            let (next, decision) = refund::request(&state, &payment, (amount, target, time), operator, now)?;
            commit(&self.store, &decision, next).await
        })
        .await
    }

    /// Makes the refund that was written down. Whatever cannot be done now the sweeper does.
    pub async fn make_refund(&self, payment: Payment, now: Timestamp) -> Result<Payment, ShopError> {
        make_refund(&self.store, &self.gateways, &self.settings.rules, payment, now).await
    }

    /// Lets held money count.
    pub async fn release(
        &self,
        operator: UserId,
        id: PaymentId,
        how: Release,
        now: Timestamp,
    ) -> Result<(), ShopError> {
        within(PATIENCE, async |_| {
            let Loaded { payment, state } =
                confirm::load(&self.store, id).await?.ok_or(Refusal::PaymentUnknown)?;
            let state = with_earner(&self.store, state, self.settings.rules.referral.as_ref()).await?;
            let decision = credit::release(&state, &payment, how, operator, now)?;
            commit(&self.store, &decision, ()).await
        })
        .await
    }
}

/// Makes the refund that is written down in `payment` at the provider, and takes in the answer. Safe to repeat: its key
/// never changes.
pub(crate) async fn make_refund(
    store: &Store,
    gateways: &Gateways,
    rules: &Rulebook,
    payment: Payment,
    now: Timestamp,
) -> Result<Payment, ShopError> {
    let (Some(open), Some(gateway)) = (payment.refund.clone(), gateways.get(payment.provider)) else {
        return Ok(payment);
    };
    let order = RefundOrder {
        payment: &payment,
        amount: open.amount,
        key: payment.refund_key(open.no),
        external_id: open.external_id.as_deref(),
        description: describe(&payment.goods, Language::Ru),
    };
    let fetched = match gateway.refund(&order).await {
        Ok(fetched) => fetched,
        Err(payments::GatewayError::Refused { code, description }) => {
            let report = credit::Report {
                external_id: payment.external_id.clone().unwrap_or_default(),
                status: Status::RefundFailed(format!("{code}: {description}")),
                test: !rules.live.at(payment.provider),
                saved: None,
            };
            return settle(store, payment.id, &report, rules, now).await;
        }
        Err(error) => return Err(error.into()),
    };
    if fetched.report.status == Status::Pending {
        return accepted(store, payment.id, &fetched.report.external_id).await;
    }
    settle(store, payment.id, &fetched.report, rules, now).await
}

async fn settle(
    store: &Store,
    id: PaymentId,
    report: &credit::Report,
    rules: &Rulebook,
    now: Timestamp,
) -> Result<Payment, ShopError> {
    let loaded = confirm::load(store, id).await?.ok_or(Refusal::PaymentUnknown)?;
    Ok(confirm::report(store, loaded, report, rules, now).await?.payment)
}

async fn accepted(store: &Store, id: PaymentId, external_id: &str) -> Result<Payment, ShopError> {
    until_done(async |_| {
        let payment = store.payment(id).await?.ok_or(Refusal::PaymentUnknown)?;
        let decision = refund::accepted(&payment, external_id);
        match commit(store, &decision, payment).await? {
            Attempt::Done(payment) => Ok(Attempt::Done(payment)),
            Attempt::Again => Ok(Attempt::Again),
        }
    })
    .await
}
