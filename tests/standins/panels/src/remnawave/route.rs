//! From a request to an answer: gates first (proxy check, token), then the table of routes.

use super::{
    Family, devices, find, nodes,
    reply::Reply,
    squads, system, users,
    version::Version,
    world::{World, instant},
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Response, header::CONTENT_TYPE, request::Parts},
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A call that was made, without its headers.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `GET`, ….
    pub method: String,
    /// `/api/users/…`.
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

    /// The body as a panel sees it: nothing unless it is declared as JSON.
    fn json(&self) -> Result<Value, Reply> {
        let declared = self.header(CONTENT_TYPE.as_str()).starts_with("application/json");
        if !declared || self.body.is_empty() {
            return Ok(json!({}));
        }
        let broken = "Expected property name or '}' in JSON at position 1 (line 1 column 2)";
        serde_json::from_slice(self.body).map_err(|_| Reply::plain(400, broken, Some("Bad Request")))
    }
}

pub(super) fn serve(world: &mut World, request: &Incoming<'_>, now: Timestamp) -> Response<Body> {
    let fault = world.faults.pop_front();
    let proxied =
        !request.header("x-forwarded-for").is_empty() && request.header("x-forwarded-proto") == "https";
    let unseen = world.proxy_check && !proxied;
    let response = match fault {
        Some(Fault::Answer { status, headers, body }) => {
            let builder =
                headers.into_iter().fold(Response::builder().status(status), |b, (k, v)| b.header(k, v));
            (status, builder.body(Body::from(body)).unwrap_or_else(|_| hang_up()))
        }
        Some(Fault::HangUp) => (0, hang_up()),
        _ if unseen => (0, hang_up()),
        Some(Fault::LoseAnswer) => {
            answer(world, request, now);
            (0, hang_up())
        }
        None | Some(Fault::Pass) => {
            let reply = answer(world, request, now);
            (reply.status, send(reply, request.path, now))
        }
    };
    world.calls.push(Call {
        method: request.method.to_owned(),
        path: request.path.to_owned(),
        body: serde_json::from_slice(request.body).ok(),
        status: response.0,
    });
    response.1
}

fn send(reply: Reply, path: &str, now: Timestamp) -> Response<Body> {
    let builder = Response::builder().status(reply.status);
    let response = match reply.body(path, &instant(now)) {
        Some(body) => {
            builder.header(CONTENT_TYPE, "application/json; charset=utf-8").body(Body::from(body.to_string()))
        }
        None => builder.body(Body::empty()),
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
    let segments: Vec<_> =
        request.path.strip_prefix("/api").unwrap_or_default().split('/').filter(|s| !s.is_empty()).collect();
    if let ("GET", ["sub", short, "info"]) = (request.method, &segments[..]) {
        return system::subscription(world, short, now).unwrap_or_else(|refusal| refusal);
    }
    if !authorized(request.header("authorization"), &world.config.token) {
        return Reply::plain(401, "Unauthorized", None);
    }
    routed(world, request, &segments, now).unwrap_or_else(|refusal| refusal)
}

/// `Bearer <token>`; the scheme in any case.
fn authorized(header: &str, token: &str) -> bool {
    header
        .split_once(' ')
        .is_some_and(|(scheme, given)| scheme.eq_ignore_ascii_case("bearer") && given == token)
}

fn routed(
    world: &mut World,
    request: &Incoming<'_>,
    segments: &[&str],
    now: Timestamp,
) -> Result<Reply, Reply> {
    match (request.method, segments) {
        (_, ["users", rest @ ..]) => user_routes(world, request, rest, now),
        (_, ["hwid", "devices", rest @ ..]) => device_routes(world, request, rest, now),
        ("GET", ["internal-squads"]) => Ok(squads::internal(world)),
        (_, ["external-squads", ..]) if world.version < Version(2, 2, 0) => Err(no_route(request)),
        ("GET", ["external-squads"]) => Ok(squads::external(world)),
        ("POST", ["external-squads"]) => squads::create_external(world, &request.json()?, now),
        ("GET", ["nodes"]) => Ok(nodes::list(world)),
        // Forbidden to API tokens, whatever their scope.
        (_, ["tokens", ..]) => Err(Reply::domain("E000")),
        ("GET", ["system", "metadata"]) if world.version >= Version(2, 5, 0) => Ok(system::metadata(world)),
        ("GET", ["system", "stats"]) => Ok(system::stats(world, now)),
        ("GET", ["system", "configuration"]) if world.config.family == Family::V3 => {
            Ok(system::configuration(world))
        }
        _ => Err(no_route(request)),
    }
}

fn no_route(request: &Incoming<'_>) -> Reply {
    Reply::plain(404, &format!("Cannot {} {}", request.method, request.path), Some("Not Found"))
}

fn user_routes(
    world: &mut World,
    request: &Incoming<'_>,
    rest: &[&str],
    now: Timestamp,
) -> Result<Reply, Reply> {
    let family = world.config.family;
    match (request.method, rest) {
        ("GET", []) => find::list(world, &request.query),
        ("POST", []) => users::create(world, &request.json()?, now),
        ("PATCH", []) => users::patch(world, &request.json()?, now),
        ("POST", ["resolve"]) if world.version >= Version(2, 7, 0) => {
            find::resolve(world, &request.json()?, now)
        }
        ("GET", ["stream"]) if world.version >= Version(2, 8, 0) => find::stream(world, &request.query),
        ("GET", ["tags"]) => Ok(find::tags(world)),
        ("GET", ["by-username", name]) => find::one(world, |user| user.username == *name),
        ("GET", ["by-short-uuid", short]) => find::one(world, |user| user.short_uuid == *short),
        ("GET", [by, key]) if family == Family::V2 => match *by {
            "by-id" if world.version >= Version(2, 3, 0) => {
                find::one(world, |user| user.id.to_string() == *key)
            }
            "by-telegram-id" => {
                Ok(find::many(world, |user| user.telegram_id.is_some_and(|id| id.to_string() == *key)))
            }
            "by-email" => Ok(find::many(world, |user| user.email.as_deref() == Some(key))),
            "by-tag" => Ok(find::many(world, |user| user.tag.as_deref() == Some(key))),
            _ => Err(no_route(request)),
        },
        ("GET", [key]) => {
            let index = find::addressed(world, key, "A063")?;
            Ok(Reply::ok(world.show(&world.users[index])))
        }
        ("DELETE", [key]) => {
            let index = find::addressed(world, key, "A025")?;
            Ok(users::remove(world, index, now))
        }
        ("POST", [key, "actions", action]) => act(world, request, (key, action), now),
        _ => Err(no_route(request)),
    }
}

fn act(
    world: &mut World,
    request: &Incoming<'_>,
    (key, action): (&str, &str),
    now: Timestamp,
) -> Result<Reply, Reply> {
    let known = matches!(action, "enable" | "disable" | "reset-traffic" | "revoke")
        || (action == "extend" && world.config.family == Family::V3);
    if !known {
        return Err(no_route(request));
    }
    let index = find::addressed(world, key, "A025")?;
    match action {
        "enable" => users::switch(world, index, true, now),
        "disable" => users::switch(world, index, false, now),
        "reset-traffic" => Ok(users::reset(world, index, now)),
        "revoke" => users::revoke(world, index, &request.json()?, now),
        _ => users::extend(world, index, &request.json()?, now),
    }
}

fn device_routes(
    world: &mut World,
    request: &Incoming<'_>,
    rest: &[&str],
    now: Timestamp,
) -> Result<Reply, Reply> {
    match (request.method, rest) {
        ("GET", ["stats" | "top-users"]) => Err(no_route(request)),
        ("GET", [key]) => {
            let index = find::addressed(world, key, "A025")?;
            Ok(devices::list(world, index))
        }
        ("POST", []) => devices::add(world, &request.json()?, now),
        ("POST", ["delete"]) => devices::remove(world, &request.json()?, now),
        ("POST", ["delete-all"]) if world.version >= Version(2, 1, 0) => {
            devices::remove_all(world, &request.json()?, now)
        }
        _ => Err(no_route(request)),
    }
}
