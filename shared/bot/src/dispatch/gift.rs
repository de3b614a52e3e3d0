//! Opening gifts.

use super::{
    Bot,
    press::{Reply, Step},
};
use crate::{Screen, screens};
use domain::{GiftCode, Person};
use jiff::Timestamp;
use shop::ShopError;

impl Bot {
    /// What stands behind a gift's link; nothing is taken yet.
    pub(super) async fn gift_link(
        &self,
        person: &Person,
        code: &str,
        now: Timestamp,
    ) -> Result<Screen, ShopError> {
        let (state, found) = self.shop.find_gift(person, code, now).await?;
        Ok(screens::gift_found(&self.view(&state, now), &state, &found))
    }

    /// "Take it."
    pub(super) async fn take_gift(
        &self,
        person: &Person,
        code: &GiftCode,
        now: Timestamp,
    ) -> Result<Reply, Step> {
        let (state, found) = self.shop.open_gift(person, code, now).await?;
        let view = self.view(&state, now);
        Ok(Reply::screen(screens::gift_found(&view, &state, &found), view.texts))
    }
}
