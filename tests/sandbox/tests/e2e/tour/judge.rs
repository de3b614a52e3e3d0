//! What is wrong with a screen or a press, and the count of what was visited.

use super::{
    stages::Stage,
    walk::{Step, masked},
};
use sandbox::{calls::Target, world::World};
use standin_telegram::{ButtonView, CallbackAnswer, MessageView};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Presses that may cost more than two calls of the store and one call elsewhere, and why.
const DEARER: &[(&str, (usize, usize), &str)] = &[
    ("pay", (2, 3), "the provider opens the payment, PayPal gives a token first"),
    ("subscribe", (2, 2), "Telegram makes the link of the subscription"),
    ("bind", (2, 2), "the provider opens the binding"),
    ("check", (4, 2), "the provider is asked; if it was paid, this is the credit"),
    ("plan", (3, 1), "a chosen promo code is read too"),
    ("choose", (3, 1), "a chosen promo code is read too"),
    ("buy", (3, 1), "a chosen promo code is read too"),
    ("pick", (3, 1), "a chosen promo code is read too"),
    ("gift", (3, 1), "a chosen promo code is read too"),
    ("package", (3, 1), "a chosen promo code is read too"),
    ("take", (3, 1), "the gift is read too"),
    ("nopromo", (3, 1), "so is one that is taken off"),
    ("/start plan", (4, 1), "comes in, and takes an offer"),
    ("/start gift", (3, 0), "the gift is looked up"),
    ("/start promo", (3, 1), "the code is looked up and used"),
    ("qr", (2, 2), "the picture goes as a message of its own"),
    ("sub", (2, 2), "figures older than a minute are asked of the panel"),
    ("devices", (2, 3), "the panel knows them: whose account, which devices"),
    ("unlink", (2, 7), "looked up, unlinked, listed anew"),
    ("unlinkallnow", (2, 5), "unlinked, listed anew"),
    ("newlinknow", (4, 3), "written down before and after the panel makes it"),
];

/// A press and what came of it.
pub struct Pressed<'a> {
    pub from: &'a MessageView,
    pub data: &'a str,
    pub answer: Option<CallbackAnswer>,
    /// Messages that are new or changed.
    pub shown: &'a [MessageView],
    /// The bot drew the very same screen.
    pub same: bool,
    /// What was called until the press was answered.
    pub calls: &'a Calls,
}

/// Calls of the store, and of others. The catalog is not among them: a container reads it once a minute.
#[derive(Debug, Default)]
pub struct Calls {
    pub store: Vec<String>,
    pub others: Vec<String>,
}

impl Calls {
    pub fn of(world: &World) -> Self {
        let mut sorted = Self::default();
        for call in world.outside.calls.all() {
            match call.target {
                Target::Dynamodb if call.request.contains("\"CATALOG\"") => {}
                Target::Dynamodb => sorted.store.push(call.operation),
                target => sorted.others.push(format!("{target} {}", call.operation)),
            }
        }
        sorted
    }

    fn count(&self) -> (usize, usize) {
        (self.store.len(), self.others.len())
    }
}

/// What was seen, and what is wrong with it.
pub struct Report {
    language: &'static str,
    keys: BTreeSet<String>,
    stale: Vec<String>,
    /// What each screen offers.
    screens: BTreeMap<String, BTreeSet<String>>,
    /// Where each button led.
    ways: BTreeMap<String, BTreeSet<String>>,
    presses: u32,
    links: BTreeSet<String>,
    /// The most that a press of this verb cost.
    costs: BTreeMap<String, (usize, usize)>,
    wrong: BTreeSet<String>,
}

impl Report {
    pub fn new(language: &'static str) -> Self {
        let texts = match language {
            "ru" => include_str!("../../../../../locales/ru.ftl"),
            _ => include_str!("../../../../../locales/en.ftl"),
        };
        let text_of = |key: &str| {
            let line = texts.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
            line.unwrap_or_default().trim().to_owned()
        };
        let keys = texts.lines().filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_owned());
        let keys = keys.filter(|key| key.contains('-') && !key.contains(' ')).collect();
        Self {
            language,
            keys,
            stale: ["alert-stale", "alert-stale-here"].map(text_of).into(),
            screens: BTreeMap::new(),
            ways: BTreeMap::new(),
            presses: 0,
            links: BTreeSet::new(),
            costs: BTreeMap::new(),
            wrong: BTreeSet::new(),
        }
    }

    /// Everything that is wrong, one line each.
    pub fn wrong(&self) -> Vec<String> {
        let mut home = BTreeSet::new();
        loop {
            let leads = |button: &String| {
                // Whoever joins the channel goes on from there: the tests of the gate do.
                let opens = button == "1:menu" || button.starts_with("1:g:");
                opens || self.ways.get(button).is_some_and(|to| to.iter().any(|to| home.contains(to)))
            };
            let near = self
                .screens
                .iter()
                .filter(|(name, offers)| !home.contains(*name) && offers.iter().any(leads));
            let near: Vec<String> = near.map(|(name, _)| name.clone()).collect();
            if near.is_empty() {
                break;
            }
            home.extend(near);
        }
        let lost = self.screens.keys().filter(|screen| !home.contains(*screen));
        let lost = lost.map(|screen| format!("no way back to the menu from {screen}"));
        self.wrong.iter().cloned().chain(lost).collect()
    }

    /// From now on the bot should speak this.
    pub fn speak(&mut self, language: &'static str) {
        self.language = language;
    }

    /// What each kind of press and each command cost at most.
    pub fn costs(&self) -> String {
        let head =
            "| press or command | store calls | other calls | why more than 2 and 1 |\n|---|---|---|---|\n";
        let row = |(what, (store, others)): (&String, &(usize, usize))| {
            let dearer = DEARER.iter().find(|(verb, ..)| verb == what && (*store > 2 || *others > 1));
            let why = dearer.map_or("", |(.., why)| why);
            format!("| {what} | {store} | {others} | {why} |\n")
        };
        format!("{head}{}", self.costs.iter().map(row).collect::<String>())
    }

    fn blame(&mut self, stage: Stage, what: impl fmt::Display) {
        self.wrong.insert(format!("{stage:?}: {what}"));
    }

    pub fn lost(&mut self, stage: Stage, path: &[Step]) {
        self.blame(stage, format_args!("a button that was there is not any more: {path:?}"));
    }

    pub fn unanswerable(&mut self, stage: Stage, topic: &str) {
        self.blame(stage, format_args!("the tour does not know what to say to {topic:?}"));
    }

    /// A message that the person reads.
    pub fn screen(&mut self, stage: Stage, step: &Step, message: &MessageView) {
        let labels: Vec<&ButtonView> = message.buttons.iter().flatten().collect();
        if message.service.is_none() && message.invoice.is_none() {
            let offers = labels.iter().filter(|button| button.action == "callback_data");
            self.screens
                .entry(name_of(message))
                .or_default()
                .extend(offers.map(|button| masked(&button.value)));
        }
        if labels.is_empty() && message.service.is_none() {
            self.blame(stage, format_args!("{step:?} ends without a button: {:?}", message.text));
        }
        // Operators who look for texts see keys, variables and both languages.
        let quotes = labels.iter().any(|button| button.value.starts_with("1:text"));
        let texts = labels.iter().map(|button| button.text.as_str());
        for text in std::iter::once(message.text.as_str()).chain(texts).filter(|_| !quotes) {
            self.text(stage, step, text);
        }
        for button in labels {
            match button.action.as_str() {
                "callback_data" => drop(self.ways.entry(masked(&button.value)).or_default()),
                "url" if !(button.value.starts_with("http") || button.value.starts_with("tg://")) => {
                    self.blame(stage, format_args!("{step:?}: an odd link: {}", button.value));
                }
                action => drop(self.links.insert(format!("{action} {}", button.text))),
            }
        }
    }

    fn text(&mut self, stage: Stage, step: &Step, text: &str) {
        let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        if let Some(key) = words.find(|word| self.keys.contains(*word)) {
            let key = key.to_owned();
            self.blame(stage, format_args!("{step:?} shows the key {key}: {text:?}"));
        }
        if text.contains("{$") || text.contains("{ $") || text.contains("???") {
            self.blame(stage, format_args!("{step:?} shows a variable: {text:?}"));
        }
        let cyrillic = |c: char| ('\u{400}'..='\u{4ff}').contains(&c);
        if self.language == "en" && text.replace("Русский", "").replace("Язык", "").chars().any(cyrillic)
        {
            self.blame(stage, format_args!("{step:?} is not all English: {text:?}"));
        }
        if self.language == "ru"
            && text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).count() > 4
            && !text.chars().any(cyrillic)
        {
            self.blame(stage, format_args!("{step:?} is not Russian: {text:?}"));
        }
    }

    /// A press was answered, or not.
    pub fn pressed(&mut self, stage: Stage, pressed: Pressed<'_>) {
        self.presses += 1;
        let Pressed { from, data, answer, shown, same, calls } = pressed;
        let verb = masked(data);
        match &answer {
            None => self.blame(stage, format_args!("{verb} got no answer")),
            Some(answer) if self.stale.contains(&answer.text) => {
                self.blame(stage, format_args!("{verb} was on the screen and is called old"));
            }
            Some(answer) => {
                if !answer.text.is_empty() {
                    self.text(stage, &Step::Press(verb.clone()), &answer.text);
                } else if shown.is_empty() && !same {
                    self.blame(stage, format_args!("{verb} did nothing that a person could see"));
                }
            }
        }
        let to = shown.iter().map(name_of).next_back().unwrap_or_else(|| name_of(from));
        self.ways.entry(verb.clone()).or_default().insert(to);
        self.costed(stage, verb.split(':').nth(1).unwrap_or_default(), calls);
    }

    /// A message was answered, or not.
    pub fn said(&mut self, stage: Stage, step: &Step, shown: &[MessageView], calls: &Calls) {
        if shown.is_empty() {
            self.blame(stage, format_args!("silence after {step:?}"));
        }
        let Step::Say(text) = step else { return };
        if text.starts_with('/') && !matches!(stage, Stage::Operator) {
            self.costed(stage, text.split('_').next().unwrap_or_default(), calls);
        }
    }

    fn costed(&mut self, stage: Stage, what: &str, calls: &Calls) {
        let cost = calls.count();
        let most = self.costs.entry(what.to_owned()).or_default();
        *most = (most.0.max(cost.0), most.1.max(cost.1));
        let dearer = DEARER.iter().find(|(verb, ..)| *verb == what).map(|(_, most, _)| *most);
        let (store, others) = dearer.unwrap_or((2, 1));
        if cost.0 > store || cost.1 > others {
            self.blame(stage, format_args!("{what} is too dear: {calls:?}"));
        }
    }

    /// What the stand-ins say about the bot.
    pub fn complaints_of(&mut self, stage: Stage, world: &World) {
        for violation in world.telegram.violations() {
            if !violation.description.contains("message is not modified") {
                self.blame(stage, format_args!("Telegram complains: {violation:?}"));
            }
        }
        for callback in world.telegram.unanswered() {
            self.blame(stage, format_args!("no answer to {}", callback.data));
        }
        for queue in world.queues.snapshot().iter().filter(|queue| !queue.messages.is_empty()) {
            self.blame(stage, format_args!("left in {}: {:?}", queue.name, queue.messages));
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { language, screens, ways, presses, links, .. } = self;
        writeln!(
            f,
            "{language}: {} screens, {} buttons that the bot answers, {} that lead elsewhere, {presses} presses",
            screens.len(),
            ways.len(),
            links.len(),
        )
    }
}

/// A screen's name: what it begins with, and what it offers.
fn name_of(message: &MessageView) -> String {
    let plain = |c: char| !c.is_ascii_digit();
    let title: String =
        message.text.lines().next().unwrap_or_default().chars().filter(|c| plain(*c)).take(60).collect();
    let buttons: BTreeSet<String> = message
        .buttons
        .iter()
        .flatten()
        .map(|button| match button.action.as_str() {
            "callback_data" => masked(&button.value),
            action => action.to_owned(),
        })
        .collect();
    format!("{title} {:?}", buttons.into_iter().collect::<Vec<_>>())
}
