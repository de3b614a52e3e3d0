//! The user object of every version, from 2.0 to 3.x.

use super::loose;
use crate::{AccountKey, Listed, PanelError, http::decode};
use domain::{Access, TrafficReset, provisioning::Account};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// What we read of a user. Keys and passwords are not read at all: what is not there cannot leak.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    /// 2.x only.
    uuid: Option<String>,
    /// From 2.3 on.
    #[serde(default, deserialize_with = "loose::maybe_whole")]
    id: Option<i64>,
    pub(super) username: String,
    pub(super) status: String,
    #[serde(deserialize_with = "loose::a_count")]
    pub(super) traffic_limit_bytes: u64,
    pub(super) traffic_limit_strategy: String,
    #[serde(rename = "expireAt", deserialize_with = "loose::an_instant")]
    expire_at: Timestamp,
    #[serde(default, deserialize_with = "loose::maybe_whole")]
    pub(super) telegram_id: Option<i64>,
    pub(super) description: Option<String>,
    #[serde(default, deserialize_with = "loose::maybe_small")]
    pub(super) hwid_device_limit: Option<u32>,
    /// From 2.2 on.
    pub(super) external_squad_uuid: Option<String>,
    subscription_url: String,
    pub(super) active_internal_squads: Vec<Squad>,
    /// From 2.3 on; before, the same fields lay in the user itself.
    #[serde(rename = "userTraffic")]
    traffic: Option<Traffic>,
    #[serde(flatten)]
    flat_traffic: Traffic,
}

/// A squad that a user is in.
#[derive(Deserialize)]
pub(super) struct Squad {
    pub(super) uuid: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Traffic {
    #[serde(deserialize_with = "loose::a_count")]
    used_traffic_bytes: u64,
    #[serde(deserialize_with = "loose::maybe_instant")]
    first_connected_at: Option<Timestamp>,
    #[serde(deserialize_with = "loose::maybe_instant")]
    online_at: Option<Timestamp>,
}

impl User {
    /// Reads a user, and checks that it can be addressed.
    pub(super) fn read(answer: Value) -> Result<Self, PanelError> {
        let user: Self = decode(answer)?;
        if user.uuid.is_none() && user.id.is_none() {
            return Err(PanelError::Garbage { cause: "a user with neither uuid nor id".to_owned() });
        }
        Ok(user)
    }

    /// This user, if it is the one that was asked for: nobody may get what belongs to another.
    pub(super) fn named(self, username: &str) -> Result<Self, PanelError> {
        if self.username == username {
            return Ok(self);
        }
        Err(PanelError::Garbage { cause: format!("asked for {username:?}, answered {:?}", self.username) })
    }

    /// This user, if it is `before` after a change.
    pub(super) fn same_as(self, before: &Self) -> Result<Self, PanelError> {
        let user = self.named(&before.username)?;
        if user.key() == before.key() {
            return Ok(user);
        }
        Err(PanelError::Garbage { cause: format!("{:?} was answered with another id", user.username) })
    }

    /// The name and value of the key that this user's family is addressed by, in bodies about users.
    pub(super) fn key(&self) -> (&'static str, Value) {
        match (&self.uuid, self.id) {
            (Some(uuid), _) => ("uuid", json!(uuid)),
            (None, id) => ("id", json!(id)),
        }
    }

    /// The same key where a device is spoken of. 2.8 mixes: asked by UUID, answered by number.
    pub(super) fn device_key(&self) -> (&'static str, Value) {
        let (name, value) = self.key();
        (if name == "uuid" { "userUuid" } else { "userId" }, value)
    }

    /// The same key as a part of a path.
    pub(super) fn segment(&self) -> String {
        let (_, value) = self.key();
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }

    /// Is this the account that was once confirmed under these ids?
    pub(super) fn has_id(&self, key: &AccountKey) -> bool {
        (self.uuid.is_some() && self.uuid == key.panel_uuid) || (self.id.is_some() && self.id == key.panel_id)
    }

    /// A person switched it off.
    pub(super) fn is_disabled(&self) -> bool {
        self.status == "DISABLED"
    }

    /// Until when, in whole seconds, as the domain counts.
    pub(super) fn end(&self) -> Timestamp {
        Timestamp::from_second(self.expire_at.as_second()).unwrap_or(self.expire_at)
    }

    fn traffic(&self) -> &Traffic {
        self.traffic.as_ref().unwrap_or(&self.flat_traffic)
    }

    /// Bytes used in this reset period.
    pub(super) fn used(&self) -> u64 {
        self.traffic().used_traffic_bytes
    }

    /// The user as a listing shows it.
    pub(super) fn into_listed(mut self) -> Result<Listed, PanelError> {
        let (telegram_id, disabled) = (self.telegram_id, self.is_disabled());
        let description = self.description.take();
        Ok(Listed { account: self.into_account()?, telegram_id, description, disabled })
    }

    /// The user as the domain sees it.
    pub(super) fn into_account(self) -> Result<Account, PanelError> {
        let traffic_reset: TrafficReset =
            self.traffic_limit_strategy.parse().map_err(|_| PanelError::Garbage {
                cause: format!("unknown traffic strategy {:?}", self.traffic_limit_strategy),
            })?;
        let end = self.end();
        let traffic = self.traffic.unwrap_or(self.flat_traffic);
        Ok(Account {
            username: self.username,
            panel_id: self.id,
            panel_uuid: self.uuid,
            link: self.subscription_url,
            link_varies: false,
            access: Access {
                end,
                traffic_limit: self.traffic_limit_bytes,
                traffic_reset,
                device_limit: self.hwid_device_limit,
                squads: self.active_internal_squads.into_iter().map(|squad| squad.uuid).collect(),
                external_squad: self.external_squad_uuid,
            },
            used: traffic.used_traffic_bytes,
            first_connected_at: traffic.first_connected_at,
            online_at: traffic.online_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Device, remnawave::devices};

    const SHAPES: &str = include_str!("../../../../tests/standins/panels/data/remnawave-shapes.json");

    fn shapes() -> Vec<Value> {
        let shapes: Value = serde_json::from_str(SHAPES).unwrap();
        shapes["shapes"].as_array().unwrap().clone()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn every_version_shows_the_same_user() {
        let shapes = shapes();
        assert_eq!(shapes.len(), 6);
        for shape in shapes {
            let (version, key) = (shape["version"].as_str().unwrap(), shape["key"].as_str().unwrap());
            let user = User::read(shape["user"].clone()).unwrap();
            assert_eq!((user.key().0, user.is_disabled()), (key, false), "{version}");
            assert_eq!(user.device_key().0, if key == "uuid" { "userUuid" } else { "userId" });
            let mut account = user.into_account().unwrap();
            let ids = (account.panel_id.take().is_some(), account.panel_uuid.take().is_some());
            assert_eq!(ids, (!version.starts_with("2.0"), key == "uuid"), "{version}");
            let expected = Account {
                username: "tg_7_1".to_owned(),
                panel_id: None,
                panel_uuid: None,
                link: "https://sub.example.com/9DjgSgfbEcLEVY0t".to_owned(),
                link_varies: false,
                access: Access {
                    end: at("2026-12-01T10:00:00Z"),
                    traffic_limit: 107_374_182_400,
                    traffic_reset: TrafficReset::Month,
                    device_limit: Some(3),
                    squads: vec!["f94b10f8-561c-4c60-afbb-2647d6008ca8".to_owned()],
                    external_squad: None,
                },
                used: 1_234_567,
                first_connected_at: Some(at("2026-11-01T11:00:00Z")),
                online_at: Some(at("2026-11-20T20:55:27.745Z")),
            };
            assert_eq!(account, expected, "{version}");
        }
    }

    #[test]
    fn every_version_shows_the_same_device() {
        for shape in shapes() {
            let expected = Device {
                hwid: "dev-aaaaaaaaaa".to_owned(),
                platform: Some("Android".to_owned()),
                os_version: Some("14".to_owned()),
                model: None,
                user_agent: Some("Happ/3.0".to_owned()),
                added_at: at("2026-11-20T20:55:29.039Z"),
            };
            assert_eq!(devices::read(&shape["device"]), Some(expected), "{}", shape["version"]);
        }
    }

    /// A fraction of a byte is JavaScript's; text for numbers was the habit of 2.2's webhooks.
    #[test]
    fn odd_numbers_are_read() {
        let mut user = shapes()[0]["user"].clone();
        user["trafficLimitBytes"] = json!(1000.5);
        user["usedTrafficBytes"] = json!("12");
        user["telegramId"] = json!("7");
        user["hwidDeviceLimit"] = json!(0);
        let user = User::read(user).unwrap();
        assert_eq!((user.telegram_id, user.used()), (Some(7), 12));
        let account = user.into_account().unwrap();
        assert_eq!((account.access.traffic_limit, account.access.device_limit), (1000, Some(0)));
    }

    #[test]
    fn a_user_that_cannot_be_addressed_is_no_user() {
        let mut user = shapes()[0]["user"].clone();
        user.as_object_mut().unwrap().shift_remove("uuid");
        assert!(matches!(User::read(user), Err(PanelError::Garbage { .. })));
    }
}
