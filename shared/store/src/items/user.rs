//! A buyer.

use super::{
    parts::{UserIdShape, is_default, item, shape_of},
    promo::PromosShape,
};
use domain::{Email, Letters, Money, Promos, User, UserId, Wallet, Zone, gate::Pass};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_with::{DefaultOnError, DeserializeAs, DisplayFromStr, SerializeAs, serde_as};

/// A balance is a list of amounts, one a currency.
pub(super) struct WalletShape;

type Amounts = Vec<DisplayFromStr>;

impl WalletShape {
    pub(super) fn serialize<S: Serializer>(wallet: &Wallet, serializer: S) -> Result<S::Ok, S::Error> {
        Amounts::serialize_as(&wallet.amounts().to_vec(), serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Wallet, D::Error> {
        let amounts: Vec<Money> = Amounts::deserialize_as(deserializer)?;
        let stored = amounts.len();
        let wallet = Wallet::of(amounts);
        // A wallet drops what it cannot hold; of money, nothing is dropped in silence.
        let whole = wallet.amounts().len() == stored;
        whole.then_some(wallet).ok_or_else(|| D::Error::custom("not a balance"))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Pass")]
struct PassShape {
    ok_until: Timestamp,
}
shape_of!(PassShape, Pass);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Letters")]
struct LettersShape {
    #[serde(default, skip_serializing_if = "is_default")]
    off: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    refused: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    codes: Vec<Timestamp>,
}

#[serde_as]
#[derive(Serialize, Deserialize)]
#[serde(remote = "User")]
struct Shape {
    #[serde_as(as = "UserIdShape")]
    id: UserId,
    first_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde_as(as = "DisplayFromStr")]
    language: domain::Language,
    registered_at: Timestamp,
    #[serde_as(as = "DisplayFromStr")]
    referral_code: domain::ReferralCode,
    #[serde_as(as = "Option<UserIdShape>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    referrer: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    campaign: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trial_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Wallet::is_empty", with = "WalletShape")]
    balance: Wallet,
    #[serde(default, skip_serializing_if = "is_default", with = "PromosShape")]
    promos: Promos,
    // What is no address to us is nobody's, and must not keep its owner out.
    #[serde_as(as = "DefaultOnError<Option<DisplayFromStr>>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<Email>,
    #[serde(default, skip_serializing_if = "is_default", with = "LettersShape")]
    letters: Letters,
    // A zone that only a newer version offers is the shop's to an older one.
    #[serde_as(as = "DefaultOnError<Option<DisplayFromStr>>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zone: Option<Zone>,
    #[serde(default)]
    unreachable: bool,
    #[serde_as(as = "Option<DisplayFromStr>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    primary: Option<domain::SubscriptionNo>,
    #[serde_as(as = "Option<PassShape>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gate: Option<Pass>,
    version: u64,
}
item!(UserItem, User, "Shape");
