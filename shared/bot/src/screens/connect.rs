//! Getting the subscription into an app.

use super::{Action, Key, Screen, View, subscription::running_link};
use crate::{callback::Button, connect::Platform};
use domain::UserState;
use url::Url;

/// Which device?
pub fn platforms(view: &View<'_>, state: &UserState) -> Screen {
    if running_link(view, state).is_none() {
        return none(view);
    }
    let key = |platform: Platform| Key {
        label: platform.name().to_owned(),
        action: Action::Press(Button::ConnectOn(platform)),
    };
    let mut keyboard: Vec<Vec<Key>> =
        Platform::ALL.chunks(2).map(|row| row.iter().copied().map(key).collect()).collect();
    keyboard.push(vec![view.press("button-qr", Button::Qr)]);
    keyboard.push(vec![view.press("button-back", Button::Subscription)]);
    Screen { text: view.html("connect-title", &[]), keyboard }
}

/// The apps for `platform`: where to get each, and one press to add the subscription.
pub fn guide(view: &View<'_>, state: &UserState, platform: Platform) -> Screen {
    let Some(link) = running_link(view, state) else { return none(view) };
    let text = view.html("connect-steps", &[("platform", platform.name().into()), ("link", link.into())]);
    let mut keyboard = Vec::new();
    for (app, store) in platform.apps() {
        let args = [("app", app.name().into())];
        let install = Url::parse(store).ok().map(|url| (view.texts.plain("button-install", &args), url));
        let import = app.button_address(link, &view.settings.public_url, view.texts.language());
        let import = import.map(|url| (view.texts.plain("button-import", &args), url));
        let row = [install, import].into_iter().flatten();
        keyboard.push(row.map(|(label, url)| Key { label, action: Action::Open(url) }).collect());
    }
    keyboard.push(vec![view.press("button-back", Button::Connect), view.press("button-menu", Button::Menu)]);
    Screen { text, keyboard }
}

/// What stands below the QR code, and the link it holds; `None` if there is none.
pub fn qr_caption<'a>(view: &View<'_>, state: &'a UserState) -> Option<(&'a str, Screen)> {
    let link = running_link(view, state)?;
    let keyboard =
        vec![vec![view.press("button-connect", Button::Connect), view.press("button-menu", Button::Menu)]];
    Some((link, Screen { text: view.html("qr-caption", &[]), keyboard }))
}

fn none(view: &View<'_>) -> Screen {
    let keyboard = vec![vec![view.press("button-subscription", Button::Subscription)], view.back_to_menu()];
    Screen { text: view.html("connect-none", &[]), keyboard }
}
