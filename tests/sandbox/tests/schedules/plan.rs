//! What happens in a schedule: a list of steps, drawn from a seed before anything runs, so that a list can be printed,
//! repeated, and shortened while it still fails. A step picks "the n-th order, if there is one": every list makes sense.

use fastrand::Rng;

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The buyer chooses a plan (the n-th).
    Choose { plan: usize, use_balance: bool, save: bool },
    /// The buyer wants to put the n-th sum on the balance.
    TopUp(usize),
    /// The buyer presses "pay": through this schedule's provider, or (`Some`) the n-th of all.
    Open(Option<usize>),
    /// The buyer takes the plan as a subscription in Stars, or goes to a page of Tribute's.
    Subscribe(usize),
    /// Something happens to the n-th order at the provider.
    Act(usize, Deed),
    /// The provider's notifications that are under way arrive: all, or one of them; shuffled; each so many times.
    Deliver { one: bool, shuffle: u64, times: usize },
    /// A notification that arrived long ago arrives again.
    Repeat(usize),
    /// "I have paid", about the n-th payment.
    Check(usize),
    /// The browser comes back from the page of the n-th payment.
    Return(usize),
    /// The sweeper's round.
    Sweep,
    /// So many minutes pass.
    Wait(i64),
    /// Days pass: until the renewal is due, or the end is over.
    Month,
    /// The provider's calls go wrong.
    Fault { fault: Fault, call: u32, operation: Option<&'static str> },
    /// The table does the work of so many writes and its answers are lost.
    LoseWrites(u32),
    /// So many writes meet another transaction.
    CrossWrites(u32),
    /// All is well again.
    Calm,
    /// The buyer pays the open offer from the balance.
    Spend(usize),
    /// An operator sends money of the n-th payment back.
    Refund { payment: usize, part: u8, to_balance: bool, time: usize, make: bool },
    /// An operator lets held money count.
    Release { payment: usize, as_ordered: bool },
    /// What becomes of the refunds and charges that the shop orders next.
    Fate(Fate),
    /// The buyer turns the renewal on or off, or removes the saved method.
    Renewal(u8),
    /// A stranger tries something.
    Stranger(usize, usize),
    /// All of this at once.
    Together(Vec<Step>),
}

/// What happens to an order at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Pay,
    PayAndRepeat,
    PayAgain,
    PayLate,
    PayOther(i64),
    PaySilently,
    Cancel,
    /// This many of ten parts of what is left go back.
    Refund(u8),
    Dispute,
}

/// How a call to the provider goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Unauthorized,
    TooMany,
    Unavailable,
    BadGateway,
    LostRequest,
    LostAnswer,
}

/// What becomes of refunds and charges that the shop orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Refunds wait until they are settled.
    Waits,
    /// Those that wait arrive.
    Arrives,
    /// The next refund fails, or those that wait do.
    Fails,
    /// Charges of saved methods are declined.
    Declines,
    /// The saved method was taken back.
    Revoked,
}

/// Which steps of a kind of schedule there are, and how often: `(weight, draw)`.
type Menu = [(u32, fn(&mut Rng) -> Step)];

const LIFE: &Menu = &[
    (3, choose),
    (2, |rng| Step::TopUp(rng.usize(0..5))),
    (5, |_| Step::Open(None)),
    (2, |rng| Step::Open(Some(rng.usize(0..12)))),
    (1, |rng| Step::Subscribe(rng.usize(0..4))),
    (10, act),
    (7, deliver),
    (2, |rng| Step::Repeat(rng.usize(0..8))),
    (4, |rng| Step::Check(rng.usize(0..4))),
    (3, |rng| Step::Return(rng.usize(0..4))),
    (5, |_| Step::Sweep),
    (5, |rng| Step::Wait(rng.i64(1..90))),
    (1, |_| Step::Month),
    (6, fault),
    (1, |rng| Step::LoseWrites(rng.u32(1..3))),
    (1, |rng| Step::CrossWrites(rng.u32(1..4))),
    (3, |_| Step::Calm),
    (2, |rng| Step::Spend(rng.usize(0..3))),
    (4, refund),
    (2, |rng| Step::Release { payment: rng.usize(0..4), as_ordered: rng.bool() }),
    (2, fate),
    (1, |rng| Step::Renewal(rng.u8(0..3))),
    (3, |rng| Step::Stranger(rng.usize(0..8), rng.usize(0..8))),
    (7, together),
];

/// What may happen at once.
const AT_ONCE: &Menu = &[
    (4, |_| Step::Open(None)),
    (2, |rng| Step::Open(Some(rng.usize(0..12)))),
    (8, deliver),
    (4, |rng| Step::Repeat(rng.usize(0..8))),
    (5, |rng| Step::Check(rng.usize(0..3))),
    (5, |rng| Step::Return(rng.usize(0..3))),
    (5, |_| Step::Sweep),
    (2, |rng| Step::Spend(rng.usize(0..3))),
    (2, refund),
    (1, choose),
];

/// The steps of a seed: an offer, an order, mostly a payment and its news, and anything in between and after.
pub fn steps(seed: u64) -> Vec<Step> {
    let mut rng = Rng::with_seed(seed);
    let mut core = Vec::new();
    core.push(if rng.u8(0..4) == 0 { Step::TopUp(rng.usize(0..5)) } else { choose(&mut rng) });
    core.push(match rng.u8(0..10) {
        0..=1 => Step::Subscribe(rng.usize(0..4)),
        2 => Step::Together(vec![Step::Open(None), Step::Open(None)]),
        _ => Step::Open(None),
    });
    if rng.u8(0..5) != 0 {
        core.push(Step::Act(0, payment(&mut rng)));
    }
    if rng.u8(0..3) != 0 {
        core.push(deliver(&mut rng));
    }
    let mut steps = Vec::new();
    let extras = rng.usize(2..9);
    let places: Vec<usize> = (0..extras).map(|_| rng.usize(0..=core.len() + 1)).collect();
    for at in 0..=core.len() + 1 {
        steps.extend(places.iter().filter(|place| **place == at).map(|_| draw(LIFE, &mut rng)));
        steps.extend(core.get(at).cloned());
    }
    steps
}

fn draw(menu: &Menu, rng: &mut Rng) -> Step {
    let mut left = rng.u32(0..menu.iter().map(|(weight, _)| weight).sum());
    for (weight, step) in menu {
        if left < *weight {
            return step(rng);
        }
        left -= weight;
    }
    Step::Sweep
}

fn choose(rng: &mut Rng) -> Step {
    Step::Choose { plan: rng.usize(0..2), use_balance: rng.bool(), save: rng.bool() }
}

fn payment(rng: &mut Rng) -> Deed {
    match rng.u8(0..16) {
        0..=8 => Deed::Pay,
        9..=11 => Deed::PayAndRepeat,
        12..=13 => Deed::PayLate,
        14 => Deed::PaySilently,
        _ => Deed::PayOther(rng.i64(1..200_000)),
    }
}

fn act(rng: &mut Rng) -> Step {
    let deed = match rng.u8(0..20) {
        0..=7 => payment(rng),
        8..=10 => Deed::PayAgain,
        11 => Deed::Cancel,
        12..=17 => Deed::Refund(rng.u8(1..11)),
        _ => Deed::Dispute,
    };
    Step::Act(rng.usize(0..3), deed)
}

fn deliver(rng: &mut Rng) -> Step {
    let times = if rng.u8(0..4) == 0 { rng.usize(2..4) } else { 1 };
    Step::Deliver { one: rng.u8(0..3) == 0, shuffle: rng.u64(..), times }
}

fn fault(rng: &mut Rng) -> Step {
    let fault = match rng.u8(0..8) {
        0 => Fault::Unauthorized,
        1 => Fault::TooMany,
        2 => Fault::Unavailable,
        3 => Fault::BadGateway,
        4..=5 => Fault::LostRequest,
        _ => Fault::LostAnswer,
    };
    let operation = if rng.u8(0..6) == 0 { Some("refund") } else { None };
    Step::Fault { fault, call: rng.u32(1..4), operation }
}

fn refund(rng: &mut Rng) -> Step {
    Step::Refund {
        payment: rng.usize(0..4),
        part: if rng.bool() { 10 } else { rng.u8(1..10) },
        to_balance: rng.u8(0..3) == 0,
        time: rng.usize(0..3),
        make: rng.u8(0..4) != 0,
    }
}

fn fate(rng: &mut Rng) -> Step {
    Step::Fate(match rng.u8(0..8) {
        0..=2 => Fate::Waits,
        3 => Fate::Arrives,
        4..=5 => Fate::Fails,
        6 => Fate::Declines,
        _ => Fate::Revoked,
    })
}

fn together(rng: &mut Rng) -> Step {
    let count = rng.usize(2..5);
    Step::Together((0..count).map(|_| draw(AT_ONCE, rng)).collect())
}
