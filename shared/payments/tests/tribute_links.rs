//! Tribute's links as the stand-in sells by them: subscriptions, products, pages.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod support;

#[path = "support/tribute.rs"]
mod links;

use domain::{Currency, Money, UserId};
use links::{KEY, gateway, sale};
use payments::{Claim, Gateway, Sale, SaleChange};
use serde_json::json;
use standin_providers::{Act, NotPossible, Till, tribute as standin};
use support::Hand;

fn standin(hand: &Hand) -> standin::Tribute {
    let item = |item: &str, minor, currency: &str| standin::Item {
        item: item.to_owned(),
        name: "VPN".to_owned(),
        minor,
        currency: currency.to_owned(),
        days: 30,
    };
    let config = standin::Config {
        api_key: KEY.to_owned(),
        public_base: "http://localhost:8080/tribute".to_owned(),
        shop_id: None,
        items: vec![item("subscription/1644", 19_900, "RUB"), item("product/456", 500, "EUR")],
    };
    standin::Tribute::new(config, hand.clock())
}

/// What the notifications that wait amount to.
async fn told(account: &standin::Tribute) -> Vec<Sale> {
    let mut sales = Vec::new();
    for webhook in account.take_webhooks() {
        sales.push(sale(gateway().authenticate(&support::raw(webhook)).await));
    }
    sales
}

#[tokio::test]
async fn a_subscriptions_life_as_told_by_the_stand_in() {
    let hand = Hand::new();
    let account = standin(&hand);
    let item = "subscription/1644";
    account.subscribe(42, item).unwrap();
    hand.advance(29 * 24 * 60);
    account.renew(42, item).unwrap();
    account.cancel_subscription(42, item).unwrap();
    let sales = told(&account).await;
    let until = |days: i64| Some(support::now() + jiff::SignedDuration::from_hours(24 * days));
    let paid = |days| SaleChange::Paid {
        amount: Money::new(19_900, Currency::Rub),
        until: until(days),
        renews: true,
        gift: false,
    };
    let changes: Vec<_> = sales.iter().map(|sale| sale.change.clone()).collect();
    assert_eq!(changes, [paid(30), paid(60), SaleChange::Canceled { until: until(60) }]);
    assert_ne!(sales[0].external_id, sales[1].external_id);
    assert_eq!(sales[1].external_id, sales[2].external_id);
    assert!(sales.iter().all(|sale| sale.user == UserId(42) && sale.item == item));
    assert_eq!(account.renew(42, item), Err(NotPossible::State("stopped".to_owned())));

    account.gift(43, item).unwrap();
    account.trial(44, item).unwrap();
    let sales = told(&account).await;
    assert!(matches!(sales[0].change, SaleChange::Paid { gift: true, renews: false, .. }));
    let SaleChange::Paid { amount, .. } = sales[1].change else { panic!("{sales:?}") };
    assert_eq!(amount, Money::new(0, Currency::Rub));
    assert!(matches!(account.refund(42, item), Err(NotPossible::Never(_))));
}

#[tokio::test]
async fn products_are_bought_repeated_and_refunded() {
    let hand = Hand::new();
    let account = standin(&hand);
    let id = account.visit(42, "product/456").unwrap();
    account.act(&id, Act::PayAndRepeat).unwrap();
    let webhooks = account.take_webhooks();
    assert_ne!(webhooks[0].body, webhooks[1].body, "a retry is sent later");
    assert_ne!(webhooks[0].headers, webhooks[1].headers);
    let mut twice = Vec::new();
    for webhook in webhooks {
        twice.push(sale(gateway().authenticate(&support::raw(webhook)).await));
    }
    assert_eq!(twice[0], twice[1]);
    let eur = Money::new(500, Currency::Eur);
    let paid = SaleChange::Paid { amount: eur, until: None, renews: false, gift: false };
    assert_eq!((twice[0].item.as_str(), &twice[0].change), ("product/456", &paid));

    account.act(&id, Act::PayAgain).unwrap();
    let again = told(&account).await;
    assert_eq!(again[0].change, paid);
    assert_ne!(again[0].external_id, twice[0].external_id);
    account.refund(42, "product/456").unwrap();
    let back = told(&account).await;
    assert_eq!(back[0].change, SaleChange::Refunded { amount: Some(eur) });
    assert_eq!(back[0].external_id, again[0].external_id);

    let late = account.visit(42, "product/456").unwrap();
    account.act(&late, Act::PayLate).unwrap();
    hand.advance(65);
    assert_eq!(told(&account).await.len(), 1);
    account.notify("new_donation", &json!({ "amount": 100 }));
    account.notify("", &json!({}));
    for webhook in account.take_webhooks() {
        let taken = gateway().authenticate(&support::raw(webhook)).await;
        assert!(matches!(taken, Ok(Claim::Ignore(_))), "{taken:?}");
    }
    assert_eq!(account.visit(42, "product/1"), Err(NotPossible::Unknown));
}

#[tokio::test]
async fn a_link_opens_a_page_for_somebody() {
    let account = standin(&Hand::new());
    let base = support::serve(account.router()).await;
    let http =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let visit = http.get(format!("{base}/link/subscription/1644?user=42")).send().await.unwrap();
    let id = account.orders()[0].id.clone();
    assert_eq!(visit.headers()["location"].to_str().unwrap(), format!("../../pay/{id}"));
    let page = http.get(format!("{base}/pay/{id}")).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("199.00"));
    http.post(format!("{base}/pay/{id}/pay")).send().await.unwrap();
    assert_eq!(told(&account).await[0].user, UserId(42));
    assert_eq!(http.get(format!("{base}/link/product/9?user=42")).send().await.unwrap().status(), 404);
    // Without a user it asks who that is.
    let who = http.get(format!("{base}/link/product/456")).send().await.unwrap().text().await.unwrap();
    assert!(who.contains(r#"name="user""#) && account.orders().len() == 1);
    assert!(account.is_api("/api/v1/shops") && !account.is_api("/link/product/456"));
}
