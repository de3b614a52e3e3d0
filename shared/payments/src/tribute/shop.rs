//! The Shop API: orders that carry our payment's id.

use super::{
    Tribute, is_id,
    wire::{Fault, NewOrder, NewlyOpened, ShopOrder, Transaction, Transactions},
};
use crate::{Cause, ObjectRef};
use crate::{
    Fetched, GatewayError, Order, RefundOrder,
    exchange::{Answer, Call, call, exchange, parse},
};
use domain::{checkout::Opened, credit::Status};
use reqwest::RequestBuilder;
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Opening an order: once, for nothing would tell Tribute that a second request is the same.
const OPEN: Duration = Duration::from_secs(7);
/// Each of the two questions about an order.
const QUESTION: Duration = Duration::from_millis(3_400);
/// What a refund consists of: a look at the order and its transactions at once, the refund, a look at what became of it.
const LOOK: Duration = Duration::from_millis(1_800);
const SEND: Duration = Duration::from_secs(4);
const _: () = assert!(2 * QUESTION.as_millis() < 7_000 && 2 * LOOK.as_millis() + SEND.as_millis() < 8_000);

impl Tribute {
    pub(super) async fn open(&self, order: &Order<'_>) -> Result<Opened, GatewayError> {
        let request = self.http.post(self.url("shop/orders")).timeout(OPEN);
        let new = NewOrder::of(order, self.config.shop_id);
        let answer = call(Call::Changes, self.signed(request).json(&new)).await?;
        parse::<NewlyOpened>(&accepted(answer)?)?.opened()
    }

    pub(super) async fn ask(&self, object: &ObjectRef) -> Result<Option<Fetched>, GatewayError> {
        let (uuid, refund) = match object {
            ObjectRef::Payment(uuid) => (uuid, None),
            ObjectRef::Refund { refund, payment } => (payment, Some(refund)),
            ObjectRef::Method(_) => return Ok(None),
        };
        if !is_id(uuid) {
            return Ok(None);
        }
        let Some(order) = self.order(uuid, QUESTION).await? else { return Ok(None) };
        let transactions =
            if order.is_paid() { self.transactions(uuid, QUESTION).await? } else { Transactions::default() };
        let Some(refund) = refund else {
            let status = order.status(&transactions)?;
            return Ok(Some(order.told(uuid.clone(), status, self.config.test)));
        };
        let sale = transactions.sales().find(|sale| sale.id.to_string() == *refund);
        sale.map(|sale| self.gone(order, uuid, sale)).transpose()
    }

    /// What became of the refund of `sale`. While Tribute works on it the report carries the transaction's number, which
    /// is what to ask about.
    fn gone(&self, order: ShopOrder, uuid: &str, sale: &Transaction) -> Result<Fetched, GatewayError> {
        let (id, status) = if sale.is_refunded {
            (uuid.to_owned(), Status::Refunded(order.money()?))
        } else {
            (sale.id.to_string(), Status::Pending)
        };
        Ok(order.told(id, status, self.config.test))
    }

    pub(super) async fn send_back(&self, order: &RefundOrder<'_>) -> Result<Fetched, GatewayError> {
        let uuid = order.payment.external_id.as_deref().filter(|uuid| is_id(uuid));
        let uuid =
            uuid.ok_or_else(|| refused("not_found", "sold by a link: refund it in Tribute's cabinet"))?;
        let looks = tokio::try_join!(self.order(uuid, LOOK), self.transactions(uuid, LOOK));
        let (Some(paid), transactions) = looks? else {
            return Err(refused("not_found", "no such order"));
        };
        if !paid.is_paid() {
            return Err(refused("error_order_not_paid", "the order is not paid"));
        }
        if paid.money()? != order.amount {
            return Err(refused("partial", "Tribute sends back whole orders only"));
        }
        let open = |sale: &&Transaction| !sale.is_refunded && sale.is_refundable != Some(false);
        let Some(sale) = transactions.sales().find(open) else {
            let status = match paid.status(&transactions)? {
                gone @ Status::Refunded(_) => gone,
                _ => Status::RefundFailed("error_not_refundable".to_owned()),
            };
            return Ok(paid.told(uuid.to_owned(), status, self.config.test));
        };
        if let Some(why) = self.refund_sale(uuid, sale.id).await? {
            return Ok(paid.told(uuid.to_owned(), Status::RefundFailed(why), self.config.test));
        }
        // It was taken; whether it is done already is good to know, but no more.
        let after = self.transactions(uuid, LOOK).await.unwrap_or_default();
        let after = after.sales().find(|now| now.id == sale.id).cloned();
        self.gone(paid, uuid, after.as_ref().unwrap_or(sale))
    }

    /// Orders the refund of one transaction; the reason if Tribute will not make it.
    async fn refund_sale(&self, uuid: &str, sale: u64) -> Result<Option<String>, GatewayError> {
        let url = self.url(&format!("shop/orders/{uuid}/transactions/{sale}/refund"));
        let request = self.signed(self.http.post(url).timeout(SEND));
        let answer = match exchange(request).await {
            Ok(answer) => answer,
            Err(cause @ Cause::Unreachable(_)) => return Err(GatewayError::Unavailable { cause }),
            Err(cause) => return Err(GatewayError::UnknownOutcome { cause }),
        };
        // Before the status: a failed refund comes with 500 too, and is no accident.
        match fault(&answer.body).error.as_deref() {
            Some("error_already_refunded") => return Ok(None),
            Some(why @ ("error_refund_failed" | "error_not_refundable")) => return Ok(Some(why.to_owned())),
            _ => {}
        }
        match answer.status {
            401 => Err(GatewayError::Unauthorized),
            429 => Err(GatewayError::RateLimited {
                retry_after: answer.retry_after.unwrap_or(Duration::from_secs(2)),
            }),
            500.. => Err(GatewayError::UnknownOutcome { cause: Cause::Status(answer.status) }),
            _ => accepted(answer).map(|_| None),
        }
    }

    async fn order(&self, uuid: &str, timeout: Duration) -> Result<Option<ShopOrder>, GatewayError> {
        let order: Option<ShopOrder> = self.get(&format!("shop/orders/{uuid}"), timeout).await?;
        order.map(|order| order.is(uuid)).transpose()
    }

    /// The first page; an order that is paid once has a handful.
    async fn transactions(&self, uuid: &str, timeout: Duration) -> Result<Transactions, GatewayError> {
        let found = self.get(&format!("shop/orders/{uuid}/transactions"), timeout).await?;
        Ok(found.unwrap_or_default())
    }

    /// The object at `path`; `None` if there is none of this account.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        timeout: Duration,
    ) -> Result<Option<T>, GatewayError> {
        let request = self.http.get(self.url(path)).timeout(timeout);
        let answer = call(Call::Asks, self.signed(request)).await?;
        match answer.status {
            403 | 404 => Ok(None),
            _ => parse(&accepted(answer)?).map(Some),
        }
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("Api-Key", self.config.api_key.expose_secret())
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.config.api_url.trim_end_matches('/'))
    }
}

fn accepted(answer: Answer) -> Result<Vec<u8>, GatewayError> {
    match answer.status {
        200..=299 => Ok(answer.body),
        400..=499 => {
            let fault = fault(&answer.body);
            let code = fault.error.unwrap_or_else(|| format!("HTTP status {}", answer.status));
            Err(refused(&code, &fault.message.unwrap_or_default()))
        }
        status => Err(GatewayError::garbage(format!("HTTP status {status}"))),
    }
}

fn fault(body: &[u8]) -> Fault {
    serde_json::from_slice(body).unwrap_or_default()
}

fn refused(code: &str, description: &str) -> GatewayError {
    GatewayError::Refused { code: code.to_owned(), description: description.to_owned() }
}
