//! Friends: what both get, what earns nothing, and what a refund takes back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Currency, Event, EventKind, Money, Reward, UserId, UserState,
    checkout::{self, Choice},
    reaction::{self, Alert, Notice, Task},
    referral::{Gift, Rules},
    refund::Target,
};
use jiff::SignedDuration;
use support::{INVITER, World, at, now, rub};

const DAYS: Rules = Rules {
    inviter: Gift::Days([3, 7, 15, 30]),
    friend: Gift::Days([1, 3, 7, 15]),
    first_only: true,
    cap: 0,
};
const PERCENT: Rules = Rules { inviter: Gift::Percent(10), friend: Gift::Percent(5), ..DAYS };

fn inviter(world: &World) -> &UserState {
    &world.friends.as_ref().unwrap().1
}

#[test]
fn both_get_days_with_the_first_purchase_and_no_more() {
    let mut world = World::brought(DAYS);
    let before = inviter(&world).subscriptions[0].end;
    world.buy("1");
    assert_eq!(world.end(), at("2026-12-22T10:00:00Z"), "a month and a day");
    assert_eq!(inviter(&world).subscriptions[0].end, before + SignedDuration::from_hours(72));
    world.buy("2");
    assert_eq!(world.end(), at("2027-01-22T10:00:00Z"));
    assert_eq!((world.count("referral_rewarded"), world.count("referral_bonus")), (1, 1));
    let figures = inviter(&world).referrals.as_ref().unwrap();
    assert_eq!((figures.bought, figures.days), (1, 3));
}

#[test]
fn each_purchase_counts_where_the_operator_wants_it_up_to_the_cap() {
    let mut world = World::brought(Rules { first_only: false, cap: 2, ..PERCENT });
    for charge in ["1", "2", "3"] {
        world.buy(charge);
    }
    let rich = |world: &World| inviter(world).user.as_ref().unwrap().balance.get(Currency::Rub);
    assert_eq!((rich(&world), world.balance()), (rub(3_000), 2_250), "the friend's gift has no cap");
    world.pass(30 * 24);
    world.buy("4");
    assert_eq!(rich(&world), rub(4_500), "thirty days later there is room again");
    assert_eq!(inviter(&world).referrals.as_ref().unwrap().bought, 1);
}

#[test]
fn a_gone_inviter_gets_nothing_and_is_in_nobodys_way() {
    let mut world = World::brought(DAYS);
    world.friends.as_mut().unwrap().1 = UserState::default();
    world.buy("1");
    assert_eq!((world.count("credited"), world.count("referral_rewarded")), (1, 0));
    assert_eq!(world.count("referral_bonus"), 1, "what was promised to the friend is kept");
}

#[test]
fn a_top_up_earns_nothing() {
    let mut world = World::brought(PERCENT);
    world.top_up(50_000, "1");
    assert_eq!(world.count("referral_rewarded") + world.count("referral_bonus"), 0);
    assert!(world.state.referrals.is_none(), "it is still before the first purchase");
}

#[test]
fn what_is_paid_from_the_balance_counts_and_what_costs_nothing_does_not() {
    let mut world = World::brought(DAYS);
    let (quote, decision) =
        checkout::freeze(&world.state, &support::plan(), Choice::default(), &[], now()).unwrap();
    world.commit(&decision);
    world.state.user.as_mut().unwrap().balance = domain::Wallet::of([rub(15_000)]);
    let mut free = world.clone();
    let (_, decision) = checkout::spend(&world.loaded(), quote.id, Currency::Rub, now()).unwrap();
    world.commit(&decision);
    assert_eq!((world.balance(), world.count("referral_rewarded")), (0, 1));
    let quote = free.state.quote.as_mut().unwrap();
    for price in &mut quote.prices {
        *price =
            domain::quote::Price::agreed(price.base(), price.base(), Money::new(0, price.total.currency))
                .unwrap();
    }
    let (_, decision) = checkout::spend(&free.loaded(), quote_id(&free), Currency::Rub, now()).unwrap();
    free.commit(&decision);
    assert_eq!((free.count("credited"), free.count("referral_rewarded")), (1, 0));
    assert!(free.state.referrals.is_none());
}

fn quote_id(world: &World) -> domain::QuoteId {
    world.state.quote.as_ref().unwrap().id
}

#[test]
fn a_whole_refund_takes_the_money_back_as_far_as_it_is_there() {
    let mut world = World::brought(PERCENT);
    let id = world.buy("1");
    let rich = &mut world.friends.as_mut().unwrap().1;
    rich.user.as_mut().unwrap().balance = domain::Wallet::of([rub(1_000)]);
    world.refund(id, 15_000, Target::Balance, domain::TimePolicy::Keep).unwrap();
    assert!(inviter(&world).user.as_ref().unwrap().balance.is_empty());
    assert_eq!(world.balance(), 15_000, "the friend's own gift went back too");
    assert_eq!(inviter(&world).referrals.as_ref().unwrap().money.get(Currency::Rub), rub(500));
    let event = world
        .events
        .iter()
        .find(|event| matches!(event.kind, EventKind::ReferralReversed { friend: Some(_), .. }));
    let event = event.expect("an event");
    assert_eq!(event.user, Some(INVITER));
    let tasks: Vec<Task> = reaction::jobs(event).into_iter().map(|job| job.task).collect();
    let alert = Alert::ReferralReversed {
        person: INVITER,
        payment: id,
        reward: Reward::Money(rub(1_500)),
        taken: Some(rub(1_000)),
    };
    assert_eq!(tasks, [Task::Alert(alert), Task::Notify(Notice::RewardReversed { amount: rub(1_000) })]);
}

#[test]
fn a_refund_of_a_part_takes_nothing_back_and_days_stay() {
    let mut world = World::brought(PERCENT);
    let id = world.buy("1");
    world.refund(id, 14_999, Target::Balance, domain::TimePolicy::Keep).unwrap();
    assert_eq!(world.count("referral_reversed"), 0);
    world.refund(id, 1, Target::Balance, domain::TimePolicy::Keep).unwrap();
    assert_eq!(world.count("referral_reversed"), 2, "of both, with the last kopeck");
    let mut world = World::brought(DAYS);
    let id = world.buy("1");
    let end = inviter(&world).subscriptions[0].end;
    world.refund(id, 15_000, Target::Balance, domain::TimePolicy::Cut).unwrap();
    assert_eq!((inviter(&world).subscriptions[0].end, world.end()), (end, now()), "the friend's days go");
}

#[test]
fn the_inviter_is_told_and_their_panel_follows() {
    let mut world = World::brought(DAYS);
    world.buy("1");
    let event = world.events.iter().find(|event| event.kind.name() == "referral_rewarded").unwrap();
    let jobs = reaction::jobs(event);
    assert!(jobs.iter().all(|job| job.user == INVITER));
    let tasks: Vec<Task> = jobs.into_iter().map(|job| job.task).collect();
    let told = Notice::Rewarded { reward: Reward::Days(3), waits: false };
    assert_eq!(tasks, [Task::Notify(told), Task::Provision(domain::SubscriptionNo::FIRST)]);
    let kind = EventKind::Registered { referrer: Some(INVITER), campaign: None };
    let job = reaction::jobs(&Event::new(UserId(42), now(), domain::Actor::Buyer, kind, "x")).remove(0);
    let joined = Notice::FriendJoined { friend: UserId(42) };
    assert_eq!((job.user, job.task), (INVITER, Task::Notify(joined)));
}
