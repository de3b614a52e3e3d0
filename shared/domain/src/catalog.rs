//! The window: which plans are for sale, in which order.

use crate::{Actor, Decision, Event, EventKind, Plan, PlanId, Record};
use jiff::Timestamp;

/// The plans a buyer sees, in the operator's order.
pub fn visible(plans: &[Plan]) -> Vec<&Plan> {
    let mut shown: Vec<&Plan> = plans.iter().filter(|plan| plan.visible && !plan.prices.is_empty()).collect();
    shown.sort_by(|a, b| (a.order, &a.terms.plan).cmp(&(b.order, &b.terms.plan)));
    shown
}

/// The plan `id`, if it is for sale.
pub fn find<'a>(plans: &'a [Plan], id: &PlanId) -> Option<&'a Plan> {
    visible(plans).into_iter().find(|plan| plan.terms.plan == *id)
}

/// Fills an empty window from the settings.
pub fn seed(plans: &[Plan], now: Timestamp) -> Decision {
    let ids = plans.iter().map(|plan| plan.terms.plan.clone()).collect();
    let event = Event::of_shop(now, Actor::System, EventKind::PlansSeeded { plans: ids }, "seed");
    let records = plans.iter().cloned().map(|plan| Record::Plan(Plan { version: 0, ..plan })).collect();
    Decision { once: None, records, events: vec![event] }
}
