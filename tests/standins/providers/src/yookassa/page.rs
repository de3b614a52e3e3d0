//! The payment page: where the buyer's browser lands, with a button for everything that can happen there.

use super::{NotPossible, PaymentView, Yookassa};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};

const STYLE: &str = include_str!("page.css");

/// Action, label, how it looks; while the payment waits.
const CHOICES: [(&str, &str, &str); 4] = [
    ("pay", "Pay", "main"),
    ("pay-twice", "Pay, notify twice", ""),
    ("pay-later", "Pay, arrives in 65 minutes", ""),
    ("cancel", "Cancel", "quiet"),
];

pub(super) fn router(shop: Yookassa) -> Router {
    Router::new()
        .route("/yookassa/pay/{id}", get(show))
        .route("/yookassa/pay/{id}/{action}", post(act))
        .with_state(shop)
}

async fn show(State(shop): State<Yookassa>, Path(id): Path<String>) -> Response {
    match find(&shop, &id) {
        Some(payment) => Html(page(&payment)).into_response(),
        None => (StatusCode::NOT_FOUND, "No such payment.").into_response(),
    }
}

async fn act(State(shop): State<Yookassa>, Path((id, action)): Path<(String, String)>) -> Response {
    let Some(payment) = find(&shop, &id) else {
        return (StatusCode::NOT_FOUND, "No such payment.").into_response();
    };
    let done = match action.as_str() {
        "pay" => shop.pay(&id),
        "pay-twice" => shop.pay_twice(&id),
        "pay-later" => shop.pay_later(&id),
        "cancel" => shop.cancel(&id),
        "refund" => shop.refund(&id, payment.minor - payment.refunded_minor),
        _ => return (StatusCode::NOT_FOUND, "No such action.").into_response(),
    };
    match done {
        // Relative, so that the page may be mounted anywhere.
        Ok(()) if action == "refund" => Redirect::to(&format!("../{id}")).into_response(),
        Ok(()) => Redirect::to(&payment.return_url).into_response(),
        Err(why @ (NotPossible::Unknown | NotPossible::State(_) | NotPossible::Amount)) => {
            (StatusCode::CONFLICT, format!("Not possible: {why}.")).into_response()
        }
    }
}

fn find(shop: &Yookassa, id: &str) -> Option<PaymentView> {
    shop.payments().into_iter().find(|payment| payment.id == id)
}

fn page(payment: &PaymentView) -> String {
    let id = &payment.id;
    let button = |(action, label, look): (&str, &str, &str)| {
        format!(
            r#"<form method="post" action="{id}/{action}"><button class="{look}">{label}</button></form>"#
        )
    };
    let buttons: String = match payment.status {
        "pending" => CHOICES.into_iter().map(button).collect(),
        "succeeded" if payment.refunded_minor < payment.minor => button(("refund", "Refund", "quiet")),
        _ => String::new(),
    };
    let back = match payment.status {
        "pending" => String::new(),
        _ => format!(r#"<a class="back" href="{}">Back to the shop</a>"#, escape(&payment.return_url)),
    };
    format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Payment</title><style>{STYLE}</style></head>
<body><main>
<p class="brand">YooKassa <small>stand-in, no money moves</small></p>
<p class="amount">{amount}</p><p class="what">{what}</p>
<p class="status {status}">{status}{refunded}</p>
{buttons}{back}
<p class="id">{id}</p>
</main></body></html>"#,
        amount = rubles(payment.minor),
        what = escape(&payment.description),
        status = payment.status,
        refunded = match payment.refunded_minor {
            0 => String::new(),
            minor => format!(", {} refunded", rubles(minor)),
        },
    )
}

fn rubles(minor: i64) -> String {
    format!("{}.{:02}&nbsp;₽", minor / 100, minor % 100)
}

fn escape(text: &str) -> String {
    let replace = |c| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        other => String::from(other),
    };
    text.chars().map(replace).collect()
}
