//! The bot's own settings, its updates, and what it can learn about chats.

use serde_json::{Value, json};

use super::{Done, Outcome};
use crate::failure::Failure;
use crate::links;
use crate::model::{Group, Place, Standing, set};
use crate::params::Params;
use crate::state::{State, Webhook};

pub(super) fn get_me(state: &State) -> Done {
    let mut me = state.bot_json();
    for (ability, has) in [
        ("can_join_groups", true),
        ("can_read_all_group_messages", false),
        ("supports_inline_queries", true),
        ("can_connect_to_business", false),
        ("has_main_web_app", false),
    ] {
        me[ability] = has.into();
    }
    me.into()
}

pub(super) fn get_updates(state: &mut State, params: &Params) -> Outcome {
    if state.webhook.is_some() {
        return Err(Failure::conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        ));
    }
    if params.value("allowed_updates").is_some() {
        state.queue.set_allowed(Some(params.list("allowed_updates")));
    }
    let limit = usize::try_from(params.int("limit").unwrap_or(100).clamp(1, 100)).unwrap_or(100);
    Ok(Value::Array(state.queue.poll(params.int("offset").unwrap_or(0), limit, state.now)).into())
}

pub(super) fn set_webhook(state: &mut State, params: &Params) -> Outcome {
    let Some(url) = params.text("url") else { return Ok(delete_webhook(state, params)) };
    let secret_token = params.text("secret_token").map(str::to_owned);
    check_webhook(url, secret_token.as_deref())?;
    if params.flag("drop_pending_updates") {
        state.queue.clear();
    }
    if params.value("allowed_updates").is_some() {
        state.queue.set_allowed(Some(params.list("allowed_updates")));
    }
    let max_connections = params.int("max_connections").unwrap_or(40).clamp(1, 100);
    let webhook = Webhook { url: url.to_owned(), secret_token, max_connections, last_error: None };
    let same =
        state.webhook.as_ref().is_some_and(|old| Webhook { last_error: None, ..old.clone() } == webhook);
    let description = if same { "Webhook is already set" } else { "Webhook was set" };
    if !same {
        state.webhook = Some(webhook);
    }
    Ok(Done { result: json!(true), description: Some(description) })
}

fn check_webhook(url: &str, secret_token: Option<&str>) -> Result<(), Failure> {
    let parsed = url::Url::parse(url).map_err(|_| Failure::bad("invalid webhook URL specified"))?;
    let secret = secret_token.unwrap_or_default();
    if secret.len() > 256 {
        return Err(Failure::bad("secret token is too long"));
    }
    if !secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
        return Err(Failure::bad("secret token contains unallowed characters"));
    }
    if parsed.scheme() != "https" {
        return Err(Failure::bad("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    if !matches!(parsed.port_or_known_default(), Some(80 | 88 | 443 | 8443)) {
        return Err(Failure::bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"));
    }
    Ok(())
}

pub(super) fn delete_webhook(state: &mut State, params: &Params) -> Done {
    if params.flag("drop_pending_updates") {
        state.queue.clear();
    }
    let was_set = state.webhook.take().is_some();
    let description = if was_set { "Webhook was deleted" } else { "Webhook is already deleted" };
    Done { result: json!(true), description: Some(description) }
}

pub(super) fn webhook_info(state: &State) -> Done {
    let mut info = json!({
        "url": state.webhook.as_ref().map_or("", |webhook| &webhook.url),
        "has_custom_certificate": false,
        "pending_update_count": state.queue.len(),
    });
    if let Some(webhook) = &state.webhook {
        if let Some((at, message)) = &webhook.last_error {
            info["last_error_date"] = at.as_second().into();
            info["last_error_message"] = message.as_str().into();
        }
        info["max_connections"] = webhook.max_connections.into();
        info["ip_address"] = "<unknown>".into();
    }
    set(&mut info, "allowed_updates", state.queue.allowed());
    info.into()
}

pub(super) fn set_commands(state: &mut State, params: &Params) -> Outcome {
    let commands = params.list("commands");
    if commands.len() > 100 {
        return Err(Failure::bad("BOT_COMMANDS_TOO_MUCH"));
    }
    for command in commands {
        let text =
            |name: &str| command.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let (name, description) = (text("command"), text("description"));
        let name = name.strip_prefix('/').unwrap_or(&name);
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        match (name.chars().count(), description.chars().count()) {
            (0, _) => return Err(Failure::bad("command must be non-empty")),
            (33.., _) => return Err(Failure::bad("command length must not exceed 32")),
            (_, 0) => return Err(Failure::bad("command description must be non-empty")),
            (_, 257..) => return Err(Failure::bad("command description length must not exceed 256")),
            _ if !name.chars().all(fits) => return Err(Failure::bad("BOT_COMMAND_INVALID")),
            _ => {}
        }
    }
    let language = params.text("language_code").unwrap_or_default();
    let is_code = language.len() == 2 && language.bytes().all(|byte| byte.is_ascii_lowercase());
    if !(language.is_empty() || is_code) {
        return Err(Failure::bad("LANG_CODE_INVALID"));
    }
    let scope = params.value("scope").cloned().unwrap_or_else(|| json!({ "type": "default" }));
    state.commands.insert(format!("{scope} {language}"), Value::Array(commands.to_vec()));
    Ok(json!(true).into())
}

pub(super) fn set_menu_button(state: &mut State, params: &Params) -> Outcome {
    let chat_id = params.value("chat_id").map(|id| state.find_chat(Some(id))).transpose()?;
    let button = params.value("menu_button").cloned().unwrap_or_else(|| json!({ "type": "default" }));
    if let Some(url) = button.pointer("/web_app/url").and_then(Value::as_str) {
        links::check(url, true).map_err(|reason| {
            Failure::bad(format_args!("menu button Web App URL '{url}' is invalid: {reason}"))
        })?;
    }
    state.menus.insert(chat_id, button);
    Ok(json!(true).into())
}

pub(super) fn get_chat(state: &State, params: &Params) -> Outcome {
    let chat = state.chat(state.find_chat(params.value("chat_id"))?)?;
    let mut full = chat.to_json();
    if let Place::Group(group) = &chat.place {
        check_inside(group)?;
    }
    full["accent_color_id"] = 0.into();
    full["max_reaction_count"] = 11.into();
    full["accepted_gift_types"] = json!({
        "unlimited_gifts": true, "limited_gifts": true, "unique_gifts": true, "premium_subscription": true,
        "gifts_from_channels": true,
    });
    Ok(full.into())
}

pub(super) fn get_chat_member(state: &State, params: &Params) -> Outcome {
    let chat = state.chat(state.find_chat(params.value("chat_id"))?)?;
    let user_id = params.int("user_id").filter(|id| *id > 0);
    let user_id = user_id.ok_or_else(|| Failure::bad("invalid user_id specified"))?;
    let is_bot = user_id == state.config.bot_id;
    let user = if is_bot { Some(state.bot_json()) } else { state.user_json(user_id) };
    let user = user.ok_or_else(|| Failure::bad("PARTICIPANT_ID_INVALID"))?;
    let standing = match &chat.place {
        Place::Private { user, .. } if is_bot || user.id == user_id => Standing::Member,
        Place::Private { .. } => return Err(Failure::bad("user not found")),
        Place::Group(group) => {
            check_inside(group)?;
            if !is_bot && group.bot != Standing::Administrator {
                return Err(Failure::bad("member list is inaccessible"));
            }
            if is_bot { group.bot } else { group.members.get(&user_id).copied().unwrap_or(Standing::Left) }
        }
    };
    Ok(member_json(&user, standing).into())
}

fn check_inside(group: &Group) -> Result<(), Failure> {
    let kind = group.kind.as_str();
    match group.bot {
        Standing::Kicked => Err(Failure::forbidden(format_args!("bot was kicked from the {kind} chat"))),
        Standing::Left if group.username.is_none() => {
            Err(Failure::forbidden(format_args!("bot is not a member of the {kind} chat")))
        }
        _ => Ok(()),
    }
}

/// A `ChatMember` of that standing.
pub(crate) fn member_json(user: &Value, standing: Standing) -> Value {
    let mut member = json!({ "user": user });
    match standing {
        Standing::Member => member["status"] = "member".into(),
        Standing::Left => member["status"] = "left".into(),
        Standing::Kicked => {
            member["status"] = "kicked".into();
            member["until_date"] = 0.into();
        }
        Standing::Administrator => {
            member["status"] = "administrator".into();
            for right in [
                "can_be_edited",
                "is_anonymous",
                "can_manage_chat",
                "can_delete_messages",
                "can_manage_video_chats",
                "can_restrict_members",
                "can_promote_members",
                "can_change_info",
                "can_invite_users",
                "can_post_stories",
                "can_edit_stories",
                "can_delete_stories",
                "can_send_welcome_messages",
            ] {
                member[right] = (right == "can_manage_chat" || right == "can_invite_users").into();
            }
        }
    }
    member
}
