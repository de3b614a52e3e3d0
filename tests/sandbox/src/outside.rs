//! The border: the middleware that every outgoing call of the shop passes. It numbers the call, spoils or kills
//! as [`Faults`] say, writes the [`CallLog`] and feeds the [`Meter`].

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode, request};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

use crate::calls::{Answered, Asked, CallLog, Target, body_text, http_operation};
use crate::clock::Clock;
use crate::faults::{Answer, Effect, Faults, Loss, Moment};
use crate::line::Caller;
use crate::meter::{Meter, asking_for_capacity};

/// DynamoDB takes 16 MB; nothing else takes more.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// What watches the border; clones share it.
#[derive(Clone, Debug)]
pub struct Outside {
    /// The world's time.
    pub clock: Clock,
    /// What goes wrong.
    pub faults: Faults,
    /// What was called.
    pub calls: CallLog,
    /// What it cost.
    pub meter: Meter,
}

/// Which requests to a stand-in are the shop's own. The others are people's (a payment page, a subscription
/// page) and pass unseen.
pub type IsOutgoing = Arc<dyn Fn(&Method, &str) -> bool + Send + Sync>;

#[derive(Clone)]
struct Border {
    outside: Outside,
    target: Target,
    is_outgoing: IsOutgoing,
}

impl Outside {
    /// No rules, no calls, nothing measured.
    pub fn new(clock: Clock) -> Self {
        Self { clock, faults: Faults::default(), calls: CallLog::default(), meter: Meter::default() }
    }

    /// Puts the border in front of a service.
    pub fn watch(&self, target: Target, service: Router, is_outgoing: IsOutgoing) -> Router {
        let border = Arc::new(Border { outside: self.clone(), target, is_outgoing });
        service.layer(from_fn_with_state(border, pass))
    }
}

/// A call at the border, with its body read.
struct Crossing {
    border: Arc<Border>,
    head: request::Parts,
    body: Bytes,
    operation: String,
    caller: Option<Caller>,
}

async fn pass(State(border): State<Arc<Border>>, request: Request, next: Next) -> Response {
    if !(border.is_outgoing)(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let operation = operation(border.target, &head);
    let caller = head.extensions.get::<ConnectInfo<Caller>>().map(|ConnectInfo(caller)| caller.clone());
    Crossing { border, head, body, operation, caller }.cross(next).await
}

impl Crossing {
    async fn cross(self, next: Next) -> Response {
        let outside = self.border.outside.clone();
        let now = outside.clock.now();
        let verdict = outside.faults.judge(self.border.target, &self.operation, now);
        let asked = Asked {
            number: verdict.number,
            target: self.border.target,
            operation: self.operation.clone(),
            request: body_text(&self.body),
            at: now,
        };
        let caller = self.caller.clone();
        if verdict.crash == Some(Moment::Before) {
            outside.calls.push(&asked, lost(None, "the shop died before the call"));
            return die(&outside.faults).await;
        }
        let fault = verdict.effect.as_ref().map(ToString::to_string);
        match verdict.effect {
            Some(Effect::Answer(answer)) => {
                let answered = Answered { status: Some(answer.status), response: answer.body.clone(), fault };
                outside.meter.count(asked.target, &asked.operation, b"");
                outside.calls.push(&asked, answered);
                return answer.into_response();
            }
            Some(Effect::LoseRequest(loss)) => {
                outside.calls.push(&asked, Answered { fault, ..Answered::default() });
                return lose(loss, caller).await;
            }
            _ => {}
        }
        let (head, body) = self.reach(next).await.into_parts();
        outside.meter.count(asked.target, &asked.operation, &body);
        let mut answered = Answered { status: Some(head.status.as_u16()), response: body_text(&body), fault };
        if verdict.crash.is_some() {
            outside.calls.push(&asked, lost(Some(answered), "the shop died after the call"));
            return die(&outside.faults).await;
        }
        match verdict.effect {
            Some(Effect::LoseAnswer(loss)) => {
                answered.status = None;
                outside.calls.push(&asked, answered);
                return lose(loss, caller).await;
            }
            Some(Effect::Replace(answer)) => {
                answered.status = Some(answer.status);
                outside.calls.push(&asked, answered);
                return answer.into_response();
            }
            _ => outside.calls.push(&asked, answered),
        }
        Response::from_parts(head, Body::from(body))
    }

    /// Passes the call on and reads the whole answer.
    async fn reach(self, next: Next) -> Response<Bytes> {
        let Self { border, mut head, mut body, operation, .. } = self;
        if border.target == Target::Dynamodb
            && border.outside.meter.is_on()
            && let Some(asking) = asking_for_capacity(&operation, &body)
        {
            head.headers.insert(CONTENT_LENGTH, asking.len().into());
            body = asking.into();
        }
        let (head, answer) = next.run(Request::from_parts(head, body.into())).await.into_parts();
        match to_bytes(answer, usize::MAX).await {
            Ok(answer) => Response::from_parts(head, answer),
            Err(error) => {
                let mut response = Response::new(Bytes::from(format!("the stand-in broke off: {error}")));
                *response.status_mut() = StatusCode::BAD_GATEWAY;
                response
            }
        }
    }
}

fn operation(target: Target, head: &request::Parts) -> String {
    let aws = |headers: &HeaderMap| {
        let target = headers.get("x-amz-target")?.to_str().ok()?;
        Some(target.rsplit('.').next().unwrap_or(target).to_owned())
    };
    match target {
        Target::Dynamodb | Target::Sqs => aws(&head.headers).unwrap_or_default(),
        Target::Telegram | Target::Panel | Target::Marzban | Target::Provider(_) => {
            http_operation(&head.method, head.uri.path())
        }
    }
}

fn lost(answered: Option<Answered>, fault: &str) -> Answered {
    Answered { status: None, fault: Some(fault.to_owned()), ..answered.unwrap_or_default() }
}

/// The shop is dead: tells so, and answers nobody.
async fn die(faults: &Faults) -> Response {
    faults.crash();
    std::future::pending().await
}

async fn lose(loss: Loss, caller: Option<Caller>) -> Response {
    match (loss, caller) {
        (Loss::Closed, Some(caller)) => {
            caller.hang_up();
            // Never leaves: writing it is what fails.
            StatusCode::BAD_GATEWAY.into_response()
        }
        _ => std::future::pending().await,
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::builder().status(self.status);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str())) {
            response = response.header(CONTENT_TYPE, "application/json");
        }
        let response =
            self.headers.iter().fold(response, |response, (name, value)| response.header(name, value));
        let invalid = |error: axum::http::Error| {
            (StatusCode::NOT_IMPLEMENTED, format!("fault rule: {error}")).into_response()
        };
        response.body(Body::from(self.body)).unwrap_or_else(invalid)
    }
}
