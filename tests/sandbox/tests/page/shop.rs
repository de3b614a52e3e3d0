//! A shop as `cargo shop` opens it.

use sandbox::{
    clock::Clock,
    heart::Heart,
    page::{self, Surroundings},
    world::{Overrides, Plan, World},
};
use serde_json::Value;
use tokio::task::JoinHandle;

pub struct Shop {
    pub world: World,
    beating: JoinHandle<()>,
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.beating.abort();
    }
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_with(Overrides::default()).await
    }

    pub async fn open_with(settings: Overrides) -> Self {
        let clock = Clock::system();
        let plan = Plan { clock: clock.clone(), settings, ..Plan::at(clock.now()) };
        let (settings, sides) = plan.environment();
        let (heart, rhythm) = Heart::new(1);
        let bot_username = settings.get("BOT_USERNAME").unwrap().to_owned();
        let around = Surroundings { heart, sides, bot_username };
        let world = World::start(plan, |parts| page::router(parts, around)).await.unwrap();
        let beating = tokio::spawn(rhythm.run(world.clone()));
        Self { world, beating }
    }

    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.world.address.base())
    }

    /// The person's account in the panel.
    pub fn account(&self, user: i64) -> Option<Value> {
        self.world.panel.user(&format!("tg_{user}_1"))
    }

    /// After every walk: the stand-ins had nothing to complain about.
    pub fn all_is_well(&self) {
        let violations = self.world.telegram.violations();
        let serious = |text: &String| !text.contains("message is not modified");
        let violations: Vec<String> =
            violations.iter().map(|violation| format!("{violation:?}")).filter(serious).collect();
        assert!(violations.is_empty(), "Telegram complains: {violations:#?}");
        let unanswered = self.world.telegram.unanswered();
        assert!(unanswered.is_empty(), "buttons without an answer: {unanswered:#?}");
    }
}
