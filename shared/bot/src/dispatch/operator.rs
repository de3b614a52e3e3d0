//! What operators do: look at a payment, send money back, let held money count, read a balance sheet.
//!
//! Only people of the settings' list get here. Whatever a button carries is validated again by the shop.

use super::{
    Bot, BotError,
    press::{Reply, Step},
};
use crate::{
    Method, Screen, SendError,
    callback::{Desk, Refund},
    screens::{self, Call, Case, View, alert_key},
    update::Command,
};
use domain::{Money, Payment, PaymentId, Person, Provider, Refusal, quote::describe, refund::Target};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use payments::{
    RefundOrder,
    stars::{self, StarRefund},
};
use shop::{Refundable, ShopError, confirm::confirm};

impl Bot {
    pub(super) fn is_operator(&self, person: &Person) -> bool {
        self.settings.operators.contains(&person.id)
    }

    pub(super) fn desk_view(&self, now: Timestamp) -> View<'_> {
        View::new(&self.settings, self.settings.default_language, now)
    }

    /// The answer to an operator's command; `None` if it is none, or the person is none.
    pub(super) async fn desk_command(
        &self,
        person: &Person,
        command: &Command,
        now: Timestamp,
    ) -> Result<Option<Screen>, BotError> {
        if !self.is_operator(person) {
            return Ok(None);
        }
        let view = self.desk_view(now);
        let words: Vec<&str> = command.payload.split_whitespace().collect();
        let usage = || screens::usage(&view);
        let screen = match (command.name.as_str(), words.as_slice()) {
            ("payment", [id]) => match id.parse() {
                Ok(id) => self.case(id, now).await?,
                Err(_) => screens::no_such_payment(&view),
            },
            ("refund", [id, amount]) => match id.parse() {
                Ok(id) => self.refund_of(person, (id, amount), now).await?,
                Err(_) => screens::no_such_payment(&view),
            },
            ("sheet", []) => {
                let today = now.to_zoned(TimeZone::UTC).date();
                self.sheet(today.yesterday().unwrap_or(today), now).await?
            }
            ("sheet", [day]) => match day.parse() {
                Ok(day) => self.sheet(day, now).await?,
                Err(_) => usage(),
            },
            ("sync", []) => self.compare(person, Desk::Syncs, now).await?,
            ("texts", _) => Box::pin(self.texts(&command.payload, now)).await?,
            ("promo", words) => Box::pin(self.promo_desk(person, words, now)).await?,
            ("payment" | "refund" | "sheet" | "sync", _) => usage(),
            _ => return Ok(None),
        };
        Ok(Some(screens::desk(&view, screen)))
    }

    async fn case(&self, id: PaymentId, now: Timestamp) -> Result<Screen, ShopError> {
        let view = self.desk_view(now);
        let store = self.shop.store();
        let Some(payment) = store.payment(id).await? else { return Ok(screens::no_such_payment(&view)) };
        let state = store.user_state(payment.user).await?;
        let calls = store.timeline(id).await?.into_iter();
        let calls: Vec<Call> =
            calls.map(|said| Call { at: said.at, provider: said.provider, body: said.body }).collect();
        Ok(screens::case(&view, &Case { payment: &payment, state: &state, calls: &calls }))
    }

    async fn sheet(&self, day: Date, now: Timestamp) -> Result<Screen, ShopError> {
        let view = self.desk_view(now);
        Ok(match self.shop.store().sheet(day).await? {
            Some(sheet) => screens::sheet(&view, &sheet),
            None => screens::no_sheet(&view, day),
        })
    }

    /// The comparison of a panel with the shop, or of all of them.
    async fn compare(&self, person: &Person, desk: Desk, now: Timestamp) -> Result<Screen, ShopError> {
        let view = self.desk_view(now);
        if let Desk::AskSync(panel, depth) = &desk {
            let run = self.shop.ask_sync(person.id, panel, *depth, now).await?;
            return Ok(screens::sync(&view, &run));
        }
        let runs = self.shop.store().syncs().await?;
        let one = runs.iter().find(|run| matches!(&desk, Desk::Sync(panel) if *panel == run.panel));
        Ok(one.map_or_else(|| screens::syncs(&view, &runs), |run| screens::sync(&view, run)))
    }

    /// `/refund <id> <amount>`: the amount in major units, with a point or a comma.
    async fn refund_of(
        &self,
        person: &Person,
        (id, amount): (PaymentId, &str),
        now: Timestamp,
    ) -> Result<Screen, ShopError> {
        let view = self.desk_view(now);
        let Some(payment) = self.shop.store().payment(id).await? else {
            return Ok(screens::no_such_payment(&view));
        };
        match Money::parse(&amount.replace(',', "."), payment.refundable().currency) {
            Ok(amount) => match self.choice(person, (id, amount.minor), now).await {
                Err(ShopError::Refused(refusal)) => {
                    let mut screen = self.case(id, now).await?;
                    screen.text = format!("{}\n\n{}", view.texts.html(alert_key(refusal), &[]), screen.text);
                    Ok(screen)
                }
                other => other,
            },
            Err(_) => Ok(screens::usage(&view)),
        }
    }

    /// Where `minor` units of a payment can go, and what each choice does to the time.
    async fn choice(
        &self,
        person: &Person,
        (id, minor): (PaymentId, i64),
        now: Timestamp,
    ) -> Result<Screen, ShopError> {
        let Refundable { payment, to_payer } = self.shop.refundable(id).await?;
        let state = self.shop.store().user_state(payment.user).await?;
        let amount = Money::new(minor, payment.refundable().currency);
        let ends = screens::ends(&state, &payment, amount, person.id, now)?;
        Ok(screens::refunding(&self.desk_view(now), (&payment, to_payer), amount, &ends))
    }

    pub(super) async fn desk(&self, person: &Person, desk: Desk, now: Timestamp) -> Result<Reply, Step> {
        let texts = self.desk_view(now).texts;
        let (id, done) = match desk {
            Desk::Sheet(day) => return Ok(Reply::screen(self.sheet(day, now).await?, texts)),
            Desk::Texts(desk) => return Box::pin(self.text_desk(person, desk, now)).await,
            Desk::Syncs | Desk::Sync(_) | Desk::AskSync(..) => {
                return Ok(Reply::screen(self.compare(person, desk, now).await?, texts));
            }
            Desk::Payment(id) => return Ok(Reply::screen(self.case(id, now).await?, texts)),
            Desk::Refunding(id, minor) => match i64::try_from(minor) {
                Ok(minor) => match self.choice(person, (id, minor), now).await {
                    Ok(screen) => return Ok(Reply::screen(screen, texts)),
                    Err(error) => (id, Err(error)),
                },
                Err(_) => (id, Err(Refusal::BadAmount.into())),
            },
            Desk::Release(id, how) => {
                (id, self.shop.release(person.id, id, how, now).await.map(|()| "alert-released"))
            }
            Desk::Again(id) => (id, self.again(id, now).await),
            Desk::Refund(refund) => (refund.payment, self.refund(person, refund, now).await),
        };
        let key = match done {
            Ok(key) => key,
            Err(ShopError::Refused(refusal)) => alert_key(refusal),
            Err(error) => return Err(error.into()),
        };
        Ok(Reply::screen(self.case(id, now).await?, texts).alert(key))
    }

    /// Writes the refund down and makes it; answers what to say of it.
    async fn refund(
        &self,
        person: &Person,
        refund: Refund,
        now: Timestamp,
    ) -> Result<&'static str, ShopError> {
        let shown = self.shop.refundable(refund.payment).await?.payment;
        if u64::from(refund.version) != shown.version {
            return Ok("alert-payment-changed");
        }
        let minor = i64::try_from(refund.minor).map_err(|_| Refusal::BadAmount)?;
        let amount = Money::new(minor, shown.refundable().currency);
        let asked = (amount, refund.target, refund.time);
        let payment =
            self.shop.request_refund(person.id, (refund.payment, shown.version), asked, now).await?;
        match refund.target {
            Target::Balance => Ok("alert-refund-done"),
            Target::Payer => Ok(self.carry_out(payment, now).await),
        }
    }

    async fn again(&self, id: PaymentId, now: Timestamp) -> Result<&'static str, ShopError> {
        let payment = self.shop.refundable(id).await?.payment;
        if payment.refund.is_none() {
            return Ok("alert-payment-changed");
        }
        Ok(self.carry_out(payment, now).await)
    }

    /// Makes a refund that is written down. It stays written down until its outcome is known.
    async fn carry_out(&self, payment: Payment, now: Timestamp) -> &'static str {
        let (id, before) = (payment.id, payment.refunded);
        // Nobody but the bot can make a refund in Stars, so nobody else follows it.
        let open =
            if payment.provider == Provider::Stars { "alert-refund-open" } else { "alert-refund-asked" };
        let made = match payment.provider {
            Provider::Stars => Box::pin(self.refund_stars(&payment, now)).await,
            _ => self.shop.make_refund(payment, now).await.map_err(BotError::from),
        };
        match made {
            Ok(payment) if payment.refund.is_some() => open,
            Ok(payment) if payment.refunded > before => "alert-refund-done",
            Ok(_) => "alert-refund-failed",
            Err(error) => {
                tracing::warn!(payment.id = %id, error = ?error, "a refund has no outcome yet");
                open
            }
        }
    }

    /// Stars go back by a call of the bot; that they went back before is as good.
    async fn refund_stars(&self, payment: &Payment, now: Timestamp) -> Result<Payment, BotError> {
        let Some(open) = &payment.refund else { return Ok(payment.clone()) };
        let order = RefundOrder {
            payment,
            amount: open.amount,
            key: payment.refund_key(open.no),
            external_id: None,
            description: describe(&payment.goods, self.settings.default_language),
        };
        let refusal = match StarRefund::of(&order) {
            Ok(refund) => match self.telegram.call(&Method::RefundStarPayment(refund)).await {
                Ok(_) => None,
                Err(SendError::BadRequest(why)) => Some(why),
                Err(error) => return Err(error.into()),
            },
            Err(error) => {
                tracing::error!(payment.id = %payment.id, %error, "no refund in Stars");
                return Ok(payment.clone());
            }
        };
        let Ok(answer) = stars::answered(&order, refusal.as_deref(), self.settings.test_environment) else {
            return Ok(payment.clone());
        };
        let settings = self.shop.settings();
        let confirmed = confirm(self.shop.store(), &answer, &settings.rules, now).await?;
        Ok(confirmed.map_or_else(|| payment.clone(), |confirmed| confirmed.payment))
    }
}
