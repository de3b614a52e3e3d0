//! The events Lambda hands over, read tolerantly: only the fields we use, everything else ignored. The full types of
//! the events crate reject whole batches for fields nobody reads and weigh more than our handlers.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_with::{DefaultOnNull, serde_as};
use std::{collections::BTreeMap, net::IpAddr};

/// A request through API Gateway's HTTP API (payload 2.0). `cargo lambda watch` writes `null` for an empty query.
#[serde_as]
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpEvent {
    #[serde(default)]
    raw_path: String,
    #[serde_as(as = "DefaultOnNull")]
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: RequestContext,
}

#[derive(Debug, Clone, Deserialize)]
struct RequestContext {
    http: HttpContext,
    #[serde(default)]
    stage: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HttpContext {
    method: String,
    #[serde(default)]
    source_ip: Option<String>,
}

/// The request, decoded.
#[derive(Debug, Clone)]
pub struct Request {
    /// `POST`, `GET` …
    pub method: String,
    /// Path without the stage.
    pub path: String,
    /// Text after `?`, not decoded.
    pub query: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Raw bytes.
    pub body: Vec<u8>,
    /// The peer's address as API Gateway saw it; never taken from a header.
    pub source_ip: Option<IpAddr>,
}

impl Request {
    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

impl HttpEvent {
    /// Decodes the body and normalises names. `None` if the body claims to be base64 and is not.
    pub fn decode(self) -> Option<Request> {
        let body = self.body.unwrap_or_default();
        let body = if self.is_base64_encoded { STANDARD.decode(body).ok()? } else { body.into_bytes() };
        let stage = self.request_context.stage.filter(|stage| stage != "$default");
        let path = match &stage {
            Some(stage) => {
                self.raw_path.strip_prefix(&format!("/{stage}")).unwrap_or(&self.raw_path).to_owned()
            }
            None => self.raw_path,
        };
        Some(Request {
            method: self.request_context.http.method,
            path,
            query: self.raw_query_string,
            headers: self
                .headers
                .into_iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .collect(),
            body,
            source_ip: self.request_context.http.source_ip.and_then(|ip| ip.parse().ok()),
        })
    }
}

/// The answer to an HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpResponse {
    /// The status.
    pub status_code: u16,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// None; written all the same, because local tools ask for the field.
    pub cookies: Vec<String>,
    /// Text.
    pub body: String,
    /// Always false: we answer text.
    pub is_base64_encoded: bool,
}

impl HttpResponse {
    /// A text of a media type.
    pub fn new(status: u16, media_type: &str, body: impl Into<String>) -> Self {
        let headers = [
            ("content-type", media_type),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self {
            status_code: status,
            headers,
            cookies: Vec::new(),
            body: body.into(),
            is_base64_encoded: false,
        }
    }

    /// JSON.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// Plain text.
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body)
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }
}

/// A batch from a queue.
#[derive(Debug, Clone, Deserialize)]
pub struct QueueEvent {
    /// Its messages.
    #[serde(rename = "Records", default)]
    pub records: Vec<QueueMessage>,
}

/// A message from a queue. The body stays text: one that is not ours must fail alone.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueMessage {
    /// Its id within the batch.
    #[serde(default)]
    pub message_id: String,
    /// Names this delivery to the queue.
    #[serde(default)]
    pub receipt_handle: String,
    /// The text.
    #[serde(default)]
    pub body: String,
    /// What the queue says of it.
    #[serde(default)]
    pub attributes: MessageAttributes,
}

/// What a queue says of a message.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttributes {
    #[serde(default)]
    approximate_receive_count: Option<String>,
    #[serde(default)]
    message_group_id: Option<String>,
}

impl QueueMessage {
    /// Which delivery of this message it is, from 1.
    pub fn attempt(&self) -> u32 {
        let count = self.attributes.approximate_receive_count.as_deref();
        count.and_then(|count| count.parse().ok()).unwrap_or(1)
    }

    /// What it must not overtake: the messages of its own group before it. `None` on a queue without groups.
    pub fn group(&self) -> Option<&str> {
        self.attributes.message_group_id.as_deref()
    }
}

/// A batch from the table's stream.
#[derive(Debug, Clone, Deserialize)]
pub struct StreamEvent {
    /// Its records, in order.
    #[serde(rename = "Records", default)]
    pub records: Vec<StreamRecord>,
}

/// A record of the table's stream.
#[derive(Debug, Clone, Deserialize)]
pub struct StreamRecord {
    /// What changed.
    pub dynamodb: StreamChange,
}

/// A change in the table.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StreamChange {
    /// Its place in the stream.
    #[serde(default)]
    pub sequence_number: String,
    /// The item afterwards.
    #[serde(default)]
    pub new_image: serde_dynamo::Item,
}

/// Which messages of a batch to deliver again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    /// Empty = all done.
    pub batch_item_failures: Vec<BatchItemFailure>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItemFailure {
    /// Message id, or sequence number.
    pub item_identifier: String,
}

impl BatchResponse {
    /// Asks for these again.
    pub fn failed(ids: impl IntoIterator<Item = String>) -> Self {
        let failures = ids.into_iter().map(|item_identifier| BatchItemFailure { item_identifier });
        Self { batch_item_failures: failures.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_cargo_lambda_watch_is_read() {
        let event = serde_json::json!({
            "version": "2.0", "rawPath": "/health", "rawQueryString": null, "headers": { "Host": "localhost" },
            "requestContext": { "stage": "$default", "http": { "method": "GET", "path": "/health", "sourceIp": null } },
            "body": null, "isBase64Encoded": false,
        });
        let request = serde_json::from_value::<HttpEvent>(event).unwrap().decode().unwrap();
        assert_eq!((request.path.as_str(), request.query.as_str()), ("/health", ""));
        assert_eq!((request.header("host"), request.source_ip), (Some("localhost"), None));
    }
}
