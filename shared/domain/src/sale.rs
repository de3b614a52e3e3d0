//! What a provider sold by its own link, without an order of ours: the money is taken, the deal is the plan behind the
//! provider's article.

use crate::{
    Actor, Decision, Goods, Money, Payment, PaymentId, PaymentState, Plan, Provider, QuoteId, Record,
    Renewal, UserId, UserState, credit, referral, upkeep,
};
use jiff::Timestamp;

/// A sale that was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    /// Who sold it.
    pub provider: Provider,
    /// Who bought it.
    pub user: UserId,
    /// The business key of this sale.
    pub external_id: String,
    /// What was taken; nothing for a gift or a trial.
    pub amount: Money,
    /// Until when the provider promised access.
    pub until: Option<Timestamp>,
    /// The provider will take money again.
    pub renews: bool,
}

/// The id of the payment that stands for a sale: a refund names the same.
pub fn payment_id(provider: Provider, external_id: &str) -> PaymentId {
    PaymentId::derive(Timestamp::UNIX_EPOCH, &format!("{provider}/{external_id}"))
}

/// Credits a sale of `plan`, once. The end is the promised one if that is later than what the buyer has: a renewal is
/// never added blindly.
pub fn take(state: &UserState, sold: &Sold, plan: &Plan, now: Timestamp) -> Decision {
    let id = payment_id(sold.provider, &sold.external_id);
    // A renewal belongs to what this provider renews already.
    let renewed = state.renewed_by(sold.provider).map(|own| own.no);
    let no = renewed.unwrap_or_else(|| state.primary_no(now));
    let mut paid = Payment {
        id,
        user: sold.user,
        provider: sold.provider,
        amount: sold.amount,
        from_balance: None,
        promo: None,
        goods: Goods::Plan(plan.terms.clone()),
        no,
        quote: QuoteId::derive(Timestamp::UNIX_EPOCH, &id.to_string()),
        state: PaymentState::Succeeded,
        external_id: Some(sold.external_id.clone()),
        pay_url: None,
        created_at: now,
        expires_at: now,
        paid_at: Some(now),
        next_at: None,
        save_method: false,
        recurring: false,
        charge: None,
        received: Some(sold.amount),
        granted: None,
        refunded: 0,
        to_balance: 0,
        earned: None,
        refund: None,
        version: 0,
    };
    let old = state.subscription(no).map(|old| old.end);
    let mut subscription = credit::extended(state, &paid, plan.terms.clone(), sold.until, now);
    if sold.renews {
        let reference = sold.external_id.clone();
        subscription.renewal = Renewal::Provider { provider: sold.provider, reference };
        subscription.next_at = upkeep::next_at(&subscription, now);
    }
    paid.granted =
        Some((old.filter(|end| *end > now).unwrap_or(now).min(subscription.end), subscription.end));
    let key = format!("paid/{}/{}", sold.provider, sold.external_id);
    let bought = subscription.end;
    let extra = referral::earned(state, (&mut paid, &mut subscription), None, &key, now);
    let actor = Actor::Provider(sold.provider);
    let mut decision =
        credit::credited(paid, (subscription, bought), old, (actor, key), Vec::<Record>::new(), now);
    extra.join(&mut decision);
    decision
}
