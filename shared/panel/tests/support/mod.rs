//! A client, a stand-in panel on loopback, and a clock that the test moves.
#![expect(clippy::unwrap_used, reason = "test support: an absent value is a failed test")]
#![allow(dead_code, reason = "each test binary uses a part")]

use axum::{Router, extract::Request, middleware::Next, response::Response};
use domain::{Access, TrafficReset};
use jiff::{SignedDuration, Timestamp};
use panel::{AccountKey, Config, Desired, Panel, Remnawave};
use serde_json::{Value, json};
use standin_panels::remnawave as standin;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

pub const FAMILIES: [standin::Family; 2] = [standin::Family::V2, standin::Family::V3];
/// From the oldest that is supported, through every change of form, to the newest that was recorded.
pub const VERSIONS: [&str; 6] = ["2.0.8", "2.2.6", "2.3.2", "2.7.4", "2.8.1", "3.3.2"];
pub const SECRET: &str = "vsmu67Kmg6R8FjIOF1WUY8LWBHie4scdEqrfsKmyf4IAf8dY3nFS0wwYHkhh6ZvQ";
pub const GIB: u64 = 1 << 30;
const START: &str = "2026-11-21T10:00:00Z";

pub struct Bench {
    pub panel: standin::Remnawave,
    pub client: Remnawave,
    pub base: String,
    seconds: Arc<AtomicI64>,
}

impl Bench {
    pub fn now(&self) -> Timestamp {
        Timestamp::from_second(self.seconds.load(Ordering::SeqCst)).unwrap()
    }

    pub fn after(&self, hours: i64) -> Timestamp {
        self.now() + SignedDuration::from_hours(hours)
    }

    /// Creates the account of [`desired`] by the panel's API, with these fields besides: an operator's import.
    pub async fn import(&self, fields: Value) {
        let mut body = json!({
            "username": "tg_7_1", "telegramId": 7, "description": "2getpro 7/1", "hwidDeviceLimit": 3,
            "trafficLimitBytes": 100 * GIB, "trafficLimitStrategy": "MONTH_ROLLING",
            "activeInternalSquads": [standin::DEFAULT_SQUAD],
        });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let request = http().post(format!("{}/api/users", self.base)).bearer_auth("key").json(&body);
        let request = request.header("x-forwarded-proto", "https").header("x-forwarded-for", "127.0.0.1");
        assert_eq!(request.send().await.unwrap().status(), 201);
        self.panel.clear_calls();
    }

    /// A device of `username` fetches the subscription for the first time.
    pub async fn add_device(&self, username: &str, hwid: &str) {
        let user = self.panel.user(username).unwrap();
        let (name, key) = match user.get("uuid") {
            Some(uuid) => ("userUuid", uuid),
            None => ("userId", &user["id"]),
        };
        let body = json!({"hwid": hwid, name: key, "platform": "Android", "userAgent": "Happ/3.0"});
        let request = http().post(format!("{}/api/hwid/devices", self.base)).bearer_auth("key").json(&body);
        let request = request.header("x-forwarded-proto", "https").header("x-forwarded-for", "127.0.0.1");
        assert_eq!(request.send().await.unwrap().status(), 200);
        self.panel.clear_calls();
    }

    /// Time passes, and the panel's jobs run.
    pub fn pass(&self, hours: i64) {
        self.seconds.fetch_add(hours * 3600, Ordering::SeqCst);
        self.panel.tick();
    }

    /// What was called since the last look: `GET 200`, `PATCH 404`, …; 0 = hung up.
    pub fn calls(&self) -> Vec<String> {
        let calls = self.panel.calls();
        self.panel.clear_calls();
        calls.iter().map(|call| format!("{} {}", call.method, call.status)).collect()
    }

    /// The body of the only PATCH since the last look, without the key (which is checked).
    pub fn patched(&self, username: &str) -> Value {
        let calls = self.panel.calls();
        self.panel.clear_calls();
        let patches: Vec<_> = calls.iter().filter(|call| call.method == "PATCH").collect();
        assert_eq!(patches.len(), 1, "{calls:?}");
        let mut body = patches[0].body.clone().unwrap();
        let user = self.panel.user(username).unwrap();
        let key = if user.get("uuid").is_some() { "uuid" } else { "id" };
        assert_eq!(body.as_object_mut().unwrap().shift_remove(key).as_ref(), user.get(key));
        body
    }

    pub fn status(&self, username: &str) -> String {
        self.panel.user(username).unwrap()["status"].as_str().unwrap().to_owned()
    }
}

pub fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

pub fn client(base: &str, token: &str) -> Remnawave {
    let config = Config { base_url: base.parse().unwrap(), token: token.into(), extra_headers: Vec::new() };
    Remnawave::new(http(), config)
}

pub async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn standin(family: standin::Family) -> (standin::Remnawave, Arc<AtomicI64>) {
    let start: Timestamp = START.parse().unwrap();
    let seconds = Arc::new(AtomicI64::new(start.as_second()));
    let clock = {
        let seconds = Arc::clone(&seconds);
        move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap()
    };
    let config = standin::Config {
        family,
        token: "key".to_owned(),
        sub_domain: "sub.example.com".to_owned(),
        webhook: Some(standin::Webhook { secret: SECRET.to_owned() }),
    };
    (standin::Remnawave::new(config, Arc::new(clock)), seconds)
}

pub async fn bench(family: standin::Family) -> Bench {
    let (panel, seconds) = standin(family);
    let base = serve(panel.router()).await;
    Bench { client: client(&base, "key"), panel, base, seconds }
}

/// A bench with a panel of this version, `2.0.8` to `3.3.2`.
pub async fn bench_of(version: &str) -> Bench {
    let bench = bench(standin::Family::V2).await;
    bench.panel.set_version(version);
    bench
}

/// How a shop that has never seen the account's ids knows it.
pub fn named(username: &str) -> AccountKey {
    AccountKey { panel_id: None, panel_uuid: None, username: username.to_owned() }
}

/// A bench where somebody deletes `username` just before the panel sees the first PATCH.
pub async fn bench_with_deletion(family: standin::Family, username: &'static str) -> Bench {
    let (panel, seconds) = standin(family);
    let armed = Arc::new(AtomicBool::new(true));
    let handle = panel.clone();
    let layer = axum::middleware::from_fn(move |request: Request, next: Next| {
        let (handle, armed) = (handle.clone(), Arc::clone(&armed));
        async move {
            if request.method() == "PATCH" && armed.swap(false, Ordering::SeqCst) {
                assert!(handle.delete(username));
            }
            let response: Response = next.run(request).await;
            response
        }
    });
    let base = serve(panel.router().layer(layer)).await;
    Bench { client: client(&base, "key"), panel, base, seconds }
}

/// A month of 100 GiB for Telegram user 7.
pub fn desired(bench: &Bench) -> Desired {
    Desired {
        username: "tg_7_1".to_owned(),
        telegram_id: 7,
        description: "2getpro 7/1".to_owned(),
        access: Access {
            end: bench.after(30 * 24),
            traffic_limit: 100 * GIB,
            traffic_reset: TrafficReset::MonthRolling,
            device_limit: Some(3),
            squads: vec![standin::DEFAULT_SQUAD.to_owned()],
            external_squad: None,
        },
        known: None,
        applied: None,
        fresh_period: false,
        shortened: false,
    }
}

/// The same, as it is wanted after the panel confirmed it.
pub fn confirmed(want: &Desired, account: &domain::provisioning::Account) -> Desired {
    let known = AccountKey {
        panel_id: account.panel_id,
        panel_uuid: account.panel_uuid.clone(),
        username: account.username.clone(),
    };
    Desired { known: Some(known), applied: Some(account.access.clone()), fresh_period: false, ..want.clone() }
}

/// An account that was created and confirmed, and nothing called since.
pub async fn settled(bench: &Bench) -> Desired {
    let want = desired(bench);
    let account = bench.client.converge(&want, bench.now()).await.unwrap();
    bench.calls();
    confirmed(&want, &account)
}
