//! What is done to one account: a new link, on and off, a new count, an end.
//!
//! The account is always looked up by name first, also when an id is known. The look-up tells which family the panel
//! is of today, and an id from before an upgrade, or from before somebody set the panel up anew, would address
//! nobody or, worse, somebody else.

use super::{Remnawave, user::User};
use crate::{AccountKey, PanelError};
use domain::provisioning::Account;
use reqwest::Method;
use serde_json::{Value, json};

/// New keys and a new link. A repeat after a lost answer revokes once more, and answers with the link that counts.
pub(super) async fn revoke(panel: &Remnawave, key: &AccountKey) -> Result<Option<Account>, PanelError> {
    let Some(user) = panel.find(&key.username).await? else { return Ok(None) };
    let user = act(panel, &user, "revoke", Some(&json!({}))).await?;
    user.map(User::into_account).transpose()
}

/// On or off. Only what a person (or we) switched off is switched on: the panel would open an expired account for the
/// half minute until its job closes it again, and tell the buyer twice.
pub(super) async fn switch(panel: &Remnawave, key: &AccountKey, on: bool) -> Result<bool, PanelError> {
    let Some(user) = panel.find(&key.username).await? else { return Ok(false) };
    if user.is_disabled() != on {
        return Ok(true);
    }
    let action = if on { "enable" } else { "disable" };
    match act(panel, &user, action, None).await {
        Ok(user) => Ok(user.is_some()),
        Err(error) if is_so_already(&error) => Ok(true),
        Err(error) => Err(error),
    }
}

/// `A029`: disabled already; `A030`: enabled already. Somebody else was faster, or the answer to our first try was
/// lost.
fn is_so_already(error: &PanelError) -> bool {
    matches!(error, PanelError::Refused { code: Some(code), .. } if code == "A029" || code == "A030")
}

/// Counts from zero; the status changes only if it was LIMITED.
pub(super) async fn reset_traffic(panel: &Remnawave, key: &AccountKey) -> Result<bool, PanelError> {
    let Some(user) = panel.find(&key.username).await? else { return Ok(false) };
    Ok(act(panel, &user, "reset-traffic", None).await?.is_some())
}

/// Deletes. What was there when we looked and is gone when we come was deleted all the same: our first try may have
/// been carried out and its answer lost.
pub(super) async fn delete(panel: &Remnawave, key: &AccountKey) -> Result<bool, PanelError> {
    let Some(user) = panel.find(&key.username).await? else { return Ok(false) };
    match panel.call(Method::DELETE, &["users", &user.segment()], None).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_absent() => Ok(true),
        Err(error) => Err(error),
    }
}

/// `None`: the user vanished after it was looked up.
pub(super) async fn act(
    panel: &Remnawave,
    user: &User,
    action: &str,
    body: Option<&Value>,
) -> Result<Option<User>, PanelError> {
    let after = panel.present(Method::POST, &["users", &user.segment(), "actions", action], body).await?;
    after.map(|after| after.same_as(user)).transpose()
}
