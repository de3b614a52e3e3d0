//! Subscriptions by the hundred, for comparing them with a panel.

use crate::{
    Store, StoreError,
    items::{self, Item},
    keys::{self, DueKey, Key, SHARDS},
    read::text,
};
use domain::{Subscription, SubscriptionNo, Sync, UserId};

/// So many keys fit into one BatchGetItem.
const BATCH: usize = 100;

impl Store {
    /// The comparisons with all panels, in one query.
    pub async fn syncs(&self) -> Result<Vec<Sync>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("PK = :pk")
            .expression_attribute_values(":pk", text(keys::SYNCS))
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query", &error))?;
        let found = answer.items.unwrap_or_default().into_iter();
        found.map(|item| items::decode::<items::SyncItem>("comparison", item).map(|item| item.0)).collect()
    }

    /// These subscriptions, in no order; what is not there is left out.
    pub async fn subscriptions(
        &self,
        wanted: &[(UserId, SubscriptionNo)],
    ) -> Result<Vec<Subscription>, StoreError> {
        let mut found = Vec::with_capacity(wanted.len());
        for part in wanted.chunks(BATCH) {
            let keys = part.iter().map(|(user, no)| item_key(keys::subscription(*user, *no)));
            for item in self.get_all(keys.collect()).await? {
                found.push(items::decode::<items::SubscriptionItem>("subscription", item)?.0);
            }
        }
        Ok(found)
    }

    /// Some of the subscriptions for which the alarm clock will ring: every running one is among them. At most `limit`
    /// (1 or more) things of the clock are looked at.
    ///
    /// With them comes the cursor of the next part, to be given back as it is; `None` if this was the last. A part may be
    /// empty and still have a next one. What the clock sets anew meanwhile may be listed twice or left out.
    pub async fn clocked_subscriptions(
        &self,
        cursor: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<Subscription>, Option<String>), StoreError> {
        let (shard, from) = cursor.map(place).transpose()?.unwrap_or((0, None));
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::DUE_INDEX)
            .key_condition_expression("GSI2PK = :shard")
            .expression_attribute_values(":shard", text(keys::due_partition(shard)))
            .set_exclusive_start_key(from)
            .limit(limit)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query", &error))?;
        let found = answer.items.unwrap_or_default();
        let wanted: Vec<_> = found
            .iter()
            .filter_map(|item| match DueKey::parse(&name(item, keys::PK), &name(item, keys::SK)) {
                Some(DueKey::Subscription(user, no)) => Some((user, no)),
                _ => None,
            })
            .collect();
        let next = match answer.last_evaluated_key {
            Some(last) => Some(cursor_at(shard, Some(&last))),
            None if shard + 1 < SHARDS => Some(cursor_at(shard + 1, None)),
            None => None,
        };
        Ok((self.subscriptions(&wanted).await?, next))
    }
}

fn name(item: &Item, attribute: &str) -> String {
    item.get(attribute).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}

fn item_key(key: Key) -> Item {
    [(keys::PK, key.pk), (keys::SK, key.sk)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), text(value)))
        .collect()
}

/// The shard, and the four keys of the last item seen there. The keys may hold any sign but this one.
fn cursor_at(shard: u8, last: Option<&Item>) -> String {
    let keys = last.map(|last| CURSOR.map(|attribute| name(last, attribute)).join(SEPARATOR));
    format!("{shard}{SEPARATOR}{}", keys.unwrap_or_default())
}

const SEPARATOR: &str = "\n";
const CURSOR: [&str; 3] = [keys::DUE_SK, keys::PK, keys::SK];

fn place(cursor: &str) -> Result<(u8, Option<Item>), StoreError> {
    let unreadable = || StoreError::Defect(format!("no place among what is due: {cursor:?}"));
    let mut parts = cursor.split(SEPARATOR);
    let shard: u8 = parts.next().and_then(|shard| shard.parse().ok()).ok_or_else(unreadable)?;
    let values: Vec<&str> = parts.collect();
    match values.as_slice() {
        [""] => Ok((shard, None)),
        [due, pk, sk] => {
            let mut item = item_key(Key { pk: (*pk).to_owned(), sk: (*sk).to_owned() });
            item.insert(keys::DUE_PK.to_owned(), text(keys::due_partition(shard)));
            item.insert(keys::DUE_SK.to_owned(), text(*due));
            Ok((shard, Some(item)))
        }
        _ => Err(unreadable()),
    }
}
