//! What a button carries: a verb and the ids it speaks of, never a price or a right. The one sum there is, of an
//! operator's refund, is validated again against the payment.
//!
//! Written as `1:verb:argument…`, at most 64 bytes (Telegram's limit). The leading number is the version of this
//! codec: buttons of older messages stay on people's screens for years and must be recognised as old, not misread.

mod codes;
mod intent;
mod own;
mod texts;

use codes::{choice_code, choice_of, release_code, target_code, time_code};
pub use intent::Intent;
pub use own::Own;
pub use texts::{TextDesk, Words};

use crate::connect::Platform;
use domain::{
    Currency, GiftCode, Language, MethodId, PackageId, PanelId, PaymentId, PlanId, Provider, QuoteId,
    SubscriptionNo, TimePolicy, checkout::Choice, credit::Release, refund::Target, sync::Depth,
};
use jiff::civil::Date;
use std::{fmt, str::FromStr};
use thiserror::Error;

const VERSION: &str = "1";

/// Telegram's limit for callback data, in bytes.
pub const LONGEST: usize = 64;

/// A button that this version of the bot did not make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a button of another version, or a forged one")]
pub struct Stale;

/// A button of the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Button {
    /// The main menu.
    Menu,
    /// Start the trial.
    Trial,
    /// The plans for sale.
    Plans,
    /// Freeze an offer of this plan, with what was chosen about it before.
    Plan(PlanId),
    /// Freeze an offer of this plan with this choice.
    Choose(PlanId, Choice),
    /// The plans to give to somebody.
    Gifts,
    /// Freeze an offer of this plan as a gift, with what was chosen about it before.
    Gift(PlanId),
    /// Freeze an offer of this plan as a gift, from the balance or not.
    ChooseGift(PlanId, bool),
    /// The gifts that one gave.
    MyGifts,
    /// Take the gift behind this code. Whoever knows it may.
    Take(GiftCode),
    /// The plans for sale, for this subscription; a number that the buyer does not have yet is a new one.
    PlansFor(SubscriptionNo),
    /// Freeze an offer of this plan for this subscription.
    PlanFor(SubscriptionNo, PlanId),
    /// Freeze an offer of this plan for this subscription with this choice.
    ChooseFor(SubscriptionNo, PlanId, Choice),
    /// The traffic packages for this subscription.
    Packages(SubscriptionNo),
    /// Freeze an offer of this package for this subscription; with this choice, or what was chosen before.
    Package(SubscriptionNo, PackageId, Option<Choice>),
    /// The open offer again.
    Offer(QuoteId),
    /// Take this offer through this provider.
    Pay(QuoteId, Provider),
    /// Take it wholly from the balance in this currency.
    Spend(QuoteId, Currency),
    /// Take it as a subscription in Stars.
    Subscribe(QuoteId),
    /// "I have paid."
    Check(PaymentId),
    /// The balance.
    Balance,
    /// Offer to put the sum of this place in the list on the balance.
    TopUp(u8),
    /// Ask for another sum in this currency.
    OtherSum(Currency),
    /// Ask for a promo code.
    Promo,
    /// Take the chosen promo code off.
    ForgetPromo,
    /// Nothing of what was asked.
    Cancel,
    /// Invite friends.
    Invite,
    /// What was paid and came back.
    History,
    /// Saved ways to pay.
    Methods,
    /// Let renewals take this method.
    Prefer(MethodId),
    /// Ask whether to remove this method.
    Forget(MethodId),
    /// Remove it.
    ForgetNow(MethodId),
    /// Save a method of this provider without paying.
    Bind(Provider),
    /// Turn the charge before the end on or off.
    Renew(SubscriptionNo, bool),
    /// Stop the subscription in Stars.
    StopStars(SubscriptionNo),
    /// My subscription.
    Subscription,
    /// One of my subscriptions.
    Own(SubscriptionNo),
    /// Let this subscription be the one that is meant.
    MakePrimary(SubscriptionNo),
    /// Ask for a name of this subscription.
    Rename(SubscriptionNo),
    /// Give this subscription its default name back.
    Unname(SubscriptionNo),
    /// The connect guide of a subscription: choose a platform.
    ConnectTo(SubscriptionNo),
    /// The connect guide of a subscription for a platform.
    ConnectToOn(SubscriptionNo, Platform),
    /// The link of a subscription as a QR code.
    QrOf(SubscriptionNo),
    /// The connect guide: choose a platform.
    Connect,
    /// The connect guide of a platform.
    ConnectOn(Platform),
    /// The devices of a subscription.
    Devices(SubscriptionNo),
    /// Unlink the device with this tag (`domain::reset::device_tag`).
    Unlink(SubscriptionNo, String),
    /// Unlink all devices: really?
    UnlinkAll(SubscriptionNo),
    /// Unlink all devices.
    UnlinkAllNow(SubscriptionNo),
    /// A new link: really?
    NewLink(SubscriptionNo),
    /// A new link.
    NewLinkNow(SubscriptionNo),
    /// The link as a QR code.
    Qr,
    /// Help.
    Help,
    /// Choose a language.
    Languages,
    /// Speak this language.
    Speak(Language),
    /// "I have subscribed": look again, and go on.
    Join(Intent),
    /// The person's own: profile, payments, time zone, e-mail address.
    Mine(Own),
    /// For operators.
    Desk(Desk),
}

impl From<Own> for Button {
    fn from(own: Own) -> Self {
        Self::Mine(own)
    }
}

/// A button for operators; from anybody else it is stale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Desk {
    /// A payment.
    Payment(PaymentId),
    /// How to send back so many minor units of it.
    Refunding(PaymentId, u64),
    /// Send back.
    Refund(Refund),
    /// Let held money count.
    Release(PaymentId, Release),
    /// Make the refund that is under way, again.
    Again(PaymentId),
    /// A day's balance sheet.
    Sheet(Date),
    /// The bot's texts.
    Texts(TextDesk),
    /// The comparisons of all panels.
    Syncs,
    /// The comparison of a panel.
    Sync(PanelId),
    /// Compare a panel now.
    AskSync(PanelId, Depth),
}

/// A refund as an operator chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refund {
    /// Of which payment.
    pub payment: PaymentId,
    /// How many minor units of what came.
    pub minor: u64,
    /// Where to.
    pub target: Target,
    /// What becomes of the time.
    pub time: TimePolicy,
    /// The payment as it was shown: a press that comes again finds another version, and refunds nothing twice.
    pub version: u32,
}

impl fmt::Display for Button {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION}:")?;
        match self {
            Self::Menu => f.write_str("menu"),
            Self::Trial => f.write_str("trial"),
            Self::Plans => f.write_str("plans"),
            Self::Plan(plan) => write!(f, "plan:{plan}"),
            Self::Choose(plan, choice) => write!(f, "choose:{plan}:{}", choice_code(*choice)),
            Self::Gifts => f.write_str("gifts"),
            Self::Gift(plan) => write!(f, "gift:{plan}"),
            Self::ChooseGift(plan, balance) => write!(f, "gift:{plan}:{}", if *balance { "b" } else { "n" }),
            Self::MyGifts => f.write_str("mygifts"),
            Self::Take(code) => write!(f, "take:{code}"),
            Self::PlansFor(no) => write!(f, "plans:{no}"),
            Self::PlanFor(no, plan) => write!(f, "buy:{no}:{plan}"),
            Self::ChooseFor(no, plan, choice) => write!(f, "pick:{no}:{plan}:{}", choice_code(*choice)),
            Self::Packages(no) => write!(f, "packages:{no}"),
            Self::Package(no, id, None) => write!(f, "package:{no}:{id}"),
            Self::Package(no, id, Some(choice)) => {
                write!(f, "package:{no}:{id}:{}", choice_code(*choice))
            }
            Self::Offer(quote) => write!(f, "offer:{quote}"),
            Self::Pay(quote, provider) => write!(f, "pay:{quote}:{provider}"),
            Self::Spend(quote, currency) => write!(f, "spend:{quote}:{currency}"),
            Self::Subscribe(quote) => write!(f, "subscribe:{quote}"),
            Self::Check(payment) => write!(f, "check:{payment}"),
            Self::Balance => f.write_str("balance"),
            Self::TopUp(place) => write!(f, "topup:{place}"),
            Self::OtherSum(currency) => write!(f, "othersum:{currency}"),
            Self::Promo => f.write_str("promo"),
            Self::ForgetPromo => f.write_str("nopromo"),
            Self::Cancel => f.write_str("cancel"),
            Self::Invite => f.write_str("invite"),
            Self::History => f.write_str("history"),
            Self::Methods => f.write_str("methods"),
            Self::Prefer(method) => write!(f, "prefer:{method}"),
            Self::Forget(method) => write!(f, "forget:{method}"),
            Self::ForgetNow(method) => write!(f, "forgetnow:{method}"),
            Self::Bind(provider) => write!(f, "bind:{provider}"),
            Self::Renew(no, on) => write!(f, "renew:{no}:{}", if *on { "on" } else { "off" }),
            Self::StopStars(no) => write!(f, "stopstars:{no}"),
            Self::Subscription => f.write_str("sub"),
            Self::Own(no) => write!(f, "sub:{no}"),
            Self::MakePrimary(no) => write!(f, "primary:{no}"),
            Self::Rename(no) => write!(f, "rename:{no}"),
            Self::Unname(no) => write!(f, "unname:{no}"),
            Self::ConnectTo(no) => write!(f, "connect:{no}"),
            Self::ConnectToOn(no, platform) => write!(f, "on:{no}:{}", platform.code()),
            Self::QrOf(no) => write!(f, "qr:{no}"),
            Self::Connect => f.write_str("connect"),
            Self::ConnectOn(platform) => write!(f, "on:{}", platform.code()),
            Self::Devices(no) => write!(f, "devices:{no}"),
            Self::Unlink(no, tag) => write!(f, "unlink:{no}:{tag}"),
            Self::UnlinkAll(no) => write!(f, "unlinkall:{no}"),
            Self::UnlinkAllNow(no) => write!(f, "unlinkallnow:{no}"),
            Self::NewLink(no) => write!(f, "newlink:{no}"),
            Self::NewLinkNow(no) => write!(f, "newlinknow:{no}"),
            Self::Qr => f.write_str("qr"),
            Self::Help => f.write_str("help"),
            Self::Languages => f.write_str("languages"),
            Self::Speak(language) => write!(f, "speak:{language}"),
            Self::Join(intent) => write!(f, "g:{intent}"),
            Self::Mine(own) => own.fmt(f),
            Self::Desk(desk) => desk.fmt(f),
        }
    }
}

impl fmt::Display for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payment(payment) => write!(f, "payment:{payment}"),
            Self::Refunding(payment, minor) => write!(f, "refund:{payment}:{minor:x}"),
            Self::Refund(refund) => {
                let Refund { payment, minor, target, time, version } = refund;
                let how = format!("{}{}", target_code(*target), time_code(*time));
                write!(f, "rf:{payment}:{minor:x}:{how}:{version:x}")
            }
            Self::Release(payment, how) => write!(f, "release:{payment}:{}", release_code(*how)),
            Self::Again(payment) => write!(f, "again:{payment}"),
            Self::Sheet(day) => write!(f, "sheet:{day}"),
            Self::Texts(desk) => desk.fmt(f),
            Self::Syncs => f.write_str("syncs"),
            Self::Sync(panel) => write!(f, "sync:{panel}"),
            Self::AskSync(panel, depth) => write!(f, "asksync:{panel}:{depth}"),
        }
    }
}

impl FromStr for Button {
    type Err = Stale;

    fn from_str(data: &str) -> Result<Self, Stale> {
        if data.len() > LONGEST {
            return Err(Stale);
        }
        let rest = data.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix(':')).ok_or(Stale)?;
        if let Some(intent) = rest.strip_prefix("g:") {
            return intent.parse().map(Self::Join);
        }
        let parts: Vec<&str> = rest.split(':').collect();
        let button = match parts.as_slice() {
            ["menu"] => Self::Menu,
            ["trial"] => Self::Trial,
            ["plans"] => Self::Plans,
            ["plan", plan] => Self::Plan(read(plan)?),
            ["choose", plan, choice] => Self::Choose(read(plan)?, choice_of(choice)?),
            ["gifts"] => Self::Gifts,
            ["gift", plan] => Self::Gift(read(plan)?),
            ["gift", plan, "b"] => Self::ChooseGift(read(plan)?, true),
            ["gift", plan, "n"] => Self::ChooseGift(read(plan)?, false),
            ["mygifts"] => Self::MyGifts,
            ["take", code] => Self::Take(read(code)?),
            ["plans", no] => Self::PlansFor(number(no)?),
            ["buy", no, plan] => Self::PlanFor(number(no)?, read(plan)?),
            ["pick", no, plan, choice] => Self::ChooseFor(number(no)?, read(plan)?, choice_of(choice)?),
            ["packages", no] => Self::Packages(number(no)?),
            ["package", no, id] => Self::Package(number(no)?, read(id)?, None),
            ["package", no, id, choice] => Self::Package(number(no)?, read(id)?, Some(choice_of(choice)?)),
            ["offer", quote] => Self::Offer(read(quote)?),
            ["pay", quote, provider] => Self::Pay(read(quote)?, read(provider)?),
            ["spend", quote, currency] => Self::Spend(read(quote)?, read(currency)?),
            ["subscribe", quote] => Self::Subscribe(read(quote)?),
            ["check", payment] => Self::Check(read(payment)?),
            ["balance"] => Self::Balance,
            ["topup", place] => Self::TopUp(number(place)?),
            ["othersum", currency] => Self::OtherSum(read(currency)?),
            ["promo"] => Self::Promo,
            ["nopromo"] => Self::ForgetPromo,
            ["cancel"] => Self::Cancel,
            ["invite"] => Self::Invite,
            ["history"] => Self::History,
            ["methods"] => Self::Methods,
            ["prefer", method] => Self::Prefer(read(method)?),
            ["forget", method] => Self::Forget(read(method)?),
            ["forgetnow", method] => Self::ForgetNow(read(method)?),
            ["bind", provider] => Self::Bind(read(provider)?),
            ["renew", no, "on"] => Self::Renew(number(no)?, true),
            ["renew", no, "off"] => Self::Renew(number(no)?, false),
            ["stopstars", no] => Self::StopStars(number(no)?),
            ["sub"] => Self::Subscription,
            ["sub", no] => Self::Own(number(no)?),
            ["primary", no] => Self::MakePrimary(number(no)?),
            ["rename", no] => Self::Rename(number(no)?),
            ["unname", no] => Self::Unname(number(no)?),
            ["connect", no] => Self::ConnectTo(number(no)?),
            ["on", no, platform] => {
                Self::ConnectToOn(number(no)?, Platform::from_code(platform).ok_or(Stale)?)
            }
            ["qr", no] => Self::QrOf(number(no)?),
            ["connect"] => Self::Connect,
            ["on", platform] => Self::ConnectOn(Platform::from_code(platform).ok_or(Stale)?),
            ["devices", no] => Self::Devices(number(no)?),
            ["unlink", no, tag] => Self::Unlink(number(no)?, tag_of(tag)?),
            ["unlinkall", no] => Self::UnlinkAll(number(no)?),
            ["unlinkallnow", no] => Self::UnlinkAllNow(number(no)?),
            ["newlink", no] => Self::NewLink(number(no)?),
            ["newlinknow", no] => Self::NewLinkNow(number(no)?),
            ["qr"] => Self::Qr,
            ["help"] => Self::Help,
            ["languages"] => Self::Languages,
            ["speak", language] => Self::Speak(read(language)?),
            other => match own::of(other)? {
                Some(own) => Self::Mine(own),
                None => Self::Desk(desk(other)?),
            },
        };
        Ok(button)
    }
}

fn desk(parts: &[&str]) -> Result<Desk, Stale> {
    match parts {
        ["payment", payment] => Ok(Desk::Payment(read(payment)?)),
        ["refund", payment, minor] => Ok(Desk::Refunding(read(payment)?, hex(minor)?)),
        ["rf", payment, minor, how, version] => {
            let (target, time) = how.split_at_checked(1).ok_or(Stale)?;
            Ok(Desk::Refund(Refund {
                payment: read(payment)?,
                minor: hex(minor)?,
                target: one_of([Target::Payer, Target::Balance], target_code, target)?,
                time: one_of(TimePolicy::ALL, time_code, time)?,
                version: u32::try_from(hex(version)?).map_err(|_| Stale)?,
            }))
        }
        ["release", payment, how] => {
            let how = one_of([Release::AsOrdered, Release::ToBalance], release_code, how)?;
            Ok(Desk::Release(read(payment)?, how))
        }
        ["again", payment] => Ok(Desk::Again(read(payment)?)),
        ["sheet", day] => number(day).map(Desk::Sheet),
        ["syncs"] => Ok(Desk::Syncs),
        ["sync", panel] => Ok(Desk::Sync(read(panel)?)),
        ["asksync", panel, depth] => Ok(Desk::AskSync(read(panel)?, read(depth)?)),
        other => texts::parse(other).map(Desk::Texts),
    }
}

fn read<T: FromStr>(text: &str) -> Result<T, Stale> {
    text.parse().map_err(|_| Stale)
}

/// A device's tag, as `domain::reset` spells it.
fn tag_of(text: &str) -> Result<String, Stale> {
    let plain = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if plain && text.len() == 12 { Ok(text.to_owned()) } else { Err(Stale) }
}

/// For types that read more spellings than the one they print.
fn number<T: FromStr + fmt::Display>(text: &str) -> Result<T, Stale> {
    read(text).and_then(|value: T| if value.to_string() == text { Ok(value) } else { Err(Stale) })
}

fn hex(text: &str) -> Result<u64, Stale> {
    let value = u64::from_str_radix(text, 16).map_err(|_| Stale)?;
    if format!("{value:x}") == text { Ok(value) } else { Err(Stale) }
}

fn one_of<T: Copy, const N: usize>(
    all: [T; N],
    code: impl Fn(T) -> &'static str,
    text: &str,
) -> Result<T, Stale> {
    all.into_iter().find(|value| code(*value) == text).ok_or(Stale)
}

#[cfg(test)]
#[path = "callback_tests.rs"]
mod tests;
