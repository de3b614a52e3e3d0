//! The channel that people join first.

use super::{Action, Key, Screen, View};
use crate::callback::{Button, Intent};
use url::Url;

/// A channel to join: what it is called and where one joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// `@name`; `None` for a private channel.
    pub name: Option<String>,
    /// Where one joins; `None` if nobody knows.
    pub url: Option<Url>,
}

/// The channels, and the button that checks and leads on to `intent`.
pub fn gate(view: &View<'_>, doors: &[Door], intent: Intent) -> Screen {
    let count = u64::try_from(doors.len()).unwrap_or(u64::MAX);
    let several = doors.iter().filter(|door| door.name.is_none()).count() > 1;
    let mut keyboard: Vec<Vec<Key>> = Vec::new();
    for (index, door) in doors.iter().enumerate() {
        let own = view.texts.plain("name-channel", &[]);
        let own = if several { format!("{own} {}", index + 1) } else { own };
        let name = door.name.clone().unwrap_or(own);
        let label = view.texts.plain("button-channel", &[("name", name.into())]);
        keyboard.extend(door.url.clone().map(|url| vec![Key { label, action: Action::Open(url) }]));
    }
    keyboard.push(vec![view.press("button-joined", Button::Join(intent))]);
    Screen { text: view.html("gate-text", &[("count", count.into())]), keyboard }
}
