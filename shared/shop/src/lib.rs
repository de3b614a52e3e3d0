//! The use cases: load, decide, commit, with the provider's or the panel's call where one is owed.
//!
//! [`Shop`] is what a buyer can do (register, take a trial, freeze a quote, open and check a payment); [`confirm`]
//! is where every verified report of a provider ends, whoever brings it; [`delivery`] makes the panel grant what was
//! bought; [`clock`] does what is due. Bot, webhooks and workers share them; none knows Telegram, HTTP or Lambda.
//!
//! Every function takes `now`: nothing here reads a clock. Every change goes through `commit_with`, which loads,
//! decides and commits again when somebody else was faster.

mod buyer;
mod checkout;
pub mod clock;
pub mod confirm;
pub mod delivery;
mod error;
mod window;

pub use buyer::{Entry, set_reachability};
pub use checkout::Check;
pub use confirm::Confirmed;
pub use error::ShopError;

use domain::{Language, Plan, Provider, Terms};
use jiff::SignedDuration;
use payments::Gateways;
use store::Store;

/// What the operator decided about the shop.
#[derive(Debug, Clone)]
pub struct ShopSettings {
    /// Plans that fill an empty window.
    pub plans: Vec<Plan>,
    /// The trial, if one is given.
    pub trial: Option<Terms>,
    /// Stars are taken.
    pub stars: bool,
    /// Which providers move real money here.
    pub live: Live,
    /// Where a browser goes after paying; the quote's id is added.
    pub return_url: String,
    /// For people whose client speaks none of our languages.
    pub default_language: Language,
}

/// Whether a provider moves real money in this shop. Test money is held where real money is taken, and the reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// YooKassa's shop is not a test shop.
    pub yookassa: bool,
    /// The bot does not live in Telegram's test environment.
    pub stars: bool,
}

impl Live {
    /// The mode of one provider.
    pub const fn at(self, provider: Provider) -> bool {
        match provider {
            Provider::Yookassa => self.yookassa,
            Provider::Stars => self.stars,
        }
    }
}

/// For so long after the secrets were read nobody reads them again, whatever is refused: a stranger's wrong secret must
/// not make us read ours at every request.
pub const SECRETS_HOLD: SignedDuration = SignedDuration::from_secs(60);

/// The shop as buyers use it.
pub struct Shop {
    store: Store,
    gateways: Gateways,
    settings: ShopSettings,
    window: window::Window,
}

impl Shop {
    /// A shop over a store and the providers that are switched on.
    pub fn new(store: Store, gateways: Gateways, settings: ShopSettings) -> Self {
        Self { store, gateways, settings, window: window::Window::default() }
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
