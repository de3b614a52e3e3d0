//! PayPal's objects as it writes them.

use super::{
    ledger::{Ledger, Order},
    request::decimals,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The host in PayPal's own links.
const HOST: &str = "https://api.sandbox.paypal.com";

pub(super) fn event(
    number: usize,
    kind: &str,
    resource_type: &str,
    resource: &Value,
    now: Timestamp,
) -> Value {
    let id = format!("WH-2WR32451HC{number:07}-67976317FL4543714");
    json!({
        "id": id,
        "event_version": "1.0",
        "create_time": format!("{now:.3}"),
        "resource_type": resource_type,
        "resource_version": "2.0",
        "event_type": kind,
        "summary": kind.to_ascii_lowercase().replace('.', " "),
        "resource": resource,
        "links": [{
            "href": format!("{HOST}/v1/notifications/webhooks-events/{id}"), "rel": "self", "method": "GET",
        }],
    })
}

/// A time to the second.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.0}")
}

pub(super) fn money(minor: i64, currency: &str) -> Value {
    let value = match decimals(currency) {
        0 => minor.to_string(),
        _ => format!("{}.{:02}", minor / 100, minor % 100),
    };
    json!({ "currency_code": currency, "value": value })
}

fn link(path: &str, rel: &str, method: &str) -> Value {
    json!({ "href": format!("{HOST}{path}"), "rel": rel, "method": method })
}

impl Order {
    fn money(&self, minor: i64) -> Value {
        money(minor, &self.unit.amount.currency_code)
    }
}

impl Ledger {
    /// What `Prefer: return=minimal` (the default) leaves.
    pub fn minimal(&self, index: usize) -> Value {
        let full = self.order_json(index);
        json!({ "id": full["id"], "status": full["status"], "links": full["links"] })
    }

    pub fn order_json(&self, index: usize) -> Value {
        let order = &self.orders[index];
        let mut unit = json!({
            "reference_id": order.unit.reference_id,
            "amount": order.money(order.minor),
            "payee": { "email_address": "shop@business.example.com", "merchant_id": "KXSTANDIN0000" },
            "description": order.unit.description,
            "custom_id": order.unit.custom_id,
            "invoice_id": order.unit.invoice_id,
        });
        if order.capture.is_some() {
            let refunds = (0..self.refunds.len()).filter(|number| self.refunds[*number].order == index);
            let refunds: Vec<Value> = refunds.map(|number| self.refund_json(number)).collect();
            unit["payments"] = json!({ "captures": [self.capture_json(index)] });
            if !refunds.is_empty() {
                unit["payments"]["refunds"] = refunds.into();
            }
        }
        let path = format!("/v2/checkout/orders/{}", order.id);
        let mut links = vec![link(&path, "self", "GET")];
        if order.status == "PAYER_ACTION_REQUIRED" {
            let href = format!("{}/pay/{}", self.public_base, order.id);
            links.push(json!({ "href": href, "rel": "payer-action", "method": "GET" }));
        }
        if order.status == "APPROVED" {
            links.push(link(&format!("{path}/capture"), "capture", "POST"));
        }
        json!({
            "id": order.id,
            "intent": "CAPTURE",
            "status": order.status,
            "payment_source": { "paypal": {} },
            "purchase_units": [unit],
            "create_time": time(order.created),
            "links": links,
        })
    }

    /// The capture of an order that has one.
    pub fn capture_json(&self, index: usize) -> Value {
        let order = &self.orders[index];
        let Some(capture) = &order.capture else { return Value::Null };
        let path = format!("/v2/payments/captures/{}", capture.id);
        let mut object = json!({
            "id": capture.id,
            "status": capture.status,
            "amount": order.money(order.minor),
            "final_capture": true,
            "seller_protection": { "status": "NOT_ELIGIBLE" },
            "custom_id": order.unit.custom_id,
            "invoice_id": order.unit.invoice_id,
            "supplementary_data": { "related_ids": { "order_id": order.id } },
            "create_time": time(capture.created),
            "update_time": time(capture.created),
            "links": [
                link(&path, "self", "GET"),
                link(&format!("{path}/refund"), "refund", "POST"),
                link(&format!("/v2/checkout/orders/{}", order.id), "up", "GET"),
            ],
        });
        if let Some(reason) = capture.reason {
            object["status_details"] = json!({ "reason": reason });
        }
        if !matches!(capture.status, "PENDING" | "DECLINED") {
            let fee = order.minor * 5 / 100;
            object["seller_receivable_breakdown"] = json!({
                "gross_amount": order.money(order.minor),
                "paypal_fee": order.money(fee),
                "net_amount": order.money(order.minor - fee),
            });
        }
        object
    }

    pub fn refund_json(&self, number: usize) -> Value {
        let refund = &self.refunds[number];
        let order = &self.orders[refund.order];
        let capture = order.capture.as_ref().map_or("", |capture| &capture.id);
        let mut object = json!({
            "id": refund.id,
            "amount": order.money(refund.minor),
            "seller_payable_breakdown": {
                "gross_amount": order.money(refund.minor),
                "paypal_fee": order.money(0),
                "net_amount": order.money(refund.minor),
                "total_refunded_amount": order.money(refund.total),
            },
            "invoice_id": order.unit.invoice_id,
            "status": refund.status,
            "create_time": time(refund.created),
            "update_time": time(refund.created),
            "links": [
                link(&format!("/v2/payments/refunds/{}", refund.id), "self", "GET"),
                link(&format!("/v2/payments/captures/{capture}"), "up", "GET"),
            ],
        });
        let more = [("custom_id", &refund.custom_id), ("note_to_payer", &refund.note)];
        for (name, text) in more {
            if let Some(text) = text {
                object[name] = text.as_str().into();
            }
        }
        if refund.status == "PENDING" {
            object["status_details"] = json!({ "reason": "ECHECK" });
        }
        object
    }

    pub fn dispute_json(&self, index: usize, named: bool, now: Timestamp) -> Value {
        let order = &self.orders[index];
        let mut transaction = json!({
            "buyer_transaction_id": "3BC38643YC807283D",
            "seller_transaction_id": order.capture.as_ref().map(|capture| &capture.id),
            "transaction_status": "COMPLETED",
            "gross_amount": order.money(order.minor),
        });
        if named {
            transaction["custom"] = order.unit.custom_id.as_str().into();
            transaction["invoice_number"] = order.unit.invoice_id.as_str().into();
        }
        json!({
            "dispute_id": format!("PP-D-{index:05}"),
            "create_time": format!("{now:.3}"),
            "disputed_transactions": [transaction],
            "reason": "UNAUTHORISED",
            "status": "OPEN",
            "dispute_amount": order.money(order.minor),
            "dispute_life_cycle_stage": "CHARGEBACK",
        })
    }
}
