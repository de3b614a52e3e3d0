//! Whole conversations.

use crate::{
    fixtures::LINK,
    updates::samples,
    world::{ANNA, BOB, Popup, World, button},
};
use domain::{Language, PaymentState, Provider, SubscriptionNo, provisioning};
use jiff::SignedDuration;
use serde_json::json;
use standin_telegram::{CheckoutOutcome, MessageView, Via};
use std::collections::{BTreeSet, VecDeque};

#[tokio::test]
async fn start_welcomes_once_and_answers_in_the_webhook() {
    let world = World::new().await;
    let welcome = world.say(ANNA, "/start ref_123").await;
    assert!(welcome.text.contains("добро пожаловать") && welcome.text.contains("Анна"), "{}", welcome.text);
    assert!(welcome.buttons[0][0].text.contains("Попробовать"));
    let again = world.say(ANNA, "/start").await;
    assert!(again.text.contains("рады вас видеть"), "{}", again.text);
    assert!(world.say(BOB, "/start").await.text.contains("Welcome"));
    assert!(world.telegram.calls().iter().all(|call| call.via == Via::WebhookReply && call.status == 200));
    world.assert_clean();
}

/// Presses every button that any screen offers, until no new one turns up.
#[tokio::test]
async fn no_button_is_dead_and_each_costs_one_call() {
    let world = World::new().await;
    world.say(BOB, "/start").await;
    world.press(BOB, "1:trial").await;
    provision(&world, BOB).await;
    world.say(BOB, "/menu").await;
    let mut seen = BTreeSet::new();
    let mut waiting: VecDeque<(i64, String)> = VecDeque::new();
    let mut collect = |waiting: &mut VecDeque<(i64, String)>| {
        let message = world.last(BOB);
        let presses = message.buttons.iter().flatten().filter(|button| button.value.starts_with("1:"));
        waiting
            .extend(presses.filter(|b| seen.insert(b.value.clone())).map(|b| (message.id, b.value.clone())));
    };
    collect(&mut waiting);
    let mut pressed = 0;
    while let Some((message, data)) = waiting.pop_front() {
        let update = world.telegram.press_stale(BOB, message, &data).unwrap();
        let popup = world.popup(&update).await;
        assert!(popup.outgoing.len() <= 2, "{data}: {popup:?}");
        collect(&mut waiting);
        pressed += 1;
    }
    assert!(pressed > 20, "{pressed}");
    world.assert_clean();
}

async fn provision(world: &World, user: i64) {
    let state = world.state(user).await;
    let subscription = state.subscription(SubscriptionNo::FIRST).unwrap();
    let account = provisioning::Account {
        username: subscription.panel_username(),
        panel_id: None,
        panel_uuid: None,
        link_varies: false,
        link: LINK.into(),
        access: subscription.access(),
        used: 5 << 30,
        first_connected_at: None,
        online_at: None,
    };
    let decision = provisioning::confirmed(subscription, &account, world.now());
    world.shop.store().commit(&decision).await.unwrap();
}

#[tokio::test]
async fn the_trial_is_given_once_and_leads_to_the_link() {
    let world = World::new().await;
    let menu = world.say(ANNA, "/start").await;
    let popup = world.press(ANNA, "1:trial").await;
    assert_eq!(popup, Popup { text: String::new(), alert: false, outgoing: vec!["editMessageText".into()] });
    assert!(world.last(ANNA).text.contains("Пробный период начался"));
    let update = world.telegram.press_stale(ANNA, menu.id, "1:trial").unwrap();
    let popup = world.popup(&update).await;
    assert!(popup.alert && popup.text.contains("один раз"), "{popup:?}");
    provision(&world, ANNA).await;
    let mine = world.say(ANNA, "/subscription").await;
    assert!(
        mine.text.contains(LINK) && mine.text.contains("осталось 3 дня") && mine.text.contains("5 ГБ"),
        "{}",
        mine.text
    );
    world.assert_clean();
}

#[tokio::test]
async fn the_qr_code_is_a_picture_and_the_way_back_a_new_message() {
    let world = World::new().await;
    world.say(ANNA, "/start").await;
    world.press(ANNA, "1:trial").await;
    provision(&world, ANNA).await;
    world.say(ANNA, "/subscription").await;
    assert_eq!(world.press(ANNA, "1:qr").await.outgoing, ["sendPhoto"]);
    let picture = world.last(ANNA);
    let file = world.telegram.photo(picture.photo.unwrap().rsplit('/').next().unwrap()).unwrap();
    assert_eq!(file, bot::qr::png(LINK).unwrap());
    assert_eq!(world.press(ANNA, "1:menu").await.outgoing, ["sendMessage"]);
    assert!(world.last(ANNA).id > picture.id);
    world.assert_clean();
}

#[tokio::test]
async fn a_purchase_at_the_desk() {
    let world = World::new().await;
    world.say(ANNA, "/buy").await;
    world.press(ANNA, "1:plan:m1").await;
    assert!(world.last(ANNA).text.contains("150"), "{}", world.last(ANNA).text);
    world.press(ANNA, "1:pay").await;
    let bill = world.last(ANNA);
    let page = button(&bill, "https://desk.example/").unwrap();
    assert!(page.text.contains("Оплатить 150"));
    let popup = world.press(ANNA, "1:check").await;
    assert!(popup.alert && popup.text.contains("пока не поступил") && popup.outgoing.is_empty(), "{popup:?}");
    // Another way leads back to the same offer, and paying again to the same payment.
    world.press(ANNA, "1:buy:1:m1").await;
    world.press(ANNA, "1:pay").await;
    assert_eq!(button(&world.last(ANNA), "https://desk.example/").unwrap().value, page.value);
    world.assert_clean();
}

#[tokio::test]
async fn a_closed_desk_is_told_and_the_offer_stays() {
    let world = World::new().await;
    world.say(BOB, "/buy").await;
    world.press(BOB, "1:plan:m3").await;
    let offer = world.last(BOB);
    world.desk_closed.store(true, std::sync::atomic::Ordering::SeqCst);
    let popup = world.press(BOB, "1:pay").await;
    assert!(popup.alert && popup.text.contains("nothing is charged"), "{popup:?}");
    assert_eq!(popup.outgoing, ["editMessageText"]);
    let others = world.last(BOB);
    assert_eq!(others.text, offer.text);
    let ways = |message: &MessageView| {
        let all = message.buttons.iter().flatten().filter(|button| button.value.starts_with("1:pay"));
        all.map(|button| button.value.rsplit(':').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        (ways(&offer), ways(&others)),
        (vec!["yookassa".into(), "stars".into()], vec!["stars".into()])
    );
    // The next way is one press away, and the offer is whole again when it is opened anew.
    assert_eq!(world.press(BOB, "1:pay").await.outgoing, ["sendInvoice"]);
    world.desk_closed.store(false, std::sync::atomic::Ordering::SeqCst);
    let update = world.telegram.press_stale(BOB, others.id, "1:plan:m3").unwrap();
    world.popup(&update).await;
    let update = world.telegram.press_stale(BOB, others.id, &button(&offer, "1:pay").unwrap().value).unwrap();
    assert!(!world.popup(&update).await.alert);
    world.assert_clean();
}

#[tokio::test]
async fn stars_are_asked_about_taken_and_credited_once() {
    let world = World::new().await;
    world.say(BOB, "/start plan_m1").await;
    let stars =
        world.last(BOB).buttons.iter().flatten().find(|b| b.value.ends_with(":stars")).unwrap().value.clone();
    let popup = world.press(BOB, &stars).await;
    assert_eq!((popup.outgoing.as_slice(), popup.alert), (&["sendInvoice".to_owned()][..], false));
    let invoice = world.last(BOB);
    assert_eq!(invoice.buttons[0][0].action, "pay");
    let asked = world.telegram.pay_invoice(BOB, invoice.id).unwrap();
    world.deliver().await;
    let outcome = world.telegram.checkout(asked["pre_checkout_query"]["id"].as_str().unwrap());
    assert!(matches!(outcome, Some(CheckoutOutcome::Paid { .. })), "{outcome:?}");
    let paid = world.telegram.take_updates().remove(0);
    world.give(&paid).await.unwrap();
    let end = world.state(BOB).await.subscriptions[0].end;
    assert!(world.last(BOB).text.contains("Payment received"));
    world.give(&paid).await.unwrap();
    assert_eq!(world.state(BOB).await.subscriptions[0].end, end);
    // The invoice stays in the chat and can be pressed again: it is not taken twice.
    let asked = world.telegram.pay_invoice(BOB, invoice.id).unwrap();
    let id = asked["pre_checkout_query"]["id"].as_str().unwrap().to_owned();
    world.give(&asked).await.unwrap();
    let outcome = world.telegram.checkout(&id);
    assert!(
        matches!(&outcome, Some(CheckoutOutcome::Declined { message }) if message.contains("Paid already")),
        "{outcome:?}"
    );
    world.assert_clean();
}

#[tokio::test]
async fn stars_for_a_strange_or_altered_bill_are_not_taken() {
    let world = World::new().await;
    world.say(BOB, "/start plan_m1").await;
    let stars =
        world.last(BOB).buttons.iter().flatten().find(|b| b.value.ends_with(":stars")).unwrap().value.clone();
    world.press(BOB, &stars).await;
    let invoice = world.last(BOB);
    let asked = world.telegram.pay_invoice(BOB, invoice.id).unwrap();
    let altered = [
        ("total_amount", json!(1)),
        ("currency", json!("RUB")),
        ("currency", json!("???")),
        ("invoice_payload", json!("ord_1")),
        ("from", json!({"id": ANNA, "first_name": "Анна", "language_code": "en"})),
    ];
    for (field, value) in altered {
        let mut forged = asked.clone();
        forged["pre_checkout_query"][field] = value;
        let before = world.telegram.calls().len();
        world.give(&forged).await.unwrap();
        let answer = world.telegram.calls().split_off(before).remove(0);
        assert_eq!((answer.method.as_str(), &answer.params["ok"]), ("answerPreCheckoutQuery", &json!(false)));
        assert!(answer.params["error_message"].as_str().is_some_and(|text| !text.is_empty()));
    }
    assert_eq!(world.state(BOB).await.subscriptions, []);
}

#[tokio::test]
async fn stars_that_fit_no_payment_are_told_of_and_credit_nothing() {
    let world = World::new().await;
    world.say(ANNA, "/start").await;
    let sample = |start: &str| samples().into_iter().find(|(name, _)| name.starts_with(start)).unwrap().1;
    world.give(&sample("15_")).await.unwrap();
    let told = world.last(ANNA).text;
    assert!(told.contains("на проверке") && told.contains("stxQk3mTESTk0o1Yq2Wm3E4r5T6y7U8i9O0p"), "{told}");
    world.give(&sample("17_")).await.unwrap();
    assert!(world.last(ANNA).text.contains("Деньги возвращены"));
    assert_eq!(world.state(ANNA).await.subscriptions, []);
    world.assert_clean();
}

#[tokio::test]
async fn the_language_is_kept() {
    let world = World::new().await;
    world.say(ANNA, "/language").await;
    world.press(ANNA, "1:speak:en").await;
    assert!(world.last(ANNA).text.contains("Good to see you"));
    assert_eq!(world.state(ANNA).await.user.unwrap().language, Language::En);
    assert!(world.say(ANNA, "как дела?").await.text.contains("I understand only buttons"));
    world.assert_clean();
}

#[tokio::test]
async fn an_offer_that_is_over_leads_to_a_fresh_one() {
    let world = World::new().await;
    world.say(BOB, "/buy").await;
    world.press(BOB, "1:plan:m1").await;
    world.wait(SignedDuration::from_mins(61));
    let popup = world.press(BOB, "1:pay").await;
    assert!(popup.alert && popup.text.contains("out of date"), "{popup:?}");
    assert!(world.last(BOB).text.contains("Choose a period"));
    world.assert_clean();
}

#[tokio::test]
async fn somebody_elses_payment_is_unknown() {
    let world = World::new().await;
    world.say(ANNA, "/buy").await;
    world.press(ANNA, "1:plan:m1").await;
    world.press(ANNA, "1:pay").await;
    let check = button(&world.last(ANNA), "1:check").unwrap().value;
    let message = world.say(BOB, "/menu").await;
    let update = world.telegram.press_stale(BOB, message.id, &check).unwrap();
    let popup = world.popup(&update).await;
    assert!(popup.alert && popup.text.contains("no such payment"), "{popup:?}");
    let payment = check.strip_prefix("1:check:").unwrap().parse().unwrap();
    let payment = world.shop.store().payment(payment).await.unwrap().unwrap();
    assert_eq!((payment.state, payment.provider), (PaymentState::Awaiting, Provider::Yookassa));
    world.assert_clean();
}
