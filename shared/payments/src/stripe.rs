//! Stripe: cards and what else the account has switched on, on Stripe's own page (Checkout).
//!
//! A payment is a Checkout Session, opened under an `Idempotency-Key` that is our payment's id; the money is its payment
//! intent, which every statement names as the money object. Our id travels along in the session's, the intent's and so
//! the charge's metadata. Webhooks are signed with HMAC-SHA256 and believed. Three kinds are only hints: a session
//! that may have saved a method (its event does not say which), a dispute (it carries no metadata), and a refunded charge
//! (its sum counts refunds that are still under way); there Stripe is asked.
//!
//! Refunds are told as totals, so that nothing can count twice. A question about a payment tells a partial refund only if
//! it is about that refund: whoever has not heard of the money yet must hear of it first.
//!
//! Source: `docs.stripe.com/api`, version 2026-10-28.endive, and the signature code of Stripe's own libraries.

mod back;
mod config;
mod notice;
mod request;
mod wire;

pub use config::Config;

use crate::{
    Abilities, Asking, AuthError, BoxFuture, Cause, Claim, ConfigError, Fetched, Gateway, GatewayError,
    ObjectRef, Order, RawWebhook, RefundOrder, Refunds, Verified,
    attempts::{Budget, still_unknown},
    exchange::{Answer, Call, call, parse},
};
use domain::{Money, Provider, checkout::Opened, credit::Status};
use jiff::SignedDuration;
use reqwest::{Client, RequestBuilder, header::CONTENT_TYPE};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use std::{borrow::Cow, time::Duration};

/// The version whose shapes [`wire`] knows.
const VERSION: &str = "2026-10-28.endive";
/// One attempt to change something; there are at most two.
const ATTEMPT: Duration = Duration::from_millis(3_200);
/// One question before or after that.
const QUESTION: Duration = Duration::from_millis(3_400);
/// All requests of one call that changes something.
const CHANGE: Duration = Duration::from_millis(7_800);
/// All requests of one question.
const ANSWER: Duration = Duration::from_millis(6_900);

/// The Stripe gateway.
pub struct Stripe {
    http: Client,
    config: Config,
    abilities: Abilities,
}

impl Stripe {
    /// A gateway with these settings, or every mistake in them.
    pub fn new(http: Client, config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let abilities = Abilities {
            limits: config::limits(),
            refunds: Refunds::Partial,
            saves_methods: true,
            binds: true,
            asking: Asking::Every(SignedDuration::ZERO),
            wants_email: false,
        };
        Ok(Self { http, config, abilities })
    }

    async fn open(
        &self,
        order: &Order<'_>,
        form: String,
        amount: Option<Money>,
    ) -> Result<Opened, GatewayError> {
        let key = order.payment.id.to_string();
        let answer = self.change("checkout/sessions", &key, &form, Budget::of(CHANGE)).await?;
        parse::<wire::Session>(&accepted(answer)?)?.opened(order, amount)
    }

    async fn ask(&self, object: &ObjectRef) -> Result<Option<Fetched>, GatewayError> {
        let time = Budget::of(ANSWER);
        match object {
            ObjectRef::Payment(id) | ObjectRef::Method(id) if is_id("cs_", id) => {
                self.ask_session(id, time).await
            }
            ObjectRef::Payment(id) if is_id("pi_", id) => self.ask_intent(id, time).await,
            ObjectRef::Refund { refund, payment } if is_refund(refund) => {
                self.ask_refund(refund, payment, time).await
            }
            ObjectRef::Refund { refund, payment } if is_charge(refund) && is_id("pi_", payment) => {
                self.ask_refunds(payment, time).await
            }
            // Stripe gives no such ids.
            ObjectRef::Payment(_) | ObjectRef::Refund { .. } | ObjectRef::Method(_) => Ok(None),
        }
    }

    async fn ask_session(&self, id: &str, time: Budget) -> Result<Option<Fetched>, GatewayError> {
        let Some(session) = self.session(id, time).await? else { return Ok(None) };
        // By its session a payment is asked about before it is known to be paid: that comes first, even if it is disputed
        // by now. The dispute has an event of its own.
        let status = match (session.status()?, session.intent().and_then(wire::Intent::charge)) {
            (Status::Paid(_), Some(charge)) if charge.is_gone() => Status::Refunded(charge.refunded()?),
            (status, _) => status,
        };
        Ok(Some(session.fetched(status)))
    }

    async fn session(&self, id: &str, time: Budget) -> Result<Option<wire::Session>, GatewayError> {
        let linked =
            ["payment_intent.latest_charge", "payment_intent.payment_method", "setup_intent.payment_method"];
        let session: Option<wire::Session> =
            self.get(&format!("checkout/sessions/{id}"), &expand(&linked), time).await?;
        match session {
            Some(session) if session.id != id => Err(GatewayError::garbage("another session than asked for")),
            session => Ok(session),
        }
    }

    async fn ask_intent(&self, id: &str, time: Budget) -> Result<Option<Fetched>, GatewayError> {
        let linked = expand(&["latest_charge", "payment_method"]);
        let intent: Option<wire::Intent> = self.get(&format!("payment_intents/{id}"), &linked, time).await?;
        let Some(intent) = intent else { return Ok(None) };
        if intent.id != id {
            return Err(GatewayError::garbage("another payment intent than asked for"));
        }
        let status = match intent.status()? {
            paid @ Status::Paid(_) => self.now(&intent, paid, time).await?,
            status => status,
        };
        Ok(Some(intent.fetched(status)))
    }

    /// What became of money that came: still `paid`, gone back as a whole, or disputed.
    async fn now(&self, intent: &wire::Intent, paid: Status, time: Budget) -> Result<Status, GatewayError> {
        match intent.charge() {
            Some(charge) if charge.is_gone() => Ok(Status::Refunded(charge.refunded()?)),
            // The mark stays when the dispute is won: the dispute itself knows.
            Some(charge) if charge.disputed => {
                let query = [("payment_intent", intent.id.as_str()), ("limit", "10")];
                let disputes: Option<wire::List<back::Dispute>> = self.get("disputes", &query, time).await?;
                let disputes = disputes.map(|list| list.data).unwrap_or_default();
                let standing = disputes.iter().find(|dispute| dispute.stands());
                Ok(standing.map_or(paid, |dispute| Status::Disputed(dispute.reason().to_owned())))
            }
            _ => Ok(paid),
        }
    }

    async fn ask_refund(
        &self,
        refund: &str,
        payment: &str,
        time: Budget,
    ) -> Result<Option<Fetched>, GatewayError> {
        let told: Option<back::Refund> =
            self.get(&format!("refunds/{refund}"), &expand(&["charge"]), time).await?;
        let Some(told) = told else { return Ok(None) };
        let of = match payment {
            session if is_id("cs_", session) => {
                self.session(session, time).await?.map(|of| of.money_id().to_owned())
            }
            intent => Some(intent.to_owned()),
        };
        if told.id != refund || told.payment_intent.is_none() || told.payment_intent != of {
            return Ok(None);
        }
        told.fetched().map(Some)
    }

    async fn send_back(&self, order: &RefundOrder<'_>) -> Result<Fetched, GatewayError> {
        let time = Budget::of(CHANGE);
        let intent = match order.payment.external_id.as_deref() {
            Some(intent) if is_id("pi_", intent) => intent.to_owned(),
            Some(session) if is_id("cs_", session) => {
                let session = self.session(session, time).await?;
                let intent = session.map(|session| session.money_id().to_owned());
                intent.filter(|intent| is_id("pi_", intent)).ok_or_else(|| refused("nothing_was_paid"))?
            }
            _ => return Err(refused("no_such_payment")),
        };
        let known = |refund: &back::Refund| {
            refund.has_key(&order.key) || order.external_id.is_some_and(|id| id == refund.id)
        };
        // Stripe forgets idempotency keys after a day; refunds it keeps.
        let earlier = self.refunds(&intent, time).await?.into_iter().find(known);
        if let Some(earlier) = earlier {
            return earlier.fetched();
        }
        let answer = self.change("refunds", &order.key, &request::refund(order, &intent), time).await?;
        match accepted(answer) {
            Err(GatewayError::Refused { code, .. }) if code == "charge_already_refunded" => {
                let told = self.ask_intent(&intent, time).await?;
                told.ok_or_else(|| GatewayError::garbage("a refunded payment that does not exist"))
            }
            body => parse::<back::Refund>(&body?)?.fetched(),
        }
    }

    async fn refunds(&self, intent: &str, time: Budget) -> Result<Vec<back::Refund>, GatewayError> {
        let query = [("payment_intent", intent), ("limit", "100"), ("expand[]", "data.charge")];
        let refunds: Option<wire::List<back::Refund>> = self.get("refunds", &query, time).await?;
        Ok(refunds.map(|list| list.data).unwrap_or_default())
    }

    /// All that has gone back of a payment. The charge's own sum counts refunds that may still fail.
    async fn ask_refunds(&self, intent: &str, time: Budget) -> Result<Option<Fetched>, GatewayError> {
        let refunds = self.refunds(intent, time).await?;
        let Some(charge) = refunds.iter().find_map(back::Refund::of) else { return Ok(None) };
        let mut total = Money::new(0, charge.refunded()?.currency);
        for refund in &refunds {
            total.minor = total.minor.saturating_add(refund.gone()?);
        }
        Ok(total.is_positive().then(|| charge.fetched(Status::Refunded(total))))
    }

    async fn charge_saved(&self, order: &Order<'_>, token: &str) -> Result<Fetched, GatewayError> {
        let parts =
            token.split_once('/').filter(|(customer, method)| is_id("cus_", customer) && is_method(method));
        let (customer, method) = parts.ok_or_else(|| refused("no_such_method"))?;
        // Not the key under which the same order may have opened a page.
        let key = format!("{}-charge", order.payment.id);
        let answer = self
            .change("payment_intents", &key, &request::charge(order, customer, method), Budget::of(CHANGE))
            .await?;
        let intent: wire::Intent = if answer.status == 402 {
            let fault = fault(&answer);
            let why = fault.why().unwrap_or("declined").to_owned();
            let Some(intent) = fault.payment_intent else { return Err(fault.refusal(402)) };
            same_order(&intent, order)?;
            return Ok(intent.fetched(Status::Canceled(why)));
        } else {
            parse(&accepted(answer)?)?
        };
        same_order(&intent, order)?;
        Ok(intent.fetched(intent.status()?))
    }

    /// Changes something, at most once for one key. A lost answer is asked for again with the same key.
    async fn change(&self, path: &str, key: &str, form: &str, time: Budget) -> Result<Answer, GatewayError> {
        match self.post(path, key, form, time).await {
            Err(GatewayError::UnknownOutcome { cause }) => {
                tracing::warn!(key, cause = %cause, "Stripe's answer is lost; repeating the request");
                self.post(path, key, form, time).await.map_err(|second| still_unknown(second, cause))
            }
            first => first,
        }
    }

    async fn post(&self, path: &str, key: &str, form: &str, time: Budget) -> Result<Answer, GatewayError> {
        let request =
            self.http.post(self.url(path)).timeout(time.at_most(ATTEMPT)).header("Idempotency-Key", key);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.to_owned());
        let answer = call(Call::Changes, self.signed(request)).await?;
        // Something exists under this key, or is just being made.
        let taken = answer.status == 409 || fault(&answer).kind.as_deref() == Some("idempotency_error");
        if taken {
            return Err(GatewayError::UnknownOutcome { cause: Cause::Status(answer.status) });
        }
        Ok(answer)
    }

    /// The object at `path`; `None` if there is none.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        time: Budget,
    ) -> Result<Option<T>, GatewayError> {
        let request = self.http.get(self.url(path)).timeout(time.at_most(QUESTION)).query(query);
        let answer = call(Call::Asks, self.signed(request)).await?;
        if answer.status == 404 { Ok(None) } else { parse(&accepted(answer)?).map(Some) }
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(self.config.secret_key.expose_secret()).header("Stripe-Version", VERSION)
    }

    fn url(&self, path: &str) -> String {
        format!("{}/v1/{path}", self.config.api_url.trim_end_matches('/'))
    }
}

impl Gateway for Stripe {
    fn provider(&self) -> Provider {
        Provider::Stripe
    }

    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn create<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>> {
        Box::pin(self.open(order, request::session(order), Some(order.payment.amount)))
    }

    fn authenticate<'a>(&'a self, raw: &'a RawWebhook) -> BoxFuture<'a, Result<Claim, AuthError>> {
        Box::pin(async {
            let header = raw.header("Stripe-Signature").ok_or(AuthError::Signature("missing"))?;
            let secret = self.config.webhook_secret.expose_secret();
            notice::verify(header, secret, &raw.body, raw.received_at, self.config.tolerance_seconds)?;
            notice::read(&raw.body)
        })
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

    fn charge<'a>(
        &'a self,
        order: &'a Order<'a>,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Verified<Fetched>, GatewayError>> {
        Box::pin(async move { self.charge_saved(order, token).await.map(Verified::new) })
    }

    fn bind<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>> {
        Box::pin(self.open(order, request::binding(order), None))
    }

    fn ack(&self, _: &RawWebhook) -> Cow<'static, str> {
        Cow::Borrowed("")
    }
}

fn expand<'a>(linked: &[&'a str]) -> Vec<(&'static str, &'a str)> {
    linked.iter().map(|path| ("expand[]", *path)).collect()
}

/// The body of a success, or what the refusal says.
fn accepted(answer: Answer) -> Result<Vec<u8>, GatewayError> {
    match answer.status {
        200..=299 => Ok(answer.body),
        400..=499 => Err(fault(&answer).refusal(answer.status)),
        status => Err(GatewayError::garbage(format!("HTTP status {status}"))),
    }
}

/// What an answer says went wrong; nothing if it went well.
fn fault(answer: &Answer) -> wire::Fault {
    if (200..300).contains(&answer.status) {
        return wire::Fault::default();
    }
    serde_json::from_slice::<wire::Failure>(&answer.body).unwrap_or_default().error
}

fn refused(code: &str) -> GatewayError {
    GatewayError::Refused { code: code.to_owned(), description: "nothing was sent to Stripe".to_owned() }
}

fn same_order(intent: &wire::Intent, order: &Order<'_>) -> Result<(), GatewayError> {
    if intent.order() == Some(order.payment.id) && intent.amount()? == order.payment.amount {
        Ok(())
    } else {
        Err(GatewayError::garbage("another payment than the one ordered"))
    }
}

/// The shape of Stripe's ids: safe inside a path.
fn is_id(prefix: &str, text: &str) -> bool {
    let rest = text.strip_prefix(prefix).unwrap_or_default();
    (1..=200).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A refund; some methods' refunds begin otherwise.
fn is_refund(text: &str) -> bool {
    is_id("re_", text) || is_id("pyr_", text)
}

fn is_charge(text: &str) -> bool {
    is_id("ch_", text) || is_id("py_", text)
}

/// A payment method; cards of older integrations begin otherwise.
fn is_method(text: &str) -> bool {
    is_id("pm_", text) || is_id("card_", text) || is_id("src_", text)
}
