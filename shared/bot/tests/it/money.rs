//! Balance, saved methods and renewals, in conversation.

use crate::{
    fixtures::{rub, subscription},
    world::{ANNA, BOB, World, button},
};
use domain::{Goods, Provider, Record, Renewal, SubscriptionNo, UserId, checkout::Choice};
use jiff::SignedDuration;
use serde_json::json;

const NO: SubscriptionNo = SubscriptionNo::FIRST;

/// Puts 500 ₽ on the balance, as a buyer does.
async fn top_up(world: &World, user: i64) {
    world.say(user, "/balance").await;
    world.press(user, "1:topup:0").await;
    world.press(user, "1:pay").await;
    world.report(world.billed(user), rub(50_000), None).await;
}

#[tokio::test]
async fn a_top_up_ends_on_the_balance_and_pays_a_plan_wholly() {
    let world = World::new().await;
    assert!(button(&world.say(BOB, "/menu").await, "1:profile").is_some());
    world.press(BOB, "1:profile").await;
    world.press(BOB, "1:balance").await;
    assert!(world.last(BOB).text.contains("Balance: empty"));
    world.press(BOB, "1:topup:0").await;
    let offer = world.last(BOB);
    assert!(offer.text.contains("Sum: 500") && !offer.text.contains("Period"), "{}", offer.text);
    world.press(BOB, "1:pay").await;
    let other = button(&world.last(BOB), "1:offer:").unwrap();
    let id = world.billed(BOB);
    assert_eq!(world.payment(id).await.goods, Goods::TopUp);
    world.press(BOB, &other.value).await;
    assert_eq!(world.last(BOB).text, offer.text);
    world.press(BOB, "1:pay").await;
    world.report(id, rub(50_000), None).await;
    world.press(BOB, "1:check").await;
    assert!(world.last(BOB).text.contains("on your balance: 500"), "{}", world.last(BOB).text);

    world.say(BOB, "/buy").await;
    world.press(BOB, "1:plan:m1").await;
    let popup = world.press(BOB, "1:spend:").await;
    assert_eq!((popup.outgoing.as_slice(), popup.alert), (&["editMessageText".to_owned()][..], false));
    assert!(world.last(BOB).text.contains("Payment received"));
    let state = world.state(BOB).await;
    assert_eq!(state.user.unwrap().balance.amounts(), [rub(35_000)]);
    assert_eq!(state.subscriptions.len(), 1);
    let history = world.say(BOB, "/history").await.text;
    assert!(history.contains("1 month — 150\u{a0}₽, 150\u{a0}₽ of it from the balance"), "{history}");
    assert!(history.contains("top-up — 500"), "{history}");
    world.assert_clean();
}

#[tokio::test]
async fn spending_twice_by_a_double_press_pays_once() {
    let world = World::new().await;
    top_up(&world, BOB).await;
    world.say(BOB, "/buy").await;
    world.press(BOB, "1:plan:m1").await;
    let message = world.last(BOB);
    let spend = button(&message, "1:spend:").unwrap().value;
    for _ in 0..2 {
        let update = world.telegram.press_stale(BOB, message.id, &spend).unwrap();
        assert!(!world.popup(&update).await.alert);
    }
    assert_eq!(world.state(BOB).await.user.unwrap().balance.amounts(), [rub(35_000)]);
    world.assert_clean();
}

#[tokio::test]
async fn the_balance_pays_a_part_and_the_choice_stays() {
    let world = World::new().await;
    top_up(&world, BOB).await;
    world.say(BOB, "/buy").await;
    world.press(BOB, "1:plan:m12").await;
    let plain = world.last(BOB);
    assert!(button(&plain, "1:spend:").is_none(), "500 ₽ do not pay for a year");
    world.press(BOB, "1:pick:1:m12:b").await;
    let part = world.last(BOB);
    assert!(
        part.text.contains("From the balance: −500") && part.text.contains("To pay: 990"),
        "{}",
        part.text
    );
    assert!(button(&part, "1:pick:1:m12:n").unwrap().text.starts_with('✅'));
    world.press(BOB, "1:pick:1:m12:bs").await;
    assert!(world.last(BOB).text.contains("method is saved, and a day before"));
    world.press(BOB, "1:pay").await;
    let payment = world.payment(world.billed(BOB)).await;
    assert_eq!((payment.amount, payment.from_balance), (rub(99_000), Some(rub(50_000))));
    assert!(payment.save_method);
    // The way back keeps what was chosen.
    world.press(BOB, "1:buy:1:m12").await;
    let quote = world.state(BOB).await.quote.unwrap();
    assert_eq!(
        Choice { use_balance: quote.uses_balance(), save_method: quote.save_method },
        Choice { use_balance: true, save_method: true }
    );
    world.assert_clean();
}

#[tokio::test]
async fn a_sum_that_is_not_on_the_list_is_refused() {
    let world = World::new().await;
    let message = world.say(BOB, "/balance").await;
    let update = world.telegram.press_stale(BOB, message.id, "1:topup:9").unwrap();
    let popup = world.popup(&update).await;
    assert!(popup.alert && popup.text.contains("not possible"), "{popup:?}");
    assert!(world.state(BOB).await.quote.is_none());
}

#[tokio::test]
async fn a_saved_card_renews_and_can_be_removed() {
    let world = World::new().await;
    world.say(BOB, "/buy").await;
    world.press(BOB, "1:plan:m1").await;
    world.press(BOB, "1:pick:1:m1:s").await;
    world.press(BOB, "1:pay").await;
    world.report(world.billed(BOB), rub(15_000), Some("Visa •4444")).await;
    let mine = world.say(BOB, "/subscription").await;
    assert!(
        mine.text.contains("Automatic renewal: 20 December 2026") && mine.text.contains("Visa •4444"),
        "{}",
        mine.text
    );
    world.press(BOB, "1:renew:1:off").await;
    assert!(world.last(BOB).text.contains("renewal is off"));
    world.press(BOB, "1:renew:1:on").await;
    assert_eq!(world.state(BOB).await.subscription(NO).unwrap().renewal, Renewal::Charge);

    world.press(BOB, "1:methods").await;
    assert!(world.last(BOB).text.contains("✅ Visa •4444 · YooKassa"));
    world.press(BOB, "1:forget:").await;
    assert!(world.last(BOB).text.contains("only work from the balance"));
    assert_eq!(world.state(BOB).await.methods().len(), 1, "asked first");
    world.press(BOB, "1:forgetnow:").await;
    assert!(world.last(BOB).text.contains("None is saved yet"));
    assert!(world.state(BOB).await.methods().is_empty());
    assert!(world.say(BOB, "/subscription").await.text.contains("nothing to charge"));
    world.assert_clean();
}

#[tokio::test]
async fn a_method_is_added_without_paying() {
    let world = World::new().await;
    world.say(BOB, "/methods").await;
    world.press(BOB, "1:bind:yookassa").await;
    let page = world.last(BOB);
    assert!(page.text.contains("A new payment method") && !page.text.contains('₽'), "{}", page.text);
    let popup = world.press(BOB, "1:check").await;
    assert!(popup.alert && popup.text.contains("Not confirmed yet"), "{popup:?}");
    world.report(world.billed(BOB), rub(0), Some("MasterCard •1111")).await;
    world.press(BOB, "1:check").await;
    assert!(world.last(BOB).text.contains("is saved"));
    assert_eq!(world.state(BOB).await.methods()[0].title, "MasterCard •1111");
    world.assert_clean();
}

#[tokio::test]
async fn a_desk_that_fails_says_what_is_true_of_each_press() {
    let world = World::new().await;
    world.say(BOB, "/buy").await;
    world.press(BOB, "1:plan:m1").await;
    world.press(BOB, "1:pay").await;
    world.desk_closed.store(true, std::sync::atomic::Ordering::SeqCst);
    let popup = world.press(BOB, "1:check").await;
    assert!(popup.alert && popup.text.contains("do not pay again") && popup.outgoing.is_empty(), "{popup:?}");
    world.say(BOB, "/methods").await;
    let popup = world.press(BOB, "1:bind").await;
    assert!(
        popup.alert && popup.text.contains("Nothing was saved") && popup.outgoing.is_empty(),
        "{popup:?}"
    );
    world.assert_clean();
}

/// Takes the month as a subscription in Stars; answers the first charge.
async fn subscribe(world: &World, user: i64) -> String {
    world.say(user, "/start plan_m1").await;
    let popup = world.press(user, "1:subscribe:").await;
    assert_eq!(popup.outgoing, ["createInvoiceLink", "editMessageText"]);
    let link = button(&world.last(user), "https://t.me/$").unwrap().value;
    world.telegram.pay_invoice_link(user, &link).unwrap();
    world.deliver().await;
    world.deliver().await;
    let state = world.state(user).await;
    match state.subscription(NO).map(|subscription| subscription.renewal.clone()) {
        Some(Renewal::Provider { provider: Provider::Stars, reference }) => reference,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_subscription_in_stars_renews_itself_and_is_stopped_by_a_button() {
    let world = World::new().await;
    let charge = subscribe(&world, BOB).await;
    let first = world.state(BOB).await.subscription(NO).unwrap().end;
    assert_eq!(first, world.now() + SignedDuration::from_hours(720));
    let mine = world.say(BOB, "/subscription").await;
    assert!(mine.text.contains("Telegram renews it every 30 days"), "{}", mine.text);
    assert!(button(&mine, "1:renew").is_none(), "no second payer for the same time");

    let popup = world.press(BOB, "1:stopstars:1").await;
    assert_eq!(popup.outgoing, ["editUserStarSubscription", "editMessageText"]);
    assert!(popup.alert && popup.text.contains("not be renewed"), "{popup:?}");
    assert_eq!(world.state(BOB).await.subscription(NO).unwrap().renewal, Renewal::Off);
    assert!(world.telegram.renew_subscription(&charge).is_err());
    world.assert_clean();
}

#[tokio::test]
async fn telegram_charges_again_and_the_time_is_added() {
    let world = World::new().await;
    let charge = subscribe(&world, BOB).await;
    let first = world.state(BOB).await.subscription(NO).unwrap().end;
    world.wait(SignedDuration::from_hours(719));
    world.telegram.renew_subscription(&charge).unwrap();
    world.deliver().await;
    let again = world.state(BOB).await.subscription(NO).unwrap().end;
    assert_eq!(again, first + SignedDuration::from_hours(720));
    world.assert_clean();
}

#[tokio::test]
async fn telegrams_own_word_about_a_subscription_is_kept() {
    let world = World::new().await;
    let charge = subscribe(&world, BOB).await;
    let renewal = async || world.state(BOB).await.subscription(NO).unwrap().renewal.clone();
    let mut update = world.telegram.cancel_subscription(&charge).unwrap();
    world.deliver().await;
    assert_eq!(renewal().await, Renewal::Off);
    for (state, goes_on) in [("active", true), ("dormant", true), ("failed", false), ("active", true)] {
        update["subscription"]["state"] = json!(state);
        assert!(world.give(&update).await.unwrap().is_none());
        assert_eq!(renewal().await != Renewal::Off, goes_on, "{state}");
    }
    // Telegram did not say by which charge: only Telegram can stop it.
    let mine = world.say(BOB, "/subscription").await;
    assert!(
        mine.text.contains("Telegram's settings") && button(&mine, "1:stopstars").is_none(),
        "{}",
        mine.text
    );
}

#[tokio::test]
async fn what_another_service_renews_is_not_charged_here_too() {
    let world = World::new().await;
    let menu = world.say(ANNA, "/menu").await;
    let mut own = subscription(world.now() + SignedDuration::from_hours(240), false, 0);
    own.renewal = Renewal::Provider { provider: Provider::Tribute, reference: "1644".into() };
    own.version = 0;
    assert_eq!(own.user, UserId(ANNA));
    let decision = domain::Decision { records: vec![Record::Subscription(own)], ..Default::default() };
    world.shop.store().commit(&decision).await.unwrap();
    for data in ["1:renew:1:on", "1:renew:1:off"] {
        let update = world.telegram.press_stale(ANNA, menu.id, data).unwrap();
        let popup = world.popup(&update).await;
        assert!(popup.alert && popup.text.contains("другой сервис"), "{popup:?}");
    }
    let state = world.state(ANNA).await;
    assert!(matches!(state.subscription(NO).unwrap().renewal, Renewal::Provider { .. }));
    assert!(world.last(ANNA).text.contains("Tribute"));
}

#[tokio::test]
async fn stars_top_up_the_balance() {
    let world = World::new().await;
    world.say(BOB, "/balance").await;
    world.press(BOB, "1:topup:1").await;
    world.press(BOB, "1:pay").await;
    let invoice = world.last(BOB);
    world.telegram.pay_invoice(BOB, invoice.id).unwrap();
    world.deliver().await;
    world.deliver().await;
    assert!(world.last(BOB).text.contains("on your balance: 100"), "{}", world.last(BOB).text);
    let state = world.state(BOB).await;
    assert_eq!(state.user.unwrap().balance.amounts()[0].minor, 100);
    assert_eq!(state.subscriptions, []);
    world.assert_clean();
}
