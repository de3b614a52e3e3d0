//! What buyers do to their own access: a new link, devices unlinked. Each only so often: who may do it at will can share a
//! link with everybody.

use crate::{
    Actor, Applied, Decision, Event, EventKind, Record, Refusal, Standing, Subscription, hash,
    provisioning::Account, upkeep,
};
use jiff::{SignedDuration, Timestamp};

/// When the buyer did so last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resets {
    /// Took a new link.
    pub link: Option<Timestamp>,
    /// Unlinked a device.
    pub device: Option<Timestamp>,
    /// Unlinked all devices.
    pub devices: Option<Timestamp>,
}

/// What a buyer can do so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// Take a new link: the old one is dead at once.
    Link,
    /// Unlink a device.
    Device,
    /// Unlink all devices.
    Devices,
}

impl Reset {
    /// From one time to the next.
    const fn pause(self) -> SignedDuration {
        match self {
            Self::Link | Self::Devices => SignedDuration::from_hours(24),
            Self::Device => SignedDuration::from_mins(10),
        }
    }
}

impl Resets {
    fn last(&mut self, what: Reset) -> &mut Option<Timestamp> {
        match what {
            Reset::Link => &mut self.link,
            Reset::Device => &mut self.device,
            Reset::Devices => &mut self.devices,
        }
    }

    /// When it may be done again; `None` = now.
    pub fn due(mut self, what: Reset, now: Timestamp) -> Option<Timestamp> {
        let again = self.last(what).and_then(|last| last.checked_add(what.pause()).ok());
        again.filter(|again| *again > now)
    }
}

/// The buyer wants it done: written down before the panel is asked, so that two presses at once do it once.
pub fn begin(subscription: &Subscription, what: Reset, now: Timestamp) -> Result<Decision, Refusal> {
    if subscription.resets.due(what, now).is_some() {
        return Err(Refusal::TooSoon);
    }
    if subscription.standing(now) == Standing::Expired || !subscription.is_delivered() {
        return Err(Refusal::NoSubscription);
    }
    let mut next = subscription.clone();
    *next.resets.last(what) = Some(now);
    if what == Reset::Link {
        doubt(&mut next, true, now);
    }
    let no = next.no;
    let kind = match what {
        Reset::Link => EventKind::LinkReset { no },
        Reset::Device => EventKind::DevicesUnlinked { no, all: false },
        Reset::Devices => EventKind::DevicesUnlinked { no, all: true },
    };
    let key = format!("reset/{}/{no}/{}", next.user, next.version);
    let event = Event::new(next.user, now, Actor::Buyer, kind, &key);
    Ok(Decision { once: None, records: vec![Record::Subscription(next)], events: vec![event] })
}

/// From the wish on the old link counts for nothing: if nobody lives to say what came of it, the alarm clock has delivery
/// fetch the link that works.
fn doubt(subscription: &mut Subscription, dead: bool, now: Timestamp) {
    if let Some(applied) = &mut subscription.applied {
        applied.revoked = dead;
    }
    subscription.next_at = upkeep::next_at(subscription, now);
}

/// The panel did not do it: it may be tried again at once, and the link is as good as before.
pub fn failed(subscription: &Subscription, what: Reset, now: Timestamp) -> Decision {
    let mut next = subscription.clone();
    *next.resets.last(what) = None;
    if what == Reset::Link {
        doubt(&mut next, false, now);
    }
    Decision { once: None, records: vec![Record::Subscription(next)], events: Vec::new() }
}

/// The panel answered with the account and its new link.
pub fn link_replaced(subscription: &Subscription, account: &Account, now: Timestamp) -> Decision {
    let Some(applied) = subscription.there().cloned() else { return Decision::nothing() };
    let mut next = subscription.clone();
    next.applied = Some(Applied {
        link: account.link.clone(),
        panel_id: account.panel_id,
        panel_uuid: account.panel_uuid.clone(),
        revoked: false,
        ..applied
    });
    next.next_at = upkeep::next_at(&next, now);
    Decision { once: None, records: vec![Record::Subscription(next)], events: Vec::new() }
}

/// A short name for a device, for buttons: what the panel tells it apart by is too long for them and nobody's business.
pub fn device_tag(hwid: &str) -> String {
    hash::code(12, &format!("device/{hwid}"))
}
