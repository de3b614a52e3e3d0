//! Webhooks: signed, without an event id. What the Shop API sold is only named here and asked about; what Tribute's own
//! links sold is believed, because nothing else tells of it.

use super::is_id;
use crate::{AuthError, Claim, Fetched, ObjectRef, Sale, SaleChange, Verified, amount::currency};
use domain::{
    Money, Provider, UserId,
    credit::{Report, Status},
};
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Notice<'a> {
    #[serde(default)]
    name: String,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ShopOrder {
    uuid: String,
}

#[derive(Deserialize)]
struct Subscription {
    #[serde(rename = "subscription_id")]
    number: u64,
    #[serde(default)]
    period: String,
    amount: i64,
    currency: String,
    telegram_user_id: Option<i64>,
    expires_at: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Product {
    #[serde(rename = "product_id")]
    number: u64,
    amount: Option<i64>,
    currency: String,
    telegram_user_id: Option<i64>,
    purchase_id: u64,
}

/// A sale that may lack its buyer.
struct Sold {
    item: String,
    user: Option<i64>,
    external_id: String,
    change: SaleChange,
}

/// Reads a body whose signature was checked. `test`: what it says is test money.
pub(super) fn read(body: &[u8], test: bool) -> Result<Claim, AuthError> {
    let notice: Notice<'_> =
        serde_json::from_slice(body).map_err(|_| AuthError::Malformed("not a notification in JSON"))?;
    let sold = match notice.name.as_str() {
        "" => return Ok(Claim::Ignore("the cabinet's test")),
        "new_subscription" | "renewed_subscription" => paid(&payload(&notice)?)?,
        "cancelled_subscription" => canceled(&payload(&notice)?)?,
        "new_digital_product" => bought(&payload(&notice)?)?,
        "digital_product_refunded" => refunded(&payload(&notice)?)?,
        name if name == "shop_order" || name.starts_with("shop_order_") => {
            let ShopOrder { uuid } = payload(&notice)?;
            let proper = is_id(&uuid);
            return if proper {
                Ok(Claim::Ask(ObjectRef::Payment(uuid)))
            } else {
                Err(AuthError::Malformed("no proper order id"))
            };
        }
        _ => return Ok(Claim::Ignore("neither a subscription nor a product nor an order")),
    };
    Ok(claim(sold, test))
}

fn payload<T: DeserializeOwned>(notice: &Notice<'_>) -> Result<T, AuthError> {
    let given = notice.payload.ok_or(AuthError::Malformed("no payload"))?;
    serde_json::from_str(given.get()).map_err(|_| AuthError::Malformed("a payload of another shape"))
}

fn paid(told: &Subscription) -> Result<Sold, AuthError> {
    let kind = told.kind.as_deref().unwrap_or("regular");
    let amount = if kind == "trial" { 0 } else { told.amount };
    let amount = money(amount, &told.currency)?;
    let (renews, gift) = (kind == "regular" && told.period != "onetime", kind == "gift");
    of_subscription(told, |until| SaleChange::Paid { amount, until: Some(until), renews, gift })
}

fn canceled(told: &Subscription) -> Result<Sold, AuthError> {
    of_subscription(told, |until| SaleChange::Canceled { until: Some(until) })
}

/// A period is known by its end: a repeated notification names the same, a renewal another.
fn of_subscription(
    told: &Subscription,
    change: impl FnOnce(Timestamp) -> SaleChange,
) -> Result<Sold, AuthError> {
    let until: Timestamp =
        told.expires_at.parse().map_err(|_| AuthError::Malformed("not a moment of expiry"))?;
    let user = told.telegram_user_id.unwrap_or_default();
    Ok(Sold {
        item: format!("subscription/{}", told.number),
        user: told.telegram_user_id,
        external_id: format!("{}/{user}/{until}", told.number),
        change: change(until),
    })
}

fn bought(told: &Product) -> Result<Sold, AuthError> {
    let amount = told.amount.ok_or(AuthError::Malformed("no amount"))?;
    let amount = money(amount, &told.currency)?;
    Ok(of_product(told, SaleChange::Paid { amount, until: None, renews: false, gift: false }))
}

fn refunded(told: &Product) -> Result<Sold, AuthError> {
    let amount = told.amount.map(|amount| money(amount, &told.currency)).transpose()?;
    Ok(of_product(told, SaleChange::Refunded { amount }))
}

fn of_product(told: &Product, change: SaleChange) -> Sold {
    Sold {
        item: format!("product/{}", told.number),
        user: told.telegram_user_id,
        external_id: told.purchase_id.to_string(),
        change,
    }
}

fn money(minor: i64, code: &str) -> Result<Money, AuthError> {
    let currency = currency(code).map_err(|_| AuthError::Malformed("an unknown currency"))?;
    if minor < 0 { Err(AuthError::Malformed("less than nothing")) } else { Ok(Money::new(minor, currency)) }
}

fn claim(sold: Sold, test: bool) -> Claim {
    let Sold { item, user, external_id, change } = sold;
    if let Some(user) = user.filter(|user| *user > 0) {
        let sale = Sale { provider: Provider::Tribute, item, user: UserId(user), external_id, change, test };
        return Claim::Sold(Verified::new(sale));
    }
    // Money of nobody whom the shop could give anything: an operator has to look.
    let status = match change {
        SaleChange::Paid { amount, .. } if amount.is_positive() => Status::Paid(amount),
        SaleChange::Refunded { amount: Some(amount) } if amount.is_positive() => Status::Refunded(amount),
        SaleChange::Paid { .. } | SaleChange::Canceled { .. } | SaleChange::Refunded { .. } => {
            return Claim::Ignore("no Telegram user, and no money");
        }
    };
    Claim::Signed(Verified::new(Fetched {
        payment: None,
        report: Report { external_id, status, test, saved: None },
        provider: Provider::Tribute,
    }))
}
