//! The API: the token, the pace of questions, and the routes.

use super::{
    PUBLIC_KEY, State, Wata,
    request::{NewLink, Refusal, read_refund},
};
use crate::Call;
use axum::{
    Router,
    body::Bytes,
    extract,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::any,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use url::form_urlencoded;

/// One object may be asked about once in this time.
const PACE: SignedDuration = SignedDuration::from_secs(30);

pub(super) fn router(wata: Wata) -> Router {
    Router::new().route("/api/h2h/{*path}", any(handle)).with_state(wata)
}

async fn handle(
    extract::State(wata): extract::State<Wata>,
    extract::Path(path): extract::Path<String>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    let mut state = wata.state();
    let outcome = wata.answer(&mut state, (&method, &path, uri.query()), (&headers, &body));
    let (status, answer, retry_after) = match outcome {
        Ok(answer) => (200, answer, None),
        // Nothing is said to strangers.
        Err(refusal) if refusal.status == 401 => (401, Value::Null, None),
        Err(refusal) => (refusal.status, refusal.body(), refusal.retry_after),
    };
    let request = match &body[..] {
        [] => Value::Null,
        body => serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into()),
    };
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    state.calls.push(Call {
        at: wata.now(),
        method: method.to_string(),
        path: format!("/{path}{query}"),
        key: None,
        request,
        status,
        answer: answer.clone(),
    });
    drop(state);
    let text = if answer.is_null() { String::new() } else { answer.to_string() };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], text).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

impl Wata {
    fn answer(
        &self,
        state: &mut State,
        (method, path, query): (&Method, &str, Option<&str>),
        (headers, body): (&HeaderMap, &[u8]),
    ) -> Result<Value, Refusal> {
        if path == "public-key" && *method == Method::GET {
            return Ok(json!({ "value": PUBLIC_KEY }));
        }
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if header(header::AUTHORIZATION) != Some(&format!("Bearer {}", self.config().token)) {
            return Err(Refusal::status(401, ""));
        }
        if header(header::CONTENT_TYPE) != Some("application/json") {
            return Err(Refusal::status(415, "STRICT: Content-Type is not application/json"));
        }
        let (now, base) = (self.now(), &self.config().public_base);
        match (method, path) {
            (&Method::POST, "links") => {
                let new = NewLink::read(body, now)?;
                Ok(state.ledger.create(new, base, now))
            }
            (&Method::POST, "transactions/refunds") => {
                let (original, minor) = read_refund(body)?;
                state.ledger.refund(&original, minor, now)
            }
            (&Method::GET, _) => {
                self.pace(state, &format!("{path}?{}", query.unwrap_or_default()))?;
                found(state, (path, query), base)
            }
            _ => Err(Refusal::status(404, "STRICT: no such method")),
        }
    }

    fn pace(&self, state: &mut State, object: &str) -> Result<(), Refusal> {
        let now = self.now();
        let left = |at: &jiff::Timestamp| PACE.as_secs() - now.duration_since(*at).as_secs();
        match state.asked.get(object).map(left) {
            Some(left) if left > 0 => Err(Refusal::too_many(left)),
            _ => {
                state.asked.insert(object.to_owned(), now);
                Ok(())
            }
        }
    }
}

fn found(state: &State, (path, query): (&str, Option<&str>), base: &str) -> Result<Value, Refusal> {
    let unknown = || Refusal::status(404, "There is no such entity");
    let ledger = &state.ledger;
    let all = |items: &dyn Fn(&str) -> Vec<Value>| {
        let order = order(query)?;
        let items = items(&order);
        Ok(json!({ "totalCount": items.len(), "items": items }))
    };
    match path.split_once('/') {
        Some(("links", "")) => all(&|order| ledger.links_of(order, base)),
        Some(("transactions", "")) => all(&|order| ledger.transactions_of(order)),
        Some(_) if query.is_some() => Err(Refusal::invalid("STRICT: no query here", "query")),
        Some(("links", id)) => ledger.link(id, base).ok_or_else(unknown),
        Some(("transactions", id)) => ledger.transaction(id).ok_or_else(unknown),
        _ => Err(unknown()),
    }
}

/// The order that is searched for.
fn order(query: Option<&str>) -> Result<String, Refusal> {
    let mut order = None;
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match &*name {
            "orderId" if !value.is_empty() => order = Some(value.into_owned()),
            "maxResultCount" if value.parse::<u16>().is_ok_and(|count| (1..=1000).contains(&count)) => {}
            _ => return Err(Refusal::invalid("STRICT: not a search that is stood in for", "query")),
        }
    }
    order.ok_or_else(|| Refusal::invalid("STRICT: all of everybody's?", "orderId"))
}
