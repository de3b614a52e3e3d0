//! PayPal's objects, as far as we read them, and what they mean. Shapes: Orders v2 and Payments v2.

use crate::{Fetched, GatewayError, Order, config::is_http};
use domain::{
    Money, MoneyError, PaymentId, Provider,
    checkout::Opened,
    credit::{Report, Status},
};
use serde::{Deserialize, Serialize};

/// Money: the value is text, with as many decimals as the currency has.
#[derive(Serialize, Deserialize)]
pub(super) struct Amount {
    currency_code: String,
    value: String,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { currency_code: money.currency.code().to_owned(), value: money.to_decimal() }
    }
}

impl Amount {
    pub fn money(&self) -> Result<Money, MoneyError> {
        Money::parse(&self.value, self.currency_code.parse()?)
            .and_then(|money| if money.minor < 0 { Err(MoneyError::Range) } else { Ok(money) })
    }
}

/// `POST /v1/oauth2/token`.
#[derive(Deserialize)]
pub(super) struct Token {
    pub access_token: String,
    /// Seconds.
    pub expires_in: u64,
}

#[derive(Deserialize)]
pub(super) struct Link {
    href: String,
    rel: String,
}

/// An order of PayPal's.
#[derive(Deserialize)]
pub(super) struct PaypalOrder {
    pub id: String,
    pub status: String,
    #[serde(default)]
    purchase_units: Vec<Unit>,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Unit {
    custom_id: Option<String>,
    invoice_id: Option<String>,
    amount: Option<Amount>,
    #[serde(default)]
    payments: Payments,
}

#[derive(Deserialize, Default)]
struct Payments {
    #[serde(default)]
    captures: Vec<Capture>,
    #[serde(default)]
    refunds: Vec<Refund>,
}

/// Money that was taken: the money object.
#[derive(Deserialize)]
pub(super) struct Capture {
    pub id: String,
    pub status: String,
    status_details: Option<Details>,
    pub amount: Amount,
    custom_id: Option<String>,
    invoice_id: Option<String>,
    supplementary_data: Option<Supplement>,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Details {
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Supplement {
    related_ids: Option<Related>,
}

#[derive(Deserialize)]
struct Related {
    order_id: Option<String>,
}

/// Money that went back.
#[derive(Deserialize)]
pub(super) struct Refund {
    pub id: String,
    status: String,
    status_details: Option<Details>,
    amount: Option<Amount>,
    custom_id: Option<String>,
    seller_payable_breakdown: Option<Breakdown>,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Breakdown {
    total_refunded_amount: Option<Amount>,
}

/// An error answer.
#[derive(Deserialize, Default)]
pub(super) struct Fault {
    name: Option<String>,
    message: Option<String>,
    #[serde(default)]
    details: Vec<Issue>,
}

#[derive(Deserialize)]
struct Issue {
    #[serde(rename = "issue")]
    name: Option<String>,
    description: Option<String>,
    field: Option<String>,
}

/// Which of our payments an object carries.
pub(super) fn ours(custom_id: Option<&str>, invoice_id: Option<&str>) -> Option<PaymentId> {
    [custom_id, invoice_id].into_iter().flatten().find_map(PaymentId::from_order)
}

/// The id at the end of the link `rel` if it leads to `place` (`captures`, `orders`).
fn linked<'a>(links: &'a [Link], rel: &str, place: &str) -> Option<&'a str> {
    let link = links.iter().find(|link| link.rel == rel)?;
    let (before, id) = link.href.rsplit_once('/')?;
    before.ends_with(&format!("/{place}")).then_some(id).filter(|id| super::is_id(id))
}

fn garbage<T>(what: &str) -> Result<T, GatewayError> {
    Err(GatewayError::garbage(what))
}

impl PaypalOrder {
    /// What the answer to `order` opened.
    pub fn opened(self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        let unit = self.purchase_units.first();
        let amount = unit.and_then(|unit| unit.amount.as_ref()?.money().ok());
        if amount != Some(order.payment.amount) || self.ours() != Some(order.payment.id) {
            return garbage("another order than the one ordered");
        }
        if !super::is_id(&self.id) {
            return garbage("an order without a proper id");
        }
        let link =
            self.links.into_iter().find(|link| matches!(link.rel.as_str(), "payer-action" | "approve"));
        let pay_url = link.map(|link| link.href).filter(|href| is_http(href));
        if pay_url.is_none() && matches!(self.status.as_str(), "CREATED" | "PAYER_ACTION_REQUIRED") {
            return garbage("an order without a page to pay on");
        }
        Ok(Opened { external_id: Some(self.id), pay_url })
    }

    pub fn ours(&self) -> Option<PaymentId> {
        let unit = self.purchase_units.first()?;
        ours(unit.custom_id.as_deref(), unit.invoice_id.as_deref())
    }

    /// The name of our payment, as it was sent.
    pub fn order_id(&self) -> Option<String> {
        let unit = self.purchase_units.first()?;
        let names = [unit.custom_id.as_deref(), unit.invoice_id.as_deref()];
        names.into_iter().flatten().find(|name| PaymentId::from_order(name).is_some()).map(str::to_owned)
    }

    fn captures(&self) -> impl Iterator<Item = &Capture> {
        self.purchase_units.iter().flat_map(|unit| &unit.payments.captures)
    }

    pub fn refunds(&self) -> impl Iterator<Item = &Refund> {
        self.purchase_units.iter().flat_map(|unit| &unit.payments.refunds)
    }

    /// The capture that matters: money that came before money that may come, before money that did not.
    pub fn capture(&self) -> Option<&Capture> {
        let rank = |capture: &&Capture| match capture.status.as_str() {
            "COMPLETED" | "PARTIALLY_REFUNDED" | "REFUNDED" => 0,
            "PENDING" => 1,
            _ => 2,
        };
        self.captures().min_by_key(rank)
    }

    /// What the order says of itself.
    pub fn fetched(&self, test: bool) -> Result<Fetched, GatewayError> {
        if let Some(capture) = self.capture() {
            let mut told = capture.fetched(capture.status()?, test);
            told.payment = told.payment.or_else(|| self.ours());
            return Ok(told);
        }
        let status = match self.status.as_str() {
            "CREATED" | "SAVED" | "APPROVED" | "PAYER_ACTION_REQUIRED" => Status::Pending,
            "VOIDED" => Status::Canceled("voided".to_owned()),
            _ => return garbage("an order without money in a state that needs it"),
        };
        Ok(fetched(self.ours(), &self.id, status, test))
    }
}

fn fetched(payment: Option<PaymentId>, external_id: &str, status: Status, test: bool) -> Fetched {
    let report = Report { external_id: external_id.to_owned(), status, test, saved: None };
    Fetched { payment, report, provider: Provider::Paypal }
}

impl Capture {
    pub fn ours(&self) -> Option<PaymentId> {
        ours(self.custom_id.as_deref(), self.invoice_id.as_deref())
    }

    pub fn fetched(&self, status: Status, test: bool) -> Fetched {
        fetched(self.ours(), &self.id, status, test)
    }

    /// The order at PayPal that it belongs to.
    pub fn order(&self) -> Option<&str> {
        let related = self.supplementary_data.as_ref().and_then(|more| more.related_ids.as_ref());
        let named = related.and_then(|ids| ids.order_id.as_deref()).filter(|id| super::is_id(id));
        named.or_else(|| linked(&self.links, "up", "orders"))
    }

    pub fn money(&self) -> Result<Money, GatewayError> {
        self.amount.money().map_err(|_| GatewayError::garbage("a capture without a proper amount"))
    }

    /// What the capture says of itself. That a part went back is told by questions about refunds: whoever has not heard
    /// of the money yet must hear of it first.
    pub fn status(&self) -> Result<Status, GatewayError> {
        Ok(match self.status.as_str() {
            "COMPLETED" | "PARTIALLY_REFUNDED" => Status::Paid(self.money()?),
            "PENDING" => Status::Pending,
            "DECLINED" | "FAILED" => Status::Canceled(self.reason()),
            "REFUNDED" => Status::Refunded(self.money()?),
            _ => return garbage("an unknown status of a capture"),
        })
    }

    /// Why it is not completed.
    pub fn reason(&self) -> String {
        let reason = self.status_details.as_ref().and_then(|details| details.reason.as_deref());
        reason.unwrap_or(&self.status).to_ascii_lowercase()
    }

    /// All that has gone back, as the capture, the order's list and `news` know it: any of them may lag.
    pub fn refunded(
        &self,
        order: Option<&PaypalOrder>,
        news: Option<&Refund>,
    ) -> Result<Money, GatewayError> {
        let paid = self.money()?;
        if self.status == "REFUNDED" {
            return Ok(paid);
        }
        let amount = |refund: &Refund| match &refund.amount {
            Some(amount) if refund.is_done() => self.same_currency(amount),
            _ => Ok(0),
        };
        let mut listed = 0_i64;
        let of_this = |refund: &&Refund| refund.capture().is_none_or(|id| id == self.id);
        for refund in order.iter().flat_map(|order| order.refunds()).filter(of_this) {
            // The news is counted below.
            if news.is_none_or(|news| news.id != refund.id) {
                listed = listed.saturating_add(amount(refund)?);
            }
        }
        let own = news.map_or(Ok(0), amount)?;
        let told =
            news.and_then(|news| news.seller_payable_breakdown.as_ref()?.total_refunded_amount.as_ref());
        let told = told
            .filter(|_| news.is_some_and(Refund::is_done))
            .map_or(Ok(0), |told| self.same_currency(told))?;
        Ok(Money::new(listed.saturating_add(own).max(told).min(paid.minor), paid.currency))
    }

    fn same_currency(&self, amount: &Amount) -> Result<i64, GatewayError> {
        let money = amount.money().ok().filter(|_| amount.currency_code == self.amount.currency_code);
        money
            .map(|money| money.minor)
            .ok_or_else(|| GatewayError::garbage("a refund without a proper amount"))
    }
}

impl Refund {
    /// It is the one that `key` names.
    pub fn has_key(&self, key: &str) -> bool {
        self.custom_id.as_deref() == Some(key)
    }

    /// The capture that it refunds.
    pub fn capture(&self) -> Option<&str> {
        linked(&self.links, "up", "captures")
    }

    fn is_done(&self) -> bool {
        self.status == "COMPLETED"
    }

    /// What it says, given `total`: all that has gone back.
    pub fn status(&self, total: Money) -> Result<Status, GatewayError> {
        let reason = self.status_details.as_ref().and_then(|details| details.reason.as_deref());
        match self.status.as_str() {
            "COMPLETED" => Ok(Status::Refunded(total)),
            "PENDING" => Ok(Status::Pending),
            "FAILED" | "CANCELLED" => {
                Ok(Status::RefundFailed(reason.unwrap_or(&self.status).to_ascii_lowercase()))
            }
            _ => garbage("an unknown status of a refund"),
        }
    }
}

impl Fault {
    /// The first issue, or the name of the whole.
    pub fn code(&self) -> &str {
        let issue = self.details.first().and_then(|detail| detail.name.as_deref());
        issue.or(self.name.as_deref()).unwrap_or("unknown")
    }

    pub fn refusal(&self, status: u16) -> GatewayError {
        let detail = self.details.first();
        let told = detail.and_then(|detail| detail.description.as_deref()).or(self.message.as_deref());
        let field = detail.and_then(|detail| detail.field.as_deref());
        let field = field.map(|field| format!(" ({field})")).unwrap_or_default();
        let description =
            told.map_or_else(|| format!("HTTP status {status}"), |told| format!("{told}{field}"));
        GatewayError::Refused { code: self.code().to_owned(), description }
    }
}
