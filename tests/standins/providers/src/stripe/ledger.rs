//! What Stripe remembers, and what happens to it. Time is given, never read.

use super::object::event;
use crate::NotPossible;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

/// How long a slow bank takes: longer than the shop waits.
const SLOW: SignedDuration = SignedDuration::from_mins(65);

#[derive(Default)]
pub(super) struct Ledger {
    pub public_base: String,
    pub livemode: bool,
    pub sessions: Vec<Session>,
    pub intents: Vec<Intent>,
    pub methods: Vec<Method>,
    pub refunds: Vec<Refund>,
    pub disputes: Vec<Dispute>,
    /// New refunds stay pending until they are settled by hand.
    pub slow_refunds: bool,
    /// Events to be sent, in order.
    pub events: Vec<Value>,
    /// Events ever made.
    pub made: usize,
}

pub(super) struct Session {
    pub id: String,
    /// Minor units; nothing if only a method is saved.
    pub minor: i64,
    pub currency: String,
    pub description: String,
    pub client_reference_id: Option<String>,
    pub metadata: Map<String, Value>,
    pub intent_metadata: Map<String, Value>,
    pub success_url: String,
    pub cancel_url: String,
    pub locale: String,
    pub email: Option<String>,
    pub customer_creation: &'static str,
    pub customer: Option<String>,
    pub created: Timestamp,
    pub expires_at: i64,
    /// `open`, `complete` or `expired`.
    pub status: &'static str,
    /// `paid`, `unpaid` or `no_payment_required`.
    pub payment_status: &'static str,
    /// `payment` or `setup`.
    pub mode: &'static str,
    /// The method is kept for charges without the buyer.
    pub keeps: bool,
    pub intent: Option<usize>,
    /// The method that a session of mode `setup` saved.
    pub method: Option<usize>,
}

pub(super) struct Intent {
    pub id: String,
    pub minor: i64,
    pub currency: String,
    pub description: String,
    pub metadata: Map<String, Value>,
    pub created: Timestamp,
    pub status: &'static str,
    pub customer: Option<String>,
    pub method: Option<usize>,
    pub keeps: bool,
    pub charge: Option<Charge>,
    /// The code of the last failure.
    pub error: Option<String>,
    /// When slow money arrives.
    pub due: Option<Timestamp>,
}

pub(super) struct Charge {
    pub id: String,
    pub refunded: i64,
    pub disputed: bool,
}

pub(super) struct Method {
    pub id: String,
    pub customer: Option<String>,
    /// Charges of it fail with this code.
    pub declines: Option<String>,
}

pub(super) struct Refund {
    pub id: String,
    pub intent: usize,
    pub minor: i64,
    pub status: &'static str,
    pub metadata: Map<String, Value>,
    pub created: Timestamp,
}

pub(super) struct Dispute {
    pub id: String,
    pub intent: usize,
    pub status: &'static str,
    pub created: Timestamp,
}

/// An id of Stripe's look.
pub(super) fn id(prefix: &str, number: usize) -> String {
    format!("{prefix}_3Stand{:015}In", number + 1)
}

impl Ledger {
    pub fn session(&self, id: &str) -> Option<usize> {
        self.sessions.iter().position(|session| session.id == id)
    }

    pub fn intent(&self, id: &str) -> Option<usize> {
        self.intents.iter().position(|intent| intent.id == id)
    }

    /// Sessions nobody used in time expire; slow money arrives.
    pub fn pass(&mut self, now: Timestamp) {
        for index in 0..self.sessions.len() {
            if self.sessions[index].status == "open" && now.as_second() >= self.sessions[index].expires_at {
                self.expire(index, now);
            }
        }
        for index in 0..self.intents.len() {
            if self.intents[index].due.is_some_and(|due| due <= now) {
                self.arrive(index);
                self.tell_intent("payment_intent.succeeded", index, now);
                if let Some(session) = self.sessions.iter().position(|session| session.intent == Some(index))
                {
                    self.sessions[session].payment_status = "paid";
                    self.tell_session("checkout.session.async_payment_succeeded", session, now);
                }
            }
        }
    }

    /// The buyer pays on the page, at once or slowly.
    pub fn pay(&mut self, index: usize, slowly: bool, now: Timestamp) -> Result<(), NotPossible> {
        let session = &self.sessions[index];
        if session.status != "open" {
            return Err(NotPossible::State(session.status.to_owned()));
        }
        let customer = (session.customer_creation == "always").then(|| id("cus", index));
        let method = self.new_method(if session.keeps { customer.clone() } else { None });
        self.sessions[index].customer = customer;
        self.sessions[index].status = "complete";
        if self.sessions[index].mode == "setup" {
            self.sessions[index].method = Some(method);
            self.sessions[index].payment_status = "no_payment_required";
            self.tell_session("checkout.session.completed", index, now);
            return Ok(());
        }
        let intent = self.intents.len();
        let session = &mut self.sessions[index];
        session.intent = Some(intent);
        self.intents.push(Intent {
            id: id("pi", intent),
            minor: session.minor,
            currency: session.currency.clone(),
            description: session.description.clone(),
            metadata: session.intent_metadata.clone(),
            created: now,
            status: "processing",
            customer: session.customer.clone(),
            method: Some(method),
            keeps: session.keeps,
            charge: None,
            error: None,
            due: slowly.then(|| now.checked_add(SLOW).unwrap_or(now)),
        });
        if !slowly {
            session.payment_status = "paid";
            self.arrive(intent);
            self.tell_intent("payment_intent.succeeded", intent, now);
        }
        self.tell_session("checkout.session.completed", index, now);
        Ok(())
    }

    /// The merchant closes the page, or the slow bank declines.
    pub fn cancel(&mut self, index: usize, now: Timestamp) -> Result<(), NotPossible> {
        let session = &self.sessions[index];
        match (session.status, session.intent) {
            ("open", _) => self.expire(index, now),
            ("complete", Some(intent)) if self.intents[intent].status == "processing" => {
                self.fail(intent, "generic_decline", now);
                self.tell_session("checkout.session.async_payment_failed", index, now);
            }
            (status, _) => return Err(NotPossible::State(status.to_owned())),
        }
        Ok(())
    }

    fn expire(&mut self, index: usize, now: Timestamp) {
        self.sessions[index].status = "expired";
        self.tell_session("checkout.session.expired", index, now);
    }

    /// The money of an intent comes.
    pub fn arrive(&mut self, index: usize) {
        let intent = &mut self.intents[index];
        intent.status = "succeeded";
        intent.due = None;
        intent.error = None;
        intent.charge = Some(Charge { id: id("ch", index), refunded: 0, disputed: false });
    }

    pub fn fail(&mut self, index: usize, code: &str, now: Timestamp) {
        let intent = &mut self.intents[index];
        intent.status = "requires_payment_method";
        intent.due = None;
        intent.error = Some(code.to_owned());
        self.tell_intent("payment_intent.payment_failed", index, now);
    }

    fn new_method(&mut self, customer: Option<String>) -> usize {
        let index = self.methods.len();
        self.methods.push(Method { id: id("pm", index), customer, declines: None });
        index
    }

    /// Money goes back; which refund it is.
    pub fn refund(
        &mut self,
        index: usize,
        minor: i64,
        metadata: Map<String, Value>,
        now: Timestamp,
    ) -> Result<usize, NotPossible> {
        let intent = &mut self.intents[index];
        let status = intent.status;
        let charge = intent.charge.as_mut().ok_or_else(|| NotPossible::State(status.to_owned()))?;
        if minor < 1 || minor > intent.minor - charge.refunded {
            return Err(NotPossible::Amount);
        }
        charge.refunded += minor;
        let number = self.refunds.len();
        let status = if self.slow_refunds { "pending" } else { "succeeded" };
        self.refunds.push(Refund {
            id: id("re", number),
            intent: index,
            minor,
            status,
            metadata,
            created: now,
        });
        self.tell("charge.refunded", &self.charge_json(index), now);
        self.tell("refund.created", &self.refund_json(number, &[]), now);
        Ok(number)
    }

    /// A pending refund arrives, or does not.
    pub fn settle_refund(&mut self, id: &str, arrives: bool, now: Timestamp) -> Result<(), NotPossible> {
        let number = self.refunds.iter().position(|refund| refund.id == id).ok_or(NotPossible::Unknown)?;
        let refund = &mut self.refunds[number];
        if refund.status == "failed" || (arrives && refund.status != "pending") {
            return Err(NotPossible::State(refund.status.to_owned()));
        }
        refund.status = if arrives { "succeeded" } else { "failed" };
        let (intent, minor) = (refund.intent, refund.minor);
        if !arrives {
            if let Some(charge) = &mut self.intents[intent].charge {
                charge.refunded -= minor;
            }
            self.tell("refund.failed", &self.refund_json(number, &[]), now);
        }
        self.tell("refund.updated", &self.refund_json(number, &[]), now);
        Ok(())
    }

    pub fn dispute(&mut self, index: usize, now: Timestamp) -> Result<(), NotPossible> {
        let intent = &mut self.intents[index];
        let status = intent.status;
        let charge = intent.charge.as_mut().ok_or_else(|| NotPossible::State(status.to_owned()))?;
        if charge.disputed {
            return Err(NotPossible::State("disputed".to_owned()));
        }
        charge.disputed = true;
        let number = self.disputes.len();
        self.disputes.push(Dispute {
            id: id("dp", number),
            intent: index,
            status: "needs_response",
            created: now,
        });
        self.tell("charge.dispute.created", &self.dispute_json(number), now);
        Ok(())
    }

    /// Says something of a session to the shop's webhook.
    fn tell_session(&mut self, kind: &str, index: usize, now: Timestamp) {
        self.tell(kind, &self.session_json(index, &[]), now);
    }

    pub fn tell_intent(&mut self, kind: &str, index: usize, now: Timestamp) {
        self.tell(kind, &self.intent_json(index, &[]), now);
    }

    fn tell(&mut self, kind: &str, object: &Value, now: Timestamp) {
        self.events.push(event(self.made, kind, object, self.livemode, now));
        self.made += 1;
    }
}
