//! YooKassa: cards and SBP in rubles, by redirect to its page; saved methods without the buyer.
//!
//! It does not sign its notifications. They are taken from its networks only, and even then they merely say what to ask
//! about: the shop believes the answers of `GET /payments/{id}`, `/refunds/{id}` and `/payment_methods/{id}`, read with
//! our key over TLS, so that an object of another shop does not exist for us.
//!
//! A payment is opened, and a saved method charged, under an `Idempotence-Key` that is our payment's id. YooKassa
//! remembers it for a day, longer than any offer lives: an order repeated after a lost answer finds the payment it opened
//! before. Refunds, which may be repeated later than that, carry their key as metadata too (`refund.rs`). A refund that
//! YooKassa still works on is [`Status::Pending`] with the *refund's* id as `external_id`: nobody is told if it fails, so
//! ask about it with [`ObjectRef::Refund`].
//!
//! [`Status::Pending`]: domain::credit::Status::Pending

mod call;
mod config;
mod method;
mod notice;
mod order;
mod refund;
mod wire;

pub use config::{Config, Receipt};
pub use notice::NETWORKS;

use crate::{
    Abilities, Asking, AuthError, BoxFuture, Claim, ConfigError, Fetched, Gateway, GatewayError, Limits,
    ObjectRef, Order, RawWebhook, RefundOrder, Refunds, Verified,
};
use call::Post;
use domain::{Currency, Money, Provider, checkout::Opened};
use jiff::SignedDuration;
use reqwest::Client;
use std::{borrow::Cow, time::Duration};

/// One attempt to open a payment. Two of them and the pause between stay below eight seconds.
const ATTEMPT: Duration = Duration::from_millis(3_100);
/// The longest pause between the two attempts.
const PAUSE: Duration = Duration::from_millis(1_500);
/// One question.
const QUESTION: Duration = Duration::from_secs(7);
const _: () = assert!(2 * ATTEMPT.as_millis() + PAUSE.as_millis() < 8_000 && QUESTION.as_millis() < 8_000);
/// SBP takes 1 to 700 000 rubles, cards no more.
const LIMITS: Limits =
    Limits { min: Money::new(100, Currency::Rub), max: Money::new(70_000_000, Currency::Rub) };

/// The YooKassa gateway.
pub struct Yookassa {
    http: Client,
    config: Config,
    abilities: Abilities,
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
        let abilities = Abilities {
            limits: vec![LIMITS],
            refunds: Refunds::Partial,
            saves_methods: config.autopayments,
            binds: config.autopayments,
            asking: Asking::Every(SignedDuration::ZERO),
            wants_email: false,
        };
        Ok(Self { http, config, abilities })
    }

    /// Whose credentials these are: to be compared with the shop's mode before the first payment.
    pub async fn me(&self) -> Result<Account, GatewayError> {
        let me: Option<wire::Me> = self.get("me", QUESTION).await?;
        let me = me.ok_or_else(|| GatewayError::garbage("a shop that does not exist"))?;
        Ok(Account { shop_id: me.account_id, test: me.test, enabled: me.status == "enabled" })
    }

    async fn open(&self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        let key = order.payment.id.to_string();
        let post = Post { path: "payments", key: &key, timeout: ATTEMPT };
        let answer: wire::Payment =
            self.post_twice(&post, &order::NewPayment::of(order, &self.config)).await?;
        answer.opened(order, &self.config.shop_id)
    }

    async fn take(&self, order: &Order<'_>, token: &str) -> Result<Fetched, GatewayError> {
        self.only_with_autopayments("charge of a saved method")?;
        let key = order.payment.id.to_string();
        let post = Post { path: "payments", key: &key, timeout: ATTEMPT };
        let new = order::NewPayment::charge(order, token, &self.config);
        let answer: wire::Payment = self.post_twice(&post, &new).await?;
        answer.charged(order, &self.config.shop_id)
    }

    async fn save(&self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        self.only_with_autopayments("saving a method without paying")?;
        let key = order.payment.id.to_string();
        let post = Post { path: "payment_methods", key: &key, timeout: ATTEMPT };
        let answer: method::Method =
            self.post_twice(&post, &order::NewMethod::of(order, &self.config)).await?;
        answer.opened(order, &self.config.shop_id)
    }

    fn only_with_autopayments(&self, what: &str) -> Result<(), GatewayError> {
        if self.config.autopayments { Ok(()) } else { Err(GatewayError::not_offered(what)) }
    }

    async fn ask(&self, object: &ObjectRef) -> Result<Option<Fetched>, GatewayError> {
        let shop = &self.config.shop_id;
        match object {
            ObjectRef::Payment(id) if is_id(id) => {
                let payment: Option<wire::Payment> = self.get(&format!("payments/{id}"), QUESTION).await?;
                payment.map(|payment| payment.fetched(id, None, shop)).transpose()
            }
            ObjectRef::Refund { refund, payment } if is_id(refund) && is_id(payment) => {
                let (refund_path, payment_path) =
                    (format!("refunds/{refund}"), format!("payments/{payment}"));
                let answers = tokio::try_join!(
                    self.get::<wire::Refund>(&refund_path, QUESTION),
                    self.get::<wire::Payment>(&payment_path, QUESTION)
                );
                match answers? {
                    (Some(of), Some(paid)) if of.is(refund, payment) => {
                        paid.fetched(payment, Some(&of), shop).map(Some)
                    }
                    _ => Ok(None),
                }
            }
            ObjectRef::Method(id) if is_id(id) => {
                let path = format!("payment_methods/{id}");
                let method: Option<method::Method> = self.get(&path, QUESTION).await?;
                method.map(|method| method.fetched(id, shop, self.config.is_test())).transpose()
            }
            // YooKassa gives no such ids.
            ObjectRef::Payment(_) | ObjectRef::Refund { .. } | ObjectRef::Method(_) => Ok(None),
        }
    }
}

impl Gateway for Yookassa {
    fn provider(&self) -> Provider {
        Provider::Yookassa
    }

    fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    fn create<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>> {
        Box::pin(self.open(order))
    }

    fn authenticate<'a>(&'a self, raw: &'a RawWebhook) -> BoxFuture<'a, Result<Claim, AuthError>> {
        Box::pin(async {
            if self.config.check_ip && !raw.source_ip.is_some_and(notice::is_theirs) {
                return Err(AuthError::Address);
            }
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
        Box::pin(async { Ok(Verified::new(self.send_back(order).await?)) })
    }

    fn charge<'a>(
        &'a self,
        order: &'a Order<'a>,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Verified<Fetched>, GatewayError>> {
        Box::pin(async { Ok(Verified::new(self.take(order, token).await?)) })
    }

    fn bind<'a>(&'a self, order: &'a Order<'a>) -> BoxFuture<'a, Result<Opened, GatewayError>> {
        Box::pin(self.save(order))
    }

    fn ack(&self, _: &RawWebhook) -> Cow<'static, str> {
        Cow::Borrowed("")
    }
}

/// The shape of YooKassa's ids: safe inside a path.
fn is_id(text: &str) -> bool {
    (10..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
