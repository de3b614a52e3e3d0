//! What goes wrong between the shop and the outside, on a script; and the shop's own death at a chosen call.

use std::fmt;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::calls::Target;
use crate::lock;

/// One line of the script: which calls, when, and what happens to them.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Who is called.
    pub target: Target,
    /// Part of the operation's name as the call log shows it (`TransactWriteItems`, `sendMessage`,
    /// `POST /v3/payments`); `None` for any.
    pub operation: Option<String>,
    /// Which of the matching calls.
    pub when: When,
    /// What happens.
    pub effect: Effect,
}

/// Which of the calls that match a rule it applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// All of them.
    Always,
    /// The n-th since the rule was pushed, starting at 1.
    Nth(u32),
    /// The first n since the rule was pushed.
    First(u32),
    /// Those before this time on the world's clock.
    Until(Timestamp),
}

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The service is not reached; this is answered in its name.
    Answer(Answer),
    /// The request does not reach the service.
    LoseRequest(Loss),
    /// The service does its work, the answer does not arrive.
    LoseAnswer(Loss),
    /// The shop's process dies on this side of the call.
    Die(Moment),
    /// The service does its work, and this is answered instead of what it said.
    Replace(Answer),
    /// The answer takes this long. Nobody waits: the log tells it, and the caller's clock may be moved by it.
    Delay(SignedDuration),
}

/// How the caller learns that nothing will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The connection closes at once.
    Closed,
    /// Nothing ever comes; the caller has to give up by itself, in real time.
    Silent,
}

/// An answer made up by a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Additional headers.
    pub headers: Vec<(String, String)>,
    /// The body; JSON unless a header says otherwise.
    pub body: String,
}

impl Answer {
    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string() }
    }

    /// "Come back in `seconds`", in the words of `target`. AWS services do not say when.
    pub fn slow_down(target: Target, seconds: u32) -> Self {
        match target {
            Target::Telegram => Self::json(
                429,
                &json!({
                    "ok": false, "error_code": 429, "description": format!("Too Many Requests: retry after {seconds}"),
                    "parameters": { "retry_after": seconds },
                }),
            ),
            Target::Dynamodb => {
                let text = "Throughput exceeds the current capacity of your table or index.";
                Self::json(
                    400,
                    &json!({ "__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": text }),
                )
            }
            Target::Sqs => {
                let body = json!({ "__type": "com.amazonaws.sqs#RequestThrottled", "message": "Request is throttled." });
                Self::json(400, &body).with("x-amzn-query-error", "RequestThrottled;Sender")
            }
            Target::Panel | Target::Marzban => {
                Self::json(429, &json!({ "statusCode": 429, "message": "Too Many Requests" }))
                    .with("retry-after", &seconds.to_string())
            }
            Target::Provider(_) => {
                let body = json!({ "type": "error", "code": "too_many_requests", "description": "Too many requests" });
                Self::json(429, &body).with("retry-after", &seconds.to_string())
            }
        }
    }

    /// "Not now", in the words of `target`.
    pub fn unavailable(target: Target) -> Self {
        match target {
            Target::Telegram => Self::json(502, &json!({ "ok": false, "error_code": 502, "description": "Bad Gateway" })),
            Target::Dynamodb | Target::Sqs => Self::json(
                500,
                &json!({ "__type": "com.amazon.coral.service#InternalFailure", "message": "The request processing has failed because of an unknown error." }),
            ),
            // A reverse proxy speaks for a panel that is down.
            Target::Panel | Target::Marzban => Self {
                status: 502,
                headers: vec![("content-type".into(), "text/html".into())],
                body: "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>".into(),
            },
            Target::Provider(_) => {
                let text = "Internal server error";
                Self::json(500, &json!({ "type": "error", "code": "internal_server_error", "description": text }))
            }
        }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(answer) => write!(f, "answered {}", answer.status),
            Self::Die(moment) => write!(f, "death {moment:?} the call"),
            Self::Replace(answer) => write!(f, "answer replaced by {}", answer.status),
            Self::LoseRequest(loss) => write!(f, "request lost ({loss})"),
            Self::LoseAnswer(loss) => write!(f, "answer lost ({loss})"),
            Self::Delay(time) => write!(f, "delayed by {time:#}"),
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Closed) { "connection closed" } else { "silence" })
    }
}

/// Where the shop's process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrashPlan {
    /// At which outgoing call of the run, starting at 1.
    pub call_number: u32,
    /// On which side of it.
    pub moment: Moment,
}

/// A side of an outgoing call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The service never hears of the call.
    Before,
    /// The service has done its work; the shop never learns.
    After,
}

/// The process died at the planned call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the process died at the planned call")]
pub struct Crashed;

/// The script and the crash plan of the world; clones share them.
#[derive(Clone, Debug)]
pub struct Faults {
    inner: Arc<Mutex<Inner>>,
    crashes: watch::Sender<u32>,
}

#[derive(Debug, Default)]
struct Inner {
    rules: Vec<(Rule, u32)>,
    count: u32,
    plan: Option<CrashPlan>,
}

/// What the script says about one call.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub number: u32,
    pub crash: Option<Moment>,
    pub effect: Option<Effect>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { inner: Arc::default(), crashes: watch::Sender::new(0) }
    }
}

impl Faults {
    /// Adds a rule. Of several that apply to a call, the one pushed first wins.
    pub fn push(&self, rule: Rule) {
        lock(&self.inner).rules.push((rule, 0));
    }

    /// Takes all rules and the crash plan away.
    pub fn clear(&self) {
        let mut inner = lock(&self.inner);
        inner.rules.clear();
        inner.plan = None;
    }

    /// Starts to number the calls anew, and to die as planned. A plan is carried out once.
    pub fn begin_run(&self, plan: Option<CrashPlan>) {
        let mut inner = lock(&self.inner);
        inner.count = 0;
        inner.plan = plan;
    }

    /// Calls since [`Faults::begin_run`]: after a run without a plan, the number of calls at which the shop can
    /// die.
    pub fn count(&self) -> u32 {
        lock(&self.inner).count
    }

    pub(crate) fn judge(&self, target: Target, operation: &str, now: Timestamp) -> Verdict {
        let mut inner = lock(&self.inner);
        inner.count += 1;
        let number = inner.count;
        let mut crash = inner.plan.take_if(|plan| plan.call_number == number).map(|plan| plan.moment);
        let mut effect = None;
        for (rule, seen) in &mut inner.rules {
            if rule.target != target || rule.operation.as_ref().is_some_and(|part| !operation.contains(part))
            {
                continue;
            }
            *seen += 1;
            if effect.is_none() && rule.when.covers(*seen, now) {
                effect = Some(rule.effect.clone());
            }
        }
        if let Some(Effect::Die(moment)) = effect {
            crash = crash.or(Some(moment));
        }
        Verdict { number, crash, effect }
    }

    /// Kills whatever runs under [`run_or_crash`].
    pub(crate) fn crash(&self) {
        self.crashes.send_modify(|crashes| *crashes += 1);
    }
}

impl When {
    fn covers(self, seen: u32, now: Timestamp) -> bool {
        match self {
            Self::Always => true,
            Self::Nth(number) => seen == number,
            Self::First(number) => seen <= number,
            Self::Until(time) => now < time,
        }
    }
}

/// Runs a function's future until it is done or the planned call kills it: then the future is dropped where it
/// stands, as the process would be, with everything it held.
///
/// # Errors
/// [`Crashed`], if the plan was carried out.
pub async fn run_or_crash<F: Future>(future: F, faults: &Faults) -> Result<F::Output, Crashed> {
    let mut crashes = faults.crashes.subscribe();
    tokio::select! {
        biased;
        Ok(()) = crashes.changed() => Err(Crashed),
        output = future => Ok(output),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(operation: Option<&str>, when: When, status: u16) -> Rule {
        let effect = Effect::Answer(Answer::json(status, &json!({})));
        Rule { target: Target::Telegram, operation: operation.map(str::to_owned), when, effect }
    }

    fn statuses(faults: &Faults, operation: &str, calls: u32) -> Vec<u16> {
        let judge = |_| match faults.judge(Target::Telegram, operation, Timestamp::UNIX_EPOCH).effect {
            Some(Effect::Answer(answer)) => answer.status,
            _ => 200,
        };
        (0..calls).map(judge).collect()
    }

    #[test]
    fn rules_apply_to_the_calls_they_name() {
        let faults = Faults::default();
        faults.push(rule(Some("sendMessage"), When::Nth(2), 502));
        faults.push(rule(Some("sendMessage"), When::First(3), 429));
        assert_eq!(statuses(&faults, "POST /bot•••/sendPhoto", 2), [200, 200]);
        assert_eq!(statuses(&faults, "POST /bot•••/sendMessage", 5), [429, 502, 429, 200, 200]);
        assert!(faults.judge(Target::Panel, "POST /sendMessage", Timestamp::UNIX_EPOCH).effect.is_none());
        faults.push(rule(None, When::Always, 500));
        assert_eq!(statuses(&faults, "GET /anything", 2), [500, 500]);
        faults.clear();
        assert_eq!(statuses(&faults, "GET /anything", 1), [200]);
    }

    #[test]
    fn a_rule_may_end_at_a_time() {
        let faults = Faults::default();
        let end = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
        faults.push(rule(None, When::Until(end), 503));
        let hit = |now| faults.judge(Target::Telegram, "GET /", now).effect.is_some();
        assert!(hit(end - SignedDuration::from_secs(1)));
        assert!(!hit(end));
    }

    #[tokio::test]
    async fn a_plan_is_carried_out_once_at_its_call() {
        let faults = Faults::default();
        faults.begin_run(Some(CrashPlan { call_number: 2, moment: Moment::After }));
        let crash = |faults: &Faults| faults.judge(Target::Sqs, "SendMessage", Timestamp::UNIX_EPOCH).crash;
        assert_eq!([crash(&faults), crash(&faults), crash(&faults)], [None, Some(Moment::After), None]);
        assert_eq!(faults.count(), 3);
        faults.begin_run(None);
        assert_eq!(faults.count(), 0);
    }

    #[tokio::test]
    async fn a_crash_drops_what_runs_and_nothing_later() {
        let faults = Faults::default();
        let (guard, mut dropped) = tokio::sync::oneshot::channel::<()>();
        let running = run_or_crash(
            async {
                let _guard = guard;
                std::future::pending::<()>().await;
            },
            &faults,
        );
        let killer = async {
            tokio::task::yield_now().await;
            faults.crash();
        };
        let (result, ()) = tokio::join!(running, killer);
        assert_eq!(result, Err(Crashed));
        assert!(matches!(dropped.try_recv(), Err(tokio::sync::oneshot::error::TryRecvError::Closed)));
        assert_eq!(run_or_crash(async { 7 }, &faults).await, Ok(7), "an old crash does not kill a new run");
    }
}
