//! Telegram Stars: invoices within Telegram's limits, charges turned into reports, each credited once.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do: by panicking")]

mod support;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    Currency, Money, Payment, Provider, Record, UserState,
    credit::{self, Status, Verdict},
};
use payments::stars::{self, Invoice, StarCharge, StarsError, Texts};
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
    }
}

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
        let (verdict, decision) = credit::report(&state, &payment, &fetched.report, true, support::now());
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
    let (verdict, decision) = credit::report(&state, &payment, &again.report, true, support::now());
    assert_eq!(verdict, Verdict::Credited);
    assert_eq!(decision.once.unwrap().key, "paid/stars/stx_second");
}
