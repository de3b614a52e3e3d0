//! Which servers an account may use. A plan names protocols (`vless`: all its inbounds) or single inbounds
//! (`vless:VLESS TCP REALITY`); Marzban keeps keys by protocol (`proxies`) and, by protocol, the tags it leaves out.

use super::{Proxy, wire::User};
use crate::PanelError;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

/// A protocol that an account may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// `vmess`.
    Vmess,
    /// `vless`.
    Vless,
    /// `trojan`.
    Trojan,
    /// `shadowsocks`.
    Shadowsocks,
}

impl Protocol {
    const ALL: [Self; 4] = [Self::Vmess, Self::Vless, Self::Trojan, Self::Shadowsocks];

    /// As Marzban writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vmess => "vmess",
            Self::Vless => "vless",
            Self::Trojan => "trojan",
            Self::Shadowsocks => "shadowsocks",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Not the name of a protocol that Marzban knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Marzban knows vmess, vless, trojan and shadowsocks")]
pub struct UnknownProtocol;

impl FromStr for Protocol {
    type Err = UnknownProtocol;
    fn from_str(text: &str) -> Result<Self, UnknownProtocol> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == text).ok_or(UnknownProtocol)
    }
}

/// Inbound tags by protocol: what `GET /api/inbounds` offers, or what an account has.
pub(super) type Tags = BTreeMap<String, BTreeSet<String>>;

/// Which inbounds of a protocol a plan grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Share {
    All,
    These(BTreeSet<String>),
}

/// What a plan grants, by protocol.
pub(super) type Groups = BTreeMap<Protocol, Share>;

/// Reads a plan's groups.
pub(super) fn parse(squads: &[String]) -> Result<Groups, PanelError> {
    let mut groups = Groups::new();
    for squad in squads {
        let (protocol, tag) =
            squad.split_once(':').map_or((squad.as_str(), None), |(protocol, tag)| (protocol, Some(tag)));
        let protocol = protocol.trim().parse().map_err(|error: UnknownProtocol| PanelError::Refused {
            code: Some("group".to_owned()),
            message: format!("the plan names the group {squad:?}: {error}"),
            status: 422,
        })?;
        let share = groups.entry(protocol).or_insert_with(|| Share::These(BTreeSet::new()));
        match (tag.map(str::trim).filter(|tag| !tag.is_empty()), &mut *share) {
            (None, _) => *share = Share::All,
            (Some(tag), Share::These(tags)) => drop(tags.insert(tag.to_owned())),
            (Some(_), Share::All) => {}
        }
    }
    Ok(groups)
}

/// The fields of a create. `inbounds` is always there: without that key an account gets no server at all; a protocol
/// that is not in it gets all of its own.
pub(super) fn creation(groups: &Groups, settings: &[Proxy]) -> (Value, Value) {
    let proxies: Map<_, _> =
        groups.keys().map(|protocol| (protocol.to_string(), new_proxy(*protocol, settings))).collect();
    let inbounds: Map<_, _> = groups
        .iter()
        .filter_map(|(protocol, share)| match share {
            Share::All => None,
            Share::These(tags) => Some((protocol.to_string(), json!(tags))),
        })
        .collect();
    (Value::Object(proxies), Value::Object(inbounds))
}

fn new_proxy(protocol: Protocol, settings: &[Proxy]) -> Value {
    let mut proxy = json!({});
    let Some(known) = settings.iter().find(|known| known.protocol == protocol) else { return proxy };
    if let (Some(flow), Protocol::Vless | Protocol::Trojan) = (&known.flow, protocol) {
        proxy["flow"] = json!(flow);
    }
    if let (Some(method), Protocol::Shadowsocks) = (&known.method, protocol) {
        proxy["method"] = json!(method);
    }
    proxy
}

/// What has to be sent so that the account has what the plan grants.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Difference {
    /// All proxies, those that are there with their keys unchanged; only if one has to be added.
    pub(super) proxies: Option<Value>,
    /// Of the protocols that differ; empty = none does.
    pub(super) inbounds: Map<String, Value>,
}

/// Does the comparison need to know what the panel offers? An account that leaves out no inbound has all; one that
/// does may leave out only inbounds that are gone from the panel.
pub(super) fn needs_offer(user: &User, groups: &Groups) -> bool {
    groups.iter().any(|(protocol, share)| {
        *share == Share::All
            && user.excluded_inbounds.get(protocol.name()).is_some_and(|excluded| !excluded.is_empty())
    })
}

/// Compares. A protocol that the plan does not grant keeps its keys and loses its inbounds, so that nothing changes
/// for the apps if it is granted again.
pub(super) fn compare(user: &User, groups: &Groups, offer: &Tags, settings: &[Proxy]) -> Difference {
    let mut difference = Difference::default();
    let none = BTreeSet::new();
    let mut proxies = user.proxies.clone();
    for (protocol, share) in groups {
        let name = protocol.name();
        let missing = !user.proxies.contains_key(name);
        if missing {
            proxies.insert(name.to_owned(), new_proxy(*protocol, settings));
        }
        let there = user.inbounds.get(name).unwrap_or(&none);
        let wanted = match share {
            Share::These(tags) => Some(tags),
            Share::All if missing || !needs_offer(user, &Groups::from([(*protocol, Share::All)])) => None,
            Share::All => offer.get(name),
        };
        if let Some(wanted) = wanted.filter(|wanted| *wanted != there) {
            difference.inbounds.insert(name.to_owned(), json!(wanted));
        }
    }
    for (name, there) in &user.inbounds {
        let granted = name.parse().is_ok_and(|protocol: Protocol| groups.contains_key(&protocol));
        if !granted && !there.is_empty() {
            difference.inbounds.insert(name.clone(), json!([]));
        }
    }
    if proxies.len() > user.proxies.len() {
        difference.proxies = Some(Value::Object(proxies));
    }
    difference
}

/// What an account has, in a plan's words.
pub(super) fn granted(user: &User) -> Vec<String> {
    let mut names = Vec::new();
    for (protocol, tags) in &user.inbounds {
        let all = user.excluded_inbounds.get(protocol).is_none_or(BTreeSet::is_empty);
        if all && !tags.is_empty() {
            names.push(protocol.clone());
        } else {
            names.extend(tags.iter().map(|tag| format!("{protocol}:{tag}")));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(names: &[&str]) -> Groups {
        parse(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    fn user(inbounds: &Value, excluded: &Value) -> User {
        let proxies: Map<_, _> = inbounds
            .as_object()
            .unwrap()
            .keys()
            .map(|name| (name.clone(), json!({"id": "1", "flow": ""})))
            .collect();
        serde_json::from_value(json!({
            "username": "tg_7_1", "status": "active", "data_limit_reset_strategy": "no_reset", "used_traffic": 0,
            "created_at": "2026-11-20T20:40:36", "subscription_url": "/sub/x", "proxies": proxies,
            "inbounds": inbounds, "excluded_inbounds": excluded,
        }))
        .unwrap()
    }

    #[test]
    fn a_plan_names_protocols_and_inbounds() {
        let read = groups(&["vless:B", "vless:A", "trojan:X", "trojan", "shadowsocks: Shadowsocks TCP "]);
        let tags = |names: &[&str]| Share::These(names.iter().map(|name| (*name).to_owned()).collect());
        let expected = Groups::from([
            (Protocol::Vless, tags(&["A", "B"])),
            (Protocol::Trojan, Share::All),
            (Protocol::Shadowsocks, tags(&["Shadowsocks TCP"])),
        ]);
        assert_eq!(read, expected);
        let error = parse(&["f94b10f8-561c-4c60-afbb-2647d6008ca8".to_owned()]).unwrap_err();
        assert_eq!((error.retry(), error.is_outage()), (crate::Retry::Never, false));
    }

    #[test]
    fn a_create_always_says_which_inbounds() {
        let settings = [Proxy {
            protocol: Protocol::Vless,
            flow: Some("xtls-rprx-vision".to_owned()),
            method: Some("none".to_owned()),
        }];
        let (proxies, inbounds) = creation(&groups(&["vless:A", "trojan"]), &settings);
        assert_eq!(proxies, json!({"vless": {"flow": "xtls-rprx-vision"}, "trojan": {}}));
        assert_eq!(inbounds, json!({"vless": ["A"]}));
        assert_eq!(creation(&groups(&["trojan"]), &[]).1, json!({}));
    }

    #[test]
    fn only_what_differs_is_sent() {
        let offer = Tags::from([("vless".to_owned(), BTreeSet::from(["A".to_owned(), "B".to_owned()]))]);
        let compare = |user: &User, names: &[&str]| super::compare(user, &groups(names), &offer, &[]);
        let none = json!({});
        let full = user(&json!({"vless": ["A", "B"]}), &json!({"vless": []}));
        assert_eq!(compare(&full, &["vless"]), Difference::default());
        assert_eq!(compare(&full, &["vless:B", "vless:A"]), Difference::default());
        assert_eq!(Value::Object(compare(&full, &["vless:A"]).inbounds), json!({"vless": ["A"]}));
        // Left out is only an inbound that the panel no longer has.
        let stale = user(&json!({"vless": ["A", "B"]}), &json!({"vless": ["gone"]}));
        assert_eq!(compare(&stale, &["vless"]), Difference::default());
        let part = user(&json!({"vless": ["A"]}), &json!({"vless": ["B"]}));
        assert_eq!(Value::Object(compare(&part, &["vless"]).inbounds), json!({"vless": ["A", "B"]}));
        let other = compare(&full, &["vless", "trojan"]);
        let both = json!({"vless": {"id": "1", "flow": ""}, "trojan": {}});
        assert_eq!((other.proxies, Value::Object(other.inbounds)), (Some(both), none));
        let swapped = compare(&full, &["trojan:X"]);
        assert_eq!(Value::Object(swapped.inbounds), json!({"trojan": ["X"], "vless": []}));
    }

    #[test]
    fn an_account_is_told_in_a_plans_words() {
        let user = user(
            &json!({"trojan": [], "vless": ["A"], "vmess": ["M"]}),
            &json!({"vless": ["B"], "vmess": []}),
        );
        assert_eq!(granted(&user), ["vless:A", "vmess"]);
    }
}
