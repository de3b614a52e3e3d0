//! The calls: questions, refunds, charges of saved cards.

use super::{
    Robokassa, is_number,
    link::{self, Link},
    wire::{self, Asked, RefundAnswer, RefundState, State},
};
use crate::{
    Cause, Fetched, Gateway, GatewayError, ObjectRef, Order, RefundOrder, Refunds,
    exchange::{Answer, Call, call, parse},
    sign::hmac_sha256,
};
use domain::credit::Status;
use reqwest::header::CONTENT_TYPE;
use secrecy::ExposeSecret;
use std::time::Duration;

/// One call that changes something. With one question before or after it, it stays below eight seconds.
const CHANGE: Duration = Duration::from_millis(4_500);
/// One question.
const QUESTION: Duration = Duration::from_millis(3_200);
const _: () = assert!(CHANGE.as_millis() + QUESTION.as_millis() < 8_000);

impl Robokassa {
    /// What became of a payment or a refund. Robokassa answers about live payments only.
    pub(super) async fn ask(&self, object: &ObjectRef) -> Result<Option<Fetched>, GatewayError> {
        match object {
            ObjectRef::Payment(number) if is_number(number) && !self.config.test => {
                let state = self.state(number).await?;
                state.map(|state| state.fetched(number, self.config.recurring)).transpose()
            }
            ObjectRef::Refund { refund, payment }
                if is_refund_id(refund) && is_number(payment) && !self.config.test =>
            {
                let (sent, paid) = tokio::try_join!(self.refund_state(refund), self.state(payment))?;
                let ours = paid.and_then(|paid| paid.payment());
                sent.fetched((refund, payment), ours)
            }
            ObjectRef::Payment(_) | ObjectRef::Refund { .. } | ObjectRef::Method(_) => Ok(None),
        }
    }

    async fn state(&self, number: &str) -> Result<Option<State>, GatewayError> {
        let query = [
            ("MerchantLogin", self.config.merchant_login.as_str()),
            ("InvoiceID", number),
            ("Signature", &link::question(&self.config, number)),
        ];
        let url = at(&self.config.api_url, "/Merchant/WebService/Service.asmx/OpStateExt");
        let answer = call(Call::Asks, self.http.get(url).query(&query).timeout(QUESTION)).await?;
        match wire::state(&text(accepted(answer)?)?)? {
            Asked::Known(state) => Ok(Some(state)),
            Asked::Unknown => Ok(None),
            Asked::Unauthorized => Err(GatewayError::Unauthorized),
            // The code 1000 is what others call 500.
            Asked::Trouble => Err(GatewayError::Unavailable { cause: Cause::Status(500) }),
        }
    }

    async fn refund_state(&self, id: &str) -> Result<RefundState, GatewayError> {
        let url = at(&self.config.refund_url, "/RefundService/Refund/GetState");
        let request = self.http.get(url).query(&[("id", id)]).timeout(QUESTION);
        let answer = call(Call::Asks, request).await?;
        // What is wrong with the question stands in the body, whatever the status says.
        parse(&answer.body)
    }

    /// Sends money back, or tells how an earlier attempt stands.
    pub(super) async fn send_back(&self, order: &RefundOrder<'_>) -> Result<Fetched, GatewayError> {
        let password = self.config.password_3.as_ref();
        let Some(password) = password.filter(|_| self.abilities().refunds != Refunds::Never) else {
            return Err(GatewayError::not_offered("refund"));
        };
        let payment = order.payment;
        let number = payment.external_id.clone().filter(|id| is_number(id));
        let number = number.unwrap_or_else(|| link::number(payment.id).to_string());
        if let Some(known) = order.external_id.filter(|known| is_refund_id(known)) {
            let told = self.refund_state(known).await?.fetched((known, &number), Some(payment.id))?;
            return told.ok_or_else(|| GatewayError::garbage("a refund that Robokassa does not know"));
        }
        let state = self.state(&number).await?;
        let Some(state) = state.filter(|state| matches!(state.code, 60 | 100)) else {
            return Err(GatewayError::not_offered("refund of what was not paid"));
        };
        if state.code == 60 {
            return state.fetched(&number, false);
        }
        let key = state.op_key.as_deref().ok_or_else(|| GatewayError::garbage("a payment without OpKey"))?;
        let part = Some(order.amount).filter(|amount| *amount != payment.amount);
        let secret = password.expose_secret().as_bytes();
        let token = wire::refund_token(key, part, |signed| hmac_sha256(secret, signed))?;
        let id = self.order_refund(&token).await.map_err(|error| match error {
            // Repeating this could send the part twice: an operator has to look.
            GatewayError::UnknownOutcome { cause } if part.is_some() => GatewayError::garbage(format!(
                "the answer to a partial refund is lost ({cause}): look before repeating"
            )),
            other => other,
        })?;
        Ok(wire::fetched(Some(payment.id), id, Status::Pending, false))
    }

    async fn order_refund(&self, token: &str) -> Result<String, GatewayError> {
        let url = at(&self.config.refund_url, "/RefundService/Refund/Create");
        let request = self.http.post(url).json(token).timeout(CHANGE);
        let answer = call(Call::Changes, request).await?;
        let refused = |description: String| GatewayError::Refused { code: "refund".to_owned(), description };
        let told = match parse::<RefundAnswer>(&answer.body) {
            Err(_) if (400..500).contains(&answer.status) => {
                return Err(refused(format!("HTTP status {}", answer.status)));
            }
            told => told?,
        };
        if !told.success {
            return Err(refused(told.message.unwrap_or_else(|| "no reason given".to_owned())));
        }
        let id = told.request_id.filter(|id| is_refund_id(id));
        id.ok_or_else(|| GatewayError::garbage("a refund without a proper id"))
    }

    /// Charges the card that was saved with the payment `token`. A number can be charged once, so a repeated order is
    /// refused; whatever is not plainly accepted is therefore asked about before it counts as refused.
    pub(super) async fn charge_again(&self, order: &Order<'_>, token: &str) -> Result<Fetched, GatewayError> {
        let takes = self.abilities().saves_methods && self.abilities().takes(order.payment.amount);
        if !takes || !is_number(token) {
            return Err(GatewayError::not_offered("charge of this saved method"));
        }
        let link = Link::again(order, &self.config, token)?;
        let request = self.http.post(at(&self.config.api_url, "/Merchant/Recurring")).timeout(CHANGE);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let said = match call(Call::Changes, request.body(link.form(&self.config))).await {
            Ok(answer) => Ok(String::from_utf8_lossy(&answer.body).trim().to_owned()),
            Err(GatewayError::UnknownOutcome { cause }) => Err(cause),
            Err(other) => return Err(other),
        };
        if said.as_deref().is_ok_and(|said| said == format!("OK{}", link.inv_id)) {
            return Ok(wire::fetched(Some(order.payment.id), link.inv_id, Status::Pending, self.config.test));
        }
        let known = match self.ask(&ObjectRef::Payment(link.inv_id)).await {
            Ok(known) => known,
            Err(error) => return Err(unsettled(said, error)),
        };
        match (known, said) {
            (Some(known), _) => Ok(known),
            (None, Err(cause)) => Err(GatewayError::UnknownOutcome { cause }),
            (None, Ok(said)) if said.to_ascii_uppercase().starts_with("ERROR") => {
                let description = said.chars().take(200).collect();
                Err(GatewayError::Refused { code: "recurring".to_owned(), description })
            }
            (None, Ok(_)) => Err(GatewayError::garbage("not an answer to a charge")),
        }
    }
}

/// Neither the charge nor the question about it was answered plainly.
fn unsettled(said: Result<String, Cause>, asked: GatewayError) -> GatewayError {
    match (said, asked) {
        (Err(cause), _) | (Ok(_), GatewayError::Unavailable { cause }) => {
            GatewayError::UnknownOutcome { cause }
        }
        (Ok(_), GatewayError::RateLimited { retry_after }) => {
            GatewayError::UnknownOutcome { cause: Cause::Processing { retry_after } }
        }
        (Ok(_), asked) => GatewayError::garbage(format!("a charge that cannot be asked about: {asked}")),
    }
}

fn at(base: &str, path: &str) -> String {
    format!("{}{path}", base.trim_end_matches('/'))
}

fn accepted(answer: Answer) -> Result<Vec<u8>, GatewayError> {
    match answer.status {
        200..=299 => Ok(answer.body),
        status => Err(GatewayError::garbage(format!("HTTP status {status}"))),
    }
}

fn text(body: Vec<u8>) -> Result<String, GatewayError> {
    String::from_utf8(body).map_err(|_| GatewayError::garbage("not UTF-8"))
}

/// The shape of a refund's id (a GUID): safe inside a query.
fn is_refund_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
