//! Every minute: a part of the comparison of the panels with the shop, where one is due.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::serve::<sync::Sync>().await
}
