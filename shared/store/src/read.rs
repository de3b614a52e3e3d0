//! Reads.

use crate::{
    Store, StoreError,
    items::{self, Item},
    keys::{self, DueKey, Key},
};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    Event, OwnText, Package, Payment, PaymentId, Plan, Provider, ProviderHealth, ReferralCode, Sheet, Stray,
    UserId, UserState,
};
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeMap;

/// What the whole shop shares: plans, stored settings, how well the providers work.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalog {
    /// All plans, archived ones too.
    pub plans: Vec<Plan>,
    /// All traffic packages, hidden ones too.
    pub packages: Vec<Package>,
    /// Settings the operator changed, by name.
    pub settings: BTreeMap<String, String>,
    /// Of the providers that something was held against, ever.
    pub health: Vec<ProviderHealth>,
    /// Texts that were ever put in own words.
    pub texts: Vec<OwnText>,
}

impl Catalog {
    fn add(&mut self, mut item: Item) -> Result<(), StoreError> {
        let sort_key = item.get(keys::SK).and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
        if sort_key.starts_with(keys::PLAN) {
            self.plans.push(items::decode::<items::PlanItem>("plan", item)?.0);
        } else if sort_key.starts_with(keys::PACKAGE) {
            self.packages.push(items::decode::<items::PackageItem>("package", item)?.0);
        } else if sort_key.starts_with(keys::HEALTH) {
            self.health.push(items::decode::<items::HealthItem>("health", item)?.0);
        } else if sort_key.starts_with(keys::TEXT) {
            self.texts.push(items::decode::<items::OwnTextItem>("own text", item)?.0);
        } else if sort_key == keys::SETTINGS {
            item.retain(|name, _| !matches!(name.as_str(), keys::PK | keys::SK | items::VERSION));
            self.settings = items::decode("settings", item)?;
        }
        Ok(())
    }
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

impl Store {
    /// Everything live of a buyer, in one query. Consistent: it follows the buyer's own writes.
    pub async fn user_state(&self, user: UserId) -> Result<UserState, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("PK = :pk AND SK < :history")
            .expression_attribute_values(":pk", text(keys::user_partition(user)))
            .expression_attribute_values(":history", text("EVENT"))
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query", &error))?;
        let mut state = UserState::default();
        for item in answer.items.unwrap_or_default() {
            let sort_key = item.get(keys::SK).and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
            match sort_key.as_str() {
                keys::PROFILE => state.user = Some(items::decode::<items::UserItem>("user", item)?.0),
                keys::QUOTE => state.quote = Some(items::decode::<items::QuoteItem>("quote", item)?.0),
                keys::DIALOG => state.dialog = Some(items::decode::<items::DialogItem>("dialog", item)?.0),
                keys::REFERRALS => {
                    state.referrals = Some(items::decode::<items::ReferralsItem>("referrals", item)?.0);
                }
                keys::PACE => state.pace = Some(items::decode::<items::PaceItem>("pace", item)?.0),
                key if key.starts_with(keys::METHOD) => {
                    state.saved.push(items::decode::<items::MethodItem>("saved method", item)?.0);
                }
                key if key.starts_with(keys::GIFT) => {
                    state.gifts.push(items::decode::<items::GiftItem>("gift", item)?.0);
                }
                key if key.starts_with(keys::SUBSCRIPTION) => {
                    let subscription = items::decode::<items::SubscriptionItem>("subscription", item)?.0;
                    state.subscriptions.push(subscription);
                }
                _ => {}
            }
        }
        state.subscriptions.sort_by_key(|subscription| subscription.no);
        state.saved.sort_by_key(|method| method.id);
        state.gifts.sort_by_key(|gift| std::cmp::Reverse((gift.bought_at, gift.payment)));
        Ok(state)
    }

    pub(crate) async fn get(&self, key: Key) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .consistent_read(true)
            .key(keys::PK, text(key.pk))
            .key(keys::SK, text(key.sk))
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("GetItem", &error))?;
        Ok(answer.item)
    }

    /// The payment `id`.
    pub async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        let item = self.get(keys::payment(id)).await?;
        item.map(|item| items::decode::<items::PaymentItem>("payment", item).map(|item| item.0)).transpose()
    }

    /// The stray of this provider and the provider's id of the money. Its report has no token: that is not stored.
    pub async fn stray(&self, provider: Provider, external_id: &str) -> Result<Option<Stray>, StoreError> {
        let item = self.get(keys::stray(provider, external_id)).await?;
        item.map(|item| items::decode::<items::StrayItem>("stray", item).map(|item| item.0)).transpose()
    }

    /// The balance sheet of `day` (UTC).
    pub async fn sheet(&self, day: Date) -> Result<Option<Sheet>, StoreError> {
        let item = self.get(keys::sheet(day)).await?;
        item.map(|item| items::decode::<items::SheetItem>("sheet", item).map(|item| item.0)).transpose()
    }

    /// Whose referral code this is.
    pub async fn referral_code(&self, code: &ReferralCode) -> Result<Option<UserId>, StoreError> {
        let item = self.get(keys::referral_code(code)).await?;
        let owner =
            item.map(|item| items::decode::<items::ReferralCodeItem>("referral code", item)).transpose()?;
        Ok(owner.map(|item| UserId(item.user)))
    }

    /// The table answers. Costs half a read unit.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.get(Key { pk: "PING".into(), sk: keys::ALONE.into() }).await.map(drop)
    }

    /// Plans, stored settings, own texts and the health of providers, in one query (of a second page only when own texts
    /// fill more than a megabyte).
    pub async fn catalog(&self) -> Result<Catalog, StoreError> {
        let (mut catalog, mut after) = (Catalog::default(), None);
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("PK = :pk")
                .expression_attribute_values(":pk", text(keys::CATALOG))
                .set_exclusive_start_key(after)
                .send()
                .await
                .map_err(|error| StoreError::from_sdk("Query", &error))?;
            for item in answer.items.unwrap_or_default() {
                catalog.add(item)?;
            }
            after = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if after.is_none() {
                return Ok(catalog);
            }
        }
    }

    /// What is due in `shard` by `now`, oldest first, at most `limit`. Read from an index: each must be looked at anew.
    pub async fn due(&self, shard: u8, now: Timestamp, limit: i32) -> Result<Vec<DueKey>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::DUE_INDEX)
            .key_condition_expression("GSI2PK = :shard AND GSI2SK <= :now")
            .expression_attribute_values(":shard", text(keys::due_partition(shard)))
            .expression_attribute_values(":now", text(keys::seconds(now)))
            .limit(limit)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query", &error))?;
        let name =
            |item: &Item, name| item.get(name).and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
        let found = answer.items.unwrap_or_default();
        Ok(found
            .iter()
            .filter_map(|item| DueKey::parse(&name(item, keys::PK), &name(item, keys::SK)))
            .collect())
    }

    /// The latest `limit` events of a buyer, newest first: their history, and why their subscription is what it is.
    pub async fn events(&self, user: UserId, limit: i32) -> Result<Vec<Event>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("PK = :pk AND begins_with(SK, :event)")
            .expression_attribute_values(":pk", text(keys::user_partition(user)))
            .expression_attribute_values(":event", text(keys::EVENT))
            .scan_index_forward(false)
            .limit(limit)
            .send()
            .await
            .map_err(|error| StoreError::from_sdk("Query", &error))?;
        answer.items.unwrap_or_default().into_iter().map(items::event_from_item).collect()
    }
}
