//! Promo codes: what each kind does, that failures look alike, and that uses stay within their limit whatever happens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod support;

use domain::{
    Activation, Currency, EventKind, Money, Period, Plan, Promo, PromoEffect, Promotion, Refusal, UserId,
    Wallet, checkout,
    credit::Verdict,
    promo::{self, Offered, Outcome},
    provisioning::Cause,
    trial,
};
use jiff::{SignedDuration, tz::TimeZone};
use proptest::prelude::*;
use support::{
    now, plan,
    promo::{Shop, promo},
    registered, rub, terms,
};

#[test]
fn orders_are_read_or_refused() {
    let read = |order: &str| {
        let words: Vec<&str> = order.split_whitespace().collect();
        Promo::draft(&words, &TimeZone::get("Europe/Moscow").unwrap(), now())
    };
    let full =
        read("summer percent 20% limit=5 per=2 until=2026-12-31 plans=m1,m3 min=300,50rub note=a b").unwrap();
    assert_eq!((full.code.as_str(), full.effect), ("SUMMER", PromoEffect::Percent(20)));
    assert_eq!((full.limit, full.per_user, full.min), (Some(5), 2, Some(rub(30_050))));
    assert_eq!(full.until, Some("2026-12-31T21:00:00Z".parse().unwrap()), "the last day counts");
    assert_eq!((full.plans.len(), full.note.as_deref()), (2, Some("a b")));
    for effect in ["days 7", "fixed 100RUB", "balance 0.5USD", "traffic 10", "trial 3"] {
        assert!(read(&format!("X_-1 {effect}")).is_some(), "{effect}");
    }
    let nonsense = [
        "",
        "ABC",
        "ABC days",
        "AB days 7",
        "A*C days 7",
        "ABC days 0",
        "ABC days -1",
        "ABC percent 101",
        "ABC percent 0",
        "ABC fixed 100",
        "ABC fixed 0RUB",
        "ABC fixed 1.005RUB",
        "ABC gold 7",
        "ABC days 7 limit=0",
        "ABC days 7 limit",
        "ABC days 7 per=0",
        "ABC days 7 until=2026-11-01",
        "ABC days 7 until=2026-02-30",
        "ABC days 7 plans=m1",
        "ABC days 7 min=1RUB",
        "ABC days 7 what=1",
        "ABC percent 5 plans=",
        "ABC percent 5 from=2026-12-05 until=2026-12-01",
    ];
    for order in nonsense {
        assert_eq!(read(order), None, "{order}");
    }
}

#[test]
fn days_move_the_end_and_say_so() {
    let mut shop = Shop::new("WEEK days 7 per=2", 1);
    assert_eq!(shop.enter(0), Outcome::Applied(PromoEffect::Days(7)));
    let end = now() + SignedDuration::from_hours(7 * 24);
    assert_eq!((shop.subscription(0).end, shop.subscription(0).trial), (end, false));
    shop.now = now() + SignedDuration::from_hours(1);
    assert_eq!(shop.enter(0), Outcome::Applied(PromoEffect::Days(7)));
    let later = end + SignedDuration::from_hours(7 * 24);
    let subscription = shop.subscription(0);
    assert_eq!((subscription.end, subscription.revision), (later, 2));
    assert_eq!(subscription.pending, [Cause::Promo, Cause::Promo]);
    assert!(matches!(
        shop.events.last().unwrap().kind,
        EventKind::PromoApplied { from: Some(from), to: Some(to), .. } if from == end && to == later
    ));
    shop.now += SignedDuration::from_hours(1);
    assert_eq!(shop.enter(0), Outcome::Wrong, "twice a person");
    assert_eq!((shop.subscription(0).end, shop.promo.used), (later, 2));
}

#[test]
fn the_same_act_delivered_twice_counts_once() {
    let mut shop = Shop::new("WEEK days 7", 1);
    for _ in 0..3 {
        assert_eq!(shop.enter(0), Outcome::Applied(PromoEffect::Days(7)));
    }
    assert_eq!((shop.promo.used, shop.count("promo_applied")), (1, 1));
    assert_eq!(shop.user(0).promos.guesses.count, 0);
}

#[test]
fn money_goes_to_the_balance() {
    let mut shop = Shop::new("GIFT balance 50RUB", 1);
    assert_eq!(shop.enter(0), Outcome::Applied(PromoEffect::Balance(rub(5_000))));
    assert_eq!(shop.user(0).balance, Wallet::of([rub(5_000)]));
}

#[test]
fn traffic_widens_what_runs_and_nothing_else() {
    let mut shop = Shop::new("WIDE traffic 10", 1);
    assert_eq!(shop.enter(0), Outcome::Wrong, "nothing runs");
    let limited = domain::Terms { traffic_limit: 5 << 30, ..terms("trial", Period::Days(3)) };
    let started = trial::start(&shop.people[0].0, Some(&limited), now()).unwrap();
    shop.commit(0, &started);
    assert_eq!(shop.enter(0), Outcome::Applied(PromoEffect::Traffic(10)));
    assert_eq!(shop.subscription(0).access().traffic_limit, 15 << 30);
    let unlimited = Shop::new("WIDE traffic 10", 1);
    let mut shop = unlimited;
    let started = trial::start(&shop.people[0].0, Some(&terms("trial", Period::Days(3))), now()).unwrap();
    shop.commit(0, &started);
    assert_eq!(shop.enter(0), Outcome::Wrong, "more than everything is nothing");
}

#[test]
fn trial_days_wait_for_the_trial_or_prolong_it() {
    let mut shop = Shop::new("TRY trial 4 per=2", 1);
    let three = terms("trial", Period::Days(3));
    assert_eq!(shop.enter(0), Outcome::Applied(PromoEffect::Trial(4)));
    let started = trial::start(&shop.people[0].0, Some(&three), now()).unwrap();
    shop.commit(0, &started);
    assert_eq!(shop.subscription(0).end, now() + SignedDuration::from_hours(7 * 24));
    assert_eq!(shop.user(0).promos.trial_days, 0);
    shop.now += SignedDuration::from_hours(1);
    assert_eq!(shop.enter(0), Outcome::Applied(PromoEffect::Trial(4)));
    assert_eq!(shop.subscription(0).end, now() + SignedDuration::from_hours(11 * 24));
    let mut bought = Shop::new("TRY trial 4", 1);
    bought.freeze(0, &plan());
    let payment = bought.open(0).unwrap();
    bought.pay(payment.id);
    assert_eq!(bought.enter(0), Outcome::Wrong, "no trial to prolong");
}

/// Unknown, switched off, too early, too late, used up, used by this person: nobody can tell them apart.
#[test]
fn every_failure_looks_the_same() {
    let state = registered();
    let offered = Offered::default();
    let known = |change: fn(&mut Promo)| {
        let mut promo = promo("CODE balance 5RUB limit=3");
        change(&mut promo);
        Some(Promotion { promo, activation: None })
    };
    let mine = Activation {
        code: "CODE".parse().unwrap(),
        user: UserId(42),
        count: 1,
        at: now() - SignedDuration::from_hours(1),
        version: 1,
    };
    let used = Promotion { activation: Some(mine), ..known(|_| {}).unwrap() };
    let cases = [
        None,
        known(|promo| promo.off = true),
        known(|promo| promo.from = Some(now() + SignedDuration::from_secs(1))),
        known(|promo| promo.until = Some(now())),
        known(|promo| promo.used = 3),
        known(|promo| promo.effect = PromoEffect::Days(7)),
        Some(used),
    ];
    let (_, first) = promo::enter(&state, None, offered, now()).unwrap();
    for case in cases {
        let (outcome, decision) = promo::enter(&state, case.as_ref(), offered, now()).unwrap();
        assert_eq!((outcome, &decision), (Outcome::Wrong, &first), "{case:?}");
    }
}

#[test]
fn guessing_is_slowed_down_and_told_once() {
    let mut shop = Shop::new("RIGHT balance 5RUB", 1);
    let mut told = Vec::new();
    for minute in 0..120 {
        shop.now = now() + SignedDuration::from_mins(minute);
        let state = shop.people[0].0.clone();
        let (outcome, decision) = promo::enter(&state, None, Offered::default(), shop.now).unwrap();
        shop.commit(0, &decision);
        told.push(outcome);
    }
    assert_eq!(told[..6], [[Outcome::Wrong; 5].as_slice(), &[Outcome::Later]].concat());
    let looked_at = told.iter().filter(|outcome| **outcome == Outcome::Wrong).count();
    assert_eq!(looked_at, 5 * 12);
    assert_eq!(shop.count("promo_guessed"), 1);
    assert!(shop.user(0).promos.guesses.is_blocked(shop.now));
    assert_eq!(shop.enter(0), Outcome::Later, "a right one neither");
    shop.now += SignedDuration::from_mins(10);
    assert_eq!(shop.enter(0), Outcome::Applied(PromoEffect::Balance(rub(500))));
}

#[test]
fn a_discount_is_held_counted_and_gone() {
    let mut shop = Shop::new("HALF percent 50 limit=1", 2);
    assert_eq!(shop.enter(0), Outcome::Chosen(PromoEffect::Percent(50)));
    assert_eq!(shop.enter(1), Outcome::Chosen(PromoEffect::Percent(50)), "nothing is held yet");
    let quote = shop.freeze(0, &plan());
    assert_eq!(quote.prices[0].total, rub(7_500));
    assert_eq!(shop.freeze(0, &plan()).id, quote.id, "a second tap changes nothing");
    assert_eq!((shop.promo.held(shop.now), shop.promo.used), (1, 0));
    assert_eq!(shop.freeze(1, &plan()).prices[0].total, rub(15_000), "it is held for the other");
    let payment = shop.open(0).unwrap();
    assert_eq!(shop.pay(payment.id), Verdict::Credited);
    assert_eq!((shop.promo.held(shop.now), shop.promo.used), (0, 1));
    assert_eq!(shop.user(0).promos.chosen, None);
    assert_eq!(shop.freeze(0, &plan()).prices[0].total, rub(15_000));
    assert_eq!(shop.count("promo_consumed"), 1);
}

#[test]
fn an_abandoned_offer_gives_its_use_back_and_keeps_its_price() {
    let mut shop = Shop::new("HALF percent 50 limit=1", 2);
    shop.enter(0);
    shop.enter(1);
    shop.freeze(0, &plan());
    let late = shop.open(0).unwrap();
    shop.now += SignedDuration::from_mins(121);
    let quote = shop.freeze(1, &plan());
    assert_eq!(quote.prices[0].total, rub(7_500));
    let payment = shop.open(1).unwrap();
    shop.pay(payment.id);
    assert_eq!(shop.pay(late.id), Verdict::Credited, "money that comes late counts at its price");
    assert_eq!(shop.promo.used, 2, "over the limit, by design");
}

#[test]
fn taking_the_code_off_ends_its_offer_and_frees_its_use() {
    let mut shop = Shop::new("HALF percent 50 limit=1", 2);
    shop.enter(0);
    shop.freeze(0, &plan());
    let decision = promo::forget(&shop.state(0), shop.now);
    shop.commit(0, &decision);
    assert_eq!(shop.promo.held(shop.now), 0);
    assert_eq!(shop.open(0), None, "the reduced offer is gone");
    assert_eq!(shop.freeze(0, &plan()).prices[0].total, rub(15_000));
    assert!(promo::forget(&shop.state(0), shop.now).is_nothing());
}

#[test]
fn one_code_reduces_one_offer_at_a_time() {
    let mut shop = Shop::new("HALF percent 50", 1);
    shop.enter(0);
    shop.freeze(0, &plan());
    let first = shop.open(0).unwrap();
    let year = Plan { terms: terms("m12", Period::Months(12)), ..plan() };
    shop.freeze(0, &year);
    shop.pay(first.id);
    assert_eq!(shop.open(0), None, "the other offer of the same code is not open any more");
}

#[test]
fn everything_off_is_taken_without_a_provider() {
    let mut shop = Shop::new("FREE percent 100 limit=1", 1);
    shop.enter(0);
    let quote = shop.freeze(0, &plan());
    assert_eq!(quote.prices[0].total, rub(0));
    let (payment, decision) = checkout::spend(&shop.state(0), quote.id, Currency::Rub, shop.now).unwrap();
    shop.commit(0, &decision);
    assert_eq!((payment.amount, payment.from_balance), (rub(0), None));
    assert_eq!((shop.promo.used, shop.people[0].0.subscriptions.len()), (1, 1));
    let again = checkout::spend(&shop.state(0), quote.id, Currency::Rub, shop.now);
    assert_eq!(again.unwrap_err(), Refusal::QuoteExpired);
}

#[test]
fn conditions_choose_the_plans() {
    let dear = Plan { prices: vec![rub(30_000)], ..plan() };
    let year = Plan { terms: terms("m12", Period::Months(12)), ..plan() };
    let fits = |order: &str| [plan(), dear.clone(), year.clone()].map(|plan| promo(order).fits(&plan));
    assert_eq!(fits("ABC percent 5"), [true; 3]);
    assert_eq!(fits("ABC percent 5 min=300RUB"), [false, true, false]);
    assert_eq!(fits("ABC fixed 5RUB plans=m12"), [false, false, true]);
    assert_eq!(fits("ABC percent 5 min=1USD"), [false; 3], "no price to compare with");
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Enter(usize),
    Freeze(usize, i64),
    Open(usize),
    Pay(usize),
    Forget(usize),
    Pass(i64),
}

const PEOPLE: usize = 4;

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..PEOPLE;
    prop_oneof![
        3 => who().prop_map(Step::Enter),
        4 => (who(), 1_i64..40_000).prop_map(|(who, price)| Step::Freeze(who, price)),
        3 => who().prop_map(Step::Open),
        3 => (0..8_usize).prop_map(Step::Pay),
        1 => who().prop_map(Step::Forget),
        2 => (1_i64..150).prop_map(Step::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// I5: uses and holds stay within the limit, but for orders that were paid when nothing was held for them any more.
    #[test]
    fn uses_stay_within_the_limit(
        order in prop::sample::select(vec!["CODE percent 33", "CODE percent 100", "CODE fixed 100RUB"]),
        limit in 1_u32..4,
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        let mut shop = Shop::new(&format!("{order} limit={limit}"), i64::try_from(PEOPLE).unwrap());
        let mut late = 0;
        for step in steps {
            match step {
                Step::Enter(who) => {
                    shop.enter(who);
                }
                Step::Freeze(who, price) => {
                    let quote = shop.freeze(who, &Plan { prices: vec![rub(price)], ..plan() });
                    let total = quote.prices[0].total.minor;
                    let off = quote.prices[0].promo_off().map_or(0, |off| off.minor);
                    prop_assert_eq!(total, price - off);
                    prop_assert!(total >= price.min(1_000) || total == 0, "{} of {}", total, price);
                    prop_assert_eq!(off > 0, quote.promo.is_some());
                }
                Step::Open(who) => {
                    shop.open(who);
                }
                Step::Pay(which) => {
                    let payment = shop.payments.get(which).filter(|payment| payment.state.is_open()).cloned();
                    if let Some(payment) = payment.filter(|payment| payment.amount.is_positive()) {
                        let holds = |hold: &domain::Hold| hold.user == payment.user && hold.until > shop.now;
                        let held = shop.promo.holds.iter().any(holds);
                        late += u32::from(payment.promo.is_some() && !held);
                        prop_assert_eq!(shop.pay(payment.id), Verdict::Credited);
                    }
                }
                Step::Forget(who) => {
                    let decision = promo::forget(&shop.state(who), shop.now);
                    shop.commit(who, &decision);
                }
                Step::Pass(minutes) => shop.now += SignedDuration::from_mins(minutes),
            }
            let held = u32::try_from(shop.promo.held(shop.now)).unwrap();
            prop_assert!(shop.promo.used + held <= limit + late, "{} + {held} of {limit}, {late} late", shop.promo.used);
            prop_assert_eq!(shop.count("promo_consumed"), usize::try_from(shop.promo.used).unwrap());
            let uses: u32 = shop.people.iter().filter_map(|(_, used)| Some(used.as_ref()?.count)).sum();
            prop_assert_eq!(uses, shop.promo.used);
        }
    }

    #[test]
    fn a_price_never_falls_below_nothing(base in 1_i64..i64::MAX / 2, percent in 1_u8..=100, off in 1_i64..i64::MAX, least in 0_i64..100_000) {
        for effect in [PromoEffect::Percent(percent), PromoEffect::Fixed(rub(off))] {
            let promo = Promo { effect, ..promo("CODE percent 1") };
            let off = promo.off(rub(base), least).minor;
            prop_assert!((0..=base).contains(&off));
            prop_assert!(off == base || off == 0 || base - off >= least.max(1));
            prop_assert_eq!(promo.off(Money::new(base, Currency::Xtr), least).minor > 0 && matches!(effect, PromoEffect::Fixed(_)), false);
        }
    }
}
