//! Which links the server accepts in buttons and text, in what form it stores them, and with which words it refuses.
//!
//! The rules are those of the official server's link checker: a scheme is optional (`http` is assumed), the host needs a
//! dot, `tg:` and `ton:` links have a host of letters, digits, `-` and `_`.

/// Checks a link and answers the form in which the server hands it out again.
///
/// # Errors
/// The server's words after `URL '…' is invalid: `.
pub(crate) fn check(link: &str, https_only: bool) -> Result<String, &'static str> {
    let lower = link.to_ascii_lowercase();
    let special = ["tg:", "tonsite:", "ton:"].into_iter().find(|scheme| lower.starts_with(scheme));
    let Some(scheme) = special else {
        let parsed = Parsed::from(link)?;
        if https_only && parsed.scheme != Some("https") {
            return Err("Only HTTPS links are allowed");
        }
        if !parsed.host.contains('.') && !parsed.host.starts_with('[') {
            return Err("Wrong HTTP URL");
        }
        return Ok(parsed.normalized());
    };
    if https_only {
        return Err("Only HTTPS links are allowed");
    }
    let rest = link.get(scheme.len()..).unwrap_or_default();
    let parsed = Parsed::from(rest.strip_prefix("//").unwrap_or(rest))?;
    if parsed.scheme.is_some() || !parsed.userinfo.is_empty() || parsed.port != 0 {
        return Err(if scheme == "tg:" { "Wrong tg URL" } else { "Wrong ton URL" });
    }
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || (scheme == "tonsite:" && c == '.');
    if !parsed.host.chars().all(allowed) {
        return Err("Unallowed characters in URL host");
    }
    let query = if parsed.query.starts_with("/?") { &parsed.query[1..] } else { &parsed.query };
    Ok(format!("{scheme}//{}{query}", parsed.host))
}

/// The person a `tg://user?id=…` link mentions.
pub(crate) fn mentioned_user(link: &str) -> Option<i64> {
    let lower = link.to_ascii_lowercase();
    let rest = lower.strip_prefix("tg:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest).strip_prefix("user")?;
    let query = rest.strip_prefix('/').unwrap_or(rest).strip_prefix('?')?;
    let query = query.split('#').next()?;
    query.split('&').find_map(|pair| pair.strip_prefix("id="))?.parse().ok().filter(|id| *id > 0)
}

struct Parsed {
    scheme: Option<&'static str>,
    userinfo: String,
    host: String,
    /// 0 if none was given.
    port: u16,
    /// Path, query and fragment; begins with `/`.
    query: String,
}

impl Parsed {
    fn from(link: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = match link.split_once("://") {
            Some((scheme, rest)) if !scheme.contains(['/', '?', '#', '@', '[', ']', ':']) => {
                match scheme.to_ascii_lowercase().as_str() {
                    "http" => (Some("http"), rest),
                    "https" => (Some("https"), rest),
                    _ => return Err("Unsupported URL protocol"),
                }
            }
            _ => (None, link),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, query) = rest.split_at(end);
        let (userinfo_host, port) = split_port(authority)?;
        let (userinfo, host) = userinfo_host.rsplit_once('@').unwrap_or(("", userinfo_host));
        match host {
            "" => return Err("URL host is empty"),
            "." => return Err("Host is invalid"),
            _ => {}
        }
        if !host.starts_with('[') {
            check_part(host, false, "host")?;
            check_part(userinfo, true, "userinfo")?;
        } else if host.trim_matches(['[', ']']).parse::<std::net::Ipv6Addr>().is_err() {
            return Err("Wrong IPv6 address specified in the URL");
        }
        let host = host.to_ascii_lowercase();
        Ok(Self { scheme, userinfo: userinfo.to_owned(), host, port, query: normalized_query(query) })
    }

    fn normalized(&self) -> String {
        let Self { userinfo, host, port, query, .. } = self;
        let at = if userinfo.is_empty() { "" } else { "@" };
        let port = if *port == 0 { String::new() } else { format!(":{port}") };
        format!("{}://{userinfo}{at}{host}{port}{query}", self.scheme.unwrap_or("http"))
    }
}

fn split_port(authority: &str) -> Result<(&str, u16), &'static str> {
    match authority.rfind([':', ']', '@']).filter(|at| *at > 0 && authority.as_bytes()[*at] == b':') {
        None => Ok((authority, 0)),
        Some(colon) => match authority[colon + 1..].parse::<u16>() {
            Ok(port) if port > 0 => Ok((&authority[..colon], port)),
            _ => Err("Wrong port number specified in the URL"),
        },
    }
}

fn normalized_query(query: &str) -> String {
    use std::fmt::Write as _;

    let mut out = String::new();
    if !query.starts_with('/') {
        out.push('/');
    }
    for c in query.trim_end().chars() {
        if u32::from(c) <= 0x20 {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{:02X}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

fn check_part(part: &str, colon_allowed: bool, name: &'static str) -> Result<(), &'static str> {
    let bytes = part.as_bytes();
    let is_hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'%' {
            if !(is_hex(at + 1) && is_hex(at + 2)) {
                return Err(if name == "host" {
                    "Wrong percent-encoded symbol in URL host"
                } else {
                    "Wrong percent-encoded symbol in URL userinfo"
                });
            }
            at += 2;
        } else if !(byte.is_ascii_alphanumeric()
            || byte >= 0x80
            || b".-_!$,~*'();&+=".contains(&byte)
            || (colon_allowed && byte == b':'))
        {
            return Err(if name == "host" {
                "Disallowed character in URL host"
            } else {
                "Disallowed character in URL userinfo"
            });
        }
        at += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_stored_or_refused_as_the_server_does() {
        let cases = [
            ("https://Example.com", Ok("https://example.com/")),
            ("example.com/a b?q#f", Ok("http://example.com/a%20b?q#f")),
            ("http://127.0.0.1:8080/pay/1", Ok("http://127.0.0.1:8080/pay/1")),
            ("https://[::1]:8443", Ok("https://[::1]:8443/")),
            ("https://пример.рф/x", Ok("https://пример.рф/x")),
            ("tg://resolve?domain=durov", Ok("tg://resolve?domain=durov")),
            ("tg:resolve?domain=durov", Ok("tg://resolve?domain=durov")),
            ("tg://a.b", Err("Unallowed characters in URL host")),
            ("http://localhost:3000", Err("Wrong HTTP URL")),
            ("vless://id@host:443", Err("Unsupported URL protocol")),
            ("https://", Err("URL host is empty")),
            ("https://a.b:99999", Err("Wrong port number specified in the URL")),
            ("https://a b.c", Err("Disallowed character in URL host")),
            ("https://a%zz.c", Err("Wrong percent-encoded symbol in URL host")),
        ];
        for (link, expected) in cases {
            assert_eq!(check(link, false).as_deref().map_err(|error| *error), expected, "{link}");
        }
        for link in ["http://example.com", "tg://resolve?domain=durov", "example.com"] {
            assert_eq!(check(link, true), Err("Only HTTPS links are allowed"), "{link}");
        }
    }

    #[test]
    fn mentions_are_recognised() {
        assert_eq!(mentioned_user("tg://user?id=42"), Some(42));
        assert_eq!(mentioned_user("TG:user/?x=1&id=7#f"), Some(7));
        assert_eq!(mentioned_user("tg://user?id=x"), None);
        assert_eq!(mentioned_user("tg://users?id=1"), None);
        assert_eq!(mentioned_user("https://user?id=1"), None);
    }
}
