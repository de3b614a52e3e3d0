//! What each action of a buyer costs: store calls, capacity, outgoing calls. `UPDATE_DOCS=1 cargo test -p sandbox --test
//! e2e measures` writes the table into `docs/performance.md`; without it the table there must be the true one.

use crate::{
    buyer::{Buyer, start_of_time, world, world_with},
    purchase::{buy_a_month, order_a_month},
};
use jiff::SignedDuration;
use sandbox::{
    clock::Clock,
    meter::Reading,
    world::{Plan, World},
};
use std::{fmt::Write, path::PathBuf, sync::Mutex, time::Instant};

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
    // The first comparison with the panels brings fresh figures too: these are older.
    world.pass(SignedDuration::from_mins(1)).await;
    world.pass(SignedDuration::from_mins(2)).await;
    press("Refresh");
    // The one exception: the panel is asked, and what it tells is kept for a minute.
    table.measure("my subscription, figures older than a minute", Budget(2, 2)).await;
    press("QR");
    table.measure("QR code", Budget(2, 2)).await;
    let head = "| action | DynamoDB calls | read units | write units | queue calls | outgoing HTTP calls | which |\n\
                |---|---|---|---|---|---|---|\n";
    let table = format!("{head}{}", table.rows);
    let old = document("actions", &table);
    assert!(old == table || writes(), "docs/performance.md is out of date: UPDATE_DOCS=1 writes it");
}

const PURCHASES: i64 = 50;

/// From the credit to the message with the link, on a running clock. What the machine does is no matter of right or
/// wrong: nothing is asserted, and the document is written only when it is asked for.
#[tokio::test]
async fn from_the_credit_to_the_link() {
    let mut rows = "| panel | purchases | p50, ms | p95, ms |\n|---|---|---|---|\n".to_owned();
    for panel in ["Remnawave", "Marzban"] {
        let mut plan = Plan { clock: Clock::system(), ..Plan::at(start_of_time()) };
        if panel == "Marzban" {
            plan.settings = plan.settings.with("PLAN_1_MONTH_PANEL", "marzban");
        }
        let world = world_with(plan).await;
        // Warm containers.
        buy_a_month(&Buyer::new(&world, 1, "en")).await;
        let mut millis = Vec::new();
        for id in 0..PURCHASES {
            let buyer = Buyer::new(&world, 100 + id, "en");
            let order = order_a_month(&buyer).await;
            world.yookassa.pay(&order).unwrap();
            // The webhook's answer is the credit.
            world.knock().await;
            assert_eq!(buyer.events("credited"), 1);
            let credited = Instant::now();
            while buyer.times_told("access is ready") == 0 {
                world.step().await;
            }
            millis.push(credited.elapsed().as_millis());
        }
        millis.sort_unstable();
        let (half, most) = (millis[millis.len() / 2], millis[millis.len() * 95 / 100]);
        writeln!(rows, "| {panel} | {PURCHASES} | {half} | {most} |").unwrap();
    }
    document("provisioning", &rows);
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

fn writes() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

/// What stands between the markers `name` in the document. With `UPDATE_DOCS`, `table` then stands there.
pub fn document(name: &str, table: &str) -> String {
    // Two tests of this file write into one document.
    static WRITING: Mutex<()> = Mutex::new(());
    let _writing = WRITING.lock().unwrap();
    println!("{table}");
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(&begin).expect("the marker");
    let (old, after) = rest.split_once(&end).expect("the other marker");
    if writes() {
        std::fs::write(&path, format!("{before}{begin}{table}{end}{after}")).unwrap();
    }
    old.to_owned()
}
