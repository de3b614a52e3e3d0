//! One connection.

use crate::{Letter, Mail, Mood};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::io::Result;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// What a client said so far.
#[derive(Default)]
struct Session {
    greeted: bool,
    known: bool,
    from: Option<String>,
    to: Vec<String>,
}

/// What to answer, and whether to go on.
enum Next {
    Say(String),
    Data,
    Quit,
}

pub(crate) async fn serve(mail: &Mail, stream: TcpStream) -> Result<()> {
    let mood = {
        let mut state = mail.lock();
        state.calls += 1;
        state.mood.clone()
    };
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    match &mood {
        Mood::Gone => return Ok(()),
        Mood::Closed(line) => return say(&mut write, line).await,
        _ => say(&mut write, "220 mail.example ESMTP").await?,
    }
    let mut session = Session::default();
    while let Some(line) = lines.next_line().await? {
        match session.hear(mail, &mood, &line) {
            Next::Say(answer) => say(&mut write, &answer).await?,
            Next::Quit => return say(&mut write, "221 2.0.0 Bye").await,
            Next::Data => {
                say(&mut write, "354 Go ahead").await?;
                let mut body = String::new();
                loop {
                    let Some(line) = lines.next_line().await? else { return Ok(()) };
                    if line == "." {
                        break;
                    }
                    // A leading dot was doubled on its way (RFC 5321, 4.5.2).
                    body.push_str(line.strip_prefix('.').unwrap_or(&line));
                    body.push_str("\r\n");
                }
                let from = session.from.take().unwrap_or_default();
                let to = std::mem::take(&mut session.to);
                mail.lock().letters.push(Letter::new(from, to, body));
                if mood == Mood::Forgetful {
                    return Ok(());
                }
                say(&mut write, "250 2.0.0 Taken").await?;
            }
        }
    }
    Ok(())
}

async fn say(write: &mut (impl AsyncWriteExt + Unpin), line: &str) -> Result<()> {
    write.write_all(format!("{line}\r\n").as_bytes()).await
}

impl Session {
    fn hear(&mut self, mail: &Mail, mood: &Mood, line: &str) -> Next {
        let upper = line.to_ascii_uppercase();
        let answer = if upper.starts_with("EHLO ") || upper.starts_with("HELO ") {
            self.greeted = true;
            "250-mail.example\r\n250-AUTH PLAIN\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES"
        } else if upper == "QUIT" {
            return Next::Quit;
        } else if upper == "NOOP" || upper == "RSET" {
            (self.from, self.to) = (None, Vec::new());
            "250 2.0.0 OK"
        } else if !self.greeted {
            "503 5.5.1 EHLO first"
        } else if let Some(login) = line.strip_prefix("AUTH PLAIN ") {
            self.known = BASE64_STANDARD
                .decode(login)
                .is_ok_and(|told| told == format!("\0{}\0{}", mail.user, mail.password).as_bytes());
            if self.known { "235 2.7.0 Welcome" } else { "535 5.7.8 Not your password" }
        } else if !self.known {
            "530 5.7.0 AUTH first"
        } else if upper.starts_with("MAIL FROM:") {
            self.from = Some(address(line));
            "250 2.1.0 OK"
        } else if upper.starts_with("RCPT TO:") && self.from.is_some() {
            if let Mood::Refuses(line) = mood {
                return Next::Say(line.clone());
            }
            self.to.push(address(line));
            "250 2.1.5 OK"
        } else if upper == "DATA" && !self.to.is_empty() {
            return Next::Data;
        } else {
            "503 5.5.1 Not now"
        };
        Next::Say(answer.to_owned())
    }
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map(|(address, _)| address.to_owned()).unwrap_or_default()
}
