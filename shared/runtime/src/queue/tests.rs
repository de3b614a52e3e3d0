//! Jobs on the wire.

use super::*;
use domain::{Currency, EventId, reaction::OPERATORS};
use jiff::{Timestamp, civil::date};

const PAYMENT: &str = "pay_00000000008NXXMXJKYKVZ0RK8";
const JOB: &str = "job_0000000000ZSQA2HZW7T6G2P50_0";

fn payment() -> PaymentId {
    PAYMENT.parse().unwrap()
}

fn rub(minor: i64) -> Money {
    Money::new(minor, Currency::Rub)
}

/// Letters, with what stands for them on the wire.
fn letters() -> Vec<(Task, String)> {
    let no = SubscriptionNo::FIRST;
    vec![
        (
            Task::Letter(Letter::Notice(Notice::Reminder { no, stage: Stage::OneDay })),
            r#"{"letter":{"reminder":{"no":"1","stage":"one_day"}}}"#.into(),
        ),
        (
            Task::Letter(Letter::Code { asked_at: "2026-11-21T10:00:00.5Z".parse().unwrap() }),
            r#"{"code_letter":{"asked_at":"2026-11-21T10:00:00.5Z"}}"#.into(),
        ),
    ]
}

/// Every other kind of work.
#[expect(clippy::too_many_lines, reason = "a table: one line a kind")]
fn tasks() -> Vec<(Task, String)> {
    let (no, payment) = (SubscriptionNo::FIRST, payment());
    let causes = || vec![Cause::Trial, Cause::Payment(payment), Cause::Refund(payment)];
    let named = format!(r#"["trial","{PAYMENT}","refund/{PAYMENT}"]"#);
    let notice = |notice, wire: &str| (Task::Notify(notice), wire.replace("$PAY", PAYMENT));
    let alert = |alert, wire: &str| (Task::Alert(alert), wire.replace("$PAY", PAYMENT));
    vec![
        (Task::Provision(no), r#"{"provision":{"no":"1"}}"#.into()),
        notice(
            Notice::Delivered { no, causes: causes() },
            &format!(r#"{{"delivered":{{"no":"1","causes":{named}}}}}"#),
        ),
        notice(
            Notice::Delayed { no, causes: causes() },
            &format!(r#"{{"delayed":{{"no":"1","causes":{named}}}}}"#),
        ),
        notice(Notice::Held { payment }, r#"{"held":{"payment":"$PAY"}}"#),
        notice(Notice::Canceled { payment }, r#"{"canceled":{"payment":"$PAY"}}"#),
        notice(
            Notice::Gift { payment, news: GiftNews::Waits },
            r#"{"gift":{"payment":"$PAY","news":"waits"}}"#,
        ),
        notice(
            Notice::ToppedUp { amount: rub(19_900), shortfall: true },
            r#"{"topped_up":{"amount":"199.00 RUB","shortfall":true}}"#,
        ),
        notice(
            Notice::Refunded { payment, amount: Money::new(150, Currency::Xtr), to_balance: false },
            r#"{"refunded":{"payment":"$PAY","amount":"150 XTR","to_balance":false}}"#,
        ),
        notice(
            Notice::MethodSaved { title: "Visa •4444 \"<b>".into() },
            r#"{"method_saved":{"title":"Visa •4444 \"<b>"}}"#,
        ),
        notice(Notice::RenewalFailed { no, last: true }, r#"{"renewal_failed":{"no":"1","last":true}}"#),
        notice(Notice::Reminder { no, stage: Stage::OneDay }, r#"{"reminder":{"no":"1","stage":"one_day"}}"#),
        notice(
            Notice::Use { no, revision: 2, news: News::Traffic { percent: 80 } },
            r#"{"use":{"no":"1","revision":2,"news":{"traffic":{"percent":80}}}}"#,
        ),
        notice(
            Notice::Use { no, revision: 2, news: News::FirstConnection },
            r#"{"use":{"no":"1","revision":2,"news":"first_connection"}}"#,
        ),
        notice(
            Notice::Use { no, revision: 2, news: News::NotConnected },
            r#"{"use":{"no":"1","revision":2,"news":"not_connected"}}"#,
        ),
        notice(
            Notice::Use { no, revision: 2, news: News::DeviceAdded { device: "\"<b>".into() } },
            r#"{"use":{"no":"1","revision":2,"news":{"device_added":{"device":"\"<b>"}}}}"#,
        ),
        notice(Notice::LinkChanged { no }, r#"{"link_changed":{"no":"1"}}"#),
        notice(
            Notice::EmailRefused { email: "a•••@example.com".into() },
            r#"{"email_refused":{"email":"a•••@example.com"}}"#,
        ),
        alert(
            Alert::Held { payment, expected: rub(2), received: rub(1) },
            r#"{"alert":{"held":{"payment":"$PAY","expected":"0.02 RUB","received":"0.01 RUB"}}}"#,
        ),
        alert(
            Alert::Stray { provider: Provider::Wata, external_id: "3a#1".into(), amount: Some(rub(1)) },
            r#"{"alert":{"stray":{"provider":"wata","external_id":"3a#1","amount":"0.01 RUB"}}}"#,
        ),
        alert(
            Alert::Stray { provider: Provider::Stars, external_id: String::new(), amount: None },
            r#"{"alert":{"stray":{"provider":"stars","external_id":""}}}"#,
        ),
        alert(
            Alert::Disputed { payment, reason: "fraudulent".into() },
            r#"{"alert":{"disputed":{"payment":"$PAY","reason":"fraudulent"}}}"#,
        ),
        alert(
            Alert::RefundFailed { payment, reason: "no funds".into() },
            r#"{"alert":{"refund_failed":{"payment":"$PAY","reason":"no funds"}}}"#,
        ),
        alert(
            Alert::Unbalanced { day: date(2026, 11, 20) },
            r#"{"alert":{"unbalanced":{"day":"2026-11-20"}}}"#,
        ),
        alert(
            Alert::Foreign { panel: "de".parse().unwrap(), username: "tg_7_1".into() },
            r#"{"alert":{"foreign":{"panel":"de","username":"tg_7_1"}}}"#,
        ),
        alert(
            Alert::Guessing { person: domain::UserId(7), failures: 20 },
            r#"{"alert":{"guessing":{"person":"7","failures":20}}}"#,
        ),
        alert(
            Alert::Hurry {
                person: domain::UserId(7),
                requests: 60,
                until: "2026-11-21T10:05:00Z".parse().unwrap(),
            },
            r#"{"alert":{"hurry":{"person":"7","requests":60,"until":"2026-11-21T10:05:00Z"}}}"#,
        ),
        alert(
            Alert::Gate { channel: "@news".into(), reason: "kicked".into() },
            r#"{"alert":{"gate":{"channel":"@news","reason":"kicked"}}}"#,
        ),
        alert(
            Alert::Node { panel: "main".parse().unwrap(), node: "Riga".into(), up: false },
            r#"{"alert":{"node":{"panel":"main","node":"Riga","up":false}}}"#,
        ),
    ]
}

fn of_friends() -> Vec<(Task, String)> {
    let person = UserId(7);
    let (reward, taken) = (Reward::Money(rub(2)), Some(rub(1)));
    let reversed = Alert::ReferralReversed { person, payment: payment(), reward, taken };
    let told =
        format!(r#"{{"person":"7","payment":"{PAYMENT}","reward":"money/0.02 RUB","taken":"0.01 RUB"}}"#);
    vec![
        (
            Task::Notify(Notice::FriendJoined { friend: UserId(43) }),
            r#"{"friend_joined":{"friend":"43"}}"#.into(),
        ),
        (
            Task::Notify(Notice::Rewarded { reward: Reward::Days(3), waits: true }),
            r#"{"rewarded":{"reward":"days/3","waits":true}}"#.into(),
        ),
        (
            Task::Notify(Notice::RewardReversed { amount: rub(1_550) }),
            r#"{"reward_reversed":{"amount":"15.50 RUB"}}"#.into(),
        ),
        (Task::Alert(reversed), format!(r#"{{"alert":{{"referral_reversed":{told}}}}}"#)),
    ]
}

/// The texts are a contract with messages that wait in a queue while a new version is deployed.
#[test]
fn the_wire_form_is_kept_and_reads_back() {
    for (task, wire) in tasks().into_iter().chain(letters()).chain(of_friends()) {
        for user in [UserId(7), UserId(5_100_000_001), OPERATORS] {
            let job = Job { id: JOB.parse().unwrap(), user, task: task.clone() };
            let text = format!(r#"{{"id":"{JOB}","user":{user},"task":{wire}}}"#);
            assert_eq!(to_text(&job).unwrap(), text);
            assert_eq!(from_text(&text).unwrap(), job);
        }
    }
}

#[test]
fn what_a_stray_is_about_may_be_unknown() {
    let body = format!(
        r#"{{"id":"{JOB}","user":0,"task":{{"alert":{{"stray":{{"provider":"wata","external_id":"x","amount":null}}}}}}}}"#
    );
    let want = Alert::Stray { provider: Provider::Wata, external_id: "x".into(), amount: None };
    assert_eq!(from_text(&body).unwrap().task, Task::Alert(want));
}

#[test]
fn foreign_bodies_are_refused() {
    let task = |task: &str| format!(r#"{{"id":"{JOB}","user":1,"task":{task}}}"#);
    let bodies = [
        String::new(),
        "{}".into(),
        "null".into(),
        r#"{"id":"x","user":1,"task":{"provision":{"no":"1"}}}"#.into(),
        task(r#"{"unheard_of":{}}"#),
        task(r#"{"alert":{"unheard_of":{}}}"#),
        task(r#"{"topped_up":{"amount":199.0,"shortfall":false}}"#),
        task(r#"{"topped_up":{"amount":"1.001 RUB","shortfall":false}}"#),
    ];
    for body in bodies {
        assert!(from_text(&body).is_err(), "{body}");
    }
}

#[test]
fn a_buyers_provisioning_keeps_its_lane() {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(aws_sdk_sqs::config::BehaviorVersion::v2026_01_12())
        .build();
    let queue = |url: &str| Queue::new(Client::from_conf(config.clone()), url);
    let id = JobId::of(EventId::derive(Timestamp::UNIX_EPOCH, "e"), 0);
    let job = Job { id: id.clone(), user: UserId(7), task: Task::Provision(SubscriptionNo::FIRST) };
    let entry = queue("https://sqs/provisioning.fifo").entry(0, &job).unwrap();
    assert_eq!(entry.message_group_id(), Some("7"));
    assert_eq!(entry.message_deduplication_id(), Some(id.to_string().as_str()));
    assert_eq!(queue("https://sqs/notifications").entry(0, &job).unwrap().message_group_id(), None);
}
