//! Telegram Stars: invoices within Telegram's limits, charges turned into reports, each credited once.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod support;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Currency, Money, Payment, Provider, Record, UserState,
    credit::{self, Status, Verdict},
};
use payments::{
    RefundOrder,
    stars::{
        self, Invoice, StarCharge, StarRefund, StarsError, SubscriptionChange, SubscriptionState, Texts,
    },
};
use serde_json::{Value, json};

fn payment() -> Payment {
    Payment { provider: Provider::Stars, amount: Money::new(150, Currency::Xtr), ..support::payment() }
}

fn charge(id: &str) -> StarCharge {
    StarCharge {
        currency: "XTR".to_owned(),
        total_amount: 150,
        invoice_payload: payment().id.to_string(),
        telegram_payment_charge_id: id.to_owned(),
        subscription_expiration_date: None,
        is_recurring: false,
        is_first_recurring: false,
    }
}

const RULES: credit::Rules =
    credit::Rules { live: true, refund: domain::TimePolicy::Cut, dispute: domain::TimePolicy::End };

#[test]
fn an_invoice_fits_telegram() {
    let long = "слово ".repeat(60);
    let texts = Texts { title: &long, description: &long, label: &long };
    let invoice = Invoice::of(&payment(), texts).unwrap();
    assert_eq!(invoice.title, "слово слово слово слово слово сл");
    assert!((200..=255).contains(&invoice.description.chars().count()));
    assert!((1..=32).contains(&invoice.label.chars().count()));
    assert_eq!((invoice.currency, invoice.amount), ("XTR", 150));
    assert_eq!(invoice.payload.parse(), Ok(payment().id));
}

#[test]
fn what_cannot_be_invoiced() {
    let texts = Texts { title: "VPN", description: "30 days", label: "VPN" };
    for amount in
        [Money::new(0, Currency::Xtr), Money::new(10_001, Currency::Xtr), Money::new(150, Currency::Rub)]
    {
        let other = Payment { amount, ..payment() };
        assert_eq!(Invoice::of(&other, texts), Err(StarsError::Amount), "{amount}");
    }
    let empty = Texts { title: " ", ..texts };
    assert_eq!(Invoice::of(&payment(), empty), Err(StarsError::Text));
}

#[test]
fn a_charge_says_what_came_and_what_went_back() {
    let fetched = stars::paid(&charge("stx_1"), false).unwrap();
    assert_eq!((fetched.payment, fetched.provider), (Some(payment().id), Provider::Stars));
    assert_eq!(fetched.report.status, Status::Paid(Money::new(150, Currency::Xtr)));
    assert_eq!((fetched.report.external_id.as_str(), fetched.report.test), ("stx_1", false));
    let back = stars::refunded(&charge("stx_1"), true).unwrap();
    assert_eq!(back.report.status, Status::Refunded(Money::new(150, Currency::Xtr)));
    assert!(back.report.test);

    let foreign =
        StarCharge { invoice_payload: "ord_01J0000000000000000000000A".to_owned(), ..charge("stx_1") };
    assert_eq!(stars::paid(&foreign, false).unwrap().payment, None);
}

#[test]
fn improper_charges() {
    for (broken, error) in [
        (StarCharge { currency: "RUB".to_owned(), ..charge("stx_1") }, StarsError::Amount),
        (StarCharge { total_amount: 0, ..charge("stx_1") }, StarsError::Amount),
        (StarCharge { total_amount: -150, ..charge("stx_1") }, StarsError::Amount),
        (charge(""), StarsError::Charge),
        (charge("stx 1"), StarsError::Charge),
        (charge(&"x".repeat(257)), StarsError::Charge),
    ] {
        assert_eq!(stars::paid(&broken, false), Err(error), "{broken:?}");
    }
    assert!(serde_json::from_value::<StarCharge>(json!({ "currency": "XTR", "total_amount": 1.5 })).is_err());
}

/// The sequence of the vectors: the same update twice credits once; the invoice paid again credits again.
#[test]
fn every_charge_counts_once() {
    let sequences: Value = serde_json::from_str(include_str!("data/stars-vectors.json")).unwrap();
    let sequence = &sequences[0];
    // The vector's order id is of another shop's making; ours stands for it.
    let mut payment = payment();
    let (mut state, mut credits) = (UserState::default(), 0_u64);
    let mut done = Vec::new();
    for step in sequence["steps"].as_array().unwrap() {
        let body = STANDARD.decode(step["request"]["body_base64"].as_str().unwrap()).unwrap();
        let update: Value = serde_json::from_slice(&body).unwrap();
        let charge: StarCharge =
            serde_json::from_value(update["message"]["successful_payment"].clone()).unwrap();
        let fetched = stars::paid(&charge, false).unwrap();
        let (verdict, decision) = credit::report(&state, &payment, &fetched.report, RULES, support::now());
        credits += u64::from(verdict == Verdict::Credited);
        assert_eq!(Some(credits), step["expect"]["credits_total"].as_u64());
        state = state.after(&decision);
        done.extend(decision.once.map(|once| once.key));
        for record in decision.records {
            if let Record::Payment(changed) = record {
                payment = changed;
            }
        }
    }
    assert_eq!(done, ["paid/stars/stx_aP"]);

    let again = stars::paid(&charge("stx_second"), false).unwrap();
    let (verdict, decision) = credit::report(&state, &payment, &again.report, RULES, support::now());
    assert_eq!(verdict, Verdict::Credited);
    assert_eq!(decision.once.unwrap().key, "paid/stars/stx_second");
}

#[test]
fn a_subscription_is_an_invoice_with_a_period() {
    let texts = Texts { title: "VPN", description: "30 days", label: "VPN" };
    let once = Invoice::of(&payment(), texts).unwrap();
    assert_eq!(once.subscription_period, None);
    let invoice = Invoice::subscription(&payment(), texts).unwrap();
    assert_eq!(invoice, Invoice { subscription_period: Some(2_592_000), ..once });
    let dear = Payment { amount: Money::new(10_001, Currency::Xtr), ..payment() };
    assert_eq!(Invoice::subscription(&dear, texts), Err(StarsError::Amount));
}

#[test]
fn charges_of_a_subscription_say_how_long_they_reach() {
    let first = json!({
        "currency": "XTR", "total_amount": 150, "invoice_payload": payment().id.to_string(),
        "telegram_payment_charge_id": "stx_1", "provider_payment_charge_id": "",
        "subscription_expiration_date": 1_798_192_800, "is_recurring": true, "is_first_recurring": true,
    });
    let first: StarCharge = serde_json::from_value(first).unwrap();
    assert!(!first.is_renewal());
    assert_eq!(first.paid_until(), Some("2026-12-25T10:00:00Z".parse().unwrap()));
    let renewal = StarCharge {
        telegram_payment_charge_id: "stx_2".to_owned(),
        is_first_recurring: false,
        ..first.clone()
    };
    assert!(renewal.is_renewal());
    let (first, renewal) = (stars::paid(&first, false).unwrap(), stars::paid(&renewal, false).unwrap());
    assert_eq!(first.payment, renewal.payment);
    assert_ne!(first.report.external_id, renewal.report.external_id);
    assert!(!charge("stx_3").is_renewal() && charge("stx_3").paid_until().is_none());
}

#[test]
fn a_refund_is_whole_and_can_be_repeated() {
    let paid = Payment { external_id: Some("stx_1".to_owned()), ..payment() };
    let order = |payment| RefundOrder {
        payment,
        amount: Money::new(150, Currency::Xtr),
        key: "ref_1".to_owned(),
        external_id: None,
        description: String::new(),
    };
    let request = serde_json::to_value(StarRefund::of(&order(&paid)).unwrap()).unwrap();
    assert_eq!(request, json!({ "user_id": 42, "telegram_payment_charge_id": "stx_1" }));
    let answered = |refusal| stars::answered(&order(&paid), refusal, false).unwrap().into_inner();
    let done = answered(None);
    assert_eq!((done.payment, &done.report.status), (Some(paid.id), &Status::Refunded(paid.amount)));
    assert_eq!(done.report.external_id, "stx_1");
    assert_eq!(answered(Some("Bad Request: CHARGE_ALREADY_REFUNDED")), done);
    let failed = "Bad Request: CHARGE_ID_INVALID";
    assert_eq!(answered(Some(failed)).report.status, Status::RefundFailed(failed.to_owned()));

    let part = RefundOrder { amount: Money::new(149, Currency::Xtr), ..order(&paid) };
    assert_eq!(StarRefund::of(&part), Err(StarsError::Part));
    assert_eq!(stars::answered(&part, None, false), Err(StarsError::Part));
    assert_eq!(StarRefund::of(&order(&payment())), Err(StarsError::Charge));
}

#[test]
fn what_happens_to_a_subscription() {
    for (state, expected) in [
        ("canceled", SubscriptionState::Canceled),
        ("active", SubscriptionState::Active),
        ("failed", SubscriptionState::Failed),
        ("paused", SubscriptionState::Unknown),
    ] {
        let update = json!({
            "user": { "id": 42, "is_bot": false, "first_name": "A" },
            "invoice_payload": payment().id.to_string(),
            "state": state,
        });
        let change: SubscriptionChange = serde_json::from_value(update).unwrap();
        assert_eq!((change.user().0, change.payment(), change.state), (42, Some(payment().id), expected));
    }
    let foreign = json!({ "user": { "id": 1 }, "invoice_payload": "ord_1", "state": "active" });
    assert_eq!(serde_json::from_value::<SubscriptionChange>(foreign).unwrap().payment(), None);
}
