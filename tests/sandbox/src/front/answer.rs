//! A function's answer as the HTTP response that API Gateway makes of it.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::plain;

/// The response for a function's `answer`. One without `statusCode` is itself the body of a 200, as API Gateway
/// infers; one that makes no valid response is a 500.
pub fn respond(answer: &Value) -> Response {
    let broken = |reason: String| {
        tracing::warn!(reason, "a function's answer makes no response");
        plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
    };
    match answer.get("statusCode") {
        None => inferred(answer),
        Some(_) => build(answer).unwrap_or_else(broken),
    }
}

fn inferred(answer: &Value) -> Response {
    let body = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

fn build(answer: &Value) -> Result<Response, String> {
    let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status = status.ok_or_else(|| format!("status {}", answer["statusCode"]))?;
    let mut response = Response::builder().status(status);
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        response = response.header(name, scalar(value)?);
    }
    // Payload 2.0 has no such member, yet Rust's event types write it.
    for (name, values) in answer["multiValueHeaders"].as_object().into_iter().flatten() {
        for value in values.as_array().into_iter().flatten() {
            response = response.header(name, scalar(value)?);
        }
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        response = response.header(header::SET_COOKIE, scalar(cookie)?);
    }
    response.body(body(answer)?).map_err(|error| error.to_string())
}

fn scalar(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        other => Err(format!("header {other}")),
    }
}

fn body(answer: &Value) -> Result<Body, String> {
    let text = match &answer["body"] {
        Value::Null => return Ok(Body::empty()),
        Value::String(text) => text,
        other => return Err(format!("body {other}")),
    };
    if answer["isBase64Encoded"] == true {
        return STANDARD.decode(text).map(Body::from).map_err(|error| format!("body: {error}"));
    }
    Ok(Body::from(text.clone()))
}
