//! PayPal: the buyer approves an order on PayPal's page, and then we take the money.
//!
//! A payment is an order of PayPal's (Orders v2), opened under a `PayPal-Request-Id` that is our payment's id. Approval is
//! not money: on hearing of it, or whenever an approved order of ours is asked about, it is captured. The capture is the
//! money object; after payment its id is the one that is kept, so questions take either id. PayPal's webhooks are signed
//! with RSA by a certificate of its own and believed, except refunds, which do not say how much has gone back
//! in all: there PayPal is asked.
//!
//! Refunds are told as totals. A question about a payment tells a partial refund only if it is about that refund: whoever
//! has not heard of the money yet must hear of it first.
//!
//! Source: PayPal's specifications of Orders v2 and Payments v2, and its webhook documentation.

mod api;
mod config;
mod notice;
mod proof;
mod request;
mod subject;
mod wire;

pub use config::Config;

use crate::{
    Abilities, Asking, AuthError, BoxFuture, Cause, Claim, ConfigError, Fetched, Gateway, GatewayError,
    ObjectRef, Order, RawWebhook, RefundOrder, Refunds, Verified, attempts::Budget, exchange::parse,
};
use api::{Api, accepted};
use domain::{PaymentId, Provider, checkout::Opened, credit::Status};
use jiff::SignedDuration;
use notice::Notice;
use reqwest::Client;
use std::{borrow::Cow, time::Duration};

/// All requests of one call that changes something.
const CHANGE: Duration = Duration::from_millis(7_800);
/// All requests of one question.
const ANSWER: Duration = Duration::from_millis(6_900);
/// Names a capture among the ids that [`ObjectRef`] carries; an order's id stands alone.
const CAPTURE: &str = "capture/";

/// The PayPal gateway.
pub struct Paypal {
    api: Api,
    certificates: proof::Certificates,
    abilities: Abilities,
}

impl Paypal {
    /// A gateway with these settings, or every mistake in them.
    pub fn new(http: Client, config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let abilities = Abilities {
            limits: config::limits(),
            refunds: Refunds::Partial,
            saves_methods: false,
            binds: false,
            asking: Asking::Every(SignedDuration::ZERO),
            wants_email: false,
        };
        let certificates = proof::Certificates::new(&config.extra_roots, config.cert_base.as_deref());
        Ok(Self { api: Api::new(http, config), certificates, abilities })
    }

    async fn open(&self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        let body = request::NewOrder::of(order, &self.api.config);
        let key = order.payment.id.to_string();
        let answer = self.api.change("v2/checkout/orders", &key, &body, Budget::of(CHANGE)).await?;
        let status = answer.status;
        match accepted(answer) {
            // It has been paid by an order of which we have not heard.
            Err(GatewayError::Refused { code, .. }) if code == "DUPLICATE_INVOICE_ID" => {
                Err(GatewayError::UnknownOutcome { cause: Cause::Status(status) })
            }
            body => parse::<wire::PaypalOrder>(&body?)?.opened(order),
        }
    }

    async fn ask(&self, object: &ObjectRef) -> Result<Option<Fetched>, GatewayError> {
        let time = Budget::of(ANSWER);
        match object {
            ObjectRef::Payment(name) => match self.find(name, time).await? {
                Some(Found::Order(order)) => self.settle(*order, time).await.map(Some),
                Some(Found::Capture(capture)) => {
                    let status = capture.status()?;
                    Ok(Some(capture.fetched(status, self.is_test())))
                }
                None => Ok(None),
            },
            ObjectRef::Refund { refund, payment } => self.ask_refund(refund, payment, time).await,
            // PayPal saves nothing for us.
            ObjectRef::Method(_) => Ok(None),
        }
    }

    /// What `name` names: an order, or a capture (whose id may stand alone too).
    async fn find(&self, name: &str, time: Budget) -> Result<Option<Found>, GatewayError> {
        if let Some(id) = name.strip_prefix(CAPTURE) {
            return Ok(self.capture(id, time).await?.map(|capture| Found::Capture(Box::new(capture))));
        }
        if let Some(order) = self.order(name, time).await? {
            return Ok(Some(Found::Order(Box::new(order))));
        }
        Ok(self.capture(name, time).await?.map(|capture| Found::Capture(Box::new(capture))))
    }

    async fn order(&self, id: &str, time: Budget) -> Result<Option<wire::PaypalOrder>, GatewayError> {
        if !is_id(id) {
            return Ok(None);
        }
        let order: Option<wire::PaypalOrder> =
            self.api.get(&format!("v2/checkout/orders/{id}"), time).await?;
        match order {
            Some(order) if order.id != id => Err(GatewayError::garbage("another order than asked for")),
            order => Ok(order),
        }
    }

    async fn capture(&self, id: &str, time: Budget) -> Result<Option<wire::Capture>, GatewayError> {
        if !is_id(id) {
            return Ok(None);
        }
        let capture: Option<wire::Capture> =
            self.api.get(&format!("v2/payments/captures/{id}"), time).await?;
        match capture {
            Some(capture) if capture.id != id => Err(GatewayError::garbage("another capture than asked for")),
            capture => Ok(capture),
        }
    }

    /// What an order says, after its money has been taken if it waits for that. Only orders of ours are touched.
    async fn settle(&self, order: wire::PaypalOrder, time: Budget) -> Result<Fetched, GatewayError> {
        let ours = order.order_id().filter(|_| order.status == "APPROVED" && order.capture().is_none());
        let Some(ours) = ours else { return order.fetched(self.is_test()) };
        let path = format!("v2/checkout/orders/{}/capture", order.id);
        let answer = self.api.change(&path, &format!("{ours}-c"), &serde_json::json!({}), time).await?;
        let status = answer.status;
        match accepted(answer) {
            Ok(body) => {
                let captured: wire::PaypalOrder = parse(&body)?;
                if captured.id != order.id {
                    return Err(GatewayError::garbage("another order than the one captured"));
                }
                let mut told = captured.fetched(self.is_test())?;
                told.payment = told.payment.or_else(|| order.ours());
                Ok(told)
            }
            Err(GatewayError::Refused { code, .. }) if code == "ORDER_ALREADY_CAPTURED" => {
                let again = self.order(&order.id, time).await?;
                again
                    .ok_or_else(|| GatewayError::garbage("a captured order that does not exist"))?
                    .fetched(self.is_test())
            }
            // The buyer may choose another source of money; if not, the order dies by itself. No money has moved.
            Err(GatewayError::Refused { code, description }) if status == 422 => {
                tracing::warn!(
                    order = order.id,
                    code,
                    description,
                    "PayPal did not let us take approved money"
                );
                order.fetched(self.is_test())
            }
            Err(other) => Err(other),
        }
    }

    async fn ask_refund(
        &self,
        refund: &str,
        payment: &str,
        time: Budget,
    ) -> Result<Option<Fetched>, GatewayError> {
        if !is_id(refund) {
            return Ok(None);
        }
        let path = format!("v2/payments/refunds/{refund}");
        let (told, found) =
            tokio::try_join!(self.api.get::<wire::Refund>(&path, time), self.charge(payment, time))?;
        let Some((capture, order)) = found else { return Ok(None) };
        // A reversal may be known by its capture only.
        let known = match &told {
            Some(told) => told.id == refund && told.capture().is_none_or(|of| of == capture.id),
            None => matches!(capture.status.as_str(), "REFUNDED" | "PARTIALLY_REFUNDED"),
        };
        if !known {
            return Ok(None);
        }
        let total = capture.refunded(order.as_ref(), told.as_ref())?;
        let status = told.map_or(Ok(Status::Refunded(total)), |told| told.status(total))?;
        let mut told = capture.fetched(status, self.is_test());
        told.payment = told.payment.or_else(|| order.and_then(|order| order.ours()));
        Ok(Some(told))
    }

    /// The capture that `name` means, and the order that it belongs to, where all refunds are listed.
    async fn charge(
        &self,
        name: &str,
        time: Budget,
    ) -> Result<Option<(wire::Capture, Option<wire::PaypalOrder>)>, GatewayError> {
        let capture = self.capture(name.strip_prefix(CAPTURE).unwrap_or(name), time).await?;
        if let Some(capture) = capture {
            let order = match capture.order() {
                Some(id) => self.order(id, time).await?,
                None => None,
            };
            return Ok(Some((capture, order)));
        }
        // Then it is an order's id. The order's copy of a capture may be shorter than the capture itself.
        let order = if name.starts_with(CAPTURE) { None } else { self.order(name, time).await? };
        let id = order.as_ref().and_then(|order| order.capture()).map(|capture| capture.id.clone());
        let Some(id) = id else { return Ok(None) };
        Ok(self.capture(&id, time).await?.map(|capture| (capture, order)))
    }

    async fn send_back(&self, order: &RefundOrder<'_>) -> Result<Fetched, GatewayError> {
        let time = Budget::of(CHANGE);
        let name = order.payment.external_id.as_deref().unwrap_or_default();
        let Some((capture, at_paypal)) = self.charge(name, time).await? else {
            return Err(GatewayError::Refused {
                code: "NOT_CAPTURED".to_owned(),
                description: "PayPal knows no money of this payment".to_owned(),
            });
        };
        let told = |status: Status| {
            let mut told = capture.fetched(status, self.is_test());
            told.payment = told.payment.or(Some(order.payment.id));
            told
        };
        // PayPal forgets request ids after hours; refunds it keeps.
        let known = |refund: &&wire::Refund| {
            refund.has_key(&order.key) || order.external_id.is_some_and(|id| id == refund.id)
        };
        let of_refund = |refund: &wire::Refund| {
            let mut told = told(refund.status(capture.refunded(at_paypal.as_ref(), Some(refund))?)?);
            if told.report.status == Status::Pending {
                // What to ask about.
                told.report.external_id.clone_from(&refund.id);
            }
            Ok(told)
        };
        if let Some(earlier) = at_paypal.as_ref().and_then(|all| all.refunds().find(known)) {
            return of_refund(earlier);
        }
        let path = format!("v2/payments/captures/{}/refund", capture.id);
        let answer = self.api.change(&path, &order.key, &request::NewRefund::of(order), time).await?;
        match accepted(answer) {
            Err(GatewayError::Refused { code, .. }) if code == "CAPTURE_FULLY_REFUNDED" => {
                Ok(told(Status::Refunded(capture.money()?)))
            }
            body => of_refund(&parse(&body?)?),
        }
    }

    /// The payment of a capture, for a dispute that does not name it.
    async fn payment_of(&self, capture: &str) -> Result<Option<PaymentId>, AuthError> {
        let found = self.capture(capture, Budget::of(ANSWER)).await;
        let found = found.map_err(|_| AuthError::Unchecked("the disputed payment could not be read"))?;
        Ok(found.and_then(|capture| capture.ours()))
    }

    async fn read(&self, raw: &RawWebhook) -> Result<Claim, AuthError> {
        self.certificates.verify(&self.api.http, raw, &self.api.config.webhook_id).await?;
        match notice::read(&raw.body, self.is_test())? {
            Notice::Claim(claim) => Ok(claim),
            Notice::Dispute { capture, payment, reason } => {
                let payment = match payment {
                    None => self.payment_of(&capture).await?,
                    known => known,
                };
                let report = domain::credit::Report {
                    external_id: capture,
                    status: Status::Disputed(reason),
                    test: self.is_test(),
                    saved: None,
                };
                Ok(Claim::Signed(Verified::new(Fetched { payment, report, provider: Provider::Paypal })))
            }
        }
    }

    fn is_test(&self) -> bool {
        self.api.config.sandbox
    }
}

/// What an id turned out to name.
enum Found {
    Order(Box<wire::PaypalOrder>),
    Capture(Box<wire::Capture>),
}

impl Gateway for Paypal {
    fn provider(&self) -> Provider {
        Provider::Paypal
    }

    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn create<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>> {
        Box::pin(self.open(order))
    }

    fn authenticate<'a>(&'a self, raw: &'a RawWebhook) -> BoxFuture<'a, Result<Claim, AuthError>> {
        Box::pin(self.read(raw))
    }

    fn fetch<'a>(
        &'a self,
        object: &'a ObjectRef,
    ) -> BoxFuture<'a, Result<Option<Verified<Fetched>>, GatewayError>> {
        Box::pin(async { Ok(self.ask(object).await?.map(Verified::new)) })
    }

    fn refund<'a>(
        &'a self,
        order: &'a RefundOrder<'a>,
    ) -> BoxFuture<'a, Result<Verified<Fetched>, GatewayError>> {
        Box::pin(async { self.send_back(order).await.map(Verified::new) })
    }

    fn ack(&self, _: &RawWebhook) -> Cow<'static, str> {
        Cow::Borrowed("")
    }
}

fn capture_ref(id: &str) -> String {
    format!("{CAPTURE}{id}")
}

/// The shape of PayPal's ids: safe inside a path.
fn is_id(text: &str) -> bool {
    (1..=36).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
