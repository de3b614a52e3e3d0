//! Payments by the day they were opened.

use crate::{
    Store, StoreError,
    items::{self, Item},
    keys,
    read::text,
};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::Payment;
use jiff::civil::Date;
use std::{collections::HashMap, time::Duration};

/// So many keys fit into one BatchGetItem.
const BATCH: usize = 100;
/// So often the keys that the table left out are asked for again.
const TRIES: u32 = 5;
/// Before the first repetition; doubles with every further one.
const PAUSE: Duration = Duration::from_millis(50);

impl Store {
    /// The payments that were opened on `day` (UTC), in the order of their ids: at most `limit` (1 or more) a page.
    ///
    /// With them comes the cursor of the next page, to be given back as it is; `None` if this was the last. A page may
    /// be empty and still have a next one. The index tells which payments there are and may lag by a moment; each is
    /// then read as it is now.
    pub async fn payments_of_day(
        &self,
        day: Date,
        cursor: Option<String>,
        limit: i32,
    ) -> Result<(Vec<Payment>, Option<String>), StoreError> {
        let partition = keys::day_partition(day);
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::BY_DAY_INDEX)
            .key_condition_expression("GSI1PK = :day")
            .expression_attribute_values(":day", text(&partition))
            .set_exclusive_start_key(cursor.map(|payment| place(&partition, &payment)))
            .limit(limit)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query", &error))?;
        let found = answer.items.unwrap_or_default();
        let next = answer.last_evaluated_key.and_then(|last| name(&last, keys::BY_DAY_SK));
        let listed: Vec<Item> = found.iter().map(own_key).collect();
        let mut items = Vec::with_capacity(listed.len());
        for keys in listed.chunks(BATCH) {
            items.extend(self.get_all(keys.to_vec()).await?);
        }
        let mut payments = items
            .into_iter()
            .map(|item| items::decode::<items::PaymentItem>("payment", item).map(|item| item.0))
            .collect::<Result<Vec<_>, _>>()?;
        payments.sort_by_key(|payment| payment.id);
        Ok((payments, next))
    }

    /// The items at `wanted` (at most a batch), in no order; what is not there is left out.
    pub(crate) async fn get_all(&self, mut wanted: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        let mut found = Vec::with_capacity(wanted.len());
        for attempt in 0..TRIES {
            if wanted.is_empty() {
                return Ok(found);
            }
            if attempt > 0 {
                tokio::time::sleep(PAUSE * 2_u32.pow(attempt - 1)).await;
            }
            let request = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true);
            let request = request.build().map_err(|error| StoreError::Defect(error.to_string()))?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.table, request)
                .send()
                .await
                .map_err(|error| StoreError::from_sdk("BatchGetItem", &error))?;
            found.extend(answer.responses.unwrap_or_default().into_values().flatten());
            let left = answer.unprocessed_keys.unwrap_or_default();
            wanted = left.into_values().flat_map(|rest| rest.keys).collect();
        }
        if wanted.is_empty() {
            return Ok(found);
        }
        Err(StoreError::Unavailable(format!("BatchGetItem: {} keys stayed unprocessed", wanted.len())))
    }
}

fn name(item: &Item, attribute: &str) -> Option<String> {
    item.get(attribute).and_then(|value| value.as_s().ok()).cloned()
}

/// Where the payment with the partition key `payment` stands in the index: it is its own sort key there.
fn place(day: &str, payment: &str) -> Item {
    let attributes =
        [(keys::BY_DAY_PK, day), (keys::BY_DAY_SK, payment), (keys::PK, payment), (keys::SK, keys::ALONE)];
    attributes.into_iter().map(|(name, value)| (name.to_owned(), text(value))).collect()
}

/// The key of an indexed item in the table itself.
pub(crate) fn item_key(key: keys::Key) -> Item {
    HashMap::from([(keys::PK.to_owned(), text(key.pk)), (keys::SK.to_owned(), text(key.sk))])
}

pub(crate) fn own_key(indexed: &Item) -> HashMap<String, AttributeValue> {
    let own = indexed.iter().filter(|(name, _)| matches!(name.as_str(), keys::PK | keys::SK));
    own.map(|(name, value)| (name.clone(), value.clone())).collect()
}
