//! The orders: every one is a charge, and several may carry the same number of the shop's.

use super::{Config, md5};
use crate::{Act, NotPossible, OrderView};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The first order's id.
const FIRST: u64 = 123_456_789;
/// A payment that takes its time.
const SLOW: SignedDuration = SignedDuration::from_mins(65);

#[derive(Default)]
pub(super) struct Ledger {
    orders: Vec<Order>,
    /// Of which orders; sums as they were then.
    notices: Vec<Order>,
}

#[derive(Clone)]
pub(super) struct Order {
    pub id: u64,
    /// The shop's number of it.
    pub number: String,
    /// Hundredths.
    pub minor: i64,
    pub currency: String,
    pub email: String,
    pub method: u32,
    pub at: Timestamp,
    status: Status,
    arrives_at: Option<Timestamp>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    New,
    Paid,
    Refunded,
    Canceled,
}

impl Status {
    fn code(self) -> u8 {
        match self {
            Self::New => 0,
            Self::Paid => 1,
            Self::Refunded => 6,
            Self::Canceled => 9,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Paid => "paid",
            Self::Refunded => "refunded",
            Self::Canceled => "canceled",
        }
    }
}

/// What a new order says.
pub(super) struct NewOrder {
    pub number: String,
    pub minor: i64,
    pub currency: String,
    pub email: String,
    pub method: u32,
}

impl Ledger {
    /// A new order; another one of the same number is another order.
    pub fn open(&mut self, new: NewOrder, now: Timestamp) -> &Order {
        let id = FIRST + self.orders.len() as u64;
        let NewOrder { number, minor, currency, email, method } = new;
        let (status, arrives_at) = (Status::New, None);
        self.push(Order { id, number, minor, currency, email, method, at: now, status, arrives_at })
    }

    fn push(&mut self, order: Order) -> &Order {
        self.orders.push(order);
        &self.orders[self.orders.len() - 1]
    }

    /// An order of this number and sum that still waits: the form does not open it twice.
    pub fn waiting(&self, new: &NewOrder) -> Option<&Order> {
        self.orders.iter().find(|order| {
            order.status == Status::New
                && (&order.number, order.minor, &order.currency) == (&new.number, new.minor, &new.currency)
        })
    }

    /// Slow payments arrive.
    pub fn tick(&mut self, now: Timestamp) {
        for order in &mut self.orders {
            if order.arrives_at.is_some_and(|at| at <= now) {
                order.arrives_at = None;
                order.status = Status::Paid;
                self.notices.push(order.clone());
            }
        }
    }

    pub fn act(&mut self, id: &str, act: Act, now: Timestamp) -> Result<(), NotPossible> {
        let next = FIRST + self.orders.len() as u64;
        let order = self.orders.iter_mut().find(|order| order.id.to_string() == id);
        let order = order.ok_or(NotPossible::Unknown)?;
        let state = || Err(NotPossible::State(order.status.name().to_owned()));
        let open = order.status == Status::New && order.arrives_at.is_none();
        match act {
            Act::Dispute => return Err(NotPossible::Never("FreeKassa")),
            Act::Refund(_) | Act::PayAgain if order.status != Status::Paid => return state(),
            Act::Refund(_) | Act::PayAgain => {}
            _ if !open => return state(),
            _ => {}
        }
        let mut told = 1;
        match act {
            Act::PayLate => {
                order.arrives_at = now.checked_add(SLOW).ok();
                return Ok(());
            }
            Act::Cancel => {
                order.status = Status::Canceled;
                return Ok(());
            }
            Act::Refund(minor) if minor != order.minor => return Err(NotPossible::Amount),
            Act::Refund(_) => {
                order.status = Status::Refunded;
                return Ok(());
            }
            Act::PayAgain => {
                let again = Order { id: next, at: now, ..order.clone() };
                self.notices.push(again.clone());
                self.orders.push(again);
                return Ok(());
            }
            Act::PayOther(minor) if minor <= 0 => return Err(NotPossible::Amount),
            Act::PayOther(minor) => order.minor = minor,
            Act::PaySilently => told = 0,
            Act::PayAndRepeat => told = 2,
            Act::Pay | Act::Dispute => {}
        }
        order.status = Status::Paid;
        self.notices.extend(std::iter::repeat_n(order.clone(), told));
        Ok(())
    }

    /// Orders by their number, or by their id, newest first.
    pub fn find(&self, number: Option<&str>, id: Option<u64>) -> impl Iterator<Item = &Order> {
        let wanted = move |order: &&Order| {
            number.is_none_or(|number| order.number == number) && id.is_none_or(|id| order.id == id)
        };
        self.orders.iter().rev().filter(wanted)
    }

    pub fn take_notices(&mut self, config: &Config) -> Vec<Vec<(&'static str, String)>> {
        std::mem::take(&mut self.notices).iter().map(|order| order.notice(config)).collect()
    }

    pub fn views(&self, config: &Config) -> Vec<OrderView> {
        self.orders.iter().map(|order| order.view(config)).collect()
    }
}

impl Order {
    /// One row of `orders`.
    pub fn row(&self) -> Value {
        json!({
            "merchant_order_id": self.number,
            "fk_order_id": self.id,
            "amount": amount(self.minor),
            "currency": self.currency,
            "email": self.email,
            "account": "220220******1234",
            "date": self.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            "status": self.status.code(),
        })
    }

    fn notice(&self, config: &Config) -> Vec<(&'static str, String)> {
        let amount = short(self.minor);
        let sign = md5(&[&config.shop_id, &amount, &config.secret_word_2, &self.number]);
        vec![
            ("MERCHANT_ID", config.shop_id.clone()),
            ("AMOUNT", amount),
            ("intid", self.id.to_string()),
            ("MERCHANT_ORDER_ID", self.number.clone()),
            ("P_EMAIL", self.email.clone()),
            ("P_PHONE", String::new()),
            ("CUR_ID", self.method.to_string()),
            ("payer_account", "220220******1234".to_owned()),
            ("commission", "0".to_owned()),
            ("SIGN", sign),
        ]
    }

    fn view(&self, config: &Config) -> OrderView {
        let arrived = matches!(self.status, Status::Paid | Status::Refunded);
        OrderView {
            id: self.id.to_string(),
            order: Some(self.number.clone()),
            minor: self.minor,
            currency: self.currency.clone(),
            status: self.status.name().to_owned(),
            open: self.status == Status::New && self.arrives_at.is_none(),
            paid_minor: if arrived { self.minor } else { 0 },
            refunded_minor: if self.status == Status::Refunded { self.minor } else { 0 },
            description: format!("Order {}", self.number),
            return_url: config.success_url.clone(),
        }
    }
}

/// Hundredths as FreeKassa writes sums: `199`, `199.5`, `199.05`.
fn short(minor: i64) -> String {
    let text = format!("{}.{:02}", minor / 100, minor % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A sum in `orders`: a number if it is whole, else text. Shops meet both.
fn amount(minor: i64) -> Value {
    if minor % 100 == 0 { (minor / 100).into() } else { short(minor).into() }
}

/// Hundredths of a decimal with at most two decimals; more than nothing.
pub(super) fn minor(text: &str) -> Option<i64> {
    let (whole, cents) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let proper = digits(whole) && digits(cents) && cents.len() <= 2;
    proper.then(|| format!("{whole}{cents:0<2}").parse().ok())?.filter(|minor| *minor > 0)
}
