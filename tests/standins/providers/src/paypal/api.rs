//! The API: tokens, what is remembered by request id, and the routes.

use super::{
    CERTIFICATE_NAME, CERTIFICATE_PEM, Paypal,
    ledger::Ledger,
    request::{NewOrder, NewRefund, Refusal},
};
use crate::Call;
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Json, Response},
    routing::{any, get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// How long an answer is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(6);
/// How long a token lives, in seconds.
const TOKEN_LIFE: i64 = 32_400;

/// What was answered to a request id.
pub(super) struct Remembered {
    at: Timestamp,
    request: (String, Value),
    answer: Value,
}

pub(super) fn router(paypal: Paypal) -> Router {
    Router::new()
        .route("/v1/oauth2/token", post(token))
        .route("/v1/notifications/certs/{name}", get(certificate))
        .route("/v2/{*path}", any(handle))
        .with_state(paypal)
}

async fn certificate(Path(name): Path<String>) -> Response {
    if name == CERTIFICATE_NAME {
        ([("Content-Type", "text/plain")], CERTIFICATE_PEM).into_response()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

async fn token(State(paypal): State<Paypal>, headers: HeaderMap, body: Bytes) -> Response {
    let (status, answer) = paypal.token(&headers, &body);
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(answer)).into_response()
}

async fn handle(
    State(paypal): State<Paypal>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    let (status, answer) = paypal.answer(&method, &uri, &headers, &body);
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(answer)).into_response()
}

impl Paypal {
    fn token(&self, headers: &HeaderMap, body: &[u8]) -> (u16, Value) {
        let now = self.now();
        let basic =
            headers.get("Authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
        let given = basic.and_then(|text| STANDARD.decode(text).ok());
        let expected = format!("{}:{}", self.config().client_id, self.config().client_secret);
        let mut state = self.current();
        let (status, answer) = if given.as_deref() != Some(expected.as_bytes()) {
            (401, json!({ "error": "invalid_client", "error_description": "Client Authentication failed" }))
        } else if body != b"grant_type=client_credentials" {
            (400, json!({ "error": "unsupported_grant_type", "error_description": "STRICT" }))
        } else {
            let token = format!("A21AAStandIn{:010}", state.tokens_made);
            state.tokens_made += 1;
            state.tokens.push((token.clone(), now.as_second() + TOKEN_LIFE));
            let answer = json!({
                "scope": "https://uri.paypal.com/services/payments/payment",
                "access_token": token,
                "token_type": "Bearer",
                "app_id": "APP-80W284485P519543T",
                "expires_in": TOKEN_LIFE,
                "nonce": format!("{}StandIn", super::object::time(now)),
            });
            (200, answer)
        };
        state.calls.push(Call {
            at: now,
            method: "POST".to_owned(),
            path: "/v1/oauth2/token".to_owned(),
            key: None,
            request: Value::Null,
            status,
            answer: Value::Null,
        });
        (status, answer)
    }

    fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> (u16, Value) {
        let now = self.now();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let path = uri.path().find("/v2/").map_or("", |at| &uri.path()[at..]).to_owned();
        let key = header("PayPal-Request-Id").map(str::to_owned);
        let request: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let mut state = self.current();
        let bearer =
            header("Authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        let known = state.tokens.iter().any(|(token, until)| token == bearer && now.as_second() < *until);
        let (status, answer) = if known {
            let json = header("Content-Type") == Some("application/json");
            let full = header("Prefer") == Some("return=representation");
            let outcome = match (method, &key) {
                (&Method::GET, None) => state.ledger.read(&path).map(|answer| (200, answer)),
                (&Method::POST, Some(key)) if json && (1..=108).contains(&key.len()) => {
                    state.write((&path, &request), key, full, now)
                }
                _ => Err(Refusal::invalid(
                    "GET, or POST of JSON with a PayPal-Request-Id of at most 108 characters",
                )),
            };
            outcome.unwrap_or_else(|refusal| (refusal.status, refusal.body(state.calls.len())))
        } else {
            let why = "The token passed in was not found in the system";
            (401, json!({ "error": "invalid_token", "error_description": why }))
        };
        let call =
            Call { at: now, method: method.to_string(), path, key, request, status, answer: answer.clone() };
        state.calls.push(call);
        (status, answer)
    }
}

impl super::State {
    /// Carries a request out, or answers as before: 201 the first time, 200 again.
    fn write(
        &mut self,
        (path, body): (&str, &Value),
        key: &str,
        full: bool,
        now: Timestamp,
    ) -> Result<(u16, Value), Refusal> {
        let request = (path.to_owned(), body.clone());
        self.remembered.retain(|_, known| now.duration_since(known.at) < REMEMBERED);
        if let Some(known) = self.remembered.get(key) {
            if known.request != request {
                let why = "The value of PayPal-Request-Id header has already been used";
                return Err(Refusal::business("DUPLICATE_REQUEST_ID", why));
            }
            return Ok((200, known.answer.clone()));
        }
        let answer = self.ledger.write(path, body, full, now)?;
        self.remembered.insert(key.to_owned(), Remembered { at: now, request, answer: answer.clone() });
        Ok((201, answer))
    }
}

impl Ledger {
    fn read(&self, path: &str) -> Result<Value, Refusal> {
        let parts: Vec<&str> = path.split('/').skip(2).collect();
        match parts[..] {
            ["checkout", "orders", id] => {
                self.order(id).map(|index| self.order_json(index)).ok_or_else(Refusal::missing)
            }
            ["payments", "captures", id] => {
                self.captured(id).map(|index| self.capture_json(index)).ok_or_else(Refusal::missing)
            }
            ["payments", "refunds", id] => {
                let number = self.refunds.iter().position(|refund| refund.id == id);
                number.map(|number| self.refund_json(number)).ok_or_else(Refusal::missing)
            }
            _ => Err(Refusal::missing()),
        }
    }

    fn write(&mut self, path: &str, body: &Value, full: bool, now: Timestamp) -> Result<Value, Refusal> {
        let parts: Vec<&str> = path.split('/').skip(2).collect();
        match parts[..] {
            ["checkout", "orders"] => {
                let (unit, context) = NewOrder::read(body)?;
                let index = self.open(unit, context, now)?;
                Ok(if full { self.order_json(index) } else { self.minimal(index) })
            }
            ["checkout", "orders", id, "capture"] => {
                let index = self.order(id).ok_or_else(Refusal::missing)?;
                if *body != json!({}) {
                    return Err(Refusal::invalid("an empty object"));
                }
                self.capture(index, now)?;
                Ok(if full { self.order_json(index) } else { self.minimal(index) })
            }
            ["payments", "captures", id, "refund"] => {
                let index = self.captured(id).ok_or_else(Refusal::missing)?;
                let number = self.refund(index, NewRefund::read(body)?, "PAYMENT.CAPTURE.REFUNDED", now)?;
                let refund = self.refund_json(number);
                let minimal =
                    || json!({ "id": refund["id"], "status": refund["status"], "links": refund["links"] });
                Ok(if full { refund } else { minimal() })
            }
            _ => Err(Refusal::missing()),
        }
    }
}
