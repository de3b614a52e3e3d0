//! The API: who may call, what is remembered by key, and the routes.

use super::{
    Stripe,
    form::{Form, Refusal},
    ledger::{Intent, Ledger, Session, id},
    object::{VERSION, list},
};
use crate::{Call, NotPossible};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Json, Response},
    routing::any,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How long an answer is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);
const SESSION: [&str; 3] =
    ["payment_intent.latest_charge", "payment_intent.payment_method", "setup_intent.payment_method"];

/// What was answered to an idempotency key.
pub(super) struct Remembered {
    at: Timestamp,
    request: (String, Value),
    answer: (u16, Value),
}

pub(super) fn router(stripe: Stripe) -> Router {
    Router::new().route("/v1/{*path}", any(handle)).with_state(stripe)
}

async fn handle(
    State(stripe): State<Stripe>,
    (method, uri, headers): (Method, Uri, HeaderMap),
    body: Bytes,
) -> Response {
    let (status, answer) = stripe.answer(&method, &uri, &headers, &body);
    (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(answer)).into_response()
}

impl Stripe {
    fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> (u16, Value) {
        let now = self.now();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let path = uri.path().rsplit_once("/v1/").map_or("", |(_, path)| path).to_owned();
        let encoded = if method == Method::GET { uri.query().unwrap_or_default().as_bytes() } else { body };
        let form = Form::parse(encoded);
        let request = form.as_ref().map_or(Value::Null, Form::json);
        let key = header("Idempotency-Key").map(str::to_owned);

        let mut state = self.current();
        let allowed = self.admit(method, &header);
        let outcome = allowed.and(form).and_then(|form| match (method, &key) {
            (&Method::GET, None) => state.ledger.read(&path, form).map(|answer| (200, answer)),
            (&Method::POST, Some(key)) => {
                let request = (path.clone(), request.clone());
                state.remembered.retain(|_, known| now.duration_since(known.at) < REMEMBERED);
                if let Some(known) = state.remembered.get(key) {
                    let same = known.request == request;
                    return if same { Ok(known.answer.clone()) } else { Err(Refusal::other_parameters(key)) };
                }
                let answer = match state.ledger.write(&path, form, now) {
                    Ok(answer) => (200, answer),
                    // A declined card is an outcome. What could not even begin is not remembered.
                    Err(refusal) if refusal.status == 402 => (402, state.ledger.refusal(&refusal)),
                    Err(refusal) => return Err(refusal),
                };
                state.remembered.insert(key.clone(), Remembered { at: now, request, answer: answer.clone() });
                Ok(answer)
            }
            _ => Err(Refusal::invalid("STRICT: GET without, or POST with an Idempotency-Key", "")),
        });
        let (status, answer) =
            outcome.unwrap_or_else(|refusal| (refusal.status, state.ledger.refusal(&refusal)));
        let call =
            Call { at: now, method: method.to_string(), path, key, request, status, answer: answer.clone() };
        state.calls.push(call);
        (status, answer)
    }

    fn admit<'a>(&self, method: &Method, header: &impl Fn(&str) -> Option<&'a str>) -> Result<(), Refusal> {
        let given =
            header("Authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        if given != self.config().secret_key {
            return Err(Refusal::credentials(given));
        }
        if header("Stripe-Version") != Some(VERSION) {
            return Err(Refusal::invalid("STRICT: another Stripe-Version", ""));
        }
        let form = header("Content-Type") == Some("application/x-www-form-urlencoded");
        if method == Method::POST && !form {
            return Err(Refusal::invalid("STRICT: not a form", ""));
        }
        if header("Idempotency-Key").is_some_and(|key| key.is_empty() || key.len() > 255) {
            return Err(Refusal::invalid("STRICT: an Idempotency-Key of 1 to 255 characters", ""));
        }
        Ok(())
    }
}

impl Ledger {
    fn refusal(&self, refusal: &Refusal) -> Value {
        let intent = refusal.declined.as_ref().and_then(|declined| self.intent(&declined.intent));
        refusal.body(intent.map(|intent| self.intent_json(intent, &[])))
    }

    fn read(&self, path: &str, mut form: Form) -> Result<Value, Refusal> {
        let parts: Vec<&str> = path.split('/').collect();
        let answer = match parts[..] {
            ["checkout", "sessions", id] => {
                let expand = form.expand(&SESSION)?;
                let index =
                    self.session(id).ok_or_else(|| Refusal::missing("checkout.session", id, "session"))?;
                self.session_json(index, &refs(&expand))
            }
            ["payment_intents", id] => {
                let expand = form.expand(&["latest_charge", "payment_method"])?;
                let index =
                    self.intent(id).ok_or_else(|| Refusal::missing("payment_intent", id, "intent"))?;
                self.intent_json(index, &refs(&expand))
            }
            ["refunds", id] => {
                let expand = form.expand(&["charge"])?;
                let number = self.refunds.iter().position(|refund| refund.id == id);
                let number = number.ok_or_else(|| Refusal::missing("refund", id, "refund"))?;
                self.refund_json(number, &refs(&expand))
            }
            ["refunds"] => {
                let expand = if form.expand(&["data.charge"])?.is_empty() { &[][..] } else { &["charge"] };
                let (intent, limit) = self.page_of(&mut form)?;
                let of =
                    (0..self.refunds.len()).rev().filter(|number| self.refunds[*number].intent == intent);
                list(
                    "/v1/refunds",
                    &of.take(limit).map(|number| self.refund_json(number, expand)).collect::<Vec<_>>(),
                )
            }
            ["disputes"] => {
                let (intent, limit) = self.page_of(&mut form)?;
                let of =
                    (0..self.disputes.len()).rev().filter(|number| self.disputes[*number].intent == intent);
                list(
                    "/v1/disputes",
                    &of.take(limit).map(|number| self.dispute_json(number)).collect::<Vec<_>>(),
                )
            }
            _ => return Err(unknown("GET", path)),
        };
        form.finish()?;
        Ok(answer)
    }

    fn page_of(&self, form: &mut Form) -> Result<(usize, usize), Refusal> {
        let id = form.need("payment_intent")?;
        let intent =
            self.intent(&id).ok_or_else(|| Refusal::missing("payment_intent", &id, "payment_intent"))?;
        let limit = usize::try_from(form.integer("limit")?).unwrap_or(0);
        if (1..=100).contains(&limit) {
            Ok((intent, limit))
        } else {
            Err(Refusal::invalid("STRICT: limit is 1 to 100", "limit"))
        }
    }

    fn write(&mut self, path: &str, form: Form, now: Timestamp) -> Result<Value, Refusal> {
        match path {
            "checkout/sessions" => self.open(form, now),
            "payment_intents" => self.charge_saved(form, now),
            "refunds" => self.send_back(form, now),
            _ => Err(unknown("POST", path)),
        }
    }

    fn open(&mut self, mut form: Form, now: Timestamp) -> Result<Value, Refusal> {
        let mode = form.word("mode", &["payment", "setup"])?;
        let mode =
            mode.ok_or_else(|| Refusal::coded("parameter_missing", "Missing required param: mode.", "mode"))?;
        let prefix = if mode == "payment" { "payment_intent_data" } else { "setup_intent_data" };
        let (currency, minor, description) = if mode == "payment" {
            let data = "line_items[0][price_data]";
            if form.integer("line_items[0][quantity]")? != 1 {
                return Err(Refusal::invalid("STRICT: one piece", "line_items[0][quantity]"));
            }
            let currency = form.currency(&format!("{data}[currency]"))?;
            let minor = form.amount(&format!("{data}[unit_amount]"), &currency)?;
            (currency, minor, form.text(&format!("{data}[product_data][name]"), 250)?)
        } else {
            (form.currency("currency")?, 0, String::new())
        };
        let keeps = form.word("payment_intent_data[setup_future_usage]", &["off_session"])?;
        let intent_metadata = form.metadata(&format!("{prefix}[metadata]"))?;
        let more = form.take("payment_intent_data[description]").filter(|_| mode == "payment");
        if more.is_some_and(|more| more != description) {
            return Err(Refusal::invalid("STRICT: two descriptions", "payment_intent_data[description]"));
        }
        let index = self.sessions.len();
        let session = Session {
            id: format!("cs_{}_a1Stand{:050}", if self.livemode { "live" } else { "test" }, index + 1),
            minor,
            currency,
            description,
            intent_metadata,
            client_reference_id: Some(form.text("client_reference_id", 200)?),
            metadata: form.metadata("metadata")?,
            success_url: form.web("success_url")?,
            cancel_url: form.web("cancel_url")?,
            locale: form.word("locale", &["auto", "en", "ru"])?.unwrap_or("auto").to_owned(),
            email: email(&mut form)?,
            customer_creation: form
                .word("customer_creation", &["always", "if_required"])?
                .unwrap_or("if_required"),
            customer: None,
            created: now,
            expires_at: expiry(&mut form, now)?,
            status: "open",
            payment_status: if mode == "payment" { "unpaid" } else { "no_payment_required" },
            mode,
            keeps: mode == "setup" || keeps.is_some(),
            intent: None,
            method: None,
        };
        form.finish()?;
        self.sessions.push(session);
        Ok(self.session_json(index, &[]))
    }

    fn charge_saved(&mut self, mut form: Form, now: Timestamp) -> Result<Value, Refusal> {
        let currency = form.currency("currency")?;
        let minor = form.amount("amount", &currency)?;
        let (customer, method) = (form.need("customer")?, form.need("payment_method")?);
        for name in ["off_session", "confirm"] {
            form.word(name, &["true"])?.ok_or_else(|| Refusal::invalid("STRICT: must be true", name))?;
        }
        let description = form.text("description", 1000)?;
        let metadata = form.metadata("metadata")?;
        form.finish()?;
        let saved = self.methods.iter().position(|known| known.id == method && known.customer.is_some());
        let saved = saved.ok_or_else(|| Refusal::missing("PaymentMethod", &method, "payment_method"))?;
        if self.methods[saved].customer.as_deref() != Some(&customer) {
            let message = "The payment method does not belong to the customer you supplied.";
            return Err(Refusal::invalid(format!("STRICT: {message}"), "payment_method"));
        }
        let (index, declines) = (self.intents.len(), self.methods[saved].declines.clone());
        self.intents.push(Intent {
            id: id("pi", index),
            minor,
            currency,
            description,
            metadata,
            created: now,
            status: "processing",
            customer: Some(customer),
            method: Some(saved),
            keeps: false,
            charge: None,
            error: None,
            due: None,
        });
        if let Some(code) = declines {
            self.fail(index, &code, now);
            return Err(Refusal::declined(&code, &self.intents[index].id));
        }
        self.arrive(index);
        self.tell_intent("payment_intent.succeeded", index, now);
        Ok(self.intent_json(index, &[]))
    }

    fn send_back(&mut self, mut form: Form, now: Timestamp) -> Result<Value, Refusal> {
        let id = form.need("payment_intent")?;
        let index =
            self.intent(&id).ok_or_else(|| Refusal::missing("payment_intent", &id, "payment_intent"))?;
        let minor = form.integer("amount")?;
        let metadata = form.metadata("metadata")?;
        let expand = form.expand(&["charge"])?;
        form.finish()?;
        let number = self.refund(index, minor, metadata, now).map_err(|why| {
            let gone = self.intents[index].charge.as_ref().is_some_and(|charge| charge.refunded > 0);
            let left = self.intents[index]
                .charge
                .as_ref()
                .map_or(0, |charge| self.intents[index].minor - charge.refunded);
            match why {
                NotPossible::Amount if gone && left == 0 => {
                    let message = format!("Charge for {id} has already been refunded.");
                    Refusal::coded("charge_already_refunded", message, "")
                }
                NotPossible::Amount => {
                    let message = format!(
                        "Refund amount ({minor}) is greater than unrefunded amount on charge ({left})"
                    );
                    Refusal::invalid(message, "amount")
                }
                other => Refusal::invalid(format!("STRICT: {other}"), "payment_intent"),
            }
        })?;
        Ok(self.refund_json(number, &refs(&expand)))
    }
}

fn refs(paths: &[String]) -> Vec<&str> {
    paths.iter().map(String::as_str).collect()
}

fn unknown(method: &str, path: &str) -> Refusal {
    let message = format!("Unrecognized request URL ({method}: /v1/{path}).");
    Refusal::unknown(message)
}

fn email(form: &mut Form) -> Result<Option<String>, Refusal> {
    let email = form.take("customer_email");
    match &email {
        Some(text) if !text.contains('@') => {
            Err(Refusal::coded("email_invalid", format!("Invalid email address: {text}"), "customer_email"))
        }
        _ => Ok(email),
    }
}

/// Between 30 minutes and 24 hours from now.
fn expiry(form: &mut Form, now: Timestamp) -> Result<i64, Refusal> {
    let at = form.integer("expires_at")?;
    let ahead = at - now.as_second();
    let wrong = match ahead {
        ..1_800 => "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
        86_401.. => "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
        _ => return Ok(at),
    };
    Err(Refusal::invalid(wrong, "expires_at"))
}
