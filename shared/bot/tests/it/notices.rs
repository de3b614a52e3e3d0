//! Messages nobody asked for: worded, and silent when they are no longer true.

use crate::{
    fixtures::{now, on_its_way, payment, plans, quote, settings, state, subscription},
    gallery::{obeys, shown},
};
use bot::screens::{self, View};
use domain::{
    Language, PaymentId, PaymentState, Provider, Quote, Subscription, SubscriptionNo, UserState,
    provisioning::Cause, reaction::Notice, upkeep::Stage,
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

fn paid() -> Vec<Cause> {
    vec![Cause::Payment(payment(Provider::Yookassa, PaymentState::Succeeded).id)]
}

#[test]
fn every_notice_reads_as_reviewed() {
    for language in Language::ALL {
        let of = |subscription| state(language, Some(subscription));
        let month = || ending(720, false, Stage::Fresh);
        let remind = |stage| Notice::Reminder { no: NO, stage };
        let bill = payment(Provider::Yookassa, PaymentState::Canceled).id;
        let cases = [
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
            ("ended", of(ending(0, false, Stage::Ended)), remind(Stage::Ended)),
            ("trial ended", of(ending(-1, true, Stage::Ended)), remind(Stage::Ended)),
        ];
        let pages: Vec<String> = cases
            .iter()
            .map(|(name, state, notice)| {
                format!("═══ {name}\n{}", shown(&tell(state, notice, now()).unwrap()))
            })
            .collect();
        insta::assert_snapshot!(format!("notices_{language}"), pages.join("\n\n"));
    }
}

#[test]
fn what_is_no_longer_true_is_not_said() {
    let silent = |subscription, notice| tell(&state(Language::Ru, subscription), &notice, now()).is_none();
    let remind = |stage| Notice::Reminder { no: NO, stage };
    let delivered = || Notice::Delivered { no: NO, causes: paid() };
    let cases = [
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
    assert!(tell(&with(Some(Quote { closed: true, ..offer.clone() })), &canceled, now()).is_none());
    assert!(tell(&with(Some(offer)), &canceled, now()).is_some());
    assert!(tell(&with(None), &canceled, now()).is_some());
}
