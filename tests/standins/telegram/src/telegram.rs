//! The handle on a running stand-in, and the way of a call through it.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::conform::check;
use crate::failure::Failure;
use crate::fault::{self, Fault, FaultKind};
use crate::log::{Call, Via};
use crate::methods::{self, Done, Outcome};
use crate::params::Input;
use crate::spec::{Lookup, Spec};
use crate::state::State;

/// Where the stand-in takes the time from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The bot the stand-in plays the server for.
#[derive(Clone)]
pub struct TelegramConfig {
    /// `<bot id>:<secret>`, as BotFather gives it.
    pub token: String,
    /// Without the `@`.
    pub bot_username: String,
    /// The number before the colon of the token.
    pub bot_id: i64,
}

/// A Bot API server in this process. Clones share one state.
#[derive(Clone)]
pub struct Telegram {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    clock: Clock,
    /// Something happened that a waiting `getUpdates` may have to notice.
    changed: Notify,
}

/// An HTTP answer of the Bot API.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// HTTP status, equal to `error_code` of a failure.
    pub status: u16,
    /// `{"ok":…}`.
    pub body: Value,
}

impl Answer {
    /// `result`, if the call was accepted.
    pub fn result(&self) -> Option<&Value> {
        self.body.get("result")
    }

    /// `description`, empty if there is none.
    pub fn description(&self) -> &str {
        self.body.get("description").and_then(Value::as_str).unwrap_or_default()
    }

    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Err(failure) => Self { status: failure.code, body: failure.to_json() },
            Ok(Done { result, description }) => {
                let mut body = json!({ "ok": true, "result": result });
                if let Some(description) = description {
                    body["description"] = (*description).into();
                }
                Self { status: 200, body }
            }
        }
    }
}

/// How a call came, and how much it may disturb the log.
struct Arrival<'a> {
    method: &'a str,
    params: Value,
    via: Via,
}

impl Telegram {
    /// A server that knows one bot and nobody else.
    pub fn new(config: TelegramConfig, clock: Clock) -> Self {
        let state = Mutex::new(State::new(config, clock()));
        Self { inner: Arc::new(Inner { state, clock, changed: Notify::new() }) }
    }

    /// Looks at the state as of now.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let now = (self.inner.clock)();
        let mut state = self.inner.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now = now;
        work(&mut state)
    }

    /// Changes the state, then wakes whoever waits for updates.
    pub(crate) fn act<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let result = self.with(work);
        self.inner.changed.notify_waiters();
        result
    }

    /// Lets something go wrong once for a call over HTTP; several faults are used up in order.
    pub fn fail_next(&self, fault: Fault) {
        self.with(|state| state.faults.push(fault));
    }

    /// Makes a call without HTTP; `params` is what the JSON body would be. `getUpdates` does not wait.
    pub fn call(&self, method: &str, params: Value) -> Answer {
        let input = match params {
            Value::Object(json) => Ok(Input { json, ..Input::default() }),
            _ => Err(Failure::bad("JSON object expected")),
        };
        self.call_with(method, input, Via::Http).1
    }

    /// Runs a call and writes it down; faults and waiting are left to the caller.
    fn call_with(&self, method: &str, input: Result<Input, Failure>, via: Via) -> (usize, Answer) {
        let params = input.as_ref().map(Input::to_log).unwrap_or_default();
        let outcome = self.act(|state| execute(state, method, input?));
        self.write_down(Arrival { method, params, via }, &outcome)
    }

    fn write_down(&self, arrival: Arrival<'_>, outcome: &Outcome) -> (usize, Answer) {
        let answer = Answer::of(outcome);
        let method = match Spec::get().method(arrival.method) {
            Lookup::Described(name, _) | Lookup::Known(name) => name,
            Lookup::Unknown => arrival.method,
        };
        let Answer { status, body } = answer.clone();
        let (via, params, method) = (arrival.via, arrival.params, method.to_owned());
        let number = self.with(|state| {
            let call = Call { number: 0, at: state.now, method, via, params, status, answer: body };
            state.log.add(call, outcome.as_ref().err());
            state.log.calls.len()
        });
        (number, answer)
    }

    /// A call that came over HTTP.
    pub(crate) async fn call_http(&self, method: &str, input: Result<Input, Failure>) -> Answer {
        let params = input.as_ref().map(Input::to_log).unwrap_or_default();
        let arrival = Arrival { method, params, via: Via::Http };
        match self.with(|state| fault::next(&mut state.faults, method)) {
            Some(FaultKind::TooManyRequests { retry_after }) => {
                self.write_down(arrival, &Err(Failure::too_many_requests(retry_after))).1
            }
            Some(FaultKind::BadGateway) => self.write_down(arrival, &Err(Failure::bad_gateway())).1,
            Some(FaultKind::AnswerLost) => {
                self.call_with(method, input, Via::Http);
                Answer::of(&Err(Failure::bad_gateway()))
            }
            None if method.eq_ignore_ascii_case("getUpdates") => self.long_poll(arrival, input).await,
            None => self.call_with(method, input, Via::Http).1,
        }
    }

    /// `getUpdates`: waits for up to `timeout` seconds. Empty answers are not written down.
    async fn long_poll(&self, arrival: Arrival<'_>, input: Result<Input, Failure>) -> Answer {
        let outcome = match input {
            Err(failure) => Err(failure),
            Ok(input) => self.poll(input).await,
        };
        match &outcome {
            Ok(done) if done.result.as_array().is_some_and(Vec::is_empty) => Answer::of(&outcome),
            _ => self.write_down(arrival, &outcome).1,
        }
    }

    async fn poll(&self, input: Input) -> Outcome {
        let Lookup::Described(name, shape) = Spec::get().method("getUpdates") else {
            return Err(Failure::not_found());
        };
        let params = input.check(name, shape)?;
        let seconds = u64::try_from(params.int("timeout").unwrap_or(0).clamp(0, 50)).unwrap_or(0);
        let deadline = Instant::now() + Duration::from_secs(seconds);
        let mut webhook_was_set = self.with(|state| state.webhook.is_some());
        // A newer request ends the older one.
        let own = self.act(|state| {
            state.polls += 1;
            state.polls
        });
        loop {
            let mut changed = pin!(self.inner.changed.notified());
            changed.as_mut().enable();
            let done = self.with(|state| match (state.polls == own, state.webhook.is_some()) {
                (false, _) => Err(Failure::conflict(
                    "terminated by other getUpdates request; make sure that only one bot instance is running",
                )),
                (true, true) if !webhook_was_set => {
                    Err(Failure::conflict("terminated by setWebhook request"))
                }
                _ => methods::run(state, name, &params),
            })?;
            webhook_was_set = false;
            let is_empty = done.result.as_array().is_some_and(Vec::is_empty);
            if !is_empty || timeout_at(deadline, changed).await.is_err() {
                return Ok(done);
            }
        }
    }

    /// Waits until there is an update nobody is delivering.
    pub async fn update_ready(&self) {
        loop {
            let mut changed = pin!(self.inner.changed.notified());
            changed.as_mut().enable();
            if self.with(|state| state.queue.has_untaken()) {
                return;
            }
            changed.await;
        }
    }

    /// Carries out the method in the body of an answer to a webhook, as the server does after a 2xx.
    ///
    /// Answers the call as logged, with an outcome the bot cannot see; `None` if the body names no method.
    pub fn webhook_reply(&self, body: Value) -> Option<Call> {
        let Value::Object(mut json) = body else { return None };
        let method = json.remove("method")?.as_str()?.to_owned();
        self.reply(&method, Input { json, ..Input::default() })
    }

    /// Same for a body as it came, which may also be a form or, with files, multipart.
    pub async fn webhook_reply_raw(&self, content_type: Option<&str>, body: Vec<u8>) -> Option<Call> {
        let mut input = crate::body::from_parts(content_type, body).await.ok()?;
        let in_text =
            input.text.iter().position(|(name, _)| name == "method").map(|at| input.text.remove(at).1);
        let method = in_text.or_else(|| Some(input.json.remove("method")?.as_str()?.to_owned()))?;
        self.reply(&method, input)
    }

    fn reply(&self, method: &str, input: Input) -> Option<Call> {
        if method.is_empty() {
            return None;
        }
        let lower = method.to_ascii_lowercase();
        let ignored = lower.starts_with("get")
            || ["setwebhook", "deletewebhook", "close", "logout"].contains(&lower.as_str());
        let input = if ignored {
            Err(Failure::strict(format_args!("the server ignores {method} in an answer to a webhook")))
        } else {
            Ok(input)
        };
        let (number, _) = self.call_with(method, input, Via::WebhookReply);
        self.with(|state| state.log.calls.get(number - 1).cloned())
    }

    /// Whether this is the bot's token; the failure if not.
    pub(crate) fn check_token(&self, token: &str) -> Result<(), Failure> {
        let well_formed =
            token.split_once(':').is_some_and(|(id, secret)| id.parse::<i64>().is_ok() && !secret.is_empty());
        if self.with(|state| state.config.token == token) {
            Ok(())
        } else {
            Err(Failure::unauthorized(well_formed))
        }
    }
}

fn execute(state: &mut State, method: &str, input: Input) -> Outcome {
    match Spec::get().method(method) {
        Lookup::Described(name, shape) => {
            let done = methods::run(state, name, &input.check(name, shape)?)?;
            check(&shape.returns, &done.result, name)
                .map_err(|failure| Failure::defect(failure.description))?;
            Ok(done)
        }
        Lookup::Known(name) => Err(Failure::not_carried_out(format_args!("the method {name}"))),
        Lookup::Unknown => Err(Failure::not_found()),
    }
}
