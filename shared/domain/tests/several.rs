//! Several subscriptions of a buyer: which one is meant, numbers, names, and that nothing paid is lost among them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Currency, EventKind, Package, PaymentState, Provider, Refusal, SubscriptionNo, TrafficReset, User,
    checkout::{self, Choice},
    credit::{Status, Verdict},
    several, upkeep,
};
use proptest::prelude::*;
use support::{World, later, now, paid, plan, report, rub};

const GIB: u64 = 1 << 30;

fn no(number: u16) -> SubscriptionNo {
    SubscriptionNo(number)
}

fn limited(gigabytes: u64, reset: TrafficReset) -> domain::Plan {
    let mut plan = plan();
    plan.terms.traffic_limit = gigabytes * GIB;
    plan.terms.traffic_reset = reset;
    plan
}

fn package(gigabytes: u64) -> Package {
    let (id, prices) = (format!("gb{gigabytes}").parse().unwrap(), vec![rub(9_900)]);
    Package { id, bytes: gigabytes * GIB, prices, order: 1, visible: true, version: 1 }
}

/// Buys `plan` for a subscription, wherever it has its place.
fn buy(world: &mut World, plan: &domain::Plan, number: SubscriptionNo, external_id: &str) {
    let place = several::place(&world.state, Some(number), 10, world.now).unwrap();
    let frozen = checkout::freeze_for(&world.state, (plan, place), Choice::default(), &[], world.now);
    let (quote, decision) = frozen.unwrap();
    world.commit(&decision);
    let way = (Provider::Yookassa, Currency::Rub);
    let draft = checkout::payment(&world.state, quote.id, way, world.now).unwrap();
    let id = world.accept(&draft, external_id);
    assert_eq!(world.report(id, &paid(external_id, 15_000)), Verdict::Credited);
}

/// Opens the payment of `package`.
fn open_traffic(
    world: &mut World,
    package: &Package,
    number: SubscriptionNo,
    external_id: &str,
) -> Result<domain::PaymentId, Refusal> {
    let wanted = (package, number);
    let frozen = checkout::freeze_traffic(&world.state, wanted, Choice::default(), &[], world.now);
    let (quote, decision) = frozen?;
    world.commit(&decision);
    let way = (Provider::Yookassa, Currency::Rub);
    let draft = checkout::payment(&world.state, quote.id, way, world.now)?;
    Ok(world.accept(&draft, external_id))
}

fn use_up(world: &mut World, number: SubscriptionNo, bytes: u64) {
    let own = world.state.subscriptions.iter_mut().find(|own| own.no == number).unwrap();
    own.observed =
        Some(domain::Observed { at: now(), used: bytes, first_connected_at: None, online_at: None });
}

#[test]
fn the_primary_one_is_chosen_or_the_running_one_that_ends_last() {
    let mut world = World::new();
    assert_eq!(world.state.primary(now()), None);
    buy(&mut world, &plan(), no(1), "a");
    buy(&mut world, &plan(), no(2), "b");
    assert_eq!(world.state.primary_no(now()), no(1), "of equal ends the first");
    buy(&mut world, &plan(), no(2), "c");
    assert_eq!(world.state.primary_no(now()), no(2));
    let decision = several::prefer(&world.state, no(1)).unwrap();
    world.commit(&decision);
    assert_eq!(world.state.primary_no(now()), no(1));
    assert!(several::prefer(&world.state, no(1)).unwrap().is_nothing());
    assert_eq!(several::prefer(&world.state, no(3)), Err(Refusal::NoSubscription));
    let order: Vec<u16> = world.state.in_order(now()).iter().map(|own| own.no.0).collect();
    assert_eq!(order, [1, 2]);
    // One that is gone is not chosen; when nothing runs, the first is meant.
    let gone = world.state.user.take().map(|user| User { primary: Some(no(9)), ..user });
    world.state.user = gone;
    assert_eq!(world.state.primary_no(now()), no(2));
    assert_eq!(world.state.primary_no(later(24 * 100)), no(1));
}

#[test]
fn a_new_number_is_the_smallest_free_one_and_only_below_the_limit() {
    let mut world = World::new();
    assert_eq!(several::place(&world.state, Some(no(1)), 1, now()), Ok(no(1)));
    assert_eq!(several::place(&world.state, Some(no(2)), 10, now()), Err(Refusal::NoSubscription));
    buy(&mut world, &plan(), no(1), "a");
    assert_eq!(several::place(&world.state, None, 1, now()), Ok(no(1)));
    assert_eq!(several::place(&world.state, Some(no(2)), 1, now()), Err(Refusal::TooMany));
    assert_eq!(several::place(&world.state, Some(no(2)), 2, now()), Ok(no(2)));
    assert_eq!(several::place(&world.state, Some(no(0)), 9, now()), Err(Refusal::NoSubscription));
    assert!(!several::must_choose(&world.state, 1) && several::must_choose(&world.state, 2));
}

#[test]
fn another_subscription_is_another_offer() {
    let mut world = World::new();
    buy(&mut world, &plan(), no(1), "a");
    let freeze = |world: &World, number| {
        checkout::freeze_for(&world.state, (&plan(), number), Choice::default(), &[], world.now).unwrap()
    };
    let (first, decision) = freeze(&world, no(1));
    world.commit(&decision);
    assert_eq!(freeze(&world, no(1)).0.id, first.id, "a second tap");
    let (second, decision) = freeze(&world, no(2));
    assert_ne!(second.id, first.id);
    world.commit(&decision);
    let way = (Provider::Yookassa, Currency::Rub);
    assert_eq!(checkout::payment(&world.state, first.id, way, now()), Err(Refusal::QuoteExpired));
    assert_eq!(checkout::payment(&world.state, second.id, way, now()).unwrap().no, no(2));
}

#[test]
fn two_payments_for_the_same_new_number_both_count() {
    let mut world = World::new();
    buy(&mut world, &plan(), no(1), "a");
    let mut orders = Vec::new();
    for external_id in ["x", "y"] {
        let (quote, decision) =
            checkout::freeze_for(&world.state, (&plan(), no(2)), Choice::default(), &[], world.now).unwrap();
        world.commit(&decision);
        let way = (Provider::Yookassa, Currency::Rub);
        let draft = checkout::payment(&world.state, quote.id, way, world.now).unwrap();
        orders.push((world.accept(&draft, external_id), external_id));
        // Long enough for the offer to end: the next one is another order.
        world.pass(1);
    }
    for (id, external_id) in orders {
        assert_eq!(world.report(id, &paid(external_id, 15_000)), Verdict::Credited);
    }
    assert_eq!(world.state.subscriptions.len(), 2);
    let second = world.state.subscription(no(2)).unwrap();
    assert!(second.end > world.now + jiff::SignedDuration::from_hours(24 * 55), "{}", second.end);
}

#[test]
fn names_are_short_and_can_be_taken_back() {
    let mut world = World::new();
    buy(&mut world, &plan(), no(1), "a");
    let decision = several::rename(&world.state, no(1), " Dacha ").unwrap();
    world.commit(&decision);
    assert_eq!(world.subscription().name.as_deref(), Some("Dacha"));
    assert_eq!(several::rename(&world.state, no(1), &"я".repeat(25)), Err(Refusal::BadName));
    assert!(several::rename(&world.state, no(1), &"я".repeat(24)).is_ok());
    assert_eq!(several::rename(&world.state, no(2), "x"), Err(Refusal::NoSubscription));
    let decision = several::rename(&world.state, no(1), "").unwrap();
    world.commit(&decision);
    assert_eq!(world.subscription().name, None);
}

#[test]
fn a_package_adds_to_the_allowance_until_a_whole_period_is_over() {
    let mut world = World::new();
    buy(&mut world, &limited(100, TrafficReset::Week), no(1), "a");
    let id = open_traffic(&mut world, &package(50), no(1), "t").unwrap();
    assert_eq!(world.report(id, &paid("t", 9_900)), Verdict::Credited);
    assert_eq!(world.subscription().access().traffic_limit, 150 * GIB);
    assert!(matches!(world.last(), EventKind::TrafficBought { bytes, .. } if *bytes == 50 * GIB));
    let at = later(24 * 7);
    world.now = at;
    let decision = upkeep::tick(world.subscription(), at);
    world.commit(&decision);
    assert_eq!(world.subscription().access().traffic_limit, 100 * GIB);
    assert_eq!(world.count("traffic_ended"), 1);
}

#[test]
fn without_resets_it_lasts_as_long_as_the_subscription() {
    let mut world = World::new();
    buy(&mut world, &limited(100, TrafficReset::NoReset), no(1), "a");
    let id = open_traffic(&mut world, &package(50), no(1), "t").unwrap();
    world.report(id, &paid("t", 9_900));
    use_up(&mut world, no(1), 120 * GIB);
    // A renewal counts anew and keeps the thirty that are left of the package.
    buy(&mut world, &limited(100, TrafficReset::NoReset), no(1), "b");
    assert_eq!(world.subscription().allowance(), 130 * GIB);
    // A second one before the panel told anything takes nothing away.
    buy(&mut world, &limited(100, TrafficReset::NoReset), no(1), "c");
    assert_eq!(world.subscription().allowance(), 130 * GIB);
    world.now = world.end();
    buy(&mut world, &limited(100, TrafficReset::NoReset), no(1), "d");
    assert_eq!(world.subscription().allowance(), 100 * GIB, "it was over");
}

#[test]
fn traffic_is_sold_only_where_it_is_of_use() {
    let mut world = World::new();
    assert_eq!(open_traffic(&mut world, &package(50), no(1), "t"), Err(Refusal::NoSubscription));
    buy(&mut world, &plan(), no(1), "a");
    assert_eq!(open_traffic(&mut world, &package(50), no(1), "t"), Err(Refusal::NoTraffic), "unlimited");
    buy(&mut world, &limited(100, TrafficReset::Month), no(2), "b");
    world.now = world.state.subscription(no(2)).unwrap().end;
    assert_eq!(open_traffic(&mut world, &package(50), no(2), "t"), Err(Refusal::NoTraffic), "over");
}

#[test]
fn late_money_for_a_package_stays_the_buyers() {
    let mut world = World::new();
    buy(&mut world, &limited(100, TrafficReset::Month), no(1), "a");
    let id = open_traffic(&mut world, &package(50), no(1), "t").unwrap();
    world.now = world.end();
    assert_eq!(world.report(id, &paid("t", 9_900)), Verdict::Credited);
    assert_eq!((world.balance(), world.status(id)), (9_900, PaymentState::Succeeded));
    assert!(matches!(world.last(), EventKind::ToppedUp { shortfall: true, .. }));
    // What went to the balance goes back from there.
    assert_eq!(world.report(id, &report("t", Status::Refunded(rub(9_900)))), Verdict::Closed);
    assert_eq!(world.balance(), 0);
}

#[test]
fn a_package_is_paid_from_the_balance() {
    let mut world = World::with_balance(10_000);
    buy(&mut world, &limited(100, TrafficReset::Month), no(1), "a");
    let wanted = (&package(50), no(1));
    let frozen = checkout::freeze_traffic(&world.state, wanted, Choice::default(), &[], world.now);
    let (quote, decision) = frozen.unwrap();
    world.commit(&decision);
    let (_, decision) = checkout::spend(&world.state, quote.id, Currency::Rub, world.now).unwrap();
    assert!(world.commit(&decision));
    assert!(!world.commit(&decision), "once");
    assert_eq!((world.balance(), world.subscription().allowance()), (100, 150 * GIB));
}

#[test]
fn a_refund_takes_what_is_not_used() {
    for (policy, used, want) in [
        (domain::TimePolicy::Keep, 0, 150),
        (domain::TimePolicy::Cut, 0, 125),
        (domain::TimePolicy::Cut, 140, 140),
        (domain::TimePolicy::End, 0, 100),
        (domain::TimePolicy::End, 120, 120),
        (domain::TimePolicy::End, 160, 150),
    ] {
        let mut world = World::new();
        buy(&mut world, &limited(100, TrafficReset::Month), no(1), "a");
        let id = open_traffic(&mut world, &package(50), no(1), "t").unwrap();
        world.report(id, &paid("t", 9_900));
        use_up(&mut world, no(1), used * GIB);
        let end = world.end();
        world.rules.refund = policy;
        assert_eq!(world.report(id, &report("t", Status::Refunded(rub(4_950)))), Verdict::Closed);
        assert_eq!(world.subscription().allowance(), want * GIB, "{policy} after {used}");
        assert_eq!(world.end(), end, "the time was not bought with it");
        assert_eq!(world.count("traffic_ended"), usize::from(want < 150), "{policy} after {used}");
    }
}

/// What somebody does with three subscriptions.
#[derive(Debug, Clone)]
enum Act {
    Buy(u16),
    Package(u16, u64),
    Use(u16, u64),
    Pass(i64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (1_u16..4).prop_map(Act::Buy),
        (1_u16..4, 1_u64..60).prop_map(|(which, size)| Act::Package(which, size)),
        (1_u16..4, 0_u64..200).prop_map(|(which, used)| Act::Use(which, used)),
        (1_i64..400).prop_map(Act::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_paid_day_or_byte_is_lost(acts in proptest::collection::vec(act(), 1..25)) {
        let mut world = World::new();
        for (step, act) in acts.into_iter().enumerate() {
            let before = world.state.clone();
            let id = format!("x{step}");
            match act {
                Act::Buy(number) => {
                    let number = no(number).min(world.state.free_number());
                    buy(&mut world, &limited(100, TrafficReset::NoReset), number, &id);
                    let own = world.state.subscription(number).unwrap();
                    let old = before.subscription(number);
                    let base = old.map_or(world.now, |old| old.end.max(world.now));
                    prop_assert!(own.end >= base + jiff::SignedDuration::from_hours(24 * 28));
                    let kept = old.filter(|old| old.end > world.now).map_or(0, domain::Subscription::unused_extra);
                    prop_assert_eq!(own.allowance(), 100 * GIB + kept);
                }
                Act::Package(number, size) => {
                    let Ok(payment) = open_traffic(&mut world, &package(size), no(number), &id) else { continue };
                    world.report(payment, &paid(&id, 9_900));
                    let (own, old) = (world.state.subscription(no(number)), before.subscription(no(number)));
                    let (own, old) = (own.unwrap(), old.unwrap());
                    prop_assert_eq!(own.allowance(), old.allowance() + size * GIB);
                    prop_assert_eq!((own.end, own.no), (old.end, old.no));
                }
                Act::Use(number, used) => {
                    if world.state.subscription(no(number)).is_some() {
                        use_up(&mut world, no(number), used * GIB);
                    }
                }
                Act::Pass(hours) => world.pass(hours),
            }
            // What was done to one subscription changed no other.
            let changed = world.state.subscriptions.iter().filter(|own| {
                before.subscription(own.no).is_none_or(|old| (old.end, old.extra()) != (own.end, own.extra()))
            });
            prop_assert!(changed.count() <= 1);
            let numbers: Vec<u16> = world.state.subscriptions.iter().map(|own| own.no.0).collect();
            prop_assert_eq!(&numbers, &(1..=u16::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
        }
    }
}
