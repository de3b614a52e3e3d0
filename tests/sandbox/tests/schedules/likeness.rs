//! The table in memory answers as the embedded database does: random decisions are committed to both.

use crate::{cases::Case, life::Life, memory::Memory, plan::Step, stage::Market};
use domain::{Actor, Decision, Event, EventKind, Once, Payment, PaymentId, Record, UserId};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use store::{SHARDS, Store};

const DECISIONS: usize = 250;

/// Commits the same to both, and compares every answer and what can be read afterwards.
pub async fn compare() {
    let market = Market::whole(Case::Stripe).await;
    let stage = market.stage(7);
    let life = Life::new(&stage);
    life.live(&[Step::Choose { plan: 0, use_balance: false, save: false }, Step::Open(None)]).await;
    let sample = life.notes().payments.first().cloned().unwrap();
    let real = stage.store().clone();
    let memory = Memory::new(7, false);
    let fake = Store::new(memory.client(), "shop");
    let mut rng = Rng::with_seed(7);
    let mut committed = 0;
    for round in 0..DECISIONS {
        let mut versions = [0; 4];
        for (which, version) in versions.iter_mut().enumerate() {
            let stored = fake.payment(payment_id(&sample, which)).await.unwrap();
            *version = stored.map_or(0, |stored| stored.version);
        }
        let decision = decision(&sample, versions, &mut rng);
        let (there, here) = (real.commit(&decision).await, fake.commit(&decision).await);
        assert_eq!(format!("{there:?}"), format!("{here:?}"), "round {round}: {decision:?}");
        committed += usize::from(matches!(there, Ok(store::Commit::Committed)));
    }
    assert!(
        (DECISIONS / 10..DECISIONS * 9 / 10).contains(&committed),
        "{committed} of {DECISIONS} committed"
    );
    for which in 0..4 {
        let id = payment_id(&sample, which);
        assert_eq!(real.payment(id).await.unwrap(), fake.payment(id).await.unwrap());
        let (there, here) =
            (real.events(user(which), 50).await.unwrap(), fake.events(user(which), 50).await.unwrap());
        assert_eq!(there, here);
    }
    for minutes in [0, 60, 119, 121, 500] {
        let now = sample.created_at + SignedDuration::from_mins(minutes);
        for shard in 0..SHARDS {
            let (mut there, here) =
                (real.due(shard, now, 40).await.unwrap(), fake.due(shard, now, 40).await.unwrap());
            // The world has a payment of its own besides.
            there.retain(|due| !matches!(due, store::DueKey::Payment(id) if *id == sample.id));
            assert_eq!(there, here);
        }
    }
}

fn user(which: usize) -> UserId {
    UserId(i64::try_from(which).unwrap() + 70_000_000_000)
}

fn payment_id(sample: &Payment, which: usize) -> PaymentId {
    PaymentId::derive(sample.created_at, &format!("likeness {which}"))
}

/// Mostly over what is there, sometimes over what is not.
fn decision(sample: &Payment, versions: [u64; 4], rng: &mut Rng) -> Decision {
    let first = rng.usize(0..4);
    let mut which = vec![first];
    if rng.bool() {
        which.push((first + 1) % 4);
    }
    let due = |rng: &mut Rng| -> Option<Timestamp> {
        rng.bool().then(|| sample.created_at + SignedDuration::from_mins(rng.i64(0..300)))
    };
    let records = which.iter().map(|which| {
        let own = Payment {
            id: payment_id(sample, *which),
            user: user(*which),
            next_at: due(rng),
            version: if rng.u8(0..8) == 0 { rng.u64(0..9) } else { versions[*which] },
            ..sample.clone()
        };
        Record::Payment(own)
    });
    let records: Vec<Record> = records.collect();
    let events = (0..rng.usize(0..3)).map(|_| {
        let kind = EventKind::PaymentExpired { payment: payment_id(sample, first) };
        let key = format!("likeness {}", rng.u16(0..400));
        Event::new(user(first), sample.created_at, Actor::System, kind, &key)
    });
    let mut events: Vec<Event> = events.collect();
    events.dedup_by_key(|event| event.id);
    let once = rng.bool().then(|| Once::new(format!("likeness/{}", rng.u8(..)), rng.u8(..).to_string()));
    Decision { once, records, events }
}
