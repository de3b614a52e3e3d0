//! Letters: the same news as in Telegram, sent once, whatever the mail server does.

use crate::{
    buyer::{Buyer, all_is_well, start_of_time, world, world_with},
    purchase::buy_a_month,
};
use jiff::SignedDuration;
use sandbox::{
    queues::Disorder,
    world::{Plan, World},
};
use standin_mail::{Letter, Mood};

pub const ADDRESS: &str = "anna@mail.example.com";

/// The six digits in a letter.
pub fn code_in(letter: &Letter) -> String {
    let text = letter.text();
    let code = text.split(|sign: char| !sign.is_ascii_digit()).find(|part| part.len() == 6);
    code.unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

/// Somebody whose address is confirmed.
pub async fn confirmed(world: &World, id: i64) -> Buyer<'_> {
    let anna = Buyer::new(world, id, "en");
    anna.say("/start").await;
    anna.say("/profile").await;
    anna.press("E-mail").await;
    anna.press("Add an address").await;
    anna.say(ADDRESS).await;
    anna.say(&code_in(world.mail.letters().last().unwrap())).await;
    assert!(anna.reads().contains("The address is confirmed"), "{}", anna.chat());
    anna
}

/// How many letters with this subject were taken.
fn letters(world: &World, subject: &str) -> usize {
    world.mail.letters().iter().filter(|letter| letter.subject() == subject).count()
}

#[tokio::test]
async fn a_purchase_and_its_end_are_written_about() {
    let world = world().await;
    let anna = confirmed(&world, 42).await;
    buy_a_month(&anna).await;
    let letter = world.mail.letters().pop().unwrap();
    assert_eq!(
        (letter.subject().as_str(), letter.to.as_slice()),
        ("Payment received", &[ADDRESS.to_owned()][..])
    );
    assert!(letter.text().contains("until 21 December 2026, 13:00 (MSK)"), "{}", letter.text());
    assert!(
        letter.text().contains("Turn letters off") && letter.html().contains("https://t.me/sandbox_vpn_bot")
    );
    assert!(!letter.raw.contains("sub.sandbox.example") && !letter.text().contains("sub.sandbox.example"));
    assert!(letter.header("Message-ID").starts_with("<job_"), "{}", letter.raw);
    world.pass(SignedDuration::from_hours(31 * 24)).await;
    assert_eq!(letters(&world, "Your subscription ends soon"), 2);
    assert_eq!(letters(&world, "Your subscription has ended"), 1);
    all_is_well(&world);
}

#[tokio::test]
async fn who_switched_letters_off_gets_none() {
    let world = world().await;
    let anna = confirmed(&world, 42).await;
    anna.press("E-mail").await;
    anna.press("Turn letters off").await;
    assert!(anna.reads().contains("letters are off"), "{}", anna.chat());
    buy_a_month(&anna).await;
    assert_eq!(letters(&world, "Payment received"), 0);
    let bob = Buyer::new(&world, 43, "en");
    bob.say("/start").await;
    buy_a_month(&bob).await;
    assert_eq!(world.mail.letters().len(), 1, "only the code");
    assert_eq!((anna.times_told("Your access is ready"), bob.times_told("Your access is ready")), (1, 1));
    all_is_well(&world);
}

#[tokio::test]
async fn an_address_that_is_gone_is_told_once_and_written_to_no_more() {
    let world = world().await;
    let anna = confirmed(&world, 42).await;
    world.mail.be(Mood::Refuses("550 5.1.1 No such user".into()));
    buy_a_month(&anna).await;
    assert_eq!(anna.times_told("come back"), 1, "{}", anna.chat());
    assert_eq!(anna.events("email_refused"), 1);
    let calls = world.mail.calls();
    world.pass(SignedDuration::from_hours(5)).await;
    assert_eq!((world.mail.calls(), anna.times_told("come back")), (calls, 1), "{}", anna.chat());
    assert_eq!(anna.times_told("Your access is ready"), 1, "{}", anna.chat());
    // Its owner confirms it again.
    world.mail.be(Mood::Kind);
    anna.say("/profile").await;
    anna.press("E-mail").await;
    anna.press("Change").await;
    anna.say(ADDRESS).await;
    anna.say(&code_in(world.mail.letters().last().unwrap())).await;
    buy_a_month(&anna).await;
    assert_eq!(letters(&world, "Payment received"), 1);
    all_is_well(&world);
}

#[tokio::test]
async fn a_server_that_dislikes_us_says_nothing_about_the_address() {
    let world = world().await;
    let anna = confirmed(&world, 42).await;
    world.mail.be(Mood::Refuses("550 5.7.1 Sender rejected".into()));
    buy_a_month(&anna).await;
    assert_eq!((anna.events("email_refused"), anna.times_told("come back")), (0, 0), "{}", anna.chat());
    all_is_well(&world);
}

/// Busy for an hour, then gone for another: the letters come when the server does, and the messages did not wait.
#[tokio::test]
async fn a_mail_server_may_be_away_for_hours() {
    let world = world().await;
    let anna = confirmed(&world, 42).await;
    for mood in [Mood::Closed("421 4.3.2 Service not available".into()), Mood::Gone] {
        world.mail.be(mood);
        buy_a_month(&anna).await;
        world.pass(SignedDuration::from_hours(1)).await;
    }
    assert_eq!(letters(&world, "Payment received"), 0);
    assert_eq!(anna.times_told("Your access is ready"), 2, "{}", anna.chat());
    world.mail.be(Mood::Kind);
    world.pass(SignedDuration::from_mins(16)).await;
    assert_eq!(letters(&world, "Payment received"), 2);
    all_is_well(&world);
}

#[tokio::test]
async fn a_repeated_job_is_one_letter() {
    let world = world().await;
    let anna = confirmed(&world, 42).await;
    world.queues.set_disorder("notifications", Disorder::new(Some(1), Some(7))).unwrap();
    buy_a_month(&anna).await;
    world.pass(SignedDuration::from_hours(2)).await;
    assert_eq!(letters(&world, "Payment received"), 1);
    all_is_well(&world);
}

/// Nobody knows whether a letter arrived whose server hung up: it is sent again, under the same Message-ID.
#[tokio::test]
async fn a_letter_that_may_have_arrived_comes_again_under_its_name() {
    let world = world().await;
    let anna = confirmed(&world, 42).await;
    world.mail.be(Mood::Forgetful);
    buy_a_month(&anna).await;
    world.mail.be(Mood::Kind);
    world.pass(SignedDuration::from_mins(5)).await;
    let paid: Vec<Letter> =
        world.mail.letters().into_iter().filter(|letter| letter.subject() == "Payment received").collect();
    assert_eq!(paid.len(), 2);
    assert_eq!(paid[0].header("Message-ID"), paid[1].header("Message-ID"));
    assert_eq!(anna.times_told("Your access is ready"), 1, "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn a_shop_without_a_mail_server_offers_no_letters() {
    let plan = Plan::at(start_of_time());
    let settings = plan.settings.clone().with("SMTP_URL", "off");
    let world = world_with(Plan { settings, ..plan }).await;
    let anna = Buyer::new(&world, 42, "en");
    anna.say("/start").await;
    anna.say("/profile").await;
    assert!(anna.button("E-mail").is_none(), "{}", anna.chat());
    // A button of another time is no way around.
    let (message, _) = anna.find("Time zone");
    for data in ["1:email", "1:emailask", "1:emailagain", "1:letters:on"] {
        world.telegram.press_stale(anna.id, message, data).unwrap();
        world.settle().await;
    }
    anna.say(ADDRESS).await;
    assert!(anna.reads().contains("only buttons"), "{}", anna.chat());
    buy_a_month(&anna).await;
    assert_eq!((world.mail.calls(), anna.times_told("Your access is ready")), (0, 1), "{}", anna.chat());
    all_is_well(&world);
}
