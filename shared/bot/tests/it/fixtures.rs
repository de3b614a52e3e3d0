//! Records to build screens from.

use bot::BotSettings;
use domain::{
    Access, Applied, Currency, Goods, Language, Localized, MethodId, Money, Observed, Payment, PaymentId,
    PaymentState, Period, Plan, Provider, Quote, QuoteId, ReferralCode, Renewal, SavedMethod, Subscription,
    SubscriptionNo, Terms, TrafficReset, User, UserId, UserState, Wallet,
    quote::{Line, LineKind, Price},
    upkeep::Stage,
};
use jiff::{Span, Timestamp, ToSpan, tz::TimeZone};
use std::cell::RefCell;

pub const ANNA: UserId = UserId(5_100_000_001);
pub const LINK: &str = "https://sub.example.com/AbCdEf?a=1&b=2";

pub fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

thread_local! {
    /// What stands for every word that people or operators choose, while a test wants it so.
    static HOSTILE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `test` with `words` in place of every name, title and label of the fixtures.
pub fn with_hostile<T>(words: &str, test: impl FnOnce() -> T) -> T {
    HOSTILE.with(|slot| *slot.borrow_mut() = Some(words.to_owned()));
    let answer = test();
    HOSTILE.with(|slot| *slot.borrow_mut() = None);
    answer
}

/// A word that somebody chose.
pub fn chosen(word: &str) -> String {
    HOSTILE.with(|slot| slot.borrow().clone()).unwrap_or_else(|| word.to_owned())
}

pub fn settings() -> BotSettings {
    BotSettings {
        bot_username: "test_vpn_bot".into(),
        public_url: "https://shop.example/prod".parse().unwrap(),
        support_link: Some("https://t.me/test_support".parse().unwrap()),
        terms_url: Some("https://shop.example/terms".parse().unwrap()),
        status_url: Some("https://status.example/".parse().unwrap()),
        time_zone: TimeZone::get("Europe/Moscow").unwrap(),
        test_environment: false,
        default_language: Language::Ru,
        operators: vec![ANNA],
        gate: bot::Gate::default(),
        referral: Some(domain::referral::Rules {
            inviter: domain::referral::Gift::Days([3, 7, 15, 30]),
            friend: domain::referral::Gift::Days([1, 3, 7, 15]),
            first_only: true,
            cap: 0,
        }),
        pace: bot::PaceLimits::default(),
        wording: locale::Wording::default(),
        traffic_packages: true,
    }
}

pub fn bare_settings() -> BotSettings {
    BotSettings { support_link: None, terms_url: None, status_url: None, ..settings() }
}

pub fn user(language: Language) -> User {
    User {
        id: ANNA,
        first_name: chosen("Анна"),
        username: Some(chosen("anna_smirnova")),
        language,
        registered_at: now(),
        referral_code: ReferralCode::derive(ANNA, now(), 0),
        referrer: None,
        campaign: None,
        trial_at: None,
        balance: Wallet::default(),
        promos: domain::Promos::default(),
        email: None,
        letters: domain::Letters::default(),
        zone: None,
        unreachable: false,
        primary: None,
        gate: None,
        version: 1,
    }
}

pub fn terms(id: &str, ru: &str, en: &str, period: Period) -> Terms {
    Terms {
        plan: id.parse().unwrap(),
        name: Localized { ru: chosen(ru), en: chosen(en) },
        period,
        traffic_limit: 100 << 30,
        traffic_reset: TrafficReset::Month,
        device_limit: Some(3),
        panel: domain::PanelId::default(),
        squads: Vec::new(),
        external_squad: None,
    }
}

pub fn plans() -> Vec<Plan> {
    let plan = |id, ru, en, months, rub, stars, order| Plan {
        terms: terms(id, ru, en, Period::Months(months)),
        prices: vec![Money::new(rub, Currency::Rub), Money::new(stars, Currency::Xtr)],
        order,
        visible: true,
        version: 0,
    };
    vec![
        plan("m1", "1 месяц", "1 month", 1, 15_000, 100, 1),
        plan("m3", "3 месяца", "3 months", 3, 39_990, 270, 2),
        plan("m12", "Год & друзья <3", "A year & friends <3", 12, 149_000, 990, 3),
    ]
}

pub fn trial_terms() -> Terms {
    Terms { device_limit: Some(0), ..terms("trial", "Пробный", "Trial", Period::Days(3)) }
}

pub fn quote(plan: &Plan) -> Quote {
    let price = |amount| Price::sum(vec![Line { kind: LineKind::Base, amount }]).unwrap();
    Quote {
        id: QuoteId::derive(now(), "quote"),
        user: ANNA,
        language: Language::Ru,
        no: SubscriptionNo::FIRST,
        goods: Goods::Plan(plan.terms.clone()),
        prices: plan.prices.iter().copied().map(price).collect(),
        promo: None,
        expires_at: now() + 1.hour(),
        save_method: false,
        closed: false,
        version: 1,
    }
}

pub fn payment(provider: Provider, state: PaymentState) -> Payment {
    let quote = quote(&plans()[0]);
    Payment {
        id: PaymentId::of(quote.id, provider),
        user: ANNA,
        provider,
        amount: if provider == Provider::Stars { quote.prices[1].total } else { quote.prices[0].total },
        from_balance: None,
        promo: None,
        goods: quote.goods,
        no: quote.no,
        quote: quote.id,
        state,
        external_id: None,
        pay_url: (provider == Provider::Yookassa).then(|| "https://yookassa.example/pay/1?x=1&y=2".into()),
        created_at: now(),
        expires_at: quote.expires_at,
        paid_at: None,
        next_at: None,
        save_method: false,
        recurring: false,
        charge: None,
        received: None,
        granted: None,
        refunded: 0,
        to_balance: 0,
        earned: None,
        refund: None,
        version: 1,
    }
}

/// A delivered subscription that ends at `end` with `used` bytes used.
pub fn subscription(end: Timestamp, trial: bool, used: u64) -> Subscription {
    let mut subscription = Subscription {
        user: ANNA,
        no: SubscriptionNo::FIRST,
        name: None,
        extras: Vec::new(),
        terms: if trial { trial_terms() } else { plans()[0].terms.clone() },
        trial,
        started_at: now(),
        end,
        revision: 1,
        applied: None,
        leaving: Vec::new(),
        pending: Vec::new(),
        observed: Some(observed(used)),
        stage: Stage::Fresh,
        renewal: Renewal::Off,
        attempts: 0,
        resets: domain::Resets::default(),
        next_at: None,
        version: 1,
    };
    subscription.applied = Some(applied(subscription.access()));
    subscription
}

/// Told by the panel just now; who used something was there three hours ago.
fn observed(used: u64) -> Observed {
    let ago = |hours: i64| (used > 0).then(|| now() - hours.hours());
    Observed { at: now(), used, first_connected_at: ago(480), online_at: ago(3) }
}

fn applied(access: Access) -> Applied {
    Applied {
        panel: domain::PanelId::default(),
        revision: 1,
        at: now(),
        access,
        username: "tg_5100000001_1".into(),
        panel_id: None,
        panel_uuid: None,
        link: LINK.into(),
        revoked: false,
    }
}

/// The figures are `age` old, and somebody was online `since` before now.
pub fn seen(subscription: Subscription, age: Span, since: Span) -> Subscription {
    let observed = subscription.observed.map(|observed| Observed {
        at: now() - age,
        online_at: Some(now() - since),
        ..observed
    });
    Subscription { observed, ..subscription }
}

/// Its link was revoked in the panel.
pub fn revoked(mut subscription: Subscription) -> Subscription {
    if let Some(applied) = &mut subscription.applied {
        applied.revoked = true;
    }
    subscription
}

/// Not delivered yet, never or since the last renewal.
pub fn on_its_way(subscription: Subscription, first: bool) -> Subscription {
    let applied = subscription.applied.filter(|_| !first);
    Subscription { revision: 2, applied, ..subscription }
}

pub fn state(language: Language, subscription: Option<Subscription>) -> UserState {
    UserState {
        user: Some(user(language)),
        subscriptions: subscription.into_iter().collect(),
        ..UserState::default()
    }
}

pub fn rub(minor: i64) -> Money {
    Money::new(minor, Currency::Rub)
}

/// The same with money on the balance.
pub fn with_balance(mut state: UserState, amounts: &[Money]) -> UserState {
    if let Some(user) = &mut state.user {
        user.balance = Wallet::of(amounts.iter().copied());
    }
    state
}

/// The same with a saved card; the first is the default.
pub fn with_card(mut state: UserState, title: &str) -> UserState {
    let default = state.saved.is_empty();
    state.saved.push(SavedMethod {
        id: MethodId::of(ANNA, Provider::Yookassa, title),
        user: ANNA,
        provider: Provider::Yookassa,
        token: title.into(),
        title: chosen(title),
        default,
        created_at: if default { now() } else { now() + 1.second() },
        deleted_at: None,
        version: 1,
    });
    state
}

/// A credited payment of 150 ₽ that bought the month up to `end`.
pub fn credited(end: Timestamp) -> Payment {
    Payment {
        external_id: Some("2d9f6e0a-000f-5000-8000-1f2e3d4c5b6a".into()),
        received: Some(rub(15_000)),
        paid_at: Some(now()),
        granted: Some((now(), end)),
        ..payment(Provider::Yookassa, PaymentState::Succeeded)
    }
}
