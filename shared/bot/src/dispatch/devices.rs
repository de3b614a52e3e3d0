//! Devices of a subscription, and a new link for it.

use super::{
    Bot,
    press::{Reply, Step},
};
use crate::{callback::Button, screens};
use domain::{Person, Refusal, Subscription, SubscriptionNo, UserState};
use jiff::Timestamp;
use shop::Done;

impl Bot {
    pub(super) async fn own_access(
        &self,
        person: &Person,
        button: Button,
        now: Timestamp,
    ) -> Result<Reply, Step> {
        match button {
            Button::Devices(no) => {
                let state = self.shop.load(person, now).await?;
                self.reply_devices(&state, no, now).await
            }
            Button::Unlink(no, tag) => self.unlink(person, no, Some(&tag), now).await,
            Button::UnlinkAll(no) => {
                let state = self.shop.load(person, now).await?;
                let view = self.view(&state, now);
                Ok(Reply::screen(screens::unlink_all(&view, own(&state, no)?), view.texts))
            }
            Button::UnlinkAllNow(no) => self.unlink(person, no, None, now).await,
            Button::NewLink(no) => {
                let state = self.shop.load(person, now).await?;
                let view = self.view(&state, now);
                Ok(Reply::screen(screens::new_link(&view, own(&state, no)?), view.texts))
            }
            Button::NewLinkNow(no) => self.new_link(person, no, now).await,
            _ => Err(Step::Refused(Refusal::NoSubscription)),
        }
    }

    async fn reply_devices(
        &self,
        state: &UserState,
        no: SubscriptionNo,
        now: Timestamp,
    ) -> Result<Reply, Step> {
        let view = self.view(state, now);
        let own = own(state, no)?;
        let devices = self.shop.devices(own, now).await;
        Ok(Reply::screen(screens::devices(&view, own, devices.as_deref()), view.texts))
    }

    async fn unlink(
        &self,
        person: &Person,
        no: SubscriptionNo,
        tag: Option<&str>,
        now: Timestamp,
    ) -> Result<Reply, Step> {
        let (state, done) = self.shop.unlink((person.id, no), tag, now).await?;
        let key = if done == Done::Yes { "alert-unlinked" } else { "alert-panel-down" };
        Ok(self.reply_devices(&state, no, now).await?.alert(key))
    }

    async fn new_link(&self, person: &Person, no: SubscriptionNo, now: Timestamp) -> Result<Reply, Step> {
        let (state, done) = self.shop.reset_link((person.id, no), now).await?;
        let view = self.view(&state, now);
        match done {
            Done::Yes => Ok(Reply::screen(screens::link_replaced(&view, own(&state, no)?), view.texts)),
            Done::No => Ok(self.reply_menu(&state, now).alert("alert-panel-down")),
            Done::Unknown => Ok(self.reply_menu(&state, now).alert("alert-link-coming")),
        }
    }
}

fn own(state: &UserState, no: SubscriptionNo) -> Result<&Subscription, Step> {
    state.subscription(no).ok_or(Step::Refused(Refusal::NoSubscription))
}
