//! The profile: payments, time zone, and an e-mail address confirmed by a code.

use crate::{
    buyer::{Buyer, all_is_well, world},
    letters::{ADDRESS, code_in, confirmed},
    purchase::{buy_a_month, order_a_month},
};
use jiff::SignedDuration;
use sandbox::world::World;

async fn newcomer(world: &World, id: i64) -> Buyer<'_> {
    let anna = Buyer::new(world, id, "en");
    anna.say("/start").await;
    anna
}

/// Asks for a code at [`ADDRESS`].
async fn ask(buyer: &Buyer<'_>) {
    buyer.say("/profile").await;
    buyer.press("E-mail").await;
    buyer.press("Add an address").await;
    buyer.say(ADDRESS).await;
}

#[tokio::test]
async fn the_menu_leads_to_the_profile_and_from_there_everywhere() {
    let world = world().await;
    let anna = newcomer(&world, 42).await;
    for (button, reads) in [
        ("Balance", "Balance"),
        ("Payments", "Your payments"),
        ("Payment methods", "Payment methods"),
        ("Promo code", "Promo code"),
        ("Language", "Language"),
        ("Time zone", "Time zone"),
        ("E-mail", "No e-mail address"),
    ] {
        anna.say("/menu").await;
        anna.press("Profile").await;
        assert!(anna.reads().contains("🆔 42"), "{}", anna.chat());
        anna.press(button).await;
        assert!(anna.reads().contains(reads), "{button}: {}", anna.chat());
    }
    all_is_well(&world);
}

#[tokio::test]
async fn a_payment_is_listed_and_shown_to_its_owner_alone() {
    let world = world().await;
    let anna = newcomer(&world, 42).await;
    buy_a_month(&anna).await;
    anna.say("/profile").await;
    anna.press("Payments").await;
    let (_, data) = anna.find("1 month · 150");
    anna.press("1 month · 150").await;
    for part in ["Paid, all of it counts", "By: YooKassa", "Access until", "pay_"] {
        assert!(anna.reads().contains(part), "{part}: {}", anna.chat());
    }
    let bob = newcomer(&world, 43).await;
    let (message, _) = bob.find("Profile");
    world.telegram.press_stale(bob.id, message, &data).unwrap();
    world.settle().await;
    assert!(!bob.chat().contains("pay_") && !bob.chat().contains("YooKassa"), "{}", bob.chat());
    order_a_month(&bob).await;
    bob.say("/profile").await;
    bob.press("Payments").await;
    bob.press("⏳").await;
    assert!(bob.reads().contains("Waiting for the money"), "{}", bob.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn dates_follow_the_chosen_zone_on_screens_and_in_notices() {
    let world = world().await;
    let anna = newcomer(&world, 42).await;
    anna.say("/profile").await;
    anna.press("Time zone").await;
    assert!(anna.reads().contains("13:00 (MSK)"), "{}", anna.chat());
    anna.press("Tashkent").await;
    assert!(anna.reads().contains("15:00 (UTC+05)"), "{}", anna.chat());
    buy_a_month(&anna).await;
    assert_eq!(anna.times_told("until 21 December 2026, 15:00 (UTC+05)"), 1, "{}", anna.chat());
    anna.say("/profile").await;
    anna.press("Time zone").await;
    anna.press("As in the shop").await;
    assert!(anna.reads().contains("13:00 (MSK)"), "{}", anna.chat());
    assert_eq!(anna.events("zone_chosen"), 2);
    all_is_well(&world);
}

#[tokio::test]
async fn a_code_confirms_an_address_and_receipts_go_there() {
    let world = world().await;
    let anna = newcomer(&world, 42).await;
    ask(&anna).await;
    assert!(anna.reads().contains("on its way to a•••@mail.example.com"), "{}", anna.chat());
    assert!(!anna.stored("#PROFILE")[0].to_string().contains(ADDRESS), "not confirmed, not used");
    let letters = world.mail.letters_to(ADDRESS);
    assert_eq!((letters.len(), letters[0].subject().as_str()), (1, "Your code to confirm the address"));
    let code = code_in(&letters[0]);
    let table = format!("{:?}", world.table.items().unwrap());
    assert!(!table.contains(&code), "the code is in no record");
    anna.say(&format!(" {} {} ", &code[..3], &code[3..])).await;
    assert!(anna.reads().contains("The address is confirmed"), "{}", anna.chat());
    assert_eq!(anna.stored("#PROFILE")[0]["email"]["S"], ADDRESS);
    assert_eq!(anna.events("email_confirmed"), 1);
    // The same code again is only chatter.
    anna.say(&code).await;
    assert!(anna.reads().contains("only buttons"), "{}", anna.chat());
    anna.say("/profile").await;
    anna.press("E-mail").await;
    anna.press("Remove").await;
    anna.press("Yes, remove").await;
    assert!(anna.reads().contains("No e-mail address"), "{}", anna.chat());
    assert_eq!(anna.events("email_removed"), 1);
    all_is_well(&world);
}

#[tokio::test]
async fn wrong_codes_end_and_so_does_time() {
    let world = world().await;
    let anna = newcomer(&world, 42).await;
    ask(&anna).await;
    let code = code_in(&world.mail.letters()[0]);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    anna.say("hello").await;
    assert!(anna.reads().contains("Send the six digits"), "no try is counted: {}", anna.chat());
    for left in
        ["4 tries are left", "3 tries are left", "2 tries are left", "1 try is left", "No tries are left"]
    {
        anna.say(wrong).await;
        assert!(anna.reads().contains(left), "{left}: {}", anna.chat());
    }
    anna.say(&code).await;
    assert!(anna.reads().contains("only buttons"), "it counts no longer: {}", anna.chat());
    world.pass(SignedDuration::from_mins(2)).await;
    ask(&anna).await;
    let code = code_in(&world.mail.letters()[1]);
    world.pass(SignedDuration::from_mins(16)).await;
    anna.say(&code).await;
    assert_eq!((anna.events("email_confirmed"), anna.events("email_code_due")), (0, 2), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn code_letters_are_few() {
    let world = world().await;
    let anna = newcomer(&world, 42).await;
    ask(&anna).await;
    anna.press("Send another code").await;
    assert!(anna.reads().contains("in a minute"), "{}", anna.chat());
    for _ in 0..2 {
        world.pass(SignedDuration::from_secs(61)).await;
        anna.press("Send another code").await;
    }
    world.pass(SignedDuration::from_secs(61)).await;
    anna.press("Send another code").await;
    assert!(anna.reads().contains("Three letters"), "{}", anna.chat());
    assert_eq!(world.mail.letters().len(), 3);
    // Only the last code counts.
    let codes: Vec<String> = world.mail.letters().iter().map(code_in).collect();
    anna.say(&codes[0]).await;
    assert!(anna.reads().contains("This is not the code"), "{}", anna.chat());
    anna.say(&codes[2]).await;
    assert!(anna.reads().contains("The address is confirmed"), "{}", anna.chat());
    all_is_well(&world);
}

#[tokio::test]
async fn an_address_of_somebody_else_is_answered_like_any_other() {
    let world = world().await;
    let anna = confirmed(&world, 42).await;
    let bob = newcomer(&world, 43).await;
    ask(&bob).await;
    let carl = newcomer(&world, 44).await;
    carl.say("/profile").await;
    carl.press("E-mail").await;
    carl.press("Add an address").await;
    carl.say("anybody@mail.example.com").await;
    assert_eq!(bob.reads(), carl.reads());
    // A code of one person is nothing to another.
    let code = code_in(world.mail.letters_to("anybody@mail.example.com").last().unwrap());
    bob.say(&code).await;
    assert!(bob.reads().contains("This is not the code"), "{}", bob.chat());
    assert_eq!((anna.events("email_confirmed"), bob.events("email_confirmed")), (1, 0));
    for nonsense in ["a@b", "a@b.example\nBcc: c@d.example", "<a@b.example>"] {
        carl.say("/profile").await;
        carl.press("E-mail").await;
        carl.press("Add an address").await;
        carl.say(nonsense).await;
        assert!(carl.reads().contains("does not look like an address"), "{nonsense}: {}", carl.chat());
    }
    all_is_well(&world);
}
