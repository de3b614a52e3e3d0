//! The drift matrix: each field of an account, changed by the shop, in the panel or by both, and what is then written.
//! The tables in `docs/panels.md` are what this test finds: `UPDATE_DOCS=1 cargo test -p panel --test drift` writes them,
//! without it they must be the true ones.
#![expect(clippy::unwrap_used, clippy::panic, reason = "the functions beside the test are tests too")]

#[path = "drift/cases.rs"]
mod cases;
#[path = "marzban/bench.rs"]
#[expect(dead_code, reason = "this binary uses a part")]
mod marzban;
#[path = "drift/side.rs"]
mod side;
mod support;

use cases::{CASES, Case};
use domain::{
    Access, Applied, EventKind, Localized, PanelId, Period, Record, Renewal, Subscription, SubscriptionNo,
    Terms, UserId,
    provisioning::{self, Account, Cause},
    upkeep::Stage,
};
use panel::Desired;
use side::{Side, day, on};
use std::{fmt::Write, path::PathBuf};

/// Who changed the field.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Shop,
    Panel,
    Both,
}

/// Why the shop looks at the account.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Why {
    /// A hint, a look.
    Nothing,
    Payment,
    Refund,
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Panel => "panel",
            Self::Both => "both",
        }
    }
}

impl Why {
    fn name(self) -> &'static str {
        match self {
            Self::Nothing => "—",
            Self::Payment => "payment",
            Self::Refund => "refund",
        }
    }

    fn pending(self) -> Vec<Cause> {
        let payment = "pay_00000000000000000000000001".parse().unwrap();
        match self {
            Self::Nothing => Vec::new(),
            Self::Payment => vec![Cause::Payment(payment)],
            Self::Refund => vec![Cause::Refund(payment)],
        }
    }
}

/// What became of one case with one panel.
#[derive(Debug, PartialEq)]
struct Found {
    written: String,
    account: String,
    subscription: String,
}

/// `None`: the panel cannot do that.
async fn run(side: Side, case: &Case, by: By, why: Why) -> Option<Found> {
    let settled = side.settle().await;
    let mut want = settled.clone();
    if by != By::Panel {
        let (_, change) = case.shop.filter(|_| case.alone || by == By::Both)?;
        change(&side, &mut want);
    }
    if by != By::Shop && !side.change(case) {
        return None;
    }
    want.fresh_period = why == Why::Payment;
    want.shortened = why == Why::Refund;
    let before = side.user();
    side.clear();
    let account = side.converge(&want).await;
    let written = side.written(before.as_ref());
    let account_says = format!("{}, {}", differences(&want, &account), side.status());
    let subscription = subscription_says(&side, &settled, &want, &account, why);
    side.clear();
    side.converge(&after(&want, &account)).await;
    assert_eq!(side.written(None), "nothing", "a second look finds nothing to do: {case:?} {by:?} {why:?}");
    Some(Found { written, account: account_says, subscription })
}

/// What is wanted after this was confirmed.
fn after(want: &Desired, account: &Account) -> Desired {
    Desired {
        known: Some(panel::AccountKey {
            panel_id: account.panel_id,
            panel_uuid: account.panel_uuid.clone(),
            username: account.username.clone(),
        }),
        applied: Some(account.access.clone()),
        fresh_period: false,
        shortened: false,
        ..want.clone()
    }
}

fn differences(want: &Desired, account: &Account) -> String {
    let (wanted, there) = (&want.access, &account.access);
    if there == wanted {
        return "as wanted".to_owned();
    }
    let end = if there.end == wanted.end { String::new() } else { format!("end {}", day(there.end)) };
    let rest = Access { end: wanted.end, ..there.clone() };
    assert_eq!(&rest, wanted, "only an end may stay another than wanted");
    end
}

/// The entitlement after the confirmation, through the domain's own decision.
fn subscription_says(side: &Side, settled: &Desired, want: &Desired, account: &Account, why: Why) -> String {
    let access = &want.access;
    let applied = settled.applied.clone().map(|access| Applied {
        panel: PanelId::default(),
        revision: 1,
        at: on(0),
        access,
        username: "tg_7_1".to_owned(),
        panel_id: None,
        panel_uuid: None,
        link: "https://sub.example.com/x".to_owned(),
        revoked: false,
    });
    let subscription = Subscription {
        user: UserId(7),
        no: SubscriptionNo(1),
        name: None,
        extras: Vec::new(),
        terms: Terms {
            plan: "month".parse().unwrap(),
            name: Localized { ru: "Месяц".to_owned(), en: "Month".to_owned() },
            period: Period::Months(1),
            traffic_limit: access.traffic_limit,
            traffic_reset: access.traffic_reset,
            device_limit: access.device_limit,
            panel: PanelId::default(),
            squads: access.squads.clone(),
            external_squad: access.external_squad.clone(),
        },
        trial: false,
        started_at: on(0),
        end: access.end,
        revision: 2,
        applied,
        leaving: Vec::new(),
        pending: why.pending(),
        observed: None,
        stage: Stage::Fresh,
        renewal: Renewal::Off,
        attempts: 0,
        resets: domain::Resets::default(),
        next_at: None,
        version: 1,
    };
    let decision = provisioning::confirmed(&subscription, account, side.now());
    let end = decision.records.iter().find_map(|record| match record {
        Record::Subscription(next) => Some(next.end),
        _ => None,
    });
    let adopted = decision.events.iter().any(|event| matches!(event.kind, EventKind::EndAdopted { .. }));
    format!("{}{}", day(end.unwrap_or(subscription.end)), if adopted { ", adopted" } else { "" })
}

#[tokio::test]
async fn the_document_tells_what_is_written() {
    let mut rows = String::new();
    for case in &CASES {
        for by in [By::Shop, By::Panel, By::Both] {
            for why in [Why::Nothing, Why::Payment, Why::Refund] {
                if why != Why::Refund || case.refunds {
                    row(&mut rows, case, by, why).await;
                }
            }
        }
    }
    document("changes", &cases::table());
    let head = "| field | changed by | because of | Remnawave is sent | Marzban is sent | the account then | the subscription ends |\n|---|---|---|---|---|---|---|\n";
    document("drift", &format!("{head}{rows}"));
}

async fn row(rows: &mut String, case: &Case, by: By, why: Why) {
    let older = run(Side::remnawave(support::FAMILIES[0]).await, case, by, why).await;
    let remnawave = run(Side::remnawave(support::FAMILIES[1]).await, case, by, why).await;
    assert_eq!(older, remnawave, "both families are written to alike");
    let marzban = run(Side::marzban().await, case, by, why).await;
    if remnawave.is_none() && marzban.is_none() {
        return;
    }
    let written = |found: &Option<Found>| found.as_ref().map_or("—", |found| &found.written).to_owned();
    let both = |tell: fn(&Found) -> &String| {
        let told: Vec<&String> = [&remnawave, &marzban].into_iter().flatten().map(tell).collect();
        if told.iter().all(|text| *text == told[0]) {
            return told[0].clone();
        }
        format!("{} (Marzban: {})", told[0], told[1])
    };
    writeln!(
        rows,
        "| {} | {} | {} | {} | {} | {} | {} |",
        case.field,
        by.name(),
        why.name(),
        written(&remnawave),
        written(&marzban),
        both(|found| &found.account),
        both(|found| &found.subscription),
    )
    .unwrap();
}

fn document(name: &str, table: &str) {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/panels.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(&begin).unwrap();
    let (old, after) = rest.split_once(&end).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{begin}{table}{end}{after}")).unwrap();
        return;
    }
    for (there, found) in old.lines().zip(table.lines()) {
        assert_eq!(there, found, "docs/panels.md is out of date: UPDATE_DOCS=1 writes it");
    }
    assert_eq!(old, table, "docs/panels.md is out of date: UPDATE_DOCS=1 writes it");
}
