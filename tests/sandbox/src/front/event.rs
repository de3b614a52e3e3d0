//! An HTTP request as the event that API Gateway makes of it.

use std::net::IpAddr;

use axum::http::{HeaderMap, header, request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::Route;
use crate::ACCOUNT;

/// How a request came in.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The caller's address, as functions shall see it.
    pub source_ip: IpAddr,
    /// When.
    pub at: Timestamp,
    /// Place among the requests; the request id is made of it.
    pub number: u64,
    /// Values of the route's path parameters, still percent-encoded.
    pub parameters: Vec<(&'static str, String)>,
}

/// The event (payload 2.0) for a request to `route`.
pub fn event(route: Route, head: &request::Parts, body: &[u8], arrival: Arrival) -> Value {
    let path = head.uri.path();
    let query = head.uri.query().unwrap_or_default();
    let domain = text(&head.headers, &header::HOST);
    let mut event = json!({
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&head.headers, arrival.source_ip),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "sandbox",
            "domainName": domain,
            "domainPrefix": domain.split(['.', ':']).next(),
            "http": {
                "method": head.method.as_str(),
                "path": path,
                "protocol": format!("{:?}", head.version),
                "sourceIp": arrival.source_ip.to_string(),
                "userAgent": text(&head.headers, &header::USER_AGENT),
            },
            "requestId": format!("sandbox-{:08}", arrival.number),
            "routeKey": route.key,
            "stage": "$default",
            "time": arrival.at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": arrival.at.as_millisecond(),
        },
        "isBase64Encoded": false,
    });
    put_optional(&mut event, head, query, arrival);
    put_body(&mut event, &head.headers, body);
    event
}

/// Members that are absent when empty.
fn put_optional(event: &mut Value, head: &request::Parts, query: &str, arrival: Arrival) {
    let cookies = head.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies: Vec<_> = cookies.flat_map(|value| value.split("; ")).collect();
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !query.is_empty() {
        let mut parameters = Map::new();
        url::form_urlencoded::parse(query.as_bytes())
            .for_each(|(name, value)| join(&mut parameters, &name, &value));
        event["queryStringParameters"] = parameters.into();
    }
    if !arrival.parameters.is_empty() {
        let decoded = |value: String| percent_decode_str(&value).decode_utf8_lossy().into_owned();
        let parameters =
            arrival.parameters.into_iter().map(|(name, value)| (name.to_owned(), decoded(value).into()));
        event["pathParameters"] = Value::Object(parameters.collect());
    }
}

/// Text stays text; anything else, forms included, comes in Base64.
fn put_body(event: &mut Value, headers: &HeaderMap, body: &[u8]) {
    if body.is_empty() {
        return;
    }
    match std::str::from_utf8(body) {
        Ok(text) if is_text(headers) => event["body"] = text.into(),
        _ => {
            event["body"] = STANDARD.encode(body).into();
            event["isBase64Encoded"] = true.into();
        }
    }
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = text(headers, &header::CONTENT_TYPE).to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.is_empty()
        || kind.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"].contains(&kind)
}

/// Names in lower case, values of one name joined by commas, cookies apart; and what API Gateway adds.
fn headers(headers: &HeaderMap, source_ip: IpAddr) -> Map<String, Value> {
    let mut joined = Map::new();
    for (name, value) in headers.iter().filter(|(name, _)| *name != header::COOKIE) {
        join(&mut joined, name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
    }
    join(&mut joined, "x-forwarded-for", &source_ip.to_string());
    joined.insert("x-forwarded-port".into(), "443".into());
    joined.insert("x-forwarded-proto".into(), "https".into());
    joined
}

fn join(map: &mut Map<String, Value>, name: &str, value: &str) {
    match map.get_mut(name) {
        Some(Value::String(present)) => {
            present.push(',');
            present.push_str(value);
        }
        _ => drop(map.insert(name.to_owned(), value.into())),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
