//! The panel's webhook: hints that an account changed there.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::serve_http::<panel_webhook::PanelWebhook>().await
}
