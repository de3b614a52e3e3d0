//! A headless Chromium, driven over WebDriver (W3C): plain HTTP to a chromedriver of our own.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

const MISSING: &str = "the page is tested in a browser: `apt-get install chromium chromium-driver \
    fonts-noto-color-emoji`, or let scripts/browser-test.sh do it";

/// How an element is written on the wire.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// How long the page may take for anything, in milliseconds.
const PATIENCE: u32 = 20_000;

#[derive(Clone, Copy)]
pub enum Look {
    Light,
    Dark,
}

pub struct Browser {
    driver: Child,
    http: reqwest::Client,
    session: String,
    profile: PathBuf,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The end of the session is the end of Chromium; a killed chromedriver would leave it behind. This also runs
        // when a test fails, where nothing can be awaited any more.
        drop(self.end_session());
        drop(self.driver.kill());
        drop(self.driver.wait());
        drop(std::fs::remove_dir_all(&self.profile));
    }
}

fn find(names: &[&str]) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = names.iter().find_map(|name| {
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
    });
    found.unwrap_or_else(|| panic!("{} not found: {MISSING}", names[0])).display().to_string()
}

/// A folder that nobody has.
fn new_profile() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let folder = folder.join(format!("shop-page-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn capabilities(binary: &str, profile: &Path, look: Look) -> Value {
    let scheme = match look {
        Look::Dark => 0,
        Look::Light => 1,
    };
    let mut arguments: Vec<String> = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--lang=en-GB",
    ]
    .map(str::to_owned)
    .into();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    arguments.push(format!("--blink-settings=preferredColorScheme={scheme}"));
    let options = json!({ "binary": binary, "args": arguments });
    json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome", "goog:chromeOptions": options,
        "timeouts": { "script": PATIENCE + 10_000, "pageLoad": PATIENCE },
    } } })
}

impl Browser {
    pub async fn start(look: Look) -> Self {
        let (binary, driver) =
            (find(&["chromium", "chromium-browser", "google-chrome"]), find(&["chromedriver"]));
        let mut driver = Command::new(driver).arg("--port=0").stdout(Stdio::piped()).spawn().expect(MISSING);
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.ok()?;
            let rest = line.split("started successfully on port ").nth(1)?;
            rest.trim_end_matches('.').parse::<u16>().ok()
        });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut browser = Self { driver, http, session: String::new(), profile: new_profile() };
        let base = format!("http://127.0.0.1:{}/session", port.expect("chromedriver names its port"));
        let wanted = capabilities(&binary, &browser.profile, look);
        let answer: Value =
            browser.http.post(&base).json(&wanted).send().await.unwrap().json().await.unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {answer}"));
        browser.session = format!("{base}/{id}");
        browser
    }

    fn end_session(&self) -> std::io::Result<()> {
        let rest = self.session.strip_prefix("http://").unwrap_or_default();
        let (host, path) = rest.split_once('/').unwrap_or_default();
        let mut stream = TcpStream::connect(host)?;
        write!(stream, "DELETE /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        // Answered when it is done; the connection stays open after that.
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.read(&mut [0; 1024]).map(drop)
    }

    /// The value of the answer, or what the driver says against it.
    async fn send(&self, command: &str, body: Value) -> Result<Value, String> {
        let url = format!("{}/{command}", self.session);
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        let (status, mut answer) = (answer.status(), answer.json::<Value>().await.unwrap());
        if status.is_success() {
            Ok(answer["value"].take())
        } else {
            Err(answer["value"]["message"].to_string())
        }
    }

    async fn post(&self, command: &str, body: Value) -> Value {
        self.send(command, body).await.unwrap_or_else(|why| panic!("{command}: {why}"))
    }

    async fn get(&self, command: &str) -> Value {
        let answer = self.http.get(format!("{}/{command}", self.session)).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["value"].clone()
    }

    /// Makes the page itself so large, in CSS pixels.
    pub async fn resize(&self, width: i64, height: i64) {
        self.post("window/rect", json!({ "width": width, "height": height })).await;
        let inner = self.run("return [innerWidth, innerHeight]").await;
        let grown = |wanted: i64, inner: &Value| wanted + wanted - inner.as_i64().unwrap();
        let rect = json!({ "width": grown(width, &inner[0]), "height": grown(height, &inner[1]) });
        self.post("window/rect", rect).await;
    }

    pub async fn open(&self, url: &str) {
        self.post("url", json!({ "url": url })).await;
    }

    pub async fn reload(&self) {
        self.post("refresh", json!({})).await;
    }

    /// What a script returns.
    pub async fn run(&self, script: &str) -> Value {
        self.post("execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// Waits until the expression is true (or an element, or a text …) and answers it.
    pub async fn until(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[0], end = performance.now() + {PATIENCE};
             (function look() {{
               let value = null;
               try {{ value = {expression}; }} catch {{ }}
               if (value || performance.now() > end) done(value || null); else setTimeout(look, 20);
             }})();"
        );
        let value = self.post("execute/async", json!({ "script": script, "args": [] })).await;
        if value.is_null() {
            let text = self.run("return document.body.innerText").await;
            panic!("never true: {expression}\n{}", text.as_str().unwrap_or_default());
        }
        value
    }

    /// A real click on the element that the expression finds; found again if the page drew it anew meanwhile.
    pub async fn click(&self, expression: &str) {
        loop {
            let element = self.until(expression).await;
            let id = element[ELEMENT].as_str().unwrap_or_else(|| panic!("{expression} is {element}"));
            match self.send(&format!("element/{id}/click"), json!({})).await {
                Ok(_) => return,
                Err(why) => assert!(why.contains("stale element"), "click {expression}: {why}"),
            }
        }
    }

    /// Types into the element that the expression finds.
    pub async fn write(&self, expression: &str, text: &str) {
        let element = self.until(expression).await;
        let id = element[ELEMENT].as_str().unwrap_or_else(|| panic!("{expression} is {element}"));
        self.post(&format!("element/{id}/value"), json!({ "text": text })).await;
    }

    pub async fn tabs(&self) -> Vec<String> {
        let handles = self.get("window/handles").await;
        handles.as_array().unwrap().iter().map(|handle| handle.as_str().unwrap().to_owned()).collect()
    }

    pub async fn switch_to(&self, tab: &str) {
        self.post("window", json!({ "handle": tab })).await;
    }

    pub async fn screenshot(&self) -> Vec<u8> {
        let picture = self.get("screenshot").await;
        BASE64_STANDARD.decode(picture.as_str().unwrap()).unwrap()
    }
}
