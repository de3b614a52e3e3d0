//! A gateway that sells by links.

use payments::{
    AuthError, Claim, Sale, Verified,
    tribute::{Config, Tribute, items},
};
use secrecy::SecretString;

pub const KEY: &str = "pub-tribute-key-0f1e2d3c";
const ITEMS: &str = "m1=subscription/1644@http://localhost:8080/tribute/link/subscription/1644@199.00 RUB; \
    m1=product/456@http://localhost:8080/tribute/link/product/456@5.00 EUR; m3=product/457@https://t.me/x@500.00 RUB";

pub fn config() -> Config {
    Config {
        api_url: "http://127.0.0.1:1/api/v1".to_owned(),
        api_key: SecretString::from(KEY),
        shop_api: false,
        shop_id: None,
        shop_limits: Config::usual_limits(),
        items: items(ITEMS).unwrap(),
        test: false,
    }
}

pub fn gateway() -> Tribute {
    Tribute::new(reqwest::Client::builder().no_proxy().build().unwrap(), config()).unwrap()
}

pub fn sale(claim: Result<Claim, AuthError>) -> Sale {
    let Ok(Claim::Sold(sale)) = claim else { panic!("{claim:?}") };
    Verified::into_inner(sale)
}
