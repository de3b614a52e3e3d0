//! Sending a message once. Telegram has no idempotency key, so the claim is ours: taken before sending, closed after.
//! A claim guards no money, time or right; those go through [`Store::commit`].

use crate::{
    Store, StoreError,
    items::Item,
    keys::{self, TTL},
};
use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use domain::JobId;
use jiff::{SignedDuration, Timestamp};

/// Longer than any queue keeps a message.
const KEEP: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Who may do a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The caller, until the lease ends.
    Mine,
    /// Somebody else holds the lease (or died holding it).
    Busy,
    /// It was done.
    Done,
}

impl Store {
    /// Takes the job for `lease`. A lease that ended without [`Store::claim_done`] can be taken again: its holder died
    /// before or after sending, nobody knows which.
    pub async fn claim(
        &self,
        job: &JobId,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<Claim, StoreError> {
        let key = keys::claim(job);
        let until = now.checked_add(lease).unwrap_or(now);
        let forget = now.checked_add(KEEP).unwrap_or(now);
        let number = |at: Timestamp| AttributeValue::N(at.as_millisecond().to_string());
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(keys::PK, AttributeValue::S(key.pk))
            .key(keys::SK, AttributeValue::S(key.sk))
            .update_expression("SET lease_until = :until, #ttl = :forget")
            .condition_expression("attribute_not_exists(PK) OR lease_until <= :now")
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":until", number(until))
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":forget", AttributeValue::N(forget.as_second().to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(Claim::Mine),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => Ok(held(failed.item())),
                _ => Err(StoreError::from_sdk("UpdateItem", &error)),
            },
        }
    }

    /// The job is done: nobody does it again.
    pub async fn claim_done(&self, job: &JobId) -> Result<(), StoreError> {
        self.set_lease(job, i64::MAX / 2).await
    }

    /// The job was not done and may be taken at once.
    pub async fn claim_free(&self, job: &JobId) -> Result<(), StoreError> {
        self.set_lease(job, 0).await
    }

    async fn set_lease(&self, job: &JobId, until: i64) -> Result<(), StoreError> {
        let key = keys::claim(job);
        self.client
            .update_item()
            .table_name(&self.table)
            .key(keys::PK, AttributeValue::S(key.pk))
            .key(keys::SK, AttributeValue::S(key.sk))
            .update_expression("SET lease_until = :until")
            .expression_attribute_values(":until", AttributeValue::N(until.to_string()))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::from_sdk("UpdateItem", &error))
    }
}

/// A done job is leased beyond any clock.
fn held(item: Option<&Item>) -> Claim {
    let until = item.and_then(|item| item.get("lease_until")).and_then(|lease| lease.as_n().ok());
    match until.and_then(|text| text.parse::<i64>().ok()) {
        Some(until) if until >= i64::MAX / 2 => Claim::Done,
        _ => Claim::Busy,
    }
}
