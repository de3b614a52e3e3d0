//! What somebody tries who has no business here. Whatever it is, it must be refused, and the table must not even be asked
//! to write.

use crate::{
    life::{Life, STRANGER, person},
    mail::{self, Letter},
};
use domain::{Currency, Money, Provider, Refusal};
use shop::ShopError;
use standin_providers::Webhook;
use std::net::{IpAddr, Ipv4Addr};

impl Life<'_> {
    pub async fn stranger(&self, way: usize, which: usize) -> String {
        let (writes, before) = (self.stage.writes(), self.stage.memory.as_ref().map(|_| self.stage.items()));
        let said = match way {
            0..=3 => self.forge(way, which).await,
            4 => self.invent(which).await,
            5 => self.press_others(which).await,
            6 => self.take_others(which).await,
            _ => self.late(which).await,
        };
        if let Some(welcome) = &said.welcome {
            self.notes().wrong.push(format!("I8 a stranger was not refused: {welcome}"));
        }
        if self.stage.writes() != writes || before.is_some_and(|before| before != self.stage.items()) {
            self.notes().wrong.push(format!("I8 a stranger made the shop write: {}", said.what));
        }
        said.what
    }

    fn genuine(&self, which: usize) -> Option<Webhook> {
        let notes = self.notes();
        let hooks: Vec<&Webhook> = notes
            .old
            .iter()
            .chain(&notes.mail)
            .filter_map(|letter| match letter {
                Letter::Hook(webhook) => Some(webhook),
                Letter::Update(_) => None,
            })
            .collect();
        hooks.get(which % hooks.len().max(1)).map(|hook| (*hook).clone())
    }

    /// A genuine notification with something changed.
    async fn forge(&self, way: usize, which: usize) -> Said {
        let Some(genuine) = self.genuine(which) else { return Said::nothing() };
        let forged = mail::forged(&mail::at(&genuine, self.stage.now()), way);
        let status = self.stage.webhook(&forged).await;
        Said::status(&format!("{} forged in way {way}", forged.provider), status)
    }

    /// A notification out of the air, to any provider.
    async fn invent(&self, which: usize) -> Said {
        let provider = Provider::ALL[1 + which % (Provider::ALL.len() - 1)];
        let order = self.notes().payments.last().map(|payment| payment.id.to_string()).unwrap_or_default();
        let body = format!(
            r#"{{"type":"notification","event":"payment.succeeded","status":"paid","orderId":"{order}","amount":15000}}"#
        );
        let webhook = Webhook {
            provider: provider.name(),
            method: "POST",
            query: None,
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: body.into_bytes(),
            source_ip: IpAddr::V4(Ipv4Addr::new(198, 51, 100, 66)),
        };
        Said::status(&format!("{provider} invented"), self.stage.webhook(&webhook).await)
    }

    /// "I have paid" about somebody else's payment.
    async fn press_others(&self, which: usize) -> Said {
        let payment = self.notes().payments.get(which % 4).map(|payment| payment.id);
        let Some(payment) = payment else { return Said::nothing() };
        let (shop, now) = (&self.stage.shop, self.stage.now());
        let checked = shop.check(&person(STRANGER), payment, now).await;
        let amount = Money::new(150, Currency::Xtr);
        let may = shop.may_pay(STRANGER, payment, amount, now).await;
        Said::refusals("a check of another's payment", [checked.map(drop), may])
    }

    /// Somebody else's offer.
    async fn take_others(&self, which: usize) -> Said {
        let quote = self.notes().quotes.get(which % 4).map(|quote| quote.id);
        let Some(quote) = quote else { return Said::nothing() };
        let (shop, now, stranger) = (&self.stage.shop, self.stage.now(), person(STRANGER));
        let spent = shop.spend(&stranger, (quote, Currency::Rub), now).await;
        let opened = shop.open_payment(&stranger, (quote, self.case.provider()), now).await;
        let subscribed = shop.open_star_subscription(&stranger, quote, now).await;
        Said::refusals("another's offer", [spent.map(drop), opened.map(drop), subscribed.map(drop)])
    }

    /// A genuine notification of Stripe's that somebody kept for an hour.
    async fn late(&self, which: usize) -> Said {
        let Some(genuine) = self.genuine(which).filter(|hook| hook.provider == "stripe") else {
            return Said::nothing();
        };
        let kept = mail::at(&genuine, self.stage.now() - jiff::SignedDuration::from_hours(1));
        Said::status("stripe an hour late", self.stage.webhook(&kept).await)
    }
}

/// What was tried, and whether it was welcome.
struct Said {
    what: String,
    welcome: Option<String>,
}

impl Said {
    fn nothing() -> Self {
        Self { what: "nothing to try".to_owned(), welcome: None }
    }

    fn status(what: &str, status: u16) -> Self {
        // 503: it could not be checked, while calls go wrong.
        let refused = (400..500).contains(&status) || status == 503;
        Self { welcome: (!refused).then(|| format!("{what}: {status}")), what: format!("{what}: {status}") }
    }

    fn refusals(what: &str, done: impl IntoIterator<Item = Result<(), ShopError>>) -> Self {
        let refused = |done: &Result<(), ShopError>| {
            matches!(
                done,
                Err(ShopError::Refused(
                    Refusal::PaymentUnknown | Refusal::QuoteExpired | Refusal::MethodUnavailable
                ))
            )
        };
        let welcome = done.into_iter().find(|done| !refused(done)).map(|done| format!("{what}: {done:?}"));
        Self { what: what.to_owned(), welcome }
    }
}
