//! What the shop remembers: one DynamoDB table, one way to write money, time and rights.
//!
//! [`Store`] reads records ([`Store::user_state`] is one query for everything a screen needs) and commits a
//! [`domain::Decision`] ([`Store::commit`]) as one transaction: each record on the condition that its version is still
//! the one that was loaded, each event on the condition that it is new, and the once-key on the condition that it
//! never happened. The events leave through the table's stream.
//!
//! `keys` is the only place that spells keys; `items` holds the persisted shapes, which are a contract with data
//! already stored: their golden files change only by adding optional fields.
//!
//! Access patterns:
//!
//! | what | how |
//! |---|---|
//! | everything of a buyer for a screen, what their friends brought included | [`Store::user_state`]: query `USER#<id>`, `SK < EVENT` |
//! | a buyer's history | [`Store::events`]: query `USER#<id>`, `SK begins EVENT#` |
//! | a payment | [`Store::payment`]: get `PAY#<id>` |
//! | whose referral code | [`Store::referral_code`]: get `CODE#<code>` |
//! | what was said about a payment | [`Store::timeline`]: query `PAY#<id>`, `SK begins CALL#` |
//! | a day's payments | [`Store::payments_of_day`]: query index 1, `DAY#<day>`, then get each |
//! | a stray, a day's sheet | [`Store::stray`], [`Store::sheet`]: get `STRAY#<provider>#<id>`, `SHEET#<day>` |
//! | a promo code and a buyer's uses of it, all codes | [`Store::promotion`], [`Store::promos`]: get; query index 1 |
//! | a gift | [`Store::gift`]: get `GIFT#<code>`; its giver's copy comes with everything of them |
//! | plans, packages, stored settings, health, own texts | [`Store::catalog`]: query `CATALOG` |
//! | comparisons with panels | [`Store::syncs`]: query `SYNC` |
//! | many subscriptions | [`Store::subscriptions`]: batch get; [`Store::clocked_subscriptions`]: index 2, part by part |
//! | what is due | [`Store::due`]: query index 2, `DUE#<shard>` up to now |
//! | change anything | [`Store::commit`] |
//! | keep what a provider said | [`Store::keep_callback`] |
//! | send a message once | [`Store::claim`], [`Store::claim_done`] |
//! | add up how fast somebody presses | [`Store::add_to_pace`] |
//! | is the table there | [`Store::ping`] |

mod by_day;
mod claims;
mod commit;
mod error;
mod gifts;
mod items;
mod keys;
mod pace;
mod promos;
mod read;
mod sweep;
mod timeline;

pub use claims::Claim;
pub use commit::Commit;
pub use error::StoreError;
pub use items::{event_from_image, snapshot};
pub use keys::{DueKey, SHARDS};
pub use read::Catalog;
pub use timeline::Callback;

use aws_sdk_dynamodb::Client;

/// The table, reached through an SDK client that the caller built.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    table: String,
}

impl Store {
    /// The store in `table`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }
}
