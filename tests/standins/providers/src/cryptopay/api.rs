//! The API: the token, and the methods.

use super::{Cryptopay, FIRST, Invoice, State, request, request::NewInvoice};
use crate::Call;
use axum::{
    Router,
    body::Bytes,
    extract,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Json, Response},
    routing::any,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

/// An error: its code, which is the HTTP status too, and its name.
pub(super) struct Refusal(pub u16, pub String);

impl Refusal {
    pub fn strict(why: impl std::fmt::Display) -> Self {
        Self(400, format!("STRICT: {why}"))
    }
}

pub(super) fn router(app: Cryptopay) -> Router {
    Router::new().route("/api/{method}", any(handle)).with_state(app)
}

async fn handle(
    extract::State(app): extract::State<Cryptopay>,
    extract::Path(name): extract::Path<String>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    let given = headers.get("Crypto-Pay-API-Token").and_then(|token| token.to_str().ok());
    let parameters = parameters(&method, &uri, &headers, &body);
    let mut state = app.state();
    let outcome = match &parameters {
        _ if given != Some(&app.config().token) => Err(Refusal(401, "UNAUTHORIZED".to_owned())),
        Err(why) => Err(Refusal::strict(why)),
        Ok(parameters) => app.run(&mut state, &name, &method, parameters),
    };
    let (status, answer) = match outcome {
        Ok(result) => (200, json!({ "ok": true, "result": result })),
        Err(Refusal(code, name)) => (code, json!({ "ok": false, "error": { "code": code, "name": name } })),
    };
    state.calls.push(Call {
        at: app.now(),
        method: method.to_string(),
        path: format!("/{name}"),
        key: None,
        request: parameters.map_or(Value::Null, Value::Object),
        status,
        answer: answer.clone(),
    });
    drop(state);
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(answer)).into_response()
}

/// From the query of a GET (as texts), or from the JSON of a POST.
fn parameters(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Map<String, Value>, &'static str> {
    let query = uri.query().unwrap_or_default();
    if method == Method::GET && body.is_empty() {
        let pairs = form_urlencoded::parse(query.as_bytes());
        return Ok(pairs.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect());
    }
    let json = headers.get("Content-Type").is_some_and(|kind| kind == "application/json");
    if method != Method::POST || !query.is_empty() || !json {
        return Err("GET with a query, or POST with JSON");
    }
    serde_json::from_slice(body).map_err(|_| "not a JSON object")
}

impl Cryptopay {
    fn run(
        &self,
        state: &mut State,
        name: &str,
        method: &Method,
        parameters: &Map<String, Value>,
    ) -> Result<Value, Refusal> {
        match name {
            "getMe" => Ok(
                json!({ "app_id": 112_233, "name": "Shop", "payment_processing_bot_username": "CryptoBot" }),
            ),
            "createInvoice" if method != Method::POST => Err(Refusal::strict("invoices are created by POST")),
            "createInvoice" => self.create(state, NewInvoice::read(parameters)?),
            "getInvoices" => self.list(state, parameters),
            _ => Err(Refusal(405, "METHOD_NOT_FOUND".to_owned())),
        }
    }

    fn create(&self, state: &mut State, new: NewInvoice) -> Result<Value, Refusal> {
        let now = self.now();
        let lifetime = new.expires_in.map(SignedDuration::from_secs);
        let expires_at: Option<Timestamp> = lifetime
            .map(|lifetime| now.checked_add(lifetime))
            .transpose()
            .map_err(|_| Refusal::strict("expires_in"))?;
        let id = FIRST + state.invoices.len() as u64;
        let invoice = Invoice { id, new, created_at: now, expires_at, paid_at: None };
        let told = invoice.json(self.config(), now);
        state.invoices.push(invoice);
        Ok(told)
    }

    fn list(&self, state: &State, parameters: &Map<String, Value>) -> Result<Value, Refusal> {
        request::known(parameters, &["asset", "fiat", "invoice_ids", "status", "offset", "count"])?;
        let now = self.now();
        let count = request::number(parameters, "count")?.unwrap_or(100);
        let offset = request::number(parameters, "offset")?.unwrap_or(0);
        if !(1..=1000).contains(&count) || offset < 0 {
            return Err(Refusal::strict("count is 1-1000, offset not negative"));
        }
        let status = request::text(parameters, "status")?;
        if status.is_some_and(|status| !["active", "paid"].contains(&status)) {
            return Err(Refusal::strict("status is active or paid"));
        }
        let ids: Option<Vec<&str>> =
            request::text(parameters, "invoice_ids")?.map(|ids| ids.split(',').collect());
        let wanted = |invoice: &&Invoice| {
            status.is_none_or(|status| invoice.status(now) == status)
                && ids.as_ref().is_none_or(|ids| ids.contains(&invoice.id.to_string().as_str()))
        };
        let newest_first = state.invoices.iter().rev().filter(wanted);
        let page = newest_first
            .skip(usize::try_from(offset).unwrap_or(usize::MAX))
            .take(usize::try_from(count).unwrap_or(0));
        Ok(json!({ "items": page.map(|invoice| invoice.json(self.config(), now)).collect::<Vec<_>>() }))
    }
}
