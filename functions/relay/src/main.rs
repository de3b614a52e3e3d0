//! From the table's stream to the queues.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::serve::<relay::Relay>().await
}
