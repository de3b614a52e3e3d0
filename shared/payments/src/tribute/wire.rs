//! Shapes of the Shop API, and what they mean.

use crate::{Fetched, GatewayError, Order, amount::currency, config::is_http, text};
use domain::{
    Money, PaymentId, Provider,
    checkout::Opened,
    credit::{Report, Status},
};
use serde::{Deserialize, Serialize};

/// `POST /shop/orders`. Amounts are whole minor units.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewOrder<'a> {
    amount: i64,
    currency: String,
    title: String,
    description: String,
    customer_id: String,
    period: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    shop_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_url: Option<&'a str>,
}

impl<'a> NewOrder<'a> {
    pub fn of(order: &'a Order<'_>, shop_id: Option<u64>) -> Self {
        // Another scheme would be refused; the buyer is in Telegram anyway.
        let back = Some(order.return_url.as_str()).filter(|url| url.starts_with("https://"));
        Self {
            amount: order.payment.amount.minor,
            currency: order.payment.amount.currency.code().to_ascii_lowercase(),
            title: text::cut(&order.description, 100),
            description: text::cut(&order.description, 300),
            customer_id: order.payment.id.to_string(),
            period: "onetime",
            shop_id,
            success_url: back,
            fail_url: back,
        }
    }
}

/// The answer to `POST /shop/orders`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewlyOpened {
    uuid: String,
    payment_url: Option<String>,
    webapp_payment_url: Option<String>,
}

impl NewlyOpened {
    pub fn opened(self) -> Result<Opened, GatewayError> {
        if !super::is_id(&self.uuid) {
            return Err(GatewayError::garbage("an order without a proper id"));
        }
        let url = [self.webapp_payment_url, self.payment_url].into_iter().flatten().find(|url| is_http(url));
        let url = url.ok_or_else(|| GatewayError::garbage("an order without a page to pay on"))?;
        Ok(Opened { external_id: Some(self.uuid), pay_url: Some(url) })
    }
}

/// What we read of `GET /shop/orders/{uuid}`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShopOrder {
    uuid: String,
    status: OrderStatus,
    amount: i64,
    first_period_amount: Option<i64>,
    currency: String,
    customer_id: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum OrderStatus {
    Pending,
    Prepaid,
    Paid,
    Failed,
}

/// `GET /shop/orders/{uuid}/transactions`.
#[derive(Deserialize, Default)]
pub(super) struct Transactions {
    transactions: Vec<Transaction>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub(super) struct Transaction {
    pub id: u64,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    pub is_refunded: bool,
    pub is_refundable: Option<bool>,
}

/// An error of the API.
#[derive(Deserialize, Default)]
pub(super) struct Fault {
    pub error: Option<String>,
    pub message: Option<String>,
}

impl Transactions {
    /// The buyer's payments; fees and refunds are transactions too.
    pub fn sales(&self) -> impl Iterator<Item = &Transaction> {
        self.transactions.iter().filter(|transaction| transaction.kind.ends_with("sell"))
    }

    /// Everything that the buyer paid has gone back.
    fn all_back(&self) -> bool {
        self.sales().next().is_some() && self.sales().all(|sale| sale.is_refunded)
    }
}

impl ShopOrder {
    /// It is the order asked for.
    pub fn is(self, uuid: &str) -> Result<Self, GatewayError> {
        let same = self.uuid.eq_ignore_ascii_case(uuid);
        if same { Ok(self) } else { Err(GatewayError::garbage("another order than the one asked for")) }
    }

    pub fn is_paid(&self) -> bool {
        self.status == OrderStatus::Paid
    }

    /// What the buyer paid or is to pay.
    pub fn money(&self) -> Result<Money, GatewayError> {
        let minor = self.first_period_amount.unwrap_or(self.amount);
        let money = currency(&self.currency).ok().map(|currency| Money::new(minor, currency));
        money
            .filter(|money| money.is_positive())
            .ok_or_else(|| GatewayError::garbage("an order without a proper amount"))
    }

    /// What it says; `transactions` are needed only of a paid order.
    pub fn status(&self, transactions: &Transactions) -> Result<Status, GatewayError> {
        let money = self.money()?;
        Ok(match self.status {
            // Prepaid: the money is with Tribute's partner, and `paid` still has to come.
            OrderStatus::Pending | OrderStatus::Prepaid => Status::Pending,
            OrderStatus::Failed => Status::Canceled("failed".to_owned()),
            OrderStatus::Paid if transactions.all_back() => Status::Refunded(money),
            OrderStatus::Paid => Status::Paid(money),
        })
    }

    /// As the shop hears of it, under `external_id`.
    pub fn told(self, external_id: String, status: Status, test: bool) -> Fetched {
        Fetched {
            payment: self.customer_id.as_deref().and_then(PaymentId::from_order),
            report: Report { external_id, status, test, saved: None },
            provider: Provider::Tribute,
        }
    }
}
