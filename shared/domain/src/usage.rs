//! What a panel tells about the use of a subscription: when the buyer hears of it, and once for what.

use crate::{Actor, Applied, Decision, Event, EventKind, Observed, Once, Record, Subscription, TrafficReset};
use jiff::{SignedDuration, Timestamp};

/// All of the traffic.
pub const ALL: u8 = 100;

/// An account that was made anew connects for the first time again: that is no news to somebody who uses it for longer.
const FIRST_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Something about its use that a buyer wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// So many percent of the traffic are used; with [`ALL`] nothing goes through any more.
    Traffic {
        /// Whole percents, at most [`ALL`].
        percent: u8,
    },
    /// An app connected for the first time.
    FirstConnection,
    /// Nobody has connected yet, long after it was delivered.
    NotConnected,
    /// One more device fetched the subscription.
    DeviceAdded {
        /// What it calls itself; not to be trusted, may be empty.
        device: String,
    },
}

/// News as the panel reported them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What.
    pub news: News,
    /// When the panel said so.
    pub at: Timestamp,
    /// Bytes used in this reset period, if it said that too.
    pub used: Option<u64>,
    /// Within it the same is told once; `None` = the panel names none.
    pub period: Option<String>,
}

impl News {
    const fn name(&self) -> &'static str {
        match self {
            Self::Traffic { .. } => "traffic",
            Self::FirstConnection => "first",
            Self::NotConnected => "unused",
            Self::DeviceAdded { .. } => "device",
        }
    }

    /// It is (still) true of `subscription`, whose entitlement was at `revision` when it was reported.
    pub fn holds(&self, subscription: &Subscription, revision: u64, now: Timestamp) -> bool {
        let Some(applied) = subscription.there().filter(|_| subscription.end > now) else { return false };
        let observed = subscription.observed.as_ref();
        match self {
            Self::Traffic { percent } => {
                let used = u128::from(observed.map_or(0, |observed| observed.used));
                let limit = u128::from(applied.access.traffic_limit);
                revision == subscription.revision && limit > 0 && used * 100 >= limit * u128::from(*percent)
            }
            Self::NotConnected => observed
                .is_none_or(|observed| observed.first_connected_at.is_none() && observed.online_at.is_none()),
            Self::FirstConnection | Self::DeviceAdded { .. } => true,
        }
    }
}

/// The panel reported news of the account that the caller knows to be this subscription's: the buyer is told, once for
/// (kind, subscription, period). Nothing if it is over, moved away, or known to be otherwise by now.
pub fn reported(subscription: &Subscription, report: &Report, now: Timestamp) -> Decision {
    let Some(applied) = subscription.there() else { return Decision::nothing() };
    let next = noticed(subscription, report, now);
    let (user, no, revision) = (next.user, next.no, next.revision);
    let old = subscription.observed.as_ref().and_then(|observed| observed.first_connected_at);
    let stale = report.news == News::FirstConnection
        && old.is_some_and(|first| report.at.duration_since(first) > FIRST_FOR);
    if stale || !report.news.holds(&next, revision, now) {
        return Decision::nothing();
    }
    let what = match &report.news {
        News::Traffic { percent } => {
            let period = report.period.clone().unwrap_or_else(|| period(subscription, applied, report.at));
            format!("{percent}/{revision}/{period}")
        }
        News::FirstConnection => "ever".to_owned(),
        News::NotConnected | News::DeviceAdded { .. } => report.period.clone().unwrap_or_default(),
    };
    let key = format!("use/{user}/{no}/{}/{what}", report.news.name());
    let kind = EventKind::UseReported { no, revision, news: report.news.clone() };
    let event = Event::new(user, now, Actor::Panel, kind, &key);
    let changed = next.observed != subscription.observed;
    let records = changed.then_some(Record::Subscription(next)).into_iter().collect();
    Decision { once: Some(Once::new(key, "told")), records, events: vec![event] }
}

/// The panel counts the traffic anew: `used` bytes at `at`. What was reported before and is not told yet is no longer true.
pub fn counted_anew(subscription: &Subscription, used: u64, at: Timestamp, now: Timestamp) -> Decision {
    let at = at.min(now);
    let Some(observed) = subscription.observed.as_ref().filter(|old| old.at <= at && old.used > used) else {
        return Decision::nothing();
    };
    let observed = Some(Observed { at, used, ..observed.clone() });
    let next = Subscription { observed, ..subscription.clone() };
    Decision { once: None, records: vec![Record::Subscription(next)], events: Vec::new() }
}

/// `subscription` with the figures that the report brought, where they are newer than ours.
fn noticed(subscription: &Subscription, report: &Report, now: Timestamp) -> Subscription {
    let first = report.news == News::FirstConnection;
    if !first && !matches!(report.news, News::Traffic { .. }) {
        return subscription.clone();
    }
    // The panel's clock may be ahead of ours, and figures from the future would count as fresh for long.
    let at = report.at.min(now);
    let nothing = Observed { at, used: 0, first_connected_at: None, online_at: None };
    let mut observed = subscription.observed.clone().unwrap_or(nothing);
    if let Some(used) = report.used.filter(|_| at >= observed.at) {
        (observed.at, observed.used) = (at, used);
    }
    if first {
        observed.first_connected_at.get_or_insert(at);
        observed.online_at = observed.online_at.max(Some(at));
    }
    Subscription { observed: Some(observed), ..subscription.clone() }
}

/// The reset period of a panel that names none: counted from our last confirmation, as the panel counts from its last reset.
fn period(subscription: &Subscription, applied: &Applied, at: Timestamp) -> String {
    let days = match subscription.terms.traffic_reset {
        TrafficReset::NoReset => return "all".to_owned(),
        TrafficReset::Day => 1,
        TrafficReset::Week => 7,
        TrafficReset::Month | TrafficReset::MonthRolling => 30,
    };
    (at.duration_since(applied.at).as_hours() / (24 * days)).to_string()
}
