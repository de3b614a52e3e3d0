//! Stripe's objects as it writes them.

use super::ledger::{Ledger, id};
use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) const VERSION: &str = "2026-10-28.endive";

pub(super) fn event(number: usize, kind: &str, object: &Value, livemode: bool, now: Timestamp) -> Value {
    json!({
        "id": id("evt", number),
        "object": "event",
        "api_version": VERSION,
        "created": now.as_second(),
        "data": { "object": object },
        "livemode": livemode,
        "pending_webhooks": 1,
        "request": { "id": null, "idempotency_key": null },
        "type": kind,
    })
}

pub(super) fn list(path: &str, data: &[Value]) -> Value {
    json!({ "object": "list", "url": path, "has_more": false, "data": data })
}

/// The parts of `expand` that go on below `name`, and whether `name` itself is to be written out.
fn below<'a>(expand: &[&'a str], name: &str) -> (bool, Vec<&'a str>) {
    let mut inner = Vec::new();
    let mut wanted = false;
    for path in expand {
        if let Some(rest) = path.strip_prefix(name) {
            match rest.strip_prefix('.') {
                Some(rest) => inner.push(rest),
                None if rest.is_empty() => {}
                None => continue,
            }
            wanted = true;
        }
    }
    (wanted, inner)
}

impl Ledger {
    pub fn session_json(&self, index: usize, expand: &[&str]) -> Value {
        let session = &self.sessions[index];
        let (wanted, inner) = below(expand, "payment_intent");
        let intent = session.intent.map(|intent| {
            if wanted { self.intent_json(intent, &inner) } else { self.intents[intent].id.clone().into() }
        });
        let (wanted, inner) = below(expand, "setup_intent");
        let setup = (session.mode == "setup")
            .then(|| if wanted { self.setup_json(index, &inner) } else { id("seti", index).into() });
        let open = session.status == "open";
        json!({
            "id": session.id,
            "object": "checkout.session",
            "adaptive_pricing": { "enabled": true },
            "allow_promotion_codes": null,
            "amount_subtotal": (session.mode == "payment").then_some(session.minor),
            "amount_total": (session.mode == "payment").then_some(session.minor),
            "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
            "cancel_url": session.cancel_url,
            "client_reference_id": session.client_reference_id,
            "created": session.created.as_second(),
            "currency": session.currency,
            "customer": session.customer,
            "customer_creation": session.customer_creation,
            "customer_details": { "email": session.email.as_deref().unwrap_or("buyer@example.com"), "name": null },
            "customer_email": session.email,
            "expires_at": session.expires_at,
            "livemode": self.livemode,
            "locale": session.locale,
            "metadata": session.metadata,
            "mode": session.mode,
            "payment_intent": intent,
            "payment_method_types": ["card"],
            "payment_status": session.payment_status,
            "setup_intent": setup,
            "status": session.status,
            "success_url": session.success_url,
            "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
            "ui_mode": "hosted_page",
            "url": open.then(|| self.page(&session.id)),
        })
    }

    pub fn intent_json(&self, index: usize, expand: &[&str]) -> Value {
        let intent = &self.intents[index];
        let charge = intent.charge.as_ref().map(|charge| {
            if below(expand, "latest_charge").0 { self.charge_json(index) } else { charge.id.clone().into() }
        });
        let method = intent.method.map(|method| {
            if below(expand, "payment_method").0 {
                self.method_json(method)
            } else {
                self.methods[method].id.clone().into()
            }
        });
        let paid = intent.status == "succeeded";
        // A failed intent has let go of its method.
        let failed = intent.status == "requires_payment_method";
        let error = intent.error.as_ref().map(|code| {
            json!({
                "type": "card_error",
                "code": if code == "authentication_required" { code } else { "card_declined" },
                "decline_code": code,
                "message": "Your card was declined.",
            })
        });
        json!({
            "id": intent.id,
            "object": "payment_intent",
            "amount": intent.minor,
            "amount_capturable": 0,
            "amount_received": if paid { intent.minor } else { 0 },
            "cancellation_reason": null,
            "capture_method": "automatic_async",
            "client_secret": format!("{}_secret_x", intent.id),
            "confirmation_method": "automatic",
            "created": intent.created.as_second(),
            "currency": intent.currency,
            "customer": intent.customer,
            "description": intent.description,
            "last_payment_error": error,
            "latest_charge": charge,
            "livemode": self.livemode,
            "metadata": intent.metadata,
            "next_action": null,
            "payment_method": if failed { None } else { method },
            "payment_method_types": ["card"],
            "receipt_email": null,
            "setup_future_usage": intent.keeps.then_some("off_session"),
            "status": intent.status,
        })
    }

    /// The setup intent of a session of mode `setup`.
    fn setup_json(&self, session: usize, expand: &[&str]) -> Value {
        let number = session;
        let session = &self.sessions[session];
        let method = session.method.map(|method| {
            if below(expand, "payment_method").0 {
                self.method_json(method)
            } else {
                self.methods[method].id.clone().into()
            }
        });
        json!({
            "id": id("seti", number),
            "object": "setup_intent",
            "created": session.created.as_second(),
            "customer": session.customer,
            "livemode": self.livemode,
            "metadata": session.intent_metadata,
            "payment_method": method,
            "status": if session.method.is_some() { "succeeded" } else { "requires_payment_method" },
            "usage": "off_session",
        })
    }

    fn method_json(&self, index: usize) -> Value {
        let method = &self.methods[index];
        json!({
            "id": method.id,
            "object": "payment_method",
            "card": {
                "brand": "visa", "country": "PL", "exp_month": 12, "exp_year": 2030, "funding": "credit",
                "last4": "4242",
            },
            "customer": method.customer,
            "livemode": self.livemode,
            "metadata": {},
            "type": "card",
        })
    }

    /// The charge of an intent that has one.
    pub fn charge_json(&self, index: usize) -> Value {
        let intent = &self.intents[index];
        let Some(charge) = &intent.charge else { return Value::Null };
        json!({
            "id": charge.id,
            "object": "charge",
            "amount": intent.minor,
            "amount_captured": intent.minor,
            "amount_refunded": charge.refunded,
            "captured": true,
            "created": intent.created.as_second(),
            "currency": intent.currency,
            "customer": intent.customer,
            "description": intent.description,
            "disputed": charge.disputed,
            "livemode": self.livemode,
            "metadata": intent.metadata,
            "paid": true,
            "payment_intent": intent.id,
            "payment_method": intent.method.map(|method| self.methods[method].id.clone()),
            "refunded": charge.refunded == intent.minor,
            "status": "succeeded",
        })
    }

    pub fn refund_json(&self, number: usize, expand: &[&str]) -> Value {
        let refund = &self.refunds[number];
        let intent = &self.intents[refund.intent];
        let charge = intent.charge.as_ref().map(|charge| {
            if below(expand, "charge").0 { self.charge_json(refund.intent) } else { charge.id.clone().into() }
        });
        let mut object = json!({
            "id": refund.id,
            "object": "refund",
            "amount": refund.minor,
            "balance_transaction": null,
            "charge": charge,
            "created": refund.created.as_second(),
            "currency": intent.currency,
            "metadata": refund.metadata,
            "payment_intent": intent.id,
            "reason": null,
            "receipt_number": null,
            "status": refund.status,
        });
        if refund.status == "failed" {
            object["failure_reason"] = "expired_or_canceled_card".into();
        }
        object
    }

    pub fn dispute_json(&self, number: usize) -> Value {
        let dispute = &self.disputes[number];
        let intent = &self.intents[dispute.intent];
        json!({
            "id": dispute.id,
            "object": "dispute",
            "amount": intent.minor,
            "charge": intent.charge.as_ref().map(|charge| charge.id.clone()),
            "created": dispute.created.as_second(),
            "currency": intent.currency,
            "is_charge_refundable": false,
            "livemode": self.livemode,
            "metadata": {},
            "payment_intent": intent.id,
            "reason": "fraudulent",
            "status": dispute.status,
        })
    }

    fn page(&self, id: &str) -> String {
        format!("{}/pay/{id}", self.public_base)
    }
}
