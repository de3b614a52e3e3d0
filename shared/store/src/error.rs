//! What can go wrong with the table.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
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
        let text = format!("{operation}: {}", DisplayErrorContext(error));
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
