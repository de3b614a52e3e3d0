//! A payment.

use super::parts::{TermsShape, UserIdShape, item};
use domain::{Money, Payment, Terms};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Payment")]
struct Shape {
    #[serde_as(as = "DisplayFromStr")]
    id: domain::PaymentId,
    #[serde_as(as = "UserIdShape")]
    user: domain::UserId,
    #[serde_as(as = "DisplayFromStr")]
    provider: domain::Provider,
    #[serde_as(as = "DisplayFromStr")]
    amount: Money,
    #[serde(with = "TermsShape")]
    terms: Terms,
    #[serde_as(as = "DisplayFromStr")]
    no: domain::SubscriptionNo,
    #[serde_as(as = "DisplayFromStr")]
    quote: domain::QuoteId,
    #[serde_as(as = "DisplayFromStr")]
    state: domain::PaymentState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pay_url: Option<String>,
    created_at: Timestamp,
    // `expires_at` is the table's TTL attribute; a payment is kept for ever.
    #[serde(rename = "payable_until")]
    expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paid_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
    version: u64,
}
item!(PaymentItem, Payment, "Shape");
