//! The end of a schedule: nothing goes wrong any more, everything that is under way arrives, time passes until the clock
//! has nothing to do; then the books are compared.

use crate::{books::Books, life::Life, mail::Letter, plan::Step, rules, stage::Market};
use domain::{Event, EventKind, Payment, PaymentState, Provider, SubscriptionNo};
use jiff::{SignedDuration, Timestamp};

/// So often the clock rings until it must have come to rest: the last look at a stray is a day and a half away.
const ROUNDS: usize = 60;

/// What came of a schedule.
pub struct Outcome {
    pub story: Vec<String>,
    /// Empty: all is well.
    pub wrong: Vec<String>,
    /// Charges that were credited or put on a balance.
    pub credited: usize,
}

/// Plays one schedule.
pub async fn play(market: &Market, seed: u64, steps: &[Step]) -> Outcome {
    fastrand::seed(seed);
    let stage = market.stage(seed);
    let life = Life::new(&stage);
    life.live(steps).await;
    let books = rest(&life).await;
    let mut wrong = std::mem::take(&mut life.notes().wrong);
    wrong.extend(rules::broken(&life, &books));
    let counts =
        |event: &&Event| matches!(event.kind, EventKind::Credited { .. } | EventKind::ToppedUp { .. });
    let credited = books.events.iter().filter(counts).count();
    let mut story = std::mem::take(&mut life.notes().story);
    story.push(format!("{} at rest", stage.now()));
    Outcome { story, wrong, credited }
}

/// Lets everything come to rest.
async fn rest(life: &Life<'_>) -> Books {
    let (stage, clock) = (life.stage, &life.stage.market.clock);
    life.calm();
    life.usual_fates();
    let (saves, refunds) = {
        let notes = life.notes();
        (notes.saves, notes.refunds)
    };
    if saves {
        // Whoever comes later must not be charged for this one.
        drop(stage.shop.set_renewal(&life.buyer, SubscriptionNo::FIRST, false, stage.now()).await);
    }
    if refunds {
        life.settle_refunds(stage.buyer.0 % 2 == 0).await;
    }
    life.settle_cabinets();
    // Slow money arrives within 65 minutes.
    clock.advance(SignedDuration::from_mins(66));
    for round in 0..ROUNDS {
        hand_over(life).await;
        let (due, books) = due(life).await;
        let idle = life.notes().mail.is_empty();
        match due {
            None if idle => {
                return match books {
                    Some(books) => books,
                    None => Books::read(life).await,
                };
            }
            // Once past the time of every order there is one look at each.
            Some(_) if round == 0 => clock.advance(SignedDuration::from_hours(3)),
            Some(at) if at > stage.now() && idle => clock.set(at),
            _ => clock.advance(SignedDuration::from_mins(1)),
        }
        let swept = life.sweep().await;
        life.notes().story.push(format!("{} at rest: {swept}", stage.now()));
        if refunds {
            life.settle_refunds(true).await;
            finish_stars(life).await;
        }
    }
    life.notes().wrong.push("it never comes to rest".to_owned());
    Books::read(life).await
}

/// When the clock has something to do for this buyer's money; and the books, if they had to be read for it.
async fn due(life: &Life<'_>) -> (Option<Timestamp>, Option<Books>) {
    if let Some(memory) = &life.stage.memory {
        return (memory.next_due().and_then(|due| Timestamp::from_second(due).ok()), None);
    }
    let books = Books::read(life).await;
    (books.next_due(), Some(books))
}

/// Everything under way arrives.
async fn hand_over(life: &Life<'_>) {
    life.collect();
    let letters = std::mem::take(&mut life.notes().mail);
    for letter in letters {
        let status = life.post(&letter).await;
        let mut notes = life.notes();
        match status {
            200..=299 => notes.old.push(letter),
            // A provider that is asked too often, or that is not sure yet: it comes again.
            503 => notes.mail.push(letter),
            other => {
                let from = match &letter {
                    Letter::Hook(hook) => hook.provider,
                    Letter::Update(_) => "telegram",
                };
                notes.wrong.push(format!("a genuine notification of {from} was refused: {other}"));
            }
        }
    }
}

/// Refunds in Stars are the bot's call: the operator presses again.
async fn finish_stars(life: &Life<'_>) {
    for id in life.settled().await {
        let payment = life.stage.store().payment(id).await.unwrap();
        let open = |payment: &Payment| {
            payment.provider == Provider::Stars && payment.state == PaymentState::Refunding
        };
        if let Some(payment) = payment.filter(open) {
            life.make_refund(payment).await;
        }
    }
}
