//! The alarm clock of a subscription: reminders, the end, attempts to renew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Applied, EventKind, Period, Provider, Renewal, Subscription, renewal, trial,
    upkeep::{self, Stage},
};
use jiff::SignedDuration;
use proptest::prelude::*;
use support::{World, later, now, registered, subscription_in, terms};

#[test]
fn the_clock_rings_in_order_and_the_last_of_several_counts() {
    let offered = terms("trial", Period::Days(10));
    let trial = trial::start(&registered(), Some(&offered), now()).unwrap();
    let mut subscription = subscription_in(&trial);
    subscription.applied = Some(Applied {
        panel: domain::PanelId::default(),
        revision: 1,
        at: now(),
        access: subscription.access(),
        username: String::new(),
        panel_id: None,
        panel_uuid: None,
        link: String::new(),
        revoked: false,
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

#[test]
fn who_is_renewed_is_not_reminded_to_pay_the_day_before() {
    let by_stars = Renewal::Provider { provider: Provider::Stars, reference: "charge-1".into() };
    // Telegram takes the Stars about when the subscription ends.
    for (renewal, told, late) in [(Renewal::Off, 3, 0), (Renewal::Charge, 2, 0), (by_stars, 2, 6)] {
        let mut world = World::new();
        world.buy("ext-1");
        let mut subscription = Subscription { renewal: renewal.clone(), ..world.subscription().clone() };
        let (mut stages, mut rung) = (Vec::new(), 0);
        for hours in [72, 24, -late] {
            let due = subscription.end - SignedDuration::from_hours(hours);
            subscription.next_at = Some(due);
            let decision = upkeep::tick(&subscription, due);
            subscription = subscription_in(&decision);
            stages.push(subscription.stage);
            let reminded = |event: &&domain::Event| matches!(event.kind, EventKind::Reminded { .. });
            rung += decision.events.iter().filter(reminded).count();
        }
        assert_eq!(rung, told, "{renewal:?}");
        assert_eq!(stages, [Stage::ThreeDays, Stage::OneDay, Stage::Ended]);
        let at_the_end =
            Subscription { stage: Stage::OneDay, next_at: Some(subscription.end), ..subscription };
        let events = upkeep::tick(&at_the_end, at_the_end.end).events;
        let over = events.iter().any(|event| matches!(event.kind, EventKind::Reminded { .. }));
        assert_eq!(over, late == 0, "{renewal:?}");
    }
}

#[test]
fn the_clock_rings_for_every_attempt() {
    let mut world = World::agreed();
    world.state.subscriptions[0].stage = Stage::OneDay;
    for (attempts, hours) in [(0, 24), (1, 12), (2, 1), (3, 0)] {
        let mut subscription = Subscription { attempts, ..world.subscription().clone() };
        subscription.applied = Some(applied(&subscription));
        let at = upkeep::next_at(&subscription, world.before_end(25 * 60));
        assert_eq!(at, Some(world.before_end(hours * 60)), "after {attempts}");
    }
}

/// The panel's confirmation of what `subscription` grants now.
fn applied(subscription: &Subscription) -> domain::Applied {
    domain::Applied {
        panel: domain::PanelId::default(),
        revision: subscription.revision,
        at: now(),
        access: subscription.access(),
        username: String::new(),
        panel_id: None,
        panel_uuid: None,
        link: String::new(),
        revoked: false,
    }
}

proptest! {
    #[test]
    fn the_clock_never_rings_in_the_past(
        minutes in -5_000_i64..5_000,
        attempts in 0_u8..5,
        stage in prop_oneof![
            Just(Stage::Fresh), Just(Stage::ThreeDays), Just(Stage::OneDay), Just(Stage::Ended)
        ],
        charges: bool,
        delivered: bool,
        fraction in 0_i32..1_000,
    ) {
        let mut subscription = World::agreed().subscription().clone();
        subscription.attempts = attempts;
        subscription.stage = stage;
        subscription.renewal = if charges { Renewal::Charge } else { Renewal::Off };
        subscription.applied = delivered.then(|| applied(&subscription));
        let now = subscription.end - SignedDuration::new(minutes * 60, fraction * 1_000_000);
        let next = upkeep::next_at(&subscription, now);
        prop_assert!(next.is_none_or(|at| at > now), "{:?} at {}", next, now);
        prop_assert!(delivered || next.is_some(), "a delivery is asked for again");
        let due = renewal::charge_at(&subscription);
        prop_assert!(due.is_none() || next.is_some(), "an attempt is never slept through");
        if let (Some(due), Some(next)) = (due, next) {
            prop_assert!(next <= due.max(now + SignedDuration::from_secs(1)));
        }
    }
}
