//! Gifts.

use crate::{Store, StoreError, items, keys};
use domain::{Gift, GiftCode};

impl Store {
    /// The gift that `code` opens, whatever became of it; `None` if there is no such gift.
    pub async fn gift(&self, code: &GiftCode) -> Result<Option<Gift>, StoreError> {
        let item = self.get(keys::gift(code)).await?;
        item.map(|item| items::decode::<items::GiftItem>("gift", item).map(|item| item.0)).transpose()
    }
}
