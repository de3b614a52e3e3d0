//! Messages nobody asked for: worded, and silent when they are no longer true.

use crate::{
    fixtures::{
        now, on_its_way, payment, plans, quote, revoked, rub, settings, state, subscription, with_balance,
        with_card,
    },
    gallery::{obeys, shown},
};
use bot::screens::{self, View};
use domain::{
    Language, PaymentId, PaymentState, Provider, Quote, Renewal, Subscription, SubscriptionNo, Terms,
    TrafficReset, UserState,
    provisioning::Cause,
    reaction::Notice,
    upkeep::Stage,
    usage::{ALL, News},
};
use jiff::{SignedDuration, Timestamp};

const NO: SubscriptionNo = SubscriptionNo::FIRST;

fn tell(state: &UserState, notice: &Notice, at: Timestamp) -> Option<screens::Screen> {
    let settings = settings();
    let screen = screens::notice(&View::of(&settings, state, at), state, notice)?;
    obeys(&screen).unwrap();
    Some(screen)
}

fn ending(hours: i64, trial: bool, stage: Stage) -> Subscription {
    Subscription { stage, ..subscription(now() + SignedDuration::from_hours(hours), trial, 0) }
}

/// Ends in three days, renews by itself, and was charged so often for this end.
fn renewing(renewal: Renewal, attempts: u8) -> Subscription {
    Subscription { renewal, attempts, ..ending(72, false, Stage::ThreeDays) }
}

/// A month (or a trial) of which so many of 100 GB are used.
fn using(gigabytes: u64, trial: bool) -> Subscription {
    subscription(now() + SignedDuration::from_hours(720), trial, gigabytes << 30)
}

fn use_of(news: News) -> Notice {
    Notice::Use { no: NO, revision: 1, news }
}

fn traffic(percent: u8) -> Notice {
    use_of(News::Traffic { percent })
}

fn device(name: &str) -> Notice {
    use_of(News::DeviceAdded { device: name.into() })
}

fn resetting(traffic_reset: TrafficReset, subscription: Subscription) -> Subscription {
    Subscription { terms: Terms { traffic_reset, ..subscription.terms }, ..subscription }
}

fn by(provider: Provider) -> Renewal {
    Renewal::Provider { provider, reference: "x".into() }
}

fn paid() -> Vec<Cause> {
    vec![Cause::Payment(paid_id())]
}

fn paid_id() -> PaymentId {
    payment(Provider::Yookassa, PaymentState::Succeeded).id
}

/// The messages as people read them.
fn gallery(cases: &[(&str, UserState, Notice)]) -> String {
    let page = |(name, state, notice): &(&str, UserState, Notice)| {
        format!("═══ {name}\n{}", shown(&tell(state, notice, now()).unwrap()))
    };
    cases.iter().map(page).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn every_notice_reads_as_reviewed() {
    for language in Language::ALL {
        let of = |subscription| state(language, Some(subscription));
        let month = || ending(720, false, Stage::Fresh);
        let remind = |stage| Notice::Reminder { no: NO, stage };
        let bill = payment(Provider::Yookassa, PaymentState::Canceled).id;
        let rich = || with_balance(state(language, None), &[rub(55_000)]);
        let cases = vec![
            ("delivered", of(month()), Notice::Delivered { no: NO, causes: paid() }),
            (
                "trial delivered",
                of(ending(72, true, Stage::Fresh)),
                Notice::Delivered { no: NO, causes: vec![Cause::Trial] },
            ),
            ("delayed", of(on_its_way(month(), true)), Notice::Delayed { no: NO, causes: paid() }),
            (
                "trial delayed",
                of(on_its_way(month(), true)),
                Notice::Delayed { no: NO, causes: vec![Cause::Trial] },
            ),
            ("held", of(month()), Notice::Held { payment: bill }),
            ("canceled", of(month()), Notice::Canceled { payment: bill }),
            ("three days", of(ending(72, false, Stage::ThreeDays)), remind(Stage::ThreeDays)),
            ("one day, trial", of(ending(24, true, Stage::OneDay)), remind(Stage::OneDay)),
            (
                "three days, renews by a card",
                with_card(of(renewing(Renewal::Charge, 0)), "Visa •4444"),
                remind(Stage::ThreeDays),
            ),
            (
                "three days, renews from the balance",
                with_balance(of(renewing(Renewal::Charge, 0)), &[rub(5_000)]),
                remind(Stage::ThreeDays),
            ),
            ("three days, nothing to charge", of(renewing(Renewal::Charge, 0)), remind(Stage::ThreeDays)),
            ("three days, Stars", of(renewing(by(Provider::Stars), 0)), remind(Stage::ThreeDays)),
            ("three days, Tribute", of(renewing(by(Provider::Tribute), 0)), remind(Stage::ThreeDays)),
            ("topped up", rich(), Notice::ToppedUp { amount: rub(50_000), shortfall: false }),
            ("topped up, shortfall", rich(), Notice::ToppedUp { amount: rub(14_000), shortfall: true }),
            (
                "refunded",
                of(month()),
                Notice::Refunded { payment: bill, amount: rub(7_500), to_balance: false },
            ),
            (
                "refunded to the balance, over",
                with_balance(of(ending(-1, false, Stage::Ended)), &[rub(7_500)]),
                Notice::Refunded { payment: bill, amount: rub(7_500), to_balance: true },
            ),
            ("method saved", of(month()), Notice::MethodSaved { title: "<Visa> •4444".into() }),
            (
                "renewal failed",
                of(renewing(Renewal::Charge, 1)),
                Notice::RenewalFailed { no: NO, last: false },
            ),
            (
                "renewal failed for good",
                of(renewing(Renewal::Charge, 3)),
                Notice::RenewalFailed { no: NO, last: true },
            ),
            ("ended", of(ending(0, false, Stage::Ended)), remind(Stage::Ended)),
            ("trial ended", of(ending(-1, true, Stage::Ended)), remind(Stage::Ended)),
        ];
        insta::assert_snapshot!(format!("notices_{language}"), gallery(&cases));
    }
}

#[test]
fn every_notice_of_use_reads_as_reviewed() {
    for language in Language::ALL {
        let of = |subscription| state(language, Some(subscription));
        let cases = [
            ("traffic near its end", of(using(81, false)), traffic(80)),
            (
                "traffic near its end, trial, daily",
                of(resetting(TrafficReset::Day, using(96, true))),
                traffic(95),
            ),
            ("traffic used up, weekly", of(resetting(TrafficReset::Week, using(101, false))), traffic(ALL)),
            (
                "traffic used up for good",
                of(resetting(TrafficReset::NoReset, using(100, false))),
                traffic(ALL),
            ),
            ("first connection", of(using(1, false)), use_of(News::FirstConnection)),
            ("not connected", of(using(0, false)), use_of(News::NotConnected)),
            ("device added", of(using(1, false)), device("Pixel 8, Android 14")),
            ("device added, hostile name", of(using(1, false)), device("<b>t.me/evil</b> \u{202e}TV & co")),
            ("device added, no name", of(using(1, false)), device("")),
            ("link changed", of(using(1, false)), Notice::LinkChanged { no: NO }),
        ];
        insta::assert_snapshot!(format!("notices_of_use_{language}"), gallery(&cases));
    }
}

#[test]
fn what_is_no_longer_true_is_not_said() {
    let silent = |subscription, notice| tell(&state(Language::Ru, subscription), &notice, now()).is_none();
    let remind = |stage| Notice::Reminder { no: NO, stage };
    let delivered = || Notice::Delivered { no: NO, causes: paid() };
    let cases = vec![
        ("renewed since", Some(ending(720, false, Stage::Fresh)), remind(Stage::ThreeDays)),
        ("a later reminder was given", Some(ending(20, false, Stage::OneDay)), remind(Stage::ThreeDays)),
        ("over meanwhile", Some(ending(-1, false, Stage::OneDay)), remind(Stage::OneDay)),
        ("not over after all", Some(ending(5, false, Stage::Ended)), remind(Stage::Ended)),
        ("never a reminder", Some(ending(5, false, Stage::Fresh)), remind(Stage::Fresh)),
        ("subscription gone", None, remind(Stage::OneDay)),
        (
            "delivered meanwhile",
            Some(ending(720, false, Stage::Fresh)),
            Notice::Delayed { no: NO, causes: paid() },
        ),
        ("changed again", Some(on_its_way(ending(720, false, Stage::Fresh), false)), delivered()),
        (
            "shortened by a refund, which was told",
            Some(ending(720, false, Stage::Fresh)),
            Notice::Delivered { no: NO, causes: vec![Cause::Refund(paid_id())] },
        ),
        (
            "the shorter time is on its way",
            Some(on_its_way(ending(720, false, Stage::Fresh), false)),
            Notice::Delayed { no: NO, causes: vec![Cause::Refund(paid_id())] },
        ),
        (
            "renewed after a failed charge",
            Some(renewing(Renewal::Charge, 0)),
            Notice::RenewalFailed { no: NO, last: false },
        ),
        (
            "over after the last charge",
            Some(Subscription { attempts: 3, ..ending(-1, false, Stage::Ended) }),
            Notice::RenewalFailed { no: NO, last: true },
        ),
        ("counted anew since", Some(using(1, false)), traffic(80)),
        ("renewed since it was used up", Some(on_its_way(using(100, false), false)), traffic(ALL)),
        ("over since it was used", Some(ending(-1, false, Stage::Ended)), traffic(80)),
        ("connected since", Some(using(1, false)), use_of(News::NotConnected)),
        ("over since the device came", Some(ending(-1, false, Stage::Ended)), device("TV")),
        ("never delivered", Some(on_its_way(using(1, false), true)), use_of(News::FirstConnection)),
        ("revoked again", Some(revoked(using(1, false))), Notice::LinkChanged { no: NO }),
        (
            "over before the link was told",
            Some(ending(-1, false, Stage::Ended)),
            Notice::LinkChanged { no: NO },
        ),
        ("over before it was told", Some(ending(0, false, Stage::Fresh)), delivered()),
    ];
    for (name, subscription, notice) in cases {
        assert!(silent(subscription, notice), "{name}");
    }
}

#[test]
fn a_canceled_bill_is_not_mentioned_once_the_offer_was_paid() {
    let offer = quote(&plans()[0]);
    let canceled = Notice::Canceled { payment: PaymentId::of(offer.id, Provider::Yookassa) };
    let with = |quote| UserState { quote, ..state(Language::En, None) };
    let monthly = Notice::Canceled { payment: PaymentId::recurring(offer.id) };
    for notice in [&canceled, &monthly] {
        assert!(tell(&with(Some(Quote { closed: true, ..offer.clone() })), notice, now()).is_none());
    }
    assert!(tell(&with(Some(offer)), &canceled, now()).is_some());
    assert!(tell(&with(None), &canceled, now()).is_some());
}
