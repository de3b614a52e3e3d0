//! An operator sends money back, decides about held money, and looks at a payment.

use crate::{
    buyer::{Buyer, all_is_well, days, start_of_time, world_with},
    providers::{WAYS, act, last_order, order},
};
use jiff::SignedDuration;
use sandbox::{
    calls::Target,
    faults::{Effect, Loss, Rule, When},
    world::{Plan, World},
};
use standin_providers::Act;

pub async fn shop_with_operator() -> World {
    let plan = Plan::at(start_of_time());
    let settings = plan.settings.clone().with("ADMIN_IDS", "7").with("DEFAULT_LANGUAGE", "en");
    world_with(Plan { settings, ..plan }).await
}

pub async fn operator(world: &World) -> Buyer<'_> {
    let operator = Buyer::new(world, 7, "en");
    operator.say("/start").await;
    operator
}

/// The id of the newest payment of the store.
fn payment_of(buyer: &Buyer<'_>) -> String {
    let items = buyer.world.table.items().unwrap();
    let ours = items.iter().filter(|item| {
        item["user"]["N"] == buyer.id.to_string().as_str()
            && item["PK"]["S"].as_str().unwrap().starts_with("PAY#")
    });
    let newest = ours.max_by_key(|item| item["created_at"]["S"].as_str().unwrap().to_owned()).unwrap();
    newest["id"]["S"].as_str().unwrap().to_owned()
}

async fn bought<'w>(world: &'w World, way: (&str, &str)) -> Buyer<'w> {
    let anna = Buyer::new(world, 42, "en");
    anna.say("/start").await;
    let order = order(&anna, way).await;
    act(world, way.0, &order.id, Act::Pay).await;
    assert_eq!(anna.events("credited"), 1, "{way:?}");
    anna
}

/// Wherever the provider's API sends money back: all of it, followed to the end, told once, time as chosen.
#[tokio::test]
async fn a_refund_to_the_payer_is_followed_to_its_end() {
    let mut done = Vec::new();
    for way in WAYS {
        let world = shop_with_operator().await;
        let boss = operator(&world).await;
        let anna = bought(&world, way).await;
        boss.say(&format!("/payment {}", payment_of(&anna))).await;
        if boss.button("Refund").is_none() {
            continue;
        }
        boss.press("Refund").await;
        if boss.button("To the payer, end it now").is_none() {
            assert!(boss.button("To the balance").is_some(), "{way:?}\n{}", boss.chat());
            continue;
        }
        boss.press("To the payer, end it now").await;
        world.pass(SignedDuration::from_hours(3)).await;
        let order = last_order(&world, way.0);
        assert_eq!(order.refunded_minor, order.paid_minor, "{way:?}\n{}", boss.chat());
        assert_eq!(anna.events("payment_refunded"), 1, "{way:?}\n{}", boss.chat());
        assert_eq!(anna.times_told("refunded"), 1, "{way:?}\n{}", anna.chat());
        assert!(anna.access_until() < start_of_time() + SignedDuration::from_hours(4), "{way:?}");
        all_is_well(&world);
        done.push(way.0);
    }
    assert!(done.len() >= 5, "{done:?}");
}

/// Stars go back by Telegram's own call, whole; a second press sends nothing more.
#[tokio::test]
async fn stars_go_back_whole_and_once() {
    let world = shop_with_operator().await;
    let boss = operator(&world).await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    anna.say("/buy").await;
    anna.press("1 month").await;
    anna.press("Telegram Stars").await;
    let invoice = anna.messages().iter().rev().find(|message| message.invoice.is_some()).unwrap().id;
    world.telegram.pay_invoice(42, invoice).unwrap();
    world.settle().await;
    boss.say(&format!("/payment {}", payment_of(&anna))).await;
    boss.press("Half").await;
    assert!(boss.button("To the payer").is_none(), "Stars go back whole only\n{}", boss.chat());
    boss.say(&format!("/payment {}", payment_of(&anna))).await;
    boss.press("Refund").await;
    let (message, button) = boss.find("To the payer, end it now");
    boss.press("To the payer, end it now").await;
    drop(world.telegram.press_stale(7, message, &button));
    world.pass(SignedDuration::from_hours(1)).await;
    let moves = world.telegram.star_transactions();
    assert_eq!(moves.len(), 2, "one in, one out: {moves:?}");
    assert_eq!((anna.events("credited"), anna.events("payment_refunded")), (1, 1), "{}", boss.chat());
    assert!(anna.access_until() <= start_of_time() + SignedDuration::from_hours(1), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn half_goes_back_to_the_balance_and_half_of_the_time_with_it() {
    let world = shop_with_operator().await;
    let boss = operator(&world).await;
    let anna = bought(&world, ("cryptopay", "Crypto")).await;
    boss.say(&format!("/payment {}", payment_of(&anna))).await;
    boss.press("Half").await;
    assert!(boss.button("To the payer").is_none(), "Crypto Pay sends nothing back\n{}", boss.chat());
    boss.press("To the balance, cut the time").await;
    world.pass(SignedDuration::from_mins(5)).await;
    assert_eq!(anna.stored("#PROFILE")[0]["balance"]["L"][0]["S"], "75.00 RUB", "{}", boss.chat());
    let left = anna.access_until().duration_since(start_of_time());
    assert!(left > days(14) && left < days(16), "{left:#}");
    assert_eq!(anna.times_told("went back to your balance"), 1, "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn a_refund_whose_answer_is_lost_is_made_once() {
    for way in [("yookassa", "YooKassa"), ("stripe", "Stripe"), ("paypal", "PayPal")] {
        let world = shop_with_operator().await;
        let boss = operator(&world).await;
        let anna = bought(&world, way).await;
        boss.say(&format!("/payment {}", payment_of(&anna))).await;
        boss.press("Half").await;
        let target = Target::Provider(way.0);
        let effect = Effect::LoseAnswer(Loss::Closed);
        world.outside.faults.push(Rule {
            target,
            operation: Some("refund".into()),
            when: When::First(2),
            effect,
        });
        boss.press("To the payer, keep the time").await;
        world.pass(SignedDuration::from_hours(2)).await;
        let order = last_order(&world, way.0);
        assert_eq!(order.refunded_minor, order.paid_minor / 2, "{way:?}\n{}", boss.chat());
        assert_eq!(anna.events("payment_refunded"), 1, "{way:?}\n{}", boss.chat());
        all_is_well(&world);
    }
}

#[tokio::test]
async fn held_money_is_granted_put_on_the_balance_or_sent_back() {
    for (label, credited, topped_up) in
        [("Grant as ordered", 1, 0), ("Put on the balance", 0, 1), ("Refund", 0, 0)]
    {
        let world = shop_with_operator().await;
        let boss = operator(&world).await;
        let anna = Buyer::new(&world, 42, "en");
        anna.say("/start").await;
        let order = order(&anna, ("yookassa", "YooKassa")).await;
        act(&world, "yookassa", &order.id, Act::PayOther(7_700)).await;
        boss.press("Open the payment").await;
        boss.press(label).await;
        if boss.button("To the payer").is_some() {
            boss.press("To the payer").await;
        }
        world.pass(SignedDuration::from_mins(10)).await;
        assert_eq!(
            (anna.events("credited"), anna.events("topped_up")),
            (credited, topped_up),
            "{}",
            boss.chat()
        );
        let back = last_order(&world, "yookassa").refunded_minor;
        assert_eq!(back, if label == "Refund" { 7_700 } else { 0 }, "{}", boss.chat());
        all_is_well(&world);
    }
}

#[tokio::test]
async fn nobody_else_may_look_or_refund() {
    let world = shop_with_operator().await;
    let boss = operator(&world).await;
    let anna = bought(&world, ("yookassa", "YooKassa")).await;
    let id = payment_of(&anna);
    boss.say(&format!("/payment {id}")).await;
    let (_, data) = boss.find("Refund");
    anna.say(&format!("/payment {id}")).await;
    assert!(!anna.reads().contains(&id), "{}", anna.chat());
    // Anna forges the operator's button on a message of her own.
    let own = anna.messages().last().unwrap().id;
    world.telegram.press(42, own, &data).unwrap_or_default();
    world.settle().await;
    assert_eq!(anna.events("refund_requested"), 0);
    assert_eq!(last_order(&world, "yookassa").refunded_minor, 0);
}
