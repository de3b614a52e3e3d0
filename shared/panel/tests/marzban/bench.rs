//! A client, a stand-in panel on loopback, and a clock that the test moves.

use domain::{Access, TrafficReset, provisioning::Account};
use jiff::{SignedDuration, Timestamp};
use panel::{
    AccountKey, Desired, Panel,
    marzban::{Config, Marzban, Protocol, Proxy},
};
use serde_json::{Value, json};
use standin_panels::marzban as standin;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

pub const GIB: u64 = 1 << 30;
pub const VLESS: &str = "VLESS TCP REALITY";
const START: &str = "2026-11-21T10:00:00Z";

pub struct Bench {
    pub panel: standin::Marzban,
    pub client: Marzban,
    pub base: String,
    seconds: Arc<AtomicI64>,
}

pub fn config(base: &str, password: &str) -> Config {
    let flow = Some("xtls-rprx-vision".to_owned());
    Config {
        base_url: base.parse().unwrap(),
        username: "shopbot".to_owned(),
        password: password.into(),
        extra_headers: vec![("X-Api-Key".to_owned(), "gate".to_owned())],
        proxies: vec![Proxy { protocol: Protocol::Vless, flow, method: None }],
    }
}

pub fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

/// `environment` is the name of its administrator; the client's is `shopbot`, who else is one of the database.
async fn bench_with(environment: &str, link_prefix: &str) -> Bench {
    let start: Timestamp = START.parse().unwrap();
    let seconds = Arc::new(AtomicI64::new(start.as_second()));
    let clock = {
        let seconds = Arc::clone(&seconds);
        move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap()
    };
    let admin = |username: &str, sudo| standin::Admin {
        username: username.to_owned(),
        password: "secret".to_owned(),
        sudo,
    };
    let panel = standin::Marzban::new(
        standin::Config {
            environment: admin(environment, true),
            admins: ["shopbot", "other"]
                .into_iter()
                .filter(|name| *name != environment)
                .map(|name| admin(name, true))
                .collect(),
            link_prefix: link_prefix.to_owned(),
            login_minutes: 1440,
            webhook_secret: Some("hook".to_owned()),
        },
        Arc::new(clock),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = panel.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = Marzban::new(http(), config(&base, "secret"));
    Bench { panel, client, base, seconds }
}

pub async fn bench() -> Bench {
    bench_with("admin", "https://sub.example.com").await
}

pub async fn bench_of_environment() -> Bench {
    bench_with("shopbot", "").await
}

impl Bench {
    pub fn now(&self) -> Timestamp {
        Timestamp::from_second(self.seconds.load(Ordering::SeqCst)).unwrap()
    }

    pub fn after(&self, hours: i64) -> Timestamp {
        self.now() + SignedDuration::from_hours(hours)
    }

    /// Time passes, and the panel's jobs run.
    pub fn pass(&self, hours: i64) {
        self.seconds.fetch_add(hours * 3600, Ordering::SeqCst);
        self.panel.tick();
    }

    /// What was called since the last look: `GET 200`, `PUT 404`, …; 0 = hung up. `LOGIN` is a login.
    pub fn calls(&self) -> Vec<String> {
        let calls = self.panel.calls();
        self.panel.clear_calls();
        let name = |call: &standin::Call| match call.path.as_str() {
            "/api/admin/token" => "LOGIN".to_owned(),
            _ => call.method.clone(),
        };
        calls.iter().map(|call| format!("{} {}", name(call), call.status)).collect()
    }

    /// The body of the only PUT since the last look.
    pub fn put(&self) -> Value {
        let calls = self.panel.calls();
        self.panel.clear_calls();
        let puts: Vec<_> = calls.iter().filter(|call| call.method == "PUT").collect();
        assert_eq!(puts.len(), 1, "{calls:?}");
        puts[0].body.clone().unwrap()
    }

    pub fn status(&self) -> String {
        self.panel.user("tg_7_1").unwrap()["status"].as_str().unwrap().to_owned()
    }

    pub async fn converge(&self, want: &Desired) -> Account {
        self.client.converge(want, self.now()).await.unwrap()
    }

    /// Creates a user by the panel's API, as another administrator's script would.
    pub async fn import(&self, fields: Value) -> Value {
        let http = http();
        let form = [("username", "other"), ("password", "secret")];
        let login = http.post(format!("{}/api/admin/token", self.base)).form(&form).send().await.unwrap();
        let login: Value = login.json().await.unwrap();
        let mut body = json!({"username": "tg_7_1", "proxies": {"vless": {}}, "inbounds": {}});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let request = http.post(format!("{}/api/user", self.base)).json(&body);
        let answer = request.bearer_auth(login["access_token"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        self.panel.clear_calls();
        answer.json().await.unwrap()
    }
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
            squads: vec!["vless".to_owned()],
            external_squad: Some("5062eee9-5b79-4ffb-93b4-9b17840a86eb".to_owned()),
        },
        known: None,
        applied: None,
        fresh_period: false,
        shortened: false,
    }
}

pub fn key() -> AccountKey {
    AccountKey { panel_id: None, panel_uuid: None, username: "tg_7_1".to_owned() }
}

/// The same, as it is wanted after the panel confirmed it.
pub fn confirmed(want: &Desired, account: &Account) -> Desired {
    let known = AccountKey { username: account.username.clone(), ..key() };
    Desired { known: Some(known), applied: Some(account.access.clone()), fresh_period: false, ..want.clone() }
}

/// An account that was created and confirmed, and nothing called since.
pub async fn settled(bench: &Bench) -> Desired {
    let want = desired(bench);
    let account = bench.converge(&want).await;
    bench.calls();
    confirmed(&want, &account)
}
