//! Records that stand beside buyers and payments.

use crate::support::{ANNA, anna, at, put, rub, store};
use domain::{
    Decision, MethodId, PaymentId, Provider, ProviderHealth, Record, SavedMethod, Sheet, Stray, UserId,
    credit::{Report, SavedToken, Status},
};
use jiff::civil::date;
use store::{Commit, DueKey, SHARDS};

fn method(token: &str, version: u64) -> SavedMethod {
    SavedMethod {
        id: MethodId::of(ANNA, Provider::Yookassa, token),
        user: ANNA,
        provider: Provider::Yookassa,
        token: token.into(),
        title: "Visa •4444".into(),
        default: false,
        created_at: at("2026-11-20T10:00:00Z"),
        deleted_at: None,
        version,
    }
}

#[tokio::test]
async fn saved_methods_come_with_their_buyer() {
    let store = store().await;
    let removed = SavedMethod { deleted_at: Some(at("2026-11-20T11:00:00Z")), ..method("b", 1) };
    let bobs = SavedMethod { user: UserId(43), ..method("c", 0) };
    let records = [method("a", 0), method("b", 0), removed.clone(), bobs].map(Record::Method);
    put(&store, records.into_iter().chain([Record::User(anna(0))])).await;
    let state = store.user_state(ANNA).await.unwrap();
    let mut want = [method("a", 1), SavedMethod { version: 2, ..removed }];
    want.sort_by_key(|method| method.id);
    assert_eq!(state.saved, want);
    assert!(state.user.is_some() && state.methods().len() == 1);
}

#[tokio::test]
async fn strays_and_sheets_ring_and_are_read() {
    let store = store().await;
    let now = at("2026-11-20T10:00:00Z");
    let report = Report {
        external_id: "3a16a4f0#1".into(),
        status: Status::Paid(rub(40_000)),
        test: false,
        saved: Some(SavedToken { token: "secret".into(), title: "Visa •4444".into() }),
    };
    let stray = Stray::new(Provider::Wata, Some(PaymentId::derive(now, "gone")), report.clone(), now);
    let nameless =
        Stray::new(Provider::Wata, None, Report { external_id: "other".into(), ..report.clone() }, now);
    assert_eq!(store.commit(&stray.kept()).await.unwrap(), Commit::Committed);
    assert_eq!(store.commit(&stray.kept()).await.unwrap(), Commit::Conflict, "kept once");
    assert_eq!(store.commit(&nameless.kept()).await.unwrap(), Commit::Committed, "with its event");
    let day = date(2026, 11, 19);
    put(&store, [Record::Sheet(Sheet::begin(day, now))]).await;

    let found = store.stray(Provider::Wata, "3a16a4f0#1").await.unwrap().unwrap();
    let want = Stray { report: Report { saved: None, ..report }, version: 1, ..stray.clone() };
    assert_eq!(found, want);
    assert_eq!(store.stray(Provider::Stripe, "3a16a4f0#1").await.unwrap(), None);
    let sheet = store.sheet(day).await.unwrap().unwrap();
    assert_eq!(sheet, Sheet { version: 1, ..Sheet::begin(day, now) });
    assert_eq!(store.sheet(date(2026, 11, 20)).await.unwrap(), None);

    let stray_key = DueKey::Stray(Provider::Wata, "3a16a4f0#1".into());
    assert_eq!(store.due(0, now, 10).await.unwrap(), [DueKey::Sheet(day)]);
    let later = at("2026-11-20T10:01:00Z");
    assert_eq!(store.due(0, later, 10).await.unwrap(), [DueKey::Sheet(day), stray_key]);
    for shard in 1..SHARDS {
        assert_eq!(store.due(shard, later, 10).await.unwrap(), []);
    }
    // Complete, it rings no more.
    store.commit(&sheet.turned(None, later)).await.unwrap();
    store.commit(&found.found(later)).await.unwrap();
    assert_eq!(store.due(0, at("2027-01-01T00:00:00Z"), 10).await.unwrap(), []);
    assert!(store.stray(Provider::Wata, "3a16a4f0#1").await.unwrap().unwrap().resolved);
}

#[tokio::test]
async fn health_comes_with_the_catalog() {
    let store = store().await;
    let health = |provider, version| ProviderHealth {
        provider,
        failures: 3,
        silent: 1,
        failed_at: at("2026-11-20T10:00:00Z"),
        version,
    };
    put(&store, [Provider::Wata, Provider::Paypal].map(|provider| Record::Health(health(provider, 0)))).await;
    let stale =
        Decision { once: None, records: vec![Record::Health(health(Provider::Wata, 0))], events: Vec::new() };
    assert_eq!(store.commit(&stale).await.unwrap(), Commit::Conflict);
    let catalog = store.catalog().await.unwrap();
    assert_eq!(catalog.health, [health(Provider::Paypal, 1), health(Provider::Wata, 1)]);
    assert!(catalog.plans.is_empty() && catalog.settings.is_empty());
}
