//! Notifications under way, and what a stranger makes of them.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sandbox::tills::SETTINGS;
use sha2::Sha256;
use standin_providers::Webhook;
use std::net::{IpAddr, Ipv4Addr};

/// Something for the shop.
#[derive(Debug, Clone)]
pub enum Letter {
    /// From a provider.
    Hook(Webhook),
    /// An update of Telegram's.
    Update(Vec<u8>),
}

/// The notification as it is sent at `now`: Stripe signs every delivery anew, and refuses to be believed later.
pub fn at(webhook: &Webhook, now: Timestamp) -> Webhook {
    let mut fresh = webhook.clone();
    if webhook.provider == "stripe" {
        let stamp = now.as_second().to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(setting("STRIPE_WEBHOOK_SECRET").as_bytes()).unwrap();
        mac.update(stamp.as_bytes());
        mac.update(b".");
        mac.update(&webhook.body);
        let signature = hex::encode(mac.finalize().into_bytes());
        set_header(&mut fresh, "Stripe-Signature", &format!("t={stamp},v1={signature}"));
    }
    fresh
}

fn setting(name: &str) -> &'static str {
    SETTINGS.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).unwrap()
}

fn set_header(webhook: &mut Webhook, name: &str, value: &str) {
    for header in webhook.headers.iter_mut().filter(|(known, _)| known == name) {
        value.clone_into(&mut header.1);
    }
}

/// Addresses that no provider sends from.
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 66));

/// What a stranger who saw a genuine notification sends, in the `way`-th way; it must be refused.
pub fn forged(genuine: &Webhook, way: usize) -> Webhook {
    let mut forged = genuine.clone();
    match genuine.provider {
        // Nothing is signed: what counts is where it comes from.
        "yookassa" => forged.source_ip = STRANGER,
        "freekassa" => match way % 4 {
            0 => forged.source_ip = STRANGER,
            1 => change_field(&mut forged, "AMOUNT", "1"),
            2 => change_field(&mut forged, "MERCHANT_ORDER_ID", "pay_00000000000000000000000001"),
            _ => change_field(&mut forged, "SIGN", "00000000000000000000000000000000"),
        },
        "robokassa" => match way % 4 {
            0 => change_field(&mut forged, "OutSum", "1.000000"),
            1 => change_field(&mut forged, "InvId", "7"),
            2 => change_field(&mut forged, "Shp_order", "pay_00000000000000000000000001"),
            _ => change_field(&mut forged, "SignatureValue", "00000000000000000000000000000000"),
        },
        _ => change_signed(&mut forged, way),
    }
    forged
}

/// The whole body is signed.
fn change_signed(forged: &mut Webhook, way: usize) {
    match way % 4 {
        0 => {
            let at = way * 7919 % forged.body.len();
            forged.body[at] ^= 1;
        }
        1 => forged.body.push(b' '),
        2 => forged.headers.retain(|(name, _)| !is_signature(name)),
        _ => {
            // Another signature of the same shape.
            for (_, value) in forged.headers.iter_mut().filter(|(name, _)| is_signature(name)) {
                let swap = |sign: char| match sign {
                    '1' => '2',
                    '2' => '1',
                    'a' => 'b',
                    'b' => 'a',
                    'Q' => 'R',
                    'R' => 'Q',
                    other => other,
                };
                let (head, tail) = value.split_at(value.len() / 2);
                *value = format!("{head}{}", tail.chars().map(swap).collect::<String>());
            }
        }
    }
}

fn is_signature(name: &str) -> bool {
    [
        "stripe-signature",
        "x-signature",
        "crypto-pay-api-signature",
        "trbt-signature",
        "paypal-transmission-sig",
    ]
    .contains(&name.to_ascii_lowercase().as_str())
}

/// A form with one field changed.
fn change_field(forged: &mut Webhook, name: &str, value: &str) {
    let change = |form: &[u8]| {
        let pairs = url::form_urlencoded::parse(form).into_owned();
        let changed = pairs.map(|(key, old)| if key == name { (key, value.to_owned()) } else { (key, old) });
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(changed).finish()
    };
    match &forged.query {
        Some(query) => forged.query = Some(change(query.as_bytes())),
        None => forged.body = change(&forged.body).into_bytes(),
    }
}
