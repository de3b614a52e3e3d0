//! Sending money back: where to, and what becomes of the time, shown before it is done.

use super::{Action, Key, Screen, View, lines, paragraphs};
use crate::callback::{Button, Desk, Refund};
use domain::{
    Goods, Money, Payment, PaymentState, Record, Refusal, TimePolicy, UserId, UserState,
    refund::{self, Target},
};
use jiff::Timestamp;
use payments::Refunds;

/// What a policy would do to the subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// The policy.
    pub time: TimePolicy,
    /// When the subscription would end; `None` if there is none.
    pub end: Option<Timestamp>,
    /// How much traffic it would have; told of a traffic package.
    pub traffic: Option<u64>,
}

/// The end of the subscription under each policy, if `amount` of `payment` went back at `now`. Decided by the same
/// function that will decide the refund; to the balance, because only then the time is cut at once.
pub fn ends(
    state: &UserState,
    payment: &Payment,
    amount: Money,
    operator: UserId,
    now: Timestamp,
) -> Result<[End; 3], Refusal> {
    let mut ends = TimePolicy::ALL.map(|time| End { time, end: None, traffic: None });
    for preview in &mut ends {
        let asked = (amount, Target::Balance, preview.time);
        let (_, decision) = refund::request(state, payment, asked, operator, now)?;
        let changed = decision.records.iter().find_map(|record| match record {
            Record::Subscription(subscription) => Some(subscription),
            _ => None,
        });
        let after = changed.or_else(|| state.subscription(payment.no));
        preview.end = after.map(|after| after.end);
        let package = matches!(payment.goods, Goods::Traffic { .. });
        preview.traffic = after.filter(|_| package).map(domain::Subscription::allowance);
    }
    Ok(ends)
}

/// The choice of target and time for `amount` of `payment`.
pub fn refunding(
    view: &View<'_>,
    (payment, to_payer): (&Payment, Refunds),
    amount: Money,
    ends: &[End; 3],
) -> Screen {
    let price = view.texts.money(amount);
    let number = payment.id.to_string();
    let title = view.html("refund-title", &[("price", price.into()), ("payment", number.into())]);
    let targets = targets(payment, to_payer, amount);
    let changes = ends.iter().any(|end| (end.end, end.traffic) != (ends[0].end, ends[0].traffic));
    let (shown, times) = if changes {
        (&ends[..], lines(ends.iter().map(|end| told(view, *end))))
    } else {
        (&ends[..1], view.html("refund-time-untouched", &[]))
    };
    let payer = if targets.contains(&Target::Payer) { String::new() } else { by_hand(view, to_payer) };
    let choices = shown.iter().map(|end| {
        targets
            .iter()
            .filter_map(|target| choice(view, payment, amount, (*target, end.time, changes)))
            .collect()
    });
    let mut keyboard: Vec<Vec<Key>> = choices.collect();
    keyboard.push(vec![view.press("button-back", Button::Desk(Desk::Payment(payment.id)))]);
    Screen { text: paragraphs([title, times, payer]), keyboard }
}

/// Where `amount` can go. A top-up that counted is on the balance already.
fn targets(payment: &Payment, to_payer: Refunds, amount: Money) -> Vec<Target> {
    let payer = match to_payer {
        Refunds::Partial => true,
        Refunds::Full => payment.received == Some(amount) && payment.refunded == 0,
        Refunds::Never => false,
    };
    let balance = payment.goods != Goods::TopUp || payment.state == PaymentState::Held;
    [(payer, Target::Payer), (balance, Target::Balance)]
        .into_iter()
        .filter_map(|(possible, target)| possible.then_some(target))
        .collect()
}

fn by_hand(view: &View<'_>, to_payer: Refunds) -> String {
    view.html(if to_payer == Refunds::Full { "refund-whole-only" } else { "refund-by-hand" }, &[])
}

fn told(view: &View<'_>, End { time, end, traffic }: End) -> String {
    if let Some(bytes) = traffic {
        let key = match time {
            TimePolicy::Keep => "refund-keep-traffic",
            TimePolicy::Cut => "refund-cut-traffic",
            TimePolicy::End => "refund-end-traffic",
        };
        return view.html(key, &[("traffic", view.texts.bytes(bytes).into())]);
    }
    let date = end.map_or_else(|| "-".to_owned(), |end| view.date(end));
    let key = match time {
        TimePolicy::Keep => "refund-keep",
        TimePolicy::Cut => "refund-cut",
        TimePolicy::End => "refund-end",
    };
    view.html(key, &[("date", date.into())])
}

fn choice(
    view: &View<'_>,
    payment: &Payment,
    amount: Money,
    (target, time, changes): (Target, TimePolicy, bool),
) -> Option<Key> {
    let key = match target {
        Target::Payer => "button-refund-payer",
        Target::Balance => "button-refund-balance",
    };
    let what = if changes { time.name() } else { "only" };
    let refund = Refund {
        payment: payment.id,
        minor: u64::try_from(amount.minor).ok()?,
        target,
        time,
        version: u32::try_from(payment.version).ok()?,
    };
    let label = view.texts.plain(key, &[("time", what.into())]);
    Some(Key { label, action: Action::Press(Button::Desk(Desk::Refund(refund))) })
}
