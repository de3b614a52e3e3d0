//! FreeKassa's API: orders against the stand-in, several charges of one, refunds, lost answers, nonces.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod freekassa_world;
mod support;

use axum::{Router, routing::post};
use domain::{Currency, Money, Payment, credit::Status};
use freekassa_world::{
    Meets, PUBLIC, RETURN, config, delivered, fated, gateway, payment, rub, running, shop,
};
use payments::{
    Asking, Cause, Claim, Fetched, Gateway, GatewayError, ObjectRef, Order, RefundOrder, Refunds, Verified,
    freekassa::{Config, Freekassa},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use standin_providers::{
    Act, NotPossible, Till,
    freekassa::{self as standin, Sends},
};
use std::{sync::Arc, time::Duration};
use support::{Hand, now, serve};

/// A shop and a gateway to it, with one payment opened there: its id at FreeKassa.
struct World {
    hand: Hand,
    shop: standin::Freekassa,
    gateway: Freekassa,
    payment: Payment,
    id: String,
}

impl World {
    async fn new(fates: Vec<Meets>) -> Self {
        let hand = Hand::new();
        let shop = shop(&hand, Sends::Form);
        let gateway = gateway(config(&serve(fated(shop.api(), fates)).await));
        let payment = payment("api");
        let opened = gateway.create(&Order::new(&payment, "VPN", RETURN)).await.unwrap();
        assert_eq!(opened.external_id, Some(payment.id.to_string()));
        let page = opened.pay_url.unwrap();
        let id = page.strip_prefix(&format!("{PUBLIC}/pay/")).unwrap().to_owned();
        Self { hand, shop, gateway, payment, id }
    }

    async fn ask(&self, reference: &str) -> Result<Option<Fetched>, GatewayError> {
        let object = ObjectRef::Payment(reference.to_owned());
        Ok(self.gateway.fetch(&object).await?.map(Verified::into_inner))
    }

    async fn status(&self, reference: &str) -> Status {
        self.ask(reference).await.unwrap().unwrap().report.status
    }

    /// What the notifications say to ask about.
    async fn questions(&self) -> Vec<String> {
        let mut questions = Vec::new();
        for webhook in self.shop.take_webhooks() {
            match self.gateway.authenticate(&delivered(webhook)).await {
                Ok(Claim::Ask(ObjectRef::Payment(reference))) => questions.push(reference),
                other => panic!("{other:?}"),
            }
        }
        questions
    }

    async fn refund(&self, paid_as: &str, minor: i64, known: Option<&str>) -> Result<Fetched, GatewayError> {
        let payment = Payment { external_id: Some(paid_as.to_owned()), ..self.payment.clone() };
        let order = RefundOrder {
            payment: &payment,
            amount: rub(minor),
            key: "ref_1".to_owned(),
            external_id: known,
            description: "Refund".to_owned(),
        };
        self.gateway.refund(&order).await.map(Verified::into_inner)
    }

    fn count(&self, path: &str) -> usize {
        self.shop.calls().iter().filter(|call| call.path == path).count()
    }
}

#[tokio::test]
async fn an_orders_life_as_told_by_the_stand_in() {
    let world = World::new(Vec::new()).await;
    let order = world.payment.id.to_string();
    let call = &world.shop.calls()[0];
    let mut sent = call.request.clone();
    let fields = sent.as_object_mut().unwrap();
    assert!(fields.remove("nonce").unwrap().as_i64() > Some(1_795_000_000_000_000_000));
    assert_eq!(fields.remove("signature").unwrap().as_str().unwrap().len(), 64);
    let golden = json!({
        "shopId": 7012, "paymentId": order, "i": 44, "email": "shop@example.com", "ip": "198.51.100.7",
        "amount": "199.00", "currency": "RUB",
    });
    assert_eq!((call.path.as_str(), &sent), ("/orders/create", &golden));

    for reference in [&order, &world.id] {
        let waiting = world.ask(reference).await.unwrap().unwrap();
        assert_eq!((waiting.payment, waiting.report.status), (Some(world.payment.id), Status::Pending));
        assert_eq!((waiting.report.external_id.as_str(), waiting.report.test), (world.id.as_str(), false));
    }
    world.shop.act(&world.id, Act::PayAndRepeat).unwrap();
    let questions = world.questions().await;
    assert_eq!(questions, [format!("{order}/{}", world.id), format!("{order}/{}", world.id)]);
    for reference in [&questions[0], &order, &world.id] {
        let told = world.ask(reference).await.unwrap().unwrap();
        assert_eq!((told.payment, told.report.status), (Some(world.payment.id), Status::Paid(rub(19_900))));
        assert_eq!(told.report.external_id, world.id);
    }
    world.shop.act(&world.id, Act::Refund(19_900)).unwrap();
    assert_eq!(world.status(&order).await, Status::Refunded(rub(19_900)));
    assert_eq!(world.shop.act(&world.id, Act::Dispute), Err(NotPossible::Never("FreeKassa")));
}

#[tokio::test]
async fn endings_without_the_agreed_money() {
    let world = World::new(Vec::new()).await;
    let order = world.payment.id.to_string();
    world.shop.act(&world.id, Act::Cancel).unwrap();
    assert_eq!(world.status(&order).await, Status::Canceled("canceled".to_owned()));

    // The order made again: what waits counts more than what failed.
    world.gateway.create(&Order::new(&world.payment, "VPN", RETURN)).await.unwrap();
    assert_eq!(world.status(&order).await, Status::Pending);
    let second = world.shop.orders()[1].id.clone();
    world.shop.act(&second, Act::PayLate).unwrap();
    world.hand.advance(64);
    assert_eq!(world.status(&order).await, Status::Pending);
    world.hand.advance(1);
    assert_eq!(world.status(&order).await, Status::Paid(rub(19_900)));
    assert_eq!(world.questions().await, [format!("{order}/{second}")]);

    let short = World::new(Vec::new()).await;
    short.shop.act(&short.id, Act::PayOther(50)).unwrap();
    assert_eq!(short.status(&short.questions().await[0]).await, Status::Paid(rub(50)));
}

#[tokio::test]
async fn several_charges_of_one_order() {
    let world = World::new(Vec::new()).await;
    let order = world.payment.id.to_string();
    world.gateway.create(&Order::new(&world.payment, "VPN", RETURN)).await.unwrap();
    world.shop.act(&world.id, Act::Pay).unwrap();
    world.shop.act(&world.id, Act::PayAgain).unwrap();
    let ids: Vec<String> = world.shop.orders().into_iter().map(|order| order.id).collect();
    assert_eq!(ids.len(), 3);
    let paid = [&ids[0], &ids[2]];
    assert_eq!(world.questions().await, paid.map(|id| format!("{order}/{id}")));
    for id in paid {
        let told = world.ask(&format!("{order}/{id}")).await.unwrap().unwrap();
        assert_eq!((&told.report.external_id, told.report.status), (id, Status::Paid(rub(19_900))));
    }
    assert_eq!(world.ask(&order).await.unwrap().unwrap().report.external_id, ids[0]);
    // A charge that nobody knows by this name: a paid one of the order is still the truth about the order.
    assert_eq!(world.status(&format!("{order}/1")).await, Status::Paid(rub(19_900)));
    // One that is told to be paid, but is not shown so yet, must be asked about again.
    let lagging = world.ask(&format!("{order}/{}", ids[1])).await;
    let Err(GatewayError::Unavailable { cause: Cause::Processing { .. } }) = lagging else {
        panic!("{lagging:?}")
    };

    world.shop.act(&ids[0], Act::Refund(19_900)).unwrap();
    let gone = world.ask(&format!("{order}/{}", ids[0])).await.unwrap().unwrap();
    assert_eq!(gone.report.status, Status::Refunded(rub(19_900)));
    assert_eq!(world.ask(&order).await.unwrap().unwrap().report.external_id, ids[2]);
}

#[tokio::test]
async fn refunds() {
    let world = World::new(Vec::new()).await;
    let order = world.payment.id.to_string();
    let unpaid = world.refund(&world.id, 19_900, None).await;
    assert!(
        matches!(unpaid, Err(GatewayError::Refused { ref code, .. }) if code == "not_paid"),
        "{unpaid:?}"
    );
    world.shop.act(&world.id, Act::Pay).unwrap();
    let part = world.refund(&world.id, 5_000, None).await;
    assert!(matches!(part, Err(GatewayError::Refused { ref code, .. }) if code == "partial"), "{part:?}");
    let unknown = world.refund("1", 19_900, None).await;
    assert!(
        matches!(unknown, Err(GatewayError::Refused { ref code, .. }) if code == "unknown_order"),
        "{unknown:?}"
    );
    let object = ObjectRef::Refund { refund: "ref_1".to_owned(), payment: world.id.clone() };
    let asked = async || world.gateway.fetch(&object).await.unwrap().unwrap().into_inner().report.status;
    assert_eq!(asked().await, Status::Pending);
    let accepted = world.refund(&world.id, 19_900, Some("9")).await.unwrap();
    assert_eq!(accepted.report.status, Status::Pending, "accepted before: not asked for again");
    assert_eq!(world.count("/orders/refund"), 0);

    for paid_as in [&world.id, &world.id, &order] {
        let gone = world.refund(paid_as, 19_900, None).await.unwrap();
        assert_eq!(gone.report.status, Status::Refunded(rub(19_900)));
        assert_eq!((gone.payment, &gone.report.external_id), (Some(world.payment.id), &world.id));
    }
    assert_eq!(world.count("/orders/refund"), 1, "one refund however often it is asked for");
    assert_eq!(asked().await, Status::Refunded(rub(19_900)));
}

#[tokio::test]
async fn a_refunds_lost_answer_is_looked_up() {
    for fate in [Meets::Lost(500), Meets::Silence] {
        let world = World::new(vec![Meets::Answer, Meets::Answer, fate]).await;
        world.shop.act(&world.id, Act::Pay).unwrap();
        let gone = world.refund(&world.id, 19_900, None).await.unwrap();
        assert_eq!(gone.report.status, Status::Refunded(rub(19_900)));
    }
    let world = World::new(vec![Meets::Answer, Meets::Answer, Meets::Refusal(500, "")]).await;
    world.shop.act(&world.id, Act::Pay).unwrap();
    let open = world.refund(&world.id, 19_900, None).await;
    assert!(matches!(open, Err(GatewayError::UnknownOutcome { .. })), "{open:?}");
    let gone = world.refund(&world.id, 19_900, None).await.unwrap();
    assert_eq!(gone.report.status, Status::Refunded(rub(19_900)));
    let limited = World::new(vec![Meets::Answer, Meets::Refusal(429, "slow down")]).await;
    let outcome = limited.refund(&limited.id, 19_900, None).await;
    assert!(matches!(outcome, Err(GatewayError::RateLimited { .. })), "{outcome:?}");
}

/// Creates once against these fates: the outcome, and how many orders there are.
async fn create(fates: Vec<Meets>) -> (Result<(), GatewayError>, usize) {
    let shop = shop(&Hand::new(), Sends::Form);
    let gateway = gateway(config(&serve(fated(shop.api(), fates)).await));
    let outcome = gateway.create(&Order::new(&payment("fated"), "VPN", RETURN)).await;
    if let Ok(opened) = &outcome {
        let last = shop.orders().pop().unwrap();
        assert_eq!(opened.pay_url, Some(format!("{PUBLIC}/pay/{}", last.id)), "the one that is shown");
    }
    (outcome.map(drop), shop.orders().len())
}

#[tokio::test]
async fn fates_of_an_order() {
    for (fate, orders) in [(Meets::Lost(500), 2), (Meets::Silence, 2), (Meets::Refusal(502, ""), 1)] {
        let (outcome, made) = create(vec![fate]).await;
        outcome.unwrap();
        assert_eq!(made, orders);
    }
    for second in [Meets::Lost(500), Meets::Refusal(400, "Order exists"), Meets::Refusal(401, "no")] {
        let (outcome, _) = create(vec![Meets::Lost(500), second]).await;
        assert!(matches!(outcome, Err(GatewayError::UnknownOutcome { .. })), "{outcome:?}");
    }
    let (outcome, made) = create(vec![Meets::Refusal(401, "Invalid signature")]).await;
    assert!(matches!(outcome, Err(GatewayError::Unauthorized)) && made == 0, "{outcome:?}");
    let (outcome, _) = create(vec![Meets::Refusal(429, "Too many requests")]).await;
    let Err(GatewayError::RateLimited { retry_after }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(retry_after, Duration::from_secs(7));
    for status in [200, 400] {
        let (outcome, _) = create(vec![Meets::Refusal(status, "Payment system is off")]).await;
        let Err(GatewayError::Refused { description, .. }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(description, "Payment system is off");
    }
}

#[tokio::test]
async fn a_late_nonce_is_repeated_once() {
    for status in [400, 401] {
        let late = Meets::Refusal(status, "Nonce must be greater");
        let (outcome, made) = create(vec![late.clone()]).await;
        outcome.unwrap();
        assert_eq!(made, 1);
        let (outcome, made) = create(vec![late.clone(), late]).await;
        assert!(outcome.is_err() && made == 0, "{outcome:?}");
    }
    // Two processes at the very same moment.
    let shop = shop(&Hand::new(), Sends::Form);
    let base = serve(shop.api()).await;
    let still = || gateway(Config { clock: Arc::new(now), ..config(&base) });
    let (one, two) = (still(), still());
    let payment = payment("nonce");
    let order = Order::new(&payment, "VPN", RETURN);
    for gateway in [&one, &two, &one] {
        gateway.create(&order).await.unwrap();
    }
    assert_eq!(shop.orders().len(), 3);
}

#[tokio::test]
async fn e_mails() {
    let shop = shop(&Hand::new(), Sends::Form);
    let base = serve(shop.api()).await;
    let bare = gateway(Config { default_email: None, clock: running(), ..config(&base) });
    assert!(bare.abilities().wants_email && !gateway(config(&base)).abilities().wants_email);
    let payment = payment("email");
    let mut order = Order::new(&payment, "VPN", RETURN);
    let outcome = bare.create(&order).await;
    assert!(
        matches!(outcome, Err(GatewayError::Refused { ref code, .. }) if code == "no_email"),
        "{outcome:?}"
    );
    order.receipt_email = Some("anna@example.org".to_owned());
    bare.create(&order).await.unwrap();
    assert_eq!(shop.calls()[0].request["email"], "anna@example.org");
    order.receipt_email = Some("test@example.com".to_owned());
    let outcome = bare.create(&order).await;
    let Err(GatewayError::Refused { description, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(description, "OP-SP-7");
}

#[tokio::test]
async fn abilities_credentials_and_unknown_orders() {
    let shop = shop(&Hand::new(), Sends::Form);
    let base = serve(shop.api()).await;
    let abilities = gateway(config(&base)).abilities().clone();
    assert_eq!((abilities.refunds, abilities.limits.len()), (Refunds::Full, 5));
    assert!(matches!(abilities.asking, Asking::Every(_)));
    assert!(
        abilities.takes(Money::new(500, Currency::Usd)) && !abilities.takes(Money::new(500, Currency::Gbp))
    );
    let stale = gateway(Config { api_key: Some(SecretString::from("old")), ..config(&base) });
    let outcome = stale.create(&Order::new(&payment("stale"), "VPN", RETURN)).await;
    assert!(matches!(outcome, Err(GatewayError::Unauthorized)), "{outcome:?}");
    let gateway = gateway(config(&base));
    for reference in ["pay_none", "pay_none/1", "1", "", "\u{44f}\"}", &"x".repeat(200)] {
        assert_eq!(gateway.fetch(&ObjectRef::Payment(reference.to_owned())).await.unwrap(), None);
    }
    assert_eq!(gateway.fetch(&ObjectRef::Method("1".to_owned())).await.unwrap(), None);
}

#[tokio::test]
async fn answers_that_contradict_themselves_are_not_believed() {
    let ours = payment("odd").id;
    let ask = async |answer: Value| {
        let router = Router::new().fallback(move || async move { axum::Json(answer) });
        let object = ObjectRef::Payment(ours.to_string());
        gateway(config(&serve(router).await)).fetch(&object).await
    };
    let row = json!({
        "merchant_order_id": ours.to_string(), "fk_order_id": "77", "amount": 199.5, "currency": "RUB", "status": "1",
    });
    let orders = |row: Value| json!({ "type": "success", "pages": 1, "orders": [row] });
    let told = ask(orders(row.clone())).await.unwrap().unwrap();
    assert_eq!((told.report.external_id.as_str(), &told.report.status), ("77", &Status::Paid(rub(19_950))));
    for (field, value) in [
        ("amount", json!("199.005")),
        ("amount", json!(0)),
        ("currency", json!("XYZ")),
        ("status", json!(5)),
        ("fk_order_id", json!("7a")),
        ("fk_order_id", json!(null)),
    ] {
        let mut odd = row.clone();
        odd[field] = value;
        let outcome = ask(orders(odd)).await;
        assert!(matches!(outcome, Err(GatewayError::Garbage { .. })), "{field}: {outcome:?}");
    }
    let mut foreign = row.clone();
    foreign["merchant_order_id"] = json!("another");
    assert_eq!(ask(orders(foreign)).await.unwrap(), None, "not the order that was asked for");
    for broken in [json!([]), json!({}), json!({ "type": "success", "orders": 1 })] {
        assert!(matches!(ask(broken).await, Err(GatewayError::Garbage { .. })));
    }
    let page = json!({ "type": "success", "orderId": 1, "location": "javascript:alert(1)" });
    let router = Router::new().fallback(move || async move { axum::Json(page) });
    let gateway = gateway(config(&serve(router).await));
    let outcome = gateway.create(&Order::new(&payment("odd"), "VPN", RETURN)).await;
    assert!(matches!(outcome, Err(GatewayError::Garbage { .. })), "{outcome:?}");
}

/// `orders` goes on saying "paid": the refund is under way, or was refused.
#[tokio::test]
async fn refunds_that_do_not_show_at_once() {
    let ours = payment("slow");
    let row = json!({
        "merchant_order_id": ours.id.to_string(), "fk_order_id": 77, "amount": 199, "currency": "RUB", "status": 1,
    });
    for (answer, accepted) in [
        (json!({ "type": "success", "id": 5 }), true),
        (json!({ "type": "error", "message": "Refunds are off" }), false),
    ] {
        let rows = json!({ "type": "success", "pages": 1, "orders": [row] });
        let router = Router::new()
            .route("/v1/orders", post(move || async move { axum::Json(rows) }))
            .route("/v1/orders/refund", post(move || async move { axum::Json(answer) }));
        let gateway = gateway(config(&serve(router).await));
        let payment = Payment { external_id: Some("77".to_owned()), ..ours.clone() };
        let key = "ref_1".to_owned();
        let (amount, description) = (rub(19_900), "Refund".to_owned());
        let order = RefundOrder { payment: &payment, amount, key, external_id: None, description };
        match gateway.refund(&order).await {
            Ok(told) => assert!(accepted && told.report.status == Status::Pending, "{told:?}"),
            Err(GatewayError::Refused { description, .. }) => {
                assert!(!accepted && description == "Refunds are off");
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}
