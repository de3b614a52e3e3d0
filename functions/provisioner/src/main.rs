//! Makes the panel grant what was bought.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::serve::<provisioner::Provisioner>().await
}
