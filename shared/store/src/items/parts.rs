//! Shapes that stand inside others.

use domain::{Access, Applied, Extra, Leaving, Localized, Observed, Terms, event::HoldReason, usage::News};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_with::{DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

/// Lets a `remote` shape stand inside `Option`, `Vec` and newtypes.
macro_rules! shape_of {
    ($shape:ty, $domain:ty) => {
        impl SerializeAs<$domain> for $shape {
            fn serialize_as<S: Serializer>(value: &$domain, serializer: S) -> Result<S::Ok, S::Error> {
                <$shape>::serialize(value, serializer)
            }
        }

        impl<'de> DeserializeAs<'de, $domain> for $shape {
            fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<$domain, D::Error> {
                <$shape>::deserialize(deserializer)
            }
        }
    };
}
pub(super) use shape_of;

#[derive(Serialize, Deserialize)]
#[serde(remote = "HoldReason", rename_all = "snake_case")]
pub(super) enum HoldReasonShape {
    Amount,
    Mode,
    Buyer,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "News", rename_all = "snake_case")]
pub(super) enum NewsShape {
    Traffic { percent: u8 },
    FirstConnection,
    NotConnected,
    DeviceAdded { device: String },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Localized")]
pub(super) struct LocalizedShape {
    ru: String,
    en: String,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Terms")]
pub(super) struct TermsShape {
    #[serde_as(as = "DisplayFromStr")]
    plan: domain::PlanId,
    #[serde(with = "LocalizedShape")]
    name: Localized,
    #[serde_as(as = "DisplayFromStr")]
    period: domain::Period,
    traffic_limit: u64,
    #[serde_as(as = "DisplayFromStr")]
    traffic_reset: domain::TrafficReset,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device_limit: Option<u32>,
    #[serde_as(as = "DisplayFromStr")]
    #[serde(default, skip_serializing_if = "is_default")]
    panel: domain::PanelId,
    squads: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_squad: Option<String>,
}
shape_of!(TermsShape, Terms);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Access")]
pub(super) struct AccessShape {
    end: Timestamp,
    traffic_limit: u64,
    #[serde_as(as = "DisplayFromStr")]
    traffic_reset: domain::TrafficReset,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device_limit: Option<u32>,
    squads: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_squad: Option<String>,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Applied")]
pub(super) struct AppliedShape {
    #[serde_as(as = "DisplayFromStr")]
    #[serde(default, skip_serializing_if = "is_default")]
    panel: domain::PanelId,
    revision: u64,
    at: Timestamp,
    #[serde(with = "AccessShape")]
    access: Access,
    username: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    panel_id: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    panel_uuid: Option<String>,
    link: String,
    #[serde(default, skip_serializing_if = "is_default")]
    revoked: bool,
}
shape_of!(AppliedShape, Applied);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Leaving")]
pub(super) struct LeavingShape {
    #[serde_as(as = "DisplayFromStr")]
    panel: domain::PanelId,
    username: String,
    until: Timestamp,
}
shape_of!(LeavingShape, Leaving);

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Extra")]
pub(super) struct ExtraShape {
    bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment: Option<domain::PaymentId>,
}
shape_of!(ExtraShape, Extra);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Observed")]
pub(super) struct ObservedShape {
    at: Timestamp,
    used: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_connected_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    online_at: Option<Timestamp>,
}
shape_of!(ObservedShape, Observed);

/// Leaves out what says nothing, so that a record without it is stored as ever.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A user id is a number in the table.
pub(super) struct UserIdShape;

impl SerializeAs<domain::UserId> for UserIdShape {
    fn serialize_as<S: Serializer>(id: &domain::UserId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(id.0)
    }
}

impl<'de> DeserializeAs<'de, domain::UserId> for UserIdShape {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<domain::UserId, D::Error> {
        i64::deserialize(deserializer).map(domain::UserId)
    }
}

/// Makes `$item` the stored form of `$domain`.
macro_rules! item {
    ($item:ident, $domain:ty, $shape:literal) => {
        /// The stored form.
        #[derive(Debug, serde::Serialize, serde::Deserialize)]
        pub(crate) struct $item(#[serde(with = $shape)] pub $domain);
    };
}
pub(super) use item;
