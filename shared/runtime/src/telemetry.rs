//! Logs: JSON lines, level from `AWS_LAMBDA_LOG_LEVEL` (or `RUST_LOG`), `info` by default. Field names are dotted and
//! stable (`user.id`, `payment.id`); bodies, names and secrets are never logged.

use tracing_subscriber::filter::LevelFilter;

/// Switches logging on; a second call does nothing.
pub fn init() {
    let named = std::env::var("AWS_LAMBDA_LOG_LEVEL").or_else(|_| std::env::var("RUST_LOG")).ok();
    let level = named.and_then(|name| name.parse().ok()).unwrap_or(LevelFilter::INFO);
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(level)
        .with_current_span(false)
        // CloudWatch stamps every line itself.
        .without_time()
        .with_target(false)
        .finish();
    // Tests and the sandbox have their own.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
