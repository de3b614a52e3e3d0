//! The page of `cargo shop`: a person's chat on one side, what happens behind it on the other.
//!
//! The browser asks `GET /ui/state` for everything it shows ([`state`]); the answer waits until there is something new.
//! What a person presses goes to a `POST /ui/…` each ([`act`]). The page itself is a few files compiled in; it holds no
//! logic of the shop and knows nothing that is not in the state.
//!
//! Only pages of this server may press buttons: requests must name a loopback host and carry `x-sandbox: 1`, which a
//! page from elsewhere cannot send without asking first.

mod act;
pub mod people;
mod records;
mod state;
mod switches;

use crate::{
    clock::Clock,
    heart::Heart,
    lock,
    outside::Outside,
    queues::Queues,
    table::Table,
    world::{Sides, WorldParts},
};
use axum::{
    Json, Router,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use standin_mail::Mail;
use standin_panels::remnawave::Remnawave;
use standin_telegram::Telegram;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex},
};
pub use switches::Switch;

/// The page's files. Nothing comes from elsewhere.
const FILES: [(&str, &str, &str); 8] = [
    ("/", "text/html; charset=utf-8", include_str!("index.html")),
    ("/ui/page.css", "text/css; charset=utf-8", include_str!("page.css")),
    ("/ui/chat.css", "text/css; charset=utf-8", include_str!("chat.css")),
    ("/ui/main.js", "text/javascript; charset=utf-8", include_str!("main.js")),
    ("/ui/chat.js", "text/javascript; charset=utf-8", include_str!("chat.js")),
    ("/ui/behind.js", "text/javascript; charset=utf-8", include_str!("behind.js")),
    ("/ui/dom.js", "text/javascript; charset=utf-8", include_str!("dom.js")),
    ("/ui/icon.svg", "image/svg+xml", include_str!("icon.svg")),
];

/// Own files, own requests, own pictures: a message that smuggled a script in could not run it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// How many presses are remembered, so that the page can show how they were answered.
const PRESSES: usize = 50;

/// What the page is told besides the world.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// What keeps the world moving.
    pub heart: Heart,
    /// What is real.
    pub sides: Sides,
    /// The bot's name without `@`.
    pub bot_username: String,
}

#[derive(Clone)]
struct Page(Arc<Inner>);

struct Inner {
    clock: Clock,
    outside: Outside,
    table: Table,
    queues: Queues,
    telegram: Telegram,
    panel: Remnawave,
    mail: Mail,
    around: Surroundings,
    presses: Mutex<VecDeque<Press>>,
    /// The open inline query of each person.
    inline: Mutex<BTreeMap<i64, String>>,
    /// Cards that people sent each other: to whom, and what the page shows.
    shared: Mutex<Vec<(i64, serde_json::Value)>>,
    switches: Mutex<BTreeSet<Switch>>,
}

/// A button that was pressed on the page and waits for the bot, or did.
#[derive(Clone, Debug)]
struct Press {
    user: i64,
    message: i64,
    /// Callback data; `None` for the Pay button of an invoice.
    data: Option<String>,
    /// Id of the callback query or the pre-checkout query.
    query: String,
}

/// The page over a world that is about to start. Gives the [`people::ready`] people a phone. With a real Telegram there
/// is no chat to show, and the people are those whom the shop knows.
pub fn router(parts: &WorldParts, around: Surroundings) -> Router {
    people::move_in(&parts.telegram);
    let page = Page(Arc::new(Inner {
        clock: parts.outside.clock.clone(),
        outside: parts.outside.clone(),
        table: parts.table.clone(),
        queues: parts.queues.clone(),
        telegram: parts.telegram.clone(),
        panel: parts.panel.clone(),
        mail: parts.mail.clone(),
        around,
        presses: Mutex::default(),
        inline: Mutex::default(),
        shared: Mutex::default(),
        switches: Mutex::default(),
    }));
    let endpoints = act::routes()
        .route("/ui/state", get(state::show))
        .route("/ui/call/{number}", get(state::call))
        .layer(from_fn(own_pages_only))
        .with_state(page);
    let files = FILES.into_iter().fold(Router::new(), |router, (path, kind, text)| {
        let file = move || async move {
            let headers = [
                (header::CONTENT_TYPE, kind),
                (header::CACHE_CONTROL, "no-cache"),
                (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::REFERRER_POLICY, "no-referrer"),
            ];
            (headers, text)
        };
        router.route(path, get(file))
    });
    files.merge(endpoints)
}

async fn own_pages_only(request: Request, next: Next) -> Response {
    let headers = request.headers();
    if headers.get("x-sandbox").is_some_and(|value| value == "1") && names_loopback(headers) {
        return next.run(request).await;
    }
    refuse(StatusCode::FORBIDDEN, "only the sandbox's own page may ask (x-sandbox: 1, a loopback host)")
}

/// A name that somebody else's DNS points here would make their page look like ours.
fn names_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

fn refuse(status: StatusCode, why: impl std::fmt::Display) -> Response {
    (status, Json(json!({ "error": why.to_string() }))).into_response()
}

impl Inner {
    fn remember(&self, press: Press) {
        let mut presses = lock(&self.presses);
        presses.push_back(press);
        if presses.len() > PRESSES {
            presses.pop_front();
        }
    }
}
