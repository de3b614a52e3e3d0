//! One person's way through the bot: to every button that is ever on their screen.

use super::{
    judge::{Calls, Pressed, Report},
    stages::{self, Stage},
};
use crate::buyer::Buyer;
use jiff::SignedDuration;
use sandbox::world::World;
use standin_telegram::MessageView;
use std::collections::{BTreeMap, BTreeSet};

/// People read before they press.
const PAUSE: SignedDuration = SignedDuration::from_secs(4);

/// What is done on the way to a screen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Writes this.
    Say(String),
    /// Presses a button whose data looks like this (see [`masked`]).
    Press(String),
}

pub struct Walk<'w, 'r> {
    world: &'w World,
    stage: Stage,
    language: &'static str,
    person: Buyer<'w>,
    people: i64,
    report: &'r mut Report,
    /// The code of a gift that nobody has opened when the tour comes to it.
    gift: String,
    /// Steps that were taken or are waiting to be.
    known: BTreeSet<Step>,
    todo: Vec<Vec<Step>>,
}

impl<'w, 'r> Walk<'w, 'r> {
    pub async fn begin(
        world: &'w World,
        stage: Stage,
        language: &'static str,
        report: &'r mut Report,
    ) -> Self {
        let person = stage.person(world, language, 1_000).await;
        let todo = stage.doors().iter().rev().map(|door| vec![Step::Say((*door).to_owned())]).collect();
        let gift = String::new();
        Self { world, stage, language, person, people: 1, report, gift, known: BTreeSet::new(), todo }
    }

    /// Goes on until every button that was ever seen was pressed.
    pub async fn everywhere(&mut self) {
        while let Some(path) = self.todo.pop() {
            if !self.follow(&path).await {
                // What was done meanwhile took the button away: somebody else, to whom nothing has happened yet, goes.
                self.person = self.stage.person(self.world, self.language, 1_000 + self.people).await;
                self.people += 1;
                if !self.follow(&path).await {
                    self.report.lost(self.stage, &path);
                }
            }
        }
        self.take(&Step::Say("/language".to_owned())).await;
        self.report.speak(self.other_language());
        self.take(&self.speaks_otherwise()).await;
        self.report.speak(self.language);
    }

    /// Takes the steps, then goes on to buttons that nobody has pressed yet, as deep as they lead. `false` if a button
    /// of the way is not there any more.
    async fn follow(&mut self, path: &[Step]) -> bool {
        if path.iter().any(|step| matches!(step, Step::Say(text) if text.contains("GIFT"))) {
            self.gift = stages::a_gift(self.world, self.language).await;
        }
        let mut path = path.to_vec();
        let mut shown = Vec::new();
        for step in &path {
            match self.take(step).await {
                Some(messages) => shown = messages,
                None => return false,
            }
        }
        loop {
            let mut fresh = self.unknown(&shown);
            let Some(next) = fresh.pop() else { return true };
            self.todo.extend(fresh.into_iter().map(|step| path.iter().cloned().chain([step]).collect()));
            let Some(messages) = self.take(&next).await else { return true };
            path.push(next);
            shown = messages;
        }
    }

    /// The steps that nobody has taken yet, on these messages.
    fn unknown(&mut self, shown: &[MessageView]) -> Vec<Step> {
        let buttons = shown.iter().flat_map(|message| message.buttons.iter().flatten());
        let presses = buttons.filter(|button| button.action == "callback_data");
        let mut steps: Vec<Step> = presses.map(|button| Step::Press(masked(&button.value))).collect();
        steps.extend(self.answers().into_iter().map(|answer| Step::Say(answer.to_owned())));
        // The other language comes last.
        steps.retain(|step| *step != self.speaks_otherwise() && self.known.insert(step.clone()));
        steps
    }

    fn speaks_otherwise(&self) -> Step {
        Step::Press(format!("1:speak:{}", self.other_language()))
    }

    fn other_language(&self) -> &'static str {
        if self.language == "en" { "ru" } else { "en" }
    }

    /// What a person may say to what is being asked: something that fits, and something that does not.
    fn answers(&mut self) -> Vec<&'static str> {
        let asked = self.person.stored("#DIALOG").into_iter().find_map(|dialog| {
            let topic = dialog["topic"]["S"].as_str()?.to_owned();
            (dialog["expires_at"]["S"].as_str()? > self.world.clock.now().to_string().as_str())
                .then_some(topic)
        });
        let Some(topic) = asked else { return Vec::new() };
        match topic.split('/').next().unwrap_or_default() {
            "promo_code" => vec!["WEEK", "no such code"],
            "top_up" => vec!["250", "a lot"],
            "rename" => vec!["Dacha", "\u{202e}\u{200b}"],
            "email_address" => vec!["anna@example.com", "nowhere"],
            "email_code" => vec!["000000", "what?"],
            "text" => vec!["{ $surely } wrong", "Hello"],
            _ => {
                self.report.unanswerable(self.stage, &topic);
                Vec::new()
            }
        }
    }

    /// Takes a step and hands everything that came of it to the judge. Answers the messages that are new or changed;
    /// `None` if there is no such button.
    async fn take(&mut self, step: &Step) -> Option<Vec<MessageView>> {
        self.world.clock.set(self.world.clock.now() + PAUSE);
        self.world.settle().await;
        let before = self.screens();
        let telegram = &self.world.telegram;
        let complaints = telegram.violations().len();
        let pressed = match step {
            Step::Say(text) => {
                telegram.send_text(self.person.id, &text.replace("GIFT", &self.gift)).unwrap();
                None
            }
            Step::Press(data) => {
                let (message, button) = self.button(data)?;
                let update = telegram.press(self.person.id, message.id, &button).unwrap();
                Some((
                    message,
                    button,
                    update["callback_query"]["id"].as_str().unwrap_or_default().to_owned(),
                ))
            }
        };
        self.world.outside.calls.clear();
        self.world.knock().await;
        let calls = Calls::of(self.world);
        self.world.settle().await;
        let after = self.person.messages();
        let shown: Vec<MessageView> = after
            .into_iter()
            .filter(|message| message.from_bot && before.get(&message.id) != Some(&look(message)))
            .collect();
        for message in &shown {
            self.report.screen(self.stage, step, message);
        }
        let same =
            telegram.violations()[complaints..].iter().any(|one| one.description.contains("not modified"));
        let Some((from, data, query)) = pressed else {
            self.report.said(self.stage, step, &shown, &calls);
            return Some(shown);
        };
        let answer = telegram.callback(&query).and_then(|callback| callback.answer);
        let pressed = Pressed { from: &from, data: &data, answer, shown: &shown, same, calls: &calls };
        self.report.pressed(self.stage, pressed);
        // A press that changed nothing leaves the person where they were.
        Some(if shown.is_empty() { vec![from] } else { shown })
    }

    fn screens(&self) -> BTreeMap<i64, String> {
        self.person.messages().iter().map(|message| (message.id, look(message))).collect()
    }

    /// The newest button with such data.
    fn button(&self, data: &str) -> Option<(MessageView, String)> {
        self.person.messages().into_iter().rev().find_map(|message| {
            let mut buttons =
                message.buttons.iter().flatten().filter(|button| button.action == "callback_data");
            let found = buttons.find(|button| masked(&button.value) == data)?.value.clone();
            Some((message, found))
        })
    }
}

fn look(message: &MessageView) -> String {
    let buttons = message.buttons.iter().flatten().map(|button| format!("{}={}", button.text, button.value));
    format!("{}\n{}", message.html, buttons.collect::<Vec<_>>().join("\n"))
}

/// A button's data without what is another one every time: ids.
pub fn masked(data: &str) -> String {
    let is_id = |part: &str| part.len() >= 10 && part.bytes().any(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = data.split(':').collect();
    // One text is like another, one zone too, and there are hundreds.
    let alike =
        matches!(parts.get(1), Some(&("texts" | "text" | "textedit" | "textsave" | "textreset" | "zone")));
    let masked = parts.iter().enumerate().map(|(place, part)| {
        let one_of_many = alike && place > 1 && !matches!(*part, "en" | "ru");
        if is_id(part) || one_of_many { "*" } else { part }
    });
    masked.collect::<Vec<_>>().join(":")
}
