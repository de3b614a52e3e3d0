//! Notifications on their way to the shop.

use crate::{
    life::Life,
    mail::{self, Letter},
};
use bot::update::{Content, Kind, Message, Update};
use domain::Provider;
use futures::future::join_all;
use payments::stars;

impl Life<'_> {
    /// Takes what the providers want delivered.
    pub fn collect(&self) {
        let mut notes = self.notes();
        let names: Vec<&str> = notes.providers.iter().copied().map(Provider::name).collect();
        for till in names.into_iter().filter_map(|name| self.stage.market.tills.get(name)) {
            notes.mail.extend(till.take_webhooks().into_iter().map(Letter::Hook));
        }
        let updates = notes.stars.take_updates();
        notes.mail.extend(updates.into_iter().map(Letter::Update));
    }

    pub async fn deliver(&self, one: bool, shuffle: u64, times: usize) -> String {
        self.collect();
        let mut rng = fastrand::Rng::with_seed(shuffle);
        let mut letters = std::mem::take(&mut self.notes().mail);
        rng.shuffle(&mut letters);
        let rest = if one { letters.split_off(letters.len().min(1)) } else { Vec::new() };
        self.notes().mail.extend(rest);
        let mut came = Vec::new();
        for letter in letters {
            let copies = (0..times).map(|_| self.post(&letter));
            let statuses = join_all(copies).await;
            let accepted = statuses.iter().any(|status| (200..300).contains(status));
            let mut notes = self.notes();
            if accepted { &mut notes.old } else { &mut notes.mail }.push(letter);
            came.push(format!("{statuses:?}"));
        }
        came.join(" ")
    }

    pub async fn repeat(&self, which: usize) -> String {
        let letter = {
            let notes = self.notes();
            notes.old.get(which % notes.old.len().max(1)).cloned()
        };
        match letter {
            Some(letter) => self.post(&letter).await.to_string(),
            None => "nothing arrived yet".to_owned(),
        }
    }

    /// Delivers one letter; the status.
    pub async fn post(&self, letter: &Letter) -> u16 {
        match letter {
            Letter::Hook(webhook) => self.stage.webhook(&mail::at(webhook, self.stage.now())).await,
            Letter::Update(body) => self.update(body).await,
        }
    }

    /// What the bot does with an update about Stars.
    async fn update(&self, body: &[u8]) -> u16 {
        let update = Update::parse(body).unwrap();
        let Kind::Message(Message { content, .. }) = update.kind else { return 200 };
        let fetched = match content {
            Content::Paid(charge) => stars::paid(&charge, false),
            Content::Refunded(charge) => stars::refunded(&charge, false),
            _ => return 200,
        };
        let (stage, now) = (self.stage, self.stage.now());
        let done = shop::confirm::confirm(stage.store(), &fetched.unwrap(), stage.rules(), now).await;
        if done.is_ok() { 200 } else { 503 }
    }
}
