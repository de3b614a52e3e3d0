//! Demands that concern a conversation, and which check answers which demand.

use super::{
    deals, gates,
    stage::{Case, Seen, Stage},
    talk,
    wants::Want,
};
use bot::{Update, update::Kind};
use standin_telegram::Call;

/// Whether the shop does what `want` says with the update.
pub(super) async fn check(case: &Case<'_>, want: &Want) -> Result<(), String> {
    match want {
        Want::Command(name, payload) => talk::command(case, name, payload).await,
        Want::FreeText => talk::free_text(case).await,
        Want::Contact => talk::contact(case).await,
        Want::Distrusted => talk::distrusted(case).await,
        Want::Refused if case.update.get("pre_checkout_query").is_some() => {
            deals::pre_checkout_refused(case).await
        }
        Want::Refused => talk::refused(case).await,
        Want::Topic => talk::in_topic(case).await,
        Want::PayloadDropped => talk::payload_dropped(case).await,
        Want::Repeated => talk::repeated(case).await,
        Want::Support => talk::support(case).await,
        Want::Lookup => talk::lookup(case).await,
        Want::Hidden => talk::hidden(case).await,
        Want::DefaultLanguage => talk::default_language(case).await,
        Want::HarmlessName => talk::harmless_name(case).await,
        Want::SoundHtml => talk::sound_html(case).await,
        Want::Nothing | Want::Nobody => nothing(case).await,
        Want::Taken => simply(case).await.map(drop),
        Want::Answered => answered(case, false).await.map(drop),
        Want::SentInstead => sent_instead(case).await,
        Want::InlineOnly => inline_only(case).await,
        Want::Outdated => answered(case, true).await.map(drop),
        Want::Foreign => foreign(case).await,
        Want::PreCheckout => deals::pre_checkout(case).await,
        Want::Payment => deals::payment(case).await,
        Want::SubscriptionStart => deals::subscription_start(case).await,
        Want::SubscriptionRenewal => deals::subscription_renewal(case).await,
        Want::Revoke => deals::revoke(case).await,
        Want::SubscriptionState(goes_on) => deals::subscription_state(case, *goes_on).await,
        Want::Inline => gates::inline(case).await,
        Want::Reachable(reachable) => gates::reachable(case, *reachable).await,
        Want::Membership => gates::membership(case).await,
    }
}

/// Gives the update to a fresh world; it is taken, and Telegram takes what comes of it.
pub(super) async fn simply(case: &Case<'_>) -> Result<(Stage, Seen), String> {
    let stage = Stage::of(case, &[]).await?;
    let seen = stage.give_bytes(case.update, case.body.to_vec()).await?;
    well_behaved(case, &seen)?;
    Ok((stage, seen))
}

/// What holds of every update: 200, no call that Telegram refuses, nobody written to who has no part in it.
pub(super) fn well_behaved(case: &Case<'_>, seen: &Seen) -> Result<(), String> {
    if seen.status != 200 {
        return Err(format!("answered {}", seen.status));
    }
    if let Some(call) = seen.calls.iter().find(|call| call.status != 200 && !same_again(call)) {
        return Err(format!("Telegram refuses {}: {}", call.method, call.answer["description"]));
    }
    let part = [case.person(), case.chat(), Some(case.index.admin_user_id)];
    let strange =
        |call: &&Call| call.params["chat_id"].as_i64().is_some_and(|chat| !part.contains(&Some(chat)));
    match seen.calls.iter().find(strange) {
        Some(call) => Err(format!("{} to {}", call.method, call.params["chat_id"])),
        None => Ok(()),
    }
}

fn same_again(call: &Call) -> bool {
    call.answer["description"].as_str().is_some_and(|text| text.contains("message is not modified"))
}

/// The update as the shop reads it.
pub(super) fn reading(case: &Case<'_>) -> Result<Kind, String> {
    Update::parse(case.body).map(|update| update.kind).map_err(|error| error.to_string())
}

/// A new message came to the place where the update happened.
pub(super) fn told<'a>(case: &Case<'_>, seen: &'a Seen) -> Result<&'a Call, String> {
    let chat = case.chat().ok_or("the update happened nowhere")?;
    let there = |call: &&Call| call.params["chat_id"].as_i64() == Some(chat);
    seen.of("sendMessage").find(there).ok_or_else(|| "nobody was answered".to_owned())
}

async fn nothing(case: &Case<'_>) -> Result<(), String> {
    let (_, seen) = simply(case).await?;
    if let Some(call) = seen.calls.first() {
        return Err(format!("{} was called", call.method));
    }
    if seen.asked > 0 {
        return Err("Telegram was asked something".to_owned());
    }
    if seen.unchanged() { Ok(()) } else { Err("something was written down".to_owned()) }
}

/// Exactly one answer to the press; with an alert in it, if it must be.
async fn answered(case: &Case<'_>, alert: bool) -> Result<Seen, String> {
    let (_, seen) = simply(case).await?;
    let id = case.update["callback_query"]["id"].as_str().ok_or("no press")?;
    let answers: Vec<&Call> =
        seen.of("answerCallbackQuery").filter(|call| call.params["callback_query_id"] == id).collect();
    let [answer] = answers.as_slice() else { return Err(format!("{} answers", answers.len())) };
    let said = answer.params["text"].as_str().unwrap_or_default();
    if alert && (said.is_empty() || answer.params["show_alert"] != true) {
        return Err("no window says so".to_owned());
    }
    Ok(seen)
}

async fn sent_instead(case: &Case<'_>) -> Result<(), String> {
    let seen = answered(case, false).await?;
    told(case, &seen)?;
    match seen.calls.iter().find(|call| call.method.starts_with("edit")) {
        Some(edit) => Err(format!("{} of a message that is gone", edit.method)),
        None => Ok(()),
    }
}

async fn inline_only(case: &Case<'_>) -> Result<(), String> {
    let seen = answered(case, false).await?;
    match seen.calls.iter().find(|call| !call.params["chat_id"].is_null()) {
        Some(call) => Err(format!("{} to a chat that nobody told us", call.method)),
        None => Ok(()),
    }
}

async fn foreign(case: &Case<'_>) -> Result<(), String> {
    let seen = answered(case, true).await?;
    let others = seen.calls.iter().find(|call| call.method != "answerCallbackQuery");
    match others {
        Some(call) => Err(format!("{} for somebody else", call.method)),
        None if seen.unchanged() => Ok(()),
        None => Err("something was written down".to_owned()),
    }
}
