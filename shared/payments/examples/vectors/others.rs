//! Providers that the shop does not sell through: nothing of the shop runs here. A few lines of plain primitives each, kept
//! so that the file is judged whole; not part of the shop.

use super::{
    Mismatch, expect, fields,
    file::{Case, Delivery, Other, Owner, Signature, need},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::Sha256;
use url::form_urlencoded;

/// Judges a case of a provider that is not ours.
pub fn check(other: Other, case: &Case) -> Result<(), Mismatch> {
    match case.kind.as_str() {
        "webhook" => {
            let delivery = Delivery::of(&case.value)?;
            let signed = is_signed(other, case, &delivery)?;
            let holds = match Signature::of(&case.value)? {
                Signature::Valid => signed,
                Signature::Invalid => !signed,
                Signature::Either => true,
            };
            let expected = format!("the signature is {}", case.need("/expect/signature")?);
            expect(holds, expected, || format!("is it good: {signed}"))?;
            fields::check(Owner::Other(other), &case.value["expect"]["fields"], &delivery, None)
        }
        "outgoing_signature" if other == Other::MulenPay => {
            let field = |name: &str| text(case, &format!("/input/{name}"));
            let parts =
                [field("currency")?, field("amount")?, field("shopId")?, text(case, "/config/secret_key")?];
            let (signed, expected) = (hex::encode(Sha1::digest(parts.concat())), case.need("/expected")?);
            expect(signed == expected, format!("the signature {expected}"), || signed.clone())
        }
        kind => Err(Mismatch::unknown(format!("the kind {kind:?} of {other:?}"))),
    }
}

/// A scalar as text.
fn text(case: &Case, pointer: &str) -> Result<String, Mismatch> {
    match case.value.pointer(pointer) {
        Some(serde_json::Value::Number(number)) => Ok(number.to_string()),
        _ => case.need(pointer).map(str::to_owned),
    }
}

fn is_signed(other: Other, case: &Case, delivery: &Delivery) -> Result<bool, Mismatch> {
    let header = |name: &str| {
        let mut headers = delivery.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    };
    let fields: Vec<(String, String)> = form_urlencoded::parse(&delivery.body).into_owned().collect();
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    Ok(match other {
        Other::CloudPayments => {
            let key = case.need("/config/api_secret")?;
            // One header is over the bytes, the other over their text with the encoding undone.
            let decoded = decoded(&delivery.text());
            [("Content-HMAC", &delivery.body[..]), ("X-Content-HMAC", decoded.as_bytes())]
                .into_iter()
                .any(|(name, message)| header(name).is_some_and(|given| given == hmac(key, message)))
        }
        Other::Heleket => heleket(case.need("/config/payment_api_key")?, &delivery.text()).is_some(),
        Other::Pal24 => {
            let token = case.need("/config/signature_token")?;
            let parts = (field("OutSum"), field("InvId"), field("SignatureValue"));
            let (Some(sum), Some(number), Some(given)) = parts else { return Ok(false) };
            given == hex::encode_upper(Md5::digest(format!("{sum}:{number}:{token}")))
        }
        Other::Platega => {
            let known = (need(&case.value, "/config/merchant_id")?, need(&case.value, "/config/secret")?);
            (header("X-MerchantId"), header("X-Secret")) == (Some(known.0), Some(known.1))
        }
        Other::MulenPay => return Err(Mismatch::unknown("a callback of MulenPay, which signs none")),
    })
}

fn decoded(form: &str) -> String {
    let spaces = form.replace('+', " ");
    percent_encoding::percent_decode_str(&spaces).decode_utf8_lossy().into_owned()
}

fn hmac(key: &str, message: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(message);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// `sign` stands in the body and is over the rest of it, written as PHP does: slashes escaped.
fn heleket(key: &str, body: &str) -> Option<()> {
    let mut fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(body).ok()?;
    let given = fields.shift_remove("sign")?;
    let rest = serde_json::to_string(&fields).ok()?.replace('/', "\\/");
    let signed = hex::encode(Md5::digest(format!("{}{key}", STANDARD.encode(rest))));
    (given == signed.as_str()).then_some(())
}
