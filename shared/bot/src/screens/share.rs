//! What inline mode offers in other chats: a card with a link, which anybody may see.

use super::{Action, Key, Screen, View, invite};
use crate::{
    method::{Article, ArticleKind, LinkPreview, MessageText, ParseMode},
    screens::markup,
};
use domain::ReferralCode;
use locale::{Place, shorten, shorten_html};
use url::Url;

/// The card of somebody with this code, or of a stranger. It says nothing of who sends it but the code.
pub fn share(view: &View<'_>, code: Option<&ReferralCode>) -> Article {
    let shop = || format!("https://t.me/{}", view.settings.bot_username);
    let address = code.map_or_else(shop, |code| invite::link(view, code));
    let (id, title, about) = match code {
        Some(_) => ("own", "inline-title-own", "inline-about-own"),
        None => ("shop", "inline-title", "inline-about"),
    };
    let label = view.texts.plain("button-open-shop", &[]);
    let key = Url::parse(&address).ok().map(|url| Key { label, action: Action::Open(url) });
    let card = Screen { text: view.html("inline-text", &[]), keyboard: vec![key.into_iter().collect()] };
    Article {
        kind: ArticleKind::Article,
        id: format!("{id}-{}", view.texts.language()),
        title: shorten(&view.texts.plain(title, &[]), Place::About.limit()),
        description: shorten(&view.texts.plain(about, &[]), Place::About.limit()),
        input_message_content: MessageText {
            message_text: shorten_html(card.text, Place::Message.limit()),
            parse_mode: ParseMode::Html,
            link_preview_options: LinkPreview::OFF,
        },
        reply_markup: markup(card.keyboard),
    }
}
