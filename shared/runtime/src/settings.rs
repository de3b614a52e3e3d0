//! Every setting of the shop, typed and checked at once.
//!
//! | name | meaning | default |
//! |---|---|---|
//! | `TABLE_NAME` | the table | `2getpro` |
//! | `PUBLIC_URL` | https base of the API | required |
//! | `BOT_USERNAME` | the bot's name without `@` | required |
//! | `TELEGRAM_API_URL`, `TELEGRAM_TEST_ENVIRONMENT` | Bot API; Stars of the test environment are test money | `https://api.telegram.org`, false |
//! | `<PROVIDER>_ENABLED` and what belongs to it | payment providers: `docs/providers.md`, read by `providers.rs` | off |
//! | `STARS_ENABLED`, `STARS_SUBSCRIPTIONS` | Telegram Stars; monthly plans as subscriptions that Telegram renews | true, false |
//! | `PAYMENT_METHODS_ORDER` | names of providers in the order of the buttons | what fits the language first |
//! | `TOP_UP_AMOUNTS` | sums for the balance, `300 RUB, 1000 RUB, 100 XTR`; none or `off` = no balance | none |
//! | `GIFT_DAYS` | in so many days a gift has to be opened, or its price goes back to the giver's balance; 0 = never | 30 |
//! | `REFUND_TIME_POLICY`, `DISPUTE_TIME_POLICY` | what a refund made at the provider, or a dispute, does to the time: `keep`, `cut`, `end` | `cut`, `end` |
//! | `ADMIN_IDS` | Telegram ids of the operators | none |
//! | `PRICE_<n>_MONTH(S)_RUB`, `…_STARS`, `…_USD` and every other currency | prices of 1, 3, 6, 12 months; they fill an empty table once | none |
//! | `SUBSCRIPTION_LIMIT` | how many subscriptions a person may buy, 1 to 10 | 1 |
//! | `TRAFFIC_PACKAGES`, `STARS_TRAFFIC_PACKAGES` | extra traffic, sold beside the plans: `10:99, 50:299` = 10 GB for 99 rubles; the second in Stars. They fill a window without packages once | none |
//! | `USER_TRAFFIC_LIMIT_GB`, `USER_TRAFFIC_STRATEGY`, `USER_SQUAD_UUIDS`, `USER_EXTERNAL_SQUAD_UUID`, `USER_HWID_DEVICE_LIMIT` | what those plans grant | 0, `NO_RESET`, none |
//! | `USER_PANEL`; `PLAN_<n>_MONTH(S)_PANEL`, `…_SQUADS`; `TRIAL_PANEL` | in which panel (`panels.rs`) the accounts are, and other groups of servers there | `main`; the user's |
//! | `SYNC_HOURS`, `SYNC_DEPTH` | how often the panels are compared with the shop (0 = when an operator asks), and whether that only looks (`look`) or sets right what differs (`repair`) | 24, `repair` |
//! | `TRIAL_ENABLED`, `TRIAL_DURATION_DAYS`, `TRIAL_TRAFFIC_LIMIT_GB`, `TRIAL_SQUAD_UUIDS` | the trial | true, 3, 5, the user's |
//! | `REFERRAL_…`, `REFEREE_…` | what is given for a friend: `referral.rs` | days for both |
//! | `DEFAULT_LANGUAGE`, `TIME_ZONE` | of texts and dates | `ru`, `Europe/Moscow` |
//! | `SUBSCRIPTION_HOSTS` | hosts of subscription links that `/open` may open | any |
//! | `REQUIRED_CHANNELS`, `CHANNEL_GATE` | channels to join first: `@name`, `-100…` or `-100…\|https://t.me/+…`, by commas; the bot must be an administrator there. Who has to: `off`, `trial` (who takes it), `all` (who has no paid subscription) | none, `off` |
//! | `RATE_LIMIT_PER_MINUTE`, `RATE_LIMIT_OPERATOR_PER_MINUTE`, `RATE_LIMIT_BAN_SECONDS` | requests of a person, of an operator in a minute (0 = as many as they like); how long somebody is not answered who makes twice as many and never paid (0 = they are only slowed) | 30, 100, 300 |
//! | `SUPPORT_LINK`, `TERMS_OF_SERVICE_URL`, `SERVER_STATUS_URL` | links in the menu | none |

use crate::{
    packages::{packages, subscription_limit},
    referral,
    vars::{Mistakes, Reader, Vars},
};
use bot::{BotSettings, Gate, PaceLimits, Scope, Wording};
use domain::{
    Currency, Language, Localized, Money, PanelId, Period, Plan, PlanId, Provider, Terms, TimePolicy,
    TrafficReset, UserId, sync::Depth,
};
use jiff::SignedDuration;
use url::Url;

/// Every setting but the secrets.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The table.
    pub table: String,
    /// Hosts of the panel's subscription links, to which alone `/open` leads; empty = any.
    pub subscription_hosts: Vec<String>,
    /// Base of the Bot API.
    pub telegram_api: Url,
    /// What the operator decided about the shop.
    pub shop: shop::ShopSettings,
    /// What the bot shows.
    pub bot: BotSettings,
    /// When the panels are compared with the shop.
    pub sync: shop::sync::Schedule,
}

impl Settings {
    /// Every panel that is sold, and the setting that says so.
    pub fn panels(&self) -> impl Iterator<Item = &PanelId> {
        let plans = self.shop.rules.plans.iter().map(|plan| &plan.terms.panel);
        plans.chain(self.shop.trial.iter().map(|terms| &terms.panel))
    }

    /// Reads all settings, or says everything that is wrong with them.
    pub fn read(vars: &Vars) -> Result<Self, Mistakes> {
        let mut reader = Reader::new(vars);
        forbid_old_names(&mut reader);
        let public_url = reader.required_url("PUBLIC_URL");
        let telegram_api = reader.url("TELEGRAM_API_URL", "https://api.telegram.org");
        let language = reader.parsed("DEFAULT_LANGUAGE", "ru or en", Language::Ru);
        let terms = user_terms(&mut reader);
        let referral = referral::rules(&mut reader);
        let public = public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned());
        let settings = Self {
            table: reader.optional("TABLE_NAME").unwrap_or_else(|| "2getpro".into()),
            telegram_api: telegram_api.unwrap_or_else(unset),
            shop: shop::ShopSettings {
                codes: None,
                trial: trial(&mut reader, &terms),
                stars: reader.flag("STARS_ENABLED", true),
                star_subscriptions: reader.flag("STARS_SUBSCRIPTIONS", false),
                subscription_limit: subscription_limit(&mut reader),
                methods: methods(&mut reader),
                top_ups: top_ups(&mut reader),
                gift_days: reader.parsed("GIFT_DAYS", "a number of days", 30),
                rules: shop::Rulebook { referral, ..rules(&mut reader, &terms) },
                return_url: format!("{}/pay/return", public.unwrap_or_default()),
                default_language: language,
            },
            bot: BotSettings {
                referral,
                ..bot_settings(&mut reader, public_url.unwrap_or_else(unset), language)
            },
            sync: sync(&mut reader),
            subscription_hosts: reader.list("SUBSCRIPTION_HOSTS"),
        };
        reader.finish(settings)
    }
}

/// Stands in for an address that is missing or wrong while the other settings are still being read.
#[expect(clippy::expect_used, reason = "a constant")]
fn unset() -> Url {
    Url::parse("http://unset.invalid").expect("an address")
}

/// A scheduled comparison never takes over accounts of others: that is for an operator who has looked.
fn sync(reader: &mut Reader<'_>) -> shop::sync::Schedule {
    let hours: u16 = reader.parsed("SYNC_HOURS", "a number of hours", 24);
    let depth = reader.parsed("SYNC_DEPTH", "look or repair", Depth::Repair);
    if depth == Depth::Adopt {
        reader.mistake("SYNC_DEPTH", "look or repair is expected: only an operator takes accounts over");
    }
    shop::sync::Schedule { every: SignedDuration::from_hours(i64::from(hours)), depth }
}

/// What refunds and disputes do; the providers' modes and articles are added when their settings are read.
fn rules(reader: &mut Reader<'_>, terms: &Terms) -> shop::Rulebook {
    let test_stars = reader.flag("TELEGRAM_TEST_ENVIRONMENT", false);
    shop::Rulebook {
        live: shop::Live::default().testing(Provider::Stars, test_stars),
        refund: reader.parsed("REFUND_TIME_POLICY", "keep, cut or end", TimePolicy::Cut),
        dispute: reader.parsed("DISPUTE_TIME_POLICY", "keep, cut or end", TimePolicy::End),
        referral: None,
        plans: plans(reader, terms),
        packages: packages(reader),
        articles: Vec::new(),
    }
}

fn methods(reader: &mut Reader<'_>) -> Vec<Provider> {
    let mut methods = Vec::new();
    for name in reader.list("PAYMENT_METHODS_ORDER") {
        match name.to_ascii_lowercase().parse() {
            Ok(provider) => methods.push(provider),
            Err(_) => reader.mistake("PAYMENT_METHODS_ORDER", format_args!("{name:?} is no way to pay")),
        }
    }
    methods
}

/// `100 RUB, 300 RUB, 100 XTR`; `off` offers no balance.
fn top_ups(reader: &mut Reader<'_>) -> Vec<Money> {
    let given = reader.list("TOP_UP_AMOUNTS");
    if given.iter().any(|text| text == "off") {
        return Vec::new();
    }
    let mut amounts = Vec::new();
    for text in given {
        match text.parse::<Money>() {
            Ok(amount) if amount.is_positive() => amounts.push(amount),
            _ => reader.mistake("TOP_UP_AMOUNTS", format_args!("\"300 RUB\" is expected, not {text:?}")),
        }
    }
    amounts
}

/// Telegram ids of the people who run the shop.
fn operators(reader: &mut Reader<'_>) -> Vec<UserId> {
    let mut operators = Vec::new();
    for text in reader.list("ADMIN_IDS") {
        match text.parse() {
            Ok(id) => operators.push(id),
            Err(_) => reader.mistake("ADMIN_IDS", format_args!("{text:?} is no Telegram id")),
        }
    }
    operators
}

fn bot_settings(reader: &mut Reader<'_>, public_url: Url, default_language: Language) -> BotSettings {
    BotSettings {
        bot_username: reader.required("BOT_USERNAME").trim_start_matches('@').to_owned(),
        public_url,
        support_link: reader.url("SUPPORT_LINK", ""),
        terms_url: reader.url("TERMS_OF_SERVICE_URL", ""),
        status_url: reader.url("SERVER_STATUS_URL", ""),
        time_zone: reader.time_zone("TIME_ZONE", "Europe/Moscow"),
        test_environment: reader.flag("TELEGRAM_TEST_ENVIRONMENT", false),
        default_language,
        operators: operators(reader),
        traffic_packages: !(reader.list("TRAFFIC_PACKAGES").is_empty()
            && reader.list("STARS_TRAFFIC_PACKAGES").is_empty()),
        gate: gate(reader),
        referral: None,
        pace: pace(reader),
        wording: Wording::default(),
    }
}

/// The channels that people join first, and who has to.
fn gate(reader: &mut Reader<'_>) -> Gate {
    let mut channels = Vec::new();
    for text in reader.list("REQUIRED_CHANNELS") {
        match text.parse() {
            Ok(channel) => channels.push(channel),
            Err(error) => reader.mistake("REQUIRED_CHANNELS", format_args!("{error}, not {text:?}")),
        }
    }
    let scope = reader.parsed("CHANNEL_GATE", "off, trial or all", Scope::Off);
    if scope != Scope::Off && channels.is_empty() {
        reader.mistake("CHANNEL_GATE", "REQUIRED_CHANNELS names no channel");
    }
    Gate { scope, channels }
}

/// How fast people may press.
fn pace(reader: &mut Reader<'_>) -> PaceLimits {
    let seconds: u32 = reader.parsed("RATE_LIMIT_BAN_SECONDS", "a number of seconds", 300);
    let per_minute = reader.parsed("RATE_LIMIT_PER_MINUTE", "a number of requests", 30);
    let of_operators = reader.parsed("RATE_LIMIT_OPERATOR_PER_MINUTE", "a number of requests", 100);
    PaceLimits { per_minute, of_operators, stop: SignedDuration::from_secs(seconds.into()) }
}

/// Prices under their old names mean kopecks in one bot and rubles in another: we do not guess.
fn forbid_old_names(reader: &mut Reader<'_>) {
    for months in ["1_MONTH", "3_MONTHS", "6_MONTHS", "12_MONTHS"] {
        let old = format!("RUB_PRICE_{months}");
        if reader.optional(&old).is_some() {
            reader.mistake(&old, format_args!("is now PRICE_{months}_RUB, in rubles (150 or 149.90)"));
        }
    }
}

const GIB: u64 = 1 << 30;

/// Gibibytes as people write them (`5`, `0.5`, `5.0`), in bytes, exactly to a hundredth.
fn gigabytes(reader: &mut Reader<'_>, name: &str, default: &str) -> u64 {
    let text = reader.optional(name).unwrap_or_else(|| default.to_owned());
    let hundredths =
        Money::parse(&text, Currency::Usd).ok().and_then(|money| u64::try_from(money.minor).ok());
    let bytes = hundredths.and_then(|hundredths| hundredths.checked_mul(GIB)).map(|bytes| bytes / 100);
    bytes.unwrap_or_else(|| {
        reader.mistake(name, format_args!("gigabytes (0 = unlimited) are expected, not {text:?}"));
        0
    })
}

fn user_terms(reader: &mut Reader<'_>) -> Terms {
    Terms {
        plan: plan_id("plan"),
        name: Localized { ru: String::new(), en: String::new() },
        period: Period::Months(1),
        traffic_limit: gigabytes(reader, "USER_TRAFFIC_LIMIT_GB", "0"),
        traffic_reset: reader.parsed(
            "USER_TRAFFIC_STRATEGY",
            "NO_RESET, DAY, WEEK, MONTH or MONTH_ROLLING",
            TrafficReset::NoReset,
        ),
        device_limit: reader.parsed_optional("USER_HWID_DEVICE_LIMIT", "a whole number"),
        panel: reader.parsed("USER_PANEL", "a panel's name", PanelId::default()),
        squads: squads(reader, "USER_SQUAD_UUIDS"),
        external_squad: reader.uuids("USER_EXTERNAL_SQUAD_UUID").into_iter().next(),
    }
}

/// The terms of `base` with a panel and squads of their own, where the operator set them. Another panel has other squads.
fn elsewhere(reader: &mut Reader<'_>, base: &Terms, (panel, groups): (&str, &str)) -> Terms {
    let panel = reader.parsed(panel, "a panel's name", base.panel.clone());
    let own = squads(reader, groups);
    let moved = panel != base.panel;
    Terms {
        squads: if own.is_empty() && !moved { base.squads.clone() } else { own },
        external_squad: base.external_squad.clone().filter(|_| !moved),
        panel,
        ..base.clone()
    }
}

/// Groups of servers: UUIDs of Remnawave's squads, or Marzban's `protocol` and `protocol:inbound`.
fn squads(reader: &mut Reader<'_>, name: &str) -> Vec<String> {
    let groups = reader.list(name);
    let marzban = |group: &String| {
        let protocol = group.split(':').next().unwrap_or_default();
        protocol.parse::<panel::marzban::Protocol>().is_ok()
    };
    if !groups.is_empty() && groups.iter().all(marzban) {
        return groups;
    }
    reader.uuids(name)
}

#[expect(clippy::expect_used, reason = "only constants come here; a test reads them all")]
fn plan_id(text: &str) -> PlanId {
    text.parse().expect("a legal plan id")
}

const PERIODS: [(u16, &str, &str, &str); 4] = [
    (1, "1_MONTH", "1 месяц", "1 month"),
    (3, "3_MONTHS", "3 месяца", "3 months"),
    (6, "6_MONTHS", "6 месяцев", "6 months"),
    (12, "12_MONTHS", "12 месяцев", "12 months"),
];

fn plans(reader: &mut Reader<'_>, base: &Terms) -> Vec<Plan> {
    let mut plans = Vec::new();
    for (months, suffix, ru, en) in PERIODS {
        let mut prices = Vec::new();
        for currency in Currency::ALL {
            let unit = if *currency == Currency::Xtr { "STARS" } else { currency.code() };
            prices.extend(price(reader, &format!("PRICE_{suffix}_{unit}"), *currency));
        }
        if prices.is_empty() {
            continue;
        }
        let terms = Terms {
            plan: plan_id(&format!("m{months}")),
            name: Localized { ru: ru.into(), en: en.into() },
            period: Period::Months(months),
            ..elsewhere(reader, base, (&format!("PLAN_{suffix}_PANEL"), &format!("PLAN_{suffix}_SQUADS")))
        };
        plans.push(Plan { terms, prices, order: u32::from(months), visible: true, version: 0 });
    }
    plans
}

fn price(reader: &mut Reader<'_>, name: &str, currency: Currency) -> Option<Money> {
    let text = reader.optional(name)?;
    match Money::parse(&text, currency) {
        Ok(price) if price.minor == 0 => None,
        Ok(price) if price.is_positive() => Some(price),
        _ => {
            reader.mistake(
                name,
                format_args!("a price in {currency} (150 or 149.90) is expected, not {text:?}"),
            );
            None
        }
    }
}

fn trial(reader: &mut Reader<'_>, base: &Terms) -> Option<Terms> {
    let days: u16 = reader.parsed("TRIAL_DURATION_DAYS", "a number of days", 3);
    if days > 365 {
        reader.mistake("TRIAL_DURATION_DAYS", "more than a year");
    }
    let terms = Terms {
        plan: plan_id("trial"),
        name: Localized { ru: "Пробный период".into(), en: "Trial".into() },
        period: Period::Days(days.max(1)),
        traffic_limit: gigabytes(reader, "TRIAL_TRAFFIC_LIMIT_GB", "5"),
        traffic_reset: TrafficReset::NoReset,
        ..elsewhere(reader, base, ("TRIAL_PANEL", "TRIAL_SQUAD_UUIDS"))
    };
    (reader.flag("TRIAL_ENABLED", true) && days > 0).then_some(terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(pairs: &[(&str, &str)]) -> Vars {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    const GOOD: [(&str, &str); 4] = [
        ("PUBLIC_URL", "https://shop.example/"),
        ("BOT_USERNAME", "@shop_bot"),
        ("PRICE_1_MONTH_RUB", "149.90"),
        ("PRICE_1_MONTH_STARS", "150"),
    ];

    #[test]
    fn little_is_required() {
        let settings = Settings::read(&vars(&GOOD)).unwrap();
        assert_eq!(settings.shop.return_url, "https://shop.example/pay/return");
        assert_eq!(settings.bot.bot_username, "shop_bot");
        let prices = [Money::new(14_990, Currency::Rub), Money::new(150, Currency::Xtr)];
        assert_eq!(settings.shop.rules.plans[0].prices, prices);
        assert_eq!(settings.shop.trial.unwrap().traffic_limit, 5 * GIB);
    }

    #[test]
    fn a_gate_needs_a_channel() {
        let gate = |pairs: [(&str, &str); 2]| Settings::read(&vars(&[&GOOD[..], &pairs].concat()));
        let shut =
            gate([("CHANNEL_GATE", "trial"), ("REQUIRED_CHANNELS", "@news_of_shop, -1005|https://t.me/+a")]);
        let shut = shut.unwrap().bot.gate;
        assert_eq!((shut.scope, shut.channels.len()), (Scope::Trial, 2));
        assert!(gate([("CHANNEL_GATE", "all"), ("REQUIRED_CHANNELS", "")]).is_err());
        assert_eq!(
            gate([("CHANNEL_GATE", ""), ("REQUIRED_CHANNELS", "@news_of_shop")]).unwrap().bot.gate.scope,
            Scope::Off
        );
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let broken = [
            ("PUBLIC_URL", "shop.example"),
            ("USER_PANEL", "The Panel"),
            ("TRIAL_PANEL", "de-1"),
            ("PRICE_3_MONTHS_RUB", "4e2"),
            ("RUB_PRICE_1_MONTH", "15000"),
            ("TRIAL_DURATION_DAYS", "three"),
            ("STARS_ENABLED", "maybe"),
            ("TIME_ZONE", "Moscow"),
            ("USER_SQUAD_UUIDS", "one,two"),
            ("PAYMENT_METHODS_ORDER", "yookassa,gold"),
            ("TOP_UP_AMOUNTS", "300"),
            ("ADMIN_IDS", "me"),
            ("SYNC_HOURS", "daily"),
            ("SYNC_DEPTH", "adopt"),
            ("REQUIRED_CHANNELS", "@news, news"),
            ("CHANNEL_GATE", "some"),
            ("SUBSCRIPTION_LIMIT", "11"),
            ("TRAFFIC_PACKAGES", "10:99, ten:5"),
            ("STARS_TRAFFIC_PACKAGES", "10:0"),
        ];
        let Err(Mistakes(mistakes)) = Settings::read(&vars(&broken)) else { panic!("accepted") };
        let named = ["BOT_USERNAME"].into_iter().chain(broken.iter().map(|(name, _)| *name));
        for name in named {
            assert!(
                mistakes.iter().any(|mistake| mistake.starts_with(&format!("{name}:"))),
                "{name}: {mistakes:#?}"
            );
        }
    }
}
