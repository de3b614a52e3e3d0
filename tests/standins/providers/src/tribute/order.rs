//! One order or visit: what was paid of it, and how the API, the notifications and the page show it.

use super::{Config, Item, request::NewOrder};
use crate::OrderView;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// How a subscription was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Regular,
    Gift,
    Trial,
}

/// What is sold, and to whom.
pub(super) enum Deal {
    Shop(NewOrder),
    Link { item: Item, user: i64 },
}

pub(super) struct Order {
    pub id: String,
    pub deal: Deal,
    pub status: &'static str,
    pub opened_at: Timestamp,
    pub slow: bool,
    /// Until when a subscription is paid.
    pub until: Option<Timestamp>,
    pub stopped: bool,
    pub sales: Vec<Sale>,
}

/// One payment of an order.
#[derive(Clone)]
pub(super) struct Sale {
    /// The transaction's number; of a product, the purchase's as well.
    pub number: u64,
    pub minor: i64,
    pub at: Timestamp,
    pub refunded: bool,
    /// A refund was ordered.
    pub going: bool,
}

impl Item {
    pub(super) fn is_subscription(&self) -> bool {
        self.item.starts_with("subscription/")
    }

    fn number(&self) -> u64 {
        self.item.split_once('/').and_then(|(_, number)| number.parse().ok()).unwrap_or_default()
    }
}

impl Order {
    /// Books a payment; the event of it, `subscribed` if it is one of a subscription.
    pub fn sold(
        &mut self,
        subscribed: &'static str,
        kind: Kind,
        number: u64,
        now: Timestamp,
    ) -> (&'static str, Value) {
        let (minor, days) = match &self.deal {
            Deal::Shop(new) => (new.amount, None),
            Deal::Link { item, .. } => (item.minor, item.is_subscription().then_some(item.days)),
        };
        let minor = if kind == Kind::Trial { 0 } else { minor };
        self.sales.push(Sale { number, minor, at: now, refunded: false, going: false });
        if let Some(days) = days {
            let from = self.until.filter(|until| *until > now).unwrap_or(now);
            self.until = from.checked_add(SignedDuration::from_hours(24 * days)).ok();
            return (subscribed, self.subscription_payload(Some(kind)));
        }
        match &self.deal {
            Deal::Shop(_) => ("shop_order", self.shop_payload()),
            Deal::Link { .. } => ("new_digital_product", self.product_payload(number, now)),
        }
    }

    pub fn went_back(&self, number: u64, now: Timestamp) -> (&'static str, Value) {
        if let Deal::Shop(_) = &self.deal {
            let mut payload = self.shop_payload();
            payload["status"] = "completed".into();
            return ("shop_order_refunded", payload);
        }
        let mut payload = self.product_payload(number, now);
        payload["refund_reason"] = "Refunded by the author".into();
        payload["refunded_at"] = format!("{now:.6}").into();
        ("digital_product_refunded", payload)
    }

    pub fn subscription_payload(&self, kind: Option<Kind>) -> Value {
        let Deal::Link { item, user } = &self.deal else { return Value::Null };
        let mut payload = json!({
            "subscription_name": item.name,
            "subscription_id": item.number(),
            "period_id": item.number() + 1,
            "period": "monthly",
            "price": item.minor,
            "amount": self.sales.last().map_or(item.minor, |sale| sale.minor),
            "currency": item.currency.to_lowercase(),
            "user_id": user + 1_000_000,
            "telegram_user_id": user,
            "channel_id": 614,
            "channel_name": "channel",
            "expires_at": self.until.map(|until| format!("{until:.6}")),
        });
        let kind = kind.map(|kind| match kind {
            Kind::Regular => "regular",
            Kind::Gift => "gift",
            Kind::Trial => "trial",
        });
        if let Some(kind) = kind {
            payload["type"] = kind.into();
        }
        payload
    }

    fn product_payload(&self, number: u64, now: Timestamp) -> Value {
        let Deal::Link { item, user } = &self.deal else { return Value::Null };
        let sale = self.sales.iter().find(|sale| sale.number == number);
        json!({
            "product_id": item.number(),
            "product_name": item.name,
            "amount": item.minor,
            "currency": item.currency.to_lowercase(),
            "user_id": user + 1_000_000,
            "telegram_user_id": user,
            "purchase_id": number,
            "transaction_id": number + 100_000,
            "purchase_created_at": format!("{:.6}", sale.map_or(now, |sale| sale.at)),
        })
    }

    pub fn shop_payload(&self) -> Value {
        let Deal::Shop(new) = &self.deal else { return Value::Null };
        json!({
            "uuid": self.id,
            "amount": new.amount,
            "currency": new.currency,
            "status": self.status,
            "period": new.period,
            "customerId": new.customer_id,
            "transactionId": self.sales.last().map(|sale| sale.number),
        })
    }

    /// The order object of the API.
    pub fn json(&self, config: &Config) -> Value {
        let Deal::Shop(new) = &self.deal else { return Value::Null };
        let page = format!("{}/pay/{}", config.public_base, self.id);
        let mut object = json!({
            "uuid": self.id,
            "shopId": config.shop_id,
            "amount": new.amount,
            "currency": new.currency,
            "title": new.title,
            "description": new.description,
            "status": self.status,
            "paymentUrl": page,
            "webappPaymentUrl": page,
            "createdAt": format!("{:.0}", self.opened_at),
            "period": new.period,
            "customerId": new.customer_id,
        });
        for (name, url) in [("successUrl", &new.success_url), ("failUrl", &new.fail_url)] {
            if let Some(url) = url {
                object[name] = url.as_str().into();
            }
        }
        object
    }

    /// The transactions of the API.
    pub fn transactions(&self) -> Value {
        let Deal::Shop(new) = &self.deal else { return Value::Null };
        let transaction = |sale: &Sale| {
            json!({
                "id": sale.number,
                "type": "shop_order_sell",
                "amount": sale.minor,
                "currency": new.currency,
                "createdAt": sale.at.as_second(),
                "serviceFee": sale.minor / 10,
                "total": sale.minor - sale.minor / 10,
                "isRefunded": sale.refunded,
                "isRefundable": !sale.refunded,
                "isRecurring": false,
            })
        };
        json!({ "transactions": self.sales.iter().map(transaction).collect::<Vec<_>>(), "nextFrom": "" })
    }

    pub fn view(&self) -> OrderView {
        let (order, minor, currency, description, return_url) = match &self.deal {
            Deal::Shop(new) => {
                let back = new.success_url.clone().unwrap_or_default();
                (Some(new.customer_id.clone()), new.amount, &new.currency, &new.title, back)
            }
            Deal::Link { item, .. } => (None, item.minor, &item.currency, &item.name, String::new()),
        };
        let total = |refunded: bool| -> i64 {
            self.sales.iter().filter(|sale| !refunded || sale.refunded).map(|sale| sale.minor).sum()
        };
        OrderView {
            id: self.id.clone(),
            order,
            minor,
            currency: currency.to_uppercase(),
            status: if self.stopped { "stopped" } else { self.status }.to_owned(),
            open: self.status == "pending",
            paid_minor: total(false),
            refunded_minor: total(true),
            description: description.clone(),
            return_url,
        }
    }
}
