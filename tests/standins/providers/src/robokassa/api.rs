//! The routes.

use super::{Robokassa, request, sign};
use crate::Call;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Redirect, Response},
    routing::{any, get, post},
};
use request::NewPayment;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::form_urlencoded;

pub(super) fn router(shop: Robokassa) -> Router {
    Router::new()
        .route("/Merchant/Index.aspx", any(link))
        .route("/Merchant/Recurring", post(charge))
        .route("/Merchant/WebService/Service.asmx/OpStateExt", any(state))
        .route("/RefundService/Refund/Create", post(refund))
        .route("/RefundService/Refund/GetState", get(refund_state))
        .with_state(shop)
}

/// An answer: the status, the kind of content, the text.
type Answer = (u16, &'static str, String);

const HTML: &str = "text/html; charset=utf-8";
const XML: &str = "text/xml; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

/// The buyer comes.
async fn link(State(shop): State<Robokassa>, method: Method, uri: Uri, body: Bytes) -> Response {
    let given = given(&uri, &body);
    let opened = NewPayment::of_link(&given, shop.config(), shop.now()).and_then(|new| {
        let id = new.inv_id.clone();
        shop.state().ledger.open(new).map(|()| id)
    });
    match opened {
        Ok(id) => {
            let page = format!("{}/pay/{id}", shop.config().public_base);
            shop.note((&method, &uri, Value::from(given)), 303, Value::from(page.as_str()));
            Redirect::to(&page).into_response()
        }
        Err(why) => shop.tell((&method, &uri, Value::from(given)), (400, HTML, format!("Error {why}"))),
    }
}

async fn charge(State(shop): State<Robokassa>, method: Method, uri: Uri, body: Bytes) -> Response {
    let form = String::from_utf8_lossy(&body).into_owned();
    let charged = NewPayment::of_charge(&form, shop.config()).and_then(|new| {
        let id = new.inv_id.clone();
        shop.state().ledger.charge(new).map(|()| id)
    });
    let text = charged.map_or_else(|why| format!("ERROR: {why}"), |id| format!("OK{id}"));
    shop.tell((&method, &uri, Value::from(form)), (200, HTML, text))
}

async fn state(State(shop): State<Robokassa>, method: Method, uri: Uri, body: Bytes) -> Response {
    let given = given(&uri, &body);
    let fields: BTreeMap<String, String> = form_urlencoded::parse(given.as_bytes()).into_owned().collect();
    let get = |name: &str| fields.get(name).map_or("", String::as_str);
    let (config, number) = (shop.config(), get("InvoiceID"));
    let expected =
        sign::hash(&config.hash, &format!("{}:{number}:{}", config.merchant_login, config.password_2));
    let (code, rest) = if get("MerchantLogin") != config.merchant_login {
        (2, None)
    } else if !get("Signature").eq_ignore_ascii_case(&expected) {
        (1, None)
    } else {
        let found = shop.state().ledger.operation(number, shop.now());
        (if found.is_some() { 0 } else { 3 }, found)
    };
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n\
         <OperationStateResponse xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xmlns=\"http://merchant.roboxchange.com/WebService/\">\
         <Result><Code>{code}</Code></Result>{}</OperationStateResponse>",
        rest.unwrap_or_default(),
    );
    shop.tell((&method, &uri, Value::from(given)), (200, XML, text))
}

async fn refund(State(shop): State<Robokassa>, method: Method, uri: Uri, body: Bytes) -> Response {
    let now = shop.now();
    let password = shop.config().password_3.as_deref().ok_or("Refunds are not allowed for this shop");
    let ordered = password.map_err(str::to_owned).and_then(|password| {
        let (key, minor) = request::refund(&body, password)?;
        shop.state().ledger.order_refund(&key, minor, now)
    });
    let answer = match ordered {
        Ok(id) => json!({ "success": true, "message": null, "requestId": id }),
        Err(why) => json!({ "success": false, "message": why }),
    };
    let request = serde_json::from_slice(&body).unwrap_or(Value::Null);
    shop.tell((&method, &uri, request), (200, JSON, answer.to_string()))
}

async fn refund_state(State(shop): State<Robokassa>, method: Method, uri: Uri) -> Response {
    let id = uri.query().and_then(|query| query.strip_prefix("id=")).unwrap_or_default();
    let answer = shop.state().ledger.refund_state(id);
    shop.tell((&method, &uri, Value::Null), (200, JSON, answer.to_string()))
}

/// The form of a POST, else the query.
fn given(uri: &Uri, body: &[u8]) -> String {
    match body {
        [] => uri.query().unwrap_or_default().to_owned(),
        body => String::from_utf8_lossy(body).into_owned(),
    }
}

impl Robokassa {
    fn note(&self, (method, uri, request): (&Method, &Uri, Value), status: u16, answer: Value) {
        let call = Call {
            at: self.now(),
            method: method.to_string(),
            path: uri.path().to_owned(),
            key: None,
            request,
            status,
            answer,
        };
        self.state().calls.push(call);
    }

    fn tell(&self, call: (&Method, &Uri, Value), (status, kind, text): Answer) -> Response {
        self.note(call, status, Value::from(text.as_str()));
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(CONTENT_TYPE, kind)], text).into_response()
    }
}
