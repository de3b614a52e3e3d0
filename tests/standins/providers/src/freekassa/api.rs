//! API v1: signature, nonce, and the three methods that this shop calls.

use super::{
    Freekassa, State, hmac,
    ledger::{NewOrder, minor},
    md5,
};
use crate::{Act, Call};
use axum::{
    Router,
    body::Bytes,
    extract,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Json, Response},
    routing::any,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, net::IpAddr};

pub(super) const CURRENCIES: [&str; 5] = ["RUB", "USD", "EUR", "UAH", "KZT"];

/// HTTP status and message.
struct Refusal(u16, String);

impl Refusal {
    fn strict(why: impl std::fmt::Display) -> Self {
        Self(400, format!("STRICT: {why}"))
    }
}

type Fields = Map<String, Value>;

pub(super) fn router(shop: Freekassa) -> Router {
    Router::new().route("/v1/{*path}", any(handle)).with_state(shop)
}

async fn handle(
    extract::State(shop): extract::State<Freekassa>,
    extract::Path(path): extract::Path<String>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    let request: Result<Fields, Refusal> = match serde_json::from_slice(&body) {
        _ if method != Method::POST || uri.query().is_some() => Err(Refusal::strict("only POST, no query")),
        _ if headers.get("Content-Type").is_none_or(|kind| kind != "application/json") => {
            Err(Refusal::strict("only application/json"))
        }
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Refusal::strict("not a JSON object")),
    };
    let mut state = shop.current();
    let outcome = match &request {
        Ok(fields) => shop.admit(&mut state, fields).and_then(|()| shop.run(&mut state, &path, fields)),
        Err(Refusal(status, why)) => Err(Refusal(*status, why.clone())),
    };
    let (status, answer) = match outcome {
        Ok(answer) => (200, answer),
        Err(Refusal(status, message)) => (status, json!({ "type": "error", "message": message })),
    };
    state.calls.push(Call {
        at: shop.now(),
        method: method.to_string(),
        path: format!("/{path}"),
        key: None,
        request: request.map_or(Value::Null, Value::Object),
        status,
        answer: answer.clone(),
    });
    drop(state);
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(answer)).into_response()
}

impl Freekassa {
    /// The shop, the signature over everything else, and a nonce larger than any before.
    fn admit(&self, state: &mut State, fields: &Fields) -> Result<(), Refusal> {
        let config = self.config();
        if fields.get("shopId").and_then(Value::as_u64).map(|id| id.to_string()).as_ref()
            != Some(&config.shop_id)
        {
            return Err(Refusal(401, "Shop not found".to_owned()));
        }
        let others: BTreeMap<&str, String> = fields
            .iter()
            .filter(|(name, _)| *name != "signature")
            .map(|(name, value)| (name.as_str(), plain(value)))
            .collect();
        let message = others.into_values().collect::<Vec<_>>().join("|");
        if fields.get("signature").and_then(Value::as_str) != Some(&hmac(&config.api_key, &message)) {
            return Err(Refusal(401, "Invalid signature".to_owned()));
        }
        let nonce = fields.get("nonce").and_then(Value::as_i64);
        let nonce = nonce.ok_or_else(|| Refusal::strict("nonce is an integer"))?;
        if nonce <= state.nonce {
            return Err(Refusal::strict("nonce is not greater than the last one"));
        }
        state.nonce = nonce;
        Ok(())
    }

    fn run(&self, state: &mut State, path: &str, fields: &Fields) -> Result<Value, Refusal> {
        match path {
            "orders/create" => self.create(state, fields),
            "orders" => {
                known(fields, &["orderId", "paymentId"])?;
                let (number, id) = filter(fields)?;
                let rows: Vec<Value> = state.ledger.find(number, id).map(super::ledger::Order::row).collect();
                Ok(json!({ "type": "success", "pages": 1, "orders": rows }))
            }
            "orders/refund" => {
                known(fields, &["orderId", "paymentId"])?;
                let (number, id) = filter(fields)?;
                let found = state.ledger.find(number, id).next().map(|order| (order.id, order.minor));
                let (id, minor) = found.ok_or_else(|| Refusal::strict("no such order"))?;
                let done = state.ledger.act(&id.to_string(), Act::Refund(minor), self.now());
                done.map_err(Refusal::strict)?;
                Ok(json!({ "type": "success", "id": id + 1_000_000 }))
            }
            _ => Err(Refusal(404, "STRICT: no such method".to_owned())),
        }
    }

    fn create(&self, state: &mut State, fields: &Fields) -> Result<Value, Refusal> {
        known(fields, &["paymentId", "i", "email", "ip", "amount", "currency"])?;
        let need = |name| text(fields, name)?.ok_or_else(|| Refusal::strict(format!("{name} is missing")));
        let email = need("email")?;
        if email == "test@example.com" {
            return Err(Refusal(400, "OP-SP-7".to_owned()));
        }
        if !email.contains('@') || need("ip")?.parse::<IpAddr>().is_err() {
            return Err(Refusal::strict("email or ip"));
        }
        let currency = need("currency")?;
        if !CURRENCIES.contains(&currency) {
            return Err(Refusal::strict("currency"));
        }
        let number = need("paymentId")?;
        if number.is_empty() {
            return Err(Refusal::strict("paymentId"));
        }
        let method = fields.get("i").and_then(Value::as_u64).and_then(|i| u32::try_from(i).ok());
        let sum = fields.get("amount").map(plain).and_then(|sum| minor(&sum));
        let new = NewOrder {
            number: number.to_owned(),
            minor: sum.ok_or_else(|| Refusal::strict("amount"))?,
            currency: currency.to_owned(),
            email: email.to_owned(),
            method: method.ok_or_else(|| Refusal::strict("i is a number"))?,
        };
        let id = state.ledger.open(new, self.now()).id;
        Ok(json!({
            "type": "success",
            "orderId": id,
            "orderHash": md5(&[&id.to_string(), "hash"]),
            "location": format!("{}/pay/{id}", self.config().public_base),
        }))
    }
}

fn known(fields: &Fields, names: &[&str]) -> Result<(), Refusal> {
    let own = ["shopId", "nonce", "signature"];
    match fields.keys().find(|name| !names.contains(&name.as_str()) && !own.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Refusal::strict(format!("{name} is not stood in for"))),
    }
}

/// Which orders: by the shop's number or by the id, one of them.
fn filter(fields: &Fields) -> Result<(Option<&str>, Option<u64>), Refusal> {
    let id =
        fields.get("orderId").map(|id| id.as_u64().ok_or_else(|| Refusal::strict("orderId is a number")));
    match (text(fields, "paymentId")?, id.transpose()?) {
        (None, None) => Err(Refusal::strict("orderId or paymentId")),
        found => Ok(found),
    }
}

fn text<'a>(fields: &'a Fields, name: &str) -> Result<Option<&'a str>, Refusal> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::strict(format!("{name} is not text"))),
    }
}

/// A value as it is signed.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
