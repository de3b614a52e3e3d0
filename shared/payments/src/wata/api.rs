//! The calls.

use super::{
    Wata, is_id,
    wire::{self, Fault, Link, NewLink, NewRefund, Page, PublicKey, RefundAnswer, Transaction},
};
use crate::{
    Fetched, Gateway, GatewayError, ObjectRef, Order, RefundOrder,
    exchange::{Answer, Call, call, parse},
};
use domain::{PaymentId, checkout::Opened, credit::Status};
use reqwest::{RequestBuilder, header::CONTENT_TYPE};
use secrecy::ExposeSecret;
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// One call that changes something. With one question before or after it, it stays below eight seconds.
const CHANGE: Duration = Duration::from_millis(4_500);
/// One question; two of them stay below seven seconds.
const QUESTION: Duration = Duration::from_millis(3_200);
const _: () = assert!(CHANGE.as_millis() + QUESTION.as_millis() < 8_000 && 2 * QUESTION.as_millis() < 7_000);

/// As many transactions or links of one order as are looked at.
const MANY: &str = "100";

impl Wata {
    /// Opens a link, or finds the one whose answer was lost.
    pub(super) async fn open(&self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        if !self.abilities().takes(order.payment.amount) {
            return Err(GatewayError::not_offered("payment of this amount"));
        }
        let lost = match self.post::<Link>("links", &NewLink::of(order)?).await {
            Err(GatewayError::UnknownOutcome { cause }) => cause,
            other => return other?.opened(order),
        };
        let id = order.payment.id.to_string();
        tracing::warn!(payment.id = id, cause = %lost, "WATA's answer is lost; looking for the link");
        let found: Result<Option<Page<Link>>, _> =
            self.get("links/", &[("orderId", &id), ("maxResultCount", MANY)]).await;
        let links = found.ok().flatten().map(|page| page.items).unwrap_or_default();
        match links.into_iter().find(|link| link.answers(order)) {
            Some(link) => link.opened(order),
            None => Err(GatewayError::UnknownOutcome { cause: lost }),
        }
    }

    /// What became of a payment or a refund.
    pub(super) async fn ask(&self, object: &ObjectRef) -> Result<Option<Fetched>, GatewayError> {
        match object {
            ObjectRef::Payment(id) => match id.split_once('/') {
                Some((link, order)) if is_id(link) && PaymentId::from_order(order).is_some() => {
                    self.link(link, order).await
                }
                None if is_id(id) => self.transaction(id).await,
                _ => Ok(None),
            },
            ObjectRef::Refund { refund, payment } if is_id(refund) => {
                let found = self.one(refund).await?;
                let of = |found: &Transaction| payment.contains('/') || found.is_refund_of(payment);
                found.filter(of).map_or(Ok(None), |found| found.fetched(self.config.test))
            }
            ObjectRef::Refund { .. } | ObjectRef::Method(_) => Ok(None),
        }
    }

    /// An open payment. The link is asked first: if it is closed because somebody paid just now, that payment is
    /// surely among the transactions read afterwards.
    async fn link(&self, link: &str, order: &str) -> Result<Option<Fetched>, GatewayError> {
        let Some(found) = self.get::<Link>(&format!("links/{link}"), &[]).await? else { return Ok(None) };
        if !found.is(link) {
            return Err(GatewayError::garbage("another link than the one asked for"));
        }
        let all = self.transactions(order).await?;
        let test = self.config.test;
        let told = |status| {
            let id = format!("{link}/{order}");
            Ok(Some(wire::fetched(PaymentId::from_order(order), id, status, test)))
        };
        if all.iter().any(Transaction::is_paid) {
            let paid = all.into_iter().filter(Transaction::is_paid).min_by_key(|paid| paid.rank(link));
            return paid.map_or(Ok(None), |paid| paid.fetched(test));
        }
        if found.is_open() || all.iter().any(Transaction::is_under_way) {
            return told(Status::Pending);
        }
        told(Status::Canceled(all.last().map_or_else(|| "closed".to_owned(), Transaction::reason)))
    }

    async fn transaction(&self, id: &str) -> Result<Option<Fetched>, GatewayError> {
        self.one(id).await?.map_or(Ok(None), |found| found.fetched(self.config.test))
    }

    async fn one(&self, id: &str) -> Result<Option<Transaction>, GatewayError> {
        let found: Option<Transaction> = self.get(&format!("transactions/{id}"), &[]).await?;
        match found {
            Some(found) if found.id != id => {
                Err(GatewayError::garbage("another transaction than the one asked for"))
            }
            found => Ok(found),
        }
    }

    async fn transactions(&self, order: &str) -> Result<Vec<Transaction>, GatewayError> {
        let query = [("orderId", order), ("maxResultCount", MANY)];
        let page: Option<Page<Transaction>> = self.get("transactions/", &query).await?;
        let mut all = page.map(|page| page.items).unwrap_or_default();
        all.retain(|transaction| transaction.names(order) && is_id(&transaction.id));
        Ok(all)
    }

    /// Sends money back, unless a refund like this one is there already: then that one is the answer.
    pub(super) async fn send_back(&self, order: &RefundOrder<'_>) -> Result<Fetched, GatewayError> {
        let payment = order.payment;
        let (id, test) = (payment.id.to_string(), self.config.test);
        if let Some(known) = order.external_id.filter(|known| is_id(known)) {
            let found = self.transaction(known).await?;
            return found.ok_or_else(|| GatewayError::garbage("a refund that WATA does not know"));
        }
        let all = self.transactions(&id).await?;
        let stored = payment.external_id.as_deref().filter(|stored| is_id(stored));
        let paid = all.iter().find(|transaction| transaction.is_paid()).map(|paid| paid.id.as_str());
        let Some(original) = stored.or(paid).map(str::to_owned) else {
            return Err(GatewayError::not_offered("refund of what was not paid"));
        };
        if let Some(sent) = all.into_iter().find(|found| found.sends_back(&original, order.amount)) {
            let told = sent.fetched(test)?;
            return told.ok_or_else(|| GatewayError::garbage("a refund that is none"));
        }
        let body = NewRefund { original_transaction_id: &original, amount: wire::number(order.amount)? };
        let answer: RefundAnswer = self.post("transactions/refunds", &body).await?;
        if answer.kind.as_deref().is_some_and(|kind| kind != "Refund") || !is_id(&answer.transaction_id) {
            return Err(GatewayError::garbage("not an answer to a refund"));
        }
        let why = wire::reason(answer.error_code.as_deref(), answer.error_description.as_deref());
        let ids = (answer.transaction_id, original);
        Ok(wire::refunded(ids, &answer.transaction_status, (order.amount, &why), Some(payment.id), test))
    }

    /// The key that webhooks are signed with; it is public, so no token is shown for it.
    pub(super) async fn public_key(&self) -> Option<String> {
        let request = self.http.get(self.url("public-key")).timeout(QUESTION);
        let answer = call(Call::Asks, request).await.and_then(accepted);
        match answer.and_then(|body| parse::<PublicKey>(&body)) {
            Ok(key) => Some(key.value),
            Err(error) => {
                tracing::warn!(error = %error, "WATA's public key could not be read");
                None
            }
        }
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, GatewayError> {
        let body = serde_json::to_vec(body)
            .map_err(|error| GatewayError::garbage(format!("an order that is no JSON: {error}")))?;
        let request = self.http.post(self.url(path)).timeout(CHANGE).body(body);
        parse(&accepted(call(Call::Changes, self.authorized(request)).await?)?)
    }

    /// The object at `path`; `None` if there is none.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Option<T>, GatewayError> {
        let request = self.http.get(self.url(path)).query(query).timeout(QUESTION);
        let answer = call(Call::Asks, self.authorized(request)).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        parse(&accepted(answer)?).map(Some)
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(self.config.token.expose_secret()).header(CONTENT_TYPE, "application/json")
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.config.api_url.trim_end_matches('/'))
    }
}

/// The body of a success, or what the refusal says.
fn accepted(answer: Answer) -> Result<Vec<u8>, GatewayError> {
    match answer.status {
        200..=299 => Ok(answer.body),
        // The token is not one for this terminal, or for this environment.
        403 => Err(GatewayError::Unauthorized),
        400..=499 => {
            let fault: Fault = serde_json::from_slice(&answer.body).unwrap_or_default();
            let texts: Vec<String> =
                [fault.error.message, fault.error.details].into_iter().flatten().collect();
            let status = format!("HTTP status {}", answer.status);
            Err(GatewayError::Refused {
                code: fault.error.code.unwrap_or_else(|| "unknown".to_owned()),
                description: if texts.is_empty() { status } else { texts.join(" ") },
            })
        }
        status => Err(GatewayError::garbage(format!("HTTP status {status}"))),
    }
}
