//! The payment page: where the buyer's browser lands, with a button for everything that can happen there.

use crate::{Act, OrderView, Till};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use std::sync::Arc;

const STYLE: &str = include_str!("page.css");

/// Action, label, how it looks; while the order waits.
const WAITING: [(&str, &str, &str); 6] = [
    ("pay", "Pay", "main"),
    ("pay-and-repeat", "Pay, notify twice", ""),
    ("pay-late", "Pay, arrives in 65 minutes", ""),
    ("pay-other", "Pay another sum", ""),
    ("pay-silently", "Pay, notification lost", ""),
    ("cancel", "Cancel", "quiet"),
];

/// The same once money arrived.
const PAID: [(&str, &str, &str); 4] = [
    ("pay-again", "Pay a second time", ""),
    ("refund", "Refund", "quiet"),
    ("refund-half", "Refund half", "quiet"),
    ("dispute", "Dispute", "quiet"),
];

/// `/pay/{id}` and its actions.
pub fn pages(till: Arc<dyn Till>) -> Router {
    Router::new().route("/pay/{id}", get(show)).route("/pay/{id}/{action}", post(act)).with_state(till)
}

async fn show(State(till): State<Arc<dyn Till>>, Path(id): Path<String>) -> Response {
    match find(&*till, &id) {
        Some(order) => Html(page(till.name(), &order)).into_response(),
        None => (StatusCode::NOT_FOUND, "No such order.").into_response(),
    }
}

async fn act(State(till): State<Arc<dyn Till>>, Path((id, action)): Path<(String, String)>) -> Response {
    let Some(order) = find(&*till, &id) else {
        return (StatusCode::NOT_FOUND, "No such order.").into_response();
    };
    let Some(act) = read(&action, &order) else {
        return (StatusCode::NOT_FOUND, "No such action.").into_response();
    };
    match till.act(&id, act) {
        // Relative, so that the page may be mounted anywhere.
        Ok(())
            if matches!(act, Act::Refund(_) | Act::Dispute | Act::PayAgain)
                || order.return_url.is_empty() =>
        {
            Redirect::to(&format!("../{id}")).into_response()
        }
        Ok(()) => Redirect::to(&order.return_url).into_response(),
        Err(why) => (StatusCode::CONFLICT, format!("Not possible: {why}.")).into_response(),
    }
}

fn read(action: &str, order: &OrderView) -> Option<Act> {
    let left = order.paid_minor - order.refunded_minor;
    Some(match action {
        "pay" => Act::Pay,
        "pay-and-repeat" => Act::PayAndRepeat,
        "pay-again" => Act::PayAgain,
        "pay-late" => Act::PayLate,
        "pay-other" => Act::PayOther((order.minor / 2).max(1)),
        "pay-silently" => Act::PaySilently,
        "cancel" => Act::Cancel,
        "refund" => Act::Refund(left),
        "refund-half" => Act::Refund((left / 2).max(1)),
        "dispute" => Act::Dispute,
        _ => return None,
    })
}

fn find(till: &dyn Till, id: &str) -> Option<OrderView> {
    till.orders().into_iter().find(|order| order.id == id)
}

fn page(name: &str, order: &OrderView) -> String {
    let id = &escape(&order.id);
    let button = |(action, label, look): &(&str, &str, &str)| {
        format!(
            r#"<form method="post" action="{id}/{action}"><button class="{look}">{label}</button></form>"#
        )
    };
    let choices = if order.open {
        &WAITING[..]
    } else if order.paid_minor > order.refunded_minor {
        &PAID[..]
    } else {
        &[]
    };
    let buttons: String = choices.iter().map(button).collect();
    let back = if order.open || order.return_url.is_empty() {
        String::new()
    } else {
        format!(r#"<a class="back" href="{}">Back to the shop</a>"#, escape(&order.return_url))
    };
    format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Payment</title><style>{STYLE}</style></head>
<body><main>
<p class="brand">{name} <small>stand-in, no money moves</small></p>
<p class="amount">{amount}</p><p class="what">{what}</p>
<p class="status {status}">{status}{refunded}</p>
{buttons}{back}
<p class="id">{id}</p>
</main></body></html>"#,
        amount = amount(order.minor, &order.currency),
        what = escape(&order.description),
        status = escape(&order.status),
        refunded = match order.refunded_minor {
            0 => String::new(),
            minor => format!(", {} refunded", amount(minor, &order.currency)),
        },
    )
}

fn amount(minor: i64, currency: &str) -> String {
    match currency {
        "JPY" | "XTR" => format!("{minor}&nbsp;{currency}"),
        _ => format!("{}.{:02}&nbsp;{currency}", minor / 100, minor % 100),
    }
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
