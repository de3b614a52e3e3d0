//! PayPal's webhooks, once they are known to be PayPal's.

use super::wire::{Capture, ours};
use crate::{AuthError, Claim, Fetched, ObjectRef, Verified};
use domain::{PaymentId, credit::Status};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// What a webhook amounts to.
pub(super) enum Notice {
    Claim(Claim),
    /// A capture is disputed. Which payment it is of may have to be asked.
    Dispute {
        capture: String,
        payment: Option<PaymentId>,
        reason: String,
    },
}

#[derive(Deserialize)]
struct Event<'a> {
    event_type: String,
    #[serde(borrow)]
    resource: &'a RawValue,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Refunded {
    id: String,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    href: String,
    rel: String,
}

#[derive(Deserialize)]
struct Dispute {
    reason: Option<String>,
    #[serde(default)]
    disputed_transactions: Vec<Disputed>,
}

#[derive(Deserialize)]
struct Disputed {
    seller_transaction_id: Option<String>,
    custom: Option<String>,
    invoice_number: Option<String>,
}

/// Reads a body whose signature is good.
pub(super) fn read(body: &[u8], test: bool) -> Result<Notice, AuthError> {
    let event: Event<'_> = serde_json::from_slice(body).map_err(|_| AuthError::Malformed("not an event"))?;
    let resource = event.resource;
    let claim = match event.event_type.as_str() {
        // Approval is not money: whoever asks about the order takes it.
        "CHECKOUT.ORDER.APPROVED" => {
            let order: Named = parse(resource)?;
            Claim::Ask(ObjectRef::Payment(id(&order.id)?))
        }
        "PAYMENT.CAPTURE.COMPLETED" => capture(resource, &["COMPLETED"], test)?,
        "PAYMENT.CAPTURE.PENDING" => capture(resource, &["PENDING"], test)?,
        "PAYMENT.CAPTURE.DENIED" | "PAYMENT.CAPTURE.DECLINED" => {
            capture(resource, &["DECLINED", "FAILED"], test)?
        }
        "PAYMENT.CAPTURE.REFUNDED" | "PAYMENT.CAPTURE.REVERSED" | "PAYMENT.REFUND.FAILED" => {
            refund(&parse::<Refunded>(resource)?)?
        }
        "CUSTOMER.DISPUTE.CREATED" => return dispute(parse(resource)?),
        _ => Claim::Ignore("an event of another kind"),
    };
    Ok(Notice::Claim(claim))
}

/// A capture in the state that the event's name says; in another one, it is asked about.
fn capture(resource: &RawValue, states: &[&str], test: bool) -> Result<Claim, AuthError> {
    let capture: Capture = parse(resource)?;
    let id = id(&capture.id)?;
    if !states.contains(&capture.status.as_str()) {
        return Ok(Claim::Ask(ObjectRef::Payment(super::capture_ref(&id))));
    }
    let Ok(status) = capture.status() else {
        return if capture.ours().is_some() {
            Err(AuthError::Malformed("no proper amount"))
        } else {
            Ok(Claim::Ignore("no amount that the shop knows, and no order of ours"))
        };
    };
    let told: Fetched = capture.fetched(status, test);
    if told.payment.is_none() && !matches!(told.report.status, Status::Paid(_)) {
        return Ok(Claim::Ignore("no money, and no order of ours"));
    }
    Ok(Claim::Signed(Verified::new(told)))
}

/// A refund names its capture in the link `up`; how much has gone back in all, the capture's order knows.
fn refund(refund: &Refunded) -> Result<Claim, AuthError> {
    let up = refund.links.iter().find(|link| link.rel == "up").and_then(|link| link.href.rsplit_once('/'));
    let capture = up.filter(|(before, _)| before.ends_with("/captures")).map(|(_, capture)| capture);
    let capture = capture.ok_or(AuthError::Malformed("a refund of nothing"))?;
    let payment = super::capture_ref(&id(capture)?);
    Ok(Claim::Ask(ObjectRef::Refund { refund: id(&refund.id)?, payment }))
}

fn dispute(dispute: Dispute) -> Result<Notice, AuthError> {
    let Some(of) = dispute.disputed_transactions.into_iter().next() else {
        return Err(AuthError::Malformed("a dispute of nothing"));
    };
    let capture = id(of.seller_transaction_id.as_deref().unwrap_or_default())?;
    let payment = ours(of.custom.as_deref(), of.invoice_number.as_deref());
    let reason = dispute.reason.unwrap_or_else(|| "disputed".to_owned()).to_ascii_lowercase();
    Ok(Notice::Dispute { capture, payment, reason })
}

fn parse<T: DeserializeOwned>(resource: &RawValue) -> Result<T, AuthError> {
    serde_json::from_str(resource.get()).map_err(|_| AuthError::Malformed("a resource of another shape"))
}

fn id(text: &str) -> Result<String, AuthError> {
    let proper = super::is_id(text).then(|| text.to_owned());
    proper.ok_or(AuthError::Malformed("no proper object id"))
}
