//! The methods, by topic. Each gets parameters that already have the right types.

pub(crate) mod bot;
mod edit;
mod payments;
mod queries;
mod send;

use serde_json::Value;

use crate::failure::Failure;
use crate::params::Params;
use crate::state::State;

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) result: Value,
    /// The remark some methods add.
    pub(crate) description: Option<&'static str>,
}

impl From<Value> for Done {
    fn from(result: Value) -> Self {
        Self { result, description: None }
    }
}

/// What a method answers.
pub(crate) type Outcome = Result<Done, Failure>;

/// Carries out a method. `getUpdates` answers at once here; waiting is the caller's part.
pub(crate) fn run(state: &mut State, method: &str, params: &Params) -> Outcome {
    match method {
        "sendMessage" => send::message(state, params),
        "sendPhoto" => send::photo(state, params),
        "sendDocument" => send::document(state, params),
        "copyMessage" => send::copy(state, params),
        "sendChatAction" => send::chat_action(state, params),
        "editMessageText" => edit::text(state, params),
        "editMessageCaption" => edit::caption(state, params),
        "editMessageReplyMarkup" => edit::reply_markup(state, params),
        "editMessageMedia" => edit::media(state, params),
        "deleteMessage" => edit::delete(state, params),
        "answerCallbackQuery" => queries::callback(state, params),
        "answerInlineQuery" => queries::inline(state, params),
        "sendInvoice" => payments::send_invoice(state, params),
        "createInvoiceLink" => payments::create_link(state, params),
        "answerPreCheckoutQuery" => payments::answer_pre_checkout(state, params),
        "refundStarPayment" => payments::refund(state, params),
        "getStarTransactions" => Ok(payments::transactions(state, params)),
        "editUserStarSubscription" => payments::edit_subscription(state, params),
        "getMe" => Ok(bot::get_me(state)),
        "getUpdates" => bot::get_updates(state, params),
        "setWebhook" => bot::set_webhook(state, params),
        "deleteWebhook" => Ok(bot::delete_webhook(state, params)),
        "getWebhookInfo" => Ok(bot::webhook_info(state)),
        "setMyCommands" => bot::set_commands(state, params),
        "setChatMenuButton" => bot::set_menu_button(state, params),
        "getChat" => bot::get_chat(state, params),
        "getChatMember" => bot::get_chat_member(state, params),
        _ => Err(Failure::not_carried_out(format_args!("{method}"))),
    }
}
