//! What somebody reads who presses too fast.

use super::{Screen, View};
use jiff::Timestamp;

/// "Wait so many seconds."
pub fn too_fast(view: &View<'_>, seconds: u64) -> Screen {
    Screen { text: view.html("pace-too-fast", &[("count", seconds.into())]), keyboard: Vec::new() }
}

/// "Not before then."
pub fn stopped(view: &View<'_>, until: Timestamp) -> Screen {
    let text = view.html("pace-stopped", &[("date", view.date(until).into())]);
    Screen { text, keyboard: vec![view.support()] }
}

/// The same in a window over the chat.
pub fn stopped_alert(view: &View<'_>, until: Timestamp) -> String {
    view.texts.plain("alert-stopped-for-a-while", &[("date", view.date(until).into())])
}
