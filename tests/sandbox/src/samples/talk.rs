//! Demands on what people write.

use super::{
    checks::{reading, simply, told, well_behaved},
    stage::{Case, Seen, Stage},
    wants::Payload,
};
use bot::update::{Command, Content, Kind};
use domain::registration::StartLink;
use serde_json::{Value, json};

pub(super) async fn command(case: &Case<'_>, name: &str, payload: &Payload) -> Result<(), String> {
    let Kind::Message(message) = reading(case)? else { return Err("no message".to_owned()) };
    let Content::Command(command) = message.content else { return Err("no command".to_owned()) };
    if command.name != name {
        return Err(format!("read as /{}", command.name));
    }
    let stage = Stage::of(case, &[]).await?;
    let link = StartLink::parse(&command.payload);
    if let StartLink::ReferralById(referrer) = &link {
        // Only somebody who is there can have brought somebody.
        let known = json!({ "id": referrer.0, "is_bot": false, "first_name": "Referrer" });
        stage.world.telegram.admit(&known);
        stage.register(referrer.0).await?;
    }
    let mut seen = stage.give_bytes(case.update, case.body.to_vec()).await?;
    if let StartLink::ReferralById(referrer) = &link {
        // Whoever brought somebody is told.
        seen.calls.retain(|call| call.status != 200 || call.params["chat_id"] != referrer.0);
    }
    well_behaved(case, &seen)?;
    let said = told(case, &seen)?;
    if said.params["reply_markup"]["inline_keyboard"][0].is_null() {
        return Err("no buttons to go on with".to_owned());
    }
    if !case.private() {
        return in_group(&said.params, payload);
    }
    let person = case.person().ok_or("nobody wrote")?;
    let profile = stage.profile(person).ok_or("the person is not registered")?;
    kept(&profile, (&command, &link), payload)
}

/// In a group the payload goes along with the way to the bot.
fn in_group(said: &Value, payload: &Payload) -> Result<(), String> {
    let url = said["reply_markup"]["inline_keyboard"][0][0]["url"].as_str().unwrap_or_default();
    match payload {
        Payload::Is(payload) if !url.ends_with(&format!("?start={payload}")) => {
            Err(format!("the payload is lost: {url:?}"))
        }
        _ => Ok(()),
    }
}

/// What the payload says stays with the profile.
fn kept(profile: &Value, (command, link): (&Command, &StartLink), payload: &Payload) -> Result<(), String> {
    let (referrer, campaign) = (profile["referrer"]["N"].as_str(), profile["campaign"]["S"].as_str());
    match payload {
        Payload::Any => Ok(()),
        Payload::Dropped if referrer.is_none() && campaign.is_none() => Ok(()),
        Payload::Dropped => Err(format!("{referrer:?} and {campaign:?} are kept")),
        Payload::Is(expected) if command.payload != *expected => {
            Err(format!("the payload is read as {:?}", command.payload))
        }
        Payload::Is(_) => {
            let right = match link {
                StartLink::ReferralById(id) => {
                    let id = id.0.to_string();
                    profile["id"]["N"] == id.as_str() || referrer == Some(id.as_str())
                }
                StartLink::Campaign(name) => campaign == Some(name.as_str()),
                _ => campaign.is_none(),
            };
            if right { Ok(()) } else { Err(format!("{referrer:?} and {campaign:?} are kept")) }
        }
    }
}

/// The person is answered with a way on.
async fn led_on(case: &Case<'_>) -> Result<(Stage, Seen), String> {
    let (stage, seen) = simply(case).await?;
    let said = told(case, &seen)?;
    if said.params["reply_markup"]["inline_keyboard"][0].is_null() {
        return Err("no buttons to go on with".to_owned());
    }
    Ok((stage, seen))
}

pub(super) async fn free_text(case: &Case<'_>) -> Result<(), String> {
    let Kind::Message(message) = reading(case)? else { return Err("no message".to_owned()) };
    if !matches!(message.content, Content::Text(_) | Content::Chatter) {
        return Err(format!("read as {:?}", message.content));
    }
    led_on(case).await.map(drop)
}

/// The number is neither repeated nor kept.
pub(super) async fn contact(case: &Case<'_>) -> Result<(), String> {
    let (_, seen) = led_on(case).await?;
    let number = case.update.pointer("/message/contact/phone_number").and_then(Value::as_str);
    let number = number.ok_or("no contact")?.trim_start_matches('+');
    let stored = Value::from(seen.after.clone()).to_string().contains(number);
    if stored || seen.texts().iter().any(|text| text.contains(number)) {
        return Err("the number is kept or repeated".to_owned());
    }
    Ok(())
}

/// Answered with a way on, and nothing moved.
pub(super) async fn distrusted(case: &Case<'_>) -> Result<(), String> {
    let (_, seen) = led_on(case).await?;
    unmoved(&seen)
}

/// Nothing moved.
pub(super) async fn refused(case: &Case<'_>) -> Result<(), String> {
    let (_, seen) = simply(case).await?;
    unmoved(&seen)
}

/// The answer belongs into the topic of the message.
pub(super) async fn in_topic(case: &Case<'_>) -> Result<(), String> {
    let (_, seen) = simply(case).await?;
    let topic = &case.update["message"]["message_thread_id"];
    match told(case, &seen) {
        Ok(said) if said.params["message_thread_id"] == *topic => Ok(()),
        Ok(_) => Err("answered in another topic".to_owned()),
        // What is not for us is not answered anywhere.
        Err(_) => Ok(()),
    }
}

/// The payload says nothing of where the person came from.
pub(super) async fn payload_dropped(case: &Case<'_>) -> Result<(), String> {
    let (stage, _) = simply(case).await?;
    let profile = case.person().and_then(|person| stage.profile(person)).unwrap_or_default();
    let kept = ["referrer", "campaign"].iter().find(|name| !profile[**name].is_null());
    kept.map_or(Ok(()), |name| Err(format!("{name} is kept")))
}

/// The same update once more changes nothing more.
pub(super) async fn repeated(case: &Case<'_>) -> Result<(), String> {
    let (stage, first) = simply(case).await?;
    let second = stage.give_bytes(case.update, case.body.to_vec()).await?;
    if second.status == 200 && first.after == second.after {
        Ok(())
    } else {
        Err("the second delivery changes something".to_owned())
    }
}

/// Nothing is frozen, opened, credited or begun.
fn unmoved(seen: &Seen) -> Result<(), String> {
    let moved = |item: &&Value| {
        let key = item["SK"]["S"].as_str().unwrap_or_default();
        let owner = item["PK"]["S"].as_str().unwrap_or_default();
        key.starts_with("#SUB") || key.starts_with("#QUOTE") || owner.starts_with("PAY")
    };
    match seen.after.iter().find(moved) {
        Some(item) => Err(format!("{} came of it", item["SK"]["S"])),
        None => Ok(()),
    }
}

/// There is a way to the people who help.
pub(super) async fn support(case: &Case<'_>) -> Result<(), String> {
    let (stage, seen) = led_on(case).await?;
    let link = stage.world.setting("SUPPORT_LINK");
    let said = told(case, &seen)?.params["reply_markup"].to_string();
    if said.contains(link) { Ok(()) } else { Err("no way to the support".to_owned()) }
}

/// What somebody who is no operator hears to the same.
async fn to_others(case: &Case<'_>) -> Result<String, String> {
    let (from, chat) = ("/message/from/id", "/message/chat/id");
    let mut update = case.with(from, 5_100_000_777_i64.into());
    if let Some(place) = update.pointer_mut(chat) {
        *place = 5_100_000_777_i64.into();
    }
    let body = update.to_string().into_bytes();
    let other = Case { update: &update, body: &body, ..*case };
    let (_, seen) = simply(&other).await?;
    Ok(told(&other, &seen)?.params["text"].as_str().unwrap_or_default().to_owned())
}

pub(super) async fn lookup(case: &Case<'_>) -> Result<(), String> {
    let id = case.update.pointer("/message/forward_origin/sender_user/id").and_then(Value::as_i64);
    let id = id.ok_or("no forwarded person")?;
    let stage = Stage::of(case, &[]).await?;
    stage.register(id).await?;
    let seen = stage.give_bytes(case.update, case.body.to_vec()).await?;
    well_behaved(case, &seen)?;
    let text = told(case, &seen)?.params["text"].as_str().unwrap_or_default().to_owned();
    if !text.contains(&id.to_string()) {
        return Err("the operator is not told who it was".to_owned());
    }
    let others = to_others(case).await?;
    if others.contains(&id.to_string()) { Err("everybody is told who it was".to_owned()) } else { Ok(()) }
}

pub(super) async fn hidden(case: &Case<'_>) -> Result<(), String> {
    let (_, seen) = simply(case).await?;
    let text = told(case, &seen)?.params["text"].as_str().unwrap_or_default();
    if text == to_others(case).await? { Err("the operator is told nothing of it".to_owned()) } else { Ok(()) }
}

pub(super) async fn default_language(case: &Case<'_>) -> Result<(), String> {
    let (stage, _) = simply(case).await?;
    let profile = stage.profile(case.person().ok_or("nobody wrote")?).ok_or("nobody is registered")?;
    let expected = Some(stage.world.setting("DEFAULT_LANGUAGE")).filter(|text| !text.is_empty());
    let language = profile["language"]["S"].as_str();
    if language == Some(expected.unwrap_or("ru")) { Ok(()) } else { Err(format!("{language:?}")) }
}

/// No character of the name turns the text around it or hides in it, and Telegram takes the markup.
pub(super) async fn harmless_name(case: &Case<'_>) -> Result<(), String> {
    let (_, seen) = simply(case).await?;
    told(case, &seen)?;
    let harmful =
        |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}' | '\u{2067}' | '\u{200e}' | '\u{200f}');
    for text in seen.texts() {
        if text.contains(harmful) {
            return Err("the name turns the text".to_owned());
        }
        if text.matches('\u{2068}').count() != text.matches('\u{2069}').count() {
            return Err("the name is not isolated".to_owned());
        }
        let name = case.update.pointer("/message/from/first_name").and_then(Value::as_str);
        if name.is_some_and(|name| name.contains(['<', '&']) && text.contains(name)) {
            return Err("the name is not escaped".to_owned());
        }
    }
    Ok(())
}

pub(super) async fn sound_html(case: &Case<'_>) -> Result<(), String> {
    let (_, seen) = simply(case).await?;
    told(case, &seen).map(drop)
}
