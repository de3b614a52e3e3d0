//! What every `main.rs` needs: settings, secrets, AWS clients, queues, the clock, logs, and the loop around a handler.
//!
//! [`serve::serve`] starts an [`edge::Edge`] over the environment, reads a [`edge::Config`] (defaults ← stored settings
//! ← environment; secrets apart), builds the function from it and hands it events. A function asks the edge only for
//! what it uses; what it does not use is not linked.
//!
//! This crate alone reads the system clock and the environment.

mod aws;
pub mod clock;
mod connector;
pub mod edge;
pub mod event;
pub mod failure;
pub mod mail;
mod packages;
pub mod panels;
pub mod providers;
pub mod queue;
mod referral;
pub mod secrets;
pub mod serve;
pub mod settings;
mod telemetry;
pub mod vars;

pub use clock::Clock;
pub use edge::{Config, Edge, StartError};
pub use event::{BatchResponse, HttpEvent, HttpResponse, QueueEvent, QueueMessage, Request, StreamEvent};
pub use failure::{Failure, chain};
pub use mail::{MailServer, MailTls};
pub use panels::{PanelConfig, PanelDoor, PanelKind};
pub use queue::Queue;
pub use serve::{Endpoint, Function, Http, Running, respond, serve, serve_http};
pub use settings::Settings;
pub use vars::{Mistakes, Vars};
