//! FreeKassa's notifications and the payment form: the vectors, every encoding, forgeries, the life of a link.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod freekassa_world;
mod support;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Currency, Money, PaymentId, credit::Status};
use freekassa_world::{PUBLIC, RETURN, delivered, form_config, gateway, payment, rub, shop, signed, vectors};
use md5::{Digest, Md5};
use payments::{
    Asking, AuthError, Claim, Gateway, GatewayError, ObjectRef, Order, RawWebhook, Refunds,
    freekassa::{Config, Freekassa},
};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::Value;
use standin_providers::{Act, Till, freekassa::Sends};
use support::{Hand, http, now, serve};

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The gateway of a vector, with or without its API key.
fn of_vector(config: &Value, api: bool) -> Freekassa {
    let word = |name: &str| SecretString::from(text(&config[name]));
    let addresses = config["allowed_ips"].as_array().unwrap().iter();
    let base = freekassa_world::config("http://127.0.0.1:1");
    gateway(Config {
        shop_id: text(&config["shop_id"]).to_owned(),
        secret_word_1: word("secret_word_1"),
        secret_word_2: word("secret_word_2"),
        api_key: api.then(|| word("secret_word_1")),
        allowed_ips: addresses.map(|address| text(address).parse().unwrap()).collect(),
        ..base
    })
}

fn raw(request: &Value) -> RawWebhook {
    let headers = request["headers"].as_array().unwrap().iter();
    RawWebhook {
        headers: headers.map(|pair| (text(&pair[0]).to_owned(), text(&pair[1]).to_owned())).collect(),
        source_ip: Some(text(&request["source_ip"]).parse().unwrap()),
        query: request["query_string"].as_str().map(str::to_owned),
        ..RawWebhook::of_body(STANDARD.decode(text(&request["body_base64"])).unwrap(), now())
    }
}

#[tokio::test]
async fn the_vectors() {
    let cases = vectors()["cases"].as_array().unwrap().clone();
    let cases: Vec<&Value> = cases.iter().filter(|case| case["kind"] == "webhook").collect();
    assert_eq!(cases.len(), 9);
    for case in cases {
        let webhook = raw(&case["request"]);
        let plain = of_vector(&case["config"], false);
        let asking = of_vector(&case["config"], true);
        let (claim, question) = (plain.authenticate(&webhook).await, asking.authenticate(&webhook).await);
        if case["expect"]["signature"] == "invalid" {
            let refusal = claim.unwrap_err();
            assert_eq!(question.unwrap_err(), refusal);
            match text(&case["expect"]["reason"]) {
                "source IP" => assert_eq!(refusal, AuthError::Address),
                _ => assert!(matches!(refusal, AuthError::Signature(_)), "{case}: {refusal}"),
            }
            continue;
        }
        let fields = &case["expect"]["fields"];
        let order = text(&fields["merchant_order_id"]);
        let told = signed(claim);
        let amount = Money::parse(text(&fields["amount_raw"]), Currency::Rub).unwrap();
        assert_eq!(told.report.status, Status::Paid(amount), "{case}");
        assert_eq!((told.payment, told.report.test), (PaymentId::from_order(order), false));
        assert_eq!(told.report.external_id, "123456789");
        assert_eq!(question, Ok(Claim::Ask(ObjectRef::Payment(format!("{order}/123456789")))));
        assert_eq!(plain.ack(&webhook), text(&case["expect"]["ack"]));
    }
}

#[tokio::test]
async fn the_sequence_is_one_fact_told_twice() {
    let sequence = &vectors()["sequences"][0];
    let gateway = of_vector(&sequence["config"], false);
    let mut told = Vec::new();
    for step in sequence["steps"].as_array().unwrap() {
        told.push(signed(gateway.authenticate(&raw(&step["request"])).await));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(
        (told[0].report.external_id.as_str(), &told[0].report.status),
        ("500100", &Status::Paid(rub(19_900)))
    );
}

/// Presses the link: where the browser is sent.
async fn press(link: &str) -> Result<String, String> {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let answer = client.build().unwrap().get(link).send().await.unwrap();
    if answer.status() == 303 {
        Ok(answer.headers()["location"].to_str().unwrap().to_owned())
    } else {
        Err(answer.text().await.unwrap())
    }
}

#[tokio::test]
async fn a_links_life_as_told_by_the_stand_in() {
    for sends in [Sends::Form, Sends::Multipart, Sends::Query] {
        let shop = shop(&Hand::new(), sends);
        let base = serve(shop.api()).await;
        let gateway = gateway(form_config(&base));
        let payment = payment("link");
        let mut order = Order::new(&payment, "VPN", RETURN);
        order.receipt_email = Some("anna+1@example.org".to_owned());
        let opened = gateway.create(&order).await.unwrap();
        assert_eq!(opened.external_id, Some(payment.id.to_string()));
        let link = opened.pay_url.unwrap();
        let head = format!("{base}/form/?m=7012&oa=199.00&currency=RUB&o={}&s=", payment.id);
        assert!(link.starts_with(&head) && link.ends_with("&lang=ru&em=anna%2B1%40example.org"), "{link}");
        assert_eq!(shop.calls(), [], "no call is made");

        let page = press(&link).await.unwrap();
        assert_eq!(press(&link).await.unwrap(), page, "a waiting order is opened once");
        let id = page.strip_prefix(&format!("{PUBLIC}/pay/")).unwrap().to_owned();
        assert_eq!(shop.orders()[0].order, Some(payment.id.to_string()));
        shop.act(&id, Act::PayAndRepeat).unwrap();
        shop.act(&id, Act::PayAgain).unwrap();
        let mut told = Vec::new();
        for webhook in shop.take_webhooks() {
            assert_eq!(webhook.method == "GET", sends == Sends::Query);
            told.push(signed(gateway.authenticate(&delivered(webhook)).await));
        }
        assert_eq!(told[0], told[1]);
        assert_eq!((told[0].payment, &told[0].report.external_id), (Some(payment.id), &id));
        assert_eq!(told[0].report.status, Status::Paid(rub(19_900)));
        assert_eq!(told[2].payment, told[0].payment);
        assert_ne!(told[2].report.external_id, id, "a second charge of the order");
    }
}

#[tokio::test]
async fn what_the_form_cannot_do() {
    let shop = shop(&Hand::new(), Sends::Form);
    let base = serve(shop.api()).await;
    let gateway = gateway(Config { payment_method: Some(42), default_email: None, ..form_config(&base) });
    let payment = payment("form");
    let link = gateway.create(&Order::new(&payment, "VPN", RETURN)).await.unwrap().pay_url.unwrap();
    assert!(link.ends_with("&i=42&lang=ru"), "{link}");
    for (genuine, forged) in
        [("oa=199.00", "oa=1.00"), ("currency=RUB", "currency=KZT"), ("o=pay_", "o=pay-")]
    {
        assert_eq!(press(&link.replace(genuine, forged)).await, Err("STRICT: wrong signature".to_owned()));
    }
    let abilities = gateway.abilities();
    assert_eq!((abilities.asking, abilities.refunds), (Asking::Never, Refunds::Never));
    assert!(!abilities.wants_email && abilities.takes(rub(19_900)));
    assert_eq!(abilities.limits.len(), 1, "notifications name no currency: there can be only one");
    let asked = gateway.fetch(&ObjectRef::Payment(payment.id.to_string())).await;
    assert!(matches!(asked, Err(GatewayError::Refused { .. })), "{asked:?}");
}

/// A notification signed with the shop's second word.
fn notice(fields: &[(&str, &str)]) -> RawWebhook {
    let value = |name: &str| fields.iter().find(|field| field.0 == name).map_or("", |field| field.1);
    let parts = [value("MERCHANT_ID"), value("AMOUNT"), "fakeSecretWord2", value("MERCHANT_ORDER_ID")];
    let sign = hex::encode(Md5::digest(parts.join(":")));
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    let body = body.extend_pairs(fields).append_pair("SIGN", &sign).finish();
    RawWebhook { source_ip: Some("51.250.54.238".parse().unwrap()), ..RawWebhook::of_body(body, now()) }
}

const GENUINE: [(&str, &str); 4] =
    [("MERCHANT_ID", "7012"), ("AMOUNT", "199"), ("intid", "77"), ("MERCHANT_ORDER_ID", "order 1/я")];

fn with(name: &str, value: &'static str) -> RawWebhook {
    notice(&GENUINE.map(|field| if field.0 == name { (field.0, value) } else { field }))
}

#[tokio::test]
async fn authentic_but_not_what_it_should_be() {
    let gateway = gateway(form_config("http://127.0.0.1:1"));
    let judged = async |webhook: RawWebhook| gateway.authenticate(&webhook).await;
    let foreign = signed(judged(notice(&GENUINE)).await);
    assert_eq!((foreign.payment, foreign.report.status), (None, Status::Paid(rub(19_900))));
    assert_eq!(judged(with("MERCHANT_ID", "7013")).await, Err(AuthError::Signature("of another shop")));
    for (name, value) in [
        ("AMOUNT", "199,00"),
        ("AMOUNT", "0"),
        ("AMOUNT", "-1"),
        ("AMOUNT", "1.005"),
        ("intid", ""),
        ("intid", "7a"),
        ("intid", "1234567890123456789"),
        ("MERCHANT_ORDER_ID", ""),
    ] {
        let claim = judged(with(name, value)).await;
        assert!(matches!(claim, Err(AuthError::Malformed(_))), "{name}={value}: {claim:?}");
    }
    for missing in 0..GENUINE.len() {
        let fields: Vec<_> =
            GENUINE.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, f)| *f).collect();
        let claim = judged(notice(&fields)).await;
        assert!(matches!(claim, Err(AuthError::Malformed(_))), "{claim:?}");
    }
    let mut twice = notice(&GENUINE);
    twice.body.extend(b"&AMOUNT=1");
    assert!(matches!(judged(twice).await, Err(AuthError::Malformed(_))));
    let mut shouting = notice(&GENUINE);
    let text = String::from_utf8(shouting.body.clone()).unwrap();
    let (head, sign) = text.split_once("SIGN=").unwrap();
    shouting.body = format!("{head}SIGN={}", sign.to_uppercase()).into_bytes();
    assert!(judged(shouting).await.is_ok(), "hex is hex");
}

#[tokio::test]
async fn one_changed_byte_spoils_a_notification() {
    let gateway = gateway(form_config("http://127.0.0.1:1"));
    let genuine = notice(&GENUINE);
    assert!(gateway.authenticate(&genuine).await.is_ok());
    let body = String::from_utf8(genuine.body.clone()).unwrap();
    for (part, forged) in [("=7012", "=7013"), ("=199", "=299"), ("order+1", "order+2"), ("%D1", "%D0")] {
        let forged = RawWebhook { body: body.replacen(part, forged, 1).into_bytes(), ..genuine.clone() };
        let claim = gateway.authenticate(&forged).await;
        assert!(matches!(claim, Err(AuthError::Signature(_))), "{claim:?}");
    }
    let start = body.len() - 32;
    for at in start..body.len() {
        let mut forged = genuine.clone();
        forged.body[at] = if forged.body[at] == b'0' { b'1' } else { b'0' };
        assert!(matches!(gateway.authenticate(&forged).await, Err(AuthError::Signature(_))));
    }
}

#[tokio::test]
async fn addresses() {
    let strict = gateway(form_config("http://127.0.0.1:1"));
    let open = gateway(Config { allowed_ips: Vec::new(), ..form_config("http://127.0.0.1:1") });
    for (address, known) in [
        (Some("168.119.60.227"), true),
        (Some("::ffff:178.154.197.79"), true),
        (Some("138.201.88.124"), false),
        (Some("::ffff:8.8.8.8"), false),
        (None, false),
    ] {
        let mut webhook = notice(&GENUINE);
        webhook.source_ip = address.map(|address| address.parse().unwrap());
        webhook.headers.push(("X-Forwarded-For".to_owned(), "168.119.60.227".to_owned()));
        let claim = strict.authenticate(&webhook).await;
        assert_eq!(claim.is_ok(), known, "{address:?}");
        assert!(known || claim == Err(AuthError::Address));
        assert!(open.authenticate(&webhook).await.is_ok());
    }
}

#[test]
fn every_mistake_in_the_settings_is_named() {
    let names = |config: Config| -> Vec<String> {
        let mistakes = Freekassa::new(http(), config).err().unwrap().0;
        mistakes.iter().map(|text| text.split(':').next().unwrap().to_owned()).collect()
    };
    let empty = || SecretString::from("");
    let wrong = Config {
        shop_id: "shop".to_owned(),
        secret_word_1: empty(),
        secret_word_2: empty(),
        pay_url: "pay.fk.money".to_owned(),
        payment_method: Some(0),
        default_email: Some("nobody".to_owned()),
        currency: Currency::Xtr,
        ..form_config("http://127.0.0.1:1")
    };
    let mut expected = vec!["SHOP_ID", "SECRET_WORD_2", "SECRET_WORD_1", "PAY_URL"];
    let common = ["PAYMENT_METHOD_ID", "DEFAULT_RECEIPT_EMAIL", "CURRENCY"];
    expected.extend(common);
    assert_eq!(
        names(wrong.clone()),
        expected.iter().map(|name| format!("FREEKASSA_{name}")).collect::<Vec<_>>()
    );

    let api = Config { api_key: Some(empty()), api_url: String::new(), currencies: Vec::new(), ..wrong };
    let mut expected = vec!["SHOP_ID", "SECRET_WORD_2", "API_KEY", "API_URL", "PAYMENT_IP", "CURRENCIES"];
    expected.extend(common);
    assert_eq!(names(api), expected.iter().map(|name| format!("FREEKASSA_{name}")).collect::<Vec<_>>());

    let shown = format!("{:?}", freekassa_world::config("http://127.0.0.1:1"));
    assert!(!shown.contains("fakeSecret") && !shown.contains("fake-api"), "{shown}");
}

fn judge(webhook: &RawWebhook) -> Result<Claim, AuthError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(gateway(form_config("http://127.0.0.1:1")).authenticate(webhook))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn garbage_is_refused_without_panic(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        kind in "(multipart/form-data; boundary=)?\\PC{0,30}",
        query in proptest::option::of("\\PC{0,60}"),
    ) {
        let headers = vec![("content-type".to_owned(), kind)];
        let source_ip = Some("51.250.54.238".parse().unwrap());
        let webhook = RawWebhook { headers, source_ip, query, ..RawWebhook::of_body(body, now()) };
        prop_assert!(judge(&webhook).is_err());
    }

    #[test]
    fn any_signed_fields_are_judged_without_panic(
        amount in "\\PC{0,12}|-?[0-9]{0,25}\\.?[0-9]{0,4}", charge in "\\PC{0,8}|[0-9]{0,25}", order in "\\PC{0,140}",
    ) {
        let fields =
            [("MERCHANT_ID", "7012"), ("AMOUNT", &amount), ("intid", &charge), ("MERCHANT_ORDER_ID", &order)];
        match judge(&notice(&fields)) {
            Ok(Claim::Signed(told)) => prop_assert_eq!(&told.report.external_id, &charge),
            Err(AuthError::Malformed(_)) => {}
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn mutated_notifications_are_judged_without_panic(at in 0_usize..400, byte in any::<u8>()) {
        let mut webhook = notice(&GENUINE);
        let length = webhook.body.len();
        webhook.body[at % length] = byte;
        let _ = judge(&webhook);
    }
}
