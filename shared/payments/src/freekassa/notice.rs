//! FreeKassa's notifications: who sends them, what their signature covers, and what they claim.

use super::{config::Config, form, multipart, wire::is_charge_id};
use crate::{AuthError, Claim, Fetched, ObjectRef, RawWebhook, Verified, fields::Fields, sign};
use domain::{
    Money, PaymentId, Provider,
    credit::{Report, Status},
};
use secrecy::ExposeSecret;
use std::net::IpAddr;

/// The longest order number that is asked about, in bytes.
const LONGEST: usize = 128;

/// Reads a notification. With an API key it only says what to ask about.
pub(super) fn read(config: &Config, raw: &RawWebhook) -> Result<Claim, AuthError> {
    // An IPv4 address may come dressed as IPv6.
    let known = |source: IpAddr| {
        config.allowed_ips.iter().any(|allowed| allowed.to_canonical() == source.to_canonical())
    };
    if !config.allowed_ips.is_empty() && !raw.source_ip.is_some_and(known) {
        return Err(AuthError::Address);
    }
    let fields = fields(raw)?;
    let given = fields.get("SIGN").ok_or(AuthError::Signature("none given"))?;
    let (shop, amount) = (fields.need("MERCHANT_ID")?, fields.need("AMOUNT")?);
    let order = fields.need("MERCHANT_ORDER_ID")?;
    // Over the literal texts: "199" and "199.00" are signed differently.
    let expected = form::signature([shop, amount, config.secret_word_2.expose_secret(), order]);
    if !sign::same_hex(given, &expected) {
        return Err(AuthError::Signature("not over these fields with our secret word"));
    }
    if shop != config.shop_id {
        return Err(AuthError::Signature("of another shop"));
    }
    let charge = fields.need("intid")?;
    if !is_charge_id(charge) || order.is_empty() || order.len() > LONGEST {
        return Err(AuthError::Malformed("no proper ids"));
    }
    if config.api_key.is_some() {
        return Ok(Claim::Ask(ObjectRef::Payment(format!("{order}/{charge}"))));
    }
    let amount = Money::parse(amount, config.currency).ok().filter(|amount| amount.is_positive());
    let amount = amount.ok_or(AuthError::Malformed("no proper amount"))?;
    Ok(Claim::Signed(Verified::new(Fetched {
        payment: PaymentId::from_order(order),
        report: Report {
            external_id: charge.to_owned(),
            status: Status::Paid(amount),
            test: config.test_mode,
            saved: None,
        },
        provider: Provider::Freekassa,
    })))
}

fn fields(raw: &RawWebhook) -> Result<Fields, AuthError> {
    let kind = raw.header("content-type").unwrap_or_default();
    match multipart::boundary(kind) {
        Some(boundary) => {
            let encoded = multipart::encoded(&boundary, &raw.body);
            let encoded = encoded.ok_or(AuthError::Malformed("no proper multipart form"))?;
            Fields::read(&RawWebhook::of_body(encoded, raw.received_at))
        }
        None => Fields::read(raw),
    }
}
