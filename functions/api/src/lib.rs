//! What a browser asks for: `GET /health`, `GET /open` (the https page that opens an app), `GET /pay/return/{quote}`
//! (the page after paying, which also asks the provider).

use bot::{Method, Telegram, connect, method::GetMe};
use domain::{PaymentId, QuoteId};
use futures::future::join_all;
use jiff::Timestamp;
use panel::{Panel, Panels};
use runtime::{Clock, Config, Edge, Endpoint, Failure, HttpResponse, Queue, Request, StartError, chain};
use serde_json::{Map, Value, json};
use shop::Shop;
use std::{future::Future, time::Duration};

mod page;

/// The function.
pub struct Api {
    shop: Shop,
    panels: Panels,
    telegram: Telegram,
    queues: [(&'static str, Queue); 2],
    bot_username: String,
    subscription_hosts: Vec<String>,
    clock: Clock,
}

impl Endpoint for Api {
    fn new(edge: &Edge, config: &Config) -> Result<Self, StartError> {
        Ok(Self {
            shop: edge.shop(config),
            panels: config.panels.panels.clone(),
            telegram: edge.telegram(config),
            queues: [
                ("provisioning", edge.queue("PROVISIONING_QUEUE_URL")?),
                ("notifications", edge.queue("NOTIFICATIONS_QUEUE_URL")?),
            ],
            bot_username: config.settings.bot.bot_username.clone(),
            subscription_hosts: config.settings.subscription_hosts.clone(),
            clock: edge.clock.clone(),
        })
    }

    async fn answer(&self, request: Request, now: Timestamp) -> Result<HttpResponse, Failure> {
        match request.path.as_str() {
            "/health" => Ok(Box::pin(self.health()).await),
            "/open" => Ok(self.open(&request.query)),
            path => match path.strip_prefix("/pay/return/").map(str::parse::<QuoteId>) {
                Some(Ok(_)) => Ok(self.returned(&request.query, now).await),
                _ => Ok(HttpResponse::text(404, "not found")),
            },
        }
    }
}

impl Api {
    /// An https page that opens an app: Telegram's buttons take no other schemes.
    fn open(&self, query: &str) -> HttpResponse {
        let (status, page) = match connect::open_page(query, &self.subscription_hosts) {
            Ok(page) => (200, page),
            Err(_) => (400, connect::refused_page(query)),
        };
        let response = HttpResponse::text(status, page.body);
        connect::Html::HEADERS.iter().fold(response, |response, (name, value)| response.with(name, *value))
    }

    /// Visiting this page proves nothing; it only makes us ask the provider a little earlier.
    async fn returned(&self, query: &str, now: Timestamp) -> HttpResponse {
        let mut fields = query.split('&').filter_map(|field| field.split_once('='));
        let payment =
            fields.find(|(name, _)| *name == "payment").and_then(|(_, id)| id.parse::<PaymentId>().ok());
        if let Some(payment) = payment
            && let Err(error) = self.shop.returned(payment, now).await
        {
            tracing::warn!(payment.id = %payment, error = %chain(&error), "could not ask; webhook and sweeper will");
        }
        HttpResponse::new(200, "text/html; charset=utf-8", page::after_paying(&self.bot_username))
            .with("content-security-policy", page::CONTENT_SECURITY_POLICY)
    }

    /// Each part with its latency; 503 only if the table is down: without the others, work waits and nothing is lost.
    async fn health(&self) -> HttpResponse {
        let [provisioning, notifications] = &self.queues;
        let (table, panels, telegram, first, second) = tokio::join!(
            self.part(async {
                self.shop.store().ping().await.map(|()| json!({})).map_err(|error| chain(&error))
            }),
            self.panels(),
            self.part(async {
                let me = self.telegram.call(&Method::GetMe(GetMe {})).await.map_err(|error| chain(&error))?;
                Ok(json!({ "username": me.get("username") }))
            }),
            self.part(depth(&provisioning.1)),
            self.part(depth(&notifications.1)),
        );
        let up = table["ok"] == true;
        let body = json!({
            "ok": up && [&telegram, &first, &second].into_iter().chain(panels.values()).all(|part| part["ok"] == true),
            "table": table,
            "panels": panels,
            "telegram": telegram,
            "queues": { provisioning.0: first, notifications.0: second },
        });
        HttpResponse::json(if up { 200 } else { 503 }, &body)
    }

    /// The panels by name.
    async fn panels(&self) -> Map<String, Value> {
        let checks = self.panels.iter().map(|(id, panel)| async move {
            let part = self.part(async {
                let health = panel.health().await.map_err(|error| chain(&error))?;
                Ok(json!({
                    "version": health.version,
                    "newer_than_known": health.newer,
                    "token_expires": health.token_expires.map(|at| at.to_string()),
                }))
            });
            (id.to_string(), part.await)
        });
        join_all(checks).await.into_iter().collect()
    }

    /// Runs one check for at most four seconds. Causes go to the log, not to whoever asks.
    async fn part(&self, check: impl Future<Output = Result<Value, String>>) -> Value {
        let started = self.clock.now();
        let outcome = tokio::time::timeout(Duration::from_secs(4), check).await;
        let millis = self.clock.now().duration_since(started).as_millis();
        let (ok, mut part) = match outcome {
            Ok(Ok(part)) => (true, part),
            Ok(Err(cause)) => {
                tracing::error!(cause, "health");
                (false, json!({ "error": "failed" }))
            }
            Err(_) => (false, json!({ "error": "timed out" })),
        };
        part["ok"] = ok.into();
        part["latency_ms"] = i64::try_from(millis).unwrap_or(i64::MAX).into();
        part
    }
}

async fn depth(queue: &Queue) -> Result<Value, String> {
    let waiting = queue.depth().await.map_err(|error| chain(&error))?;
    Ok(json!({ "waiting": waiting }))
}
