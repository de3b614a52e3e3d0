//! The AWS clients speak through the HTTP client that the shop has anyway. The SDK's own brings HTTP/2 and a second copy of
//! connection pool and TLS set-up into every function: a tenth of the binary, for services that are spoken to in HTTP/1.1.

use aws_sdk_dynamodb::config::{
    HttpClient, RuntimeComponents, SharedHttpClient,
    http::{HttpRequest, HttpResponse},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    result::ConnectorError,
};
use reqwest::{Method, Request, Url, header::HeaderName, header::HeaderValue};
use std::error::Error;

/// Makes the SDK's clients use `http`. Its own time limits apply besides the SDK's; the one for connecting is not passed on.
pub(crate) fn over(http: reqwest::Client) -> SharedHttpClient {
    SharedHttpClient::new(Connector(http))
}

#[derive(Clone, Debug)]
struct Connector(reqwest::Client);

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let http = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = outgoing(&request).map_err(ConnectorError::user)?;
            let response = http.execute(request).await.map_err(failed)?;
            incoming(response).await
        })
    }
}

type Unfit = Box<dyn Error + Send + Sync>;

fn outgoing(request: &HttpRequest) -> Result<Request, Unfit> {
    let body = request.body().bytes().ok_or("the body is not in memory")?;
    let mut out = Request::new(Method::from_bytes(request.method().as_bytes())?, Url::parse(request.uri())?);
    for (name, value) in request.headers() {
        out.headers_mut().append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
    }
    *out.body_mut() = Some(body.to_vec().into());
    Ok(out)
}

async fn incoming(response: reqwest::Response) -> Result<HttpResponse, ConnectorError> {
    let unfit = |error: Unfit| ConnectorError::other(error, None);
    let status = response.status().as_u16().try_into().map_err(|error| unfit(Box::new(error)))?;
    let headers = response.headers().clone();
    let mut answer = HttpResponse::new(status, response.bytes().await.map_err(failed)?.into());
    for (name, value) in &headers {
        let value = value.to_str().map_err(|error| unfit(Box::new(error)))?;
        answer.headers_mut().append(name.as_str().to_owned(), value.to_owned());
    }
    Ok(answer)
}

/// The SDK repeats what failed on the way.
fn failed(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[tokio::test]
    async fn nobody_there_is_a_failure_that_may_pass() {
        // Taken and given back: nobody listens there.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let request = HttpRequest::get(format!("http://127.0.0.1:{port}/")).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let failure = Connector(http).call(request).await.unwrap_err();
        assert!(failure.is_io(), "{failure:?}");
    }

    #[test]
    fn a_request_keeps_its_parts() {
        let mut request = HttpRequest::new("{}".into());
        request.set_method("POST").unwrap();
        request.set_uri("https://dynamodb.eu-central-1.amazonaws.com/").unwrap();
        request.headers_mut().insert("x-amz-target", "DynamoDB_20120810.Query");
        let out = outgoing(&request).unwrap();
        assert_eq!((out.method(), out.url().as_str()), (&Method::POST, request.uri()));
        assert_eq!(out.headers()["x-amz-target"], "DynamoDB_20120810.Query");
        assert_eq!(out.body().and_then(reqwest::Body::as_bytes), Some(b"{}".as_slice()));
    }
}
