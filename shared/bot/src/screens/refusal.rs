//! Why something is refused, in the person's language.

use domain::Refusal;

/// The text of a refusal.
pub const fn alert_key(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::TrialOff => "alert-trial-off",
        Refusal::TrialUsed => "alert-trial-used",
        Refusal::HasSubscription => "alert-has-subscription",
        Refusal::PlanUnavailable => "alert-plan-unavailable",
        Refusal::QuoteExpired => "alert-quote-expired",
        Refusal::MethodUnavailable => "alert-method-unavailable",
        Refusal::PaymentUnknown => "alert-payment-unknown",
        Refusal::AlreadyPaid => "alert-already-paid",
        Refusal::OtherDeal => "alert-other-deal",
        Refusal::NotRegistered => "alert-not-registered",
        Refusal::NotEnough => "alert-not-enough",
        Refusal::BadAmount => "alert-bad-amount",
        Refusal::NotRefundable => "alert-not-refundable",
        Refusal::MethodUnknown => "alert-method-unknown",
        Refusal::RenewsElsewhere => "alert-renews-elsewhere",
        Refusal::NoSubscription => "alert-no-subscription",
        Refusal::Which => "choose-subscription",
        Refusal::TooMany => "alert-too-many",
        Refusal::BadName => "alert-bad-name",
        Refusal::NoTraffic => "alert-no-traffic",
        Refusal::TooSoon => "alert-too-soon",
        Refusal::PanelUnknown => "alert-no-panel",
    }
}
