//! The work on one account: finding, creating, changing, resetting, deleting it.

use super::{
    Marzban,
    call::{Call, SMALL},
    diff::{self, Changes},
    groups::{self, Groups, Share, Tags},
    wire::{self, User},
};
use crate::{Desired, PanelError, http};
use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What the panel offers, of which a plan names the tag.
#[derive(Deserialize)]
pub(super) struct Inbound {
    pub(super) tag: String,
}

impl Marzban {
    /// A call that is not about one account.
    pub(super) async fn ask(&self, call: &Call<'_>) -> Result<Value, PanelError> {
        self.door.call(call).await.map_err(|error| match error {
            error if wire::is_forbidden(&error) => PanelError::Unauthorized,
            error => error,
        })
    }

    pub(super) async fn get(&self, path: &[&str]) -> Result<Value, PanelError> {
        self.ask(&Call { method: Method::GET, path, query: &[], body: None, largest: SMALL }).await
    }

    /// A call about one account. One of another administrator is somebody else's.
    pub(super) async fn about(
        &self,
        username: &str,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Value, PanelError> {
        let call = Call { method, path, query: &[], body, largest: SMALL };
        self.door.call(&call).await.map_err(|error| match error {
            error if wire::is_forbidden(&error) => PanelError::Foreign { username: username.to_owned() },
            error => error,
        })
    }

    /// A call that answers with the account; `None` if there is no such account.
    pub(super) async fn present(
        &self,
        username: &str,
        method: Method,
        action: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Option<User>, PanelError> {
        let path: Vec<_> = ["user", username].into_iter().chain(action).collect();
        match self.about(username, method, &path, body).await {
            Ok(answer) => User::read(answer, username).map(Some),
            Err(error) if wire::is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn find(&self, username: &str) -> Result<Option<User>, PanelError> {
        self.present(username, Method::GET, None, None).await
    }

    /// Sends a change, and with it the `next_plan` that it would delete.
    pub(super) async fn change(
        &self,
        user: &User,
        mut fields: Map<String, Value>,
    ) -> Result<Option<User>, PanelError> {
        if let Some(plan) = &user.next_plan {
            fields.insert("next_plan".to_owned(), plan.clone());
        }
        self.present(&user.username, Method::PUT, None, Some(&Value::Object(fields))).await
    }

    /// What the panel offers, by protocol.
    pub(super) async fn offer(&self) -> Result<BTreeMap<String, Vec<Inbound>>, PanelError> {
        http::decode(self.get(&["inbounds"]).await?)
    }

    pub(super) async fn tags(&self) -> Result<Tags, PanelError> {
        let offer = self.offer().await?.into_iter();
        Ok(offer.map(|(name, list)| (name, list.into_iter().map(|inbound| inbound.tag).collect())).collect())
    }

    /// What a new account gets; never empty.
    pub(super) async fn first_groups(&self, squads: &[String]) -> Result<Groups, PanelError> {
        let mut groups = groups::parse(squads)?;
        if groups.is_empty() {
            groups = self.proxies.iter().map(|proxy| (proxy.protocol, Share::All)).collect();
        }
        if groups.is_empty() {
            let tags = self.tags().await?.into_iter().filter(|(_, tags)| !tags.is_empty());
            groups = tags.filter_map(|(name, _)| Some((name.parse().ok()?, Share::All))).collect();
        }
        if groups.is_empty() {
            let message = "the panel offers no inbounds".to_owned();
            return Err(PanelError::Refused { code: Some("group".to_owned()), message, status: 422 });
        }
        Ok(groups)
    }

    /// Creates the account, or finds the one that stands in its place: another worker's, or that of an earlier call
    /// of ours whose answer was lost. It is always read back: an account that the panel says it made and does not
    /// have must not be told to the buyer. `None`: it has none.
    pub(super) async fn create(&self, want: &Desired) -> Result<Option<User>, PanelError> {
        let groups = self.first_groups(&want.access.squads).await?;
        let body = diff::creation(want, &groups, &self.proxies);
        let refusal = match self.about(&want.username, Method::POST, &["user"], Some(&body)).await {
            Ok(answer) => User::read(answer, &want.username).map(|_| None)?,
            Err(error) if wire::is_taken(&error) || error.may_have_worked() => Some(error),
            Err(error) if wire::is_crash(&error) => return self.after_crash(&want.username, error).await,
            Err(error) => return Err(error),
        };
        match (self.find(&want.username).await?, refusal) {
            (None, Some(refusal)) => Err(refusal),
            (found, _) => Ok(found),
        }
    }

    /// A create of ours answered 500. There may be nothing, a sound account, or a row that the panel cannot show and
    /// that keeps it from listing any other: that one is deleted. It was not there a moment ago, so it is ours.
    async fn after_crash(&self, username: &str, crash: PanelError) -> Result<Option<User>, PanelError> {
        match self.find(username).await {
            Ok(None) => return Err(crash),
            Ok(Some(user)) if !user.proxies.is_empty() => return Ok(Some(user)),
            Ok(Some(_)) => {}
            Err(error) if wire::is_crash(&error) => {}
            Err(error) => return Err(error),
        }
        // Is it the row that is broken, or the panel?
        self.get(&["admin"]).await?;
        tracing::warn!(account.username = username, "the panel stored a broken account; it is deleted");
        self.remove(username).await?;
        Err(crash)
    }

    pub(super) async fn remove(&self, username: &str) -> Result<bool, PanelError> {
        match self.about(username, Method::DELETE, &["user", username], None).await {
            Ok(answer) if answer["detail"].is_string() => Ok(true),
            Ok(_) => Err(PanelError::Garbage { cause: "no `detail` after a delete".to_owned() }),
            Err(error) if wire::is_absent(&error) => Ok(false),
            Err(error) if wire::is_crash(&error) => {
                self.find(username).await?.map_or(Ok(true), |_| Err(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Brings `user` to what is wanted. `None`: it vanished meanwhile.
    pub(super) async fn adjust(
        &self,
        user: User,
        want: &Desired,
        now: Timestamp,
    ) -> Result<Option<User>, PanelError> {
        if !diff::is_ours(&user, want) {
            return Err(PanelError::Foreign { username: user.username });
        }
        let groups = groups::parse(&want.access.squads)?;
        let offer = if groups::needs_offer(&user, &groups) { self.tags().await? } else { Tags::new() };
        let Changes { fields, by_hand, reset } =
            diff::changes(&user, want, now, (&groups, &offer, &self.proxies));
        if !by_hand.is_empty() {
            tracing::warn!(account.username = user.username, fields = ?by_hand, "values changed by hand in the panel are set back");
        }
        let mut user = user;
        if !fields.is_empty() {
            match self.change(&user, fields).await? {
                Some(changed) => user = changed,
                None => return Ok(None),
            }
        }
        if reset { self.reset(user, Map::new()).await } else { Ok(Some(user)) }
    }

    /// Counts from zero, then sets back what that changes besides: `next_plan`, and `fields`.
    pub(super) async fn reset(
        &self,
        user: User,
        fields: Map<String, Value>,
    ) -> Result<Option<User>, PanelError> {
        let after = self.present(&user.username, Method::POST, Some("reset"), None).await?;
        if after.is_none() || (fields.is_empty() && user.next_plan.is_none()) {
            return Ok(after);
        }
        self.change(&user, fields).await
    }
}
