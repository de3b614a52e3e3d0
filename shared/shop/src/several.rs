//! Several subscriptions of a buyer, and extra traffic for one of them.

use crate::{Shop, ShopError};
use domain::{
    Goods, PackageId, Person, Quote, Refusal, SubscriptionNo, Topic, UserState,
    checkout::{self, Choice},
    dialog, package, several,
};
use jiff::Timestamp;

/// A package for one of the buyer's subscriptions.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// For which.
    pub no: SubscriptionNo,
    /// What.
    pub package: &'a PackageId,
}

impl Shop {
    /// Whoever buys a plan has to say for which subscription.
    pub fn must_choose(&self, state: &UserState) -> bool {
        several::must_choose(state, self.settings.subscription_limit)
    }

    /// The number of one more subscription, if it may be bought.
    pub fn new_number(&self, state: &UserState) -> Option<SubscriptionNo> {
        state.may_add(self.settings.subscription_limit).then(|| state.free_number())
    }

    /// Makes one of the buyer's subscriptions the primary one.
    pub async fn prefer(
        &self,
        person: &Person,
        no: SubscriptionNo,
        now: Timestamp,
    ) -> Result<UserState, ShopError> {
        self.commit_with(person, now, |state| Ok(((), several::prefer(state, no)?))).await.map(|done| done.0)
    }

    /// Asks the buyer for a name of a subscription.
    pub async fn ask_name(
        &self,
        person: &Person,
        no: SubscriptionNo,
        now: Timestamp,
    ) -> Result<UserState, ShopError> {
        let decide = |state: &UserState| {
            state.subscription(no).ok_or(Refusal::NoSubscription)?;
            Ok(((), dialog::ask(state, person.id, Topic::Rename(no), now)))
        };
        self.commit_with(person, now, decide).await.map(|done| done.0)
    }

    /// Extra traffic is for sale, as far as is known without asking the table.
    pub fn sells_traffic(&self) -> bool {
        let known = self.last_shown().map(|shown| !package::visible(&shown.packages).is_empty());
        known.unwrap_or(!self.settings.rules.packages.is_empty())
    }

    /// Names a subscription. `name` is clean; blank gives the default name back.
    pub async fn rename(
        &self,
        person: &Person,
        (no, name): (SubscriptionNo, &str),
        now: Timestamp,
    ) -> Result<UserState, ShopError> {
        let decide = |state: &UserState| Ok(((), several::rename(state, no, name)?));
        self.commit_with(person, now, decide).await.map(|done| done.0)
    }

    /// Freezes an offer of extra traffic, or keeps the open one. `choice`: `None` keeps what was chosen for an open
    /// offer of the same package.
    pub async fn freeze_traffic(
        &self,
        person: &Person,
        wanted: Wanted<'_>,
        choice: Option<Choice>,
        now: Timestamp,
    ) -> Result<(UserState, Quote), ShopError> {
        let shown = self.shown(now).await?;
        let package = package::find(&shown.packages, wanted.package).ok_or(Refusal::NoTraffic)?;
        let floors = self.floors(package.prices.iter().map(|price| price.currency));
        let decide = |state: &UserState| {
            let same = |open: &&Quote| {
                let goods =
                    matches!(&open.goods, Goods::Traffic { package: known, .. } if *known == package.id);
                open.is_open(now) && goods && open.no == wanted.no
            };
            let open = state.quote.as_ref().filter(same);
            let kept = open.map(|open| Choice { use_balance: open.uses_balance(), save_method: false });
            let choice = choice.or(kept).unwrap_or_default();
            checkout::freeze_traffic(state, (package, wanted.no), choice, &floors, now)
        };
        self.commit_deal(person, now, decide).await
    }

    /// The subscription that the open offer is for is there, or may still be added. Asked before money is taken, never
    /// after.
    pub(crate) fn has_place(&self, state: &UserState, now: Timestamp) -> Result<(), Refusal> {
        let Some(quote) = state.quote.as_ref().filter(|quote| matches!(quote.goods, Goods::Plan(_))) else {
            return Ok(());
        };
        several::place(state, Some(quote.no), self.settings.subscription_limit, now).map(drop)
    }
}
