//! Settings of the Tribute gateway, and how the lists among them are written.

use crate::{
    Limits,
    config::{Check, ConfigError, is_http},
};
use domain::{Currency, Money, PlanId};
use secrecy::{ExposeSecret, SecretString};

/// The currencies that Tribute sells in.
const CURRENCIES: [Currency; 3] = [Currency::Rub, Currency::Eur, Currency::Usd];

/// Settings of the Tribute gateway.
#[derive(Debug, Clone)]
pub struct Config {
    /// The API's base, `https://tribute.tg/api/v1` (`TRIBUTE_API_URL`).
    pub api_url: String,
    /// The API key, which also signs webhooks (`TRIBUTE_API_KEY`).
    pub api_key: SecretString,
    /// Payments are opened by the Shop API, which Tribute's support switches on (`TRIBUTE_SHOP_API`); without it, by the
    /// links of [`Config::items`].
    pub shop_api: bool,
    /// Which of the account's shops; `None` = the oldest (`TRIBUTE_SHOP_ID`).
    pub shop_id: Option<u64>,
    /// What one order of the Shop API may cost, one entry a currency (`TRIBUTE_SHOP_LIMITS`, see [`limits`]).
    pub shop_limits: Vec<Limits>,
    /// What is sold by Tribute's own links (`TRIBUTE_ITEMS`, see [`items`]).
    pub items: Vec<Item>,
    /// Sales are reported as test money: Tribute itself has no test mode (`TRIBUTE_TEST_MODE`).
    pub test: bool,
}

/// Something that the operator made in Tribute's cabinet, and which plan it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// `subscription/1644` or `product/456`, by Tribute's numbers.
    pub item: String,
    /// The plan that it gives.
    pub plan: PlanId,
    /// Where it is bought: `https://t.me/tribute/app?startapp=sXYZ`.
    pub url: String,
    /// What it costs there.
    pub price: Money,
}

impl Config {
    /// Every mistake at once.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut check = Check::default();
        check.rule(is_http(&self.api_url), "TRIBUTE_API_URL", "not an http(s) URL");
        let key = self.api_key.expose_secret();
        let proper = !key.is_empty() && key.bytes().all(|b| b.is_ascii_graphic());
        check.rule(proper, "TRIBUTE_API_KEY", "empty, or not of visible ASCII characters");
        let sells = self.shop_api || !self.items.is_empty();
        check.rule(sells, "TRIBUTE_ITEMS", "nothing is sold: no items, and TRIBUTE_SHOP_API is off");
        for (at, item) in self.items.iter().enumerate() {
            item.check(&mut check);
            let twice = self.items.iter().take(at).any(|other| other.item == item.item);
            check.rule(!twice, "TRIBUTE_ITEMS", &format!("{} is listed twice", item.item));
        }
        if self.shop_api {
            check.rule(!self.shop_limits.is_empty(), "TRIBUTE_SHOP_LIMITS", "no currency");
        }
        for (at, Limits { min, max }) in self.shop_limits.iter().enumerate() {
            let currency = min.currency;
            let range = currency == max.currency && min.is_positive() && min.minor <= max.minor;
            check.rule(range, "TRIBUTE_SHOP_LIMITS", &format!("not a range of {currency}"));
            check.rule(CURRENCIES.contains(&currency), "TRIBUTE_SHOP_LIMITS", "only RUB, EUR and USD");
            let twice = self.shop_limits.iter().take(at).any(|other| other.min.currency == currency);
            check.rule(!twice, "TRIBUTE_SHOP_LIMITS", &format!("{currency} is listed twice"));
        }
        check.finish()
    }

    /// What the Shop API takes if the operator says nothing else. Tribute's own texts disagree about it.
    pub fn usual_limits() -> Vec<Limits> {
        let range =
            |min, max, currency| Limits { min: Money::new(min, currency), max: Money::new(max, currency) };
        vec![
            range(10_000, 30_000_000, Currency::Rub),
            range(100, 300_000, Currency::Eur),
            range(100, 300_000, Currency::Usd),
        ]
    }
}

impl Item {
    fn check(&self, check: &mut Check) {
        let numbered = self.item.split_once('/').is_some_and(|(kind, number)| {
            let digits = (1..=19).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
            matches!(kind, "subscription" | "product") && digits
        });
        let about = |what: &str| format!("{}: {what}", self.item);
        check.rule(numbered, "TRIBUTE_ITEMS", &about("neither subscription/<number> nor product/<number>"));
        check.rule(is_http(&self.url), "TRIBUTE_ITEMS", &about("the link is not an http(s) URL"));
        let sold = self.price.is_positive() && CURRENCIES.contains(&self.price.currency);
        check.rule(sold, "TRIBUTE_ITEMS", &about("the price is not a sum of RUB, EUR or USD"));
    }
}

/// Reads `m1=subscription/1644@https://t.me/tribute/app?startapp=sXYZ@500.00 RUB; …`: plan, item, link, price.
pub fn items(text: &str) -> Result<Vec<Item>, ConfigError> {
    list("TRIBUTE_ITEMS", text, |entry| {
        let (plan, rest) = entry.split_once('=')?;
        let (item, rest) = rest.split_once('@')?;
        let (url, price) = rest.rsplit_once('@')?;
        Some(Item {
            item: item.trim().to_owned(),
            plan: plan.trim().parse().ok()?,
            url: url.trim().to_owned(),
            price: money(price)?,
        })
    })
}

/// Reads `100.00-300000.00 RUB; 1.00-3000.00 EUR`: the least and the most of one order.
pub fn limits(text: &str) -> Result<Vec<Limits>, ConfigError> {
    list("TRIBUTE_SHOP_LIMITS", text, |entry| {
        let (range, currency) = entry.split_once(' ')?;
        let currency = currency.trim().parse().ok()?;
        let (min, max) = range.split_once('-')?;
        let money = |text: &str| Money::parse(text, currency).ok();
        Some(Limits { min: money(min)?, max: money(max)? })
    })
}

fn list<T>(setting: &str, text: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, ConfigError> {
    let mut check = Check::default();
    let mut found = Vec::new();
    for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
        match read(entry) {
            Some(value) => found.push(value),
            None => check.rule(false, setting, &format!("cannot be read: {entry}")),
        }
    }
    check.finish().map(|()| found)
}

fn money(text: &str) -> Option<Money> {
    let (amount, currency) = text.trim().split_once(' ')?;
    Money::parse(amount, currency.trim().parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEMS: &str = "m1=subscription/1644@https://t.me/tribute/app?startapp=sXYZ@500.00 RUB; \
        m3 = product/456 @ https://web.tribute.tg/@shop/456 @ 12.50 EUR;";

    fn config() -> Config {
        Config {
            api_url: "https://tribute.tg/api/v1".to_owned(),
            api_key: SecretString::from("topsecret"),
            shop_api: true,
            shop_id: None,
            shop_limits: Config::usual_limits(),
            items: items(ITEMS).unwrap(),
            test: false,
        }
    }

    #[test]
    fn the_lists_are_read() {
        let items = items(ITEMS).unwrap();
        assert_eq!(items.len(), 2);
        assert_eq!((items[0].item.as_str(), items[0].plan.to_string().as_str()), ("subscription/1644", "m1"));
        assert_eq!(items[0].url, "https://t.me/tribute/app?startapp=sXYZ");
        assert_eq!(items[0].price, Money::new(50_000, Currency::Rub));
        assert_eq!(items[1].url, "https://web.tribute.tg/@shop/456");
        assert_eq!(items[1].price, Money::new(1_250, Currency::Eur));
        let text = "100.00-300000.00 RUB; 1.00-3000.00 EUR; 1.00-3000.00 USD";
        assert_eq!(limits(text).unwrap(), Config::usual_limits());
        assert_eq!(super::items(" ; ").unwrap(), []);
    }

    #[test]
    fn every_mistake_is_listed() {
        assert_eq!(config().check(), Ok(()));
        let wrong =
            super::items("m1; m1=product/1@https://t.me@5; m1=product/1@https://t.me@5 ABC").unwrap_err();
        assert_eq!(wrong.0.len(), 3);
        assert!(wrong.0.iter().all(|mistake| mistake.starts_with("TRIBUTE_ITEMS: ")), "{wrong}");
        assert_eq!(limits("100 RUB; 1-2; 1-2 RUBLES").unwrap_err().0.len(), 3);
        let broken = Config {
            api_url: "tribute.tg".to_owned(),
            api_key: SecretString::from(""),
            shop_limits: limits("5-1 RUB; 1-2 RUB; 1-2 KZT").unwrap(),
            items: super::items("m1=gift/1@tg://x@0.00 RUB; m1=gift/1@https://t.me@1 XTR").unwrap(),
            ..config()
        };
        let mistakes = broken.check().unwrap_err().0;
        assert_eq!(mistakes.len(), 11, "{mistakes:#?}");
        assert!(mistakes.iter().all(|mistake| mistake.starts_with("TRIBUTE_")), "{mistakes:#?}");
        let idle = Config { shop_api: false, items: Vec::new(), ..config() };
        assert!(idle.check().unwrap_err().0[0].starts_with("TRIBUTE_ITEMS: "));
    }

    #[test]
    fn the_key_is_not_shown() {
        assert!(!format!("{:?}", config()).contains("topsecret"));
    }
}
