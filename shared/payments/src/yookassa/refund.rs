//! Refunds. YooKassa forgets an `Idempotence-Key` after 24 hours, while one of our refunds is named for ever: so every
//! refund carries its key as metadata, and is looked for among the payment's refunds before it is ordered.

use super::{
    Yookassa,
    call::Post,
    is_id,
    order::NewRefund,
    wire::{Payment, Refund, Refunds},
};
use crate::{Cause, Fetched, GatewayError, RefundOrder};
use std::time::Duration;

/// Each of the two looks, before and after.
const LOOK: Duration = Duration::from_millis(1_500);
/// The order itself; it is not repeated here, the next call finds out.
const SEND: Duration = Duration::from_millis(4_500);
const _: () = assert!(2 * LOOK.as_millis() + SEND.as_millis() < 8_000);

impl Yookassa {
    pub(super) async fn send_back(&self, order: &RefundOrder<'_>) -> Result<Fetched, GatewayError> {
        let id = order.payment.external_id.as_deref().filter(|id| is_id(id));
        let id = id.ok_or_else(|| no_payment("a payment that YooKassa never took"))?;
        let path = format!("payments/{id}");
        let look = tokio::try_join!(self.known(order, id), self.get::<Payment>(&path, LOOK));
        let (known, payment) = look?;
        let payment = payment.ok_or_else(|| no_payment("no such payment"))?;
        if let Some(refund) = known {
            refund.answers(order, id)?;
            return payment.fetched(id, Some(&refund), &self.config.shop_id);
        }
        let new = NewRefund::of(order, id, payment.description.as_deref(), &self.config);
        let post = Post { path: "refunds", key: &order.key, timeout: SEND };
        let refund: Refund = self.post_once(&post, &new).await?;
        refund.answers(order, id)?;
        // The total is read afresh: the refund of another moment may be in it too.
        let payment = self.get::<Payment>(&path, LOOK).await.map_err(ordered_already)?;
        let payment = payment.ok_or_else(|| GatewayError::garbage("a refund of no payment"))?;
        payment.fetched(id, Some(&refund), &self.config.shop_id)
    }

    /// The refund that `order` names, if it was ordered before. One page of a hundred: nobody sends money back so often.
    async fn known(&self, order: &RefundOrder<'_>, payment: &str) -> Result<Option<Refund>, GatewayError> {
        let list: Option<Refunds> =
            self.get(&format!("refunds?payment_id={payment}&limit=100"), LOOK).await?;
        Ok(list.and_then(|list| list.items.into_iter().find(|refund| refund.is_of(order))))
    }
}

fn no_payment(why: &str) -> GatewayError {
    GatewayError::Refused { code: "not_found".to_owned(), description: why.to_owned() }
}

/// The refund was taken, only its total could not be read: ordering it again tells.
fn ordered_already(error: GatewayError) -> GatewayError {
    let cause = match error {
        GatewayError::Unavailable { cause } | GatewayError::UnknownOutcome { cause } => cause,
        GatewayError::RateLimited { retry_after } => Cause::Processing { retry_after },
        GatewayError::Unauthorized => Cause::Status(401),
        other => return other,
    };
    GatewayError::UnknownOutcome { cause }
}
