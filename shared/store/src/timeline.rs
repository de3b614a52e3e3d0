//! What providers said about a payment, word for word, kept for a while beside it for whoever must find out what
//! happened. It decides nothing: no money, time or right follows from it, so it does not go through [`Store::commit`].

use crate::{
    Store, StoreError,
    items::{self, CallbackItem},
    keys,
    read::text,
};
use domain::{PaymentId, Provider};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// How long it is kept.
const KEEP: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Something a provider said about a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// When it came.
    pub at: Timestamp,
    /// Who said it.
    pub provider: Provider,
    /// The words, as they came.
    pub body: String,
}

impl Store {
    /// Keeps `body`, which `provider` sent about `payment` at `at`, for 30 days. The same words of the same millisecond
    /// are kept once; apart from that nothing is compared and nothing is refused, and a repetition does no harm.
    ///
    /// `body` must be authentic and, with its few keys, fit into an item: less than 400 kB.
    pub async fn keep_callback(
        &self,
        payment: PaymentId,
        provider: Provider,
        at: Timestamp,
        body: &str,
    ) -> Result<(), StoreError> {
        let key = keys::callback(payment, at, &digest(provider, body));
        let forget = at.checked_add(KEEP).unwrap_or(at);
        let kept = CallbackItem { at, provider, body: body.to_owned() };
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(items::callback(&kept, key, forget)?))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::from_sdk("PutItem", &error))
    }

    /// What is kept of what was said about `payment`, the newest last.
    pub async fn timeline(&self, payment: PaymentId) -> Result<Vec<Callback>, StoreError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("PK = :pk AND begins_with(SK, :call)")
            .expression_attribute_values(":pk", text(keys::payment(payment).pk))
            .expression_attribute_values(":call", text(keys::CALL))
            .into_paginator()
            .items()
            .send();
        let mut said = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| StoreError::from_sdk("Query", &error))?;
            let CallbackItem { at, provider, body } = items::decode("callback", item)?;
            said.push(Callback { at, provider, body });
        }
        Ok(said)
    }
}

/// Tells two callbacks of one millisecond apart.
fn digest(provider: Provider, body: &str) -> String {
    let digest = Sha256::new().chain_update(provider.name()).chain_update("/").chain_update(body).finalize();
    let mut head = [0_u8; 8];
    head.copy_from_slice(&digest[..8]);
    format!("{:016x}", u64::from_be_bytes(head))
}
