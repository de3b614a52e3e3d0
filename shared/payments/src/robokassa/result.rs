//! ResultURL: what Robokassa tells of a payment that succeeded.

use super::{
    config::{Config, Hash, Passwords},
    is_number, link,
    wire::{fetched, saved},
};
use crate::{AuthError, Claim, RawWebhook, Verified, fields::Fields, sign::same_hex};
use domain::{Currency, Money, PaymentId, credit::Status};
use secrecy::ExposeSecret;

/// Judges a notification and reads it.
pub(super) fn read(raw: &RawWebhook, config: &Config) -> Result<Claim, AuthError> {
    let fields = Fields::read(raw)?;
    let given = fields.get("SignatureValue").ok_or(AuthError::Signature("SignatureValue is missing"))?;
    let (sum, number) = (fields.need("OutSum")?, fields.need("InvId")?);
    let flagged = match fields.get("IsTest") {
        None | Some("" | "0") => false,
        Some("1") => true,
        Some(_) => return Err(AuthError::Malformed("IsTest is neither 0 nor 1")),
    };
    let signers = if flagged && config.test { &config.test_passwords } else { &config.passwords };
    // The names may come in any case; their texts are signed as they come.
    let is_ours = |name: &str| name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("Shp_"));
    let shp: Vec<(&str, &str)> = fields.iter().filter(|(name, _)| is_ours(name)).collect();
    if shp.iter().any(|(name, value)| is_ambiguous(name, value)) {
        return Err(AuthError::Malformed("fields that could be divided otherwise under the same signature"));
    }
    if !is_signed(config.hash, signers, (sum, number), &shp, given) {
        return Err(AuthError::Signature("not Robokassa's"));
    }
    if !is_number(number) {
        return Err(AuthError::Malformed("InvId is no number of ours"));
    }
    let money = Money::parse(sum, Currency::Rub).ok().filter(|money| money.is_positive());
    let money = money.ok_or(AuthError::Malformed("OutSum is not an amount in rubles"))?;
    let own = |name| shp.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let payment = own("Shp_order").and_then(PaymentId::from_order);
    let mut told = fetched(payment, number.to_owned(), Status::Paid(money), flagged);
    if config.recurring && own("Shp_save") == Some("1") {
        told.report.saved = saved(number, fields.get("PaymentMethod"), None);
    }
    Ok(Claim::Signed(Verified::new(told)))
}

fn is_signed(
    hash: Hash,
    passwords: &Passwords,
    (sum, number): (&str, &str),
    shp: &[(&str, &str)],
    given: &str,
) -> bool {
    let password = passwords.second.expose_secret();
    // A password that was never set signs nothing.
    !password.is_empty() && same_hex(given, &link::answer(hash, sum, number, password, shp))
}

/// Fields are joined with colons before they are hashed: `Shp_a=1:Shp_b=2` may have been one field or two.
fn is_ambiguous(name: &str, value: &str) -> bool {
    name.contains([':', '=']) || value.to_ascii_lowercase().contains(":shp_")
}

/// `OK{InvId}`, for a notification that was found authentic.
pub(super) fn ack(raw: &RawWebhook) -> Option<String> {
    let fields = Fields::read(raw).ok()?;
    let number = fields.get("InvId").filter(|number| is_number(number))?;
    Some(format!("OK{number}"))
}
