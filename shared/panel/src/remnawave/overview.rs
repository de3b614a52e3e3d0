//! What plans may name, and how the panel and its servers are.

use super::{Remnawave, loose, wire};
use crate::{Node, PanelError, Squad, Statistics};
use reqwest::Method;
use serde_json::Value;

/// Internal squads, then external ones (from 2.2 on).
pub(super) async fn squads(panel: &Remnawave) -> Result<Vec<Squad>, PanelError> {
    let answer = panel.call(Method::GET, &["internal-squads"], None).await?;
    let mut squads = several(&answer["internalSquads"], "internal squads", |squad| read_squad(squad, false))?;
    match panel.call(Method::GET, &["external-squads"], None).await {
        Ok(answer) => {
            let external = &answer["externalSquads"];
            squads.extend(several(external, "external squads", |squad| read_squad(squad, true))?);
        }
        Err(error) if wire::is_unrouted(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(squads)
}

fn read_squad(squad: &Value, external: bool) -> Option<Squad> {
    Some(Squad {
        id: loose::text(&squad["uuid"])?,
        name: loose::text(&squad["name"])?,
        external,
        members: loose::count(&squad["info"]["membersCount"]),
    })
}

/// The servers.
pub(super) async fn nodes(panel: &Remnawave) -> Result<Vec<Node>, PanelError> {
    let answer = panel.call(Method::GET, &["nodes"], None).await?;
    several(&answer, "nodes", read_node)
}

/// A server, in an answer or in an event.
pub(super) fn read_node(node: &Value) -> Option<Node> {
    Some(Node {
        name: loose::text(&node["name"])?,
        connected: node["isConnected"] == true,
        disabled: node["isDisabled"] == true,
        online: loose::count(&node["usersOnline"]),
    })
}

/// The counts of `system/stats`; a status that nobody has may be missing.
pub(super) async fn statistics(panel: &Remnawave) -> Result<Statistics, PanelError> {
    let answer = panel.call(Method::GET, &["system", "stats"], None).await?;
    let users = &answer["users"];
    let of = |status: &str| loose::count(&users["statusCounts"][status]).unwrap_or_default();
    let accounts = loose::count(&users["totalUsers"])
        .ok_or_else(|| PanelError::Garbage { cause: "no count of users".to_owned() })?;
    Ok(Statistics {
        accounts,
        active: of("ACTIVE"),
        expired: of("EXPIRED"),
        limited: of("LIMITED"),
        disabled: of("DISABLED"),
        online: loose::count(&answer["onlineStats"]["onlineNow"]).unwrap_or_default(),
    })
}

/// The readable ones of a list.
fn several<T>(
    list: &Value,
    what: &'static str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Vec<T>, PanelError> {
    let list = list.as_array().ok_or_else(|| PanelError::Garbage { cause: format!("no list of {what}") })?;
    let read: Vec<_> = list.iter().filter_map(read).collect();
    if read.len() < list.len() {
        tracing::warn!(what, skipped = list.len() - read.len(), "entries that cannot be read are left out");
    }
    Ok(read)
}
