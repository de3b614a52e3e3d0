//! Operators: looking at payments, sending money back, letting it count. Anna is one, Bob is not.

use crate::{
    fixtures::rub,
    world::{ANNA, BOB, World, button},
};
use domain::{Money, Payment, PaymentId, PaymentState, Provider, Sheet, SubscriptionNo};
use jiff::SignedDuration;
use standin_telegram::{Fault, FaultKind};

const NO: SubscriptionNo = SubscriptionNo::FIRST;

/// Bob buys the month at the desk, and `paid` comes.
async fn bought(world: &World, paid: Money) -> PaymentId {
    world.say(BOB, "/buy").await;
    world.press(BOB, "1:plan:m1").await;
    world.press(BOB, "1:pay").await;
    let id = world.billed(BOB);
    world.report(id, paid, None).await;
    world.say(ANNA, "/start").await;
    id
}

/// The desk's button whose data starts with `data` and whose label holds `label`.
async fn press(world: &World, data: &str, label: &str) -> (String, bool) {
    let message = world.last(ANNA);
    let found = message.buttons.iter().flatten();
    let found = found.filter(|button| button.value.starts_with(data) && button.text.contains(label));
    let value = found.map(|button| button.value.clone()).next();
    let value = value.unwrap_or_else(|| panic!("no {data} {label} on {message:?}"));
    let update = world.telegram.press(ANNA, message.id, &value).unwrap();
    let popup = world.popup(&update).await;
    (popup.text, popup.alert)
}

#[tokio::test]
async fn for_everybody_else_there_are_no_such_commands_and_buttons() {
    let world = World::new().await;
    let id = bought(&world, rub(15_000)).await;
    let unknown = world.say(BOB, "/no_such_command").await;
    for command in [format!("/payment {id}"), format!("/refund {id} 1"), "/sheet".into(), "/payment".into()] {
        let answer = world.say(BOB, &command).await;
        assert_eq!(
            (answer.text, answer.buttons),
            (unknown.text.clone(), unknown.buttons.clone()),
            "{command}"
        );
    }
    let version = world.payment(id).await.version;
    let forged = [
        format!("1:payment:{id}"),
        format!("1:refund:{id}:3a98"),
        format!("1:rf:{id}:3a98:bk:{version:x}"),
        format!("1:release:{id}:b"),
        format!("1:again:{id}"),
        "1:sheet:2026-11-20".into(),
    ];
    for data in forged {
        let update = world.telegram.press_stale(BOB, unknown.id, &data).unwrap();
        let popup = world.popup(&update).await;
        assert!(popup.alert && popup.text.contains("out of date"), "{data}: {popup:?}");
        assert!(!world.last(BOB).text.contains("pay_"), "{data}");
    }
    assert_eq!(world.payment(id).await.state, PaymentState::Succeeded);
}

#[tokio::test]
async fn half_goes_to_the_balance_and_the_time_is_cut_as_it_was_shown() {
    let world = World::new().await;
    let id = bought(&world, rub(15_000)).await;
    world
        .shop
        .store()
        .keep_callback(id, Provider::Yookassa, world.now(), "{\"event\":\"<paid>\"}")
        .await
        .unwrap();
    let case = world.say(ANNA, &format!("/payment {id}")).await;
    for part in [&id.to_string(), "150", "зачислен", "1 месяц", "5100000002", "{\"event\":\"<paid>\"}"]
    {
        assert!(case.text.contains(part), "{part}: {}", case.text);
    }
    press(&world, "1:refund:", "Половину").await;
    let choice = world.last(ANNA).text;
    assert!(choice.contains("Срок оставить: до 21 декабря 2026"), "{choice}");
    assert!(choice.contains("соразмерно: до 6 декабря 2026"), "{choice}");
    assert!(choice.contains("Срок закончить: 21 ноября 2026"), "{choice}");
    assert_eq!(world.payment(id).await.refunded, 0, "nothing is done before the choice");
    let again = world.last(ANNA);
    let data = button(&again, &format!("1:rf:{id}:1d4c:bc:")).unwrap().value;
    let (told, alert) = press(&world, "1:rf:", "На баланс, срок сократить").await;
    assert!(alert && told.contains("Готово"), "{told}");
    let state = world.state(BOB).await;
    assert_eq!(state.user.as_ref().unwrap().balance.amounts(), [rub(7_500)]);
    assert_eq!(state.subscription(NO).unwrap().end, world.now() + SignedDuration::from_hours(360));
    // The same press again (a double tap, a redelivery) finds another payment than was shown.
    let update = world.telegram.press_stale(ANNA, again.id, &data).unwrap();
    let popup = world.popup(&update).await;
    assert!(popup.text.contains("изменился"), "{popup:?}");
    let payment = world.payment(id).await;
    assert_eq!((payment.refunded, payment.to_balance), (0, 7_500));
    world.assert_clean();
}

#[tokio::test]
async fn an_answer_that_is_missing_leaves_the_refund_written_down() {
    let world = World::new().await;
    let id = bought(&world, rub(15_000)).await;
    world.say(ANNA, &format!("/refund {id} 50,5")).await;
    assert!(world.last(ANNA).text.contains("Возврат 50,50\u{a0}₽"), "{}", world.last(ANNA).text);
    world.desk_closed.store(true, std::sync::atomic::Ordering::SeqCst);
    let (told, _) = press(&world, "1:rf:", "Плательщику, срок оставить").await;
    // This desk makes no refunds at all: a plain no, and the payment is what it was.
    assert!(told.contains("не удался"), "{told}");
    assert_eq!(world.payment(id).await.state, PaymentState::Succeeded);
    assert!(world.say(ANNA, &format!("/refund {id} 151")).await.text.contains("не подходит"));
    for wrong in ["0", "-5", "150.01", "5.001", "many", ""] {
        let answer = world.say(ANNA, &format!("/refund {id} {wrong}")).await;
        assert!(button(&answer, "1:rf:").is_none(), "{wrong}: {}", answer.text);
    }
    assert!(world.say(ANNA, "/payment pay_1").await.text.contains("не нашлось"));
    assert!(world.say(ANNA, "/payment").await.text.contains("/refund"));
    world.assert_clean();
}

#[tokio::test]
async fn held_money_is_granted_or_put_on_the_balance() {
    let world = World::new().await;
    let id = bought(&world, rub(14_900)).await;
    assert_eq!(world.payment(id).await.state, PaymentState::Held);
    world.say(ANNA, &format!("/payment {id}")).await;
    press(&world, "1:refund:", "Вернуть 149").await;
    assert!(world.last(ANNA).text.contains("Срок подписки не изменится"));
    assert_eq!(world.last(ANNA).buttons.iter().flatten().filter(|b| b.value.starts_with("1:rf:")).count(), 2);
    world.say(ANNA, &format!("/payment {id}")).await;
    press(&world, "1:release:", "баланс").await;
    assert_eq!(world.payment(id).await.state, PaymentState::Succeeded);
    assert_eq!(world.state(BOB).await.user.unwrap().balance.amounts(), [rub(14_900)]);
    // A second operator comes late.
    let late = world.last(ANNA);
    let update = world.telegram.press_stale(ANNA, late.id, &format!("1:release:{id}:o")).unwrap();
    assert!(world.popup(&update).await.alert);
    assert_eq!(world.state(BOB).await.subscriptions, []);
}

/// Bob pays the month in Stars.
async fn paid_in_stars(world: &World) -> Payment {
    world.say(BOB, "/start plan_m1").await;
    let offer = world.last(BOB);
    let stars = offer.buttons.iter().flatten().find(|b| b.value.ends_with(":stars")).unwrap();
    world.press(BOB, &stars.value).await;
    world.telegram.pay_invoice(BOB, world.last(BOB).id).unwrap();
    world.deliver().await;
    world.deliver().await;
    world.say(ANNA, "/start").await;
    let quote = world.state(BOB).await.quote.unwrap();
    world.payment(PaymentId::of(quote.id, Provider::Stars)).await
}

#[tokio::test]
async fn stars_go_back_whole_by_a_call_of_the_bot() {
    let world = World::new().await;
    let id = paid_in_stars(&world).await.id;
    world.say(ANNA, &format!("/payment {id}")).await;
    press(&world, "1:refund:", "Половину").await;
    let choice = world.last(ANNA);
    assert!(choice.text.contains("только весь платёж"), "{}", choice.text);
    assert!(choice.buttons.iter().flatten().all(|b| !b.text.contains("Плательщику")));
    world.say(ANNA, &format!("/payment {id}")).await;
    press(&world, "1:refund:", "Вернуть 100").await;
    let (told, _) = press(&world, "1:rf:", "Плательщику, срок закончить").await;
    assert!(told.contains("Готово"), "{told}");
    assert_eq!(world.payment(id).await.state, PaymentState::Refunded);
    assert_eq!(world.state(BOB).await.subscription(NO).unwrap().end, world.now());
    // Telegram's own word of it changes nothing, and the buyer hears of it once, by the notice.
    let before = world.last(BOB).id;
    world.deliver().await;
    assert_eq!(world.last(BOB).id, before);
    world.assert_clean();
}

#[tokio::test]
async fn a_lost_answer_about_stars_is_asked_again_and_refunds_once() {
    let world = World::new().await;
    let id = paid_in_stars(&world).await.id;
    world.say(ANNA, &format!("/payment {id}")).await;
    press(&world, "1:refund:", "Вернуть 100").await;
    let fault = |kind| Fault { method: Some("refundStarPayment".into()), kind };
    world.telegram.fail_next(fault(FaultKind::BadGateway));
    let (told, _) = press(&world, "1:rf:", "Плательщику, срок оставить").await;
    assert!(told.contains("ещё не ответил"), "{told}");
    world.telegram.fail_next(fault(FaultKind::AnswerLost));
    assert!(press(&world, "1:again:", "").await.0.contains("ещё не ответил"));
    assert_eq!(world.payment(id).await.state, PaymentState::Refunding);
    // The Stars went back, and the update that says so is lost as well.
    for update in world.telegram.take_updates() {
        world.telegram.ack(update["update_id"].as_i64().unwrap());
    }
    let (told, _) = press(&world, "1:again:", "").await;
    assert!(told.contains("Готово"), "{told}");
    assert_eq!(world.payment(id).await.state, PaymentState::Refunded);
}

#[tokio::test]
async fn the_sheet_of_yesterday_is_the_first_to_be_shown() {
    let world = World::new().await;
    let id = bought(&world, rub(15_000)).await;
    let day = "2026-11-20".parse().unwrap();
    let mut sheet = Sheet::begin(day, world.now());
    sheet.count(&world.payment(id).await, Some(rub(16_000)));
    world.shop.store().commit(&sheet.turned(None, world.now())).await.unwrap();
    let shown = world.say(ANNA, "/sheet").await;
    for part in ["2026-11-20", "yookassa RUB ×1 ⚠️", "160.00", "150.00", "10.00", "Есть разница"]
    {
        assert!(shown.text.contains(part), "{part}: {}", shown.text);
    }
    press(&world, "1:sheet:2026-11-19", "").await;
    assert!(world.last(ANNA).text.contains("сверки нет"));
    assert!(world.say(ANNA, "/sheet 20.11.2026").await.text.contains("/sheet"));
    world.assert_clean();
}
