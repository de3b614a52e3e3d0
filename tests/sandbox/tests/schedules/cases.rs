//! What is played: every provider, some of them in more than one setting.

use domain::Provider;
use sandbox::{clock::Clock, gateway::Address, tills::Tills, world::Overrides};
use standin_providers::tribute::{self, Tribute};
use std::{fmt, str::FromStr};

/// A provider in a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Yookassa,
    Freekassa,
    /// FreeKassa without its API: signed links, and a webhook that is all there is.
    FreekassaForm,
    Robokassa,
    Wata,
    Stripe,
    Paypal,
    Cryptopay,
    /// Stars: charges come as updates of Telegram.
    Stars,
    /// Tribute's own links.
    Tribute,
    /// Tribute's Shop API.
    TributeShop,
}

impl Case {
    pub const ALL: [Self; 11] = [
        Self::Yookassa,
        Self::Freekassa,
        Self::FreekassaForm,
        Self::Robokassa,
        Self::Wata,
        Self::Stripe,
        Self::Paypal,
        Self::Cryptopay,
        Self::Stars,
        Self::Tribute,
        Self::TributeShop,
    ];

    /// Those that the sandbox's whole world knows.
    pub fn whole() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|case| !matches!(case, Self::FreekassaForm | Self::TributeShop))
    }

    /// The name in seeds.
    pub fn name(self) -> &'static str {
        match self {
            Self::FreekassaForm => "freekassa-form",
            Self::TributeShop => "tribute-shop",
            other => other.provider().name(),
        }
    }

    pub fn provider(self) -> Provider {
        match self {
            Self::Yookassa => Provider::Yookassa,
            Self::Freekassa | Self::FreekassaForm => Provider::Freekassa,
            Self::Robokassa => Provider::Robokassa,
            Self::Wata => Provider::Wata,
            Self::Stripe => Provider::Stripe,
            Self::Paypal => Provider::Paypal,
            Self::Cryptopay => Provider::Cryptopay,
            Self::Stars => Provider::Stars,
            Self::Tribute | Self::TributeShop => Provider::Tribute,
        }
    }

    /// Settings that differ from the sandbox's.
    pub fn settings(self) -> Overrides {
        let none = Overrides::default();
        match self {
            Self::TributeShop => none
                .with("TRIBUTE_SHOP_API", "true")
                .with("TRIBUTE_SHOP_ID", SHOP)
                .with("TRIBUTE_SHOP_LIMITS", "10.00-100000.00 RUB"),
            _ => none,
        }
    }

    /// A setting of the sandbox's that this one does without.
    pub fn without(self) -> Option<&'static str> {
        (self == Self::FreekassaForm).then_some("FREEKASSA_API_KEY")
    }

    /// The stand-ins, where this setting wants other ones.
    pub fn tills(self, mut tills: Tills, address: Address, clock: &Clock) -> Tills {
        if self == Self::TributeShop {
            let config = tribute::Config {
                api_key: "sandbox-tribute-key".to_owned(),
                public_base: address.below("/tribute"),
                shop_id: SHOP.parse().ok(),
                items: Vec::new(),
            };
            tills.tribute = Tribute::new(config, clock.source());
        }
        tills
    }

    /// If the webhook of `provider` never comes, the shop cannot find out by itself.
    pub fn deaf(self, provider: Provider) -> bool {
        match provider {
            Provider::Tribute => self != Self::TributeShop,
            Provider::Freekassa => self == Self::FreekassaForm,
            _ => false,
        }
    }
}

const SHOP: &str = "17";

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Case {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|case| case.name() == text).ok_or_else(|| format!("no case {text:?}"))
    }
}
