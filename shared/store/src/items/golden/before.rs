//! Items as they were written when one provider sold plans: they are read as what they were, and a record to which
//! nothing new happened is written as it was.

use super::*;

/// As it stands in the table, with its version.
fn kept(name: &str) -> Item {
    let text = std::fs::read_to_string(golden(&format!("before/{name}"))).unwrap();
    serde_dynamo::to_item(serde_json::from_str::<Value>(&text).unwrap()).unwrap()
}

/// Written again at the version it had been loaded with, it gives the same item.
fn assert_unchanged(name: &str, value: &Record) {
    assert_eq!(json(record(value).unwrap().item), json(kept(name)), "{name}");
}

#[test]
fn a_buyer_has_no_balance() {
    let read = decode::<UserItem>("user", kept("user")).unwrap().0;
    assert_eq!(
        read,
        User {
            balance: Wallet::default(),
            promos: Promos::default(),
            email: None,
            letters: Letters::default(),
            zone: None,
            gate: None,
            primary: None,
            version: 5,
            ..user()
        }
    );
    assert_unchanged("user", &Record::User(User { version: 4, ..read }));
}

#[test]
fn a_subscription_does_not_renew_itself_and_is_in_one_panel() {
    let read = decode::<SubscriptionItem>("subscription", kept("subscription")).unwrap().0;
    let want = Subscription {
        name: None,
        extras: Vec::new(),
        renewal: Renewal::Off,
        resets: Resets::default(),
        attempts: 0,
        leaving: Vec::new(),
        applied: applied(),
        version: 4,
        ..subscription()
    };
    assert_eq!(read, want);
    assert_unchanged("subscription", &Record::Subscription(Subscription { version: 3, ..read }));
}

#[test]
fn a_quote_is_for_a_plan() {
    let read = decode::<QuoteItem>("quote", kept("quote")).unwrap().0;
    let prices = vec![domain::quote::Price::agreed(rub(40_000), rub(0), rub(0)).unwrap()];
    assert_eq!(read, Quote { prices, promo: None, save_method: false, version: 3, ..quote() });
    assert_unchanged("quote", &Record::Quote(Quote { version: 2, ..read }));
}

#[test]
fn a_payment_is_for_a_plan() {
    let read = decode::<PaymentItem>("payment", kept("payment")).unwrap().0;
    let want = Payment {
        amount: rub(40_000),
        from_balance: None,
        promo: None,
        state: PaymentState::Succeeded,
        save_method: false,
        recurring: false,
        charge: None,
        received: None,
        granted: None,
        refunded: 0,
        to_balance: 0,
        earned: None,
        refund: None,
        version: 3,
        ..payment()
    };
    assert_eq!(read, want);
    // Written again, it is listed by its day instead of its buyer; nothing else changes.
    let (mut again, mut before) =
        (record(&Record::Payment(Payment { version: 2, ..read })).unwrap().item, kept("payment"));
    put(&mut before, keys::BY_DAY_PK, "DAY#2026-11-21");
    put(&mut before, keys::BY_DAY_SK, format!("PAY#{}", want.id));
    assert_eq!(json(std::mem::take(&mut again)), json(before));
}

#[test]
fn events_tell_what_they_told() {
    let (payment, no, end) = (payment().id, SubscriptionNo::FIRST, at("2027-02-21T10:00:00Z"));
    let plan = plan().terms.plan;
    let credited = EventKind::Credited {
        payment,
        external_id: "22d6d597".into(),
        amount: rub(1),
        from_balance: None,
        plan: plan.clone(),
        no,
        from: Some(end),
        to: end,
    };
    let opened =
        EventKind::PaymentOpened { payment, provider: Provider::Stars, amount: rub(1), plan: Some(plan) };
    let refunded = EventKind::PaymentRefunded {
        payment,
        amount: rub(1),
        full: false,
        to_balance: false,
        no,
        cut: None,
        missing: None,
    };
    for kind in [credited, opened, refunded] {
        let name = format!("event_{}", kind.name());
        assert_eq!(event_from_item(kept(&name)).unwrap(), event_of(kind), "{name}");
        let image: serde_dynamo::Item = serde_dynamo::to_item(json(kept(&name))).unwrap();
        assert!(event_from_image(image).unwrap().is_some(), "{name}");
    }
}
