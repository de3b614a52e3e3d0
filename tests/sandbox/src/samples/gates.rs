//! Demands on who can be written to, who is in the channel, and what is shown in other chats.

use super::{
    checks::{simply, told, well_behaved},
    stage::{Case, Seen, Stage},
};
use serde_json::Value;
use standin_telegram::Standing;

pub(super) async fn reachable(case: &Case<'_>, reachable: bool) -> Result<(), String> {
    let person = case.person().ok_or("nobody in it")?;
    let stage = Stage::of(case, &[]).await?;
    stage.register(person).await?;
    if reachable {
        stage.world.telegram.block(person).map_err(|error| error.to_string())?;
        stage.world.settle().await;
    }
    let unreachable = || stage.profile(person).is_some_and(|profile| profile["unreachable"]["BOOL"] == true);
    if unreachable() != reachable {
        return Err("nothing to change".to_owned());
    }
    let seen = stage.give_bytes(case.update, case.body.to_vec()).await?;
    well_behaved(case, &seen)?;
    if let Some(call) = seen.calls.first() {
        return Err(format!("{} was called", call.method));
    }
    if unreachable() == reachable { Err("not written down".to_owned()) } else { Ok(()) }
}

/// Who came in passes without being asked about again; who left is held up at the next word.
pub(super) async fn membership(case: &Case<'_>) -> Result<(), String> {
    let change = &case.update["chat_member"];
    let channel = change["chat"]["id"].as_i64().ok_or("no channel")?;
    let person = change["new_chat_member"]["user"]["id"].as_i64().ok_or("nobody in it")?;
    let inside = match change["new_chat_member"]["status"].as_str() {
        Some("left" | "kicked") => false,
        Some("restricted") => change["new_chat_member"]["is_member"] == true,
        _ => true,
    };
    let stage = Stage::of(case, &[]).await?;
    let put = |standing| {
        let set = stage.world.telegram.set_member(channel, person, standing);
        set.map_err(|error| error.to_string())
    };
    put(if inside { Standing::Left } else { Standing::Member })?;
    stage.world.settle().await;
    stage.register(person).await?;
    if held_up(&stage, person) != inside {
        return Err("the gate does not work".to_owned());
    }
    // The stand-in's own news of the change is not delivered: the recorded one is.
    put(if inside { Standing::Member } else { Standing::Left })?;
    for update in stage.world.telegram.take_updates() {
        stage.world.telegram.ack(update["update_id"].as_i64().unwrap_or_default());
    }
    let seen = stage.give_bytes(case.update, case.body.to_vec()).await?;
    well_behaved(case, &seen)?;
    if let Some(call) = seen.calls.first() {
        return Err(format!("{} was called", call.method));
    }
    let asked = stage.world.telegram.calls().len();
    stage.say(person, "/menu").await?;
    if held_up(&stage, person) == inside {
        return Err("the gate did not hear of it".to_owned());
    }
    let calls = stage.world.telegram.calls().split_off(asked);
    let asked = calls.iter().any(|call| call.method == "getChatMember");
    if asked == inside { Err("Telegram was asked the wrong time".to_owned()) } else { Ok(()) }
}

/// The newest message asks the person to join.
fn held_up(stage: &Stage, person: i64) -> bool {
    let messages = stage.world.telegram.chat(person).map(|chat| chat.messages).unwrap_or_default();
    let last = messages.into_iter().rev().find(|message| message.from_bot);
    last.is_some_and(|message| message.buttons.iter().flatten().any(|key| key.value.starts_with("1:g:")))
}

/// Strangers see the way to the bot, others their own link; nobody sees anything else.
pub(super) async fn inline(case: &Case<'_>) -> Result<(), String> {
    let (stage, seen) = simply(case).await?;
    let person = case.person().ok_or("nobody asks")?;
    if !seen.unchanged() {
        return Err("a stranger who types is written down".to_owned());
    }
    let more = case.update["inline_query"]["offset"].as_str().is_some_and(|offset| !offset.is_empty());
    if more {
        return cards(case, &seen).map(drop);
    }
    let address = format!("https://t.me/{}", stage.world.setting("BOT_USERNAME"));
    let card = cards(case, &seen)?;
    if !card.contains(&address) || card.contains("start=ref_") {
        return Err("no way to the bot for strangers".to_owned());
    }
    let stage = Stage::of(case, &[]).await?;
    stage.register(person).await?;
    let profile = stage.profile(person).ok_or("nobody is registered")?;
    let code = profile["referral_code"]["S"].as_str().unwrap_or_default();
    let seen = stage.give_bytes(case.update, case.body.to_vec()).await?;
    well_behaved(case, &seen)?;
    let card = cards(case, &seen)?;
    if !card.contains(&format!("{address}?start=ref_u{code}")) {
        return Err("not the person's own link".to_owned());
    }
    if card.contains(&person.to_string()) { Err("the card tells who it is from".to_owned()) } else { Ok(()) }
}

/// What is offered, as text.
fn cards(case: &Case<'_>, seen: &Seen) -> Result<String, String> {
    if told(case, seen).is_ok() {
        return Err("a message came of it".to_owned());
    }
    let id = &case.update["inline_query"]["id"];
    let answers: Vec<_> =
        seen.of("answerInlineQuery").filter(|call| call.params["inline_query_id"] == *id).collect();
    let [answer] = answers.as_slice() else { return Err(format!("{} answers", answers.len())) };
    if answer.params["is_personal"] != true
        || answer.params["cache_time"].as_i64().is_none_or(|time| time > 300)
    {
        return Err("others see it too, or too long".to_owned());
    }
    let results = &answer.params["results"];
    let empty = results.as_array().is_none_or(Vec::is_empty);
    let more = case.update["inline_query"]["offset"].as_str().is_some_and(|offset| !offset.is_empty());
    if empty == more { Ok(Value::to_string(results)) } else { Err(format!("{results}")) }
}
