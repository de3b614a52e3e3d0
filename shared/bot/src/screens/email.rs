//! The e-mail address: which it is, whose code is waited for, what letters go there.

use super::{Key, Screen, View, paragraphs};
use crate::callback::{Button, Own};
use domain::{
    User, UserState,
    email::{Answered, Asked},
};
use shop::email::Typed;

fn cancel(view: &View<'_>) -> Vec<Key> {
    vec![view.press("button-cancel", Button::Cancel)]
}

fn back(view: &View<'_>) -> Vec<Key> {
    vec![view.press("button-back", Own::Profile)]
}

/// One line of the profile.
pub(super) fn line(view: &View<'_>, user: &User) -> String {
    let Some(email) = &user.email else { return view.html("email-line-none", &[]) };
    let key = if user.letters.refused {
        "email-line-refused"
    } else if user.letters.off {
        "email-line-off"
    } else {
        "email-line"
    };
    view.html(key, &[("email", email.masked().into())])
}

/// The address and what can be done about it.
pub fn email(view: &View<'_>, state: &UserState) -> Screen {
    let user = state.user.as_ref();
    let known = user.filter(|user| user.email.is_some());
    let line = user.map(|user| line(view, user)).unwrap_or_default();
    let about = match known {
        None => "email-about",
        Some(user) if user.letters.refused => "email-about-refused",
        Some(user) if user.letters.off => "email-about-off",
        Some(_) => "email-about-on",
    };
    let text = paragraphs([view.html("email-title", &[]), line, view.html(about, &[])]);
    let mut keyboard = Vec::new();
    if let Some(user) = known {
        let (key, on) =
            if user.letters.off { ("button-letters-on", true) } else { ("button-letters-off", false) };
        keyboard.push(vec![view.press(key, Own::Letters(on))]);
        keyboard.push(vec![
            view.press("button-email-change", Own::EmailAsk),
            view.press("button-forget", Own::EmailRemove(false)),
        ]);
    } else {
        keyboard.push(vec![view.press("button-email-add", Own::EmailAsk)]);
    }
    keyboard.push(back(view));
    Screen { text, keyboard }
}

/// "Send the address."
pub fn ask_email(view: &View<'_>) -> Screen {
    Screen { text: view.html("email-ask", &[]), keyboard: vec![cancel(view)] }
}

/// "Really take it off?"
pub fn email_removal(view: &View<'_>, state: &UserState) -> Screen {
    let masked = state.user.as_ref().and_then(|user| user.email.as_ref()).map(domain::Email::masked);
    let text = view.html("email-removal", &[("email", masked.unwrap_or_default().into())]);
    let yes = view.press("button-forget-now", Own::EmailRemove(true));
    Screen { text, keyboard: vec![vec![yes], vec![view.press("button-back", Own::Email)]] }
}

/// What came of an address or a code. Nothing in it depends on whether the address exists or whose it is.
pub fn email_answer(view: &View<'_>, state: &UserState, typed: &Typed) -> Screen {
    let waiting = state.proof(view.now).map(|proof| proof.email.masked());
    let address = || ("email", waiting.clone().unwrap_or_default().into());
    let again = vec![view.press("button-code-again", Own::EmailAgain)];
    let text = match typed {
        Typed::Unreadable if waiting.is_some() => view.html("email-code-form", &[]),
        Typed::Unreadable => view.html("email-wrong", &[]),
        Typed::Address(Asked::Sent) => view.html("email-code-sent", &[address()]),
        Typed::Address(Asked::TooSoon) => view.html("email-too-soon", &[]),
        Typed::Address(Asked::TooMany) => view.html("email-too-many", &[]),
        Typed::Code(Answered::Confirmed) => view.html("email-confirmed", &[]),
        Typed::Code(Answered::Wrong(left)) => {
            view.html("email-code-wrong", &[("count", u64::from(*left).into())])
        }
        Typed::Code(Answered::Spent) => view.html("email-code-spent", &[]),
        Typed::Code(Answered::Late) => view.html("email-code-late", &[]),
    };
    let over = vec![vec![view.press("button-email", Own::Email)], back(view)];
    let keyboard = match typed {
        Typed::Code(Answered::Confirmed | Answered::Spent | Answered::Late) => over,
        Typed::Unreadable if waiting.is_none() => vec![cancel(view)],
        Typed::Address(_) if waiting.is_none() => over,
        _ => vec![again, cancel(view)],
    };
    Screen { text, keyboard }
}
