//! Robokassa: links and what becomes of them, against the stand-in.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod robokassa_world;

use domain::{Currency, Language, Money, Payment, credit::Status};
use payments::{
    Gateway, GatewayError, ObjectRef, Order,
    robokassa::{Config, Receipt, Robokassa},
};
use robokassa_world::{
    RETURN, config, gateway, open, passwords, payment, raw, rub, shop, shop_config, signed,
    support::{Hand, http, serve},
    visit,
};
use standin_providers::{Act, NotPossible, Till, robokassa as standin};
use url::Url;

#[tokio::test]
async fn the_link_says_exactly_this() {
    let gateway = gateway("https://auth.robokassa.ru/");
    let payment = payment("exact");
    let mut order = Order::new(&payment, "🚀 VPN, 30 дней", RETURN);
    order.receipt_email = Some("anna@example.com".to_owned());
    order.language = Language::En;
    let opened = gateway.create(&order).await.unwrap();
    assert_eq!(gateway.create(&order).await.unwrap(), opened);
    let (number, url) = (opened.external_id.unwrap(), Url::parse(&opened.pay_url.unwrap()).unwrap());
    assert_eq!(&url[..url::Position::AfterPath], "https://auth.robokassa.ru/Merchant/Index.aspx");
    let seconds = number.parse::<i64>().unwrap() >> 31;
    assert_eq!(seconds, payment.id.time().as_second());

    let given: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let get = |name: &str| given.iter().find(|(known, _)| known == name).unwrap().1.as_str();
    let names: Vec<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "MerchantLogin",
            "OutSum",
            "InvId",
            "Receipt",
            "SuccessUrl2",
            "SuccessUrl2Method",
            "FailUrl2",
            "FailUrl2Method",
            "Description",
            "Encoding",
            "Email",
            "Culture",
            "ExpirationDate",
            "Shp_order",
            "SignatureValue",
        ]
    );
    assert_eq!((get("OutSum"), get("Description"), get("Culture")), ("199.00", "VPN, 30 дней", "en"));
    assert_eq!(get("ExpirationDate"), "2026-11-24T13:59:00+03:00");
    assert_eq!((get("Shp_order"), get("Email")), (payment.id.to_string().as_str(), "anna@example.com"));
    let receipt = percent_encoding::percent_decode_str(get("Receipt")).decode_utf8().unwrap();
    assert_eq!(
        receipt,
        r#"{"sno":"usn_income","items":[{"name":"VPN, 30 дней","quantity":1,"sum":199.00,"payment_method":"full_payment","payment_object":"service","tax":"vat22"}]}"#
    );

    // Not a ruble shop's business.
    let dollars = Payment { amount: Money::new(500, Currency::Usd), ..payment.clone() };
    let refused = gateway.create(&Order::new(&dollars, "VPN", RETURN)).await;
    assert!(matches!(refused, Err(GatewayError::Refused { .. })));
    // A mistyped address is left out.
    order.receipt_email = Some("anna".to_owned());
    assert!(!gateway.create(&order).await.unwrap().pay_url.unwrap().contains("anna"));
}

/// Every hash, with and without receipts and addresses: the stand-in checks each part.
#[tokio::test]
async fn the_stand_in_takes_the_links() {
    for hash in ["md5", "ripemd160", "sha1", "sha256", "sha384", "sha512"] {
        for rich in [false, true] {
            let shop_config = standin::Config { hash: hash.to_owned(), receipts: rich, ..shop_config() };
            let shop = standin::Robokassa::new(shop_config, Hand::new().clock());
            let base = serve(shop.api()).await;
            let plain = Config { hash: hash.parse().unwrap(), return_urls: rich, ..config(&base) };
            let receipt = plain.receipt.clone().filter(|_| rich);
            let gateway = Robokassa::new(http(), Config { receipt, ..plain }).unwrap();
            let payment = payment(hash);
            let mut order =
                Order::new(&payment, &format!("Подписка «VPN» № 5 — {}", "ы".repeat(120)), RETURN);
            order.save_method = rich;
            let number = open(&gateway, &order).await;
            assert_eq!(open(&gateway, &order).await, number);
            let orders = shop.orders();
            assert_eq!((orders.len(), orders[0].minor, orders[0].open), (1, 19_900, true));
            assert_eq!(orders[0].return_url, if rich { RETURN } else { "" });
            assert_eq!(orders[0].order, Some(payment.id.to_string()));

            let url = gateway.create(&order).await.unwrap().pay_url.unwrap();
            assert!(url.len() < 3_000, "{}", url.len());
            for (from, to) in
                [("OutSum=199.00", "OutSum=1.00"), ("Shp_order=pay", "Shp_order=yap"), ("InvId=", "InvId=1")]
            {
                let why = visit(&url.replace(from, to)).await.unwrap_err();
                assert!(why.contains("29 Wrong") || why.contains("STRICT: a number"), "{why}");
            }
            shop.act(&number, Act::Pay).unwrap();
            let told = signed(&gateway, shop.take_webhooks().remove(0)).await;
            assert_eq!(told.report.status, Status::Paid(rub(19_900)));
        }
    }
}

#[tokio::test]
async fn a_payments_life_as_told_by_the_stand_in() {
    let hand = Hand::new();
    let shop = shop(&hand);
    let gateway = gateway(&serve(shop.api()).await);
    let status = async |number: &str| {
        let asked = gateway.fetch(&ObjectRef::Payment(number.to_owned())).await.unwrap();
        asked.map(|told| told.into_inner().report.status)
    };
    let payment = payment("life");
    let opened = gateway.create(&Order::new(&payment, "VPN", RETURN)).await.unwrap();
    // Nobody has seen the page yet.
    assert_eq!(status(opened.external_id.as_deref().unwrap()).await, None);
    let number = open(&gateway, &Order::new(&payment, "VPN", RETURN)).await;
    assert_eq!(status(&number).await, Some(Status::Pending));
    shop.act(&number, Act::PayAndRepeat).unwrap();
    let webhooks = shop.take_webhooks();
    assert_eq!(webhooks.len(), 2);
    assert_eq!(webhooks[0], webhooks[1]);
    let body = String::from_utf8(webhooks[0].body.clone()).unwrap();
    assert!(body.starts_with(&format!("OutSum=199.000000&InvId={number}&Fee=5.970000&")), "{body}");
    assert_eq!(gateway.ack(&raw(webhooks[0].clone())), format!("OK{number}"));
    let paid = signed(&gateway, webhooks[1].clone()).await;
    assert_eq!((paid.payment, &paid.report.status), (Some(payment.id), &Status::Paid(rub(19_900))));
    assert_eq!((&paid.report.external_id, paid.report.test, &paid.report.saved), (&number, false, &None));
    let asked = gateway.fetch(&ObjectRef::Payment(number.clone())).await.unwrap().unwrap();
    assert_eq!(asked.into_inner(), paid);
    assert!(visit(&opened.pay_url.unwrap()).await.unwrap_err().contains("40 "));

    shop.act(&number, Act::Refund(5_000)).unwrap();
    assert_eq!(status(&number).await, Some(Status::Paid(rub(19_900))));
    shop.act(&number, Act::Refund(14_900)).unwrap();
    assert_eq!(status(&number).await, Some(Status::Refunded(rub(19_900))));
    assert_eq!(shop.take_webhooks(), []);
}

#[tokio::test]
async fn endings_without_a_notification() {
    let hand = Hand::new();
    let shop = shop(&hand);
    let gateway = gateway(&serve(shop.api()).await);
    let open = async |seed: &str| open(&gateway, &Order::new(&payment(seed), "VPN", RETURN)).await;
    let status = async |number: &str| {
        let asked = gateway.fetch(&ObjectRef::Payment(number.to_owned())).await.unwrap();
        asked.unwrap().into_inner().report.status
    };
    let (silent, canceled, late, forgotten) =
        (open("silent").await, open("canceled").await, open("late").await, open("forgotten").await);
    shop.act(&silent, Act::PaySilently).unwrap();
    shop.act(&canceled, Act::Cancel).unwrap();
    shop.act(&late, Act::PayLate).unwrap();
    assert_eq!(shop.take_webhooks(), []);
    assert_eq!(status(&silent).await, Status::Paid(rub(19_900)));
    assert_eq!(status(&canceled).await, Status::Canceled("canceled".to_owned()));
    assert_eq!(status(&late).await, Status::Pending);
    hand.advance(60);
    assert_eq!(status(&forgotten).await, Status::Canceled("canceled".to_owned()));
    hand.advance(5);
    let told = signed(&gateway, shop.take_webhooks().remove(0)).await;
    assert_eq!((told.report.external_id, told.report.status), (late.clone(), Status::Paid(rub(19_900))));
    for act in [Act::PayAgain, Act::PayOther(1), Act::Dispute] {
        assert_eq!(shop.act(&late, act), Err(NotPossible::Never("Robokassa")));
    }
}

#[test]
fn settings_are_checked_all_at_once() {
    let bad = Config {
        pay_url: "auth.robokassa.ru".to_owned(),
        merchant_login: "a:b".to_owned(),
        passwords: passwords("hidden", ""),
        password_3: Some("".into()),
        receipt: Some(Receipt {
            sno: Some("Упрощёнка".to_owned()),
            tax: String::new(),
            payment_method: "full_payment".to_owned(),
            payment_object: "service".to_owned(),
        }),
        ..config("https://auth.robokassa.ru")
    };
    let mistakes = bad.check().unwrap_err().0;
    let names: Vec<&str> = mistakes.iter().map(|mistake| mistake.split(':').next().unwrap()).collect();
    assert_eq!(
        names,
        [
            "ROBOKASSA_PAY_URL",
            "ROBOKASSA_MERCHANT_LOGIN",
            "ROBOKASSA_PASSWORD_2",
            "ROBOKASSA_PASSWORD_3",
            "ROBOKASSA_RECEIPT_SNO",
            "ROBOKASSA_RECEIPT_TAX"
        ]
    );
    assert!(!format!("{bad:?}").contains("hidden"));
    let same = Config { test_passwords: passwords("x", "livePass2"), ..config("https://auth.robokassa.ru") };
    assert!(same.check().unwrap_err().0[0].starts_with("ROBOKASSA_TEST_PASSWORD_2"));
    let untested = Config { test: true, test_passwords: passwords("", ""), ..same };
    assert_eq!(untested.check().unwrap_err().0.len(), 2);
}
