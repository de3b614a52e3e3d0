//! What PayPal answers about refunds that it has told of: its webhooks do not say how much has gone back in all, so the shop
//! asks.

use super::{
    file::{Case, Delivery},
    services::{Answer, Services},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// PayPal, as far as one sequence tells of it.
pub struct Paypal<'a> {
    services: &'a Services,
    path: String,
    /// By id, as they were told last.
    captures: BTreeMap<String, Value>,
}

impl<'a> Paypal<'a> {
    /// At an address of the case's own.
    pub fn new(services: &'a Services, case: &Case) -> Self {
        let path = format!("/paypal/{:08x}", crc32fast::hash(case.value.to_string().as_bytes()));
        let token = json!({ "access_token": "vectors", "token_type": "Bearer", "expires_in": 32_400 });
        services.put(&format!("{path}/v1/oauth2/token"), Answer::Json(200, token));
        Self { services, path, captures: BTreeMap::new() }
    }

    /// The API's address.
    pub fn url(&self) -> String {
        self.services.url(&self.path)
    }

    /// Knows from now on what `delivery` tells, if it is a webhook of PayPal's.
    pub fn tells(&mut self, delivery: &Delivery) {
        let event: Value = serde_json::from_slice(&delivery.body).unwrap_or_default();
        let resource = &event["resource"];
        let Some(id) = resource["id"].as_str() else { return };
        let (mut capture, status) = match event["event_type"].as_str() {
            Some("PAYMENT.CAPTURE.REFUNDED" | "PAYMENT.CAPTURE.REVERSED") => {
                self.put(&format!("refunds/{id}"), resource.clone());
                let links = resource["links"].as_array().into_iter().flatten();
                let up = links.filter(|link| link["rel"] == "up").find_map(|link| link["href"].as_str());
                let of = up.and_then(|address| address.rsplit('/').next()).unwrap_or_default();
                let Some(capture) = self.captures.get(of).cloned() else { return };
                let all = capture["amount"] == resource["amount"];
                (capture, if all { "REFUNDED" } else { "PARTIALLY_REFUNDED" })
            }
            Some(kind) if kind.starts_with("PAYMENT.CAPTURE.") => {
                (resource.clone(), resource["status"].as_str().unwrap_or_default())
            }
            _ => return,
        };
        capture["status"] = status.into();
        let id = capture["id"].as_str().unwrap_or_default().to_owned();
        self.put(&format!("captures/{id}"), capture.clone());
        self.captures.insert(id, capture);
    }

    fn put(&self, object: &str, value: Value) {
        let path = format!("{}/v2/payments/{object}", self.path);
        self.services.put(&path, Answer::Json(200, value));
    }
}
