//! The payment form: a signed link that opens an order.

use super::{
    Freekassa,
    ledger::{NewOrder, minor},
    md5,
};
use axum::{
    Router,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use std::collections::HashMap;
use url::form_urlencoded;

const KNOWN: [&str; 9] = ["m", "oa", "currency", "o", "s", "i", "lang", "em", "phone"];

pub(super) fn router(shop: Freekassa) -> Router {
    Router::new().route("/form/", get(open)).route("/form", get(open)).with_state(shop)
}

async fn open(State(shop): State<Freekassa>, RawQuery(query): RawQuery) -> Response {
    let new = match read(&shop, &query.unwrap_or_default()) {
        Ok(new) => new,
        Err(why) => return (StatusCode::BAD_REQUEST, why).into_response(),
    };
    let now = shop.now();
    let mut state = shop.current();
    let waiting = state.ledger.waiting(&new).map(|order| order.id);
    let id = waiting.unwrap_or_else(|| state.ledger.open(new, now).id);
    Redirect::to(&format!("{}/pay/{id}", shop.config().public_base)).into_response()
}

fn read(shop: &Freekassa, query: &str) -> Result<NewOrder, String> {
    let mut given: HashMap<String, String> = HashMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if !KNOWN.contains(&&*name) && !name.starts_with("us_") {
            return Err(format!("STRICT: {name} is not stood in for"));
        }
        if given.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err("STRICT: a field comes twice".to_owned());
        }
    }
    let need = |name: &str| given.get(name).ok_or_else(|| format!("STRICT: {name} is missing"));
    let (shop_id, sum, currency, number) = (need("m")?, need("oa")?, need("currency")?, need("o")?);
    let config = shop.config();
    if *shop_id != config.shop_id {
        return Err("STRICT: no such shop".to_owned());
    }
    if *need("s")? != md5(&[shop_id, sum, &config.secret_word_1, currency, number]) {
        return Err("STRICT: wrong signature".to_owned());
    }
    if !super::api::CURRENCIES.contains(&currency.as_str()) || number.is_empty() {
        return Err("STRICT: currency or order".to_owned());
    }
    if given.get("lang").is_some_and(|lang| !["ru", "en"].contains(&lang.as_str())) {
        return Err("STRICT: lang is ru or en".to_owned());
    }
    let method = given.get("i").map_or(Ok(36), |i| i.parse().map_err(|_| "STRICT: i".to_owned()))?;
    Ok(NewOrder {
        number: number.clone(),
        minor: minor(sum).ok_or("STRICT: oa")?,
        currency: currency.clone(),
        email: given.get("em").cloned().unwrap_or_default(),
        method,
    })
}
