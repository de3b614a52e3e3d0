//! The persisted shapes. Each mirrors a domain type field by field; serde reads and writes the domain type through it
//! (`remote`), so that the domain itself stays free of formats. A shape that is stored is a contract: fields are added
//! as optional ones, never renamed; the golden files beside the tests hold it.

mod callback;
mod dialog;
mod event;
mod gift;
mod goods;
mod health;
mod method;
mod pace;
mod package;
mod parts;
mod payment;
mod plan;
mod promo;
mod quote;
mod referral;
mod sheet;
mod stray;
mod subscription;
mod sync;
mod text;
mod user;

use crate::{StoreError, keys};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Event, Once, Record};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) use callback::CallbackItem;
pub(crate) use dialog::DialogItem;
pub(crate) use gift::GiftItem;
pub(crate) use health::HealthItem;
pub(crate) use method::MethodItem;
pub(crate) use pace::PaceItem;
pub(crate) use package::PackageItem;
pub(crate) use payment::PaymentItem;
pub(crate) use plan::PlanItem;
pub(crate) use promo::{ActivationItem, PromoItem};
pub(crate) use quote::QuoteItem;
pub(crate) use referral::ReferralsItem;
pub(crate) use sheet::SheetItem;
pub(crate) use stray::StrayItem;
pub(crate) use subscription::SubscriptionItem;
pub(crate) use sync::SyncItem;
pub(crate) use text::OwnTextItem;
pub(crate) use user::UserItem;

/// The attribute that counts a record's writes.
pub(crate) const VERSION: &str = "version";

/// An item and the version its condition asks for (0 = must not exist).
pub(crate) struct Write {
    pub item: Item,
    pub expected: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct OnceItem {
    pub outcome: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ReferralCodeItem {
    pub user: i64,
}

fn encode<T: Serialize>(what: &str, value: &T) -> Result<Item, StoreError> {
    serde_dynamo::to_item(value).map_err(|error| StoreError::unreadable(what, &error))
}

pub(crate) fn decode<T: for<'de> Deserialize<'de>>(what: &str, item: Item) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(|error| StoreError::unreadable(what, &error))
}

fn put(item: &mut Item, name: &str, value: impl Into<String>) {
    item.insert(name.to_owned(), AttributeValue::S(value.into()));
}

fn put_key(item: &mut Item, key: keys::Key) {
    put(item, keys::PK, key.pk);
    put(item, keys::SK, key.sk);
}

fn put_number(item: &mut Item, name: &str, value: i128) {
    item.insert(name.to_owned(), AttributeValue::N(value.to_string()));
}

/// The item of a record, with its next version, its keys and its place in the indexes.
pub(crate) fn record(record: &Record) -> Result<Write, StoreError> {
    let (mut item, expected, key) = match record {
        Record::User(user) => {
            (encode("user", &UserItem(user.clone()))?, user.version, keys::profile(user.id))
        }
        Record::Subscription(s) => {
            let mut item = encode("subscription", &SubscriptionItem(s.clone()))?;
            put_due(&mut item, keys::due_shard(s.user), s.next_at);
            (item, s.version, keys::subscription(s.user, s.no))
        }
        Record::Quote(quote) => {
            let mut item = encode("quote", &QuoteItem(quote.clone()))?;
            // Kept for a week after it ended, for whoever asks what was offered.
            put_number(&mut item, keys::TTL, i128::from(quote.expires_at.as_second()) + 7 * 86_400);
            (item, quote.version, keys::quote(quote.user))
        }
        Record::Dialog(dialog) => {
            let mut item = encode("dialog", &DialogItem(dialog.clone()))?;
            put_number(&mut item, keys::TTL, i128::from(dialog.expires_at.as_second()) + 86_400);
            (item, dialog.version, keys::dialog(dialog.user))
        }
        Record::Pace(pace) => {
            let mut item = encode("pace", &PaceItem(pace.clone()))?;
            put_number(&mut item, keys::TTL, i128::from(crate::pace::forgotten(pace)));
            (item, pace.version, keys::pace(pace.user))
        }
        Record::Promo(promo) => {
            let mut item = encode("promo code", &PromoItem(promo.clone()))?;
            put(&mut item, keys::BY_DAY_PK, keys::PROMOS);
            put(&mut item, keys::BY_DAY_SK, promo.code.as_str());
            (item, promo.version, keys::promo(&promo.code))
        }
        Record::Activation(used) => {
            let item = encode("activation", &ActivationItem(used.clone()))?;
            (item, used.version, keys::activation(&used.code, used.user))
        }
        Record::Referrals(referrals) => (
            encode("referrals", &ReferralsItem(referrals.clone()))?,
            referrals.version,
            keys::referrals(referrals.user),
        ),
        Record::Gift(gift) => {
            (encode("gift", &GiftItem(gift.clone()))?, gift.version, keys::gift(&gift.code))
        }
        Record::OwnGift(gift) => {
            let mut item = encode("gift", &GiftItem(gift.clone()))?;
            if let Some(done) = gift.state.done_at() {
                put_number(&mut item, keys::TTL, i128::from(done.as_second()) + OLD_GIFTS);
            }
            put_due(&mut item, keys::due_shard(gift.giver), gift.next_at);
            (item, gift.version, keys::own_gift(gift.giver, gift.payment))
        }
        Record::Payment(payment) => {
            let mut item = encode("payment", &PaymentItem(payment.clone()))?;
            let key = keys::payment(payment.id);
            put(&mut item, keys::BY_DAY_PK, keys::day_partition(keys::day_of(payment.created_at)));
            put(&mut item, keys::BY_DAY_SK, key.pk.clone());
            put_due(&mut item, keys::due_shard(payment.user), payment.next_at);
            (item, payment.version, key)
        }
        Record::Method(method) => (
            encode("saved method", &MethodItem(method.clone()))?,
            method.version,
            keys::method(method.user, method.id),
        ),
        Record::Stray(stray) => {
            let mut item = encode("stray", &StrayItem(stray.clone()))?;
            put_due(&mut item, keys::shop_shard(), stray.next_at);
            (item, stray.version, keys::stray(stray.provider, &stray.external_id))
        }
        Record::Sheet(sheet) => {
            let mut item = encode("sheet", &SheetItem(sheet.clone()))?;
            put_due(&mut item, keys::shop_shard(), sheet.next_at);
            (item, sheet.version, keys::sheet(sheet.day))
        }
        Record::Sync(sync) => {
            (encode("comparison", &SyncItem(sync.clone()))?, sync.version, keys::sync(&sync.panel))
        }
        Record::Health(health) => {
            (encode("health", &HealthItem(health.clone()))?, health.version, keys::health(health.provider))
        }
        Record::Plan(plan) => {
            (encode("plan", &PlanItem(plan.clone()))?, plan.version, keys::plan(&plan.terms.plan))
        }
        Record::OwnText(own) => {
            (encode("own text", &OwnTextItem(own.clone()))?, own.version, keys::text(own.language, &own.key))
        }
        Record::Package(package) => {
            (encode("package", &PackageItem(package.clone()))?, package.version, keys::package(&package.id))
        }
        Record::ReferralCode { code, user } => {
            (encode("referral code", &ReferralCodeItem { user: user.0 })?, 0, keys::referral_code(code))
        }
    };
    put_key(&mut item, key);
    put_number(&mut item, VERSION, i128::from(expected) + 1);
    Ok(Write { item, expected })
}

/// So many seconds a giver sees what became of a gift.
const OLD_GIFTS: i128 = 180 * 86_400;

fn put_due(item: &mut Item, shard: String, at: Option<jiff::Timestamp>) {
    if let Some(at) = at {
        put(item, keys::DUE_PK, shard);
        put(item, keys::DUE_SK, keys::seconds(at));
    }
}

/// The item of an event.
pub(crate) fn event(event: &Event) -> Result<Item, StoreError> {
    let mut item = encode("event", &event::EventItem(event.clone()))?;
    put_key(&mut item, keys::event(event.user, event.id));
    Ok(item)
}

/// The item of a callback, which the table drops after `forget`.
pub(crate) fn callback(
    kept: &CallbackItem,
    key: keys::Key,
    forget: jiff::Timestamp,
) -> Result<Item, StoreError> {
    let mut item = encode("callback", kept)?;
    put_key(&mut item, key);
    put_number(&mut item, keys::TTL, i128::from(forget.as_second()));
    Ok(item)
}

/// The item of a once-key.
pub(crate) fn once(once: &Once) -> Result<Item, StoreError> {
    let mut item = encode("once", &OnceItem { outcome: once.outcome.clone() })?;
    put_key(&mut item, keys::once(&once.key));
    Ok(item)
}

pub(crate) fn event_from_item(item: Item) -> Result<Event, StoreError> {
    decode::<event::EventItem>("event", item).map(|item| item.0)
}

/// Reads an event from a stream record's new image (already plain attribute values of the stream's own crate).
/// `None` if the image is not an event.
pub fn event_from_image(image: serde_dynamo::Item) -> Result<Option<Event>, StoreError> {
    let is_event = match image.get(keys::SK) {
        Some(serde_dynamo::AttributeValue::S(sort_key)) => sort_key.starts_with(keys::EVENT),
        _ => false,
    };
    if !is_event {
        return Ok(None);
    }
    let item: event::EventItem =
        serde_dynamo::from_item(image).map_err(|error| StoreError::unreadable("event", &error))?;
    Ok(Some(item.0))
}

/// The item that would be stored for `record`, for tools that show or check persisted shapes.
pub fn snapshot(item_of: &Record) -> Result<HashMap<String, AttributeValue>, StoreError> {
    record(item_of).map(|write| write.item)
}

#[cfg(test)]
mod golden;
