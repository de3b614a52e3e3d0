//! What a newcomer does on the page, in a real browser.

use crate::{
    browser::{Browser, Look},
    picture,
    shop::Shop,
};
use jiff::Timestamp;
use std::time::Instant;

const ANNA: i64 = 500_001;
const JOHN: i64 = 500_002;

const AT_REST: &str = "(() => { const list = document.querySelector('#messages');
    return !document.querySelector('.busy') && [...document.images].every(image => image.complete)
      && list.scrollTop + list.clientHeight >= list.scrollHeight - 2; })()";

struct Visitor {
    shop: Shop,
    browser: Browser,
}

impl Visitor {
    async fn new(look: Look) -> Self {
        let (shop, browser) = (Shop::open().await, Browser::start(look).await);
        browser.resize(1280, 800).await;
        browser.open(&shop.address("/")).await;
        browser.until("document.documentElement.dataset.version").await;
        Self { shop, browser }
    }

    async fn become_(&self, name: &str) {
        let button = format!(
            "[...document.querySelectorAll('.person')].find(b => b.textContent.startsWith('{name}'))"
        );
        self.browser.click(&button).await;
        self.browser.until(&format!("{button}.getAttribute('aria-pressed') === 'true'")).await;
    }

    /// Presses the newest button of the chat that says `label`.
    async fn press(&self, label: &str) {
        self.browser.click(&key(label)).await;
    }

    async fn sees(&self, text: &str) {
        let text = serde_json::to_string(text).unwrap();
        self.browser.until(&format!("document.querySelector('#messages').innerText.includes({text})")).await;
    }

    async fn picture(&self, name: &str) -> picture::Picture {
        // Smooth scrolling and the spinner have come to rest.
        self.browser.until(AT_REST).await;
        picture::keep(name, &self.browser.screenshot().await)
    }

    /// Checks where things are and that nothing sticks out.
    async fn layout(&self) {
        let wide = "(() => { const box = (id) => document.getElementById(id).getBoundingClientRect();
            return box('phone').right <= box('behind').left && box('behind').right <= innerWidth; })()";
        assert_eq!(self.browser.run(&format!("return {wide}")).await, true, "chat left, the rest right");
        for direction in ["Width", "Height"] {
            let fits = format!("return document.documentElement.scroll{direction} <= inner{direction}");
            assert_eq!(self.browser.run(&fits).await, true, "{direction} fits");
        }
    }
}

fn key(label: &str) -> String {
    let label = serde_json::to_string(label).unwrap();
    format!(
        "[...document.querySelectorAll('#messages .key')].reverse().find(b => b.textContent.includes({label}))"
    )
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: scripts/browser-test.sh installs it and runs this"]
async fn a_newcomer_buys_with_yookassa_and_gets_the_link() {
    let john = Visitor::new(Look::Light).await;
    let browser = &john.browser;
    john.become_("John").await;
    john.sees("No messages here yet").await;
    john.layout().await;
    john.picture("start").await;
    browser.click("document.querySelector('#start')").await;
    john.press("Buy").await;
    john.press("1 month").await;

    // A reload in the middle: the same person, the same chat.
    john.sees("How would you like to pay?").await;
    browser.reload().await;
    john.sees("How would you like to pay?").await;
    john.press("Card or SBP").await;
    john.press("Pay 150").await;

    let chat = browser.tabs().await[0].clone();
    let pay = pay_tab(browser, &chat).await;
    browser.switch_to(&pay).await;
    browser.until("document.querySelector('button.main')").await;
    picture::keep("payment", &browser.screenshot().await);
    let pressed = Instant::now();
    browser.click("document.querySelector('button.main')").await;
    browser.until("location.pathname.startsWith('/pay/return/')").await;
    browser.switch_to(&chat).await;
    john.sees("https://sub.sandbox.example/").await;
    let took = pressed.elapsed();
    println!("pay → link: {} ms", took.as_millis());
    browser.until("document.querySelector('#panel .badge.active')").await;
    while browser.tabs().await.len() > 1 {
        // The payment's tab closes itself when the buyer has been sent back.
        browser.until("document.visibilityState").await;
    }

    let account = john.shop.account(JOHN).unwrap();
    let until: Timestamp = account["expireAt"].as_str().unwrap().parse().unwrap();
    let days = until.duration_since(john.shop.world.clock.now()).as_hours() / 24;
    assert!((27..=31).contains(&days), "{days} days");
    let shown = until.strftime("%Y-%m-%d %H:%M").to_string();
    browser.until(&format!("document.querySelector('#panel').innerText.includes('{shown}')")).await;
    browser.until("document.querySelector('#events [data-kind=credited]')").await;

    john.press("QR code").await;
    browser
        .until(
            "[...document.querySelectorAll('.bubble > img')].some(i => i.complete && i.naturalWidth > 200)",
        )
        .await;
    let picture = john.picture("bought-en").await;
    assert_eq!((picture.width, picture.height), (1280, 800));
    john.layout().await;
    john.shop.all_is_well();
}

/// The tab that is not the chat's, once it is there.
async fn pay_tab(browser: &Browser, chat: &str) -> String {
    loop {
        if let Some(tab) = browser.tabs().await.into_iter().find(|tab| tab != chat) {
            return tab;
        }
        browser.until("document.visibilityState").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: scripts/browser-test.sh installs it and runs this"]
async fn a_button_pressed_twice_and_another_person_in_russian() {
    let visitor = Visitor::new(Look::Dark).await;
    let browser = &visitor.browser;
    visitor.become_("Анна").await;
    browser.click("document.querySelector('#start')").await;
    visitor.sees("добро пожаловать").await;
    browser.until(&key("Попробовать бесплатно")).await;
    // A press that still finds the button is told in a window that there is one trial; whether one does is a matter of
    // milliseconds, so the window is closed whenever it comes.
    browser
        .run(
            "const alert = document.querySelector('#alert');
             new MutationObserver(() => { if (alert.open) alert.querySelector('button').click(); })
               .observe(alert, { attributes: true });",
        )
        .await;
    browser
        .run(&format!("const b = {}; b.click(); b.click(); b.click();", key("Попробовать бесплатно")))
        .await;
    visitor.sees("https://sub.sandbox.example/").await;
    visitor.press("Подключить").await;
    visitor.sees("На чём будете пользоваться").await;
    visitor.picture("trial-ru").await;
    let links = "document.querySelectorAll('#events [data-kind=trial_started]').length";
    assert_eq!(browser.run(&format!("return {links}")).await, 1, "one trial, however often it is pressed");
    assert_eq!(visitor.shop.world.panel.users().len(), 1);

    // Stars: the invoice is paid in the chat itself.
    visitor.become_("Guest").await;
    visitor.sees("No messages here yet").await;
    browser.click("document.querySelector('#start')").await;
    visitor.press("Купить подписку").await;
    visitor.press("3 месяца").await;
    visitor.press("Telegram Stars").await;
    browser.click("document.querySelector('#messages .key[data-action=pay]')").await;
    visitor.sees("You paid ⭐").await;
    visitor.sees("https://sub.sandbox.example/").await;
    visitor.picture("stars-guest").await;
    assert_eq!(visitor.shop.world.panel.users().len(), 2);

    // Blocking, and coming back.
    browser.click("document.querySelector('#block')").await;
    browser.click("document.querySelector('#unblock:not([hidden])')").await;
    browser.write("document.querySelector('#text:not([hidden])')", "/subscription\n").await;
    browser.until("[...document.querySelectorAll('.row')].at(-1).classList.contains('in')").await;
    visitor.become_("Анна").await;
    visitor.sees("На чём будете пользоваться").await;
    assert!(visitor.shop.account(ANNA).is_some());
    visitor.shop.all_is_well();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: scripts/browser-test.sh installs it and runs this"]
async fn a_panel_that_is_down_a_hostile_name_and_a_narrow_window() {
    let visitor = Visitor::new(Look::Light).await;
    let browser = &visitor.browser;
    browser.click("document.querySelector('.person.add')").await;
    let name = "<img src=x onerror=document.title='owned'>";
    browser.write("document.querySelector('#new-person input[name=first_name]')", name).await;
    browser.run("document.querySelector('#new-person select').value = 'en'").await;
    browser.click("document.querySelector('#new-person button[value=add]')").await;
    browser.click("document.querySelector('#start:not([hidden])')").await;
    visitor.sees("<img src=x").await;

    browser.click("document.querySelector('[data-switch=panel_down]')").await;
    browser.until("document.querySelector('[data-switch=panel_down][aria-checked=true]')").await;
    visitor.press("Try it free").await;
    visitor.sees("Your trial is delayed").await;
    visitor.picture("panel-down").await;
    browser.click("document.querySelector('#clear')").await;
    browser.until("document.querySelector('[data-switch=panel_down][aria-checked=false]')").await;
    browser.click("document.querySelector('[data-hours=\"1\"]')").await;
    visitor.sees("https://sub.sandbox.example/").await;
    browser.click("document.querySelector('#records summary')").await;
    browser.until("document.querySelector('#records').innerText.includes('onerror')").await;
    assert_eq!(browser.run("return document.title").await, "2getpro sandbox", "names are text everywhere");
    assert_eq!(browser.run("return document.querySelectorAll('img[src=x]').length").await, 0);
    browser.click("document.querySelector('.call')").await;
    browser.until("document.querySelector('.bodies pre')").await;

    // Narrow: one column, nothing beside the screen.
    browser.resize(520, 900).await;
    let under = "(() => { const box = (id) => document.getElementById(id).getBoundingClientRect();
        return box('phone').bottom <= box('behind').top && document.documentElement.scrollWidth <= innerWidth; })()";
    browser.until(under).await;
    picture::keep("narrow", &browser.screenshot().await);
    visitor.shop.all_is_well();
}

/// A provider's page opens from the chat and its main button pays; what can happen there has a button each.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: scripts/browser-test.sh installs it and runs this"]
async fn providers_are_paid_on_their_pages() {
    // Those whose pages bring the browser back to ours.
    let ways = ["Stripe", "PayPal", "WATA", "YooKassa"];
    let john = Visitor::new(Look::Dark).await;
    let browser = &john.browser;
    john.become_("John").await;
    browser.click("document.querySelector('#start')").await;
    let chat = browser.tabs().await[0].clone();
    for (bought, way) in ways.into_iter().enumerate() {
        john.press(if bought == 0 { "Buy" } else { "Renew" }).await;
        john.press("1 month").await;
        john.press(way).await;
        // The bills before it stay in the chat.
        let bills = format!(
            "document.querySelector('#messages').innerText.split('Come back here').length === {}",
            bought + 2
        );
        browser.until(&bills).await;
        john.press("💳 Pay").await;
        let pay = pay_tab(browser, &chat).await;
        browser.switch_to(&pay).await;
        browser.until("document.querySelectorAll('form button').length >= 6").await;
        if way == "Stripe" {
            picture::keep("payment-stripe", &browser.screenshot().await);
        }
        browser.click("document.querySelector('button.main')").await;
        browser
            .until("!location.pathname.includes('/pay/') || location.pathname.startsWith('/pay/return')")
            .await;
        browser.switch_to(&chat).await;
        let credited =
            format!("document.querySelectorAll('#events [data-kind=credited]').length === {}", bought + 1);
        browser.until(&credited).await;
        for _ in 0..3000 {
            if browser.tabs().await.len() == 1 {
                break;
            }
            browser.until("document.visibilityState").await;
        }
        john.sees("Your access is ready").await;
    }
    picture::keep("paid-by-all", &browser.screenshot().await);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium: scripts/browser-test.sh installs it and runs this"]
async fn a_card_sent_to_a_friend_brings_them() {
    let visitor = Visitor::new(Look::Light).await;
    let browser = &visitor.browser;
    visitor.become_("John").await;
    browser.click("document.querySelector('#start')").await;
    visitor.sees("Help").await;
    browser.write("document.querySelector('#text:not([hidden])')", "@sandbox_vpn_bot \n").await;
    browser.click("document.querySelector('#cards:not([hidden]) .card-choice')").await;
    browser
        .click(
            "[...document.querySelectorAll('#send-card-people button')].find(b => b.textContent === 'Guest')",
        )
        .await;
    visitor.become_("Guest").await;
    visitor.sees("John, via @sandbox_vpn_bot").await;
    visitor.picture("card").await;
    browser.click("document.querySelector('#messages .key[data-action=url]')").await;
    browser
        .until("[...document.querySelectorAll('.row')].some(r => r.innerText.includes('/start ref_u'))")
        .await;
    let guest =
        visitor.shop.world.telegram.users().into_iter().find(|user| user.first_name == "Guest").unwrap();
    visitor.sees("добро пожаловать").await;
    let items = visitor.shop.world.table.items().unwrap();
    let profile = items.iter().find(|item| {
        item["PK"]["S"] == format!("USER#{}", guest.id).as_str() && item["SK"]["S"] == "#PROFILE"
    });
    assert_eq!(profile.unwrap()["referrer"]["N"], JOHN.to_string().as_str());
    visitor.shop.all_is_well();
}
