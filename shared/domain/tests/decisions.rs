//! Decisions about money, time and rights, from plain records.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use domain::{
    Access, Actor, Currency, Decision, EventKind, Language, Localized, Money, Payment, PaymentState, Period,
    Person, Plan, Provider, Record, Refusal, Subscription, Terms, TrafficReset, User, UserId, UserState,
    checkout::{self, Opened},
    credit::{self, Report, Status, Verdict},
    event::HoldReason,
    provisioning::{self, Account, Cause},
    reaction::{self, Notice, Task},
    registration::{self, FirstTouch},
    trial,
    upkeep::{self, Stage},
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-21T10:00:00Z")
}

fn later(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

fn terms(plan: &str, period: Period) -> Terms {
    Terms {
        plan: plan.parse().unwrap(),
        name: Localized { ru: "План".into(), en: "Plan".into() },
        period,
        traffic_limit: 0,
        traffic_reset: TrafficReset::NoReset,
        device_limit: Some(3),
        squads: vec!["f94b10f8-561c-4c60-afbb-2647d6008ca8".into()],
        external_squad: None,
    }
}

fn plan() -> Plan {
    let prices = vec![Money::new(15_000, Currency::Rub), Money::new(150, Currency::Xtr)];
    Plan { terms: terms("m1", Period::Months(1)), prices, order: 1, visible: true, version: 1 }
}

fn person() -> Person {
    Person { id: UserId(42), first_name: "Ann".into(), username: None, language_tag: Some("en-GB".into()) }
}

fn registered() -> UserState {
    let (user, _) = registration::register(&person(), FirstTouch::default(), Language::Ru, now(), 0);
    UserState { user: Some(User { version: 1, ..user }), ..UserState::default() }
}

/// A buyer with an open quote and the payment opened from it.
fn awaiting(provider: Provider, currency: Currency) -> (UserState, Payment) {
    let (quote, decision) = checkout::freeze(&registered(), &plan(), now()).unwrap();
    let state = registered().after(&decision);
    let draft = checkout::payment(&state, quote.id, (provider, currency), now()).unwrap();
    let opened = Opened { external_id: Some("ext-1".into()), pay_url: None };
    let (payment, _) = checkout::opened(&draft, opened, now());
    (state, Payment { version: 1, ..payment })
}

fn rubles(minor: i64, test: bool) -> Report {
    Report { external_id: "ext-1".into(), status: Status::Paid(Money::new(minor, Currency::Rub)), test }
}

fn subscription_in(decision: &Decision) -> Subscription {
    let found = decision.records.iter().find_map(|record| match record {
        Record::Subscription(subscription) => Some(subscription.clone()),
        _ => None,
    });
    found.expect("a subscription")
}

fn payment_in(decision: &Decision) -> Payment {
    let found = decision.records.iter().find_map(|record| match record {
        Record::Payment(payment) => Some(payment.clone()),
        _ => None,
    });
    found.expect("a payment")
}

#[test]
fn the_agreed_money_is_credited_in_one_decision() {
    let (state, payment) = awaiting(Provider::Yookassa, Currency::Rub);
    let (verdict, decision) = credit::report(&state, &payment, &rubles(15_000, false), true, later(1));
    assert_eq!(verdict, Verdict::Credited);
    assert_eq!(decision.once.as_ref().unwrap().key, "paid/yookassa/ext-1");
    assert_eq!(payment_in(&decision).state, PaymentState::Succeeded);
    let subscription = subscription_in(&decision);
    assert_eq!(subscription.end, at("2026-12-21T11:00:00Z"));
    assert_eq!(subscription.pending, [Cause::Payment(payment.id)]);
    assert!(decision.records.iter().any(|record| matches!(record, Record::Quote(quote) if quote.closed)));
    let [event] = decision.events.as_slice() else { panic!("one event") };
    assert_eq!(event.actor, Actor::Provider(Provider::Yookassa));
    assert!(matches!(event.kind, EventKind::Credited { from: None, .. }));
    let jobs = reaction::jobs(event);
    assert!(matches!(jobs.as_slice(), [job] if job.task == Task::Provision(subscription.no)));
}

#[test]
fn a_second_purchase_starts_where_the_first_ends() {
    let (state, payment) = awaiting(Provider::Yookassa, Currency::Rub);
    let (_, first) = credit::report(&state, &payment, &rubles(15_000, false), true, now());
    let state = state.after(&first);
    let (quote, decision) = checkout::freeze(&state, &plan(), later(1)).unwrap();
    assert_ne!(quote.id, payment.quote, "a paid quote is not offered again");
    let state = state.after(&decision);
    let draft = checkout::payment(&state, quote.id, (Provider::Yookassa, Currency::Rub), later(1)).unwrap();
    let report = Report { external_id: "ext-2".into(), ..rubles(15_000, false) };
    let (_, second) = credit::report(&state, &draft, &report, true, later(1));
    assert_eq!(subscription_in(&second).end, at("2027-01-21T10:00:00Z"));
}

#[test]
fn money_that_does_not_fit_is_held() {
    let (state, payment) = awaiting(Provider::Yookassa, Currency::Rub);
    let foreign = Report { status: Status::Paid(Money::new(15_000, Currency::Usd)), ..rubles(0, false) };
    let cases = [
        (rubles(14_999, false), true, HoldReason::Amount),
        (rubles(15_001, false), true, HoldReason::Amount),
        (foreign, true, HoldReason::Amount),
        (rubles(15_000, true), true, HoldReason::Mode),
        (rubles(15_000, false), false, HoldReason::Mode),
    ];
    for (report, live, want) in cases {
        let (verdict, decision) = credit::report(&state, &payment, &report, live, now());
        assert_eq!((verdict, decision.records.len()), (Verdict::Held, 1), "{report:?}");
        assert_eq!(payment_in(&decision).state, PaymentState::Held);
        assert!(matches!(&decision.events[0].kind, EventKind::PaymentHeld { reason, .. } if *reason == want));
    }
}

#[test]
fn repetitions_and_late_cancellations_change_nothing() {
    let (state, payment) = awaiting(Provider::Yookassa, Currency::Rub);
    let (_, first) = credit::report(&state, &payment, &rubles(15_000, false), true, now());
    let (state, paid) = (state.after(&first), payment_in(&first));
    for status in
        [Status::Paid(Money::new(15_000, Currency::Rub)), Status::Canceled("late".into()), Status::Pending]
    {
        let report = Report { external_id: "ext-1".into(), status, test: false };
        let (verdict, decision) = credit::report(&state, &paid, &report, true, later(2));
        assert!(verdict == Verdict::Nothing && decision.is_nothing(), "{report:?}");
    }
}

#[test]
fn money_after_expiry_is_credited() {
    let (state, payment) = awaiting(Provider::Yookassa, Currency::Rub);
    assert_eq!(credit::expired(&state, &payment, now()).0, Verdict::Nothing, "not yet");
    let (verdict, decision) = credit::expired(&state, &payment, later(2));
    assert_eq!(verdict, Verdict::Closed);
    let expired = payment_in(&decision);
    let state = state.after(&decision);
    let (verdict, _) = credit::report(&state, &expired, &rubles(15_000, false), true, later(30));
    assert_eq!(verdict, Verdict::Credited);
}

#[test]
fn an_invoice_paid_twice_is_credited_twice() {
    let (state, payment) = awaiting(Provider::Stars, Currency::Xtr);
    let stars = |id: &str| {
        let status = Status::Paid(Money::new(150, Currency::Xtr));
        Report { external_id: id.into(), status, test: false }
    };
    let (_, first) = credit::report(&state, &payment, &stars("charge-1"), true, now());
    let (state, paid) = (state.after(&first), payment_in(&first));
    let (verdict, second) = credit::report(&state, &paid, &stars("charge-2"), true, later(1));
    assert_eq!(verdict, Verdict::Credited);
    assert_ne!(payment_in(&second).id, paid.id);
    assert_eq!(payment_in(&second).version, 0, "a payment of its own");
    assert_eq!(subscription_in(&second).end, at("2027-01-21T10:00:00Z"));
}

#[test]
fn stars_are_taken_for_the_agreed_deal_only() {
    let (_, payment) = awaiting(Provider::Stars, Currency::Xtr);
    let stars = Money::new(150, Currency::Xtr);
    assert_eq!(checkout::may_pay(&payment, UserId(42), stars, now()), Ok(()));
    assert_eq!(checkout::may_pay(&payment, UserId(43), stars, now()), Err(Refusal::PaymentUnknown));
    let less = Money::new(149, Currency::Xtr);
    assert_eq!(checkout::may_pay(&payment, UserId(42), less, now()), Err(Refusal::OtherDeal));
    assert_eq!(checkout::may_pay(&payment, UserId(42), stars, later(2)), Err(Refusal::QuoteExpired));
    let paid = Payment { state: PaymentState::Succeeded, ..payment };
    assert_eq!(checkout::may_pay(&paid, UserId(42), stars, now()), Err(Refusal::AlreadyPaid));
}

#[test]
fn one_trial_a_person() {
    let offered = terms("trial", Period::Days(3));
    let decision = trial::start(&registered(), Some(&offered), now()).unwrap();
    assert_eq!(subscription_in(&decision).end, later(72));
    let state = registered().after(&decision);
    assert_eq!(trial::start(&state, Some(&offered), later(1)), Err(Refusal::TrialUsed));
    assert_eq!(trial::start(&registered(), None, now()), Err(Refusal::TrialOff));
    assert_eq!(trial::start(&UserState::default(), Some(&offered), now()), Err(Refusal::NotRegistered));
    let (paying, payment) = awaiting(Provider::Yookassa, Currency::Rub);
    let (_, credited) = credit::report(&paying, &payment, &rubles(15_000, false), true, now());
    let paying = paying.after(&credited);
    assert_eq!(trial::start(&paying, Some(&offered), now()), Err(Refusal::HasSubscription));
}

#[test]
fn a_tap_on_the_same_plan_keeps_the_offer() {
    let (quote, decision) = checkout::freeze(&registered(), &plan(), now()).unwrap();
    let state = registered().after(&decision);
    let (again, nothing) = checkout::freeze(&state, &plan(), later(0)).unwrap();
    assert!(again.id == quote.id && nothing.is_nothing());
    let dearer = Plan { prices: vec![Money::new(20_000, Currency::Rub)], ..plan() };
    let (other, changed) = checkout::freeze(&state, &dearer, now()).unwrap();
    assert!(other.id != quote.id && !changed.is_nothing());
    let (late, _) = checkout::freeze(&state, &plan(), later(2)).unwrap();
    assert_ne!(late.id, quote.id);
}

#[test]
fn delivery_is_written_once_and_a_later_end_in_the_panel_is_kept() {
    let (state, payment) = awaiting(Provider::Yookassa, Currency::Rub);
    let (_, credited) = credit::report(&state, &payment, &rubles(15_000, false), true, now());
    let subscription = Subscription { version: 1, ..subscription_in(&credited) };
    let account = |access: Access| Account {
        username: subscription.panel_username(),
        panel_id: Some(5),
        panel_uuid: None,
        link: "https://sub.example/x".into(),
        access,
        used: 0,
        first_connected_at: None,
        online_at: None,
    };
    let decision = provisioning::confirmed(&subscription, &account(subscription.access()), later(1));
    let delivered = subscription_in(&decision);
    assert!(delivered.is_delivered() && delivered.pending.is_empty());
    let jobs = reaction::jobs(&decision.events[0]);
    assert!(matches!(&jobs[0].task, Task::Notify(Notice::Delivered { .. })));
    let again = provisioning::confirmed(&delivered, &account(subscription.access()), later(2));
    assert!(again.is_nothing());
    let gift = Access { end: at("2027-06-01T00:00:00Z"), ..subscription.access() };
    let adopted = provisioning::confirmed(&delivered, &account(gift), later(3));
    assert_eq!(subscription_in(&adopted).end, at("2027-06-01T00:00:00Z"));
    assert!(matches!(adopted.events[0].kind, EventKind::EndAdopted { .. }));
}

#[test]
fn a_delay_is_told_once() {
    let (state, payment) = awaiting(Provider::Yookassa, Currency::Rub);
    let (_, credited) = credit::report(&state, &payment, &rubles(15_000, false), true, now());
    let waiting = subscription_in(&credited);
    let first = provisioning::delayed(&waiting, now());
    let second = provisioning::delayed(&waiting, later(1));
    assert!(first.once.is_some() && first.once == second.once);
    let delivered = Subscription { pending: Vec::new(), ..waiting };
    assert!(provisioning::delayed(&delivered, now()).is_nothing());
}

#[test]
fn the_clock_rings_in_order_and_the_last_of_several_counts() {
    let offered = terms("trial", Period::Days(10));
    let trial = trial::start(&registered(), Some(&offered), now()).unwrap();
    let mut subscription = subscription_in(&trial);
    subscription.applied = Some(domain::Applied {
        revision: 1,
        at: now(),
        access: subscription.access(),
        username: String::new(),
        panel_id: None,
        panel_uuid: None,
        link: String::new(),
    });
    subscription.next_at = upkeep::next_at(&subscription, now());
    assert_eq!(subscription.next_at, Some(later(7 * 24)));
    assert!(upkeep::tick(&subscription, later(1)).is_nothing(), "not due");
    let three = subscription_in(&upkeep::tick(&subscription, later(7 * 24)));
    assert_eq!((three.stage, three.next_at), (Stage::ThreeDays, Some(later(9 * 24))));
    let slept = upkeep::tick(&subscription, later(11 * 24));
    assert_eq!((subscription_in(&slept).stage, slept.events.len()), (Stage::Ended, 1));
    assert_eq!(subscription_in(&slept).next_at, None);
}

fn signal() -> impl Strategy<Value = (Report, u8)> {
    let status = prop_oneof![
        Just(Status::Pending),
        Just(Status::Paid(Money::new(15_000, Currency::Rub))),
        Just(Status::Paid(Money::new(1, Currency::Rub))),
        Just(Status::Canceled("any".into())),
        Just(Status::Refunded(Money::new(15_000, Currency::Rub))),
    ];
    let id = prop_oneof![Just("ext-1"), Just("ext-2")];
    (status, id, 0_u8..3)
        .prop_map(|(status, id, hours)| (Report { external_id: id.to_owned(), status, test: false }, hours))
}

proptest! {
    /// I1, I3: whatever is reported in whatever order, each charge is credited once and the end moves only then.
    #[test]
    fn every_charge_counts_once(signals in proptest::collection::vec(signal(), 1..25)) {
        let (mut state, first) = awaiting(Provider::Yookassa, Currency::Rub);
        let mut stored = std::collections::HashMap::from([(first.id, first.clone())]);
        let (mut clock, mut used) = (now(), std::collections::HashSet::new());
        for (report, hours) in signals {
            clock += SignedDuration::from_hours(i64::from(hours));
            let end = state.subscriptions.first().map(|subscription| subscription.end);
            let (verdict, decision) = credit::report(&state, &stored[&first.id], &report, true, clock);
            let fresh = decision.once.as_ref().is_none_or(|once| used.insert(once.key.clone()));
            if !fresh {
                continue;
            }
            for record in &decision.records {
                if let Record::Payment(payment) = record {
                    stored.insert(payment.id, Payment { version: payment.version + 1, ..payment.clone() });
                }
            }
            state = state.after(&decision);
            let moved = state.subscriptions.first().map(|subscription| subscription.end) != end;
            prop_assert_eq!(moved, verdict == Verdict::Credited);
            prop_assert_eq!(decision.is_nothing(), verdict == Verdict::Nothing);
        }
        let credited = stored.values().filter(|payment| payment.paid_at.is_some()).count();
        prop_assert!(credited <= 2 && credited == used.len());
    }
}
