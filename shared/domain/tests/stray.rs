//! Quarantine: money that belongs to no payment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Decision, EventKind, PaymentId, Provider, Record, Stray,
    credit::{Report, Status},
    reaction::{self, Alert, OPERATORS, Task},
};
use jiff::Timestamp;
use support::{now, paid, part, refunded, report, rub};

fn ours() -> PaymentId {
    PaymentId::derive(now(), "a payment that is not there")
}

fn stray(payment: Option<PaymentId>, report: Report) -> Stray {
    Stray::new(Provider::Yookassa, payment, report, now())
}

fn stored(decision: &Decision) -> Stray {
    match decision.records.as_slice() {
        [Record::Stray(stray)] => Stray { version: stray.version + 1, ..stray.clone() },
        other => panic!("{other:?}"),
    }
}

fn alerts(decision: &Decision) -> Vec<Task> {
    let jobs = decision.events.iter().flat_map(reaction::jobs);
    jobs.inspect(|job| assert_eq!(job.user, OPERATORS)).map(|job| job.task).collect()
}

#[test]
fn without_a_name_of_ours_the_operators_hear_at_once() {
    let stray = stray(None, paid("ext-1", 15_000));
    let decision = stray.kept();
    assert_eq!((stray.next_at, stray.amount()), (None, Some(rub(15_000))));
    let told =
        Alert::Stray { provider: Provider::Yookassa, external_id: "ext-1".into(), amount: Some(rub(15_000)) };
    assert_eq!(alerts(&decision), [Task::Alert(told)]);
    assert_eq!(decision.events[0].user, None, "in the shop's own history");
    assert_eq!(stored(&decision).report, paid("ext-1", 15_000));
}

#[test]
fn its_payment_is_looked_for_ever_more_rarely_and_then_no_more() {
    let mut stray = stray(Some(ours()), paid("ext-1", 15_000));
    let kept = stray.kept();
    assert!(kept.events.is_empty(), "it may just not be visible yet");
    let (mut pauses, mut told) = (Vec::new(), Vec::new());
    let mut clock = now();
    while let Some(at) = stray.next_at {
        pauses.push(at.duration_since(clock).as_mins());
        clock = at;
        let decision = stray.missed(clock);
        told.push(alerts(&decision).len());
        stray = stored(&decision);
        assert!(stray.tries <= 5, "it ends");
    }
    assert_eq!(pauses, [1, 5, 30, 240, 1440]);
    assert_eq!(told, [0, 1, 0, 0, 0], "told once");
    assert!(!stray.resolved);
}

#[test]
fn what_is_found_is_settled() {
    let stray = stray(Some(ours()), paid("ext-1", 15_000));
    let at: Timestamp = stray.next_at.unwrap();
    let decision = stray.found(at);
    let found = stored(&decision);
    assert!(found.resolved && found.next_at.is_none());
    assert!(
        matches!(&decision.events[0].kind, EventKind::StrayResolved { external_id, .. } if external_id == "ext-1")
    );
    assert!(alerts(&decision).is_empty());
}

/// The money, and every piece of news about its way back: none hides another.
#[test]
fn news_of_one_charge_are_kept_apart() {
    let news = [
        paid("ext-1", 15_000),
        refunded("ext-1", 500),
        refunded("ext-1", 800),
        part("ext-1", "r-1", 300),
        part("ext-1", "r-2", 300),
        report("ext-1", Status::Disputed("fraud".into())),
    ];
    let names: std::collections::BTreeSet<String> = news
        .into_iter()
        .map(|report| {
            let stray = stray(None, report);
            assert!(!stray.kept().is_nothing());
            stray.external_id
        })
        .collect();
    assert_eq!(names.len(), 6, "{names:?}");
    assert!(names.contains("ext-1"), "money keeps the provider's own name");
}

#[test]
fn only_money_is_kept() {
    for (report, amount) in [
        (refunded("ext-1", 500), Some(rub(500))),
        (part("ext-1", "r-1", 300), Some(rub(300))),
        (report("ext-1", Status::Pending), None),
        (report("ext-1", Status::Canceled("any".into())), None),
        (report("ext-1", Status::RefundFailed("any".into())), None),
    ] {
        let stray = stray(None, report.clone());
        assert_eq!(stray.amount(), amount, "{report:?}");
        assert_eq!(stray.kept().is_nothing(), amount.is_none(), "{report:?}");
    }
}
