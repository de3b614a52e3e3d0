//! What a person may use: the trial, and delivery by the panel.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Access, Event, EventKind, Period, Refusal, Subscription, TimePolicy, UserState,
    provisioning::{self, Account},
    reaction::{self, Notice, Task},
    refund::Target,
    trial, upkeep,
};
use support::{World, at, later, now, registered, subscription_in, terms};

fn account(subscription: &Subscription, access: Access) -> Account {
    Account {
        username: subscription.panel_username(),
        panel_id: Some(5),
        panel_uuid: None,
        link_varies: false,
        link: "https://sub.example/x".into(),
        access,
        used: 0,
        first_connected_at: None,
        online_at: None,
    }
}

/// `subscription` after the panel has confirmed it.
fn delivered(subscription: &Subscription) -> Subscription {
    let account = account(subscription, subscription.access());
    let next = subscription_in(&provisioning::confirmed(subscription, &account, later(1)));
    Subscription { version: next.version + 1, ..next }
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
    let mut paying = World::new();
    paying.buy("ext-1");
    assert_eq!(trial::start(&paying.state, Some(&offered), now()), Err(Refusal::HasSubscription));
}

#[test]
fn delivery_is_written_once_and_a_later_end_in_the_panel_is_kept() {
    let mut world = World::new();
    world.buy("ext-1");
    let subscription = world.subscription();
    let confirmed = account(subscription, subscription.access());
    let decision = provisioning::confirmed(subscription, &confirmed, later(1));
    let delivered = subscription_in(&decision);
    assert!(delivered.is_delivered() && delivered.pending.is_empty());
    let jobs = reaction::jobs(&decision.events[0]);
    assert!(matches!(&jobs[0].task, Task::Notify(Notice::Delivered { .. })));
    let again = provisioning::confirmed(&delivered, &confirmed, later(2));
    assert!(again.is_nothing());
    let gift = Access { end: at("2027-06-01T00:00:00Z"), ..subscription.access() };
    let adopted = provisioning::confirmed(&delivered, &account(subscription, gift), later(3));
    assert_eq!(subscription_in(&adopted).end, at("2027-06-01T00:00:00Z"));
    assert!(matches!(adopted.events[0].kind, EventKind::EndAdopted { .. }));
}

#[test]
fn a_cut_is_delivered_silently_and_the_old_end_is_not_adopted_again() {
    let mut world = World::new();
    let id = world.buy("ext-1");
    let before = delivered(world.subscription());
    world.state.subscriptions = vec![before.clone()];
    world.refund(id, 7_500, Target::Balance, TimePolicy::Cut).unwrap();
    let cut = world.subscription();
    assert!(cut.end < before.end && !cut.is_delivered());
    assert!(provisioning::delayed(cut, later(1)).is_nothing(), "nobody waits for a cut");
    // The panel answers with what it had before, and with a date of its own a little after the cut.
    for end in [before.end, cut.end + jiff::SignedDuration::from_mins(5)] {
        let answer = account(cut, Access { end, ..cut.access() });
        let decision = provisioning::confirmed(cut, &answer, later(1));
        assert_eq!(subscription_in(&decision).end, cut.end);
        assert!(decision.events.is_empty(), "{:?}", decision.events);
        // Still so when it is asked again, after the cut was delivered.
        let settled = subscription_in(&decision);
        let again = Account { link: "https://sub.example/y".into(), ..answer };
        let decision = provisioning::confirmed(&settled, &again, later(2));
        assert_eq!(subscription_in(&decision).end, cut.end);
        let about_link = |event: &Event| matches!(event.kind, EventKind::LinkChanged { .. });
        assert!(decision.events.iter().all(about_link), "{:?}", decision.events);
    }
}

#[test]
fn a_delay_is_told_once() {
    let mut world = World::new();
    world.buy("ext-1");
    let waiting = world.subscription();
    let first = provisioning::delayed(waiting, now());
    let second = provisioning::delayed(waiting, later(1));
    assert!(first.once.is_some() && first.once == second.once);
    let delivered = Subscription { pending: Vec::new(), ..waiting.clone() };
    assert!(provisioning::delayed(&delivered, now()).is_nothing());
}

/// Another plan may be in another panel: the old account works until the new one was confirmed and a day is over.
#[test]
fn moving_to_another_panel_cuts_nothing() {
    let mut world = World::new();
    world.buy("ext-1");
    let here = delivered(world.subscription());
    let mut terms = here.terms.clone();
    terms.panel = "de".parse().unwrap();
    let moving = Subscription { terms, revision: here.revision + 1, ..here.clone() };
    assert!(!moving.is_delivered() && moving.there().is_none());
    assert_eq!(moving.applied.as_ref().unwrap().link, "https://sub.example/x", "the old link is still shown");
    assert!(moving.leaving.is_empty(), "nothing is left before the new account is confirmed");

    let there =
        subscription_in(&provisioning::confirmed(&moving, &account(&moving, moving.access()), later(2)));
    assert!(there.is_delivered() && there.there().is_some());
    let [left] = &there.leaving[..] else { panic!("{:?}", there.leaving) };
    assert_eq!(
        (left.panel.as_str(), &left.username, left.until),
        ("main", &here.panel_username(), later(26))
    );
    assert_eq!(there.next_at, Some(later(26)));

    let rung = upkeep::tick(&there, later(26));
    assert!(rung.events.iter().any(|event| matches!(event.kind, EventKind::RedeliveryDue { .. })));
    let again = subscription_in(&rung);
    assert_eq!(again.next_at, Some(later(27)), "if it is not deleted, the clock rings again");
    let decision = provisioning::gone(&again, &left.panel, later(26));
    assert!(subscription_in(&decision).leaving.is_empty());
    assert!(matches!(decision.events[0].kind, EventKind::PanelLeft { .. }));
    assert!(provisioning::gone(&subscription_in(&decision), &left.panel, later(27)).is_nothing());

    // Back within the day: the account there is in use again and must not be deleted.
    let mut terms = there.terms.clone();
    terms.panel = "main".parse().unwrap();
    let back = Subscription { terms, revision: there.revision + 1, ..there };
    let back = subscription_in(&provisioning::confirmed(&back, &account(&back, back.access()), later(3)));
    assert_eq!(back.leaving.iter().map(|left| left.panel.as_str()).collect::<Vec<_>>(), ["de"]);
}

/// Where every answer has a link of its own, the one that the buyer set up is kept.
#[test]
fn a_link_that_varies_is_kept() {
    let mut world = World::new();
    world.buy("ext-1");
    let first = delivered(world.subscription());
    for (varies, link) in [(true, "https://sub.example/x"), (false, "https://sub.example/new")] {
        let answer = Account {
            link: "https://sub.example/new".into(),
            link_varies: varies,
            ..account(&first, first.access())
        };
        let owed = Subscription { revision: first.revision + 1, ..first.clone() };
        let next = subscription_in(&provisioning::confirmed(&owed, &answer, later(2)));
        assert_eq!(next.applied.unwrap().link, link);
    }
}
