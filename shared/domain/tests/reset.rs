//! Buyers take a new link, or unlink devices: once in a while.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do: by panicking"
)]

mod support;

use domain::{
    Decision, EventKind, Record, Refusal, Subscription,
    provisioning::{self, Account},
    reset::{self, Reset},
    upkeep,
};
use support::{World, later, now};

fn delivered() -> Subscription {
    let mut world = World::new();
    world.buy("22d6d597");
    let own = world.subscription().clone();
    let decision = provisioning::confirmed(&own, &account(&own, "first"), now());
    stored(&decision)
}

fn account(own: &Subscription, link: &str) -> Account {
    Account {
        username: own.panel_username(),
        panel_id: Some(1),
        panel_uuid: None,
        link: format!("https://sub.example.com/{link}"),
        link_varies: false,
        access: own.access(),
        used: 0,
        first_connected_at: None,
        online_at: None,
    }
}

fn stored(decision: &Decision) -> Subscription {
    let [Record::Subscription(own)] = decision.records.as_slice() else { panic!("{decision:?}") };
    Subscription { version: own.version + 1, ..own.clone() }
}

/// The reset, and what the panel answered.
fn done(own: &Subscription, what: Reset) -> Subscription {
    let begun = stored(&reset::begin(own, what, now()).unwrap());
    match what {
        Reset::Link => stored(&reset::link_replaced(&begun, &account(own, "second"), now())),
        Reset::Device | Reset::Devices => begun,
    }
}

#[test]
fn each_only_so_often_and_each_for_itself() {
    let own = delivered();
    for what in [Reset::Link, Reset::Devices] {
        let once = done(&own, what);
        assert_eq!(reset::begin(&once, what, now()), Err(Refusal::TooSoon), "{what:?}");
        assert_eq!(reset::begin(&once, what, later(23)), Err(Refusal::TooSoon), "{what:?}");
        assert!(reset::begin(&once, what, later(24)).is_ok(), "{what:?}");
        assert!(reset::begin(&once, Reset::Device, now()).is_ok(), "{what:?} is not Device");
    }
    let once = stored(&reset::begin(&own, Reset::Device, now()).unwrap());
    assert!(reset::begin(&once, Reset::Device, now()).is_err());
    assert!(reset::begin(&once, Reset::Device, later(1)).is_ok());
}

#[test]
fn what_failed_may_be_tried_again_at_once() {
    let begun = stored(&reset::begin(&delivered(), Reset::Link, now()).unwrap());
    let back = stored(&reset::failed(&begun, Reset::Link, now()));
    assert!(reset::begin(&back, Reset::Link, now()).is_ok());
}

/// Nobody lived to say what came of it: the old link is not shown any more, and the clock asks delivery for the right one.
#[test]
fn a_wish_that_nobody_finished_is_looked_after() {
    let begun = stored(&reset::begin(&delivered(), Reset::Link, now()).unwrap());
    assert!(!begun.is_delivered());
    let at = begun.next_at.expect("an alarm");
    assert!(at <= later(1), "{at}");
    let asked = upkeep::tick(&begun, at);
    assert!(asked.events.iter().any(|event| matches!(event.kind, EventKind::RedeliveryDue { .. })));
}

#[test]
fn only_what_runs_and_is_there() {
    let own = delivered();
    let owed = Subscription { revision: own.revision + 1, ..own.clone() };
    assert_eq!(reset::begin(&owed, Reset::Link, now()), Err(Refusal::NoSubscription));
    assert_eq!(reset::begin(&own, Reset::Link, own.end), Err(Refusal::NoSubscription));
}

#[test]
fn the_new_link_moves_nothing_else_and_is_no_news_to_delivery() {
    let own = delivered();
    let begun = reset::begin(&own, Reset::Link, now()).unwrap();
    assert!(matches!(begun.events[0].kind, EventKind::LinkReset { .. }));
    let begun = stored(&begun);
    let new = account(&own, "second");
    let replaced = stored(&reset::link_replaced(&begun, &new, now()));
    assert_eq!(replaced.applied.as_ref().unwrap().link, new.link);
    assert_eq!((replaced.end, replaced.revision, &replaced.terms), (own.end, own.revision, &own.terms));
    assert!(provisioning::confirmed(&replaced, &new, now()).is_nothing());
}

#[test]
fn tags_are_short_and_tell_devices_apart() {
    let tags = ["a", "b", "c"].map(reset::device_tag);
    assert!(tags.iter().all(|tag| tag.len() == 12));
    assert!(tags[0] != tags[1] && tags[1] != tags[2]);
}
