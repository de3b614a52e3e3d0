//! What a handler may end with, and who tries again.

use bot::BotError;
use lambda_runtime::Diagnostic;
use shop::{ShopError, delivery::DeliveryError};
use store::StoreError;
use thiserror::Error;

/// A handler did not finish.
#[derive(Debug, Error)]
pub enum Failure {
    /// Transient: whoever sent the event sends it again.
    #[error("retry: {0}")]
    Retry(String),
    /// A secret did not fit: it is read anew and the event tried once more.
    #[error("unauthorized: {0}")]
    Unauthorized(String),
    /// Somebody refused our own key: it is read anew and the event tried once more, then later again.
    #[error("our key was refused: {0}")]
    KeyRefused(String),
    /// A defect, or data nobody can use: alarm and dead letter.
    #[error("defect: {0}")]
    Defect(String),
}

/// The whole chain of causes in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        if error.is_transient() { Self::Retry(chain(&error)) } else { Self::Defect(chain(&error)) }
    }
}

impl From<ShopError> for Failure {
    fn from(error: ShopError) -> Self {
        match error {
            ShopError::Store(error) => error.into(),
            ShopError::Provider(payments::GatewayError::Unauthorized) => Self::KeyRefused(chain(&error)),
            ShopError::Provider(_) => Self::Retry(chain(&error)),
            ShopError::Refused(_) => Self::Defect(chain(&error)),
        }
    }
}

impl From<DeliveryError> for Failure {
    fn from(error: DeliveryError) -> Self {
        match error {
            DeliveryError::Shop(error) => error.into(),
            DeliveryError::Panel(panel::PanelError::Unauthorized) => Self::KeyRefused("panel".into()),
            DeliveryError::Panel(_) | DeliveryError::Unknown(_) => Self::Retry(chain(&error)),
        }
    }
}

impl From<BotError> for Failure {
    fn from(error: BotError) -> Self {
        match error {
            BotError::Telegram(bot::SendError::Unauthorized) => {
                Self::KeyRefused("Telegram refused the bot's token".into())
            }
            BotError::Shop(error) => error.into(),
            error if error.is_transient() => Self::Retry(chain(&error)),
            error => Self::Defect(chain(&error)),
        }
    }
}

impl From<crate::queue::QueueError> for Failure {
    fn from(error: crate::queue::QueueError) -> Self {
        Self::Retry(error.to_string())
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        let kind = match &failure {
            Failure::Retry(_) => "Retry",
            Failure::Unauthorized(_) | Failure::KeyRefused(_) => "Unauthorized",
            Failure::Defect(_) => "Defect",
        };
        Self { error_type: kind.into(), error_message: failure.to_string() }
    }
}
