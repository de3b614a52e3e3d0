//! Adding up what several containers counted of one person. The sum guards no money, time or right: what is done about
//! it goes through [`Store::commit`].

use crate::{
    Store, StoreError,
    items::VERSION,
    keys::{self, TTL},
};
use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue},
};
use domain::{Pace, UserId};

/// Longer than the operators go without hearing of the same person again.
const KEEP_SECONDS: i64 = 2 * 3_600;

/// When the table may drop the record, in seconds since 1970.
pub(crate) fn forgotten(pace: &Pace) -> i64 {
    let counted = pace.minute.saturating_mul(60);
    let last = pace.stopped_until.map_or(counted, |until| until.as_second().max(counted));
    last.saturating_add(KEEP_SECONDS)
}

fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

impl Store {
    /// Adds `requests` to what `user` made in `minute` (since 1970), and answers the sum. One call, two in the first
    /// report of a minute. A minute that is older than the one already counted changes nothing.
    pub async fn add_to_pace(&self, user: UserId, minute: i64, requests: u32) -> Result<u32, StoreError> {
        for same in [true, false, true] {
            let (update, condition) = if same {
                ("ADD #count :n, #v :one SET #ttl = :ttl", "#minute = :minute")
            } else {
                (
                    "SET #minute = :minute, #count = :n, #ttl = :ttl, #user = :user ADD #v :one",
                    "attribute_not_exists(PK) OR #minute < :minute",
                )
            };
            if let Some(sum) = self.pace_update(user, (minute, requests), (update, condition)).await? {
                return Ok(sum);
            }
        }
        Ok(requests)
    }

    /// `None` if the condition did not hold.
    async fn pace_update(
        &self,
        user: UserId,
        (minute, requests): (i64, u32),
        (update, condition): (&str, &str),
    ) -> Result<Option<u32>, StoreError> {
        let key = keys::pace(user);
        let first = update.contains("#user");
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(keys::PK, AttributeValue::S(key.pk))
            .key(keys::SK, AttributeValue::S(key.sk))
            .update_expression(update)
            .condition_expression(condition)
            .expression_attribute_names("#minute", "minute")
            .expression_attribute_names("#count", "count")
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_names("#v", VERSION)
            .expression_attribute_values(":minute", number(minute))
            .expression_attribute_values(":n", number(requests))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(
                ":ttl",
                number(minute.saturating_mul(60).saturating_add(KEEP_SECONDS)),
            )
            .return_values(ReturnValue::UpdatedNew);
        let request = if first {
            request
                .expression_attribute_names("#user", "user")
                .expression_attribute_values(":user", number(user.0))
        } else {
            request
        };
        match request.send().await {
            Ok(answer) => {
                let sum = answer.attributes.and_then(|mut item| item.remove("count"));
                let sum = sum.and_then(|count| count.as_n().ok().and_then(|text| text.parse().ok()));
                Ok(Some(sum.unwrap_or(requests)))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(None),
                _ => Err(StoreError::from_sdk("UpdateItem", &error)),
            },
        }
    }
}
