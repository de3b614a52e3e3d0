//! Errors of the queue service, with the shapes in which SQS sends them: AWS JSON 1.0 with the header
//! `x-amzn-query-error`, from which SDKs take the code.

use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The queue service refused a request. The texts are those of SQS, except what is marked STRICT: SQS would let
/// it pass or has a feature that the sandbox does not model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError {
    /// No queue has this name.
    #[error("The specified queue does not exist.")]
    NoSuchQueue,
    /// A required parameter is missing.
    #[error("The request must contain the parameter {0}.")]
    MissingParameter(&'static str),
    /// A parameter has a value that is not allowed.
    #[error("{0}")]
    InvalidValue(String),
    /// An attribute name that is not one of SQS's.
    #[error("Unknown Attribute {0}.")]
    UnknownAttribute(String),
    /// The body contains characters outside XML 1.0.
    #[error(
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
    )]
    InvalidCharacters,
    /// Not a receipt handle of this service.
    #[error("The input receipt handle \"{0}\" is not a valid receipt handle.")]
    InvalidReceipt(String),
    /// The message is not in flight, so its visibility cannot be changed.
    #[error("The message referred to isn't in flight.")]
    NotInFlight,
    /// A batch request without entries.
    #[error("There should be at least one {0} in the request.")]
    EmptyBatch(&'static str),
    /// A batch request with more than ten entries.
    #[error("Maximum number of entries per request are 10. You have sent {0}.")]
    TooManyEntries(usize),
    /// Two entries of a batch share an id.
    #[error("Id {0} repeated.")]
    RepeatedId(String),
    /// The id of a batch entry has the wrong form.
    #[error(
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."
    )]
    InvalidEntryId,
    /// The bodies of a batch are too long together, in bytes.
    #[error("Batch requests cannot be longer than 1048576 bytes. You have sent {0} bytes.")]
    BatchTooLong(usize),
    /// The request is not JSON of the operation's shape, or uses what the sandbox does not model.
    #[error("STRICT: {0}")]
    Serialization(String),
    /// An operation that SQS or the sandbox does not have.
    #[error("The action {0} is not valid for this endpoint.")]
    UnknownOperation(String),
}

impl QueueError {
    /// The error's name in JSON (`__type`) and in the query protocol (`x-amzn-query-error`).
    fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::NoSuchQueue => {
                ("com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")
            }
            Self::MissingParameter(_) => {
                ("com.amazon.coral.service#MissingRequiredParameterException", "MissingParameter")
            }
            Self::InvalidValue(_) => {
                ("com.amazon.coral.service#InvalidParameterValueException", "InvalidParameterValue")
            }
            Self::UnknownAttribute(_) => ("com.amazonaws.sqs#InvalidAttributeName", "InvalidAttributeName"),
            Self::InvalidCharacters => ("com.amazonaws.sqs#InvalidMessageContents", "InvalidMessageContents"),
            Self::InvalidReceipt(_) => ("com.amazonaws.sqs#ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
            Self::NotInFlight => {
                ("com.amazonaws.sqs#MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight")
            }
            Self::EmptyBatch(_) => {
                ("com.amazonaws.sqs#EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest")
            }
            Self::TooManyEntries(_) => (
                "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            ),
            Self::RepeatedId(_) => (
                "com.amazonaws.sqs#BatchEntryIdsNotDistinct",
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            ),
            Self::InvalidEntryId => {
                ("com.amazonaws.sqs#InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId")
            }
            Self::BatchTooLong(_) => {
                ("com.amazonaws.sqs#BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong")
            }
            Self::Serialization(_) => ("com.amazon.coral.service#SerializationException", "MalformedInput"),
            Self::UnknownOperation(_) => {
                ("com.amazon.coral.service#UnknownOperationException", "InvalidAction")
            }
        }
    }

    /// The code by which SDKs and batch results name the error.
    pub fn code(&self) -> &'static str {
        self.names().1
    }

    pub(super) fn delay_not_allowed(seconds: i64) -> Self {
        Self::InvalidValue(format!(
            "Value {seconds} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type."
        ))
    }

    pub(super) fn out_of_range(value: i64, parameter: &str, reason: &str) -> Self {
        Self::InvalidValue(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
    }

    pub(super) fn receipt_of_no_message(receipt: &str, reason: &str) -> Self {
        Self::InvalidValue(format!(
            "Value {receipt} for parameter ReceiptHandle is invalid. Reason: {reason}"
        ))
    }
}

impl IntoResponse for QueueError {
    fn into_response(self) -> Response {
        let (json_name, query_name) = self.names();
        let body = json!({ "__type": json_name, "message": self.to_string() }).to_string();
        let mut response = (StatusCode::BAD_REQUEST, body).into_response();
        let headers = response.headers_mut();
        headers.insert("content-type", HeaderValue::from_static("application/x-amz-json-1.0"));
        if let Ok(value) = HeaderValue::try_from(format!("{query_name};Sender")) {
            headers.insert("x-amzn-query-error", value);
        }
        response
    }
}
