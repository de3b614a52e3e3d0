//! YooKassa: cards and SBP in rubles, by redirect to its page.
//!
//! It does not sign its notifications. They are taken from its networks only, and even then they merely say what to ask
//! about: the shop believes the answers of `GET /payments/{id}` and `GET /refunds/{id}`, read with our key over TLS, so
//! that an object of another shop does not exist for us.
//!
//! A payment is opened under an `Idempotence-Key` that is our payment's id. YooKassa remembers it for a day, longer than
//! any offer lives: an order repeated after a lost answer finds the payment it opened before.

mod config;
mod notice;
mod wire;

pub use config::{Config, ConfigError, Receipt};
pub use notice::NETWORKS;

use crate::{
    AuthError, BoxFuture, Cause, Claim, Fetched, Gateway, GatewayError, Limits, ObjectRef, Order, RawWebhook,
    Verified,
    exchange::{Answer, exchange},
};
use domain::{Currency, Money, Provider, checkout::Opened};
use reqwest::{Client, RequestBuilder, header::CONTENT_TYPE};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use std::{borrow::Cow, time::Duration};

/// One attempt to open a payment. Two of them and the pause between stay below eight seconds.
const ATTEMPT: Duration = Duration::from_millis(3_100);
/// The longest pause between the two attempts.
const PAUSE: Duration = Duration::from_millis(1_500);
/// One question.
const QUESTION: Duration = Duration::from_secs(7);
const _: () = assert!(2 * ATTEMPT.as_millis() + PAUSE.as_millis() < 8_000 && QUESTION.as_millis() < 8_000);
/// What YooKassa's own client waits for after 202 or 429 when it is not told.
const USUAL_PAUSE: Duration = Duration::from_millis(1_800);
/// SBP takes 1 to 700 000 rubles, cards no more.
const LIMITS: Limits =
    Limits { min: Money::new(100, Currency::Rub), max: Money::new(70_000_000, Currency::Rub) };

/// The YooKassa gateway.
pub struct Yookassa {
    http: Client,
    config: Config,
}

/// The shop behind the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The shop's number.
    pub shop_id: String,
    /// A test shop: its payments move no money.
    pub test: bool,
    /// It can take payments.
    pub enabled: bool,
}

impl Yookassa {
    /// A gateway with these settings, or every mistake in them.
    pub fn new(http: Client, config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { http, config })
    }

    /// Whose credentials these are: to be compared with the shop's mode before the first payment.
    pub async fn me(&self) -> Result<Account, GatewayError> {
        let me: Option<wire::Me> = self.get("me").await?;
        let me = me.ok_or_else(|| GatewayError::garbage("a shop that does not exist"))?;
        Ok(Account { shop_id: me.account_id, test: me.test, enabled: me.status == "enabled" })
    }

    async fn open(&self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        let body = serde_json::to_vec(&wire::NewPayment::of(order, &self.config))
            .map_err(|error| GatewayError::garbage(format!("an order that is no JSON: {error}")))?;
        let key = order.payment.id.to_string();
        let answer = match self.post("payments", &key, &body).await {
            Err(GatewayError::UnknownOutcome { cause }) => {
                tracing::warn!(payment.id = key, cause = %cause, "YooKassa's answer is lost; repeating the order");
                tokio::time::sleep(pause(&cause)).await;
                self.post("payments", &key, &body).await.map_err(|error| still_unknown(error, cause))?
            }
            other => other?,
        };
        parse::<wire::Payment>(&answer)?.opened(order)
    }

    async fn ask(&self, object: &ObjectRef) -> Result<Option<Fetched>, GatewayError> {
        match object {
            ObjectRef::Payment(id) if is_id(id) => {
                let payment: Option<wire::Payment> = self.get(&format!("payments/{id}")).await?;
                payment.map(|payment| payment.fetched(id, None)).transpose()
            }
            ObjectRef::Refund { refund, payment } if is_id(refund) && is_id(payment) => {
                let (refund_path, payment_path) =
                    (format!("refunds/{refund}"), format!("payments/{payment}"));
                let answers = tokio::try_join!(
                    self.get::<wire::Refund>(&refund_path),
                    self.get::<wire::Payment>(&payment_path)
                );
                match answers? {
                    (Some(of), Some(paid)) if of.is(refund, payment) => {
                        paid.fetched(payment, Some(&of)).map(Some)
                    }
                    _ => Ok(None),
                }
            }
            // YooKassa gives no such ids.
            ObjectRef::Payment(_) | ObjectRef::Refund { .. } => Ok(None),
        }
    }

    async fn post(&self, path: &str, key: &str, body: &[u8]) -> Result<Vec<u8>, GatewayError> {
        let request = self.http.post(self.url(path)).timeout(ATTEMPT).header("Idempotence-Key", key);
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_vec());
        match exchange(self.signed(request)).await {
            Ok(answer) if answer.status == 202 => {
                let retry_after = retry_after(&answer.body);
                Err(GatewayError::UnknownOutcome { cause: Cause::Processing { retry_after } })
            }
            Ok(answer) if answer.status >= 500 => {
                Err(GatewayError::UnknownOutcome { cause: Cause::Status(answer.status) })
            }
            Ok(answer) => accepted(answer),
            Err(cause @ Cause::Unreachable(_)) => Err(GatewayError::Unavailable { cause }),
            Err(cause) => Err(GatewayError::UnknownOutcome { cause }),
        }
    }

    /// The object at `path`; `None` if there is none.
    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, GatewayError> {
        let request = self.http.get(self.url(path)).timeout(QUESTION);
        let answer =
            exchange(self.signed(request)).await.map_err(|cause| GatewayError::Unavailable { cause })?;
        match answer.status {
            404 => Ok(None),
            status if status == 202 || status >= 500 => {
                Err(GatewayError::Unavailable { cause: Cause::Status(status) })
            }
            _ => parse(&accepted(answer)?).map(Some),
        }
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.config.shop_id, Some(self.config.secret_key.expose_secret()))
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.config.api_url.trim_end_matches('/'))
    }
}

impl Gateway for Yookassa {
    fn provider(&self) -> Provider {
        Provider::Yookassa
    }

    fn currencies(&self) -> &[Currency] {
        &[Currency::Rub]
    }

    fn limits(&self, currency: Currency) -> Option<Limits> {
        (currency == Currency::Rub).then_some(LIMITS)
    }

    fn create<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>> {
        Box::pin(self.open(order))
    }

    fn authenticate(&self, raw: &RawWebhook) -> Result<Claim, AuthError> {
        if self.config.check_ip && !raw.source_ip.is_some_and(notice::is_theirs) {
            return Err(AuthError::Address);
        }
        notice::read(&raw.body)
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

/// The body of a success, or what the refusal says. Not for 202 and 5xx, which mean different things to different calls.
fn accepted(answer: Answer) -> Result<Vec<u8>, GatewayError> {
    match answer.status {
        200..=299 => Ok(answer.body),
        401 => Err(GatewayError::Unauthorized),
        429 => Err(GatewayError::RateLimited { retry_after: retry_after(&answer.body) }),
        400..=499 => Err(refused(answer.status, &answer.body)),
        status => Err(GatewayError::garbage(format!("HTTP status {status}"))),
    }
}

fn refused(status: u16, body: &[u8]) -> GatewayError {
    let fault: wire::Fault = serde_json::from_slice(body).unwrap_or_default();
    let description = fault.description.unwrap_or_else(|| format!("HTTP status {status}"));
    let parameter = fault.parameter.map(|parameter| format!(" ({parameter})")).unwrap_or_default();
    GatewayError::Refused {
        code: fault.code.unwrap_or_else(|| "unknown".to_owned()),
        description: format!("{description}{parameter}"),
    }
}

fn retry_after(body: &[u8]) -> Duration {
    let fault: wire::Fault = serde_json::from_slice(body).unwrap_or_default();
    fault.retry_after.map_or(USUAL_PAUSE, Duration::from_millis)
}

/// How long to wait before the second attempt: a lost answer can be asked for at once.
fn pause(cause: &Cause) -> Duration {
    match cause {
        Cause::Processing { retry_after } => PAUSE.min(*retry_after),
        Cause::Unreachable(_) | Cause::NoAnswer(_) | Cause::Status(_) => Duration::ZERO,
    }
}

/// After a lost answer only a plain no settles the matter: "too many requests" and the like do not say what became of
/// the first attempt.
fn still_unknown(second: GatewayError, first: Cause) -> GatewayError {
    match second {
        GatewayError::Refused { .. } | GatewayError::UnknownOutcome { .. } => second,
        GatewayError::Unavailable { cause } => GatewayError::UnknownOutcome { cause },
        GatewayError::Unauthorized | GatewayError::RateLimited { .. } | GatewayError::Garbage { .. } => {
            GatewayError::UnknownOutcome { cause: first }
        }
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, GatewayError> {
    // Only where it is wrong: what stands there may be somebody's name.
    let place =
        |error: serde_json::Error| format!("{:?} at {}:{}", error.classify(), error.line(), error.column());
    serde_json::from_slice(body).map_err(|error| GatewayError::garbage(place(error)))
}

/// The shape of YooKassa's ids: safe inside a path.
fn is_id(text: &str) -> bool {
    (10..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
