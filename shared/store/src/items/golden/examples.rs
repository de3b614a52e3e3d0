//! One of everything, every field filled.

use super::promo::code;
use domain::{
    credit::{Report, SavedToken, Status},
    event::HoldReason,
    provisioning::Cause,
    quote::{Line, LineKind, Price},
    upkeep::Stage,
    usage::News,
    *,
};
use jiff::{Timestamp, civil::date};

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn terms() -> Terms {
    Terms {
        plan: "m3".parse().unwrap(),
        name: Localized { ru: "3 месяца".into(), en: "3 months".into() },
        period: Period::Months(3),
        traffic_limit: 107_374_182_400,
        traffic_reset: TrafficReset::Month,
        device_limit: Some(3),
        panel: domain::PanelId::default(),
        squads: vec!["f94b10f8-561c-4c60-afbb-2647d6008ca8".into()],
        external_squad: Some("5c686a84-d897-4a82-b05f-8c9293ac06f2".into()),
    }
}

pub(super) fn rub(minor: i64) -> Money {
    Money::new(minor, Currency::Rub)
}

pub(super) fn payment_id() -> PaymentId {
    PaymentId::derive(at("2026-11-21T10:00:00Z"), "golden")
}

pub(super) fn quote_id() -> QuoteId {
    QuoteId::derive(at("2026-11-21T10:00:00Z"), "golden")
}

pub(super) fn user() -> User {
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
        balance: Wallet::of([rub(19_900), Money::new(150, Currency::Xtr), Money::new(5, Currency::Usd)]),
        promos: Promos {
            chosen: Some(code()),
            trial_days: 2,
            guesses: Guesses {
                since: Some(at("2026-11-21T09:55:00Z")),
                count: 3,
                day: Some(at("2026-11-21T08:00:00Z")),
                of_day: 7,
            },
        },
        email: Some("anna@example.com".parse().unwrap()),
        letters: Letters { off: true, refused: true, codes: vec![at("2026-11-21T09:50:00Z")] },
        zone: Some("Asia/Tashkent".parse().unwrap()),
        unreachable: false,
        primary: Some(SubscriptionNo(2)),
        gate: Some(gate::Pass { ok_until: at("2026-11-21T10:10:00Z") }),
        version: 4,
    }
}

/// What the panel confirmed, with a link that works.
pub(super) fn applied() -> Option<Applied> {
    subscription().applied.map(|applied| Applied { revoked: false, ..applied })
}

pub(super) fn subscription() -> Subscription {
    let end = at("2027-02-21T10:00:00Z");
    let mut subscription = Subscription {
        user: UserId(42),
        no: SubscriptionNo::FIRST,
        name: Some("Дача <3".into()),
        terms: terms(),
        extras: Vec::new(),
        trial: false,
        started_at: at("2026-11-20T08:01:00Z"),
        end,
        revision: 2,
        applied: None,
        leaving: vec![Leaving {
            panel: "de".parse().unwrap(),
            username: "tg_42_1".into(),
            until: at("2026-11-22T10:00:00Z"),
        }],
        pending: vec![Cause::Trial, Cause::Payment(payment_id())],
        observed: Some(Observed {
            at: at("2026-11-21T10:00:01Z"),
            used: 5,
            first_connected_at: Some(at("2026-11-20T09:00:00Z")),
            online_at: None,
        }),
        stage: Stage::OneDay,
        renewal: Renewal::Provider { provider: Provider::Stars, reference: "charge-1".into() },
        attempts: 2,
        resets: Resets { link: Some(at("2026-11-21T10:00:00Z")), device: None, devices: None },
        next_at: Some(at("2027-02-21T10:00:00Z")),
        version: 3,
    };
    subscription.applied = Some(Applied {
        panel: domain::PanelId::default(),
        revision: 1,
        at: at("2026-11-20T08:01:01Z"),
        access: subscription.access(),
        username: "tg_42_1".into(),
        panel_id: Some(52),
        panel_uuid: Some("baf876eb-0715-4732-b63c-ac1ea8747f69".into()),
        link: "https://sub.example.com/qHhQtSZr-r5tQzZ3".into(),
        revoked: true,
    });
    subscription.extras = super::traffic::extras();
    subscription
}

pub(super) fn quote() -> Quote {
    let base = Line { kind: LineKind::Base, amount: rub(40_000) };
    let part = Line { kind: LineKind::Balance, amount: rub(-19_900) };
    Quote {
        id: quote_id(),
        user: UserId(42),
        no: SubscriptionNo::FIRST,
        goods: Goods::Plan(terms()),
        prices: vec![Price::sum(vec![base, part]).unwrap()],
        promo: Some(code()),
        language: Language::Ru,
        expires_at: at("2026-11-21T11:00:00Z"),
        save_method: true,
        closed: true,
        version: 2,
    }
}

pub(super) fn payment() -> Payment {
    Payment {
        id: payment_id(),
        user: UserId(42),
        provider: Provider::Yookassa,
        amount: rub(20_100),
        from_balance: Some(rub(19_900)),
        promo: Some(Reduction { code: code(), off: rub(5_000) }),
        goods: Goods::Plan(terms()),
        no: SubscriptionNo::FIRST,
        quote: quote_id(),
        state: PaymentState::Refunding,
        external_id: Some("22d6d597-000f-5000-9000-145f6df21d6f".into()),
        pay_url: Some("https://yoomoney.ru/checkout".into()),
        created_at: at("2026-11-21T10:00:00Z"),
        expires_at: at("2026-11-21T11:00:00Z"),
        paid_at: Some(at("2026-11-21T10:02:00Z")),
        next_at: Some(at("2026-11-21T10:05:00Z")),
        save_method: true,
        recurring: true,
        charge: Some(method().id),
        received: Some(rub(20_100)),
        granted: Some((at("2026-11-21T10:02:00Z"), at("2027-02-21T10:02:00Z"))),
        refunded: 100,
        to_balance: 0,
        earned: Some(super::referral::earned()),
        refund: Some(Refund {
            no: 2,
            amount: rub(10_000),
            time: TimePolicy::Cut,
            external_id: Some("ref-1".into()),
            requested_at: at("2026-11-22T10:00:00Z"),
            before: PaymentState::PartiallyRefunded,
        }),
        version: 2,
    }
}

pub(super) fn method() -> SavedMethod {
    SavedMethod {
        id: MethodId::of(UserId(42), Provider::Yookassa, "22d6d597-token"),
        user: UserId(42),
        provider: Provider::Yookassa,
        token: "22d6d597-token".into(),
        title: "Visa •4444".into(),
        default: true,
        created_at: at("2026-11-21T10:02:00Z"),
        deleted_at: Some(at("2026-12-01T10:00:00Z")),
        version: 1,
    }
}

/// With a token, which must not be stored.
pub(super) fn stray() -> Stray {
    Stray {
        provider: Provider::Wata,
        external_id: "3a16a4f0#1".into(),
        payment: Some(payment_id()),
        report: Report {
            external_id: "3a16a4f0#1".into(),
            status: Status::Paid(rub(40_000)),
            test: true,
            saved: Some(SavedToken { token: "must-not-be-stored".into(), title: "Visa •4444".into() }),
        },
        at: at("2026-11-21T10:02:00Z"),
        tries: 1,
        next_at: Some(at("2026-11-21T10:07:00Z")),
        resolved: false,
        version: 1,
    }
}

/// Everything a report can say.
pub(super) fn statuses() -> Vec<Status> {
    vec![
        Status::Pending,
        Status::Paid(Money::new(150, Currency::Xtr)),
        Status::Canceled("card_expired".into()),
        Status::Refunded(rub(1)),
        Status::RefundedPart { refund: "ref-1".into(), amount: rub(1) },
        Status::RefundFailed("insufficient_funds".into()),
        Status::Disputed("fraudulent".into()),
    ]
}

pub(super) fn health() -> ProviderHealth {
    ProviderHealth {
        provider: Provider::Freekassa,
        failures: 3,
        silent: 1,
        failed_at: at("2026-11-21T10:02:00.5Z"),
        version: 7,
    }
}

pub(super) fn sheet() -> Sheet {
    let row = |provider, currency| Row {
        provider,
        currency,
        count: 3,
        created: 120_000,
        paid: 80_000,
        credited: 40_000,
        held: 40_000,
        refunded: 100,
        unasked: 1,
    };
    Sheet {
        day: date(2026, 11, 20),
        rows: vec![row(Provider::Yookassa, Currency::Rub), row(Provider::Stars, Currency::Xtr)],
        cursor: Some(format!("PAY#{}", payment_id())),
        next_at: Some(at("2026-11-21T10:05:00Z")),
        version: 1,
    }
}

pub(super) fn plan() -> Plan {
    Plan {
        terms: terms(),
        prices: vec![rub(40_000), Money::new(400, Currency::Xtr)],
        order: 3,
        visible: true,
        version: 1,
    }
}

pub(super) fn kinds() -> Vec<EventKind> {
    let (payment, plan, no) = (payment_id(), terms().plan, SubscriptionNo::FIRST);
    let (end, causes) = (at("2027-02-21T10:00:00Z"), vec![Cause::Trial, Cause::Payment(payment_id())]);
    let external_id = || "22d6d597".to_owned();
    vec![
        EventKind::Registered { referrer: Some(UserId(7)), campaign: Some("vk_ads".into()) },
        EventKind::LanguageChosen { language: Language::En },
        EventKind::TrialStarted { no, end },
        EventKind::PaymentOpened {
            payment,
            provider: Provider::Stars,
            amount: rub(1),
            plan: Some(plan.clone()),
        },
        EventKind::Credited {
            payment,
            external_id: external_id(),
            amount: rub(1),
            from_balance: Some(rub(2)),
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
        EventKind::ToppedUp { payment, external_id: external_id(), amount: rub(1), shortfall: true },
        EventKind::RefundRequested { payment, no: 2, amount: rub(1), time: TimePolicy::End },
        EventKind::PaymentRefunded {
            payment,
            amount: rub(1),
            full: false,
            to_balance: true,
            no: SubscriptionNo(2),
            cut: Some((end, at("2027-01-21T10:00:00Z"))),
            missing: Some(rub(3)),
        },
        EventKind::RefundFailed { payment, no: 2, reason: "insufficient_funds".into() },
        EventKind::PaymentDisputed {
            payment,
            reason: "fraudulent".into(),
            no,
            cut: Some((end, at("2026-11-21T10:02:00Z"))),
        },
        EventKind::MethodSaved { provider: Provider::Yookassa, title: "Visa •4444".into() },
        EventKind::MethodRemoved {
            provider: Provider::Yookassa,
            title: "Visa •4444".into(),
            reason: "card_expired".into(),
        },
        EventKind::RenewalSet { no, by: Some(Provider::Stars) },
        EventKind::RenewalStarted { no, payment, amount: rub(1), attempt: 3 },
        EventKind::RenewalFailed { no, end, reason: "insufficient_funds".into(), last: true },
        EventKind::StrayReported {
            provider: Provider::Wata,
            external_id: external_id(),
            amount: Some(rub(1)),
        },
        EventKind::StrayResolved { provider: Provider::Wata, external_id: external_id() },
        EventKind::SheetClosed { day: date(2026, 11, 20), balanced: false },
        EventKind::Provisioned { no, revision: 2, end, causes: causes.clone() },
        EventKind::ProvisionDelayed { no, revision: 2, causes },
        EventKind::EndAdopted { no, from: end, to: end },
        EventKind::RedeliveryDue { no, revision: 2 },
        EventKind::Reminded { no, stage: Stage::ThreeDays, end },
        EventKind::PanelHint { no, hint: "user.deleted".into() },
        EventKind::UseReported { no, revision: 2, news: News::Traffic { percent: 80 } },
        EventKind::LinkChanged { no },
        EventKind::AccountForeign { no, panel: "de".parse().unwrap(), username: "tg_42_1".into() },
        EventKind::NodeChanged { panel: "de".parse().unwrap(), node: "Frankfurt 1".into(), up: false },
        EventKind::GateBroken { channel: "@news".into(), reason: "member list is inaccessible".into() },
        EventKind::DriftFound {
            no,
            panel: "de".parse().unwrap(),
            fields: vec!["end".into(), "squads".into()],
        },
        EventKind::LinkReset { no },
        EventKind::DevicesUnlinked { no, all: true },
        EventKind::Imported { no, panel: "de".parse().unwrap(), username: "tg_42".into(), end },
        EventKind::SyncAsked { panel: "de".parse().unwrap(), run: 7, depth: sync::Depth::Adopt },
        EventKind::SyncEnded {
            panel: "de".parse().unwrap(),
            run: 7,
            depth: sync::Depth::Repair,
            counts: counts(),
            told: true,
        },
        EventKind::PanelVersion { panel: "de".parse().unwrap(), version: "4.0.0".into(), newer: true },
        EventKind::PanelLeft { no, panel: "de".parse().unwrap() },
        EventKind::ReachabilityChanged { unreachable: true },
        EventKind::PlansSeeded { plans: vec![plan] },
    ]
}

pub(super) fn counts() -> sync::Counts {
    sync::Counts {
        checked: 9,
        found: 8,
        drifted: 7,
        missing: 6,
        movable: 5,
        created: 4,
        updated: 3,
        foreign: 2,
        errors: 1,
    }
}

pub(super) fn comparison() -> Sync {
    let first = Sync::first("de".parse().unwrap(), at("2026-11-21T10:00:00Z"));
    Sync {
        depth: sync::Depth::Adopt,
        asked_by: Some(UserId(7)),
        ended_at: Some(at("2026-11-21T10:03:00Z")),
        accounts_done: true,
        cursor: Some("s:500".into()),
        counts: counts(),
        findings: vec![sync::Finding {
            what: "drifted".into(),
            username: "tg_42_1".into(),
            detail: "end".into(),
        }],
        panel_version: Some("3.3.2".into()),
        trouble: Some("timed out".into()),
        failures: 2,
        version: 3,
        ..first
    }
}

/// Events that leave out what they may, under the names of their golden files.
pub(super) fn sparse_kinds() -> Vec<(&'static str, EventKind)> {
    let (payment, no, end) = (payment_id(), SubscriptionNo::FIRST, at("2027-02-21T10:00:00Z"));
    let held = |reason| EventKind::PaymentHeld {
        payment,
        external_id: "22d6d597".into(),
        expected: rub(2),
        received: rub(2),
        reason,
    };
    let opened = EventKind::PaymentOpened { payment, provider: Provider::Wata, amount: rub(1), plan: None };
    let credited = EventKind::Credited {
        payment,
        external_id: "22d6d597".into(),
        amount: rub(1),
        from_balance: None,
        plan: terms().plan,
        no,
        from: None,
        to: end,
    };
    let refunded = EventKind::PaymentRefunded {
        payment,
        amount: rub(1),
        full: true,
        to_balance: false,
        no,
        cut: None,
        missing: None,
    };
    let disputed = EventKind::PaymentDisputed { payment, reason: "fraudulent".into(), no, cut: None };
    let used = |news| EventKind::UseReported { no, revision: 2, news };
    let stray =
        EventKind::StrayReported { provider: Provider::Wata, external_id: "22d6d597".into(), amount: None };
    vec![
        ("payment_opened_top_up", opened),
        ("credited_first", credited),
        ("payment_held_mode", held(HoldReason::Mode)),
        ("payment_held_buyer", held(HoldReason::Buyer)),
        ("payment_refunded_plain", refunded),
        ("payment_disputed_plain", disputed),
        ("renewal_set_off", EventKind::RenewalSet { no, by: None }),
        ("stray_reported_plain", stray),
        ("use_reported_first", used(News::FirstConnection)),
        ("use_reported_unused", used(News::NotConnected)),
        ("use_reported_device", used(News::DeviceAdded { device: "Pixel 8, Android 14".into() })),
    ]
}
