//! The front door over HTTP, with a function that shows what it was given.

use std::collections::BTreeSet;
use std::sync::Mutex;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use axum::body::Body;
use futures::FutureExt;
use serde_json::json;
use tower::ServiceExt;

use super::*;
use crate::template;

type Seen = Arc<Mutex<Vec<(Function, Value)>>>;

/// A door behind which every function answers `answer`.
fn door(answer: Result<Value, String>) -> (Router, Seen) {
    let seen = Seen::default();
    let log = Arc::clone(&seen);
    let invoke: Invoke = Arc::new(move |function, event| {
        crate::lock(&log).push((function, event));
        let answer = answer.clone();
        async move { answer }.boxed()
    });
    let clock = Clock::fixed("2026-05-01T12:34:56.789Z".parse().unwrap());
    (router(clock, invoke), seen)
}

async fn send(
    router: &Router,
    request: axum::http::request::Builder,
    body: impl Into<Body>,
) -> (u16, String) {
    let response = router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), MAX_BODY).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

fn request(method: &str, uri: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(uri).header("host", "localhost:7777")
}

async fn event_of(request: axum::http::request::Builder, body: impl Into<Body>) -> Value {
    let (router, seen) = door(Ok(json!({ "statusCode": 200 })));
    assert_eq!(send(&router, request, body).await.0, 200);
    let (_, event) = crate::lock(&seen).pop().unwrap();
    event
}

#[tokio::test]
async fn an_event_says_everything_about_the_request() {
    let request = request("POST", "/webhook/yoo%2Fkassa?a=1&b=x%20y&a=2")
        .header("Content-Type", "application/json; charset=utf-8")
        .header("X-Thing", "one")
        .header("x-thing", "two")
        .header("cookie", "k=v; l=w")
        .header("x-forwarded-for", "10.0.0.1")
        .header(SOURCE_IP, "185.71.76.5");
    let event = event_of(request, r#"{"ключ":1}"#).await;
    assert_eq!((&event["version"], &event["routeKey"]), (&json!("2.0"), &json!("POST /webhook/{provider}")));
    assert_eq!(event["rawPath"], "/webhook/yoo%2Fkassa");
    assert_eq!(event["rawQueryString"], "a=1&b=x%20y&a=2");
    assert_eq!(event["queryStringParameters"], json!({ "a": "1,2", "b": "x y" }));
    assert_eq!(event["pathParameters"], json!({ "provider": "yoo/kassa" }));
    assert_eq!(event["cookies"], json!(["k=v", "l=w"]));
    assert_eq!(event["headers"]["x-thing"], "one,two");
    assert_eq!(event["headers"]["x-forwarded-for"], "10.0.0.1,185.71.76.5");
    assert!(event["headers"].get("cookie").is_none() && event["headers"].get(SOURCE_IP.as_str()).is_none());
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!(r#"{"ключ":1}"#), &json!(false)));
    let context = &event["requestContext"];
    assert_eq!(
        (&context["http"]["method"], &context["http"]["sourceIp"]),
        (&json!("POST"), &json!("185.71.76.5"))
    );
    assert_eq!(
        (&context["time"], &context["timeEpoch"]),
        (&json!("01/May/2026:12:34:56 +0000"), &json!(1_777_638_896_789_i64))
    );

    let parsed: ApiGatewayV2httpRequest = serde_json::from_value(event).unwrap();
    assert_eq!(parsed.request_context.http.method, Method::POST);
    assert_eq!(parsed.path_parameters["provider"], "yoo/kassa");
    assert_eq!(parsed.headers["content-type"], "application/json; charset=utf-8");
}

#[tokio::test]
async fn what_is_not_text_comes_in_base64() {
    let post = || request("POST", "/webhook/telegram");
    let bytes = event_of(post(), vec![0xff, 0x00]).await;
    assert_eq!((&bytes["body"], &bytes["isBase64Encoded"]), (&json!("/wA="), &json!(true)));
    let form = event_of(post().header("content-type", "application/x-www-form-urlencoded"), "a=b").await;
    assert_eq!((&form["body"], &form["isBase64Encoded"]), (&json!("YT1i"), &json!(true)));
    let empty = event_of(request("GET", "/health"), "").await;
    assert!(empty.get("body").is_none() && empty.get("pathParameters").is_none());
}

#[tokio::test]
async fn routes_lead_to_their_functions_and_nowhere_else() {
    let (router, seen) = door(Ok(json!({ "statusCode": 200 })));
    let known = [
        ("POST", "/webhook/telegram", Function::TelegramWebhook),
        ("GET", "/webhook/telegram", Function::PaymentWebhook),
        ("POST", "/webhook/panel", Function::PanelWebhook),
        ("POST", "/webhook/panel/de", Function::PanelWebhook),
        ("POST", "/webhook/yookassa", Function::PaymentWebhook),
        ("GET", "/health", Function::Api),
        ("GET", "/open?url=x", Function::Api),
        ("GET", "/pay/return/q1", Function::Api),
    ];
    for (method, uri, function) in known {
        assert_eq!(send(&router, request(method, uri), "").await.0, 200, "{method} {uri}");
        assert_eq!(crate::lock(&seen).pop().unwrap().0, function, "{method} {uri}");
    }
    let unknown = [
        ("POST", "/health"),
        ("PUT", "/webhook/telegram"),
        ("GET", "/pay/return/"),
        ("GET", "/pay/return/a/b"),
        ("GET", "/"),
    ];
    for (method, uri) in unknown {
        let (status, _) = send(&router, request(method, uri), "").await;
        assert_eq!(status, 404, "{method} {uri}");
    }
    assert!(crate::lock(&seen).is_empty());
}

#[test]
fn the_routes_are_the_templates_routes() {
    let text = template::text();
    let deployed: BTreeSet<&str> = template::values(&text, "RouteKey").into_iter().collect();
    assert_eq!(ROUTES.iter().map(|route| route.key).collect::<BTreeSet<_>>(), deployed);
}

#[tokio::test]
async fn answers_become_responses() {
    let full = json!({
        "statusCode": 303, "headers": { "location": "https://t.me", "x-n": 5 }, "cookies": ["a=b", "c=d"],
        "body": "aGk=", "isBase64Encoded": true,
    });
    let response = respond(&full);
    assert_eq!(
        (response.status().as_u16(), &response.headers()["location"]),
        (303, &"https://t.me".parse().unwrap())
    );
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    assert_eq!(to_bytes(response.into_body(), 100).await.unwrap(), "hi");

    let inferred = respond(&json!({ "ok": true }));
    assert_eq!(
        (inferred.status().as_u16(), &inferred.headers()["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    for broken in
        [json!({ "statusCode": "ok" }), json!({ "statusCode": 99 }), json!({ "statusCode": 200, "body": {} })]
    {
        assert_eq!(respond(&broken).status(), 500);
    }
}

#[tokio::test]
async fn failures_and_floods_are_answered_by_the_door() {
    let (router, _) = door(Err("boom".into()));
    let failed = send(&router, request("GET", "/health"), "").await;
    assert_eq!(failed, (500, r#"{"message":"Internal Server Error"}"#.to_owned()));
    let flood = send(&router, request("POST", "/webhook/telegram"), vec![b'x'; MAX_BODY + 1]).await;
    assert_eq!(flood.0, 413);
}
