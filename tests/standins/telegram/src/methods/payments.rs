//! Telegram Stars.

use serde_json::{Value, json};

use super::Outcome;
use super::send::{post, recipient};
use crate::failure::Failure;
use crate::markup::{Below, Markup};
use crate::model::{Content, Invoice};
use crate::params::{Params, required};
use crate::stars::SUBSCRIPTION_PERIOD;
use crate::state::State;

/// Most Stars of a subscription.
const SUBSCRIPTION_LIMIT: i64 = 10_000;
/// Accepted, but without effect on payments in Stars.
const NOT_FOR_STARS: [&str; 10] = [
    "max_tip_amount",
    "suggested_tip_amounts",
    "provider_data",
    "need_name",
    "need_phone_number",
    "need_email",
    "need_shipping_address",
    "send_phone_number_to_provider",
    "send_email_to_provider",
    "is_flexible",
];

pub(super) fn send_invoice(state: &mut State, params: &Params) -> Outcome {
    let invoice = invoice(params)?;
    let markup = Markup::read(params.value("reply_markup"), Below::Invoice)?;
    let chat_id = recipient(state, params)?;
    post(state, chat_id, params, (Content::Invoice(invoice), markup))
}

pub(super) fn create_link(state: &mut State, params: &Params) -> Outcome {
    let invoice = invoice(params)?;
    let slug = format!("stars{:08}", state.serial());
    let link = format!("https://t.me/${slug}");
    state.links.insert(slug, invoice);
    Ok(json!(link).into())
}

fn invoice(params: &Params) -> Result<Invoice, Failure> {
    let text = |name: &str| params.text(name).unwrap_or_default().to_owned();
    let (title, description, payload) = (text("title"), text("description"), text("payload"));
    let within = |text: &str, limit: usize| text.chars().count() <= limit;
    if !within(&title, 32) || !within(&description, 255) {
        return Err(Failure::strict("an invoice has a title of 1-32 and a description of 1-255 characters"));
    }
    if payload.len() > 128 {
        return Err(Failure::bad("INVOICE_PAYLOAD_INVALID"));
    }
    if let Some(useless) = NOT_FOR_STARS.iter().find(|name| params.value(name).is_some()) {
        return Err(Failure::strict(format_args!("{useless} is ignored for payments in Stars")));
    }
    let subscription_period = params.int("subscription_period");
    Ok(Invoice {
        title,
        description,
        payload,
        currency: text("currency"),
        total_amount: stars(params, subscription_period)?,
        subscription_period,
        start_parameter: text("start_parameter"),
        photo_url: params.text("photo_url").map(str::to_owned),
    })
}

/// The price: whole Stars, one item, no provider.
fn stars(params: &Params, subscription_period: Option<i64>) -> Result<i64, Failure> {
    let prices = params.list("prices");
    let has_provider = params.text("provider_token").is_some();
    match (params.text("currency"), has_provider, prices) {
        (_, _, []) => Err(Failure::bad("there must be at least one price")),
        (Some("XTR"), false, [price]) => {
            if price.get("label").and_then(Value::as_str).is_none_or(str::is_empty) {
                return Err(Failure::bad("can't parse labeled price: LabeledPrice label must be non-empty"));
            }
            let amount = price.get("amount").and_then(Value::as_i64).unwrap_or(0);
            match subscription_period {
                _ if amount < 1 => Err(Failure::bad("CURRENCY_TOTAL_AMOUNT_INVALID")),
                None => Ok(amount),
                Some(SUBSCRIPTION_PERIOD) if amount <= SUBSCRIPTION_LIMIT => Ok(amount),
                Some(SUBSCRIPTION_PERIOD) => Err(Failure::bad("CURRENCY_TOTAL_AMOUNT_INVALID")),
                Some(_) => Err(Failure::bad("SUBSCRIPTION_PERIOD_INVALID")),
            }
        }
        (Some("XTR"), ..) => Err(Failure::bad("STARS_INVOICE_INVALID")),
        (_, false, _) => Err(Failure::bad("PAYMENT_PROVIDER_INVALID")),
        (_, true, _) => Err(Failure::not_carried_out("payments in money through a provider")),
    }
}

pub(super) fn answer_pre_checkout(state: &mut State, params: &Params) -> Outcome {
    let refusal = if params.flag("ok") {
        None
    } else {
        Some(params.text("error_message").ok_or_else(|| required("error_message"))?)
    };
    state.answer_checkout(params.text("pre_checkout_query_id").unwrap_or_default(), refusal)?;
    Ok(json!(true).into())
}

pub(super) fn refund(state: &mut State, params: &Params) -> Outcome {
    let user_id = user_id(params)?;
    state.refund(user_id, params.text("telegram_payment_charge_id").unwrap_or_default())?;
    Ok(json!(true).into())
}

pub(super) fn transactions(state: &State, params: &Params) -> super::Done {
    let number = |name: &str, default: i64| usize::try_from(params.int(name).unwrap_or(default)).unwrap_or(0);
    let page = state.transactions.iter().skip(number("offset", 0)).take(number("limit", 100).clamp(1, 100));
    json!({ "transactions": page.collect::<Vec<_>>() }).into()
}

pub(super) fn edit_subscription(state: &mut State, params: &Params) -> Outcome {
    let user_id = user_id(params)?;
    let charge_id = params.text("telegram_payment_charge_id").unwrap_or_default();
    let subscription = state.subscriptions.get_mut(charge_id).filter(|own| own.user_id == user_id);
    let subscription = subscription.ok_or_else(|| Failure::bad("CHARGE_ID_INVALID"))?;
    if subscription.canceled_by_person && !params.flag("is_canceled") {
        return Err(Failure::strict("a bot can only re-enable what it canceled itself"));
    }
    subscription.canceled_by_bot = params.flag("is_canceled");
    Ok(json!(true).into())
}

fn user_id(params: &Params) -> Result<i64, Failure> {
    params.int("user_id").filter(|id| *id > 0).ok_or_else(|| Failure::bad("invalid user_id specified"))
}
