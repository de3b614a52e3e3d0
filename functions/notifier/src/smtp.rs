//! Sending a letter through the operator's mail server.

use bot::LetterText;
use domain::{Email, JobId};
use jiff::Timestamp;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    address::Envelope,
    message::{Mailbox, MultiPart, SinglePart, header},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
        response::Severity,
    },
};
use runtime::{MailServer, MailTls, chain};
use secrecy::ExposeSecret;
use std::{
    error::Error,
    time::{Duration, SystemTime},
};
use thiserror::Error;

/// A server that takes longer for a letter is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a letter was not sent. The server's words are not in it: they may name people.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum Unsent {
    /// There is no such address, and there will be none.
    #[error("no such address ({0})")]
    NoSuchAddress(String),
    /// The server will never take this letter, for another reason than the address.
    #[error("refused for good ({0})")]
    Refused(String),
    /// It may take it later: it is busy, gone, or does not know us at the moment.
    #[error("not now ({0})")]
    Later(String),
    /// It said nothing for too long. Nobody knows whether it took the letter.
    #[error("too slow")]
    Slow,
}

/// The mail server.
pub(crate) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    domain: String,
    patience: Duration,
}

impl Smtp {
    /// Speaks to `server`. No I/O; `Err` is a mistake in the settings.
    pub(crate) fn new(server: &MailServer) -> Result<Self, String> {
        let from: Address = server.from.as_str().parse().map_err(|_| "MAIL_FROM is no address".to_owned())?;
        let wrong = |error: lettre::transport::smtp::Error| format!("SMTP_URL: {}", chain(&error));
        let parameters = || TlsParameters::new(server.host.clone()).map_err(wrong);
        let tls = match server.tls {
            MailTls::Wrapped => Tls::Wrapper(parameters()?),
            MailTls::Upgraded => Tls::Required(parameters()?),
            MailTls::Local => Tls::None,
        };
        let domain = from.domain().to_owned();
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.clone())
            .port(server.port)
            .tls(tls)
            .hello_name(ClientId::Domain(domain.clone()))
            .timeout(Some(PATIENCE));
        if let Some((user, password)) = &server.login {
            builder =
                builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        let from = Mailbox::new(server.name.clone(), from);
        Ok(Self { transport: builder.build(), from, domain, patience: PATIENCE })
    }

    /// Sends `letter` to `to`. The same job makes the same letter, with the same Message-ID: a mailbox that gets it twice
    /// can tell.
    pub(crate) async fn send(
        &self,
        job: &JobId,
        to: &Email,
        letter: LetterText,
        now: Timestamp,
    ) -> Result<(), Unsent> {
        let (envelope, bytes) = self.formatted(job, to, letter, now).map_err(Unsent::Refused)?;
        match tokio::time::timeout(self.patience, self.transport.send_raw(&envelope, &bytes)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(judged(&error)),
            Err(_) => Err(Unsent::Slow),
        }
    }

    fn formatted(
        &self,
        job: &JobId,
        to: &Email,
        letter: LetterText,
        now: Timestamp,
    ) -> Result<(Envelope, Vec<u8>), String> {
        let to: Address = to.as_str().parse().map_err(|_| "not an address to this library".to_owned())?;
        let parts = MultiPart::alternative()
            .boundary(format!("part_{job}"))
            .singlepart(part(header::ContentType::TEXT_PLAIN, letter.text))
            .singlepart(part(header::ContentType::TEXT_HTML, letter.html));
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .date(SystemTime::from(now))
            .message_id(Some(format!("<{job}@{}>", self.domain)))
            .header(AutoSubmitted)
            .multipart(parts)
            .map_err(|error| error.to_string())?;
        Ok((message.envelope().clone(), message.formatted()))
    }
}

fn part(kind: header::ContentType, body: String) -> SinglePart {
    SinglePart::builder().header(kind).body(body)
}

/// Tells mailboxes that a machine wrote it: nobody's absence note has to answer.
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn judged(error: &lettre::transport::smtp::Error) -> Unsent {
    let Some(code) = error.status() else {
        return if error.is_timeout() { Unsent::Slow } else { Unsent::Later("no connection".into()) };
    };
    let said = error.source().map(ToString::to_string).unwrap_or_default();
    let number = format!("{code}");
    // A server that does not know us or is not let in does not speak of the letter: an operator can mend that.
    if code.severity == Severity::TransientNegativeCompletion || is_about_us(&number) {
        return Unsent::Later(number);
    }
    if is_about_address(&number, &said) { Unsent::NoSuchAddress(number) } else { Unsent::Refused(number) }
}

/// Login and encryption.
fn is_about_us(code: &str) -> bool {
    matches!(code, "530" | "534" | "535" | "538")
}

/// "No such mailbox", not "we do not like the sender": the second number of an enhanced code (RFC 3463) tells, if there
/// is one.
fn is_about_address(code: &str, said: &str) -> bool {
    let enhanced = said
        .split_whitespace()
        .next()
        .filter(|word| word.starts_with("5.") && word.matches('.').count() == 2);
    match enhanced {
        Some(word) => matches!(word, "5.1.0" | "5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10" | "5.2.1"),
        None => matches!(code, "550" | "551" | "553"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    fn smtp(port: u16) -> Smtp {
        let from = "no-reply@shop.example".parse().unwrap();
        let host = "127.0.0.1".to_owned();
        let name = Some("VPN Магазин".to_owned());
        Smtp::new(&MailServer { host, port, tls: MailTls::Local, login: None, name, from }).unwrap()
    }

    fn letter() -> LetterText {
        LetterText {
            subject: "Код для подтверждения адреса".into(),
            text: "Ваш код: 000000".into(),
            html: "<b>000000</b>".into(),
        }
    }

    fn job() -> JobId {
        "job_0000000000ZSQA2HZW7T6G2P50_1".parse().unwrap()
    }

    #[test]
    fn a_job_always_makes_the_same_letter() {
        let to = "anna@example.com".parse().unwrap();
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        let made = || smtp(25).formatted(&job(), &to, letter(), now).unwrap().1;
        let text = String::from_utf8(made()).unwrap();
        assert_eq!(made(), text.as_bytes());
        for line in [
            "Message-ID: <job_0000000000ZSQA2HZW7T6G2P50_1@shop.example>\r\n",
            "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n",
            "To: anna@example.com\r\n",
            "Auto-Submitted: auto-generated\r\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }

    #[test]
    fn servers_and_both_kinds_of_tls_can_be_set_up() {
        for tls in [MailTls::Wrapped, MailTls::Upgraded] {
            let from = "no-reply@shop.example".parse().unwrap();
            let login = Some(("user".to_owned(), "hush".to_owned().into()));
            let server =
                MailServer { host: "mail.example.com".into(), port: 465, tls, login, name: None, from };
            assert!(Smtp::new(&server).is_ok());
        }
    }

    #[test]
    fn only_words_about_the_address_are_held_against_it() {
        for (code, said, want) in [
            ("550", "No such user here", true),
            ("550", "5.1.1 <a@b.example>: Recipient address rejected", true),
            ("553", "5.1.3 bad address syntax", true),
            ("550", "5.7.1 Message rejected as spam", false),
            ("553", "5.1.8 Sender address rejected", false),
            ("554", "5.7.1 Relay access denied", false),
            ("552", "Message too big", false),
        ] {
            assert_eq!(is_about_address(code, said), want, "{code} {said}");
        }
    }

    #[tokio::test]
    async fn a_server_that_says_nothing_is_given_up() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let patience = Duration::from_millis(20);
        let smtp = Smtp { patience, ..smtp(silent.local_addr().unwrap().port()) };
        let to = "anna@example.com".parse().unwrap();
        let sent = smtp.send(&job(), &to, letter(), "2026-11-21T10:00:00Z".parse().unwrap()).await;
        assert_eq!(sent, Err(Unsent::Slow));
    }
}
