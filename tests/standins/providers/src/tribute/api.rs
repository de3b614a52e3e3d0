//! The Shop API, and the links that open a visit.

use super::{
    State, Tribute,
    request::{NewOrder, Refusal},
};
use crate::Call;
use axum::{
    Router,
    body::Bytes,
    extract,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{Html, IntoResponse, Json, Redirect, Response},
    routing::{any, get},
};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn router(account: Tribute) -> Router {
    Router::new()
        .route("/api/v1/{*path}", any(handle))
        .route("/link/{kind}/{number}", get(visit))
        .layer(extract::DefaultBodyLimit::max(1024 * 1024))
        .with_state(account)
}

#[derive(Deserialize)]
struct Visitor {
    user: Option<i64>,
}

/// Telegram tells Tribute who opens a link; a browser has to say it.
const WHO: &str = r#"<!doctype html><meta charset="utf-8"><title>Tribute</title>
<body style="font:16px system-ui;max-width:24em;margin:15vh auto"><form>
<p>Telegram would tell Tribute who you are. Here you have to: which user?</p>
<input name="user" type="number" value="500002" required> <button>Go on</button></form>"#;

async fn visit(
    extract::State(account): extract::State<Tribute>,
    extract::Path((kind, number)): extract::Path<(String, String)>,
    extract::Query(Visitor { user }): extract::Query<Visitor>,
) -> Response {
    let Some(user) = user else { return Html(WHO).into_response() };
    match account.visit(user, &format!("{kind}/{number}")) {
        // Relative, so that the mount may be anywhere.
        Ok(id) => Redirect::to(&format!("../../pay/{id}")).into_response(),
        Err(why) => (StatusCode::NOT_FOUND, format!("Not possible: {why}.")).into_response(),
    }
}

async fn handle(
    extract::State(account): extract::State<Tribute>,
    extract::Path(path): extract::Path<String>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    let request = read(&body);
    let mut state = account.current();
    let given = headers.get("Api-Key").and_then(|value| value.to_str().ok());
    let outcome = if given != Some(account.config().api_key.as_str()) {
        Err(Refusal::new(401, "unauthorized", "Invalid API key"))
    } else if uri.query().is_some() {
        Err(Refusal::strict("no query parameters are stood in for"))
    } else {
        account.answer(&mut state, &method, &path, &request)
    };
    let (status, answer) = outcome.unwrap_or_else(|refusal| (refusal.status, refusal.body()));
    state.calls.push(Call {
        at: account.now(),
        method: method.to_string(),
        path: format!("/{path}"),
        key: None,
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

impl Tribute {
    fn answer(
        &self,
        state: &mut State,
        method: &Method,
        path: &str,
        body: &Value,
    ) -> Result<(u16, Value), Refusal> {
        let shop = self.config().shop_id;
        let shop = shop.ok_or_else(|| Refusal::new(404, "error_shop_not_found", "Shop not found"))?;
        let parts: Vec<&str> = path.split('/').collect();
        match (method.as_str(), &parts[..]) {
            ("GET", ["shops"]) => Ok((
                200,
                json!([{ "id": shop, "name": "Shop", "recurrent": false, "onlyStars": false, "status": 1 }]),
            )),
            ("POST", ["shop", "orders"]) => {
                let new = NewOrder::read(body, shop)?;
                Ok((200, state.ledger.open(new, self.now()).json(self.config())))
            }
            ("GET", ["shop", "orders", uuid]) => {
                let order = state.ledger.shop_order(uuid).ok_or_else(not_found)?;
                Ok((200, order.json(self.config())))
            }
            ("GET", ["shop", "orders", uuid, "transactions"]) => {
                Ok((200, state.ledger.shop_order(uuid).ok_or_else(not_found)?.transactions()))
            }
            ("POST", ["shop", "orders", uuid, "transactions", number, "refund"]) => {
                if !body.is_null() {
                    return Err(Refusal::strict("a refund has no body"));
                }
                state.ledger.shop_order(uuid).ok_or_else(not_found)?;
                let number = number.parse().map_err(|_| Refusal::strict("not a transaction"))?;
                let refund = state.ledger.ordered_refund(uuid, number, self.now());
                let refund = refund.map_err(|code| {
                    let status = if code == "error_refund_failed" { 500 } else { 400 };
                    Refusal::new(status, code, "Refund is not possible")
                })?;
                Ok((200, refund))
            }
            _ => Err(Refusal::new(404, "not_found", "STRICT: no such resource")),
        }
    }
}

fn not_found() -> Refusal {
    Refusal::new(404, "error_order_not_found", "Order not found")
}
