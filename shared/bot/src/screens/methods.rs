//! Saved ways to pay.

use super::{Action, Key, Screen, View, lines, paragraphs, provider_name};
use crate::callback::Button;
use domain::{MethodId, Provider, SavedMethod, UserState};

/// The saved methods: which one renewals take, another instead, none of them any more; and new ones. `binds`: where one
/// can be saved without paying.
pub fn methods(view: &View<'_>, state: &UserState, binds: &[Provider]) -> Screen {
    let saved = state.methods();
    let (list, hint) = if saved.is_empty() {
        (view.html("methods-none", &[]), String::new())
    } else {
        (lines(saved.iter().map(|method| line(view, method))), view.html("methods-hint", &[]))
    };
    let mut keyboard: Vec<Vec<Key>> = saved.iter().map(|method| row(view, method)).collect();
    keyboard.extend(binds.iter().map(|provider| {
        let name = provider_name(view, *provider);
        let label = view.texts.plain("button-bind", &[("provider", name.into())]);
        vec![Key { label, action: Action::Press(Button::Bind(*provider)) }]
    }));
    keyboard.push(vec![
        view.press("button-subscription", Button::Subscription),
        view.press("button-menu", Button::Menu),
    ]);
    Screen { text: paragraphs([view.html("methods-title", &[]), list, hint]), keyboard }
}

/// What the buyer recognises a method by.
pub(super) fn title(view: &View<'_>, method: &SavedMethod) -> String {
    let title = method.title.trim();
    if title.is_empty() { provider_name(view, method.provider) } else { title.to_owned() }
}

fn line(view: &View<'_>, method: &SavedMethod) -> String {
    let key = if method.default { "methods-default" } else { "methods-other" };
    let provider = provider_name(view, method.provider);
    view.html(key, &[("title", title(view, method).into()), ("provider", provider.into())])
}

fn row(view: &View<'_>, method: &SavedMethod) -> Vec<Key> {
    let tick = if method.default { "✅" } else { "⬜️" };
    // A label has room for 64 characters.
    let title: String = title(view, method).chars().take(50).collect();
    let prefer = Key { label: format!("{tick} {title}"), action: Action::Press(Button::Prefer(method.id)) };
    vec![prefer, view.press("button-forget", Button::Forget(method.id))]
}

/// Really? `None` if there is no such method any more.
pub fn forget(view: &View<'_>, state: &UserState, id: MethodId) -> Option<Screen> {
    let method = state.method(id)?;
    let last = state.methods().len() == 1;
    let key = if last { "methods-forget-last" } else { "methods-forget" };
    let keyboard = vec![
        vec![view.press("button-forget-now", Button::ForgetNow(id))],
        vec![view.press("button-back", Button::Methods)],
    ];
    Some(Screen { text: view.html(key, &[("title", title(view, method).into())]), keyboard })
}
