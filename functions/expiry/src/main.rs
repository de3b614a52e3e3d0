//! Every minute: what is due.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::serve::<expiry::Expiry>().await
}
