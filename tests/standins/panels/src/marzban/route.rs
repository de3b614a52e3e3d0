//! From a request to an answer: the login first, then the table of routes.

use super::{Admin, find, show, users, world::World};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Response, header::CONTENT_TYPE, request::Parts},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// A call that was made, without its headers.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `GET`, ….
    pub method: String,
    /// `/api/user/…`.
    pub path: String,
    /// The JSON body, if there was one.
    pub body: Option<Value>,
    /// The status answered; 0 if there was no answer.
    pub status: u16,
}

/// A way for one call to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This one does not: to reach a later call.
    Pass,
    /// Something else answers, and the panel never sees the call.
    Answer {
        /// HTTP status.
        status: u16,
        /// Headers, `content-type` among them.
        headers: Vec<(&'static str, String)>,
        /// Body.
        body: String,
    },
    /// The connection is closed before the panel sees the call.
    HangUp,
    /// The panel does what it is asked; the connection is closed before it answers.
    LoseAnswer,
    /// The panel does what it is asked, and fails while it answers: 500.
    Crash,
}

/// An answer in the panel's words.
#[derive(Debug)]
pub(super) struct Reply {
    status: u16,
    body: Result<Value, String>,
}

impl Reply {
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, body: Ok(body) }
    }

    pub(super) fn detail(status: u16, text: &str) -> Self {
        Self::json(status, json!({"detail": text}))
    }

    /// Every bad field with its complaint.
    pub(super) fn invalid(fields: &Map<String, Value>) -> Self {
        Self::json(422, json!({"detail": fields}))
    }

    /// An exception: plain text, and the connection is closed.
    pub(super) fn crash() -> Self {
        Self { status: 500, body: Err("Internal Server Error".to_owned()) }
    }

    fn text(text: String) -> Self {
        Self { status: 200, body: Err(text) }
    }

    pub(super) fn into_json(self) -> Value {
        self.body.unwrap_or_else(Value::String)
    }
}

/// A request as the routes see it.
pub(super) struct Incoming<'a> {
    method: &'a str,
    path: &'a str,
    query: Vec<(String, String)>,
    headers: &'a HeaderMap,
    body: &'a Bytes,
}

impl<'a> Incoming<'a> {
    pub(super) fn new(head: &'a Parts, body: &'a Bytes) -> Self {
        let query =
            axum::extract::Query::try_from_uri(&head.uri).map_or_else(|_| Vec::new(), |query| query.0);
        Self { method: head.method.as_str(), path: head.uri.path(), query, headers: &head.headers, body }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body, if it is declared as JSON.
    fn json(&self) -> Value {
        let declared = self.header(CONTENT_TYPE.as_str()).starts_with("application/json");
        Some(self.body)
            .filter(|_| declared)
            .and_then(|body| serde_json::from_slice(body).ok())
            .unwrap_or_default()
    }

    fn form(&self) -> Vec<(String, String)> {
        let declared = self.header(CONTENT_TYPE.as_str()).starts_with("application/x-www-form-urlencoded");
        let text = std::str::from_utf8(self.body).ok().filter(|_| declared).unwrap_or_default();
        let uri = format!("/?{text}").parse().unwrap_or_default();
        axum::extract::Query::try_from_uri(&uri).map_or_else(|_| Vec::new(), |query| query.0)
    }
}

pub(super) fn serve(world: &mut World, request: &Incoming<'_>, now: Timestamp) -> Response<Body> {
    let (status, response) = match world.faults.pop_front() {
        Some(Fault::Answer { status, headers, body }) => {
            let builder =
                headers.into_iter().fold(Response::builder().status(status), |b, (k, v)| b.header(k, v));
            (status, builder.body(Body::from(body)).unwrap_or_else(|_| hang_up()))
        }
        Some(Fault::HangUp) => (0, hang_up()),
        Some(Fault::LoseAnswer) => {
            answer(world, request, now);
            (0, hang_up())
        }
        Some(Fault::Crash) => {
            answer(world, request, now);
            (500, send(Reply::crash()))
        }
        None | Some(Fault::Pass) => {
            let reply = answer(world, request, now);
            (reply.status, send(reply))
        }
    };
    world.calls.push(Call {
        method: request.method.to_owned(),
        path: request.path.to_owned(),
        body: serde_json::from_slice(request.body).ok(),
        status,
    });
    response
}

fn send(reply: Reply) -> Response<Body> {
    let builder = Response::builder().status(reply.status);
    let builder = if reply.status == 500 { builder.header("connection", "close") } else { builder };
    let response = match reply.body {
        Ok(json) => builder.header(CONTENT_TYPE, "application/json").body(Body::from(json.to_string())),
        Err(text) => builder.header(CONTENT_TYPE, "text/plain; charset=utf-8").body(Body::from(text)),
    };
    response.unwrap_or_else(|_| hang_up())
}

/// A response whose body fails before its first byte: the server then drops the connection with nothing sent.
fn hang_up() -> Response<Body> {
    let nothing = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("hung up")) });
    Response::new(Body::from_stream(nothing))
}

fn answer(world: &mut World, request: &Incoming<'_>, now: Timestamp) -> Reply {
    world.catch_up(now);
    let segments: Vec<_> = request.path.split('/').filter(|segment| !segment.is_empty()).collect();
    match (request.method, &segments[..]) {
        ("GET", ["sub", token, rest @ ..]) => subscription(world, request, (token, rest), now),
        ("POST", ["api", "admin", "token"]) => log_in(world, &request.form(), now),
        (_, ["api", rest @ ..]) => match caller(world, request.header("authorization"), now) {
            Ok(admin) => routed(world, request, rest, (&admin, now)).unwrap_or_else(|refusal| refusal),
            Err(refusal) => refusal,
        },
        _ => no_route(),
    }
}

fn no_route() -> Reply {
    Reply::detail(404, "Not Found")
}

fn log_in(world: &mut World, form: &[(String, String)], now: Timestamp) -> Reply {
    let field = |wanted: &str| form.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let missing = ["username", "password"].into_iter().filter(|name| field(name).is_none());
    let missing: Map<_, _> = missing.map(|name| (name.to_owned(), json!("Field required"))).collect();
    if !missing.is_empty() {
        return Reply::invalid(&missing);
    }
    let (username, password) = (field("username"), field("password"));
    let known = |admin: &&Admin| {
        Some(&admin.username) == username.as_ref() && Some(&admin.password) == password.as_ref()
    };
    let all = std::iter::once(&world.config.environment).chain(&world.config.admins);
    let Some(admin) = all.into_iter().find(known).map(|admin| admin.username.clone()) else {
        return Reply::detail(401, "Incorrect username or password");
    };
    let minutes = world.config.login_minutes;
    let until = now.saturating_add(SignedDuration::from_mins(minutes)).ok().filter(|_| minutes > 0);
    let token = format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{}", world.mint());
    world.tokens.push((token.clone(), admin, until));
    Reply::json(200, json!({"access_token": token, "token_type": "bearer"}))
}

/// Who calls.
fn caller(world: &World, header: &str, now: Timestamp) -> Result<Admin, Reply> {
    let scheme = header.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let (_, given) = scheme.ok_or_else(|| Reply::detail(401, "Not authenticated"))?;
    let known = world.tokens.iter().find(|(token, ..)| token == given);
    let fresh = known.filter(|(.., until)| until.is_none_or(|until| until > now));
    let stale = || Reply::detail(401, "Could not validate credentials");
    let (_, name, _) = fresh.ok_or_else(stale)?;
    let all = std::iter::once(&world.config.environment).chain(&world.config.admins);
    let admin = all.into_iter().find(|admin| admin.username == *name).cloned().ok_or_else(stale)?;
    let sudo = admin.sudo || admin == world.config.environment;
    Ok(Admin { sudo, ..admin })
}

fn forbidden() -> Reply {
    Reply::detail(403, "You're not allowed")
}

fn routed(
    world: &mut World,
    request: &Incoming<'_>,
    segments: &[&str],
    (admin, now): (&Admin, Timestamp),
) -> Result<Reply, Reply> {
    let own = Some(admin.username.as_str()).filter(|_| !admin.sudo);
    match (request.method, segments) {
        ("GET", ["admin"]) => {
            let mut shown = show::admin(world, &admin.username);
            shown["users_usage"] = Value::Null;
            Ok(Reply::json(200, shown))
        }
        ("POST", ["admin"]) => add_admin(world, &request.json(), admin),
        ("GET", ["inbounds"]) => Ok(find::inbounds(world)),
        ("GET", ["system"]) => Ok(find::system(world, own, now)),
        ("GET", ["nodes"]) if !admin.sudo => Err(forbidden()),
        ("GET", ["nodes"]) => Ok(find::nodes(world)),
        ("GET", ["users"]) => find::list(world, &request.query, own, now),
        ("POST", ["user"]) => users::create(world, &request.json(), &admin.username, now),
        (method, ["user", name, action @ ..]) => {
            let index = world.position(name).ok_or_else(users::absent)?;
            if own.is_some_and(|own| world.users[index].owner.as_deref() != Some(own)) {
                return Err(forbidden());
            }
            let by = &admin.username;
            match (method, action) {
                ("GET", []) if world.users[index].proxies.is_empty() => Err(Reply::crash()),
                ("GET", []) => Ok(users::answer(world, index, now)),
                ("PUT", []) => users::modify(world, name, &request.json(), by, now),
                ("DELETE", []) => users::remove(world, index, by),
                ("POST", ["reset"]) => users::reset(world, index, by, now),
                ("POST", ["revoke_sub"]) => users::revoke(world, index, by, now),
                ("POST", ["active-next"]) => Ok(users::start_next(world, index, now)),
                _ => Err(no_route()),
            }
        }
        _ => Err(no_route()),
    }
}

fn add_admin(world: &mut World, body: &Value, by: &Admin) -> Result<Reply, Reply> {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (username, password) = (text("username"), text("password"));
    if !by.sudo {
        return Err(forbidden());
    }
    if world.config.admins.iter().any(|admin| admin.username == username) {
        return Err(Reply::detail(409, "Admin already exists"));
    }
    world.config.admins.push(Admin { username: username.clone(), password, sudo: body["is_sudo"] == true });
    Ok(Reply::json(200, show::admin(world, &username)))
}

fn subscription(
    world: &mut World,
    request: &Incoming<'_>,
    (token, rest): (&str, &[&str]),
    now: Timestamp,
) -> Reply {
    let Some(index) = show::owner_of(world, token) else { return no_route() };
    match rest {
        ["info"] => Reply::json(200, show::info(world, &world.users[index], now)),
        [] | ["v2ray"] => {
            world.users[index].fetched_at = Some(now);
            world.users[index].fetched_by = Some(request.header("user-agent").to_owned());
            Reply::text(show::subscription(world, &world.users[index]))
        }
        _ => no_route(),
    }
}
