//! What each action of a buyer costs: store calls, capacity, outgoing calls. `UPDATE_DOCS=1 cargo test -p sandbox --test
//! e2e measures` writes the table into `docs/performance.md`; without it the table there must be the true one.

use crate::{
    buyer::{Buyer, world},
    purchase::buy_a_month,
};
use jiff::SignedDuration;
use sandbox::{meter::Reading, world::World};
use std::{fmt::Write, path::PathBuf};

/// What an action may cost: DynamoDB calls and outgoing calls.
struct Budget(u32, u32);

struct Table<'w> {
    world: &'w World,
    rows: String,
}

impl Table<'_> {
    /// Delivers what was queued by the person and writes down what the handler did.
    async fn measure(&mut self, action: &str, budget: Budget) {
        self.world.outside.meter.start(action);
        self.world.knock().await;
        let reading = self.world.outside.meter.stop();
        self.row(action, &reading);
        let calls = &reading.operations;
        assert!(reading.calls <= budget.0, "{action}: {} store calls: {calls:#?}", reading.calls);
        assert!(
            reading.http_calls <= budget.1,
            "{action}: {} outgoing calls: {calls:#?}",
            reading.http_calls
        );
        self.world.settle().await;
    }

    fn row(&mut self, action: &str, reading: &Reading) {
        // The last part that is a name: ids say nothing here.
        let short = |operation: &String| {
            let mut parts =
                operation.rsplit(['/', ' ']).filter(|part| !part.contains(|c: char| c.is_ascii_digit()));
            parts.next().unwrap_or_default().to_owned()
        };
        let mut operations: Vec<String> = reading.operations.iter().map(short).collect();
        // Some are made side by side: their order is chance.
        operations.sort();
        let Reading { calls, read_units, write_units, queue_calls, http_calls, .. } = reading;
        let operations = operations.join(", ");
        writeln!(
            self.rows,
            "| {action} | {calls} | {read_units} | {write_units} | {queue_calls} | {http_calls} | {operations} |"
        )
        .unwrap();
    }
}

#[tokio::test]
async fn actions_cost_what_the_document_says() {
    let world = world().await;
    let anna = Buyer::new(&world, 42, "en");
    let mut table = Table { world: &world, rows: String::new() };
    let say = |text: &str| drop(world.telegram.send_text(42, text).unwrap());
    let press = |label: &str| {
        let (message, data) = anna.find(label);
        drop(world.telegram.press(42, message, &data).unwrap());
    };
    // Warm containers: each function has read its settings and the catalog.
    buy_a_month(&Buyer::new(&world, 41, "en")).await;

    say("/start");
    table.measure("`/start`, new person", Budget(2, 0)).await;
    say("/start");
    table.measure("`/start`, known person", Budget(2, 0)).await;
    press("Buy");
    table.measure("open plans", Budget(2, 1)).await;
    press("1 month");
    table.measure("checkout: freeze a quote", Budget(2, 1)).await;
    press("Card or SBP");
    table.measure("open a payment (YooKassa)", Budget(2, 2)).await;
    press("I have paid");
    table.measure("\"I have paid\", not yet", Budget(2, 1)).await;
    world.yookassa.pay(&anna.external_payment()).unwrap();
    table.measure("pay callback, first", Budget(4, 1)).await;
    drop(world.yookassa.take_webhooks());
    repeat_last_callback(&world).await;
    table.measure("pay callback, again", Budget(3, 1)).await;
    press("Menu");
    table.measure("menu", Budget(2, 1)).await;
    press("My subscription");
    table.measure("my subscription", Budget(2, 1)).await;
    world.pass(SignedDuration::from_mins(2)).await;
    press("Refresh");
    // The one exception: the panel is asked, and what it tells is kept for a minute.
    table.measure("my subscription, figures older than a minute", Budget(2, 2)).await;
    press("QR");
    table.measure("QR code", Budget(2, 2)).await;
    let head = "| action | DynamoDB calls | read units | write units | queue calls | outgoing HTTP calls | which |\n\
                |---|---|---|---|---|---|---|\n";
    document(&format!("{head}{}", table.rows));
}

/// YooKassa sends its last notification once more.
async fn repeat_last_callback(world: &World) {
    let order = world.yookassa.payments().last().unwrap().id.clone();
    let body =
        serde_json::json!({"type": "notification", "event": "payment.succeeded", "object": {"id": order}});
    let client = reqwest::Client::new();
    let request = client.post(format!("{}/webhook/yookassa", world.address.base())).body(body.to_string());
    world.outside.meter.start("pay callback, again");
    let answer = request.header("x-sandbox-source-ip", "185.71.76.5").send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

const BEGIN: &str = "<!-- actions: begin -->\n";
const END: &str = "<!-- actions: end -->";

fn document(table: &str) {
    println!("{table}");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the marker");
    let (old, after) = rest.split_once(END).expect("the other marker");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(old, table, "docs/performance.md is out of date: UPDATE_DOCS=1 writes it");
    }
}
