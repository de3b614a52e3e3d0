//! Getting the subscription into an app.

use super::{Action, Key, Screen, View, subscription::running_link};
use crate::{callback::Button, connect::Platform};
use domain::{Subscription, UserState};
use url::Url;

/// Which device, for the primary subscription?
pub fn platforms(view: &View<'_>, state: &UserState) -> Screen {
    platforms_of(view, state.primary(view.now))
}

/// Which device?
pub fn platforms_of(view: &View<'_>, own: Option<&Subscription>) -> Screen {
    let Some(own) = own.filter(|own| running_link(view, own).is_some()) else { return none(view) };
    let key = |platform: Platform| Key {
        label: platform.name().to_owned(),
        action: Action::Press(Button::ConnectToOn(own.no, platform)),
    };
    let mut keyboard: Vec<Vec<Key>> =
        Platform::ALL.chunks(2).map(|row| row.iter().copied().map(key).collect()).collect();
    keyboard.push(vec![view.press("button-qr", Button::QrOf(own.no))]);
    keyboard.push(vec![view.press("button-back", Button::Own(own.no))]);
    Screen { text: view.html("connect-title", &[]), keyboard }
}

/// The apps for `platform` and the primary subscription.
pub fn guide(view: &View<'_>, state: &UserState, platform: Platform) -> Screen {
    guide_of(view, state.primary(view.now), platform)
}

/// The apps for `platform`: where to get each, and one press to add the subscription.
pub fn guide_of(view: &View<'_>, own: Option<&Subscription>, platform: Platform) -> Screen {
    let linked = own.and_then(|own| Some((own, running_link(view, own)?)));
    let Some((own, link)) = linked else { return none(view) };
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
    keyboard.push(vec![
        view.press("button-back", Button::ConnectTo(own.no)),
        view.press("button-menu", Button::Menu),
    ]);
    Screen { text, keyboard }
}

/// What stands below the QR code of the primary subscription, and the link it holds; `None` if there is none.
pub fn qr_caption<'a>(view: &View<'_>, state: &'a UserState) -> Option<(&'a str, Screen)> {
    qr_caption_of(view, state.primary(view.now)?)
}

/// What stands below the QR code, and the link it holds; `None` if there is none.
pub fn qr_caption_of<'a>(view: &View<'_>, own: &'a Subscription) -> Option<(&'a str, Screen)> {
    let link = running_link(view, own)?;
    let keyboard = vec![vec![
        view.press("button-connect", Button::ConnectTo(own.no)),
        view.press("button-menu", Button::Menu),
    ]];
    Some((link, Screen { text: view.html("qr-caption", &[]), keyboard }))
}

fn none(view: &View<'_>) -> Screen {
    let keyboard = vec![vec![view.press("button-subscription", Button::Subscription)], view.back_to_menu()];
    Screen { text: view.html("connect-none", &[]), keyboard }
}
