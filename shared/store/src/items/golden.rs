//! The persisted shapes against their golden files (`tests/golden`). A difference here means that data already stored
//! may become unreadable: add optional fields only. `UPDATE_GOLDEN=1 cargo test -p store` writes new files, except
//! those in `before`: they are what earlier versions wrote, and must stay readable for ever.

mod before;
mod email;
mod examples;
mod gift;
mod pace;
mod promo;
mod referral;
mod text;
mod traffic;

use super::*;
use domain::{credit::Report, *};
use examples::{
    applied, at, health, kinds, method, payment, plan, quote, rub, sheet, sparse_kinds, statuses, stray,
};
use examples::{comparison, subscription, user};
use pace::pace;
use promo::{activation, dialog, promo};
use serde_json::Value;
use std::path::PathBuf;
use text::own_text;

fn json(item: Item) -> Value {
    let mut value: Value = serde_dynamo::from_item(item).unwrap();
    value.sort_all_objects();
    value
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.json"))
}

fn check(name: &str, item: Item) -> Item {
    let path = golden(name);
    let now = json(item);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, format!("{now:#}\n")).unwrap();
    }
    let kept: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap_or_default()).unwrap_or_default();
    assert_eq!(now, kept, "the stored shape of {name} changed");
    serde_dynamo::to_item(kept).unwrap()
}

fn stored(name: &str, value: &Record) -> Item {
    check(name, record(value).unwrap().item)
}

#[test]
fn a_buyers_records_are_stored_as_ever_and_read_back() {
    // What is stored carries the next version.
    let read: UserItem = decode("user", stored("user", &Record::User(user()))).unwrap();
    assert_eq!(read.0, User { version: 5, ..user() });
    let read: SubscriptionItem =
        decode("subscription", stored("subscription", &Record::Subscription(subscription()))).unwrap();
    assert_eq!(read.0, Subscription { version: 4, ..subscription() });
    let charged =
        Subscription { renewal: Renewal::Charge, attempts: 0, applied: applied(), ..subscription() };
    let item = stored("subscription_charged", &Record::Subscription(charged.clone()));
    let read: SubscriptionItem = decode("subscription", item).unwrap();
    assert_eq!(read.0, Subscription { version: 4, ..charged });
    let read: QuoteItem = decode("quote", stored("quote", &Record::Quote(quote()))).unwrap();
    assert_eq!(read.0, Quote { version: 3, ..quote() });
    let friends = stored("referrals", &Record::Referrals(referral::referrals()));
    let read: ReferralsItem = decode("referrals", friends).unwrap();
    assert_eq!(read.0, Referrals { version: 18, ..referral::referrals() });
    let read: DialogItem = decode("dialog", stored("dialog", &Record::Dialog(dialog()))).unwrap();
    assert_eq!(read.0, Dialog { version: 7, ..dialog() });
    let read: PaceItem = decode("pace", stored("pace", &Record::Pace(pace()))).unwrap();
    assert_eq!(read.0, Pace { version: 9, ..pace() });
    let read: DialogItem =
        decode("dialog", stored("dialog_email", &Record::Dialog(email::dialog()))).unwrap();
    assert_eq!(read.0, Dialog { version: 7, ..email::dialog() });
    let read: MethodItem = decode("method", stored("method", &Record::Method(method()))).unwrap();
    assert_eq!(read.0, SavedMethod { version: 2, ..method() });
}

#[test]
fn payments_are_stored_as_ever_and_read_back() {
    let plain = Payment {
        from_balance: None,
        promo: None,
        save_method: false,
        recurring: false,
        charge: None,
        received: None,
        granted: None,
        refunded: 0,
        to_balance: 0,
        earned: None,
        refund: None,
        ..payment()
    };
    let cases = [
        ("payment", payment()),
        ("payment_top_up", Payment { goods: Goods::TopUp, ..plain.clone() }),
        ("payment_gift", Payment { goods: Goods::Gift(Box::new(gift::order())), ..plain.clone() }),
        ("payment_traffic", Payment { goods: traffic::goods(), no: SubscriptionNo(2), ..plain.clone() }),
        ("payment_method", Payment { goods: Goods::Method, amount: rub(0), ..plain.clone() }),
    ];
    for (name, payment) in cases {
        let read: PaymentItem = decode("payment", stored(name, &Record::Payment(payment.clone()))).unwrap();
        assert_eq!(read.0, Payment { version: 3, ..payment }, "{name}");
    }
}

#[test]
fn gifts_are_stored_as_ever_and_read_back() {
    let states = gift::states().into_iter();
    for (name, state) in states.chain([("gift", GiftState::Waiting)]) {
        let gift = Gift { state, ..gift::gift() };
        let read: GiftItem = decode("gift", stored(name, &Record::Gift(gift.clone()))).unwrap();
        assert_eq!(read.0, Gift { version: 2, ..gift.clone() }, "{name}");
        let own = stored(&format!("own_{name}"), &Record::OwnGift(gift.clone()));
        let read: GiftItem = decode("gift", own).unwrap();
        assert_eq!(read.0, Gift { version: 2, ..gift }, "{name}");
    }
}

#[test]
fn the_shops_records_are_stored_as_ever_and_read_back() {
    let read: PlanItem = decode("plan", stored("plan", &Record::Plan(plan()))).unwrap();
    assert_eq!(read.0, Plan { version: 2, ..plan() });
    let own = Record::OwnText(own_text());
    let read: OwnTextItem = decode("own text", stored("own_text", &own)).unwrap();
    assert_eq!(read.0, OwnText { version: 3, ..own_text() });
    let package = traffic::package();
    let read: PackageItem = decode("package", stored("package", &Record::Package(package.clone()))).unwrap();
    assert_eq!(read.0, Package { version: 2, ..package });
    let code = Record::ReferralCode { code: "A1B2C3D4E".parse().unwrap(), user: UserId(42) };
    let read: ReferralCodeItem = decode("code", stored("referral_code", &code)).unwrap();
    assert_eq!(read.user, 42);
    let read: PromoItem = decode("promo code", stored("promo", &Record::Promo(promo()))).unwrap();
    assert_eq!(read.0, Promo { version: 51, ..promo() });
    let used = Record::Activation(activation());
    let read: ActivationItem = decode("activation", stored("activation", &used)).unwrap();
    assert_eq!(read.0, Activation { version: 2, ..activation() });
    let read: HealthItem = decode("health", stored("health", &Record::Health(health()))).unwrap();
    assert_eq!(read.0, ProviderHealth { version: 8, ..health() });
    let read: SyncItem = decode("sync", stored("sync", &Record::Sync(comparison()))).unwrap();
    assert_eq!(read.0, Sync { version: 4, ..comparison() });
    let read: SheetItem = decode("sheet", stored("sheet", &Record::Sheet(sheet()))).unwrap();
    assert_eq!(read.0, Sheet { version: 2, ..sheet() });
    check("once", once(&Once::new("paid/yookassa/22d6", "credited")).unwrap());
    let kept =
        CallbackItem { at: at("2026-11-21T10:02:00.123Z"), provider: Provider::Wata, body: "{}".into() };
    let key = keys::callback(payment().id, kept.at, "00ff");
    let read: CallbackItem =
        decode("callback", check("callback", callback(&kept, key, at("2026-12-21T10:02:00Z")).unwrap()))
            .unwrap();
    assert_eq!((read.at, read.provider, read.body), (kept.at, kept.provider, kept.body));
}

#[test]
fn a_stray_keeps_the_report_but_not_its_token() {
    let read: StrayItem = decode("stray", stored("stray", &Record::Stray(stray()))).unwrap();
    let report = Report { saved: None, ..stray().report };
    assert_eq!(read.0, Stray { version: 2, report: report.clone(), ..stray() });
    let mut said = Vec::new();
    for status in statuses() {
        let unnamed = Stray {
            payment: None,
            next_at: None,
            report: Report { status: status.clone(), ..report.clone() },
            ..stray()
        };
        let item = record(&Record::Stray(unnamed.clone())).unwrap().item;
        said.push(json(item.clone())["report"]["status"].clone());
        let read: StrayItem = decode("stray", item).unwrap();
        assert_eq!(read.0, Stray { version: 2, ..unnamed }, "{status:?}");
    }
    let wire = serde_json::json!([
        "pending",
        { "paid": "150 XTR" },
        { "canceled": "card_expired" },
        { "refunded": "0.01 RUB" },
        { "refunded_part": { "refund": "ref-1", "amount": "0.01 RUB" } },
        { "refund_failed": "insufficient_funds" },
        { "disputed": "fraudulent" },
    ]);
    assert_eq!(Value::Array(said), wire);
}

#[test]
fn money_that_a_wallet_cannot_hold_is_not_dropped_in_silence() {
    let item = record(&Record::User(user())).unwrap().item;
    for balance in [&["-1.00 RUB"][..], &["0.00 RUB"], &["1.00 RUB", "2.00 RUB"], &["1.00"], &["1.00 XXX"]] {
        let mut damaged = json(item.clone());
        damaged["balance"] = balance.iter().copied().map(Value::from).collect();
        let damaged: Item = serde_dynamo::to_item(damaged).unwrap();
        assert!(decode::<UserItem>("user", damaged).is_err(), "{balance:?}");
    }
}

#[test]
fn goods_of_a_kind_unheard_of_are_not_taken_for_a_top_up() {
    let top_up = Payment { goods: Goods::TopUp, ..payment() };
    let mut item = record(&Record::Payment(top_up)).unwrap().item;
    put(&mut item, "goods", "raffle");
    assert!(decode::<PaymentItem>("payment", item).is_err());
}

#[test]
fn an_address_or_a_zone_that_is_none_to_us_keeps_nobody_out() {
    let mut item = record(&Record::User(user())).unwrap().item;
    put(&mut item, "email", "not an address");
    put(&mut item, "zone", "Mars/Olympus");
    let read = decode::<UserItem>("user", item).unwrap().0;
    assert_eq!(read, User { email: None, zone: None, version: 5, ..user() });
}

#[test]
fn a_question_that_only_a_newer_version_understands_is_none() {
    let mut item = record(&Record::Dialog(dialog())).unwrap().item;
    for topic in ["email", "top_up/XXX", "top_up", ""] {
        put(&mut item, "topic", topic);
        let read = decode::<DialogItem>("dialog", item.clone()).unwrap().0;
        assert_eq!(read, Dialog { topic: None, version: 7, ..dialog() }, "{topic}");
    }
}

fn event_of(kind: EventKind) -> Event {
    let actor = Actor::Provider(Provider::Yookassa);
    Event::new(UserId(42), at("2026-11-21T10:02:00Z"), actor, kind, "key")
}

#[test]
fn events_are_stored_as_ever_and_read_back() {
    let full = kinds()
        .into_iter()
        .chain(pace::kinds())
        .chain(promo::kinds())
        .chain(referral::kinds())
        .chain(gift::kinds())
        .chain(text::kinds())
        .chain(traffic::kinds())
        .chain(email::kinds())
        .map(|kind| (kind.name(), event_of(kind)));
    let sparse = sparse_kinds()
        .into_iter()
        .chain(promo::sparse_kinds())
        .chain(referral::sparse_kinds())
        .chain(traffic::sparse_kinds())
        .chain(email::sparse_kinds())
        .map(|(name, kind)| (name, event_of(kind)));
    let operator = Event { actor: Actor::Operator(UserId(7)), ..event_of(kinds().remove(0)) };
    let shop = Event { user: None, ..event_of(EventKind::PlansSeeded { plans: Vec::new() }) };
    for (name, written) in full.chain(sparse).chain([("by_operator", operator), ("of_shop", shop)]) {
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
