//! Robokassa's shapes, and what they mean.

use crate::{Fetched, GatewayError, amount::Decimal};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Currency, Money, PaymentId, Provider,
    credit::{Report, SavedToken, Status},
};
use roxmltree::{Document, Node};
use serde::{Deserialize, Serialize};

/// What `OpStateExt` knows of a payment.
pub(super) struct State {
    /// 5 begun, 10 canceled, 20 on hold, 50 received, 60 returned, 80 suspended, 100 done.
    pub code: u16,
    /// What was ordered and paid, literally.
    out_sum: Option<String>,
    /// What a refund names the payment by.
    pub op_key: Option<String>,
    method: Option<String>,
    account: Option<String>,
    shp: Vec<(String, String)>,
}

/// What a question about a payment comes to.
pub(super) enum Asked {
    Known(State),
    Unknown,
    /// The signature or the shop is wrong.
    Unauthorized,
    /// Robokassa has trouble of its own.
    Trouble,
}

/// Reads the answer of `OpStateExt`.
pub(super) fn state(xml: &str) -> Result<Asked, GatewayError> {
    let document = Document::parse(xml.trim_start_matches('\u{feff}').trim())
        .map_err(|_| GatewayError::garbage("no XML"))?;
    let root = document.root_element();
    let code = |of: &str| inside(root, &[of, "Code"]).and_then(|code| code.parse::<u16>().ok());
    if root.tag_name().name() != "OperationStateResponse" {
        return Err(GatewayError::garbage("not the state of an operation"));
    }
    match code("Result") {
        Some(0) => {}
        Some(1 | 2) => return Ok(Asked::Unauthorized),
        Some(3) => return Ok(Asked::Unknown),
        Some(1000) => return Ok(Asked::Trouble),
        Some(other) => return Err(GatewayError::garbage(format!("result code {other}"))),
        None => return Err(GatewayError::garbage("no result code")),
    }
    let info = |name: &str| inside(root, &["Info", name]).map(str::to_owned);
    let named = |field: Node<'_, '_>| {
        Some((inside(field, &["Name"])?.to_owned(), inside(field, &["Value"])?.to_owned()))
    };
    Ok(Asked::Known(State {
        code: code("State").ok_or_else(|| GatewayError::garbage("no state code"))?,
        out_sum: info("OutSum"),
        op_key: info("OpKey"),
        method: inside(root, &["Info", "PaymentMethod", "Code"]).map(str::to_owned),
        account: info("IncAccount"),
        shp: root.descendants().filter(|node| node.tag_name().name() == "Field").filter_map(named).collect(),
    }))
}

/// The text of the element at `path`, whatever its namespace.
fn inside<'a>(node: Node<'a, '_>, path: &[&str]) -> Option<&'a str> {
    let found = path.iter().try_fold(node, |node, name| {
        node.children().find(|child| child.is_element() && child.tag_name().name() == *name)
    })?;
    found.text().map(str::trim).filter(|text| !text.is_empty())
}

impl State {
    /// What it says of the payment `number`.
    pub fn fetched(&self, number: &str, recurring: bool) -> Result<Fetched, GatewayError> {
        let status = match self.code {
            100 => Status::Paid(self.money()?),
            60 => Status::Refunded(self.money()?),
            10 => Status::Canceled("canceled".to_owned()),
            5 | 20 | 50 | 80 => Status::Pending,
            other => return Err(GatewayError::garbage(format!("state code {other}"))),
        };
        let mut told = fetched(self.payment(), number.to_owned(), status, false);
        if recurring && self.code == 100 && self.own("Shp_save") == Some("1") {
            told.report.saved = saved(number, self.method.as_deref(), self.account.as_deref());
        }
        Ok(told)
    }

    /// Which of our payments it is.
    pub fn payment(&self) -> Option<PaymentId> {
        self.own("Shp_order").and_then(PaymentId::from_order)
    }

    /// What was paid.
    pub fn money(&self) -> Result<Money, GatewayError> {
        let money = self.out_sum.as_deref().and_then(|sum| Money::parse(sum, Currency::Rub).ok());
        let money = money.filter(|money| money.is_positive());
        money.ok_or_else(|| GatewayError::garbage("a payment without an amount"))
    }

    fn own(&self, name: &str) -> Option<&str> {
        self.shp.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

pub(super) fn fetched(
    payment: Option<PaymentId>,
    external_id: String,
    status: Status,
    test: bool,
) -> Fetched {
    let report = Report { external_id, status, test, saved: None };
    Fetched { payment, report, provider: Provider::Robokassa }
}

/// The method that the payment `number` saved. Only cards can be charged again; `account` is a card's masked number.
pub(super) fn saved(number: &str, method: Option<&str>, account: Option<&str>) -> Option<SavedToken> {
    if method.is_some_and(|method| !method.starts_with("BankCard")) {
        return None;
    }
    let last = account.and_then(|account| account.get(account.len().checked_sub(4)?..));
    let last = last.filter(|last| last.bytes().all(|b| b.is_ascii_digit()));
    let title = last.map_or_else(|| "Robokassa".to_owned(), |last| format!("Robokassa •{last}"));
    Some(SavedToken { token: number.to_owned(), title })
}

#[derive(Serialize)]
struct Refund<'a> {
    #[serde(rename = "OpKey")]
    op_key: &'a str,
    #[serde(rename = "RefundSum", skip_serializing_if = "Option::is_none")]
    sum: Option<String>,
}

/// A refund as a JWT (HS256, signed by `sign`); without `part` it is the whole payment.
pub(super) fn refund_token(
    op_key: &str,
    part: Option<Money>,
    sign: impl FnOnce(&[u8]) -> [u8; 32],
) -> Result<String, GatewayError> {
    let refund = Refund { op_key, sum: part.map(Money::to_decimal) };
    let payload =
        serde_json::to_vec(&refund).map_err(|_| GatewayError::garbage("a refund that is no JSON"))?;
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    Ok(format!("{signed}.{signature}"))
}

/// The answer to a refund.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundAnswer {
    pub success: bool,
    pub message: Option<String>,
    pub request_id: Option<String>,
}

/// How a refund stands.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundState {
    request_id: Option<String>,
    amount: Option<Decimal>,
    label: Option<String>,
}

impl RefundState {
    /// What it says of the refund `id` of the payment `number`; `None` if Robokassa does not know it.
    pub fn fetched(
        &self,
        (id, number): (&str, &str),
        payment: Option<PaymentId>,
    ) -> Result<Option<Fetched>, GatewayError> {
        let Some(told) = self.request_id.as_deref() else { return Ok(None) };
        if told != id {
            return Err(GatewayError::garbage("another refund than the one asked for"));
        }
        let of =
            |external_id: &str, status| Ok(Some(fetched(payment, external_id.to_owned(), status, false)));
        match self.label.as_deref() {
            Some("finished") => {
                let amount = self.amount.as_ref().and_then(|amount| amount.money(Currency::Rub).ok());
                let amount = amount.filter(|amount| amount.is_positive());
                let amount = amount.ok_or_else(|| GatewayError::garbage("a refund without an amount"))?;
                of(number, Status::RefundedPart { refund: id.to_owned(), amount })
            }
            Some("processing") => of(id, Status::Pending),
            Some("canceled") => of(number, Status::RefundFailed("canceled".to_owned())),
            _ => Err(GatewayError::garbage("an unknown state of a refund")),
        }
    }
}
