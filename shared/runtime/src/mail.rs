//! The mail server that letters go through.

use crate::vars::{Mistakes, Reader, Vars};
use domain::Email;
use secrecy::SecretString;
use url::{Host, Url};

/// How the connection is kept from being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// TLS from the first byte (`smtps://`).
    Wrapped,
    /// TLS after STARTTLS, or no letter at all (`smtp://`).
    Upgraded,
    /// None: the server is on this very machine.
    Local,
}

/// A mail server and the sender of our letters.
#[derive(Debug, Clone)]
pub struct MailServer {
    /// Its name, which its certificate must carry.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub tls: MailTls,
    /// User and password, if it asks for them.
    pub login: Option<(String, SecretString)>,
    /// The sender's name.
    pub name: Option<String>,
    /// The sender's address.
    pub from: Email,
}

const URL_FORM: &str = "smtps://user:password@host:465 or smtp://user:password@host:587 is expected";
const FROM_FORM: &str = "an address is expected, or \"Name <address>\"";

/// Reads `SMTP_URL` and `MAIL_FROM`; `None` if neither is set. Values are secret and are not repeated in mistakes.
pub fn read(vars: &Vars) -> Result<Option<MailServer>, Mistakes> {
    let mut reader = Reader::new(vars);
    let (url, from) = (reader.optional("SMTP_URL"), reader.optional("MAIL_FROM"));
    let server = match (&url, &from) {
        (None, None) => None,
        (Some(url), Some(from)) => {
            let (url, from) = (place(url), sender(from));
            if url.is_none() {
                reader.mistake("SMTP_URL", URL_FORM);
            }
            if from.is_none() {
                reader.mistake("MAIL_FROM", FROM_FORM);
            }
            url.zip(from).map(|(place, (name, from))| MailServer { name, from, ..place })
        }
        (Some(_), None) => {
            reader.mistake("MAIL_FROM", "is required with SMTP_URL");
            None
        }
        (None, Some(_)) => {
            reader.mistake("SMTP_URL", "is required with MAIL_FROM");
            None
        }
    };
    reader.finish(server)
}

/// The server of an address; the sender in it means nothing yet.
fn place(text: &str) -> Option<MailServer> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?.to_owned();
    // Of a scheme it does not know the parser reads an address as a name.
    let is_here =
        host == "localhost" || matches!(Host::parse(&host).ok()?, Host::Ipv4(ip) if ip.is_loopback());
    let (tls, port) = match url.scheme() {
        "smtps" => (MailTls::Wrapped, 465),
        "smtp" if is_here => (MailTls::Local, 587),
        "smtp" => (MailTls::Upgraded, 587),
        _ => return None,
    };
    let decoded =
        |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().ok().map(String::from);
    let login = match (url.username(), url.password()) {
        ("", None) => None,
        (user, password) => Some((decoded(user)?, decoded(password.unwrap_or_default())?.into())),
    };
    let plain = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let from = "nobody@example.invalid".parse().ok()?;
    let server = MailServer { host, port: url.port().unwrap_or(port), tls, login, name: None, from };
    plain.then_some(server)
}

/// `Name <address>` or an address alone.
fn sender(text: &str) -> Option<(Option<String>, Email)> {
    let Some((name, rest)) = text.split_once('<') else { return text.parse().ok().map(|from| (None, from)) };
    let from = rest.strip_suffix('>')?.parse().ok()?;
    let name = name.trim().trim_matches('"');
    let fits = !name.chars().any(char::is_control);
    fits.then(|| (Some(name.to_owned()).filter(|name| !name.is_empty()), from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn of(url: &str, from: &str) -> Result<Option<MailServer>, Mistakes> {
        let pairs = [("SMTP_URL", url), ("MAIL_FROM", from)];
        read(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn servers_are_read() {
        let server = of("smtps://shop%40x.org:p%3Aw@mail.example.com", "VPN Shop <no-reply@Shop.example>");
        let server = server.unwrap().unwrap();
        let (user, password) = server.login.clone().unwrap();
        assert_eq!((user.as_str(), password.expose_secret()), ("shop@x.org", "p:w"));
        assert_eq!(
            (server.host.as_str(), server.port, server.tls),
            ("mail.example.com", 465, MailTls::Wrapped)
        );
        assert_eq!(
            (server.name.as_deref(), server.from.as_str()),
            (Some("VPN Shop"), "no-reply@shop.example")
        );
        let server = of("smtp://mail.example.com", "no-reply@shop.example").unwrap().unwrap();
        assert_eq!((server.port, server.tls, server.login.is_none()), (587, MailTls::Upgraded, true));
        assert_eq!(of("smtp://127.0.0.1:2525", "a@b.example").unwrap().unwrap().tls, MailTls::Local);
        assert!(of("", "").unwrap().is_none());
    }

    #[test]
    fn half_a_server_is_a_mistake_and_tells_no_secret() {
        for (url, from) in [
            ("smtp://mail.example.com", ""),
            ("", "a@b.example"),
            ("https://user:hush@mail.example.com", "a@b.example"),
            ("mail.example.com:hush", "a@b.example"),
            ("smtp://user:hush@mail.example.com/path", "a@b.example"),
            ("smtp://user:hush@mail.example.com", "nobody"),
            ("smtp://user:hush@mail.example.com", "A\r\nBcc: e@e.example <a@b.example>"),
        ] {
            let mistakes = of(url, from).expect_err(url).to_string();
            assert!(!mistakes.contains("hush"), "{mistakes}");
        }
    }
}
