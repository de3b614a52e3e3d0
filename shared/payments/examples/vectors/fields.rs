//! What is read out of a delivery, compared with what is expected: every field with the literal text that was sent, and what
//! decides about money also with what the gateway claims.

use super::{
    Mismatch, expect,
    file::{Delivery, Owner},
};
use domain::{
    Money, PaymentId,
    Provider::{self, self as P},
    credit::Status,
};
use jiff::Timestamp;
use payments::{Claim, ObjectRef, SaleChange};
use serde_json::{Map, Value};
use url::form_urlencoded;

/// What a field means to the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Our order's id.
    Order,
    /// An amount in major units.
    Amount,
    /// An amount in minor units.
    Minor,
    /// A currency, in any case.
    Currency,
    /// The provider's id of the money.
    Object,
    /// How it stands; the text says that money came.
    Status(&'static str),
    /// Who pays, by Telegram's id.
    User,
    /// Which article was sold; the kind that stands before its number.
    Article(&'static str),
    /// Until when access was promised.
    Until,
    /// CRC-32 of the body, which no field carries.
    Checksum,
    /// Nothing.
    Text,
}

/// The meaning of names, and where they stand: a form field's name, or a pointer into JSON. What is not listed stands under
/// its own name and means nothing to the shop.
const NAMES: [(Provider, &[&str], Role, &str); 39] = [
    (P::Stripe, &["event_id"], Role::Text, "/id"),
    (P::Stripe, &["type"], Role::Text, "/type"),
    (P::Stripe, &["session_id", "object_id", "charge_id", "refund_id"], Role::Text, "/data/object/id"),
    (P::Stripe, &["client_reference_id"], Role::Order, "/data/object/client_reference_id"),
    (P::Stripe, &["order_id"], Role::Order, "/data/object/metadata/order_id"),
    (P::Stripe, &["amount_total"], Role::Minor, "/data/object/amount_total"),
    (P::Stripe, &["currency"], Role::Currency, "/data/object/currency"),
    (P::Stripe, &["payment_intent"], Role::Object, "/data/object/payment_intent"),
    (P::Stripe, &["payment_status"], Role::Status("paid"), "/data/object/payment_status"),
    (P::Cryptopay, &["invoice_id"], Role::Object, "/payload/invoice_id"),
    (P::Cryptopay, &["status"], Role::Status("paid"), "/payload/status"),
    (P::Cryptopay, &["fiat"], Role::Currency, "/payload/fiat"),
    (P::Cryptopay, &["amount"], Role::Amount, "/payload/amount"),
    (P::Cryptopay, &["payload", "order_id"], Role::Order, "/payload/payload"),
    (P::Freekassa, &["merchant_order_id", "MERCHANT_ORDER_ID"], Role::Order, "MERCHANT_ORDER_ID"),
    (P::Freekassa, &["amount_raw", "amount", "AMOUNT"], Role::Amount, "AMOUNT"),
    (P::Freekassa, &["intid"], Role::Object, "intid"),
    (P::Robokassa, &["OutSum"], Role::Amount, "OutSum"),
    (P::Robokassa, &["InvId"], Role::Object, "InvId"),
    (P::Robokassa, &["Shp_order"], Role::Order, "Shp_order"),
    (P::Tribute, &["name"], Role::Text, "/name"),
    (P::Tribute, &["amount_minor", "amount"], Role::Minor, "/payload/amount"),
    (P::Tribute, &["price_minor", "price"], Role::Text, "/payload/price"),
    (P::Tribute, &["currency"], Role::Currency, "/payload/currency"),
    (P::Tribute, &["telegram_user_id"], Role::User, "/payload/telegram_user_id"),
    (P::Tribute, &["subscription_id"], Role::Article("subscription/"), "/payload/subscription_id"),
    (P::Tribute, &["product_id"], Role::Article("product/"), "/payload/product_id"),
    (P::Tribute, &["purchase_id"], Role::Object, "/payload/purchase_id"),
    (P::Tribute, &["expires_at"], Role::Until, "/payload/expires_at"),
    (P::Wata, &["orderId"], Role::Order, "/orderId"),
    (P::Wata, &["amount"], Role::Amount, "/amount"),
    (P::Wata, &["currency"], Role::Currency, "/currency"),
    (P::Wata, &["transactionId"], Role::Object, "/transactionId"),
    (P::Wata, &["transactionStatus"], Role::Status("Paid"), "/transactionStatus"),
    (P::Paypal, &["event_type"], Role::Status("PAYMENT.CAPTURE.COMPLETED"), "/event_type"),
    (P::Paypal, &["custom_id"], Role::Order, "/resource/custom_id"),
    (P::Paypal, &["amount", "value"], Role::Amount, "/resource/amount/value"),
    (P::Paypal, &["currency_code", "currency"], Role::Currency, "/resource/amount/currency_code"),
    (P::Paypal, &["capture_id"], Role::Object, "/resource/id"),
];

fn known(owner: Owner, name: &str) -> (Role, &str) {
    if name == "crc32_decimal" {
        return (Role::Checksum, name);
    }
    let Owner::Ours(provider) = owner else { return (Role::Text, name) };
    let row = NAMES.iter().find(|(of, names, ..)| *of == provider && names.contains(&name));
    row.map_or((Role::Text, name), |(_, _, role, place)| (*role, *place))
}

/// Compares every expected field.
pub fn check(
    owner: Owner,
    expected: &Value,
    delivery: &Delivery,
    claim: Option<&Claim>,
) -> Result<(), Mismatch> {
    let nothing = Map::new();
    let told = claim.map(Told::of);
    for (name, value) in expected.as_object().unwrap_or(&nothing) {
        let (role, place) = known(owner, name);
        let sent = match role {
            Role::Checksum => Some(Value::from(crc32fast::hash(&delivery.body))),
            _ => sent(delivery, place, value),
        };
        let literal = sent.as_ref().map_or(value.is_null(), |sent| is_same(role, sent, value));
        expect(literal, format!("{name} = {value} in what was sent"), || match &sent {
            Some(sent) => format!("it is {sent}"),
            None => "there is no such field".to_owned(),
        })?;
        if let (Some(told), Some(claim)) = (&told, claim) {
            expect(
                told.agrees(role, &plain(value)),
                format!("{name} = {value} in what the gateway reads"),
                || format!("{claim:?}"),
            )?;
        }
    }
    Ok(())
}

/// A field as it was sent. Names that are no pointers are looked for everywhere; a name that does not occur at all is the
/// file's own, and then it is enough that some field has the value, unless that is so short that it may stand there by chance.
fn sent(delivery: &Delivery, place: &str, value: &Value) -> Option<Value> {
    let text = delivery.text();
    let body = serde_json::from_str::<Value>(&text).ok().unwrap_or_else(|| form(&text));
    if place.starts_with('/') {
        return body.pointer(place).cloned();
    }
    let named = anywhere(&body, &|name, _| name == place);
    let telling = plain(value).len() > 3;
    named.or_else(|| anywhere(&body, &|_, field| telling && field == value)).cloned()
}

/// The fields of a form; of a multipart form, too.
fn form(text: &str) -> Value {
    let part = |part: &str| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let (_, name) = head.split_once(" name=\"")?;
        let (name, _) = name.split_once('"')?;
        Some((name.to_owned(), Value::from(value.split("\r\n").next()?)))
    };
    if text.starts_with("--") {
        return text.split("\r\n--").filter_map(part).collect::<Map<_, _>>().into();
    }
    let fields = form_urlencoded::parse(text.as_bytes());
    fields.map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect::<Map<_, _>>().into()
}

/// The first field that `wanted` takes.
fn anywhere<'a>(value: &'a Value, wanted: &dyn Fn(&str, &Value) -> bool) -> Option<&'a Value> {
    match value {
        Value::Object(fields) => {
            let own = fields.iter().find(|(name, field)| wanted(name, field)).map(|(_, field)| field);
            own.or_else(|| fields.values().find_map(|field| anywhere(field, wanted)))
        }
        Value::Array(items) => items.iter().find_map(|item| anywhere(item, wanted)),
        _ => None,
    }
}

fn is_same(role: Role, sent: &Value, expected: &Value) -> bool {
    let (left, right) = (plain(sent), plain(expected));
    match role {
        Role::Currency => left.eq_ignore_ascii_case(&right),
        // JSON's numbers have no literal text that lasts: 1188.0 is 1188.00. Texts have one, and it is what is signed.
        Role::Amount if sent.is_number() => trimmed(&left) == trimmed(&right),
        _ => left == right,
    }
}

/// A text, or what stands for another value in JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn trimmed(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

/// What a claim tells.
struct Told {
    /// Money came; `None` if that is still to be asked, or nobody's business.
    paid: Option<bool>,
    /// It says of which order, if of any of ours.
    names_order: bool,
    order: Option<PaymentId>,
    money: Option<Money>,
    objects: Vec<String>,
    user: Option<String>,
    article: Option<String>,
    until: Option<Timestamp>,
}

impl Told {
    fn of(claim: &Claim) -> Self {
        let mut told = Self {
            paid: None,
            names_order: false,
            order: None,
            money: None,
            objects: Vec::new(),
            user: None,
            article: None,
            until: None,
        };
        match claim {
            Claim::Signed(fetched) => {
                told.names_order = true;
                told.order = fetched.payment;
                told.objects.push(fetched.report.external_id.clone());
                told.paid = Some(matches!(fetched.report.status, Status::Paid(_)));
                told.money = match &fetched.report.status {
                    Status::Paid(money) | Status::Refunded(money) => Some(*money),
                    Status::RefundedPart { refund, amount } => {
                        told.objects.push(refund.clone());
                        Some(*amount)
                    }
                    Status::Pending | Status::Canceled(_) | Status::RefundFailed(_) | Status::Disputed(_) => {
                        None
                    }
                };
            }
            Claim::Ask(ObjectRef::Payment(id) | ObjectRef::Method(id)) => told.objects.push(id.clone()),
            Claim::Ask(ObjectRef::Refund { refund, payment }) => {
                told.objects.extend([refund.clone(), payment.clone()]);
            }
            Claim::Sold(sale) => {
                told.objects.push(sale.external_id.clone());
                told.user = Some(sale.user.to_string());
                told.article = Some(sale.item.clone());
                match &sale.change {
                    SaleChange::Paid { amount, until, .. } => {
                        told.money = Some(*amount);
                        told.until = *until;
                    }
                    SaleChange::Canceled { until } => told.until = *until,
                    SaleChange::Refunded { amount } => told.money = *amount,
                }
            }
            Claim::Ignore(_) => {}
        }
        told
    }

    /// The claim says the same, as far as it says anything of the kind.
    fn agrees(&self, role: Role, value: &str) -> bool {
        match role {
            Role::Order => !self.names_order || self.order == PaymentId::from_order(value),
            Role::Amount => self.money.is_none_or(|money| Money::parse(value, money.currency) == Ok(money)),
            Role::Minor => self.money.is_none_or(|money| money.minor.to_string() == value),
            Role::Currency => {
                self.money.is_none_or(|money| money.currency.code().eq_ignore_ascii_case(value))
            }
            Role::Object => {
                let mut parts = self.objects.iter().flat_map(|object| object.split('/'));
                self.objects.is_empty() || parts.any(|part| part == value)
            }
            Role::Status(word) => self.paid.is_none_or(|paid| paid == (value == word)),
            Role::User => self.user.as_deref().is_none_or(|user| user == value),
            Role::Article(kind) => {
                self.article.as_deref().is_none_or(|article| article.strip_prefix(kind) == Some(value))
            }
            Role::Until => {
                self.until.is_none_or(|until| value.parse().is_ok_and(|told: Timestamp| told == until))
            }
            Role::Checksum | Role::Text => true,
        }
    }
}
