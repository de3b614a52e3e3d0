//! What people do at the panel's screen and with their apps, and the reminders that the panel gives by itself.

use super::{Remnawave, devices, users, webhook::Event};
use serde_json::{Map, Value, json};

impl Remnawave {
    /// Gives a user a new link and new keys, as a person would. `false`: there was none.
    pub fn revoke(&self, username: &str) -> bool {
        let now = (self.clock)();
        let mut world = self.world();
        let Ok(index) = world.by_name(username) else { return false };
        users::revoke(&mut world, index, &json!({}), now).is_ok()
    }

    /// An app on a new device fetches the subscription; `details` are `platform`, `deviceModel` and so on. `false`: there
    /// is no such user.
    pub fn add_device(&self, username: &str, hwid: &str, details: &Value) -> bool {
        let now = (self.clock)();
        let mut world = self.world();
        let Ok(index) = world.by_name(username) else { return false };
        let details = details.as_object().cloned().unwrap_or_else(Map::new);
        devices::register(&mut world, index, (hwid.to_owned(), details), now);
        true
    }

    /// Reminds of every user who has not connected, as after so many hours (`NOT_CONNECTED_USERS_NOTIFICATIONS`).
    pub fn remind_unconnected(&self, hours: i64) {
        let now = (self.clock)();
        let mut world = self.world();
        for index in 0..world.users.len() {
            if world.users[index].first_connected_at.is_none() {
                let data = world.show(&world.users[index]);
                let meta = json!({"notConnectedAfterHours": hours});
                world.report(Event::User { event: "user.not_connected", data, meta }, now);
            }
        }
    }
}
