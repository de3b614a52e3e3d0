//! Inviting friends: what is given for them, what they brought, and what is told of it.

use super::{Action, Key, Screen, View, checkout::joined, lines, paragraphs};
use crate::callback::Button;
use domain::{
    Money, PaymentId, Period, ReferralCode, Referrals, Reward, UserState,
    referral::{Gift, Rules, STEPS},
};
use url::Url;

/// The personal link behind `code`.
pub(super) fn link(view: &View<'_>, code: &ReferralCode) -> String {
    // `ref_u…`: a code of nine digits would be read as an id.
    format!("https://t.me/{}?start=ref_u{code}", view.settings.bot_username)
}

/// The person's link with what both sides get and what came of it. `None` where nothing is given for a friend.
pub fn invite(view: &View<'_>, state: &UserState) -> Option<Screen> {
    let (rules, user) = (view.settings.referral?, state.user.as_ref()?);
    let link = link(view, &user.referral_code);
    let when = if rules.first_only { "invite-first" } else { "invite-each" };
    let cap = (rules.cap > 0).then(|| view.html("invite-cap", &[("count", u64::from(rules.cap).into())]));
    let none = Referrals::of(user.id);
    let figures = state.referrals.as_ref().unwrap_or(&none);
    let text = paragraphs([
        view.html("invite-title", &[]),
        promise(view, &rules),
        lines([view.html(when, &[])].into_iter().chain(cap)),
        view.html("invite-link", &[("link", link.as_str().into())]),
        statistics(view, figures),
    ]);
    let copy = Key { label: view.texts.plain("button-copy-link", &[]), action: Action::Copy(link.clone()) };
    let words = if rules.friend.is_nothing() { "invite-words" } else { "invite-words-gift" };
    let words = view.texts.plain(words, &[]);
    let share = Url::parse_with_params("https://t.me/share/url", [("url", link), ("text", words)]).ok();
    // Some clients show a plus where a space was meant.
    let share = share.and_then(|url| Url::parse(&url.as_str().replace('+', "%20")).ok());
    let share = share.map(|url| view.open("button-share", &url));
    Some(Screen { text, keyboard: vec![share.into_iter().collect(), vec![copy], view.back_to_menu()] })
}

/// What both get.
fn promise(view: &View<'_>, rules: &Rules) -> String {
    match (rules.inviter, rules.friend) {
        (Gift::Days(yours), theirs) if theirs.is_nothing() => {
            let rows = STEPS.into_iter().zip(yours).filter(|(_, yours)| *yours > 0);
            let told = rows.map(|(months, yours)| {
                let period = view.texts.period(Period::Months(months));
                let args = [("period", period.into()), ("yours", plus(view, yours).into())];
                view.html("invite-days-line-alone", &args)
            });
            lines([view.html("invite-days-alone", &[])].into_iter().chain(told))
        }
        (Gift::Days(yours), Gift::Days(theirs)) => {
            let rows = STEPS.into_iter().zip(yours.into_iter().zip(theirs));
            let rows = rows.filter(|(_, (yours, theirs))| *yours + *theirs > 0);
            let told = rows.map(|(months, (yours, theirs))| {
                let args = [
                    ("period", view.texts.period(Period::Months(months)).into()),
                    ("yours", plus(view, yours).into()),
                    ("theirs", plus(view, theirs).into()),
                ];
                view.html("invite-days-line", &args)
            });
            lines([view.html("invite-days", &[])].into_iter().chain(told))
        }
        (yours, theirs) => {
            let args = [("yours", share_of(yours).into()), ("theirs", share_of(theirs).into())];
            let key = if theirs.is_nothing() { "invite-percent" } else { "invite-percent-both" };
            view.html(key, &args)
        }
    }
}

/// `+3 days`, or a dash.
fn plus(view: &View<'_>, days: u16) -> String {
    if days == 0 { "—".to_owned() } else { format!("+{}", view.texts.period(Period::Days(days))) }
}

fn share_of(gift: Gift) -> String {
    let percent = if let Gift::Percent(percent) = gift { percent } else { 0 };
    format!("{percent}\u{a0}%")
}

fn statistics(view: &View<'_>, figures: &Referrals) -> String {
    let args = [("invited", u64::from(figures.invited).into()), ("bought", u64::from(figures.bought).into())];
    let days = u16::try_from(figures.days).unwrap_or(u16::MAX);
    let days = (days > 0).then(|| view.texts.period(Period::Days(days)));
    let money = (!figures.money.is_empty()).then(|| joined(view, figures.money.amounts().iter().copied()));
    let earned: Vec<String> = days.into_iter().chain(money).collect();
    let earned =
        (!earned.is_empty()).then(|| view.html("invite-earned", &[("earned", earned.join(" · ").into())]));
    let waiting = (figures.waiting > 0).then(|| {
        let days = view.texts.period(Period::Days(figures.waiting));
        view.html("invite-waiting", &[("days", days.into())])
    });
    lines([view.html("invite-figures", &args)].into_iter().chain(earned).chain(waiting))
}

/// `3 days`, `15 ₽`.
pub(super) fn amount(view: &View<'_>, reward: Reward) -> String {
    match reward {
        Reward::Days(days) => view.texts.period(Period::Days(days)),
        Reward::Money(money) => view.texts.money(money),
    }
}

/// For somebody new whom a friend brought: their first purchase brings more.
pub(super) fn welcome(view: &View<'_>, state: &UserState) -> String {
    let brought = state.user.as_ref().is_some_and(|user| user.referrer.is_some());
    let gift = view.settings.referral.map(|rules| rules.friend).filter(|gift| brought && !gift.is_nothing());
    gift.map(|_| view.html("menu-invited", &[])).unwrap_or_default()
}

/// What `payment` brought its buyer on top.
pub(super) fn bonus(view: &View<'_>, state: &UserState, payment: PaymentId) -> Option<String> {
    let bonus = state.referrals.as_ref()?.bonus.filter(|bonus| bonus.payment == payment)?;
    let key = match bonus.reward {
        Reward::Days(_) => "paid-bonus-days",
        Reward::Money(_) => "paid-bonus-money",
    };
    Some(view.html(key, &[("amount", amount(view, bonus.reward).into())]))
}

/// The first so many friends are told one by one, later ones only by the dozen: nobody wants a hundred messages.
const TOLD: u32 = 12;

/// Somebody came by the person's link.
pub(super) fn joined_by_link(view: &View<'_>, state: &UserState) -> Option<Screen> {
    let invited = state.referrals.as_ref()?.invited;
    let told = invited <= TOLD || invited.is_multiple_of(TOLD);
    view.settings.referral.filter(|_| told)?;
    let text = view.html("notice-friend-joined", &[("count", u64::from(invited).into())]);
    Some(Screen { text, keyboard: ways_on(view) })
}

fn ways_on(view: &View<'_>) -> Vec<Vec<Key>> {
    vec![vec![view.press("button-invite", Button::Invite)], view.back_to_menu()]
}

/// A friend bought.
pub(super) fn rewarded(view: &View<'_>, state: &UserState, reward: Reward, waits: bool) -> Screen {
    let mut args = vec![("amount", amount(view, reward).into())];
    let running = state.primary(view.now).filter(|first| first.end > view.now);
    let (key, onward) = match (reward, running) {
        (Reward::Money(_), _) => {
            args.push(("balance", super::balance::held(view, state).into()));
            ("notice-rewarded-money", view.press("button-balance", Button::Balance))
        }
        (Reward::Days(_), Some(running)) if !waits => {
            args.push(("date", view.date(running.end).into()));
            ("notice-rewarded-days", view.press("button-subscription", Button::Subscription))
        }
        _ => ("notice-rewarded-waiting", view.press("button-choose-plan", Button::Plans)),
    };
    let keyboard = [vec![onward]].into_iter().chain(ways_on(view)).collect();
    Screen { text: view.html(key, &args), keyboard }
}

/// A friend's purchase went back.
pub(super) fn reversed(view: &View<'_>, state: &UserState, taken: Money) -> Screen {
    let args =
        [("amount", view.texts.money(taken).into()), ("balance", super::balance::held(view, state).into())];
    let keyboard =
        vec![vec![view.press("button-balance", Button::Balance)], view.support(), view.back_to_menu()];
    Screen { text: view.html("notice-reward-reversed", &args), keyboard }
}
