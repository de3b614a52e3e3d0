//! A buyer's life in one schedule: carries out the steps, and remembers what an honest witness would.

use crate::{
    cases::Case,
    mail::Letter,
    plan::{Fault, Step},
    stage::Stage,
    stars::StarTill,
};
use domain::{Person, PlanId, Provider, Quote, UserId, checkout::Choice, registration::StartLink};
use futures::future::{BoxFuture, join_all};
use jiff::SignedDuration;
use payments::GatewayError;
use sandbox::{
    calls::Target,
    faults::{Answer, Effect, Loss, Rule, When},
};
use shop::ShopError;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
};
use store::StoreError;

/// Somebody who has nothing to do with the buyer.
pub const STRANGER: UserId = UserId(666);
/// Who refunds and releases.
pub const OPERATOR: UserId = UserId(1);

pub struct Life<'s> {
    pub stage: &'s Stage<'s>,
    pub case: Case,
    pub buyer: Person,
    notes: Mutex<Notes>,
}

/// What was seen.
#[derive(Default)]
pub struct Notes {
    pub story: Vec<String>,
    /// What broke a rule on the way.
    pub wrong: Vec<String>,
    pub quotes: Vec<Quote>,
    /// Payments that the buyer was shown, in order.
    pub payments: Vec<domain::Payment>,
    /// Of whom something was wanted.
    pub providers: BTreeSet<Provider>,
    pub stars: StarTill,
    /// Pages of Tribute's that the buyer opened.
    pub pages: Vec<String>,
    pub visited: BTreeSet<String>,
    pub mail: Vec<Letter>,
    /// What arrived and was accepted.
    pub old: Vec<Letter>,
    /// Calls went wrong at some time.
    pub faulty: bool,
    /// Sent back in a cabinet that tells nobody, by order.
    pub untold: BTreeMap<(Provider, String), i64>,
    /// What was paid, by order.
    pub charges: BTreeMap<(Provider, String), Charges>,
    /// The buyer may have agreed to be charged again.
    pub saves: bool,
    /// An operator asked for a refund.
    pub refunds: bool,
    /// Saved methods that were there before.
    pub methods_before: usize,
}

/// The payments of one order at the provider.
#[derive(Debug, Default, Clone, Copy)]
pub struct Charges {
    pub all: usize,
    /// How much was paid without a notification.
    pub silent: i64,
}

pub fn person(id: UserId) -> Person {
    Person { id, first_name: "Anna".to_owned(), username: None, language_tag: Some("en".to_owned()) }
}

impl<'s> Life<'s> {
    pub fn new(stage: &'s Stage<'s>) -> Self {
        let case = stage.market.case;
        let notes = Notes { methods_before: stage.market.tills.yookassa.methods().len(), ..Notes::default() };
        let life = Self { stage, case, buyer: person(stage.buyer), notes: Mutex::new(notes) };
        life.notes().providers.insert(case.provider());
        life
    }

    pub fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap()
    }

    /// Carries out `steps`, one after the other.
    pub async fn live(&self, steps: &[Step]) {
        self.stage.shop.enter(&self.buyer, &StartLink::Plain, self.stage.now()).await.unwrap();
        for step in steps {
            self.stage.market.clock.advance(SignedDuration::from_millis(7));
            let came = self.step(step).await;
            let line = format!("{} {step:?}: {came}", self.stage.now());
            self.notes().story.push(line);
        }
    }

    fn step<'a>(&'a self, step: &'a Step) -> BoxFuture<'a, String> {
        Box::pin(async move {
            match step {
                Step::Choose { plan, use_balance, save } => self.choose(*plan, *use_balance, *save).await,
                Step::TopUp(which) => self.top_up(*which).await,
                Step::Open(other) => self.open(*other).await,
                Step::Subscribe(which) => self.subscribe(*which).await,
                Step::Act(which, deed) => self.act(*which, *deed).await,
                Step::Deliver { one, shuffle, times } => self.deliver(*one, *shuffle, *times).await,
                Step::Repeat(which) => self.repeat(*which).await,
                Step::Check(which) => self.check(*which).await,
                Step::Return(which) => self.come_back(*which).await,
                Step::Sweep => self.sweep().await,
                Step::Wait(minutes) => {
                    self.stage.market.clock.advance(SignedDuration::from_mins(*minutes));
                    String::new()
                }
                Step::Month => self.month().await,
                Step::Fault { fault, call, operation } => self.fault(*fault, *call, *operation),
                Step::LoseWrites(count) => self.trouble(|memory| memory.lose_answers(*count)),
                Step::CrossWrites(count) => self.trouble(|memory| memory.cross(*count)),
                Step::Calm => self.calm(),
                Step::Spend(which) => self.spend(*which).await,
                Step::Refund { payment, part, to_balance, time, make } => {
                    self.refund(*payment, *part, (*to_balance, *time), *make).await
                }
                Step::Release { payment, as_ordered } => self.release(*payment, *as_ordered).await,
                Step::Fate(fate) => self.fate(*fate).await,
                Step::Renewal(which) => self.renewal(*which).await,
                Step::Stranger(way, which) => self.stranger(*way, *which).await,
                Step::Together(steps) => {
                    let together = steps.iter().map(|step| self.step(step));
                    join_all(together).await.join("; ")
                }
            }
        })
    }

    /// Says what came of it; a failure that no trouble explains is noted.
    pub fn told<T>(&self, done: Result<T, ShopError>, say: impl Fn(&T) -> String) -> String {
        let error = match done {
            Ok(value) => return say(&value),
            Err(error) => error,
        };
        let text = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source())
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ");
        let faulty = self.notes().faulty;
        let unexplained = match &error {
            ShopError::Store(StoreError::Defect(_)) => true,
            ShopError::Store(StoreError::Unavailable(_))
            | ShopError::Provider(GatewayError::Garbage { .. } | GatewayError::Unauthorized) => !faulty,
            ShopError::Provider(_) => text.contains("STRICT"),
            ShopError::Store(StoreError::Contended) | ShopError::Refused(_) => false,
        };
        if unexplained {
            self.notes().wrong.push(format!("unexplained: {text}"));
        }
        text
    }

    async fn choose(&self, plan: usize, use_balance: bool, save_method: bool) -> String {
        let plan: PlanId = ["m1", "m3"][plan % 2].parse().unwrap();
        let choice = Some(Choice { use_balance, save_method });
        self.notes().saves |= save_method;
        let frozen = self.stage.shop.freeze(&self.buyer, (&plan, None), choice, self.stage.now()).await;
        self.frozen(frozen)
    }

    async fn top_up(&self, which: usize) -> String {
        let amounts = &self.stage.shop.settings().top_ups;
        let amount = amounts[which % amounts.len()];
        let frozen = self.stage.shop.freeze_top_up(&self.buyer, amount, self.stage.now()).await;
        self.frozen(frozen)
    }

    fn frozen(&self, frozen: Result<(domain::UserState, Quote), ShopError>) -> String {
        if let Ok((_, quote)) = &frozen {
            let mut notes = self.notes();
            if !notes.quotes.iter().any(|known| known.id == quote.id) {
                notes.quotes.push(quote.clone());
            }
        }
        self.told(frozen, |(_, quote)| quote.id.to_string())
    }

    async fn open(&self, other: Option<usize>) -> String {
        let Some(quote) = self.notes().quotes.last().cloned() else { return "no offer".to_owned() };
        let others = &Provider::ALL[1..];
        let provider = other.map_or(self.case.provider(), |other| others[other % others.len()]);
        self.notes().providers.insert(provider);
        let opened = self.stage.shop.open_payment(&self.buyer, (quote.id, provider), self.stage.now()).await;
        self.opened(opened)
    }

    fn opened(&self, opened: Result<(domain::UserState, domain::Payment), ShopError>) -> String {
        if let Ok((_, payment)) = &opened {
            let mut notes = self.notes();
            if payment.provider == Provider::Stars {
                notes.stars.open(payment.id, payment.amount.minor, payment.recurring);
            }
            if !notes.payments.iter().any(|known| known.id == payment.id) {
                notes.payments.push(payment.clone());
            }
        }
        self.told(opened, |(_, payment)| format!("{} {} {}", payment.id, payment.provider, payment.amount))
    }

    async fn subscribe(&self, which: usize) -> String {
        if self.case == Case::Tribute {
            let item = ["subscription/1644", "product/456"][which % 2];
            let page = self.stage.market.tills.tribute.visit(self.stage.buyer.0, item);
            self.notes().pages.extend(page);
            return item.to_owned();
        }
        let Some(quote) = self.notes().quotes.last().cloned() else { return "no offer".to_owned() };
        self.notes().providers.insert(Provider::Stars);
        let opened = self.stage.shop.open_star_subscription(&self.buyer, quote.id, self.stage.now()).await;
        self.opened(opened)
    }

    fn fault(&self, fault: Fault, call: u32, operation: Option<&'static str>) -> String {
        let providers: Vec<Provider> = self.notes().providers.iter().copied().collect();
        self.notes().faulty = true;
        for provider in providers {
            let target = Target::Provider(provider.name());
            let (when, effect) = match fault {
                Fault::Unauthorized => {
                    let body = serde_json::json!({ "type": "error", "code": "invalid_credentials" });
                    (When::First(call), Effect::Answer(Answer::json(401, &body)))
                }
                Fault::TooMany => (When::First(call), Effect::Answer(Answer::slow_down(target, 1))),
                Fault::Unavailable => (When::First(call), Effect::Answer(Answer::unavailable(target))),
                Fault::BadGateway => {
                    let answer = Answer::json(502, &serde_json::json!("<html>Bad Gateway</html>"));
                    (When::First(call), Effect::Answer(answer))
                }
                Fault::LostRequest => (When::Nth(call), Effect::LoseRequest(Loss::Closed)),
                Fault::LostAnswer => (When::Nth(call), Effect::LoseAnswer(Loss::Closed)),
            };
            let operation = operation.map(str::to_owned);
            self.stage.market.outside.faults.push(Rule { target, operation, when, effect });
        }
        String::new()
    }

    fn trouble(&self, make: impl Fn(&crate::memory::Memory)) -> String {
        self.notes().faulty = true;
        if let Some(memory) = &self.stage.memory {
            make(memory);
        }
        String::new()
    }

    pub fn calm(&self) -> String {
        self.stage.market.outside.faults.clear();
        if let Some(memory) = &self.stage.memory {
            memory.lose_answers(0);
            memory.cross(0);
        }
        String::new()
    }
}
