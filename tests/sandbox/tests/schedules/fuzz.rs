//! Webhooks that the provider has signed and nobody expects: genuine ones with bytes, numbers and values changed, signed
//! anew, so that they get past the signature and meet the parser. Nothing may panic, and no money may be believed that does
//! not stand in what was sent.

use crate::{
    cases::Case,
    life::Life,
    mail::Letter,
    plan::{Deed, Step},
    stage::Market,
};
use bot::update::{Content, Kind, Message, Update};
use domain::{Money, credit::Status};
use fastrand::Rng;
use futures::FutureExt;
use payments::{Claim, RawWebhook, SaleChange, stars};
use standin_providers::Webhook;
use std::panic::AssertUnwindSafe;

/// Every so many also go through the shop: that asks the providers.
const THROUGH_THE_SHOP: u64 = 16;

/// Judges `count` notifications of the seeds from 0 on; or, if given, the one of `only`.
pub async fn fuzz(case: Case, count: u64, only: Option<u64>) {
    let begun = std::time::Instant::now();
    let market = Market::fast(case).await;
    let corpus = corpus(&market).await;
    assert!(!corpus.is_empty(), "{case} never says anything");
    let (mut believed, mut refused) = (0, 0);
    for seed in only.map_or(0..count, |seed| seed..seed + 1) {
        let body = changed(&corpus, &mut Rng::with_seed(seed));
        let judged = AssertUnwindSafe(judge(&market, seed, body.clone())).catch_unwind().await;
        let again = format!("FUZZ_SEED={case}:{seed} cargo test -p sandbox --test schedules -- one_fuzzed");
        let text = String::from_utf8_lossy(&body);
        match judged.unwrap_or_else(|_| Err("it panics".to_owned())) {
            Ok(true) => believed += 1,
            Ok(false) => refused += 1,
            Err(wrong) => panic!("{wrong} at\n{text}\nagain: {again}"),
        }
    }
    println!(
        "{case}: {count} signed notifications out of {} genuine ones, {believed} taken, {refused} refused, {:.1?}",
        corpus.len(),
        begun.elapsed()
    );
}

/// What the provider says by itself.
async fn corpus(market: &Market) -> Vec<Vec<u8>> {
    let deeds = [
        vec![Deed::Pay],
        vec![Deed::PayOther(4_321)],
        vec![Deed::Cancel],
        vec![Deed::Pay, Deed::Refund(4), Deed::Refund(10)],
        vec![Deed::Pay, Deed::Dispute],
        vec![Deed::Pay, Deed::PayAgain],
    ];
    let mut bodies = Vec::new();
    for (seed, deeds) in deeds.into_iter().enumerate() {
        let stage = market.stage(seed as u64);
        let life = Life::new(&stage);
        let mut steps = vec![
            Step::Choose { plan: seed, use_balance: false, save: seed % 2 == 1 },
            Step::Open(None),
            Step::Subscribe(seed),
        ];
        for deed in deeds {
            steps.extend([Step::Act(0, deed), Step::Act(1, deed)]);
        }
        life.live(&steps).await;
        life.collect();
        bodies.extend(life.notes().mail.drain(..).map(|letter| match letter {
            // A form may come as a query.
            Letter::Hook(hook) => hook.query.map_or(hook.body, String::into_bytes),
            Letter::Update(body) => body,
        }));
    }
    bodies
}

/// Whether it was taken. An error: what must not be.
async fn judge(market: &Market, seed: u64, body: Vec<u8>) -> Result<bool, String> {
    let Some(till) = market.tills.get(market.case.provider().name()) else { return update(&body) };
    let webhook = till.signed(body);
    let gateway = market.gateways.get(market.case.provider()).ok_or("no gateway")?;
    let raw = RawWebhook {
        headers: webhook.headers.clone(),
        body: webhook.body.clone(),
        source_ip: Some(webhook.source_ip),
        query: webhook.query.clone(),
        received_at: market.clock.now(),
    };
    let _ = gateway.ack(&raw);
    let claim = gateway.authenticate(&raw).await;
    if seed.is_multiple_of(THROUGH_THE_SHOP) {
        let stage = market.stage(seed);
        let status = stage.webhook(&webhook).await;
        if !(200..300).contains(&status) && !(400..500).contains(&status) && status != 503 {
            return Err(format!("the shop answers {status}"));
        }
    }
    let Ok(claim) = claim else { return Ok(false) };
    let money = match &claim {
        Claim::Signed(fetched) => of_status(&fetched.report.status),
        Claim::Sold(sale) => match &sale.change {
            SaleChange::Paid { amount, .. } => Some(*amount),
            SaleChange::Refunded { amount } => *amount,
            SaleChange::Canceled { .. } => None,
        },
        Claim::Ask(_) | Claim::Ignore(_) => None,
    };
    stands(money, &sent(&webhook)).map(|()| !matches!(claim, Claim::Ignore(_)))
}

/// Stars come as updates of Telegram.
fn update(body: &[u8]) -> Result<bool, String> {
    let Ok(Update { kind: Kind::Message(Message { content, .. }), .. }) = Update::parse(body) else {
        return Ok(false);
    };
    let fetched = match content {
        Content::Paid(charge) => stars::paid(&charge, false),
        Content::Refunded(charge) => stars::refunded(&charge, false),
        _ => return Ok(false),
    };
    let Ok(fetched) = fetched else { return Ok(false) };
    stands(of_status(&fetched.report.status), body).map(|()| true)
}

fn of_status(status: &Status) -> Option<Money> {
    match status {
        Status::Paid(amount) | Status::Refunded(amount) | Status::RefundedPart { amount, .. } => {
            Some(*amount)
        }
        Status::Pending | Status::Canceled(_) | Status::RefundFailed(_) | Status::Disputed(_) => None,
    }
}

fn sent(webhook: &Webhook) -> Vec<u8> {
    webhook.query.clone().map_or_else(|| webhook.body.clone(), String::into_bytes)
}

/// The sum is one of the numbers that were sent.
fn stands(money: Option<Money>, sent: &[u8]) -> Result<(), String> {
    let Some(money) = money.filter(|money| money.minor != 0) else { return Ok(()) };
    let text = String::from_utf8_lossy(sent);
    // Digits may be written as `\u0031`.
    let escaped = text.contains("\\u00") || text.contains('%');
    let number = |token: &str| {
        token.parse() == Ok(money.minor)
            || Money::parse(token, money.currency).is_ok_and(|read| read == money)
    };
    let mut tokens = text.split(|sign: char| !sign.is_ascii_digit() && !".eE+-".contains(sign));
    if escaped || tokens.any(number) { Ok(()) } else { Err(format!("{money} was believed, and not sent")) }
}

/// Numbers and values that parsers have stumbled over.
const ODD: [&str; 30] = [
    "-1",
    "0",
    "-0.00",
    "1e9",
    "1E-2",
    "1e400",
    "0.1",
    "0.009",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "92233720368547758.07",
    "99999999999999999999999999999999999999.99",
    "NaN",
    "Infinity",
    "199.000000",
    "00199.00",
    "1,5",
    "\"199\"",
    "\"\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "null",
    "true",
    "[]",
    "{}",
    "\u{202e}",
    "٣٤",
    "\u{0}",
    "%",
];

fn changed(corpus: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut body = corpus[rng.usize(0..corpus.len())].clone();
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(0..=body.len());
        let end = (at + rng.usize(0..40)).min(body.len());
        match rng.u8(0..20) {
            0 if at < body.len() => body[at] ^= 1 << rng.u8(0..8),
            1 => body.insert(at, rng.u8(..)),
            2 => drop(body.drain(at..end)),
            3 => {
                let part = body[at..end].to_vec();
                let to = rng.usize(0..=body.len());
                body.splice(to..to, part);
            }
            4 if rng.u8(0..4) == 0 => body.truncate(at),
            5 => {
                let other = &corpus[rng.usize(0..corpus.len())];
                let from = rng.usize(0..=other.len());
                let part = &other[from..(from + 60).min(other.len())];
                body.splice(at..end, part.iter().copied());
            }
            6 if rng.u8(0..4) == 0 => {
                let deep = ["[", "{\"a\":", "9", "a"][rng.usize(0..4)].repeat(rng.usize(1..3_000));
                body.splice(at..at, deep.into_bytes());
            }
            _ => value(&mut body, rng),
        }
    }
    body
}

/// One value of the body (what stands between a colon or an equals sign and what ends it) becomes an odd one; most often
/// a sum, most often a number.
fn value(body: &mut Vec<u8>, rng: &mut Rng) {
    let mut begins: Vec<usize> =
        (0..body.len()).filter(|at| b":=".contains(&body[*at])).map(|at| at + 1).collect();
    if rng.bool() {
        begins.retain(|at| is_sum(&body[at.saturating_sub(20)..*at]));
    }
    let Some(begin) = rng.choice(&begins).copied() else { return };
    let ends = body[begin..].iter().position(|byte| b",}]&\n".contains(byte));
    let end = ends.map_or(body.len(), |length| begin + length);
    let odd = match rng.u8(0..4) {
        0 => ODD[rng.usize(0..ODD.len())].to_owned(),
        1 => rng.i64(..).to_string(),
        2 => format!("{}.{:02}", rng.u64(..) >> rng.u8(0..64), rng.u8(0..100)),
        _ => (rng.u64(..) >> rng.u8(0..64)).to_string(),
    };
    let quoted = body.get(begin..).is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\""));
    let odd = if quoted && !odd.starts_with('"') && rng.u8(0..8) != 0 { format!("\"{odd}\"") } else { odd };
    body.splice(begin..end, odd.bytes());
}

fn is_sum(before: &[u8]) -> bool {
    let name = String::from_utf8_lossy(before).to_lowercase();
    ["amount", "sum", "price", "value", "total"].iter().any(|word| name.contains(word))
}
