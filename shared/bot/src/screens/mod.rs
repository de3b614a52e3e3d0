//! Every screen of the bot: pure functions from records to a text and its buttons.
//!
//! A screen is built from a [`View`] (language, settings, the present moment) and the records it shows. Wordings are in
//! `locales/`; a function here decides only which of them apply, in which order, and which buttons lead on.

mod alert;
mod balance;
mod checkout;
mod connect;
mod devices;
mod email;
mod gate;
mod gift;
mod help;
mod invite;
mod menu;
mod methods;
mod notice;
mod operator;
mod pace;
mod packages;
mod payment;
mod payments;
mod profile;
mod promo;
mod refund;
mod refusal;
mod renewal;
mod several;
mod share;
mod sheet;
mod subscription;
mod sync;
mod texts;
mod usage;
mod writer;
mod zones;

pub use alert::alert;
pub use balance::{balance, history};
pub use checkout::{Offer, checkout, checkout_for, plans, plans_for};
pub use connect::{guide, guide_of, platforms, platforms_of, qr_caption, qr_caption_of};
pub use devices::{devices, link_replaced, new_link, unlink_all};
pub use email::{ask_email, email, email_answer, email_removal};
pub use gate::{Door, gate};
pub use gift::{gift_found, gift_plans, gift_ready, my_gifts};
pub use help::{help, languages, payments, terms};
pub use invite::invite;
pub use menu::{Greeting, Offers, group_hint, menu};
pub use methods::{forget, methods};
pub use notice::{delivered_letter, notice};
pub use operator::{Call, Case, case, desk, no_such_payment, usage};
pub use pace::{stopped, stopped_alert, too_fast};
pub use packages::packages;
pub use payment::{
    check_result, invoice, pay, received, refunded_charge, subscribe, subscription_invoice, trial_started,
    unmatched,
};
pub use payments::{paid, payments_list};
pub use profile::profile;
pub use promo::{
    applied_code, ask_code, ask_sum, chosen_code, later_code, promo_exists, promo_made, promo_off,
    promo_unknown, promo_usage, promos, wrong_code,
};
pub use refund::{End, ends, refunding};
pub use refusal::alert_key;
pub use renewal::{Outlook, Source, outlook};
pub use several::{ask_name, choose, purpose, subscriptions};
pub use share::share;
pub use sheet::{no_sheet, sheet};
pub use subscription::{Beside, subscription};
pub use sync::{sync, syncs};
pub use texts::{TextCard, ask_text, text_card, text_mistake, text_preview, texts};
pub use writer::{hidden_writer, writer};
pub use zones::zones;

use crate::{
    BotSettings,
    callback::{Button, Own},
    method::{
        CopyText, EditMessageText, InlineButton, InlineKeyboard, LinkPreview, ParseMode, SendMessage, Style,
    },
};
use domain::{Goods, Language, Provider, Terms, UserState, Zone};
use jiff::{Timestamp, tz::TimeZone};
use locale::{Arg, Place, Texts, shorten, shorten_html};
use url::Url;

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Comes back to the bot.
    Press(Button),
    /// Opens an address.
    Open(Url),
    /// Puts this text (1-256 characters) into the clipboard.
    Copy(String),
    /// Pays the invoice it sits on.
    Pay,
}

/// A button with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The label.
    pub label: String,
    /// What it does.
    pub action: Action,
}

/// A text with its buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// Telegram's HTML.
    pub text: String,
    /// Rows of buttons.
    pub keyboard: Vec<Vec<Key>>,
}

impl Screen {
    /// As a new message.
    pub fn message(self, chat_id: i64) -> SendMessage {
        let reply_markup = markup(self.keyboard);
        SendMessage {
            chat_id,
            message_thread_id: None,
            text: shorten_html(self.text, Place::Message.limit()),
            parse_mode: ParseMode::Html,
            link_preview_options: LinkPreview::OFF,
            reply_markup,
        }
    }

    /// In place of what a message shows now.
    pub fn edit(self, chat_id: i64, message_id: i64) -> EditMessageText {
        let reply_markup = markup(self.keyboard);
        EditMessageText {
            chat_id,
            message_id,
            text: shorten_html(self.text, Place::Message.limit()),
            parse_mode: ParseMode::Html,
            link_preview_options: LinkPreview::OFF,
            reply_markup,
        }
    }
}

/// Telegram takes no more buttons under a message, and no longer address behind one, in bytes.
const BUTTONS: usize = 100;
const ADDRESS: usize = 2048;

fn can_be_shown(key: &Key) -> bool {
    !matches!(&key.action, Action::Open(address) if address.as_str().len() > ADDRESS)
}

/// The buttons as the Bot API wants them; `None` if there are none.
pub fn markup(keyboard: Vec<Vec<Key>>) -> Option<InlineKeyboard> {
    let mut left = BUTTONS;
    let row = |row: Vec<Key>| {
        let row: Vec<InlineButton> =
            row.into_iter().filter(can_be_shown).take(left).map(inline_button).collect();
        left -= row.len();
        row
    };
    let rows = keyboard.into_iter().map(row).filter(|row| !row.is_empty());
    let inline_keyboard: Vec<Vec<InlineButton>> = rows.collect();
    (!inline_keyboard.is_empty()).then_some(InlineKeyboard { inline_keyboard })
}

/// Few buttons stand out, or none would.
const fn style(action: &Action) -> Option<Style> {
    match action {
        Action::Press(Button::Trial | Button::Take(_) | Button::Spend(..)) => Some(Style::Success),
        Action::Press(
            Button::ForgetNow(_)
            | Button::UnlinkAllNow(_)
            | Button::NewLinkNow(_)
            | Button::Mine(Own::EmailRemove(true)),
        ) => Some(Style::Danger),
        _ => None,
    }
}

fn inline_button(key: Key) -> InlineButton {
    let style = style(&key.action);
    let (mut callback_data, mut url, mut copy_text, mut pay) = (None, None, None, None);
    match key.action {
        Action::Press(button) => callback_data = Some(button.to_string()),
        Action::Open(address) => url = Some(address.into()),
        Action::Copy(text) => copy_text = Some(CopyText { text }),
        Action::Pay => pay = Some(true),
    }
    let label = shorten(key.label.trim(), Place::Button.limit());
    // Telegram refuses a button without a word.
    let text = if label.is_empty() { "…".to_owned() } else { label };
    InlineButton { text, callback_data, url, pay, copy_text, style }
}

/// For whom a screen is made, and when.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Addresses and the shop's time zone.
    pub settings: &'a BotSettings,
    /// The person's language.
    pub texts: Texts<'a>,
    /// The time zone that the person chose.
    pub zone: Option<Zone>,
    /// Now.
    pub now: Timestamp,
}

impl<'a> View<'a> {
    /// For somebody who speaks `language`.
    pub fn new(settings: &'a BotSettings, language: Language, now: Timestamp) -> Self {
        Self { settings, texts: Texts::over(language, &settings.wording), zone: None, now }
    }

    /// For the owner of `state`.
    pub fn of(settings: &'a BotSettings, state: &UserState, now: Timestamp) -> Self {
        let language = state.user.as_ref().map_or(settings.default_language, |user| user.language);
        let zone = state.user.as_ref().and_then(|user| user.zone);
        Self { zone, ..Self::new(settings, language, now) }
    }

    fn html(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.texts.html(key, args)
    }

    fn date(&self, at: Timestamp) -> String {
        self.texts.date(at, &self.time_zone())
    }

    fn day(&self, at: Timestamp) -> String {
        self.texts.day(at, &self.time_zone())
    }

    /// The person's time zone, or the shop's.
    fn time_zone(&self) -> TimeZone {
        let own = self.zone.and_then(|zone| TimeZone::get(zone.name()).ok());
        own.unwrap_or_else(|| self.settings.time_zone.clone())
    }

    fn press(&self, key: &str, button: impl Into<Button>) -> Key {
        Key { label: self.texts.plain(key, &[]), action: Action::Press(button.into()) }
    }

    fn open(&self, key: &str, url: &Url) -> Key {
        Key { label: self.texts.plain(key, &[]), action: Action::Open(url.clone()) }
    }

    fn support(&self) -> Vec<Key> {
        self.settings.support_link.iter().map(|url| self.open("button-support", url)).collect()
    }

    fn back_to_menu(&self) -> Vec<Key> {
        vec![self.press("button-menu", Button::Menu)]
    }
}

/// Paragraphs with an empty line between them; empty ones are left out.
fn paragraphs(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// Lines of one paragraph.
fn lines(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().collect::<Vec<_>>().join("\n")
}

/// So much of a plan's name is read; more would push the price off its button.
const NAME: usize = 40;

/// The name of a plan as people read it, however long the operator made it.
fn plan_name(view: &View<'_>, terms: &Terms) -> String {
    let name = terms.name.get(view.texts.language()).split_whitespace().collect::<Vec<_>>().join(" ");
    shorten(&name, NAME)
}

/// What was bought, as people read it.
fn goods_name(view: &View<'_>, goods: &Goods) -> String {
    match goods {
        Goods::Plan(terms) => plan_name(view, terms),
        Goods::Gift(order) => {
            view.texts.plain("name-gift", &[("name", plan_name(view, &order.terms).into())])
        }
        Goods::Traffic { bytes, .. } => {
            view.texts.plain("name-traffic", &[("traffic", view.texts.bytes(*bytes).into())])
        }
        Goods::TopUp => view.texts.plain("name-topup", &[]),
        Goods::Method => view.texts.plain("name-method", &[]),
    }
}

/// What people call a provider.
fn provider_name(view: &View<'_>, provider: Provider) -> String {
    let name = match provider {
        Provider::Balance => return view.texts.plain("name-balance", &[]),
        Provider::Yookassa => "YooKassa",
        Provider::Freekassa => "FreeKassa",
        Provider::Robokassa => "Robokassa",
        Provider::Wata => "WATA",
        Provider::Stripe => "Stripe",
        Provider::Paypal => "PayPal",
        Provider::Cryptopay => "Crypto Pay",
        Provider::Stars => "Telegram Stars",
        Provider::Tribute => "Tribute",
    };
    name.to_owned()
}
