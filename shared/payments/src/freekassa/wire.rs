//! The API's shapes, and what they mean.

use super::config::{API_METHOD, Config};
use crate::{
    GatewayError, Order,
    amount::{self, Decimal},
    config::is_http,
    exchange::Answer,
    sign,
};
use domain::{Money, PaymentId, credit::Status};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A call's body: its fields with the shop, the nonce and the signature over all of them.
pub(super) fn signed(
    key: &str,
    shop_id: &str,
    nonce: i64,
    fields: &[(&'static str, Value)],
) -> Result<Vec<u8>, GatewayError> {
    let shop_id: u32 = shop_id.parse().map_err(|_| GatewayError::garbage("no number of the shop"))?;
    let mut body: BTreeMap<&str, Value> = fields.iter().cloned().collect();
    body.insert("shopId", shop_id.into());
    body.insert("nonce", nonce.into());
    let signature = signature(key, &body);
    body.insert("signature", signature.into());
    serde_json::to_vec(&body)
        .map_err(|error| GatewayError::garbage(format!("a call that is no JSON: {error}")))
}

/// Signs a call of the API with its `key`: HMAC-SHA256 in lower-case hex over the values of all its fields (shop and nonce
/// among them) in the order of their names, joined with `|`.
pub fn signature(key: &str, fields: &BTreeMap<&str, Value>) -> String {
    let values: Vec<String> = fields.values().map(text).collect();
    sign::hmac_sha256_hex(key.as_bytes(), values.join("|").as_bytes())
}

/// A value as the signature sees it: texts without quotes.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `orders/create`. The sum goes as text: as a number it might be signed in another spelling than FreeKassa reads.
pub(super) fn new_order(
    config: &Config,
    order: &Order<'_>,
) -> Result<[(&'static str, Value); 6], GatewayError> {
    let email = config.email(order.receipt_email.as_deref());
    let email = email.ok_or_else(|| super::refused("no_email", "FreeKassa wants an e-mail address"))?;
    let ip = config.payment_ip.map(|ip| ip.to_string()).unwrap_or_default();
    Ok([
        ("paymentId", order.payment.id.to_string().into()),
        ("i", config.payment_method.unwrap_or(API_METHOD).into()),
        ("email", email.into()),
        ("ip", ip.into()),
        ("amount", order.payment.amount.to_decimal().into()),
        ("currency", order.payment.amount.currency.code().into()),
    ])
}

/// What `orders/create` made.
#[derive(Deserialize)]
pub(super) struct Made {
    location: String,
}

impl Made {
    /// The page on which to pay.
    pub(super) fn page(self) -> Result<String, GatewayError> {
        if is_http(&self.location) {
            Ok(self.location)
        } else {
            Err(GatewayError::garbage("an order without a page to pay on"))
        }
    }
}

/// A success of which nothing more is read.
#[derive(Deserialize)]
pub(super) struct Success {}

/// The answer says that it is a success.
pub(super) fn is_success(body: &[u8]) -> bool {
    serde_json::from_slice::<Map<String, Value>>(body)
        .is_ok_and(|answer| answer.get("type").is_some_and(|kind| kind == "success"))
}

/// What an error says.
pub(super) fn fault(body: &[u8]) -> Option<String> {
    let answer: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let message = answer.get("message").or_else(|| answer.get("error"))?;
    (answer.get("type")? == "error").then(|| text(message))
}

/// The call came too late with its nonce, and was not carried out.
pub(super) fn is_about_nonce(answer: &Answer) -> bool {
    answer.status < 500
        && fault(&answer.body).is_some_and(|message| message.to_ascii_lowercase().contains("nonce"))
}

/// What a payment is referred to by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reference<'a> {
    /// All charges of an order; a notification names one of them.
    Order { order: &'a str, named: Option<&'a str> },
    /// One charge.
    Charge(&'a str),
}

impl<'a> Reference<'a> {
    /// Reads `order`, `order/intid` or digits.
    pub(super) fn of(given: &'a str) -> Option<Self> {
        if is_charge_id(given) {
            return Some(Self::Charge(given));
        }
        let (order, named) = match given.rsplit_once('/') {
            Some((order, charge)) if is_charge_id(charge) => (order, Some(charge)),
            _ => (given, None),
        };
        (1..=128).contains(&order.len()).then_some(Self::Order { order, named })
    }

    /// The filter of `orders`.
    pub(super) fn filter(&self) -> [(&'static str, Value); 1] {
        match self {
            Self::Order { order, .. } => [("paymentId", (*order).into())],
            Self::Charge(id) => [("orderId", number(id))],
        }
    }

    /// A notification says that it is paid.
    pub(super) fn is_notified(&self) -> bool {
        matches!(self, Self::Order { named: Some(_), .. })
    }
}

/// The shape of FreeKassa's ids.
pub(super) fn is_charge_id(text: &str) -> bool {
    (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn number(id: &str) -> Value {
    id.parse::<u64>().map_or(Value::Null, Value::from)
}

/// `orders`.
#[derive(Deserialize)]
pub(super) struct Orders {
    #[serde(default)]
    orders: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    merchant_order_id: Value,
    fk_order_id: Decimal,
    amount: Decimal,
    currency: String,
    status: Decimal,
}

/// Where a charge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    Paid,
    Refunded,
    Failed(&'static str),
}

/// One charge of an order.
pub(super) struct Charge {
    /// `fk_order_id`, which notifications call `intid`.
    pub(super) id: String,
    order: String,
    pub(super) amount: Money,
    pub(super) state: State,
}

impl Orders {
    /// The row that `reference` is about: the charge that is named, unless it failed; else a paid one, a refunded one, one
    /// that waits. Rows that the filter should have kept out are not believed.
    pub(super) fn pick(&self, reference: &Reference<'_>) -> Result<Option<Charge>, GatewayError> {
        let charges = self.orders.iter().map(Charge::read);
        let mut charges = charges.collect::<Result<Vec<_>, _>>()?;
        charges.retain(|charge| match reference {
            Reference::Order { order, .. } => charge.order == *order,
            Reference::Charge(id) => charge.id == *id,
        });
        let rank = |charge: &Charge| {
            let named =
                matches!(reference, Reference::Order { named: Some(named), .. } if charge.id == *named);
            match charge.state {
                State::Failed(_) => 4,
                _ if named => 0,
                State::Paid => 1,
                State::Refunded => 2,
                State::Waiting => 3,
            }
        };
        Ok(charges.into_iter().min_by_key(|charge| (rank(charge), charge.id.len(), charge.id.clone())))
    }
}

impl Charge {
    fn read(row: &Row) -> Result<Self, GatewayError> {
        let id = row.fk_order_id.text();
        if !is_charge_id(id) {
            return Err(GatewayError::garbage("an order without a proper id"));
        }
        let amount = amount::currency(&row.currency).and_then(|currency| row.amount.money(currency));
        let amount = amount.ok().filter(|amount| amount.is_positive());
        let state = match row.status.text() {
            "0" => State::Waiting,
            "1" => State::Paid,
            "6" => State::Refunded,
            "8" => State::Failed("error"),
            "9" => State::Failed("canceled"),
            _ => return Err(GatewayError::garbage("an order in an unknown status")),
        };
        Ok(Self {
            id: id.to_owned(),
            order: text(&row.merchant_order_id),
            amount: amount.ok_or_else(|| GatewayError::garbage("an order without a proper amount"))?,
            state,
        })
    }

    /// What it says of itself. FreeKassa sends whole orders back.
    pub(super) fn status(&self) -> Status {
        match self.state {
            State::Waiting => Status::Pending,
            State::Paid => Status::Paid(self.amount),
            State::Refunded => Status::Refunded(self.amount),
            State::Failed(why) => Status::Canceled(why.to_owned()),
        }
    }

    /// Which of our payments it is of.
    pub(super) fn ours(&self) -> Option<PaymentId> {
        PaymentId::from_order(&self.order)
    }

    /// Its id, as calls want it.
    pub(super) fn number(&self) -> Value {
        number(&self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_signed_as_in_the_vectors() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../tests/data/freekassa-vectors.json")).unwrap();
        let cases = vectors["cases"].as_array().unwrap().iter();
        let cases: Vec<&Value> = cases.filter(|case| case["input"]["nonce"].is_number()).collect();
        assert_eq!(cases.len(), 2);
        for case in cases {
            let input = case["input"].as_object().unwrap();
            let own = ["shopId", "nonce"];
            let fields = input.iter().filter(|(name, _)| !own.contains(&name.as_str()));
            let fields: Vec<(&'static str, Value)> =
                fields.map(|(name, value)| (&*name.clone().leak(), value.clone())).collect();
            let key = case["config"]["api_key"].as_str().unwrap();
            let shop = input["shopId"].to_string();
            let body = signed(key, &shop, input["nonce"].as_i64().unwrap(), &fields).unwrap();
            let body: Map<String, Value> = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["signature"], case["expected"], "{case}");
            assert_eq!(body.len(), input.len() + 1);
        }
    }

    #[test]
    fn references_are_told_apart() {
        let of_order = |order, named| Some(Reference::Order { order, named });
        assert_eq!(Reference::of("123"), Some(Reference::Charge("123")));
        assert_eq!(Reference::of("pay_1"), of_order("pay_1", None));
        assert_eq!(Reference::of("pay_1/77"), of_order("pay_1", Some("77")));
        assert_eq!(Reference::of("a/b/77"), of_order("a/b", Some("77")));
        assert_eq!(Reference::of("123/77"), of_order("123", Some("77")));
        assert_eq!(Reference::of("a/b"), of_order("a/b", None));
        assert_eq!(Reference::of(""), None);
        assert_eq!(Reference::of("/77"), None);
        assert_eq!(Reference::of(&"x".repeat(129)), None);
    }
}
