//! What the buyer asks of the shop after the order is there, and what operators and the clock do.

use crate::{
    life::{Life, OPERATOR},
    plan::Fate,
};
use domain::{
    Currency, EventKind, Money, Payment, PaymentId, Provider, Renewal, SubscriptionNo, TimePolicy,
    credit::Release, refund::Target,
};
use jiff::SignedDuration;
use payments::{RefundOrder, stars};
use shop::ShopError;
use standin_providers::{tribute, yookassa::RefundFate};

impl Life<'_> {
    fn shown(&self, which: usize) -> Option<PaymentId> {
        let notes = self.notes();
        notes.payments.get(which % notes.payments.len().max(1)).map(|payment| payment.id)
    }

    pub async fn check(&self, which: usize) -> String {
        let Some(id) = self.shown(which) else { return "no payment".to_owned() };
        let checked = self.stage.shop.check(&self.buyer, id, self.stage.now()).await;
        self.told(checked, |check| format!("{id} {} {:?}", check.payment.state, check.verdict))
    }

    pub async fn come_back(&self, which: usize) -> String {
        let Some(id) = self.shown(which) else { return "no payment".to_owned() };
        let checked = self.stage.shop.returned(id, self.stage.now()).await;
        let say = |check: &shop::Check| format!("{id} {} {:?}", check.payment.state, check.verdict);
        self.told(checked, |check| check.as_ref().map(say).unwrap_or_default())
    }

    pub async fn sweep(&self) -> String {
        let round = self.stage.sweep().await;
        self.told(round, |round| format!("{} looked at, {} failed", round.payments, round.failed))
    }

    /// Until the renewal is due, or an hour behind the end.
    pub async fn month(&self) -> String {
        let Ok(state) = self.stage.store().user_state(self.stage.buyer).await else {
            return "the table fails".to_owned();
        };
        let Some(subscription) = state.subscription(SubscriptionNo::FIRST) else {
            return "nothing to end".to_owned();
        };
        let lead = if subscription.renewal == Renewal::Charge { -24 * 60 + 1 } else { 60 };
        let at = subscription.end + SignedDuration::from_mins(lead);
        if at > self.stage.now() {
            self.stage.market.clock.set(at);
        }
        self.sweep().await
    }

    pub async fn spend(&self, which: usize) -> String {
        let Some(quote) = self.notes().quotes.last().map(|quote| quote.id) else {
            return "no offer".to_owned();
        };
        let currency = [Currency::Rub, Currency::Usd, Currency::Xtr][which % 3];
        let spent = self.stage.shop.spend(&self.buyer, (quote, currency), self.stage.now()).await;
        self.told(spent, |(_, payment)| payment.id.to_string())
    }

    /// Payments of which money came, as the buyer's history tells them.
    pub async fn settled(&self) -> Vec<PaymentId> {
        let events = self.stage.store().events(self.stage.buyer, 200).await.unwrap_or_default();
        let paid = events.into_iter().rev().filter_map(|event| match event.kind {
            EventKind::Credited { payment, .. }
            | EventKind::ToppedUp { payment, .. }
            | EventKind::PaymentHeld { payment, .. } => Some(payment),
            _ => None,
        });
        paid.collect()
    }

    pub async fn refund(
        &self,
        which: usize,
        part: u8,
        (to_balance, time): (bool, usize),
        make: bool,
    ) -> String {
        let paid = self.settled().await;
        let Some(id) = paid.get(which % paid.len().max(1)).copied() else {
            return "nothing paid".to_owned();
        };
        self.notes().refunds = true;
        let Ok(refundable) = self.stage.shop.refundable(id).await else {
            return "the table fails".to_owned();
        };
        let left = refundable.payment.refundable();
        let amount = Money::new((left.minor * i64::from(part) / 10).max(1), left.currency);
        let target = if to_balance { Target::Balance } else { Target::Payer };
        let wanted = (amount, target, TimePolicy::ALL[time % 3]);
        let asked = self
            .stage
            .shop
            .request_refund(OPERATOR, (id, refundable.payment.version), wanted, self.stage.now())
            .await;
        match asked {
            Ok(payment) if make && target == Target::Payer => self.make_refund(payment).await,
            asked => self.told(asked, |payment| format!("{id} {} of {}", amount, payment.state)),
        }
    }

    /// Sends the money back as it is written down.
    pub async fn make_refund(&self, payment: Payment) -> String {
        if payment.provider == Provider::Stars {
            return self.send_stars_back(&payment).await;
        }
        let made = self.stage.shop.make_refund(payment, self.stage.now()).await;
        self.told(made, |payment| format!("{} {}", payment.id, payment.state))
    }

    /// As the bot does: Telegram's own answer is the report.
    async fn send_stars_back(&self, payment: &Payment) -> String {
        let (stage, now) = (self.stage, self.stage.now());
        let (Some(open), Some(charge)) = (&payment.refund, &payment.external_id) else {
            return "no refund is open".to_owned();
        };
        let order = RefundOrder {
            payment,
            amount: open.amount,
            key: payment.refund_key(open.no),
            external_id: None,
            description: String::new(),
        };
        let refusal = self.notes().stars.send_back(payment.user, charge);
        let Ok(answer) = stars::answered(&order, refusal, false) else { return "not whole".to_owned() };
        let done = shop::confirm::confirm(stage.store(), &answer, stage.rules(), now).await;
        self.told(done, |_| format!("{} sent back", payment.id))
    }

    pub async fn release(&self, which: usize, as_ordered: bool) -> String {
        let paid = self.settled().await;
        let Some(id) = paid.get(which % paid.len().max(1)).copied() else {
            return "nothing paid".to_owned();
        };
        let how = if as_ordered { Release::AsOrdered } else { Release::ToBalance };
        let released: Result<(), ShopError> =
            self.stage.shop.release(OPERATOR, id, how, self.stage.now()).await;
        self.told(released, |()| format!("{id} released"))
    }

    pub async fn renewal(&self, which: u8) -> String {
        self.notes().saves = true;
        let (shop, now) = (&self.stage.shop, self.stage.now());
        let changed = match which {
            0 | 1 => shop.set_renewal(&self.buyer, SubscriptionNo::FIRST, which == 0, now).await,
            _ => {
                let saved = self.stage.store().user_state(self.stage.buyer).await;
                let method = saved.ok().and_then(|state| state.methods().first().map(|method| method.id));
                let Some(method) = method else { return "no method".to_owned() };
                shop.remove_method(&self.buyer, method, now).await
            }
        };
        self.told(changed, |_| "changed".to_owned())
    }

    pub async fn fate(&self, fate: Fate) -> String {
        let tills = &self.stage.market.tills;
        match fate {
            Fate::Waits => {
                tills.yookassa.next_refund(RefundFate::Waits);
                tills.stripe.slow_refunds(true);
                tills.paypal.slow_refunds(true);
                tills.wata.delay_refunds();
                tills.tribute.next_refund(tribute::RefundFate::Waits);
            }
            Fate::Arrives => self.settle_refunds(true).await,
            Fate::Fails => {
                tills.yookassa.next_refund(RefundFate::Fails("insufficient_funds".to_owned()));
                tills.tribute.next_refund(tribute::RefundFate::Fails);
                self.settle_refunds(false).await;
            }
            Fate::Declines => {
                tills.robokassa.decline_charges(true);
                for method in tills.yookassa.methods().iter().skip(self.notes().methods_before) {
                    drop(tills.yookassa.decline_method(method, "insufficient_funds"));
                }
            }
            Fate::Revoked => {
                for method in tills.yookassa.methods().iter().skip(self.notes().methods_before) {
                    drop(tills.yookassa.revoke_method(method));
                }
            }
        }
        String::new()
    }

    /// Refunds that wait come to their end at the provider.
    pub async fn settle_refunds(&self, arrive: bool) {
        let tills = &self.stage.market.tills;
        for id in self.settled().await {
            let Ok(Some(payment)) = self.stage.store().payment(id).await else { continue };
            let Some(refund) = payment.refund.and_then(|refund| refund.external_id) else { continue };
            // What is not possible there has happened already.
            match payment.provider {
                Provider::Yookassa => {
                    let fate =
                        if arrive { RefundFate::Succeeds } else { RefundFate::Fails("rejected".to_owned()) };
                    drop(tills.yookassa.settle_refund(&refund, fate));
                }
                Provider::Stripe => drop(tills.stripe.settle_refund(&refund, arrive)),
                Provider::Paypal => drop(tills.paypal.settle_refund(&refund, arrive)),
                Provider::Tribute if arrive => {
                    drop(payment.external_id.map(|order| tills.tribute.finish_refund(&order)));
                }
                _ => {}
            }
        }
        tills.wata.settle_refunds(arrive);
        if !arrive {
            tills.robokassa.cancel_refunds();
        }
    }

    /// What was sent back in a cabinet and still waits arrives.
    pub fn settle_cabinets(&self) {
        let tills = &self.stage.market.tills;
        for refund in tills.stripe.refunds() {
            drop(tills.stripe.settle_refund(&refund, true));
        }
        for refund in tills.paypal.refunds() {
            drop(tills.paypal.settle_refund(&refund, true));
        }
    }

    /// From now on refunds and charges go as usual.
    pub fn usual_fates(&self) {
        let tills = &self.stage.market.tills;
        tills.yookassa.next_refund(RefundFate::Succeeds);
        tills.stripe.slow_refunds(false);
        tills.paypal.slow_refunds(false);
        tills.tribute.next_refund(tribute::RefundFate::Completes);
        tills.robokassa.decline_charges(false);
    }
}
