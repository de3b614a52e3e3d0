//! Every way to pay, from the button to the link: paid, paid twice, late, wrong, silent, canceled, refunded, disputed.

use crate::buyer::{Buyer, all_is_well, days, start_of_time, world, world_with};
use jiff::SignedDuration;
use sandbox::{
    calls::Target,
    faults::{Answer, Effect, Loss, Rule, When},
    world::{Plan, World},
};
use standin_providers::{Act, NotPossible, OrderView};

/// A provider, and what its button says.
pub const WAYS: [(&str, &str); 8] = [
    ("yookassa", "YooKassa"),
    ("freekassa", "FreeKassa"),
    ("robokassa", "Robokassa"),
    ("wata", "WATA"),
    ("stripe", "Stripe"),
    ("paypal", "PayPal"),
    ("cryptopay", "Crypto"),
    ("tribute", "Tribute"),
];

/// Opens the page that the newest bill leads to, as a browser does, and answers the order that lies there.
pub async fn open_page(buyer: &Buyer<'_>, provider: &str) -> OrderView {
    let messages = buyer.messages();
    let buttons = messages.iter().rev().flat_map(|message| message.buttons.iter().flatten());
    let page = buttons.into_iter().find(|button| button.action == "url" && button.text.contains("Pay"));
    let page = page.unwrap_or_else(|| panic!("no payment page in\n{}", buyer.chat())).value.clone();
    // Tribute's links know the buyer by Telegram.
    let page = if provider == "tribute" { format!("{page}?user={}", buyer.id) } else { page };
    let shown = reqwest::get(&page).await.unwrap();
    assert!(shown.status().is_success(), "{page}: {}", shown.text().await.unwrap_or_default());
    last_order(buyer.world, provider)
}

pub fn last_order(world: &World, provider: &str) -> OrderView {
    world.tills.get(provider).unwrap().orders().pop().expect("an order at the provider")
}

/// From the menu to the provider's page.
pub async fn order(buyer: &Buyer<'_>, way: (&str, &str)) -> OrderView {
    order_of(buyer, "1 month", way).await
}

/// The same for a plan by its button.
pub async fn order_of(buyer: &Buyer<'_>, plan: &str, (provider, label): (&str, &str)) -> OrderView {
    buyer.say("/buy").await;
    buyer.press(plan).await;
    buyer.press(label).await;
    open_page(buyer, provider).await
}

/// Does `act` at the provider and delivers what follows; `false` if the provider knows no such thing.
pub async fn act(world: &World, provider: &str, id: &str, act: Act) -> bool {
    let done = world.tills.get(provider).unwrap().act(id, act);
    world.settle().await;
    match done {
        Ok(()) => true,
        Err(NotPossible::Never(_)) => false,
        Err(other) => panic!("{provider} {act:?}: {other}"),
    }
}

async fn newcomer(world: &World) -> Buyer<'_> {
    let anna = Buyer::new(world, 42, "en");
    anna.say("/start").await;
    anna
}

fn credits(buyer: &Buyer<'_>) -> usize {
    buyer.events("credited")
}

#[tokio::test]
async fn each_takes_money_once_and_the_link_arrives() {
    for way in WAYS {
        let world = world().await;
        let anna = newcomer(&world).await;
        let order = order(&anna, way).await;
        assert!(act(&world, way.0, &order.id, Act::PayAndRepeat).await, "{way:?}");
        assert_eq!(credits(&anna), 1, "{way:?}\n{}", anna.chat());
        assert_eq!(anna.times_told("Your access is ready"), 1, "{way:?}\n{}", anna.chat());
        assert!(anna.access_until() >= start_of_time() + days(30), "{way:?}");
        all_is_well(&world);
    }
}

#[tokio::test]
async fn what_was_paid_and_never_called_back_is_found_by_asking() {
    for way in WAYS {
        let world = world().await;
        let anna = newcomer(&world).await;
        let order = order(&anna, way).await;
        if !act(&world, way.0, &order.id, Act::PaySilently).await || way.0 == "tribute" {
            continue;
        }
        assert_eq!(credits(&anna), 0, "{way:?}");
        world.pass(SignedDuration::from_mins(20)).await;
        assert_eq!(credits(&anna), 1, "{way:?}\n{}", anna.chat());
        assert_eq!(anna.times_told("Your access is ready"), 1, "{way:?}");
        all_is_well(&world);
    }
}

#[tokio::test]
async fn money_that_comes_after_the_order_expired_counts() {
    for way in WAYS {
        let world = world().await;
        let anna = newcomer(&world).await;
        let order = order(&anna, way).await;
        if !act(&world, way.0, &order.id, Act::PayLate).await {
            continue;
        }
        world.pass(SignedDuration::from_hours(5)).await;
        assert_eq!(credits(&anna), 1, "{way:?}\n{}", anna.chat());
        all_is_well(&world);
    }
}

#[tokio::test]
async fn another_sum_is_held_and_the_operator_told() {
    for way in WAYS {
        let plan = Plan::at(start_of_time());
        let world = world_with(Plan {
            settings: plan.settings.clone().with("ADMIN_IDS", "7").with("DEFAULT_LANGUAGE", "en"),
            ..plan
        })
        .await;
        let operator = Buyer::new(&world, 7, "en");
        operator.say("/start").await;
        let anna = newcomer(&world).await;
        let order = order(&anna, way).await;
        if way.0 == "tribute" || !act(&world, way.0, &order.id, Act::PayOther(order.minor / 2)).await {
            continue;
        }
        assert_eq!((credits(&anna), anna.events("payment_held")), (0, 1), "{way:?}\n{}", anna.chat());
        assert!(anna.reads().contains("being checked"), "{way:?}\n{}", anna.chat());
        assert_eq!(operator.times_told("does not match"), 1, "{way:?}\n{}", operator.chat());
        assert!(anna.account().is_none());
        all_is_well(&world);
    }
}

#[tokio::test]
async fn a_second_charge_of_one_order_is_a_second_purchase() {
    for way in WAYS {
        let world = world().await;
        let anna = newcomer(&world).await;
        let order = order(&anna, way).await;
        act(&world, way.0, &order.id, Act::Pay).await;
        if !act(&world, way.0, &order.id, Act::PayAgain).await {
            continue;
        }
        assert_eq!(credits(&anna), 2, "{way:?}\n{}", anna.chat());
        all_is_well(&world);
    }
}

#[tokio::test]
async fn a_refund_at_the_provider_cuts_the_time_by_the_same_share() {
    for way in WAYS {
        let world = world().await;
        let anna = newcomer(&world).await;
        let order = order(&anna, way).await;
        act(&world, way.0, &order.id, Act::Pay).await;
        let until = anna.access_until();
        let order = last_order(&world, way.0);
        let half = world.tills.get(way.0).unwrap().act(&order.id, Act::Refund(order.paid_minor / 2));
        world.settle().await;
        world.pass(SignedDuration::from_hours(1)).await;
        if half.is_ok() && anna.events("payment_refunded") == 1 {
            let left = anna.access_until().duration_since(start_of_time()).as_secs();
            let whole = until.duration_since(start_of_time()).as_secs();
            assert!((left - whole / 2).abs() < 7200, "{way:?}: {left} of {whole}\n{}", anna.chat());
            assert_eq!(anna.times_told("refunded"), 1, "{way:?}\n{}", anna.chat());
        }
        let rest = last_order(&world, way.0);
        let rest = Act::Refund(rest.paid_minor - rest.refunded_minor);
        if world.tills.get(way.0).unwrap().act(&order.id, rest).is_ok() {
            world.settle().await;
            world.pass(SignedDuration::from_hours(1)).await;
            println!("{}: {} refunds told", way.0, anna.events("payment_refunded"));
        }
        all_is_well(&world);
    }
}

#[tokio::test]
async fn a_dispute_ends_the_access_and_the_operator_knows() {
    let mut seen = 0;
    for way in WAYS {
        let plan = Plan::at(start_of_time());
        let world = world_with(Plan {
            settings: plan.settings.clone().with("ADMIN_IDS", "7").with("DEFAULT_LANGUAGE", "en"),
            ..plan
        })
        .await;
        let operator = Buyer::new(&world, 7, "en");
        operator.say("/start").await;
        let anna = newcomer(&world).await;
        let order = order(&anna, way).await;
        act(&world, way.0, &order.id, Act::Pay).await;
        if !act(&world, way.0, &order.id, Act::Dispute).await {
            continue;
        }
        seen += 1;
        assert_eq!(anna.events("payment_disputed"), 1, "{way:?}");
        assert!(anna.access_until() < start_of_time() + SignedDuration::from_mins(10), "{way:?}");
        assert_eq!(operator.times_told("takes money back"), 1, "{way:?}\n{}", operator.chat());
        all_is_well(&world);
    }
    assert!(seen >= 2, "Stripe and PayPal know disputes");
}

#[tokio::test]
async fn a_canceled_order_credits_nothing() {
    for way in WAYS {
        let world = world().await;
        let anna = newcomer(&world).await;
        let order = order(&anna, way).await;
        act(&world, way.0, &order.id, Act::Cancel).await;
        world.pass(SignedDuration::from_hours(6)).await;
        assert_eq!(credits(&anna), 0, "{way:?}");
        assert!(anna.account().is_none());
        all_is_well(&world);
    }
}

/// A provider that fails in any way: the buyer reads the truth, another way is one press away, nothing is charged twice.
#[tokio::test]
async fn a_failing_provider_is_said_and_another_way_is_open() {
    for way in WAYS.into_iter().filter(|way| !matches!(way.0, "robokassa" | "tribute")) {
        let target = Target::Provider(way.0);
        let failures = [
            Effect::Answer(Answer::unavailable(target)),
            Effect::Answer(Answer::slow_down(target, 20)),
            Effect::LoseAnswer(Loss::Closed),
            Effect::LoseRequest(Loss::Closed),
        ];
        for failure in failures {
            let world = world().await;
            let anna = newcomer(&world).await;
            anna.say("/buy").await;
            anna.press("1 month").await;
            let rule = Rule { target, operation: None, when: When::Always, effect: failure.clone() };
            world.outside.faults.push(rule);
            anna.press(way.1).await;
            assert_eq!(anna.events("payment_opened"), 0, "{way:?} {failure:?}\n{}", anna.chat());
            assert!(anna.button("Telegram Stars").is_some(), "{way:?} {failure:?}\n{}", anna.chat());
            world.outside.faults.clear();
            anna.press("Telegram Stars").await;
            assert!(anna.messages().iter().any(|message| message.invoice.is_some()), "{way:?}");
            let paid: i64 =
                world.tills.all().iter().flat_map(|till| till.orders()).map(|o| o.paid_minor).sum();
            assert_eq!(paid, 0);
            all_is_well(&world);
        }
    }
}

/// Three failures hide a method; after five minutes it may be tried again, and success brings it back to its place.
#[tokio::test]
async fn a_method_that_keeps_failing_is_hidden_and_probed() {
    let world = world().await;
    let anna = newcomer(&world).await;
    let down = Effect::Answer(Answer::unavailable(Target::Provider("stripe")));
    world.outside.faults.push(Rule {
        target: Target::Provider("stripe"),
        operation: None,
        when: When::Always,
        effect: down,
    });
    for _ in 0..3 {
        anna.say("/buy").await;
        anna.press("1 month").await;
        if anna.button("Stripe").is_some() {
            anna.press("Stripe").await;
        }
    }
    let menu = |anna: &Buyer<'_>| {
        let newest = anna.messages().into_iter().rev().find(|message| !message.buttons.is_empty()).unwrap();
        newest.buttons.into_iter().flatten().map(|button| button.text).collect::<Vec<_>>()
    };
    anna.say("/buy").await;
    anna.press("1 month").await;
    assert!(!menu(&anna).iter().any(|label| label.contains("Stripe")), "{:?}", menu(&anna));
    world.outside.faults.clear();
    world.pass(SignedDuration::from_mins(7)).await;
    anna.say("/buy").await;
    anna.press("1 month").await;
    let place = |anna: &Buyer<'_>| menu(anna).iter().position(|label| label.contains("Stripe"));
    let shaky = place(&anna).expect("offered again");
    anna.press("Stripe").await;
    anna.say("/buy").await;
    anna.press("1 month").await;
    assert!(place(&anna).unwrap() < shaky, "{:?}", menu(&anna));
    all_is_well(&world);
}
