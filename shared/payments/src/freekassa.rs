//! FreeKassa: cards, SBP and more, on its page.
//!
//! Two ways in, chosen by the settings. Without an API key an order is a signed link to the payment form (SCI): no call is
//! made, nothing can be asked or sent back, and the notification is all there is. With an API key the order is opened by
//! `orders/create`, and the notification merely says what to ask about.
//!
//! A notification is form fields (POST, multipart or GET, as the cabinet is set) from a few known addresses, under an MD5
//! over the literal texts of shop, sum, secret word 2 and order. That covers neither the currency nor `intid`, the id of the
//! charge: with an API key `orders` is believed instead, without one the sum counts in the shop's own currency.
//!
//! One order can be paid by several charges: the row of `orders` with its `fk_order_id` (which is `intid`) is the money
//! object. A payment is therefore referred to in three forms: our order id (any charge of it, paid ones first),
//! `{order id}/{intid}` (this charge of it), and digits alone (the charge).
//!
//! There is no idempotency key, and an order already made cannot be shown again: `orders` does not tell where its page is. So
//! an order whose answer was lost is simply made again; only the last page is shown, and should both be paid, both charges
//! carry our order id. A refund is asked for only if the charge is still paid; what remains is a refund accepted with its
//! answer lost and not yet shown in `orders`, which FreeKassa itself has to refuse the second time.
//!
//! Facts: FreeKassa's documentation of SCI and API v1, as of 2026-11-20. There is no sandbox.

mod config;
mod form;
mod multipart;
mod nonce;
mod notice;
mod wire;

pub use config::{ADDRESSES, API_METHOD, API_URL, CURRENCIES, Clock, Config, PAY_URL};
pub use form::signature as form_signature;
pub use wire::signature as call_signature;

use crate::{
    Abilities, Asking, AuthError, BoxFuture, Cause, Claim, ConfigError, Fetched, Gateway, GatewayError,
    ObjectRef, Order, RawWebhook, RefundOrder, Refunds, Verified,
    exchange::{Answer, Call, exchange, parse},
};
use domain::{
    Provider,
    checkout::Opened,
    credit::{Report, Status},
};
use jiff::SignedDuration;
use nonce::Nonces;
use reqwest::{Client, header::CONTENT_TYPE};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{borrow::Cow, time::Duration};
use tokio::time::Instant;
use wire::{Charge, Reference, State};

/// One attempt to open an order; there are at most two.
const ATTEMPT: Duration = Duration::from_millis(3_800);
/// One question.
const QUESTION: Duration = Duration::from_secs(7);
/// One of the three steps of a refund: look, ask for it, look again.
const STEP: Duration = Duration::from_millis(2_600);
const _: () = assert!(2 * ATTEMPT.as_millis() < 8_000 && 3 * STEP.as_millis() < 8_000);
/// How long to wait after "too many requests" without a number, and for a charge that is not yet shown as paid.
const PAUSE: Duration = Duration::from_secs(2);

/// The FreeKassa gateway.
pub struct Freekassa {
    http: Client,
    config: Config,
    abilities: Abilities,
    nonces: Nonces,
}

impl Freekassa {
    /// A gateway with these settings, or every mistake in them.
    pub fn new(http: Client, config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let api = config.api_key.is_some();
        let abilities = Abilities {
            limits: config.limits(),
            refunds: if api { Refunds::Full } else { Refunds::Never },
            saves_methods: false,
            binds: false,
            asking: if api { Asking::Every(SignedDuration::ZERO) } else { Asking::Never },
            wants_email: api && config.default_email.is_none(),
        };
        Ok(Self { http, config, abilities, nonces: Nonces::new() })
    }

    async fn open(&self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        let external_id = Some(order.payment.id.to_string());
        if self.config.api_key.is_none() {
            return Ok(Opened { external_id, pay_url: Some(form::link(&self.config, order)?) });
        }
        let fields = wire::new_order(&self.config, order)?;
        let made = self.ask::<wire::Made>(Call::Changes, "orders/create", &fields, ATTEMPT).await;
        let made = match made {
            Err(GatewayError::UnknownOutcome { cause }) => {
                tracing::warn!(payment.id = %order.payment.id, cause = %cause, "FreeKassa's answer is lost; ordering again");
                let again = self.ask(Call::Changes, "orders/create", &fields, ATTEMPT).await;
                // Even a plain no may be about the order number that the first attempt has taken.
                again.map_err(|error| match error {
                    GatewayError::UnknownOutcome { .. } => error,
                    _ => GatewayError::UnknownOutcome { cause },
                })?
            }
            other => other?,
        };
        Ok(Opened { external_id, pay_url: Some(made.page()?) })
    }

    /// The charge that `reference` is about, if FreeKassa has it.
    async fn find(
        &self,
        reference: &Reference<'_>,
        within: Duration,
    ) -> Result<Option<Charge>, GatewayError> {
        let rows: wire::Orders = self.ask(Call::Asks, "orders", &reference.filter(), within).await?;
        rows.pick(reference)
    }

    async fn look(&self, object: &ObjectRef) -> Result<Option<Fetched>, GatewayError> {
        let text = match object {
            ObjectRef::Payment(payment) | ObjectRef::Refund { payment, .. } => payment,
            ObjectRef::Method(_) => return Ok(None),
        };
        let Some(reference) = Reference::of(text) else { return Ok(None) };
        let Some(charge) = self.find(&reference, QUESTION).await? else { return Ok(None) };
        // Notifications are sent for paid charges only: `orders` lags behind, and must be asked again.
        if reference.is_notified() && charge.state == State::Waiting {
            let cause = Cause::Processing { retry_after: PAUSE };
            return Err(GatewayError::Unavailable { cause });
        }
        let status = match (object, charge.state) {
            // Asked for, and not gone yet.
            (ObjectRef::Refund { .. }, State::Paid) => Status::Pending,
            _ => charge.status(),
        };
        Ok(Some(self.told(charge, status)))
    }

    async fn send_back(&self, order: &RefundOrder<'_>) -> Result<Fetched, GatewayError> {
        let text = order.payment.external_id.clone().unwrap_or_else(|| order.payment.id.to_string());
        let charge = match Reference::of(&text) {
            Some(reference) => self.find(&reference, STEP).await?,
            None => None,
        };
        let charge = charge.ok_or_else(|| refused("unknown_order", "FreeKassa has no such order"))?;
        match charge.state {
            State::Refunded => {
                let gone = charge.status();
                return Ok(self.told(charge, gone));
            }
            State::Paid if order.external_id.is_some() => return Ok(self.told(charge, Status::Pending)),
            State::Paid if charge.amount == order.amount => {}
            State::Paid => return Err(refused("partial", "FreeKassa sends back whole orders only")),
            State::Waiting | State::Failed(_) => return Err(refused("not_paid", "the order is not paid")),
        }
        let fields = [("orderId", charge.number())];
        let asked = self.ask::<wire::Success>(Call::Changes, "orders/refund", &fields, STEP).await;
        match asked {
            Ok(_)
            | Err(
                GatewayError::UnknownOutcome { .. }
                | GatewayError::Refused { .. }
                | GatewayError::Garbage { .. },
            ) => {
                let now = self.find(&Reference::Charge(&charge.id), STEP).await.ok().flatten();
                if let Some(now) = now.filter(|now| now.state == State::Refunded) {
                    let gone = now.status();
                    return Ok(self.told(now, gone));
                }
                asked?;
                Ok(self.told(charge, Status::Pending))
            }
            Err(error) => Err(error),
        }
    }

    fn told(&self, charge: Charge, status: Status) -> Fetched {
        let payment = charge.ours();
        let report = Report { external_id: charge.id, status, test: self.config.test_mode, saved: None };
        Fetched { payment, report, provider: Provider::Freekassa }
    }

    /// Calls `method` and reads its success. A nonce that came too late (another process was quicker) is repeated once
    /// with a new one: such a call was not carried out.
    async fn ask<T: DeserializeOwned>(
        &self,
        kind: Call,
        method: &str,
        fields: &[(&'static str, Value)],
        within: Duration,
    ) -> Result<T, GatewayError> {
        let end = Instant::now() + within;
        let nonce = self.nonces.next((self.config.clock)());
        let mut answer = self.post(kind, (method, fields, nonce), within).await?;
        if wire::is_about_nonce(&answer) {
            let nonce = self.nonces.leap((self.config.clock)());
            let left = end.saturating_duration_since(Instant::now());
            answer = self.post(kind, (method, fields, nonce), left).await?;
        }
        match answer.status {
            200..=299 if wire::is_success(&answer.body) => parse(&answer.body),
            401 => Err(GatewayError::Unauthorized),
            429 => Err(GatewayError::RateLimited { retry_after: answer.retry_after.unwrap_or(PAUSE) }),
            status @ 200..=499 => match wire::fault(&answer.body) {
                Some(message) => Err(refused(&status.to_string(), &message)),
                None if status >= 400 => Err(refused(&status.to_string(), "no reason given")),
                None => Err(GatewayError::garbage("neither a success nor an error")),
            },
            status => Err(no_outcome(kind, Cause::Status(status))),
        }
    }

    async fn post(
        &self,
        kind: Call,
        (method, fields, nonce): (&str, &[(&'static str, Value)], i64),
        within: Duration,
    ) -> Result<Answer, GatewayError> {
        let Some(key) = &self.config.api_key else { return Err(GatewayError::not_offered(method)) };
        let body = wire::signed(key.expose_secret(), &self.config.shop_id, nonce, fields)?;
        let url = format!("{}/{method}", self.config.api_url.trim_end_matches('/'));
        let request = self.http.post(url).timeout(within).header(CONTENT_TYPE, "application/json").body(body);
        exchange(request).await.map_err(|cause| match cause {
            Cause::Unreachable(_) => GatewayError::Unavailable { cause },
            _ => no_outcome(kind, cause),
        })
    }
}

impl Gateway for Freekassa {
    fn provider(&self) -> Provider {
        Provider::Freekassa
    }

    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn create<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>> {
        Box::pin(self.open(order))
    }

    fn authenticate<'a>(&'a self, raw: &'a RawWebhook) -> BoxFuture<'a, Result<Claim, AuthError>> {
        Box::pin(async { notice::read(&self.config, raw) })
    }

    fn fetch<'a>(
        &'a self,
        object: &'a ObjectRef,
    ) -> BoxFuture<'a, Result<Option<Verified<Fetched>>, GatewayError>> {
        Box::pin(async { Ok(self.look(object).await?.map(Verified::new)) })
    }

    fn refund<'a>(
        &'a self,
        order: &'a RefundOrder<'a>,
    ) -> BoxFuture<'a, Result<Verified<Fetched>, GatewayError>> {
        Box::pin(async { Ok(Verified::new(self.send_back(order).await?)) })
    }

    fn ack(&self, _: &RawWebhook) -> Cow<'static, str> {
        Cow::Borrowed("YES")
    }
}

fn refused(code: &str, description: &str) -> GatewayError {
    GatewayError::Refused { code: code.to_owned(), description: description.to_owned() }
}

fn no_outcome(kind: Call, cause: Cause) -> GatewayError {
    match kind {
        Call::Changes => GatewayError::UnknownOutcome { cause },
        Call::Asks => GatewayError::Unavailable { cause },
    }
}
