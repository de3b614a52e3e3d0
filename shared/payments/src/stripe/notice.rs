//! Stripe's webhooks: HMAC-SHA256 over the moment and the raw body.

use super::{
    back::{Charge, Dispute, Refund},
    wire::{Intent, Session},
};
use crate::{AuthError, Claim, Fetched, ObjectRef, Verified, sign};
use domain::credit::Status;
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// Checks `Stripe-Signature: t=<unix>,v1=<hex>[,v1=<hex>][,v0=…]`. The key is the whole `whsec_…` text, the message the
/// literal `t`, a dot and the body. Any `v1` will do: while a secret is rolled there are two. As in Stripe's own
/// libraries only old stamps are refused, not those ahead of our clock.
pub(super) fn verify(
    header: &str,
    secret: &str,
    body: &[u8],
    now: Timestamp,
    tolerance: u32,
) -> Result<(), AuthError> {
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let mut stamps = parts().filter(|(name, _)| *name == "t").map(|(_, value)| value);
    let (Some(stamp), None) = (stamps.next(), stamps.next()) else {
        return Err(AuthError::Signature("not one time"));
    };
    let digits = (1..=12).contains(&stamp.len()) && stamp.bytes().all(|b| b.is_ascii_digit());
    let seconds = stamp.parse::<i64>().ok().filter(|_| digits).ok_or(AuthError::Signature("no time"))?;
    let message = [stamp.as_bytes(), b".", body].concat();
    let expected = sign::hmac_sha256_hex(secret.as_bytes(), &message);
    let given = parts().filter(|(name, _)| *name == "v1").map(|(_, value)| value);
    // All of them, so that the time does not tell which one it was.
    if !given.fold(false, |found, hex| found | sign::same(hex.as_bytes(), expected.as_bytes())) {
        return Err(AuthError::Signature("no v1 that is ours"));
    }
    if now.as_second().saturating_sub(seconds) > i64::from(tolerance) {
        return Err(AuthError::Signature("too old"));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: String,
    livemode: bool,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    object: &'a RawValue,
}

/// Reads a body whose signature is good.
pub(super) fn read(body: &[u8]) -> Result<Claim, AuthError> {
    let event: Event<'_> = serde_json::from_slice(body).map_err(|_| AuthError::Malformed("not an event"))?;
    let object = event.data.object;
    match event.kind.as_str() {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
            session(&parse::<Session>(object)?)
        }
        "checkout.session.expired" => {
            let session: Session = parse(object)?;
            Ok(of_ours(session.fetched(Status::Canceled("expired".to_owned()))))
        }
        "checkout.session.async_payment_failed" => {
            let session: Session = parse(object)?;
            Ok(of_ours(session.fetched(Status::Canceled("async_payment_failed".to_owned()))))
        }
        "payment_intent.succeeded" | "payment_intent.payment_failed" | "payment_intent.canceled" => {
            let intent: Intent = parse(object)?;
            if !intent.is_by_saved_method() {
                return Ok(Claim::Ignore("told by the checkout session"));
            }
            let status = intent.status();
            status.map_or_else(
                |_| unclear(intent.order().is_some()),
                |status| Ok(of_ours(intent.fetched(status))),
            )
        }
        "charge.refunded" => {
            let charge: Charge = parse(object)?;
            match (charge.refunded(), charge.payment_intent()) {
                (Err(_), _) => unclear(charge.order().is_some()),
                (Ok(total), None) => Ok(signed(charge.fetched(Status::Refunded(total)))),
                // Its sum counts refunds that may still fail.
                (Ok(_), Some(intent)) => {
                    let (refund, payment) = (charge_id(&charge.id)?, id("pi_", intent)?);
                    Ok(Claim::Ask(ObjectRef::Refund { refund, payment }))
                }
            }
        }
        "refund.updated" | "refund.failed" => refund(&parse::<Refund>(object)?, event.livemode),
        "charge.dispute.created" => dispute(&parse::<Dispute>(object)?),
        _ => Ok(Claim::Ignore("an event of another kind")),
    }
}

fn session(session: &Session) -> Result<Claim, AuthError> {
    let Ok(status) = session.status() else { return unclear(session.order().is_some()) };
    if matches!(status, Status::Paid(_)) && session.order().is_some() && session.may_have_saved() {
        return Ok(Claim::Ask(ObjectRef::Payment(id("cs_", &session.id)?)));
    }
    let told = session.fetched(status);
    Ok(if matches!(told.report.status, Status::Paid(_)) { signed(told) } else { of_ours(told) })
}

fn refund(refund: &Refund, livemode: bool) -> Result<Claim, AuthError> {
    let settled = refund.failure().is_some() || refund.status.as_deref() == Some("succeeded");
    let Some(intent) = refund.payment_intent.as_deref().filter(|_| settled) else {
        return Ok(Claim::Ignore("a refund that is not settled, or of no payment intent"));
    };
    if let Some(told) = refund.failed(livemode) {
        return Ok(signed(told));
    }
    let (refund, payment) = (refund_id(&refund.id)?, id("pi_", intent)?);
    Ok(Claim::Ask(ObjectRef::Refund { refund, payment }))
}

/// A dispute carries none of our marks: the payment intent does.
fn dispute(dispute: &Dispute) -> Result<Claim, AuthError> {
    match dispute.payment_intent.as_deref() {
        Some(intent) => Ok(Claim::Ask(ObjectRef::Payment(id("pi_", intent)?))),
        None => Ok(signed(dispute.fetched())),
    }
}

fn signed(told: Fetched) -> Claim {
    Claim::Signed(Verified::new(told))
}

/// No money moved: of interest only if the order is ours.
fn of_ours(told: Fetched) -> Claim {
    if told.payment.is_some() { signed(told) } else { Claim::Ignore("no money, and no order of ours") }
}

fn parse<T: DeserializeOwned>(object: &RawValue) -> Result<T, AuthError> {
    serde_json::from_str(object.get()).map_err(|_| AuthError::Malformed("an object of another shape"))
}

/// No amount, or in a currency that the shop does not know. The account may have other tills than ours.
fn unclear(ours: bool) -> Result<Claim, AuthError> {
    if ours {
        Err(AuthError::Malformed("no proper amount"))
    } else {
        Ok(Claim::Ignore("no amount that the shop knows, and no order of ours"))
    }
}

fn id(prefix: &str, text: &str) -> Result<String, AuthError> {
    let proper = super::is_id(prefix, text).then(|| text.to_owned());
    proper.ok_or(AuthError::Malformed("no proper object id"))
}

fn charge_id(text: &str) -> Result<String, AuthError> {
    let proper = super::is_charge(text).then(|| text.to_owned());
    proper.ok_or(AuthError::Malformed("no proper object id"))
}

fn refund_id(text: &str) -> Result<String, AuthError> {
    let proper = super::is_refund(text).then(|| text.to_owned());
    proper.ok_or(AuthError::Malformed("no proper object id"))
}
