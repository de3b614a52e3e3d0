//! What we send to Stripe: forms. The same order gives the same bytes, or repeating it would be refused.

use crate::{Order, RefundOrder, config::is_email};
use domain::Payment;
use jiff::{SignedDuration, Timestamp};
use url::form_urlencoded::Serializer;

/// A session must live at least 30 minutes, counted from when Stripe makes it; the rest is for the way there.
const SHORTEST: SignedDuration = SignedDuration::from_mins(35);
/// And at most a day.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// Marks a payment intent that no page stands behind: what becomes of it is told by the intent's own events.
pub(super) const BY_SAVED_METHOD: &str = "saved_method";

struct Form(Serializer<'static, String>);

impl Form {
    fn new() -> Self {
        Self(Serializer::new(String::new()))
    }

    fn put(&mut self, name: &str, value: &str) -> &mut Self {
        self.0.append_pair(name, value);
        self
    }

    fn finish(mut self) -> String {
        self.0.finish()
    }
}

/// `POST /v1/checkout/sessions` for money.
pub(super) fn session(order: &Order<'_>) -> String {
    let payment = order.payment;
    let id = payment.id.to_string();
    let mut form = Form::new();
    form.put("mode", "payment")
        .put("line_items[0][quantity]", "1")
        .put("line_items[0][price_data][currency]", &currency(payment))
        .put("line_items[0][price_data][unit_amount]", &payment.amount.minor.to_string())
        .put("line_items[0][price_data][product_data][name]", &order.description)
        .put("payment_intent_data[metadata][order_id]", &id)
        .put("payment_intent_data[description]", &order.description);
    if order.save_method {
        form.put("payment_intent_data[setup_future_usage]", "off_session");
    }
    page(&mut form, order, order.save_method);
    form.finish()
}

/// `POST /v1/checkout/sessions` for a method only.
pub(super) fn binding(order: &Order<'_>) -> String {
    let mut form = Form::new();
    form.put("mode", "setup")
        // Stripe chooses the methods by it.
        .put("currency", &currency(order.payment))
        .put("setup_intent_data[metadata][order_id]", &order.payment.id.to_string());
    page(&mut form, order, true);
    form.finish()
}

fn page(form: &mut Form, order: &Order<'_>, customer: bool) {
    let id = order.payment.id.to_string();
    form.put("success_url", &order.return_url)
        .put("cancel_url", &order.return_url)
        .put("client_reference_id", &id)
        .put("metadata[order_id]", &id)
        .put("expires_at", &expiry(order.payment).as_second().to_string())
        .put("locale", order.language.code());
    if customer {
        form.put("customer_creation", "always");
    }
    // A mistyped address must not stop a purchase.
    if let Some(email) = order.receipt_email.as_deref().filter(|email| is_email(email)) {
        form.put("customer_email", email);
    }
}

/// `POST /v1/payment_intents` with a saved method.
pub(super) fn charge(order: &Order<'_>, customer: &str, method: &str) -> String {
    let payment = order.payment;
    let mut form = Form::new();
    form.put("amount", &payment.amount.minor.to_string())
        .put("currency", &currency(payment))
        .put("customer", customer)
        .put("payment_method", method)
        .put("off_session", "true")
        .put("confirm", "true")
        .put("description", &order.description)
        .put("metadata[order_id]", &payment.id.to_string())
        .put("metadata[charged_by]", BY_SAVED_METHOD);
    form.finish()
}

/// `POST /v1/refunds`.
pub(super) fn refund(order: &RefundOrder<'_>, intent: &str) -> String {
    let mut form = Form::new();
    form.put("payment_intent", intent)
        .put("amount", &order.amount.minor.to_string())
        .put("metadata[order_id]", &order.payment.id.to_string())
        .put("metadata[refund_key]", &order.key)
        .put("expand[]", "charge");
    form.finish()
}

fn currency(payment: &Payment) -> String {
    payment.amount.currency.code().to_ascii_lowercase()
}

/// When the page closes. Late money is credited all the same, so it may stay open a little longer than we wait.
fn expiry(payment: &Payment) -> Timestamp {
    let after = |span: SignedDuration| payment.created_at.checked_add(span).unwrap_or(payment.expires_at);
    payment.expires_at.max(after(SHORTEST)).min(after(LONGEST))
}
