//! What of a callback is kept: its text without what proves or betrays anything.

use payments::RawWebhook;

/// Longer texts are cut: what matters stands in the first kilobytes, and an item holds 400 of them.
const LONGEST: usize = 16 << 10;

/// Field names whose values are not kept: signatures, which are made with our secrets, and persons' data.
const HIDDEN: [&str; 14] = [
    "sign",
    "signature",
    "signaturevalue",
    "p_email",
    "p_phone",
    "email",
    "phone",
    "payer_account",
    "email_address",
    "client_secret",
    "name",
    "given_name",
    "surname",
    "address",
];

/// The body (or the query of a GET) with the values of [`HIDDEN`] fields replaced.
pub fn redacted(raw: &RawWebhook) -> String {
    let text = match (&raw.body[..], &raw.query) {
        ([], Some(query)) => query.clone(),
        (body, _) => String::from_utf8_lossy(body).into_owned(),
    };
    let kept = match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(mut value) => {
            hide(&mut value);
            value.to_string()
        }
        Err(_) => form(&text),
    };
    kept.chars().take(LONGEST).collect()
}

fn is_hidden(name: &str) -> bool {
    HIDDEN.contains(&name.to_ascii_lowercase().as_str())
}

fn hide(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, field) in fields {
                // The event's own name is no person's.
                if is_hidden(name)
                    && !(name == "name" && field.as_str().is_some_and(|text| text.contains('_')))
                {
                    *field = "***".into();
                } else {
                    hide(field);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(hide),
        _ => {}
    }
}

fn form(text: &str) -> String {
    let pairs = text.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if is_hidden(name) => format!("{name}=***"),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn kept(body: &str) -> String {
        redacted(&RawWebhook::of_body(body, Timestamp::UNIX_EPOCH))
    }

    #[test]
    fn signatures_and_persons_are_not_kept() {
        let form = kept("MERCHANT_ID=7&AMOUNT=199&P_EMAIL=a%40b.c&SIGN=00f2");
        assert_eq!(form, "MERCHANT_ID=7&AMOUNT=199&P_EMAIL=***&SIGN=***");
        let json = kept(
            r#"{"name":"new_subscription","payload":{"price":1,"email":"a@b.c","payer":{"name":{"given_name":"A"}}}}"#,
        );
        assert_eq!(
            json,
            r#"{"name":"new_subscription","payload":{"price":1,"email":"***","payer":{"name":"***"}}}"#
        );
        let query = RawWebhook {
            query: Some("OutSum=1&SignatureValue=AA".into()),
            ..RawWebhook::of_body("", Timestamp::UNIX_EPOCH)
        };
        assert_eq!(redacted(&query), "OutSum=1&SignatureValue=***");
    }
}
