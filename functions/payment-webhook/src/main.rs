//! Payment providers' webhooks: authenticate, credit once.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::serve_http::<payment_webhook::PaymentWebhook>().await
}
