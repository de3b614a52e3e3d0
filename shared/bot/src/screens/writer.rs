//! A person as an operator sees them who forwards one of their messages.

use super::{Screen, View, lines, paragraphs, several, subscription};
use domain::{Subscription, UserId, UserState};
use locale::clean_name;

/// Who it is and how their subscriptions stand; of a stranger the id alone.
pub fn writer(view: &View<'_>, id: UserId, state: &UserState) -> Screen {
    let number = id.to_string();
    let text = match &state.user {
        None => view.html("operator-writer-unknown", &[("user", number.into())]),
        Some(user) => {
            let since = view.date(user.registered_at);
            let who = [
                view.html(
                    "operator-buyer",
                    &[("user", number.into()), ("name", clean_name(&user.first_name).into())],
                ),
                view.html("operator-writer-since", &[("date", since.into())]),
            ];
            let told = |own: &Subscription| {
                let which = several::which(view, state, own);
                lines([which, subscription::standing(view, own)].into_iter().filter(|line| !line.is_empty()))
            };
            let held = state.subscriptions.iter().map(told);
            paragraphs([lines(who), paragraphs(held)])
        }
    };
    Screen { text, keyboard: Vec::new() }
}

/// Telegram does not say who wrote it.
pub fn hidden_writer(view: &View<'_>) -> Screen {
    Screen { text: view.html("operator-writer-hidden", &[]), keyboard: Vec::new() }
}
