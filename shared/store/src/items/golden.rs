//! The persisted shapes against their golden files (`tests/golden`). A difference here means that data already stored
//! may become unreadable: add optional fields only. `UPDATE_GOLDEN=1 cargo test -p store` writes new files.

use super::*;
use domain::*;
use domain::{
    event::HoldReason,
    provisioning::Cause,
    quote::{Line, LineKind, Price},
    upkeep::Stage,
};
use jiff::Timestamp;
use serde_json::Value;
use std::path::PathBuf;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn terms() -> Terms {
    Terms {
        plan: "m3".parse().unwrap(),
        name: Localized { ru: "3 месяца".into(), en: "3 months".into() },
        period: Period::Months(3),
        traffic_limit: 107_374_182_400,
        traffic_reset: TrafficReset::Month,
        device_limit: Some(3),
        squads: vec!["f94b10f8-561c-4c60-afbb-2647d6008ca8".into()],
        external_squad: Some("5c686a84-d897-4a82-b05f-8c9293ac06f2".into()),
    }
}

fn rub(minor: i64) -> Money {
    Money::new(minor, Currency::Rub)
}

fn payment_id() -> PaymentId {
    PaymentId::derive(at("2026-11-21T10:00:00Z"), "golden")
}

fn quote_id() -> QuoteId {
    QuoteId::derive(at("2026-11-21T10:00:00Z"), "golden")
}

fn user() -> User {
    User {
        id: UserId(42),
        first_name: "Анна <3".into(),
        username: Some("ann".into()),
        language: Language::Ru,
        registered_at: at("2026-11-20T08:00:00.123Z"),
        referral_code: "A1B2C3D4E".parse().unwrap(),
        referrer: Some(UserId(7)),
        campaign: Some("vk_ads".into()),
        trial_at: Some(at("2026-11-20T08:01:00Z")),
        unreachable: false,
        version: 4,
    }
}

fn subscription() -> Subscription {
    let end = at("2027-02-21T10:00:00Z");
    let mut subscription = Subscription {
        user: UserId(42),
        no: SubscriptionNo::FIRST,
        terms: terms(),
        trial: false,
        started_at: at("2026-11-20T08:01:00Z"),
        end,
        revision: 2,
        applied: None,
        pending: vec![Cause::Trial, Cause::Payment(payment_id())],
        observed: Some(Observed {
            at: at("2026-11-21T10:00:01Z"),
            used: 5,
            first_connected_at: Some(at("2026-11-20T09:00:00Z")),
            online_at: None,
        }),
        stage: Stage::OneDay,
        next_at: Some(at("2027-02-21T10:00:00Z")),
        version: 3,
    };
    subscription.applied = Some(Applied {
        revision: 1,
        at: at("2026-11-20T08:01:01Z"),
        access: subscription.access(),
        username: "tg_42_1".into(),
        panel_id: Some(52),
        panel_uuid: Some("baf876eb-0715-4732-b63c-ac1ea8747f69".into()),
        link: "https://sub.example.com/qHhQtSZr-r5tQzZ3".into(),
    });
    subscription
}

fn quote() -> Quote {
    let line = Line { kind: LineKind::Base, amount: rub(40_000) };
    Quote {
        id: quote_id(),
        user: UserId(42),
        no: SubscriptionNo::FIRST,
        terms: terms(),
        prices: vec![Price::sum(vec![line]).unwrap()],
        language: Language::Ru,
        expires_at: at("2026-11-21T11:00:00Z"),
        closed: true,
        version: 2,
    }
}

fn payment() -> Payment {
    Payment {
        id: payment_id(),
        user: UserId(42),
        provider: Provider::Yookassa,
        amount: rub(40_000),
        terms: terms(),
        no: SubscriptionNo::FIRST,
        quote: quote_id(),
        state: PaymentState::Succeeded,
        external_id: Some("22d6d597-000f-5000-9000-145f6df21d6f".into()),
        pay_url: Some("https://yoomoney.ru/checkout".into()),
        created_at: at("2026-11-21T10:00:00Z"),
        expires_at: at("2026-11-21T11:00:00Z"),
        paid_at: Some(at("2026-11-21T10:02:00Z")),
        next_at: Some(at("2026-11-21T10:05:00Z")),
        version: 2,
    }
}

fn plan() -> Plan {
    Plan {
        terms: terms(),
        prices: vec![rub(40_000), Money::new(400, Currency::Xtr)],
        order: 3,
        visible: true,
        version: 1,
    }
}

fn kinds() -> Vec<EventKind> {
    let (payment, plan, no) = (payment_id(), terms().plan, SubscriptionNo::FIRST);
    let (end, causes) = (at("2027-02-21T10:00:00Z"), vec![Cause::Trial, Cause::Payment(payment_id())]);
    let external_id = || "22d6d597".to_owned();
    vec![
        EventKind::Registered { referrer: Some(UserId(7)), campaign: Some("vk_ads".into()) },
        EventKind::LanguageChosen { language: Language::En },
        EventKind::TrialStarted { no, end },
        EventKind::PaymentOpened { payment, provider: Provider::Stars, amount: rub(1), plan: plan.clone() },
        EventKind::Credited {
            payment,
            external_id: external_id(),
            amount: rub(1),
            plan: plan.clone(),
            no,
            from: Some(end),
            to: end,
        },
        EventKind::PaymentHeld {
            payment,
            external_id: external_id(),
            expected: rub(2),
            received: rub(1),
            reason: HoldReason::Amount,
        },
        EventKind::PaymentCanceled { payment, reason: "general_decline".into() },
        EventKind::PaymentExpired { payment },
        EventKind::PaymentRefunded { payment, amount: rub(1), full: false },
        EventKind::Provisioned { no, revision: 2, end, causes: causes.clone() },
        EventKind::ProvisionDelayed { no, revision: 2, causes },
        EventKind::EndAdopted { no, from: end, to: end },
        EventKind::RedeliveryDue { no, revision: 2 },
        EventKind::Reminded { no, stage: Stage::ThreeDays, end },
        EventKind::PanelHint { no, hint: "user.deleted".into() },
        EventKind::ReachabilityChanged { unreachable: true },
        EventKind::PlansSeeded { plans: vec![plan] },
    ]
}

fn json(item: Item) -> Value {
    let mut value: Value = serde_dynamo::from_item(item).unwrap();
    value.sort_all_objects();
    value
}

fn check(name: &str, item: Item) -> Item {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.json"));
    let now = json(item);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, format!("{now:#}\n")).unwrap();
    }
    let kept: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap_or_default()).unwrap_or_default();
    assert_eq!(now, kept, "the stored shape of {name} changed");
    serde_dynamo::to_item(kept).unwrap()
}

#[test]
fn records_are_stored_as_ever_and_read_back() {
    let stored = |name, value: Record| check(name, record(&value).unwrap().item);
    // What is stored carries the next version.
    let read: UserItem = decode("user", stored("user", Record::User(user()))).unwrap();
    assert_eq!(read.0, User { version: 5, ..user() });
    let read: SubscriptionItem =
        decode("subscription", stored("subscription", Record::Subscription(subscription()))).unwrap();
    assert_eq!(read.0, Subscription { version: 4, ..subscription() });
    let read: QuoteItem = decode("quote", stored("quote", Record::Quote(quote()))).unwrap();
    assert_eq!(read.0, Quote { version: 3, ..quote() });
    let read: PaymentItem = decode("payment", stored("payment", Record::Payment(payment()))).unwrap();
    assert_eq!(read.0, Payment { version: 3, ..payment() });
    let read: PlanItem = decode("plan", stored("plan", Record::Plan(plan()))).unwrap();
    assert_eq!(read.0, Plan { version: 2, ..plan() });
    let code = Record::ReferralCode { code: "A1B2C3D4E".parse().unwrap(), user: UserId(42) };
    let read: ReferralCodeItem = decode("code", stored("referral_code", code)).unwrap();
    assert_eq!(read.user, 42);
    check("once", once(&Once::new("paid/yookassa/22d6", "credited")).unwrap());
}

#[test]
fn events_are_stored_as_ever_and_read_back() {
    for kind in kinds() {
        let name = kind.name();
        let written = Event::new(
            UserId(42),
            at("2026-11-21T10:02:00Z"),
            Actor::Provider(Provider::Yookassa),
            kind,
            "key",
        );
        let stored = check(&format!("event_{name}"), event(&written).unwrap());
        assert_eq!(event_from_item(stored.clone()).unwrap(), written);
        let image: serde_dynamo::Item = serde_dynamo::to_item(json(stored)).unwrap();
        assert_eq!(event_from_image(image).unwrap(), Some(written));
    }
}

#[test]
fn what_is_not_an_event_is_nobodys_job() {
    let image: serde_dynamo::Item =
        serde_dynamo::to_item(json(record(&Record::User(user())).unwrap().item)).unwrap();
    assert_eq!(event_from_image(image).unwrap(), None);
    let broken: serde_dynamo::Item = serde_dynamo::to_item(
        serde_json::json!({"PK": "USER#42", "SK": "EVENT#x", "kind": {"kind": "unheard_of"}}),
    )
    .unwrap();
    assert!(event_from_image(broken).is_err());
}
