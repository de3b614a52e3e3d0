//! Health, app redirects and the page after paying.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    runtime::serve_http::<api::Api>().await
}
