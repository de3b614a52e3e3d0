//! The balance: what comes to it, what is paid from it, and that it is never below nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Currency, Decision, EventKind, Goods, Money, PaymentState, Provider, Record, Refusal, TimePolicy,
    checkout::{self, Choice},
    credit::{self, Status, Verdict},
    reaction::{self, Notice, Task},
    refund::Target,
};
use proptest::prelude::*;
use support::{World, at, now, paid, plan, refunded, report, rub};

const PART: Choice = Choice { use_balance: true, save_method: false };

/// Pays the plan wholly from the balance.
fn spend(world: &mut World) -> Result<domain::PaymentId, Refusal> {
    let (quote, decision) =
        checkout::freeze(&world.state, &plan(), Choice::default(), &[], world.now).unwrap();
    world.commit(&decision);
    let (payment, decision) = checkout::spend(&world.state, quote.id, Currency::Rub, world.now)?;
    world.commit(&decision);
    Ok(payment.id)
}

#[test]
fn a_top_up_comes_to_the_balance_once() {
    let mut world = World::new();
    let id = world.top_up(50_000, "ext-1");
    assert_eq!(world.report(id, &paid("ext-1", 50_000)), Verdict::Nothing);
    assert_eq!(world.balance(), 50_000);
    assert!(world.state.subscriptions.is_empty() && world.state.quote.as_ref().unwrap().closed);
    let want = Task::Notify(Notice::ToppedUp { amount: rub(50_000), shortfall: false });
    assert_eq!(reaction::jobs(world.events.last().unwrap())[0].task, want);
    assert_eq!(world.report(id, &paid("ext-2", 50_000)), Verdict::Credited, "paid again");
    assert_eq!(world.balance(), 100_000);
}

#[test]
fn only_a_positive_sum_can_be_put_on_it() {
    for minor in [0, -1, i64::MIN] {
        let refused = checkout::freeze_top_up(&World::new().state, rub(minor), now());
        assert_eq!(refused.unwrap_err(), Refusal::BadAmount, "{minor}");
    }
}

#[test]
fn a_top_up_of_another_sum_is_held() {
    let mut world = World::new();
    let id = world.open_top_up(50_000, "ext-1");
    assert_eq!(world.report(id, &paid("ext-1", 5)), Verdict::Held);
    assert_eq!(world.balance(), 0);
}

#[test]
fn its_part_of_a_purchase_is_withdrawn_with_the_credit() {
    let mut world = World::with_balance(4_000);
    let id = world.open(PART, "ext-1");
    let payment = world.payment(id);
    assert_eq!((payment.amount, payment.from_balance), (rub(11_000), Some(rub(4_000))));
    assert_eq!(world.balance(), 4_000, "nothing is taken before the money comes");
    let before = world.state.user.as_ref().unwrap().version;
    assert_eq!(world.report(id, &paid("ext-1", 11_000)), Verdict::Credited);
    assert_eq!((world.balance(), world.end()), (0, at("2026-12-21T10:00:00Z")));
    assert_eq!(world.state.user.as_ref().unwrap().version, before + 1, "written by the same decision");
    let EventKind::Credited { amount, from_balance, .. } = world.last() else { panic!("{:?}", world.last()) };
    assert_eq!((*amount, *from_balance), (rub(11_000), Some(rub(4_000))));
}

#[test]
fn money_for_a_purchase_whose_part_was_spent_goes_to_it_whole() {
    let mut world = World::with_balance(15_000);
    // The price grew a little, so that the balance pays a part only; then the balance is spent on the old price.
    let dearer = domain::Plan { prices: vec![rub(20_000)], ..plan() };
    let (quote, decision) = checkout::freeze(&world.state, &dearer, PART, &[], now()).unwrap();
    world.commit(&decision);
    let draft =
        checkout::payment(&world.state, quote.id, (Provider::Yookassa, Currency::Rub), now()).unwrap();
    let id = world.accept(&draft, "ext-1");
    spend(&mut world).unwrap();
    let end = world.end();
    assert_eq!(world.report(id, &paid("ext-1", 5_000)), Verdict::Credited);
    assert_eq!((world.balance(), world.end()), (5_000, end));
    let short =
        EventKind::ToppedUp { payment: id, external_id: "ext-1".into(), amount: rub(5_000), shortfall: true };
    assert_eq!(*world.last(), short);
    let payment = world.payment(id);
    assert_eq!((&payment.goods, payment.from_balance), (&Goods::TopUp, None));
    assert_eq!(world.report(id, &refunded("ext-1", 5_000)), Verdict::Closed);
    assert_eq!((world.balance(), world.end()), (0, end), "a refund takes it from the balance again");
}

#[test]
fn it_pays_wholly_and_once() {
    let mut world = World::with_balance(16_000);
    let id = spend(&mut world).unwrap();
    assert_eq!((world.balance(), world.end()), (1_000, at("2026-12-21T10:00:00Z")));
    let payment = world.payment(id);
    assert_eq!(
        (payment.provider, payment.amount, payment.from_balance),
        (Provider::Balance, rub(0), Some(rub(15_000)))
    );
    assert_eq!(payment.state, PaymentState::Succeeded);
    let quote = world.state.quote.clone().unwrap();
    assert!(quote.closed);
    let again = checkout::spend(&world.state, quote.id, Currency::Rub, now());
    assert_eq!(again.unwrap_err(), Refusal::QuoteExpired);
    assert_eq!(spend(&mut world), Err(Refusal::NotEnough));
    assert_eq!(world.count("credited"), 1);
}

#[test]
fn it_pays_the_whole_price_of_an_offer_of_which_it_was_to_pay_a_part() {
    let mut world = World::with_balance(4_000);
    let top_up = world.open_top_up(20_000, "ext-1");
    world.open(PART, "ext-2");
    world.report(top_up, &paid("ext-1", 20_000));
    let quote = world.state.quote.as_ref().unwrap();
    assert!(quote.uses_balance() && !quote.closed);
    let (_, decision) = checkout::spend(&world.state, quote.id, Currency::Rub, now()).unwrap();
    world.commit(&decision);
    assert_eq!(world.balance(), 9_000);
}

#[test]
fn an_order_with_its_part_paid_twice_buys_once_and_tops_up_once() {
    let mut world = World::with_balance(4_000);
    let id = world.open(PART, "ext-1");
    world.report(id, &paid("ext-1", 11_000));
    let end = world.end();
    assert_eq!(world.report(id, &paid("ext-2", 11_000)), Verdict::Credited);
    assert_eq!((world.balance(), world.end()), (11_000, end));
    let other = world.payments.values().find(|payment| payment.id != id).unwrap().id;
    world.report(other, &refunded("ext-2", 11_000));
    assert_eq!((world.balance(), world.end()), (0, end), "it bought no time");
}

#[test]
fn two_presses_at_once_spend_once() {
    let mut world = World::with_balance(40_000);
    let (quote, decision) = checkout::freeze(&world.state, &plan(), Choice::default(), &[], now()).unwrap();
    world.commit(&decision);
    let press = |world: &World| checkout::spend(&world.state, quote.id, Currency::Rub, now()).unwrap().1;
    let (first, second) = (press(&world), press(&world));
    assert!(world.commit(&first) && !world.commit(&second));
    assert_eq!(world.balance(), 25_000);
}

#[test]
fn two_purchases_decided_at_once_meet_at_the_buyers_version() {
    let mut world = World::with_balance(20_000);
    let id = world.open(PART, "ext-1");
    let whole = world.state.quote.as_ref().unwrap().id;
    let (_, spent) = checkout::spend(&world.state, whole, Currency::Rub, now()).unwrap();
    let (_, topped) =
        credit::report(&world.state, world.payment(id), &paid("ext-1", 15_000), world.rules, now());
    let version = |decision: &Decision| {
        decision.records.iter().find_map(|record| match record {
            Record::User(user) => Some(user.version),
            _ => None,
        })
    };
    assert_eq!(version(&spent), Some(1), "the balance that was read is the one that is written");
    assert_eq!(version(&topped), None, "nothing of the balance is touched");
}

#[test]
fn it_does_not_pay_what_it_does_not_cover() {
    let mut short = World::with_balance(14_999);
    assert_eq!(spend(&mut short), Err(Refusal::NotEnough));
    assert_eq!(short.balance(), 14_999);
    let mut topping = World::with_balance(50_000);
    let (quote, decision) = checkout::freeze_top_up(&topping.state, rub(1_000), now()).unwrap();
    topping.commit(&decision);
    let odd = checkout::spend(&topping.state, quote.id, Currency::Rub, now());
    assert_eq!(odd.unwrap_err(), Refusal::MethodUnavailable, "not itself into itself");
    let (quote, decision) = checkout::freeze(&topping.state, &plan(), Choice::default(), &[], now()).unwrap();
    topping.commit(&decision);
    let rubles_are_no_stars = checkout::spend(&topping.state, quote.id, Currency::Xtr, now());
    assert_eq!(rubles_are_no_stars.unwrap_err(), Refusal::NotEnough);
}

#[test]
fn using_it_or_not_are_two_offers_and_two_payments() {
    let mut world = World::with_balance(4_000);
    let whole = world.open(Choice::default(), "ext-1");
    let part = world.open(PART, "ext-2");
    let back = world.open(Choice::default(), "ext-3");
    assert!(whole != part && part != back && whole != back);
    assert_eq!(world.payment(whole).amount, rub(15_000));
    assert_eq!(world.payment(part).amount, rub(11_000));
    assert_ne!(world.payment(whole).quote, world.payment(part).quote);
    let stars = world.state.quote.as_ref().unwrap().prices[1].total;
    assert_eq!(stars, Money::new(150, Currency::Xtr), "rubles pay no Stars");
    // Both are paid, as both can be.
    assert_eq!(world.report(whole, &paid("ext-1", 15_000)), Verdict::Credited);
    assert_eq!(world.report(part, &paid("ext-2", 11_000)), Verdict::Credited);
    assert_eq!((world.balance(), world.end()), (0, at("2027-01-21T10:00:00Z")));
}

#[test]
fn one_that_covers_everything_takes_no_part() {
    let mut world = World::with_balance(15_000);
    let id = world.open(PART, "ext-1");
    assert_eq!((world.payment(id).amount, world.payment(id).from_balance), (rub(15_000), None));
}

/// Something that moves money, with what it is about.
#[derive(Debug, Clone, Copy)]
enum Move {
    TopUp(i64),
    Spend,
    Part,
    /// The provider sends this share (in tenths) of a payment back.
    Reported(usize, i64),
    /// An operator does.
    ToBalance(usize, i64),
    ToPayer(usize, i64),
    Failed(usize),
    Disputed(usize),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => (1_i64..40_000).prop_map(Move::TopUp),
        3 => Just(Move::Spend),
        3 => Just(Move::Part),
        2 => (0_usize..30, 1_i64..11).prop_map(|(which, tenths)| Move::Reported(which, tenths)),
        2 => (0_usize..30, 1_i64..11).prop_map(|(which, tenths)| Move::ToBalance(which, tenths)),
        2 => (0_usize..30, 1_i64..11).prop_map(|(which, tenths)| Move::ToPayer(which, tenths)),
        1 => (0_usize..30).prop_map(Move::Failed),
        1 => (0_usize..30).prop_map(Move::Disputed),
    ];
    proptest::collection::vec(one, 1..40)
}

fn play(world: &mut World, one: Move, ids: &mut Vec<domain::PaymentId>) {
    let fresh = format!("ext-{}", ids.len());
    let pick = |which: usize| ids.get(which % ids.len().max(1)).copied();
    let share = |world: &World, id, tenths: i64| {
        world.payment(id).received.map_or(0, |received| received.minor) * tenths / 10
    };
    match one {
        Move::TopUp(minor) => ids.push(world.top_up(minor, &fresh)),
        Move::Spend => ids.extend(spend(world).ok()),
        Move::Part => {
            let id = world.open(PART, &fresh);
            let amount = world.payment(id).amount.minor;
            assert_eq!(world.report(id, &paid(&fresh, amount)), Verdict::Credited);
            ids.push(id);
        }
        Move::Reported(which, tenths) => {
            let Some(id) = pick(which) else { return };
            let total = share(world, id, tenths);
            world.report(id, &refunded("any", total));
        }
        Move::ToBalance(which, tenths) | Move::ToPayer(which, tenths) => {
            let Some(id) = pick(which) else { return };
            let minor = share(world, id, tenths);
            let balance = matches!(one, Move::ToBalance(..));
            let target = if balance { Target::Balance } else { Target::Payer };
            let _ = world.refund(id, minor, target, TimePolicy::Cut);
        }
        Move::Failed(which) => {
            let Some(id) = pick(which) else { return };
            world.report(id, &report("any", Status::RefundFailed("no".into())));
        }
        Move::Disputed(which) => {
            let Some(id) = pick(which) else { return };
            world.report(id, &report("any", Status::Disputed("fraud".into())));
        }
    }
}

/// How much the events say is on the balance.
fn by_the_events(world: &World) -> i64 {
    let bought = |id: &domain::PaymentId| world.payments[id].goods == Goods::TopUp;
    let moved = |kind: &EventKind| match kind {
        EventKind::ToppedUp { amount, .. } => amount.minor,
        EventKind::Credited { from_balance, .. } => -from_balance.map_or(0, |part| part.minor),
        EventKind::PaymentRefunded { payment, amount, to_balance, missing, .. } => {
            match (*to_balance, bought(payment)) {
                (true, true) | (false, false) => 0,
                (true, false) => amount.minor,
                (false, true) => missing.map_or(0, |missing| missing.minor) - amount.minor,
            }
        }
        _ => 0,
    };
    world.events.iter().map(|event| moved(&event.kind)).sum()
}

proptest! {
    #[test]
    fn it_is_never_below_nothing_and_always_what_the_events_say(moves in moves()) {
        let (mut world, mut ids) = (World::new(), Vec::new());
        for one in moves {
            play(&mut world, one, &mut ids);
            world.pass(1);
            prop_assert!(world.balance() >= 0);
            prop_assert_eq!(world.balance(), by_the_events(&world), "after {:?}", one);
            for payment in world.payments.values() {
                let received = payment.received.map_or(0, |received| received.minor);
                prop_assert!((0..=received).contains(&payment.refunded) && (0..=received).contains(&payment.to_balance));
                prop_assert_eq!(payment.refund.is_some(), payment.state == PaymentState::Refunding);
            }
        }
    }
}
