//! Who the shop takes the person for, and where their own things are.

use super::{Screen, View, balance::held, lines, paragraphs, zones};
use crate::callback::{Button, Own};
use domain::{Language, User, UserState};
use locale::clean_name;

/// The profile; `letters`: this shop writes letters.
pub fn profile(view: &View<'_>, state: &UserState, letters: bool) -> Screen {
    let Some(user) = &state.user else {
        return Screen { text: view.html("profile-title", &[]), keyboard: vec![view.back_to_menu()] };
    };
    let code = user.promos.chosen.as_ref();
    let code = code.map(|code| view.html("profile-promo", &[("code", code.as_str().into())]));
    let money =
        [view.html("profile-balance", &[("balance", held(view, state).into())])].into_iter().chain(code);
    let text = paragraphs([
        view.html("profile-title", &[]),
        who(view, user),
        lines(money),
        ways(view, user, letters),
    ]);
    let mut keyboard = vec![
        vec![view.press("button-balance", Button::Balance), view.press("button-payments", Own::Payments(0))],
        vec![view.press("button-methods", Button::Methods), view.press("button-promo", Button::Promo)],
        vec![view.press("button-language", Button::Languages), view.press("button-zone", Own::Zones(None))],
    ];
    let email = letters.then(|| view.press("button-email", Own::Email));
    keyboard.push(email.into_iter().chain([view.press("button-my-gifts", Button::MyGifts)]).collect());
    keyboard.push(view.back_to_menu());
    Screen { text, keyboard }
}

fn who(view: &View<'_>, user: &User) -> String {
    let name = clean_name(&user.first_name);
    let name = if name.is_empty() { view.texts.plain("name-unknown", &[]) } else { name };
    lines([
        view.html("profile-name", &[("name", name.into())]),
        view.html("profile-id", &[("user", user.id.to_string().into())]),
        view.html("profile-since", &[("day", view.day(user.registered_at).into())]),
    ])
}

/// How the shop speaks to them.
fn ways(view: &View<'_>, user: &User, letters: bool) -> String {
    let language = match user.language {
        Language::Ru => "Русский",
        Language::En => "English",
    };
    let language = view.html("profile-language", &[("name", language.into())]);
    let zone = view.html("profile-zone", &[("name", zones::present(view).into())]);
    let email = letters.then(|| super::email::line(view, user));
    lines([language, zone].into_iter().chain(email))
}
