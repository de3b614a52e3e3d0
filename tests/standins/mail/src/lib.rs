//! A mail server on loopback that keeps every letter and, when it is told to, is as unhelpful as real ones.
//!
//! It speaks SMTP as RFC 5321 has it, with AUTH PLAIN (RFC 4954), one connection a task. It holds no logic of the shop;
//! [`Letter`] undoes the encodings of a letter, so that a test or a page can show it as a mailbox would.

mod letter;
mod session;

pub use letter::Letter;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;

/// What the server does to whoever wants to leave a letter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Mood {
    /// Takes everything.
    #[default]
    Kind,
    /// Answers every recipient with this line, such as `550 5.1.1 No such user`.
    Refuses(String),
    /// Greets with this line, such as `421 4.3.2 Service not available`, and closes.
    Closed(String),
    /// Takes the letter, keeps it, and closes without saying so.
    Forgetful,
    /// Closes at once, without a word.
    Gone,
}

#[derive(Debug, Default)]
struct State {
    mood: Mood,
    letters: Vec<Letter>,
    /// Connections since the start.
    calls: usize,
}

/// A mail server; clones share it.
#[derive(Debug, Clone)]
pub struct Mail {
    state: Arc<Mutex<State>>,
    port: u16,
    user: Arc<str>,
    password: Arc<str>,
}

impl Mail {
    /// Listens on a free port of 127.0.0.1 for people who log in as `user` with `password`. Ends with the runtime.
    pub async fn start(user: &str, password: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let mail = Self { state: Arc::default(), port, user: user.into(), password: password.into() };
        let server = mail.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move {
                    // A client that hangs up in the middle is its own concern.
                    let _ = session::serve(&server, stream).await;
                });
            }
        });
        Ok(mail)
    }

    /// The address to leave letters at, with user and password.
    pub fn url(&self) -> String {
        format!("smtp://{}:{}@127.0.0.1:{}", self.user, self.password, self.port)
    }

    /// Changes its mood.
    pub fn be(&self, mood: Mood) {
        self.lock().mood = mood;
    }

    /// Every letter it took, the newest last.
    pub fn letters(&self) -> Vec<Letter> {
        self.lock().letters.clone()
    }

    /// The letters to `address`, the newest last.
    pub fn letters_to(&self, address: &str) -> Vec<Letter> {
        self.letters().into_iter().filter(|letter| letter.to.iter().any(|to| to == address)).collect()
    }

    /// How often somebody connected.
    pub fn calls(&self) -> usize {
        self.lock().calls
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
