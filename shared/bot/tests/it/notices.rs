//! Messages nobody asked for: worded, and silent when they are no longer true.

use crate::{
    fixtures::{
        now, on_its_way, payment, plans, quote, rub, settings, state, subscription, with_balance, with_card,
    },
    gallery::{obeys, shown},
};
use bot::screens::{self, View};
use domain::{
    Language, PaymentId, PaymentState, Provider, Quote, Renewal, Subscription, SubscriptionNo, UserState,
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

/// Ends in three days, renews by itself, and was charged so often for this end.
fn renewing(renewal: Renewal, attempts: u8) -> Subscription {
    Subscription { renewal, attempts, ..ending(72, false, Stage::ThreeDays) }
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
