//! The API: authentication, idempotence, and the routes.

use super::{
    Remembered, State, Yookassa,
    ledger::Refund,
    request::{NewMethod, NewPayment, NewRefund, Refusal},
};
use crate::{Call, NotPossible};
use axum::{
    Router,
    body::Bytes,
    extract,
    http::{HeaderMap, Method, StatusCode, Uri, header::AUTHORIZATION},
    response::{IntoResponse, Json, Response},
    routing::any,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use serde_json::{Value, json};
use url::form_urlencoded;

/// How long an idempotence key is remembered.
const MEMORY: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn router(shop: Yookassa) -> Router {
    Router::new()
        .route("/v3/{*path}", any(handle))
        .layer(extract::DefaultBodyLimit::max(1024 * 1024))
        .with_state(shop)
}

async fn handle(
    extract::State(shop): extract::State<Yookassa>,
    extract::Path(path): extract::Path<String>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    let key = headers.get("Idempotence-Key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let request = read(&body);
    let mut state = shop.current();
    let outcome = match authorized(&shop, &headers) {
        Err(refusal) => Err(refusal),
        Ok(()) if method == Method::GET && path == "refunds" => refunds(&state, uri.query()),
        Ok(()) if uri.query().is_some() => {
            Err(Refusal::invalid("STRICT: no query parameters are stood in for", "query"))
        }
        Ok(()) if method == Method::GET => shop.get(&state, &path),
        Ok(()) if method == Method::POST => shop.once(&mut state, (&path, &request), key.as_deref()),
        Ok(()) => Err(Refusal::invalid("STRICT: only GET and POST are stood in for", "method")),
    };
    let (status, answer) = state.told(outcome);
    state.calls.push(Call {
        at: shop.now(),
        method: method.to_string(),
        path: format!("/{path}"),
        key,
        request,
        status,
        answer: answer.clone(),
    });
    drop(state);
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(answer)).into_response()
}

fn read(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into())
}

fn authorized(shop: &Yookassa, headers: &HeaderMap) -> Result<(), Refusal> {
    let config = shop.config();
    let pair = STANDARD.encode(format!("{}:{}", config.shop_id, config.secret_key));
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given == Some(&format!("Basic {pair}")) { Ok(()) } else { Err(Refusal::credentials()) }
}

impl State {
    fn told(&self, outcome: Result<(u16, Value), Refusal>) -> (u16, Value) {
        outcome.unwrap_or_else(|refusal| (refusal.status, refusal.body(self.calls.len())))
    }
}

impl Yookassa {
    fn get(&self, state: &State, path: &str) -> Result<(u16, Value), Refusal> {
        let found = match path.split_once('/') {
            None if path == "me" => self.me(),
            Some(("payments", id)) => {
                let payment = state.ledger.payment(id);
                payment.ok_or_else(|| Refusal::not_found("Payment", "payment_id"))?.json(self.config())
            }
            Some(("refunds", id)) => {
                let refund = state.ledger.refund_by_id(id);
                refund.ok_or_else(|| Refusal::not_found("Refund", "refund_id"))?.json()
            }
            Some(("payment_methods", id)) => {
                let method = state.ledger.method(id);
                method
                    .ok_or_else(|| Refusal::not_found("Payment method", "payment_method_id"))?
                    .json(self.config())
            }
            _ => return Err(Refusal::not_found("STRICT: resource", "path")),
        };
        Ok((200, found))
    }

    fn me(&self) -> Value {
        let config = self.config();
        json!({
            "account_id": config.shop_id,
            "status": "enabled",
            "test": config.test,
            "fiscalization": { "enabled": config.receipts, "provider": "yoo_receipt" },
            "payment_methods": ["bank_card", "sbp"],
        })
    }

    /// Carries a POST out once per key, and answers its repetitions with what was answered first.
    fn once(
        &self,
        state: &mut State,
        (path, body): (&str, &Value),
        key: Option<&str>,
    ) -> Result<(u16, Value), Refusal> {
        let key = key.ok_or_else(|| Refusal::invalid("Idempotence key is missing", "Idempotence-Key"))?;
        let proper = key.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-_.".contains(&b));
        if !proper || !(1..=64).contains(&key.len()) {
            return Err(Refusal::invalid("STRICT: 1-64 of 0-9 a-z A-Z + - _ .", "Idempotence-Key"));
        }
        let now = self.now();
        state.remembered.retain(|_, old| now.duration_since(old.at) < MEMORY);
        let request = (path.to_owned(), body.clone());
        if let Some(old) = state.remembered.get(key) {
            if old.request == request {
                return Ok(old.answer.clone());
            }
            return Err(Refusal::invalid("Idempotence key duplicated", "Idempotence-Key"));
        }
        let outcome = self.post(state, path, body);
        let answer = state.told(outcome);
        state.ledger.write_notices(self.config());
        state.remembered.insert(key.to_owned(), Remembered { at: now, request, answer: answer.clone() });
        Ok(answer)
    }

    fn post(&self, state: &mut State, path: &str, body: &Value) -> Result<(u16, Value), Refusal> {
        match path {
            "payments" => {
                let new = NewPayment::read(body, self.config())?;
                Ok((200, state.ledger.create(new, self.now())?.json(self.config())))
            }
            "refunds" => {
                let new = NewRefund::read(body)?;
                let refund = state.ledger.ordered_refund(new, self.now()).map_err(|why| match why {
                    NotPossible::Unknown => Refusal::invalid("Payment doesn't exist", "payment_id"),
                    NotPossible::Amount => {
                        Refusal::invalid("Amount is more than is left to refund", "amount")
                    }
                    _ => Refusal::invalid("Payment is not refundable", "payment_id"),
                })?;
                Ok((200, refund.json()))
            }
            "payment_methods" => {
                let new = NewMethod::read(body, self.config())?;
                Ok((200, state.ledger.bind(new, self.now()).json(self.config())))
            }
            _ => Err(Refusal::not_found("STRICT: resource", "path")),
        }
    }
}

/// The refunds of one payment, the newest first; no other list is stood in for.
fn refunds(state: &State, query: Option<&str>) -> Result<(u16, Value), Refusal> {
    let fields: Vec<_> = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect();
    let [(payment_id, payment), (limit, most)] = &fields[..] else {
        return Err(Refusal::invalid("STRICT: payment_id and limit", "query"));
    };
    let most = most.parse().ok().filter(|most| (1..=100).contains(most));
    let (Some(most), "payment_id", "limit") = (most, &**payment_id, &**limit) else {
        return Err(Refusal::invalid("STRICT: payment_id and limit of 1-100", "query"));
    };
    if state.ledger.payment(payment).is_none() {
        return Err(Refusal::not_found("Payment", "payment_id"));
    }
    let items: Vec<Value> = state.ledger.refunds_of(payment).take(most).map(Refund::json).collect();
    Ok((200, json!({ "type": "list", "items": items })))
}
