//! Tells buyers what happened, once.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::serve::<notifier::Notifier>().await
}
