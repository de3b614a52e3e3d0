//! The payment form (SCI): an order as a signed link.

use super::config::Config;
use crate::{GatewayError, Order};
use md5::{Digest, Md5};
use secrecy::ExposeSecret;
use url::Url;

/// The link for `order`. The same order gives the same link.
pub(super) fn link(config: &Config, order: &Order<'_>) -> Result<String, GatewayError> {
    let amount = order.payment.amount.to_decimal();
    let currency = order.payment.amount.currency.code();
    let id = order.payment.id.to_string();
    let secret = config.secret_word_1.expose_secret();
    let sign = signature([&config.shop_id, &amount, secret, currency, &id]);
    let mut url = Url::parse(&config.pay_url).map_err(|_| GatewayError::garbage("no address of the form"))?;
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("m", &config.shop_id);
        query.append_pair("oa", &amount).append_pair("currency", currency);
        query.append_pair("o", &id).append_pair("s", &sign);
        if let Some(method) = config.payment_method {
            query.append_pair("i", &method.to_string());
        }
        query.append_pair("lang", order.language.code());
        if let Some(email) = config.email(order.receipt_email.as_deref()) {
            query.append_pair("em", email);
        }
    }
    Ok(url.into())
}

/// MD5 in lower-case hex over the parts, joined with colons. Of a link: shop, sum, secret word 1, currency, order; of a
/// notification: shop, sum, secret word 2, order.
pub fn signature<const N: usize>(parts: [&str; N]) -> String {
    hex::encode(Md5::digest(parts.join(":")))
}

#[cfg(test)]
mod tests {
    use super::signature;
    use serde_json::Value;

    #[test]
    fn links_are_signed_as_in_the_vectors() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../tests/data/freekassa-vectors.json")).unwrap();
        let cases = vectors["cases"].as_array().unwrap().iter();
        let cases: Vec<&Value> = cases.filter(|case| case["input"]["oa"].is_string()).collect();
        assert_eq!(cases.len(), 2);
        for case in cases {
            let input = |name: &str| case["input"][name].as_str().unwrap();
            let secret = case["config"]["secret_word_1"].as_str().unwrap();
            let signed = signature([input("m"), input("oa"), secret, input("currency"), input("o")]);
            assert_eq!(signed, case["expected"].as_str().unwrap(), "{case}");
        }
    }
}
