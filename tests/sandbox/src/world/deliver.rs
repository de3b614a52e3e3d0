//! One step of the world: each of its carriers delivers what it has.

use super::{
    World,
    functions::Worker,
    post::{Letter, Post},
};
use crate::{front::SOURCE_IP, lock};
use reqwest::Response;
use serde_json::Value;

/// How much a function gets at once; the template's batch sizes.
const STREAM_BATCH: usize = 100;
const PROVISIONING_BATCH: usize = 5;
const NOTIFICATION_BATCH: usize = 10;

impl World {
    /// Lets every carrier deliver once; returns how many deliveries there were.
    pub async fn step(&self) -> usize {
        let mut count = self.knock().await;
        count += self.relay().await;
        count += self.queue("provisioning.fifo", PROVISIONING_BATCH, Worker::Provisioner).await;
        count += self.queue("notifications", NOTIFICATION_BATCH, Worker::Notifier).await;
        count + self.schedule().await
    }

    /// Delivers what Telegram, the providers and the panel have for the front door, and nothing that follows from it.
    pub async fn knock(&self) -> usize {
        self.collect() + self.letters().await
    }

    /// A panel's delivery; whether it was taken.
    async fn told(&self, path: &str, headers: &[(&'static str, String)], body: &[u8]) -> bool {
        let request = self.request(path, body.to_vec());
        is_ok(
            headers.iter().fold(request, |request, (name, value)| request.header(*name, value)).send().await,
        )
    }

    /// Takes what the stand-ins want delivered.
    fn collect(&self) -> usize {
        self.panel.tick();
        let now = self.clock.now();
        let updates = self.telegram.take_updates().into_iter().map(Letter::Update);
        let webhooks =
            self.tills.all().into_iter().flat_map(|till| till.take_webhooks()).map(Letter::Provider);
        let events =
            self.panel.take_webhooks().into_iter().map(|told| Letter::Remnawave(told.headers, told.body));
        self.marzban.tick();
        let told = self.marzban.take_webhooks().map(|told| Letter::Marzban(told.headers, told.body));
        let letters: Vec<Letter> = updates.chain(webhooks).chain(events).chain(told).collect();
        let mut outbox = lock(&self.outbox);
        let count = letters.len();
        for letter in letters {
            outbox.add(letter, now);
        }
        count
    }

    async fn letters(&self) -> usize {
        let mut count = 0;
        loop {
            let post = lock(&self.outbox).take(self.clock.now());
            let Some(post) = post else { return count };
            count += 1;
            self.post(post).await;
        }
    }

    async fn post(&self, post: Post) {
        let delivered = match &post.letter {
            Letter::Update(update) => self.update(update).await,
            Letter::Provider(webhook) => {
                let query = webhook.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
                let path = format!("/webhook/{}{query}", webhook.provider);
                let request = match webhook.method {
                    "GET" => self.http.get(format!("{}{path}", self.address.base())),
                    _ => self.request(&path, webhook.body.clone()),
                };
                let request = request.header(SOURCE_IP, webhook.source_ip.to_string());
                let headers = webhook.headers.iter();
                is_ok(
                    headers.fold(request, |request, (name, value)| request.header(name, value)).send().await,
                )
            }
            Letter::Remnawave(headers, body) => self.told("/webhook/panel", headers, body).await,
            Letter::Marzban(headers, body) => self.told("/webhook/panel/marzban", headers, body).await,
        };
        if delivered {
            return;
        }
        let update = match &post.letter {
            Letter::Update(update) => update["update_id"].as_i64(),
            Letter::Provider(_) | Letter::Remnawave(..) | Letter::Marzban(..) => None,
        };
        // Telegram forgets an update that is too old.
        let forgotten = update.is_some_and(|id| !self.telegram.requeue(id, "not delivered"));
        if !forgotten {
            if update.is_some() {
                // It stays in our hands; the stand-in only had to judge its age.
                self.telegram
                    .take_updates()
                    .into_iter()
                    .filter(|other| other["update_id"].as_i64() != update)
                    .for_each(|other| lock(&self.outbox).add(Letter::Update(other), self.clock.now()));
            }
            lock(&self.outbox).failed(post, self.clock.now());
        }
    }

    fn request(&self, path: &str, body: Vec<u8>) -> reqwest::RequestBuilder {
        self.http.post(format!("{}{path}", self.address.base())).body(body)
    }

    /// Posts a deployment's set-up with this secret; answers the status.
    pub async fn set_up(&self, secret: &str) -> u16 {
        let request = self.request("/webhook/telegram", br#"{"setup":true}"#.to_vec());
        let answer = request.header("x-telegram-bot-api-secret-token", secret).send().await;
        answer.map_or(0, |answer| answer.status().as_u16())
    }

    /// Delivers an update as Telegram does; a method in the answer is carried out.
    async fn update(&self, update: &Value) -> bool {
        let request = self.request("/webhook/telegram", update.to_string().into_bytes());
        let request = request
            .header("content-type", "application/json")
            .header("x-telegram-bot-api-secret-token", self.setting("WEBHOOK_SECRET_TOKEN"))
            .header(SOURCE_IP, "149.154.167.220");
        let Ok(answer) = request.send().await else { return false };
        if !answer.status().is_success() {
            return false;
        }
        if let Some(id) = update["update_id"].as_i64() {
            self.telegram.ack(id);
        }
        if let Ok(method) = answer.json::<Value>().await {
            self.telegram.webhook_reply(method);
        }
        true
    }

    async fn relay(&self) -> usize {
        let mut count = 0;
        while let Ok(Some(batch)) = self.stream.poll(STREAM_BATCH) {
            let before = self.stream.cursor();
            let outcome = self.functions.work(Worker::Relay, batch.event.clone()).await;
            self.stream.settle(&batch, &outcome);
            if self.stream.cursor() == before {
                // Nothing moved: Lambda tries again a moment later, and so does the next step.
                return count;
            }
            count += 1;
        }
        count
    }

    async fn queue(&self, name: &str, size: usize, worker: Worker) -> usize {
        let mut count = 0;
        while let Ok(Some(batch)) = self.queues.poll(name, size) {
            count += 1;
            let outcome = self.functions.work(worker, batch.event.clone()).await;
            match self.queues.settle(batch, &outcome) {
                // Lambda deletes what a function does not report: here a job of somebody who waits would be lost.
                Ok(settled) => assert!(settled.overtaken.is_empty(), "{name} lost {:?}", settled.overtaken),
                Err(error) => tracing::error!(%error, "queue"),
            }
        }
        count
    }

    async fn schedule(&self) -> usize {
        let ticks = self.schedules.due();
        for tick in &ticks {
            let worker = if tick.schedule == "sync" { Worker::Sync } else { Worker::Expiry };
            self.functions.work(worker, tick.event.clone()).await;
        }
        ticks.len()
    }
}

fn is_ok(answer: reqwest::Result<Response>) -> bool {
    answer.is_ok_and(|answer| answer.status().is_success())
}
