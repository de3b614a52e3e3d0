//! Crypto Pay's shapes, and what they mean.

use super::config::Config;
use crate::{
    AuthError, Claim, Fetched, GatewayError, ObjectRef, Order, Verified,
    amount::{self, Decimal},
    config::is_http,
};
use domain::{
    Currency, Money, PaymentId, Provider,
    checkout::Opened,
    credit::{Report, Status},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// How long an invoice may wait, in seconds.
const LIFETIME: std::ops::RangeInclusive<i64> = 1..=2_678_400;

/// `createInvoice`.
#[derive(Serialize)]
pub(super) struct NewInvoice<'a> {
    currency_type: &'static str,
    fiat: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_assets: Option<String>,
    amount: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_btn_name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_btn_url: Option<&'a str>,
    payload: String,
    allow_comments: bool,
    expires_in: i64,
}

impl<'a> NewInvoice<'a> {
    /// The request for `order`. The time to live counts from the moment Crypto Pay reads it.
    pub(super) fn of(order: &'a Order<'_>, config: &Config) -> Self {
        let payment = order.payment;
        let lifetime = payment.expires_at.duration_since(payment.created_at).as_secs();
        let returns = is_http(&order.return_url).then_some(order.return_url.as_str());
        Self {
            currency_type: "fiat",
            fiat: payment.amount.currency.code(),
            accepted_assets: (!config.assets.is_empty()).then(|| config.assets.join(",")),
            amount: payment.amount.to_decimal(),
            description: &order.description,
            paid_btn_name: returns.map(|_| "callback"),
            paid_btn_url: returns,
            payload: payment.id.to_string(),
            // Nobody reads them.
            allow_comments: false,
            expires_in: lifetime.clamp(*LIFETIME.start(), *LIFETIME.end()),
        }
    }
}

/// What surrounds every answer.
#[derive(Deserialize)]
pub(super) struct Envelope {
    ok: bool,
    result: Option<Box<RawValue>>,
}

impl Envelope {
    /// The result if the answer says ok; `None` if it is a refusal.
    pub(super) fn of(body: &[u8], status: u16) -> Result<Option<Box<RawValue>>, GatewayError> {
        if !(200..300).contains(&status) {
            return Ok(None);
        }
        let envelope: Self = crate::exchange::parse(body)?;
        match (envelope.ok, envelope.result) {
            (true, None) => Err(GatewayError::garbage("ok without a result")),
            (true, result) => Ok(result),
            (false, _) => Ok(None),
        }
    }
}

/// Why not.
pub(super) struct Fault {
    /// Like an HTTP status.
    pub(super) code: u16,
    /// Such as `UNAUTHORIZED`.
    pub(super) name: String,
}

impl Fault {
    /// The error in `body`; the HTTP status stands in for what is not there.
    pub(super) fn of(body: &[u8], status: u16) -> Self {
        #[derive(Deserialize, Default)]
        struct Refusal {
            error: Told,
        }
        #[derive(Deserialize, Default)]
        struct Told {
            code: Option<u16>,
            name: Option<String>,
        }
        let told = serde_json::from_slice::<Refusal>(body).unwrap_or_default().error;
        Self { code: told.code.unwrap_or(status), name: told.name.unwrap_or_else(|| "unknown".to_owned()) }
    }
}

/// `getInvoices`.
#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) items: Vec<Invoice>,
}

/// What we read of an invoice.
#[derive(Deserialize)]
pub(super) struct Invoice {
    #[serde(rename = "invoice_id")]
    id: u64,
    status: String,
    currency_type: Option<String>,
    fiat: Option<String>,
    /// Documented as text, met as a number; unread until needed, so that an odd one spoils nothing else.
    amount: Option<Box<RawValue>>,
    payload: Option<String>,
    bot_invoice_url: Option<String>,
}

impl Invoice {
    /// Its id, as text.
    pub(super) fn id(&self) -> String {
        self.id.to_string()
    }

    /// It asks for what `order` asks for, under its id.
    pub(super) fn is_for(&self, order: &Order<'_>) -> bool {
        self.ours() == Some(order.payment.id) && self.price() == Some(order.payment.amount)
    }

    /// What the answer to `order` opened.
    pub(super) fn opened(self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        if !self.is_for(order) {
            return Err(GatewayError::garbage("another invoice than the one ordered"));
        }
        match &self.bot_invoice_url {
            Some(url) if is_http(url) => {
                Ok(Opened { external_id: Some(self.id()), pay_url: self.bot_invoice_url })
            }
            _ => Err(GatewayError::garbage("an invoice without a page to pay on")),
        }
    }

    /// What it says of itself. An expired invoice cannot be paid any more.
    pub(super) fn fetched(&self, test: bool) -> Result<Fetched, GatewayError> {
        let status = match self.status.as_str() {
            "active" => Status::Pending,
            "paid" => Status::Paid(self.received()),
            "expired" => Status::Canceled("expired".to_owned()),
            _ => return Err(GatewayError::garbage("an invoice in an unknown status")),
        };
        Ok(self.told(status, test))
    }

    fn told(&self, status: Status, test: bool) -> Fetched {
        let report = Report { external_id: self.id(), status, test, saved: None };
        Fetched { payment: self.ours(), report, provider: Provider::Cryptopay }
    }

    /// Which of our payments it is. Invoices of the app's other uses carry something else, or nothing.
    fn ours(&self) -> Option<PaymentId> {
        PaymentId::from_order(self.payload.as_deref()?)
    }

    /// What it asks for, if that is an amount of a currency we know. What was paid in which asset is no part of the deal.
    fn price(&self) -> Option<Money> {
        let fiat = self.fiat_currency()?;
        let amount: Decimal = serde_json::from_str(self.amount.as_ref()?.get()).ok()?;
        amount.money(fiat).ok().filter(|price| price.is_positive())
    }

    fn fiat_currency(&self) -> Option<Currency> {
        let fiat = self.currency_type.as_deref() == Some("fiat");
        amount::currency(self.fiat.as_deref().filter(|_| fiat)?).ok()
    }

    /// What a paid invoice brought. One that asked for an asset, or for a currency we do not know, brought none of the
    /// money that an order can be about: nothing, of its own currency if it has one that we know, else of the dollar. No order
    /// is about nothing, so the shop holds it for the operator.
    fn received(&self) -> Money {
        self.price().unwrap_or_else(|| Money::new(0, self.fiat_currency().unwrap_or(Currency::Usd)))
    }
}

#[derive(Deserialize)]
struct Update {
    update_type: String,
    payload: Option<Box<RawValue>>,
}

/// What an authentic update claims. `update_id` is not read: it is documented as not unique.
pub(super) fn claim(body: &[u8], test: bool) -> Result<Claim, AuthError> {
    let update: Update = serde_json::from_slice(body).map_err(|_| AuthError::Malformed("not an update"))?;
    if update.update_type != "invoice_paid" {
        return Ok(Claim::Ignore("not about a paid invoice"));
    }
    let payload = update.payload.ok_or(AuthError::Malformed("an update about nothing"))?;
    let invoice: Invoice =
        serde_json::from_str(payload.get()).map_err(|_| AuthError::Malformed("not an invoice"))?;
    if invoice.status != "paid" {
        return Ok(Claim::Ask(ObjectRef::Payment(invoice.id())));
    }
    if invoice.ours().is_none() && invoice.price().is_none() {
        return Ok(Claim::Ignore("a foreign invoice in a currency that no order of ours has"));
    }
    Ok(Claim::Signed(Verified::new(invoice.told(Status::Paid(invoice.received()), test))))
}
