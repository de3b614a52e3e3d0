//! What can go wrong with the table.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;
use thiserror::Error as ThisError;

/// The table did not do what was asked.
#[derive(Debug, ThisError)]
pub enum StoreError {
    /// It cannot be reached or is throttled: the same request may work later.
    #[error("the table is unavailable: {0}")]
    Unavailable(String),
    /// Others kept changing the same records.
    #[error("too many conflicting writes")]
    Contended,
    /// The request is wrong or a stored item is not readable: an operator must look.
    #[error("store defect: {0}")]
    Defect(String),
}

impl StoreError {
    /// The same request may work later.
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Defect(_))
    }

    pub(crate) fn from_sdk<E, R>(operation: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug,
    {
        let text = format!("{operation}: {}", cause(error));
        match error.code() {
            Some("ValidationException" | "ResourceNotFoundException" | "AccessDeniedException") => {
                Self::Defect(text)
            }
            _ => Self::Unavailable(text),
        }
    }

    pub(crate) fn unreadable(what: &str, error: &serde_dynamo::Error) -> Self {
        Self::Defect(format!("unreadable {what}: {error}"))
    }
}

/// What the service said, or why it said nothing. Never the raw answer, which may hold persons' data.
fn cause<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug,
{
    if let Some(code) = error.code() {
        return format!("{code}: {}", error.message().unwrap_or_default());
    }
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
