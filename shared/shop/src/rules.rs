//! What the operator decided about money, provider by provider.

use domain::{Package, Plan, PlanId, Provider, TimePolicy, credit::Rules, referral};

/// Which providers move real money in this shop. Test money is held where real money is taken, and the reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Live {
    /// One bit a provider: its money is play money.
    testing: u32,
}

impl Live {
    /// The same, with `provider` in its test mode (or not).
    #[must_use]
    pub const fn testing(self, provider: Provider, yes: bool) -> Self {
        let bit = 1 << provider as u32;
        Self { testing: if yes { self.testing | bit } else { self.testing & !bit } }
    }

    /// The mode of one provider.
    pub const fn at(self, provider: Provider) -> bool {
        self.testing & (1 << provider as u32) == 0
    }
}

/// What the operator decided about money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rulebook {
    /// Which providers move real money here.
    pub live: Live,
    /// What a refund that was made at the provider does to the time.
    pub refund: TimePolicy,
    /// What a dispute does to it.
    pub dispute: TimePolicy,
    /// What is given for a friend; `None`: nothing.
    pub referral: Option<referral::Rules>,
    /// Plans that fill an empty window.
    pub plans: Vec<Plan>,
    /// Traffic packages that fill a window without any.
    pub packages: Vec<Package>,
    /// Articles that a provider sells by its own links (`subscription/1644`), and the plan behind each.
    pub articles: Vec<(Provider, String, PlanId)>,
}

impl Rulebook {
    /// The rules for reports of `provider`.
    pub fn of(&self, provider: Provider) -> Rules {
        Rules { live: self.live.at(provider), refund: self.refund, dispute: self.dispute }
    }

    /// The plan behind a provider's article.
    pub fn plan_of(&self, provider: Provider, item: &str) -> Option<&PlanId> {
        let found = self.articles.iter().find(|(name, known, _)| *name == provider && known == item);
        found.map(|(_, _, plan)| plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_has_a_mode_of_its_own() {
        let live = Live::default().testing(Provider::Stripe, true).testing(Provider::Wata, true);
        let live = live.testing(Provider::Wata, false);
        for provider in Provider::ALL {
            assert_eq!(live.at(*provider), *provider != Provider::Stripe, "{provider}");
        }
    }
}
