//! `webhook`: one delivery is taken, or refused without a trace. `source_ip`: the sender's address decides.

use super::{
    Mismatch, expect, fields,
    file::{Case, Delivery, Owner, Signature},
    shop::{Answer, Shop},
};
use domain::Provider;
use payments::{Claim, freekassa};
use serde_json::Value;

/// Judges a delivery in each of the ways in which API Gateway may hand it over.
pub async fn check(shop: &Shop, owner: Owner, case: &Case) -> Result<(), Mismatch> {
    let (signature, mut delivery) = (Signature::of(&case.value)?, Delivery::of(&case.value)?);
    delivery.source_ip = delivery.source_ip.or_else(|| sender(owner, case));
    shop.set_time(case.now()?);
    let (items, credits) = (shop.items()?, shop.credits(None)?);
    let mut answers = vec![shop.deliver(owner, &delivery).await?];
    answers.extend(shop.deliver_events(owner, &delivery).await?);
    let refused = answers.iter().all(|answer| (400..500).contains(&answer.status));
    for answer in &answers {
        judge(signature, answer)?;
    }
    if refused {
        let unchanged = shop.items()? == items;
        expect(unchanged, "nothing changes", || "refused, and yet the table changed".to_owned())?;
    }
    if let Some(deed) = case.value["must_not"].as_str() {
        let expected = format!("not: {deed}");
        expect(shop.credits(None)? == credits, expected, || "somebody was credited".to_owned())?;
    }
    if signature == Signature::Valid {
        for answer in &answers {
            acknowledged(&case.value["expect"]["ack"], answer)?;
        }
        let claim = claim(shop, owner, &delivery).await?;
        fields::check(owner, &case.value["expect"]["fields"], &delivery, claim.as_ref())?;
    }
    Ok(())
}

fn judge(signature: Signature, answer: &Answer) -> Result<(), Mismatch> {
    let (holds, expected) = match signature {
        Signature::Valid => (answer.is_success(), "taken: a status 2xx"),
        Signature::Invalid => ((400..500).contains(&answer.status), "refused: a status 4xx"),
        // "Cannot be checked now" is an answer; a failure is none.
        Signature::Either => (answer.status < 500 || answer.status == 503, "any answer but a failure"),
    };
    expect(holds, expected, || answer.shown())
}

/// What the provider wants to hear: a literal body, or just `HTTP 200`.
pub fn acknowledged(ack: &Value, answer: &Answer) -> Result<(), Mismatch> {
    let Some(ack) = ack.as_str() else { return Ok(()) };
    let holds = match ack.strip_prefix("HTTP ") {
        Some(status) => answer.status.to_string() == status,
        None => answer.is_success() && answer.body == ack,
    };
    expect(holds, format!("the acknowledgement {ack:?}"), || answer.shown())
}

/// What the gateway reads out of an authentic delivery. Updates have none.
async fn claim(shop: &Shop, owner: Owner, delivery: &Delivery) -> Result<Option<Claim>, Mismatch> {
    let Owner::Ours(provider) = owner else { return Ok(None) };
    let gateway = shop.gateways.get(provider);
    let gateway = gateway.ok_or_else(|| Mismatch::unknown(format!("no gateway of {provider}")))?;
    let claim = gateway.authenticate(&shop.raw(owner, delivery)?).await;
    claim.map(Some).map_err(|error| Mismatch::broken("a claim", error))
}

/// The address that a delivery without one comes from: one that is allowed.
pub fn sender(owner: Owner, case: &Case) -> Option<String> {
    let allowed = case.value.pointer("/config/allowed_ips/0").and_then(Value::as_str);
    allowed.map(str::to_owned).or_else(|| match owner {
        Owner::Ours(Provider::Freekassa) => freekassa::ADDRESSES.first().map(ToString::to_string),
        Owner::Ours(Provider::Yookassa) => Some(YOOKASSA.to_owned()),
        Owner::Ours(_) | Owner::Telegram | Owner::Other(_) => None,
    })
}

/// An address of YooKassa's.
pub const YOOKASSA: &str = "185.71.76.1";

/// A notification about a payment that does not exist.
const NOTIFICATION: &str = r#"{"type":"notification","event":"payment.succeeded","object":{"id":"22d6d597-000f-5000-9000-145f6df21d6f","status":"succeeded"}}"#;

/// Judges the address of a sender whose notification is otherwise in order.
pub async fn check_source(shop: &Shop, owner: Owner, case: &Case) -> Result<(), Mismatch> {
    if owner != Owner::Ours(Provider::Yookassa) {
        return Err(Mismatch::unknown("a source address of a provider that signs"));
    }
    let headers = case.value["headers"].as_array().into_iter().flatten();
    let headers =
        headers.filter_map(|pair| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned())));
    let delivery = Delivery {
        method: "POST".to_owned(),
        headers: headers.chain([("content-type".to_owned(), "application/json".to_owned())]).collect(),
        body: NOTIFICATION.into(),
        source_ip: Some(case.need("/source_ip")?.to_owned()),
        query: None,
    };
    shop.set_time(case.now()?);
    let items = shop.items()?;
    let answer = shop.deliver(owner, &delivery).await?;
    match Signature::of(&case.value)? {
        Signature::Valid => expect(answer.is_success(), "a known address: a status 2xx", || answer.shown()),
        Signature::Invalid => {
            expect(answer.status == 403, "a strange address: the status 403", || answer.shown())?;
            let unchanged = shop.items()? == items;
            expect(unchanged, "nothing changes", || "refused, and yet the table changed".to_owned())
        }
        Signature::Either => judge(Signature::Either, &answer),
    }
}
