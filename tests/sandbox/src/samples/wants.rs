//! What the sentence in `expect` asks for.

use std::fmt;

/// One demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// A command of this name is understood, with this payload if one is given.
    Command(String, Payload),
    /// Words without meaning to the bot: answered with a way on.
    FreeText,
    /// Nothing is said, nothing is kept.
    Nothing,
    /// Answered with 200, whatever it is.
    Taken,
    /// The account is nobody.
    Nobody,
    /// The press is answered.
    Answered,
    /// A new message instead of an edited one.
    SentInstead,
    /// No message but the inline one is touched.
    InlineOnly,
    /// The press is told that the button is old.
    Outdated,
    /// The press is told that the button is not theirs.
    Foreign,
    /// A question before Stars are taken: ours is allowed, a stranger's is not.
    PreCheckout,
    /// Something that must be refused, or must not move anything.
    Refused,
    /// Answered in the topic of the message.
    Topic,
    /// The payload of the link is not kept.
    PayloadDropped,
    /// A second delivery changes nothing.
    Repeated,
    /// Stars that count once.
    Payment,
    /// Stars that begin a subscription.
    SubscriptionStart,
    /// Stars for another period.
    SubscriptionRenewal,
    /// Stars that went back.
    Revoke,
    /// Telegram will (or will not) charge again.
    SubscriptionState(bool),
    /// Cards for inline mode.
    Inline,
    /// The person can (or cannot) be written to.
    Reachable(bool),
    /// What we know of the person's place in the channel is made new.
    Membership,
    /// A contact is answered and not kept.
    Contact,
    /// Data of a web page moves nothing.
    Distrusted,
    /// Something for the people who help.
    Support,
    /// An operator is told who wrote a message.
    Lookup,
    /// An operator is told that nobody can tell.
    Hidden,
    /// The language is the shop's.
    DefaultLanguage,
    /// A name does no harm where it is repeated.
    HarmlessName,
    /// Whatever was written, our markup holds.
    SoundHtml,
}

/// What goes with a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Nothing is said about it.
    Any,
    /// This.
    Is(String),
    /// It means nothing.
    Dropped,
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(name, Payload::Is(payload)) => write!(f, "Command {name} with {payload}"),
            Self::Command(name, _) => write!(f, "Command {name}"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// Words of a clause (one of each list), and what they ask for; the first line that fits counts.
const WORDS: [(&[&str], &[&str], Want); 39] = [
    (&["pre-checkout", "pre_checkout", "precheckout"], &REFUSED, Want::Refused),
    (&["pre-checkout", "pre_checkout", "precheckout"], &[], Want::PreCheckout),
    (&["never treat as a user", "not a user", "no user"], &[], Want::Nobody),
    (&["admin", "operator"], &["hidden"], Want::Hidden),
    (&["admin", "operator"], &["lookup", "look up", "by id"], Want::Lookup),
    (&["subscription"], &["cancel", "fail"], Want::SubscriptionState(false)),
    (&["subscription"], &["active", "resum"], Want::SubscriptionState(true)),
    (&["mark", "user", "bot"], &["unblocked", "active", "reachable again"], Want::Reachable(true)),
    (&["mark", "user", "bot"], &["blocked", "unreachable", "inactive"], Want::Reachable(false)),
    (&["membership", "gate", "cache"], &[], Want::Membership),
    (&["thread", "topic"], &[], Want::Topic),
    (&["duplicate", "redeliver", "same update_id", "delivered again"], &[], Want::Repeated),
    (&["send instead of edit", "send a new", "send, not edit"], &[], Want::SentInstead),
    (&["inline_message_id"], &[], Want::InlineOnly),
    (&["outdated", "stale", "old menu", "old button", "unknown data"], &[], Want::Outdated),
    (&["not your", "foreign", "another user", "other user", "someone else", "owner"], &[], Want::Foreign),
    (&["inline answer", "answer inline", "answerinlinequery"], &[], Want::Inline),
    (&["callback", "must be answered", "answer the press", "spinner", "64 bytes"], &[], Want::Answered),
    (&["language"], &["default", "fall"], Want::DefaultLanguage),
    (&["html", "markup"], &[], Want::SoundHtml),
    (&["name"], &NAMES, Want::HarmlessName),
    (
        &["payload"],
        &["reject", "invalid", "ignor", "drop", "valid", "sanit", "refuse", "none"],
        Want::PayloadDropped,
    ),
    (&["subscription start", "subscription begin"], &[], Want::SubscriptionStart),
    (&["renewal", "recurring", "next period", "extend"], &[], Want::SubscriptionRenewal),
    (&["revoke", "refund"], &[], Want::Revoke),
    (&["payment", "credit"], &[], Want::Payment),
    (&["idempotent", "once"], &[], Want::Taken),
    (&["phone", "contact"], &[], Want::Contact),
    (&["validate strictly", "untrusted", "validate"], &[], Want::Distrusted),
    (&["support", "receipt"], &[], Want::Support),
    (&["free text", "chatter", "plain text", "unsupported", "hint"], &[], Want::FreeText),
    (&["ignore", "no second action", "no action", "nothing", "no answer", "drop"], &[], Want::Nothing),
    (&["statistics only", "log only"], &[], Want::Nothing),
    (&["no reply", "silent", "service message", "migrat"], &[], Want::Nothing),
    (&REFUSED, &[], Want::Refused),
    (&["200", "no crash", "not crash", "no panic", "error"], &[], Want::Taken),
    (&["must not break", "survive", "tolera", "pars"], &[], Want::Taken),
    (&["process", "handle", "accept", "normal"], &[], Want::Taken),
    (&["any order", "non-monotonic", "lower update_id", "update_id"], &[], Want::Taken),
];

const NAMES: [&str; 9] =
    ["escape", "isolat", "placeholder", "sanit", "clean", "empty", "invisible", "strip", "safe"];

const REFUSED: [&str; 11] = [
    "refuse",
    "reject",
    "declin",
    "deny",
    "denied",
    "ok=false",
    "not ok",
    "foreign",
    "altered",
    "mismatch",
    "unknown order",
];

/// Reads a sentence: clauses between semicolons, each of them understood.
pub fn read(expect: &str) -> Result<Vec<Want>, String> {
    let mut wants: Vec<Want> = Vec::new();
    for clause in expect.split([';', '+']).map(str::trim).filter(|clause| !clause.is_empty()) {
        let found = clause_wants(clause);
        if found.is_empty() {
            return Err(format!("{clause:?} is not understood"));
        }
        for want in found {
            if !wants.contains(&want) {
                wants.push(want);
            }
        }
    }
    // "pre-checkout; reject": the first half alone would ask for more.
    if wants.contains(&Want::Refused) {
        wants.retain(|want| *want != Want::PreCheckout);
    }
    if wants.is_empty() { Err("nothing is expected".to_owned()) } else { Ok(wants) }
}

fn clause_wants(clause: &str) -> Vec<Want> {
    let lower = clause.to_lowercase();
    if let Some(rest) = lower.strip_prefix("command ") {
        return command(clause, rest);
    }
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let fits = WORDS.iter().find(|(any, also, _)| has(any) && (also.is_empty() || has(also)));
    let mut wants: Vec<Want> = fits.into_iter().map(|(_, _, want)| want.clone()).collect();
    // "answer, then …", "answer with …": a press.
    if lower.starts_with("answer") && !wants.contains(&Want::Inline) {
        wants.push(Want::Answered);
    }
    wants
}

/// `command start payload=ref_123`, `command menu, language falls back to default`.
fn command(clause: &str, rest: &str) -> Vec<Want> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name: String = rest.chars().take_while(|c| is_name(*c)).collect();
    if name.is_empty() {
        return Vec::new();
    }
    let given = clause.find("payload=").map(|at| &clause[at + "payload=".len()..]);
    let dropped = ["no payload", "without payload", "payload dropped", "payload ignored", "invalid payload"];
    let payload = match given.map(|text| text.split([' ', ',']).next().unwrap_or_default()) {
        Some("" | "none" | "-") => Payload::Dropped,
        Some(payload) => Payload::Is(payload.to_owned()),
        None if dropped.iter().any(|words| rest.contains(words)) => Payload::Dropped,
        None => Payload::Any,
    };
    let mut wants = vec![Want::Command(name, payload)];
    if let Some((_, more)) = rest.split_once(", ").filter(|_| !rest.contains('(')) {
        wants.extend(clause_wants(more));
    }
    wants
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_read_or_refused() {
        let start = |payload| Want::Command("start".to_owned(), payload);
        let cases = [
            ("command start", vec![start(Payload::Any)]),
            ("command start payload=promo-SUMMER_26", vec![start(Payload::Is("promo-SUMMER_26".into()))]),
            ("command start (payload ref_777 or none, no crash)", vec![start(Payload::Any)]),
            (
                "command menu, language falls back to default",
                vec![Want::Command("menu".into(), Payload::Any), Want::DefaultLanguage],
            ),
            ("200, ignore", vec![Want::Nothing]),
            ("callback; must be answered", vec![Want::Answered]),
            ("callback; answer, then send instead of edit", vec![Want::Answered, Want::SentInstead]),
            ("payment + subscription start", vec![Want::Payment, Want::SubscriptionStart]),
            ("mark subscription canceled", vec![Want::SubscriptionState(false)]),
            ("never treat as a user (id 1087968824)", vec![Want::Nobody]),
            ("admin: tell that the id is hidden", vec![Want::Hidden]),
            ("mark active", vec![Want::Reachable(true)]),
            ("pre-checkout; reject", vec![Want::Refused]),
            ("command start; reply in the same topic", vec![start(Payload::Any), Want::Topic]),
        ];
        for (expect, wants) in cases {
            assert_eq!(read(expect), Ok(wants), "{expect}");
        }
        for unknown in ["", "dance", "command", "callback; dance"] {
            assert!(read(unknown).is_err(), "{unknown}");
        }
    }
}
