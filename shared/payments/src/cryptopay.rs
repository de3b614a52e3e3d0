//! Crypto Pay (@CryptoBot): crypto for invoices in ordinary currencies, paid inside Telegram.
//!
//! `createInvoice` opens an invoice in a fiat currency that carries our order id as its `payload`; the buyer pays it in any
//! asset the operator accepts. A paid invoice is told once, by a webhook signed over its raw bytes; an expired one is told
//! by nobody and found by asking `getInvoices`. Invoices are paid exactly and once, so the invoice is the money object:
//! its id, never the `update_id`, is the key of everything. There is no API for refunds.
//!
//! There is no idempotency key either. After a lost answer the waiting invoices are searched for our order id before
//! another is opened. What remains: a *later* order of the same payment opens another invoice, and so does an answer
//! delayed beyond the search. Only the last one is shown to the buyer; the orphan expires unpaid, and if it were paid
//! all the same, it would carry our order id and be a second charge of it.
//!
//! Facts: Crypto Pay API 1.5.2 (help.send.tg, 2026-03-18).

mod config;
mod wire;

pub use config::{Config, MAINNET, TESTNET};

use crate::{
    Abilities, Asking, AuthError, BoxFuture, Cause, Claim, ConfigError, Fetched, Gateway, GatewayError,
    ObjectRef, Order, RawWebhook, Refunds, Verified,
    exchange::{Answer, Call, call},
    sign,
};
use domain::{Provider, checkout::Opened};
use jiff::SignedDuration;
use reqwest::{Client, RequestBuilder, header::CONTENT_TYPE};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, time::Duration};

/// One step of opening an invoice: order, search, order again.
const STEP: Duration = Duration::from_millis(2_600);
/// One question.
const QUESTION: Duration = Duration::from_secs(7);
const _: () = assert!(3 * STEP.as_millis() < 8_000 && QUESTION.as_millis() < 8_000);
/// How long to wait after "too many requests" without a number.
const PAUSE: Duration = Duration::from_secs(2);
/// How many waiting invoices are searched: the usual page. A longer answer would not fit into one exchange.
const SEARCHED: u32 = 100;

/// The Crypto Pay gateway.
pub struct Cryptopay {
    http: Client,
    config: Config,
    abilities: Abilities,
}

impl Cryptopay {
    /// A gateway with these settings, or every mistake in them.
    pub fn new(http: Client, config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let abilities = Abilities {
            limits: config::limits(),
            refunds: Refunds::Never,
            saves_methods: false,
            binds: false,
            asking: Asking::Every(SignedDuration::ZERO),
            wants_email: false,
        };
        Ok(Self { http, config, abilities })
    }

    async fn open(&self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        let body = serde_json::to_vec(&wire::NewInvoice::of(order, &self.config))
            .map_err(|error| GatewayError::garbage(format!("an order that is no JSON: {error}")))?;
        match self.order(&body).await {
            Err(GatewayError::UnknownOutcome { cause }) => {
                tracing::warn!(payment.id = %order.payment.id, cause = %cause, "Crypto Pay's answer is lost; searching");
                self.open_again(order, &body, cause).await
            }
            other => other?.opened(order),
        }
    }

    /// After a lost answer: the invoice that was opened all the same, or another one.
    async fn open_again(&self, order: &Order<'_>, body: &[u8], lost: Cause) -> Result<Opened, GatewayError> {
        let path = format!("getInvoices?status=active&count={SEARCHED}");
        let Ok(waiting) = self.get::<wire::Page>(&path, STEP).await else {
            return Err(GatewayError::UnknownOutcome { cause: lost });
        };
        if let Some(found) = waiting.items.into_iter().find(|invoice| invoice.is_for(order)) {
            return found.opened(order);
        }
        match self.order(body).await {
            Ok(invoice) => invoice.opened(order),
            // A plain no to the same request was no the first time too.
            Err(error @ (GatewayError::Refused { .. } | GatewayError::UnknownOutcome { .. })) => Err(error),
            Err(_) => Err(GatewayError::UnknownOutcome { cause: lost }),
        }
    }

    async fn order(&self, body: &[u8]) -> Result<wire::Invoice, GatewayError> {
        let request = self.http.post(self.url("createInvoice")).timeout(STEP);
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_vec());
        let answer = call(Call::Changes, self.signed(request)).await?;
        result(Call::Changes, &answer)
    }

    async fn ask(&self, object: &ObjectRef) -> Result<Option<Fetched>, GatewayError> {
        let ObjectRef::Payment(id) = object else { return Ok(None) };
        if !is_id(id) {
            return Ok(None);
        }
        let page: wire::Page = self.get(&format!("getInvoices?invoice_ids={id}"), QUESTION).await?;
        let found = page.items.into_iter().find(|invoice| invoice.id() == *id);
        found.map(|invoice| invoice.fetched(self.config.testnet)).transpose()
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, within: Duration) -> Result<T, GatewayError> {
        let answer = call(Call::Asks, self.signed(self.http.get(self.url(path)).timeout(within))).await?;
        result(Call::Asks, &answer)
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("Crypto-Pay-API-Token", self.config.token.expose_secret())
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.config.base())
    }

    fn read(&self, raw: &RawWebhook) -> Result<Claim, AuthError> {
        let given = raw.header("crypto-pay-api-signature").ok_or(AuthError::Signature("none given"))?;
        let key = Sha256::digest(self.config.token.expose_secret().as_bytes());
        if !sign::same_hex(given, &sign::hmac_sha256_hex(&key, &raw.body)) {
            return Err(AuthError::Signature("not over this body with our token"));
        }
        wire::claim(&raw.body, self.config.testnet)
    }
}

impl Gateway for Cryptopay {
    fn provider(&self) -> Provider {
        Provider::Cryptopay
    }

    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn create<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>> {
        Box::pin(self.open(order))
    }

    fn authenticate<'a>(&'a self, raw: &'a RawWebhook) -> BoxFuture<'a, Result<Claim, AuthError>> {
        Box::pin(async { self.read(raw) })
    }

    fn fetch<'a>(
        &'a self,
        object: &'a ObjectRef,
    ) -> BoxFuture<'a, Result<Option<Verified<Fetched>>, GatewayError>> {
        Box::pin(async { Ok(self.ask(object).await?.map(Verified::new)) })
    }

    fn ack(&self, _: &RawWebhook) -> Cow<'static, str> {
        Cow::Borrowed("")
    }
}

/// What the envelope holds: the result, or why not. The envelope's own code counts as an HTTP status does.
fn result<T: DeserializeOwned>(kind: Call, answer: &Answer) -> Result<T, GatewayError> {
    if let Some(result) = wire::Envelope::of(&answer.body, answer.status)? {
        return crate::exchange::parse(result.get().as_bytes());
    }
    let fault = wire::Fault::of(&answer.body, answer.status);
    match (fault.code, kind) {
        (401, _) => Err(GatewayError::Unauthorized),
        (429, _) => Err(GatewayError::RateLimited { retry_after: answer.retry_after.unwrap_or(PAUSE) }),
        (500.., Call::Changes) => Err(GatewayError::UnknownOutcome { cause: Cause::Status(fault.code) }),
        (500.., Call::Asks) => Err(GatewayError::Unavailable { cause: Cause::Status(fault.code) }),
        (400..=499, _) => Err(GatewayError::Refused {
            description: format!("HTTP status {}, error {}", answer.status, fault.code),
            code: fault.name,
        }),
        _ => Err(GatewayError::garbage(format!("HTTP status {} without a result", answer.status))),
    }
}

/// The shape of invoice ids: safe inside a query.
fn is_id(text: &str) -> bool {
    (1..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}
