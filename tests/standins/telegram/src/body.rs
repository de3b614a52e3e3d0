//! Request bodies: JSON, form, multipart, and the query string beside any of them.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use serde_json::Value;

use crate::failure::Failure;
use crate::params::{Input, Upload};

/// Largest request, as documented for uploads: 50 MB.
pub(crate) const BODY_LIMIT: usize = 50 << 20;

/// Reads a whole request.
pub(crate) async fn read(request: Request) -> Result<Input, Failure> {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default().as_bytes().to_vec();
    let bytes =
        to_bytes(body, BODY_LIMIT).await.map_err(|_| Failure::bad("unexpected end of request content"))?;
    let mut input = parse(Request::from_parts(parts, Body::from(bytes.clone())), bytes).await?;
    input.text.extend(pairs(&query));
    Ok(input)
}

/// Reads a body that came in some other way than as a request.
pub(crate) async fn from_parts(content_type: Option<&str>, body: Vec<u8>) -> Result<Input, Failure> {
    let mut request = Request::builder();
    if let Some(content_type) = content_type {
        request = request.header(CONTENT_TYPE, content_type);
    }
    let request =
        request.body(Body::from(body.clone())).map_err(|_| Failure::strict("unreadable content type"))?;
    parse(request, Bytes::from(body)).await
}

async fn parse(request: Request, bytes: Bytes) -> Result<Input, Failure> {
    if bytes.is_empty() {
        return Ok(Input::default());
    }
    let content_type =
        request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/json" => match serde_json::from_slice(&bytes) {
            Ok(Value::Object(json)) => Ok(Input { json, ..Input::default() }),
            Ok(_) => Err(Failure::bad("JSON object expected")),
            Err(error) => Err(Failure::strict(format_args!("the body is not JSON: {error}"))),
        },
        "application/x-www-form-urlencoded" => Ok(Input { text: pairs(&bytes), ..Input::default() }),
        "multipart/form-data" => multipart(request).await,
        _ => Err(Failure::strict(format_args!("the server does not read a body of type {kind:?}"))),
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

async fn multipart(request: Request) -> Result<Input, Failure> {
    let broken = |_| Failure::bad("can't parse form data headers");
    let mut form =
        Multipart::from_request(request, &()).await.map_err(|_| Failure::bad("boundary not found"))?;
    let mut input = Input::default();
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let mime = field.content_type().unwrap_or("application/octet-stream").to_owned();
        let bytes = field.bytes().await.map_err(broken)?.to_vec();
        let Some(file_name) = file_name else {
            let text =
                String::from_utf8(bytes).map_err(|_| Failure::bad("strings must be encoded in UTF-8"))?;
            input.text.push((name, text));
            continue;
        };
        if input.files.insert(name.clone(), Upload { name: file_name, mime, bytes }).is_some() {
            return Err(Failure::strict(format_args!("file part {name} is given twice")));
        }
    }
    Ok(input)
}
