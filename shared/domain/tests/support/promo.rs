//! A shop with one promo code and many people, which commits as strictly as the store does.

use super::{now, paid, registered, rub, terms};
use domain::{
    Activation, Currency, Decision, Event, Payment, Period, Plan, Promo, Promotion, Provider, Record,
    Subscription, TimePolicy, UserId, UserState,
    checkout::{self, Choice},
    credit::{self, Rules, Verdict},
    promo::{self, Offered, Outcome},
};
use jiff::{Timestamp, tz::TimeZone};

const RULES: Rules = Rules { live: true, refund: TimePolicy::Keep, dispute: TimePolicy::Keep };

pub fn promo(order: &str) -> Promo {
    let words: Vec<&str> = order.split_whitespace().collect();
    let made = Promo::draft(&words, &TimeZone::UTC, now()).expect("an order that makes sense");
    Promo { version: 1, ..made }
}

/// A shop with one code and many people.
pub struct Shop {
    pub promo: Promo,
    pub people: Vec<(UserState, Option<Activation>)>,
    pub payments: Vec<Payment>,
    pub events: Vec<Event>,
    pub now: Timestamp,
}

impl Shop {
    pub fn new(order: &str, people: i64) -> Self {
        let person = |index| {
            let mut state = registered();
            state.user.as_mut().unwrap().id = UserId(100 + index);
            (state, None)
        };
        let people = (0..people).map(person).collect();
        Self { promo: promo(order), people, payments: Vec::new(), events: Vec::new(), now: now() }
    }

    pub fn promotion(&self, index: usize) -> Promotion {
        Promotion { promo: self.promo.clone(), activation: self.people[index].1.clone() }
    }

    pub fn state(&self, index: usize) -> UserState {
        UserState { promotion: Some(Box::new(self.promotion(index))), ..self.people[index].0.clone() }
    }

    pub fn user(&self, index: usize) -> domain::User {
        self.people[index].0.user.clone().unwrap()
    }

    pub fn subscription(&self, index: usize) -> &Subscription {
        &self.people[index].0.subscriptions[0]
    }

    /// As strict about versions as the store is.
    pub fn commit(&mut self, index: usize, decision: &Decision) {
        for record in &decision.records {
            match record {
                Record::Promo(changed) => {
                    assert_eq!(changed.version, self.promo.version);
                    self.promo = Promo { version: changed.version + 1, ..changed.clone() };
                }
                Record::Activation(used) => {
                    let known = self.people[index].1.as_ref().map_or(0, |known| known.version);
                    assert_eq!(used.version, known);
                    self.people[index].1 = Some(Activation { version: known + 1, ..used.clone() });
                }
                Record::Payment(payment) => {
                    let stored = Payment { version: payment.version + 1, ..payment.clone() };
                    self.payments.retain(|known| known.id != payment.id);
                    self.payments.push(stored);
                }
                _ => {}
            }
        }
        self.people[index].0 = std::mem::take(&mut self.people[index].0).after(decision);
        for event in &decision.events {
            assert!(
                self.events.iter().all(|known| known.id != event.id),
                "two events share an id: {event:?}"
            );
        }
        self.events.extend(decision.events.iter().cloned());
    }

    pub fn enter(&mut self, index: usize) -> Outcome {
        let (trial, month) = (terms("trial", Period::Days(3)), terms("m1", Period::Months(1)));
        let offered = Offered { trial: Some(&trial), plan: Some(&month) };
        let known = self.promotion(index);
        let (outcome, decision) =
            promo::enter(&self.people[index].0, Some(&known), offered, self.now).unwrap();
        self.commit(index, &decision);
        outcome
    }

    pub fn freeze(&mut self, index: usize, plan: &Plan) -> domain::Quote {
        let floors = [rub(1_000)];
        let (quote, decision) =
            checkout::freeze(&self.state(index), plan, Choice::default(), &floors, self.now).unwrap();
        self.commit(index, &decision);
        quote
    }

    /// Opens the payment of the open offer; `None` if it is not open.
    pub fn open(&mut self, index: usize) -> Option<Payment> {
        let state = self.state(index);
        let quote = state.quote.as_ref()?.id;
        let draft = checkout::payment(&state, quote, (Provider::Yookassa, Currency::Rub), self.now).ok()?;
        if self.payments.iter().all(|known| known.id != draft.id) {
            let opened = checkout::Opened { external_id: Some(draft.id.to_string()), pay_url: None };
            let (_, decision) = checkout::opened(&draft, opened, self.now);
            self.commit(index, &decision);
        }
        Some(draft)
    }

    pub fn pay(&mut self, id: domain::PaymentId) -> Verdict {
        let payment = self.payments.iter().find(|payment| payment.id == id).unwrap().clone();
        let index = usize::try_from(payment.user.0 - 100).unwrap();
        let report = paid(&id.to_string(), payment.amount.minor);
        let (verdict, decision) = credit::report(&self.state(index), &payment, &report, RULES, self.now);
        self.commit(index, &decision);
        verdict
    }

    pub fn count(&self, name: &str) -> usize {
        self.events.iter().filter(|event| event.kind.name() == name).count()
    }
}
