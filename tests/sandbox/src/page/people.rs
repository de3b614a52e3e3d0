//! People who are there from the start.

use standin_telegram::{Telegram, User};

/// A person with Russian settings, one with English ones, and one whose app tells nothing about its owner.
pub fn ready() -> [User; 3] {
    let person = |id, name: &str, username: &str, language: &str| User {
        username: Some(username.to_owned()),
        language_code: Some(language.to_owned()),
        ..User::new(id, name)
    };
    [
        person(500_001, "Анна", "anna_petrova", "ru"),
        person(500_002, "John", "john_doe", "en"),
        User::new(500_003, "Guest"),
    ]
}

/// Makes the ready people known, unless somebody is there already.
pub fn move_in(telegram: &Telegram) {
    if telegram.users().is_empty() {
        for person in ready() {
            telegram.add_user(person);
        }
    }
}

/// Makes one more person known; answers the new id.
pub fn add(telegram: &Telegram, mut person: User) -> i64 {
    let highest = telegram.users().iter().map(|user| user.id).max().unwrap_or(500_000);
    person.id = highest + 1;
    let id = person.id;
    telegram.add_user(person);
    id
}
