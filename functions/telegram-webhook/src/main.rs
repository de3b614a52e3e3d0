//! Telegram's webhook: authenticate, let the bot answer.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::serve_http::<telegram_webhook::TelegramWebhook>().await
}
