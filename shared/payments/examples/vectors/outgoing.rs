//! `outgoing_signature`: what we sign, with the functions that the gateways sign with.

use super::{
    Mismatch, expect,
    file::{Case, Owner, need},
};
use domain::Provider;
use payments::{freekassa, robokassa};
use serde_json::Value;
use std::collections::BTreeMap;

/// Judges a signature of ours.
pub fn check(owner: Owner, case: &Case) -> Result<(), Mismatch> {
    let signed = match owner {
        Owner::Ours(Provider::Freekassa) => of_freekassa(case)?,
        Owner::Ours(Provider::Robokassa) => of_robokassa(case)?,
        _ => return Err(Mismatch::unknown("a signature that the shop never makes")),
    };
    let expected = case.need("/expected")?;
    expect(signed.eq_ignore_ascii_case(expected), format!("the signature {expected}"), || signed.clone())
}

/// A link to the payment form, or a call of the API: that one carries a nonce.
fn of_freekassa(case: &Case) -> Result<String, Mismatch> {
    let input = &case.value["input"];
    if let Some(fields) = input.as_object().filter(|fields| fields.contains_key("nonce")) {
        let fields: BTreeMap<&str, Value> =
            fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        return Ok(freekassa::call_signature(case.need("/config/api_key")?, &fields));
    }
    let secret = case.need("/config/secret_word_1")?;
    let field = |name: &str| need(input, name);
    let parts = [field("/m")?, field("/oa")?, secret, field("/currency")?, field("/o")?];
    Ok(freekassa::form_signature(parts))
}

/// The addresses in the hash of a link, in their order.
const ADDRESSES: [&str; 5] = ["ResultUrl2", "SuccessUrl2", "SuccessUrl2Method", "FailUrl2", "FailUrl2Method"];

/// A link, or a question about a payment: that one names no sum.
fn of_robokassa(case: &Case) -> Result<String, Mismatch> {
    let config = robokassa_config(&case.value["config"])?;
    let input = &case.value["input"];
    let text = |name: &str| input[name].as_str();
    let Some(sum) = text("OutSum") else {
        return Ok(robokassa::question_signature(&config, need(input, "/InvoiceID")?));
    };
    let receipt = text("Receipt_json").map(robokassa::url_encoded);
    if let Some(receipt) = &receipt {
        let hashed = case.value["receipt_in_signature"].as_str().unwrap_or(receipt);
        expect(receipt == hashed, format!("the receipt {hashed} in the hash"), || receipt.clone())?;
        // In a form it is encoded by whoever sends the form.
        let form = case.value["receipt_in_post_form_value_before_form_encoding"].as_str().unwrap_or(receipt);
        expect(receipt == form, format!("the receipt {form} in a form"), || receipt.clone())?;
        let twice = robokassa::url_encoded(receipt);
        let query = case.value["receipt_in_get_query"].as_str().unwrap_or(&twice);
        expect(twice == query, format!("the receipt {query} in a link"), || twice.clone())?;
    }
    let mut more: Vec<&str> = receipt.as_deref().into_iter().collect();
    more.extend(ADDRESSES.into_iter().filter_map(text));
    let own = input.as_object().into_iter().flatten();
    let own = own.filter(|(name, _)| name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("Shp_")));
    let own: Option<Vec<(&str, &str)>> =
        own.map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
    let own = own.ok_or_else(|| Mismatch::unknown("a Shp_ field that is no text"))?;
    Ok(robokassa::link_signature(&config, sum, text("InvId").unwrap_or_default(), &more, &own))
}

fn robokassa_config(of: &Value) -> Result<robokassa::Config, Mismatch> {
    let text = |name: &str| of[name].as_str().unwrap_or_default();
    let passwords = |first: &str, second: &str| robokassa::Passwords {
        first: text(first).into(),
        second: text(second).into(),
    };
    let hash = of["hash"].as_str().unwrap_or("md5").parse();
    Ok(robokassa::Config {
        pay_url: String::new(),
        api_url: String::new(),
        refund_url: String::new(),
        merchant_login: text("merchant_login").to_owned(),
        passwords: passwords("password_1", "password_2"),
        test_passwords: passwords("test_password_1", "test_password_2"),
        password_3: None,
        test: of["is_test"].as_bool() == Some(true),
        hash: hash.map_err(|error| Mismatch::broken("a hash that Robokassa has", error))?,
        receipt: None,
        check_ip: false,
        recurring: false,
        return_urls: false,
    })
}
