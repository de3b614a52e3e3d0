//! Robokassa: ResultURL, against the vectors and the stand-in.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod robokassa_world;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Currency, Money, Payment, PaymentId, PaymentState, UserState,
    credit::{self, Status, Verdict},
};
use payments::{
    Asking, AuthError, Claim, Gateway, ObjectRef, Order, RawWebhook, Refunds,
    robokassa::{Config, Robokassa},
};
use proptest::prelude::*;
use robokassa_world::{
    RETURN, config, gateway, open, passwords, payment, raw, rub, shop, shop_config, signed,
    support::{Hand, http, now, serve},
    testing,
};
use serde_json::Value;
use standin_providers::{Act, Till, Webhook, robokassa as standin};
use std::sync::LazyLock;
use url::form_urlencoded;

fn vectors() -> Value {
    serde_json::from_str(include_str!("data/robokassa-vectors.json")).unwrap()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap()
}

fn request(of: &Value) -> RawWebhook {
    let headers = of["request"]["headers"].as_array().unwrap();
    RawWebhook {
        headers: headers.iter().map(|h| (text(h, "/0").to_owned(), text(h, "/1").to_owned())).collect(),
        source_ip: Some(text(of, "/request/source_ip").parse().unwrap()),
        ..RawWebhook::of_body(STANDARD.decode(text(of, "/request/body_base64")).unwrap(), now())
    }
}

/// A shop with a vector's settings, strict about addresses.
fn configured(of: &Value) -> Robokassa {
    let get = |name: &str| of[name].as_str().unwrap_or_default();
    let config = Config {
        merchant_login: get("merchant_login").to_owned(),
        passwords: passwords(get("password_1"), get("password_2")),
        test_passwords: passwords(get("test_password_1"), get("test_password_2")),
        test: of["is_test"].as_bool().unwrap(),
        hash: get("hash").parse().unwrap(),
        check_ip: true,
        ..config("http://127.0.0.1:1")
    };
    Robokassa::new(http(), config).unwrap()
}

const fn rules(live: bool) -> credit::Rules {
    credit::Rules { live, refund: domain::TimePolicy::Cut, dispute: domain::TimePolicy::End }
}

#[tokio::test]
async fn the_vectors() {
    let cases = vectors()["cases"].as_array().unwrap().clone();
    let cases: Vec<&Value> = cases.iter().filter(|case| case["kind"] == "webhook").collect();
    assert_eq!(cases.len(), 14);
    for case in cases {
        let gateway = configured(&case["config"]);
        let posted = request(case);
        let query = Some(String::from_utf8(posted.body.clone()).unwrap());
        let got = RawWebhook { query, body: Vec::new(), headers: Vec::new(), ..posted.clone() };
        for raw in [posted, got] {
            let claim = gateway.authenticate(&raw).await;
            match text(case, "/expect/signature") {
                "valid" => {
                    let Ok(Claim::Signed(told)) = claim else { panic!("{case}: {claim:?}") };
                    let fields = &case["expect"]["fields"];
                    let amount = Money::parse(text(fields, "/OutSum"), Currency::Rub).unwrap();
                    assert_eq!(told.report.external_id, text(fields, "/InvId"));
                    assert_eq!(told.report.status, Status::Paid(amount));
                    assert_eq!(told.report.test, case["config"]["is_test"].as_bool().unwrap());
                    let order = form_urlencoded::parse(text(case, "/request/body_text").as_bytes())
                        .find(|(name, _)| name == "Shp_order")
                        .and_then(|(_, order)| PaymentId::from_order(&order));
                    assert_eq!(told.payment, order);
                    assert_eq!(gateway.ack(&raw), text(case, "/expect/ack"));
                }
                "invalid" => assert!(matches!(claim, Err(AuthError::Signature(_))), "{case}: {claim:?}"),
                other => panic!("{other}"),
            }
        }
    }
}

#[tokio::test]
async fn the_sequences_of_the_vectors() {
    let sequences = vectors()["sequences"].as_array().unwrap().clone();
    assert_eq!(sequences.len(), 1);
    for sequence in &sequences {
        let gateway = configured(&sequence["config"]);
        let order = &sequence["order"];
        let mut payment = Payment {
            id: PaymentId::from_order(text(order, "/id")).unwrap(),
            amount: Money::parse(text(order, "/amount"), Currency::Rub).unwrap(),
            ..payment("sequence")
        };
        let mut credits = 0;
        for step in sequence["steps"].as_array().unwrap() {
            let raw = request(step);
            let Ok(Claim::Signed(told)) = gateway.authenticate(&raw).await else { panic!("{step}") };
            let (verdict, decision) =
                credit::report(&UserState::default(), &payment, &told.report, rules(true), now());
            credits += i64::from(verdict == Verdict::Credited);
            let paid = decision.records.into_iter().find_map(|record| match record {
                domain::Record::Payment(payment) => Some(payment),
                _ => None,
            });
            payment = paid.unwrap_or(payment);
            assert_eq!(credits, step["expect"]["credits_total"].as_i64().unwrap());
            assert_eq!(payment.state, PaymentState::Succeeded);
            assert_eq!(format!("body exactly {}", gateway.ack(&raw)), text(step, "/note"));
        }
    }
}

#[tokio::test]
async fn tests_and_money_are_kept_apart() {
    let hand = Hand::new();
    let shop = shop(&hand);
    let base = serve(shop.api()).await;
    let (live, testing) = (gateway(&base), testing(&base));
    let payment = payment("test");
    let number = open(&testing, &Order::new(&payment, "VPN", RETURN)).await;
    shop.act(&number, Act::Pay).unwrap();
    let webhook = shop.take_webhooks().remove(0);
    let told = signed(&testing, webhook.clone()).await;
    assert!(told.report.test);
    // Nobody but a shop in test mode believes it, whether the flag stands there or not.
    let body = String::from_utf8(webhook.body.clone()).unwrap();
    for flag in ["&IsTest=1", "", "&IsTest=0"] {
        let body = body.replace("&IsTest=1", flag).into_bytes();
        let claim = live.authenticate(&raw(Webhook { body, ..webhook.clone() })).await;
        assert!(matches!(claim, Err(AuthError::Signature(_))), "{claim:?}");
    }
    // The XML service knows nothing of tests, and is not asked.
    assert_eq!(testing.abilities().asking, Asking::Never);
    assert_eq!(testing.abilities().refunds, Refunds::Never);
    let calls = shop.calls().len();
    assert_eq!(testing.fetch(&ObjectRef::Payment(number.clone())).await.unwrap(), None);
    assert_eq!(shop.calls().len(), calls);
    assert_eq!(live.fetch(&ObjectRef::Payment(number)).await.unwrap(), None);

    // Money that reaches a shop in test mode is money: the shop holds it.
    let fields = [("OutSum", "199.000000"), ("InvId", "7"), ("Shp_order", &payment.id.to_string())];
    let told = signed(&testing, shop.signed(&fields, false)).await;
    assert!(!told.report.test);
    let (verdict, _) = credit::report(&UserState::default(), &payment, &told.report, rules(false), now());
    assert_eq!(verdict, Verdict::Held);
    // A flag on what the live password signed: no money in a live shop.
    let flagged = [&fields[..], &[("IsTest", "1")]].concat();
    let told = signed(&live, shop.signed(&flagged, false)).await;
    assert!(told.report.test);
    let (verdict, _) = credit::report(&UserState::default(), &payment, &told.report, rules(true), now());
    assert_eq!(verdict, Verdict::Held);
    // A password that was never set signs nothing.
    let config = Config { test: true, passwords: passwords("", ""), ..config(&base) };
    let unset = Robokassa::new(http(), config).unwrap();
    let empty = standin::Config { password_2: String::new(), ..shop_config() };
    let forged = standin::Robokassa::new(empty, hand.clock()).signed(&fields, false);
    assert!(matches!(unset.authenticate(&raw(forged)).await, Err(AuthError::Signature(_))));
}

#[tokio::test]
async fn notifications_by_get_and_addresses() {
    let config_ = standin::Config { result_by_get: true, ..shop_config() };
    let shop = standin::Robokassa::new(config_, Hand::new().clock());
    let strict = Robokassa::new(http(), Config { check_ip: true, ..config("http://127.0.0.1:1") }).unwrap();
    let webhook = shop.signed(&[("OutSum", "1.5"), ("InvId", "9223372036854775807")], false);
    assert_eq!((webhook.method, webhook.body.len()), ("GET", 0));
    let raw = raw(webhook);
    let told = strict.authenticate(&raw).await;
    let Ok(Claim::Signed(told)) = told else { panic!("{told:?}") };
    // Nobody's order is money all the same.
    assert_eq!((told.payment, &told.report.status), (None, &Status::Paid(rub(150))));
    assert_eq!(strict.ack(&raw), "OK9223372036854775807");
    for (address, taken) in [
        (Some("185.59.217.65"), true),
        (Some("::ffff:185.59.216.65"), true),
        (Some("185.59.216.66"), false),
        (None, false),
    ] {
        let raw = RawWebhook { source_ip: address.map(|ip| ip.parse().unwrap()), ..raw.clone() };
        let claim = strict.authenticate(&raw).await.map(drop);
        assert_eq!(claim, if taken { Ok(()) } else { Err(AuthError::Address) }, "{address:?}");
    }
}

#[tokio::test]
async fn signed_but_not_usable() {
    let shop = shop(&Hand::new());
    let gateway = gateway("http://127.0.0.1:1");
    let claim = async |fields: &[(&str, &str)]| gateway.authenticate(&raw(shop.signed(fields, false))).await;
    for (sum, number) in [
        ("199,00", "7"),
        ("0.000000", "7"),
        ("-1.000000", "7"),
        ("199.001000", "7"),
        ("", "7"),
        ("1e3", "7"),
        ("199.00", "0"),
        ("199.00", "-7"),
        ("199.00", "07"),
        ("199.00", "9223372036854775808"),
        ("199.00", ""),
    ] {
        let claim = claim(&[("OutSum", sum), ("InvId", number)]).await;
        assert!(matches!(claim, Err(AuthError::Malformed(_))), "{sum} {number}: {claim:?}");
    }
    let twice = claim(&[("OutSum", "1.00"), ("InvId", "7"), ("Shp_order", "a"), ("Shp_order", "b")]).await;
    assert!(matches!(twice, Err(AuthError::Malformed(_))));
    let strange = claim(&[("OutSum", "1.00"), ("InvId", "7"), ("IsTest", "yes")]).await;
    assert!(matches!(strange, Err(AuthError::Malformed(_))));
    // Two fields melted into one have the same hash.
    for (name, value) in [("Shp_order", "pay_1:Shp_save=1"), ("Shp_order", "pay_1:sHP_x="), ("Shp_a=b", "")] {
        let melted = claim(&[("OutSum", "1.00"), ("InvId", "7"), (name, value)]).await;
        assert!(matches!(melted, Err(AuthError::Malformed(_))), "{melted:?}");
    }
    // Values are signed as they are, not as they were encoded; names may come in any case.
    let odd = [("OutSum", "1.00"), ("InvId", "7"), ("Shp_x", "a b+c%=&:ж"), ("Shp_a", "")];
    assert!(claim(&odd).await.is_ok());
    assert_eq!(gateway.ack(&RawWebhook::of_body("InvId=<script>", now())), "");
}

/// The stand-in, its gateway, and a place to run them.
static WORLD: LazyLock<(standin::Robokassa, Robokassa, tokio::runtime::Runtime)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    (shop(&Hand::new()), gateway("http://127.0.0.1:1"), runtime)
});

fn judged(raw: &RawWebhook) -> Result<Claim, AuthError> {
    let (_, gateway, runtime) = &*WORLD;
    let _ = gateway.ack(raw);
    runtime.block_on(gateway.authenticate(raw))
}

proptest! {
    #[test]
    fn any_bytes_are_refused_without_panic(body in proptest::collection::vec(any::<u8>(), 0..200), query in ".{0,90}") {
        let raw = RawWebhook { query: Some(query), ..RawWebhook::of_body(body, now()) };
        prop_assert!(judged(&raw).is_err());
        let named = form_urlencoded::Serializer::new(String::new())
            .append_pair("SignatureValue", &String::from_utf8_lossy(&raw.body))
            .append_pair("OutSum", "1.00").append_pair("InvId", "7").finish();
        prop_assert!(judged(&RawWebhook::of_body(named, now())).is_err());
    }

    #[test]
    fn what_is_signed_cannot_be_changed(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let fields = [("OutSum", "199.000000"), ("InvId", "31001"), ("Shp_order", "pay_1"), ("Shp_save", "1")];
        let genuine = raw(WORLD.0.signed(&fields, false));
        let mut raw = genuine.clone();
        let at = at.index(raw.body.len());
        raw.body[at] = to;
        let decoded = |body: &[u8]| -> Vec<(String, String)> {
            let fields = form_urlencoded::parse(body).into_owned();
            let lower = |(name, value): (String, String)| {
                let value = if name == "SignatureValue" { value.to_ascii_lowercase() } else { value };
                (name, value)
            };
            fields.map(lower).collect()
        };
        // Another case of the signature, or another spelling of the same, is the same.
        let same = decoded(&raw.body) == decoded(&genuine.body);
        prop_assert_eq!(judged(&raw).is_ok(), same, "{:?}", String::from_utf8_lossy(&raw.body));
    }

    /// Behind a good signature stands the parser.
    #[test]
    fn signed_variations_say_only_what_they_say(
        sum in "[0-9.,-]{0,9}|[0-9]{1,9}\\.[0-9]{2}0000", number in "[0-9]{0,20}|.{0,5}", order in ".{0,40}",
        own in "[a-z]{1,5}", flag in proptest::option::of("[01]?"),
    ) {
        let own = format!("Shp_x{own}");
        let mut fields = vec![("OutSum", sum.as_str()), ("InvId", &number), ("Shp_order", &order), (&own, "1")];
        fields.extend(flag.as_deref().map(|flag| ("IsTest", flag)));
        match judged(&raw(WORLD.0.signed(&fields, false))) {
            Ok(Claim::Signed(told)) => {
                prop_assert_eq!(&told.report.external_id, &number);
                prop_assert_eq!(&told.report.status, &Status::Paid(Money::parse(&sum, Currency::Rub).unwrap()));
                prop_assert_eq!(told.report.test, flag.as_deref() == Some("1"));
                prop_assert_eq!(told.payment, PaymentId::from_order(&order));
            }
            Ok(other) => prop_assert!(false, "{:?}", other),
            Err(error) => prop_assert!(matches!(error, AuthError::Malformed(_)), "{:?}", error),
        }
    }
}
