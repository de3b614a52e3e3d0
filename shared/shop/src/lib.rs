//! The use cases: load, decide, commit, with the provider's or the panel's call where one is owed.
//!
//! [`Shop`] is what a buyer can do (register, take a trial, freeze a quote, open and check a payment, spend a balance,
//! keep methods, name subscriptions, give gifts, invite friends, confirm an address) and what an operator can (refund,
//! release, put texts in own words); [`confirm`] is where every verified report of a provider ends, whoever brings it, and [`sold`] where a sale without an order does; [`delivery`] makes the panel grant what was
//! bought, [`hints`] takes what a panel tells by itself; [`clock`] does what is due, renewals and refunds included;
//! [`sheets`] compares a day with the providers, [`sync`] the panels with the books. Bot, webhooks and workers share them;
//! none knows Telegram, HTTP or Lambda.
//!
//! Every function takes `now`: nothing here reads a clock. Every change goes through `commit_with`, which loads,
//! decides and commits again when somebody else was faster.

mod buyer;
mod checkout;
pub mod clock;
pub mod confirm;
pub mod delivery;
pub mod email;
mod error;
mod gifts;
pub mod hints;
mod meter;
mod methods;
mod observe;
mod pace;
mod promos;
mod referrals;
mod refunds;
mod renewals;
mod resets;
mod rules;
mod sales;
mod several;
pub mod sheets;
pub mod sync;
mod texts;
mod window;

pub use buyer::{Entry, set_reachability};
pub use checkout::Check;
pub use confirm::Confirmed;
pub use email::CodeKey;
pub use error::ShopError;
pub use meter::{Limit, Verdict, step};
pub use methods::Way;
pub use referrals::joined;
pub use refunds::Refundable;
pub use resets::Done;
pub use rules::{Live, Rulebook};
pub use sales::sold;
pub use several::Wanted;
pub use texts::{Unsaved, Words, wording};
pub use window::Shown;

use domain::{Language, Money, Provider, Terms};
use jiff::SignedDuration;
use panel::Panels;
use payments::Gateways;
use store::Store;

/// What the operator decided about the shop.
#[derive(Debug, Clone)]
pub struct ShopSettings {
    /// The trial, if one is given.
    pub trial: Option<Terms>,
    /// Stars are taken.
    pub stars: bool,
    /// Monthly plans may be taken as subscriptions in Stars.
    pub star_subscriptions: bool,
    /// In which order ways to pay are offered; those not named come last. Empty: what fits the buyer's language first.
    pub methods: Vec<Provider>,
    /// How many subscriptions a person may buy.
    pub subscription_limit: u8,
    /// Sums that can be put on the balance; empty: no balance is offered.
    pub top_ups: Vec<Money>,
    /// In so many days a gift has to be opened, or its price goes back to the giver's balance; 0 = whenever.
    pub gift_days: u16,
    /// Providers' modes and what refunds and disputes do.
    pub rules: Rulebook,
    /// Where a browser goes after paying; the quote's id is added.
    pub return_url: String,
    /// What codes of e-mail addresses are made with; `None` = the shop writes no letters.
    pub codes: Option<CodeKey>,
    /// For people whose client speaks none of our languages.
    pub default_language: Language,
}

/// For so long after the secrets were read nobody reads them again, whatever is refused: a stranger's wrong secret must
/// not make us read ours at every request.
pub const SECRETS_HOLD: SignedDuration = SignedDuration::from_secs(60);

/// The shop as buyers use it.
pub struct Shop {
    store: Store,
    gateways: Gateways,
    panels: Panels,
    settings: ShopSettings,
    window: window::Window,
    pace: pace::Pace,
    meter: meter::Meter,
    words: Words,
}

impl Shop {
    /// A shop over a store, the providers that are switched on, and the panels.
    pub fn new(store: Store, gateways: Gateways, panels: Panels, settings: ShopSettings) -> Self {
        let (window, pace) = (window::Window::default(), pace::Pace::default());
        Self {
            store,
            gateways,
            panels,
            settings,
            window,
            pace,
            meter: meter::Meter::default(),
            words: Words::default(),
        }
    }

    /// The store behind it.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The providers that are switched on.
    pub fn gateways(&self) -> &Gateways {
        &self.gateways
    }

    /// What the operator decided.
    pub fn settings(&self) -> &ShopSettings {
        &self.settings
    }
}
