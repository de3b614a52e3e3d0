//! An operator puts texts in own words; the fixtures make Anna one.

use crate::world::{ANNA, BOB, World, button};
use bot::method::SetMyCommands;
use domain::{EventKind, Language};
use jiff::SignedDuration;

async fn open(world: &World, words: &str, key: &str) {
    world.say(ANNA, &format!("/texts {words}")).await;
    let id = domain::TextId::of(key);
    world.press(ANNA, &format!("1:text:{id}")).await;
}

#[tokio::test]
async fn a_text_is_found_changed_and_taken_back() {
    let world = World::new().await;
    world.say(BOB, "/start").await;
    world.say(ANNA, "/start").await;
    open(&world, "Hello name", "menu-hello").await;
    assert!(world.last(ANNA).text.contains("menu-hello"), "{:?}", world.last(ANNA));
    world.press(ANNA, "1:textedit:en:").await;
    let refused = world.say(ANNA, "Hi, <b>{ $name }!").await;
    assert!(refused.text.contains("<b>") && button(&refused, "1:textsave").is_none(), "{refused:?}");
    let refused = world.say(ANNA, "Hi, { $password }!").await;
    assert!(refused.text.contains("$password"), "{refused:?}");
    let preview = world.say(ANNA, "Welcome aboard, <b>{ $name }</b>!").await;
    assert!(preview.text.contains("Welcome aboard, Anna!"), "{preview:?}");
    let hello = world.say(BOB, "/menu").await;
    assert!(!hello.text.contains("aboard"), "nothing is saved yet");
    world.press(ANNA, "1:textsave:en:").await;
    let hello = world.say(BOB, "/menu").await;
    assert!(hello.text.contains("Welcome aboard, Bob!"), "{hello:?}");
    // A button that comes again finds nothing to save.
    let update = world.telegram.press_stale(ANNA, world.last(ANNA).id, &save()).unwrap();
    assert!(!world.popup(&update).await.text.is_empty());
    world.press(ANNA, "1:textreset:en:").await;
    assert!(!world.say(BOB, "/menu").await.text.contains("aboard"));
    world.assert_clean();
}

fn save() -> String {
    format!("1:textsave:en:{}", domain::TextId::of("menu-hello"))
}

#[tokio::test]
async fn another_container_says_it_within_minutes() {
    let world = World::new().await;
    world.say(BOB, "/start").await;
    world.say(ANNA, "/start").await;
    let other = world.container(crate::fixtures::settings());
    let help = || crate::pace::typed("/menu", 7);
    let says = |answer: Option<serde_json::Value>| answer.unwrap()["text"].as_str().unwrap().to_owned();
    assert!(!says(other.handle(help(), world.now()).await.unwrap()).contains("aboard"));
    open(&world, "menu-hello", "menu-hello").await;
    world.press(ANNA, "1:textedit:en:").await;
    world.say(ANNA, "Welcome aboard, { $name }!").await;
    world.press(ANNA, "1:textsave:en:").await;
    world.wait(SignedDuration::from_mins(5));
    assert!(says(other.handle(help(), world.now()).await.unwrap()).contains("aboard, Bob"));
}

#[tokio::test]
async fn nobody_else_gets_near_the_texts() {
    let world = World::new().await;
    let menu = world.say(BOB, "/start").await;
    assert!(!world.say(BOB, "/texts menu").await.text.contains("menu-hello"));
    for data in [save(), save().replace("save", "edit"), save().replace("save", "reset"), "1:texts:0:".into()]
    {
        let update = world.telegram.press_stale(BOB, menu.id, &data).unwrap();
        assert!(world.popup(&update).await.text.contains("out of date"), "{data}");
    }
    assert_eq!(world.shop.own_texts().await.unwrap(), []);
    assert_eq!(world.state(BOB).await.dialog.and_then(|dialog| dialog.topic), None);
}

#[tokio::test]
async fn a_stored_text_that_fits_no_more_is_passed_over_and_there_is_an_end_of_them() {
    let world = World::new().await;
    world.say(BOB, "/start").await;
    let store = world.shop.store();
    for number in 0..domain::text::MOST {
        let key = format!("gone-{number}");
        let text = Some("{ $nothing } ".repeat(200));
        let place = (domain::Language::En, key.as_str());
        let decision = domain::text::change(&[], place, text, (domain::UserId(ANNA), world.now())).unwrap();
        let EventKind::TextChanged { .. } = decision.events[0].kind else { panic!("{decision:?}") };
        store.commit(&decision).await.unwrap();
    }
    world.wait(SignedDuration::from_mins(5));
    assert!(world.say(BOB, "/menu").await.text.contains("Bob"));
    assert_eq!(world.shop.own_texts().await.unwrap().len(), domain::text::MOST);
    world.say(ANNA, "/start").await;
    open(&world, "menu-hello", "menu-hello").await;
    world.press(ANNA, "1:textedit:en:").await;
    world.say(ANNA, "Welcome aboard, { $name }!").await;
    let popup = world.press(ANNA, "1:textsave:en:").await;
    assert!(popup.text.contains("300"), "{popup:?}");
}

#[test]
fn the_list_of_commands_is_translated() {
    let commands = |language| SetMyCommands::of(language, Language::Ru);
    assert_eq!(commands(None).commands, commands(Some(Language::Ru)).commands);
    assert_ne!(commands(None).commands, commands(Some(Language::En)).commands);
    assert_eq!(commands(Some(Language::En)).language_code, Some("en"));
    let operator = SetMyCommands::of_operator(domain::UserId(ANNA), Some(Language::En), Language::Ru);
    let list = serde_json::to_value(&operator).unwrap();
    assert_eq!(list["scope"], serde_json::json!({ "type": "chat", "chat_id": ANNA }));
    let has = |list: &SetMyCommands| list.commands.iter().any(|one| one.command == "refund");
    assert!(has(&operator) && !has(&commands(None)));
}
