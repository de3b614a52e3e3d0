//! The screens of several subscriptions and of extra traffic.

use crate::{
    fixtures::{now, payment, plans, rub, state, subscription},
    gallery::Gallery,
};
use bot::{
    BotSettings, Screen,
    screens::{self, Beside, Offer, View},
};
use domain::{
    Currency, Extra, Goods, Language, Money, Package, Payment, PaymentState, Provider, Quote, Subscription,
    SubscriptionNo, UserState, Wallet,
    checkout::{self, Choice},
    provisioning::Cause,
    reaction::Notice,
    usage::News,
};
use jiff::ToSpan;
use shop::Way;

const GIB: u64 = 1 << 30;

/// Three of them: the second is named and was chosen, the third is over.
fn three(language: Language) -> UserState {
    let of = |no, hours: i64| Subscription {
        no: SubscriptionNo(no),
        ..subscription(now() + hours.hours(), false, 31 * GIB)
    };
    let mut state = state(language, Some(of(1, 720)));
    state.subscriptions.push(Subscription { name: Some("Dacha <3 t.me/evil".into()), ..of(2, 100) });
    state.subscriptions.push(of(3, -100));
    state.user.as_mut().unwrap().primary = Some(SubscriptionNo(2));
    state
}

fn packages_for_sale() -> Vec<Package> {
    let package = |gigabytes: u32, rubles| Package {
        id: format!("gb{gigabytes}").parse().unwrap(),
        bytes: u64::from(gigabytes) * GIB,
        prices: vec![rub(rubles), Money::new(rubles / 100, Currency::Xtr)],
        order: gigabytes,
        visible: true,
        version: 1,
    };
    vec![package(50, 29_900), package(10, 9_900), Package { visible: false, ..package(5, 100) }]
}

pub fn several(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let state = three(language);
    let (no, new) = (SubscriptionNo, Some(SubscriptionNo(4)));
    let plan = &plans()[0];
    let own = |number| {
        let beside = Beside { no: Some(no(number)), has_devices: true, ..Beside::default() };
        screens::subscription(&view, &state, &beside)
    };
    let offered = |number| {
        let frozen = checkout::freeze_for(&state, (plan, no(number)), Choice::default(), &[], now());
        let quote = frozen.unwrap().0;
        let ways = [Way::Pay(Provider::Yookassa, quote.prices[0].total)];
        let offer = Offer { quote: &quote, ways: &ways, balance: &Wallet::default(), can_save: true };
        screens::checkout_for(&view, &offer, screens::purpose(&view, &state, quote.no))
    };
    let causes = vec![Cause::Payment(payment(Provider::Yookassa, PaymentState::Succeeded).id)];
    let delivered = Notice::Delivered { no: no(2), causes };
    let named = state.subscription(no(2)).unwrap();
    vec![
        ("menu", screens::menu(&view, &state, screens::Offers::default(), screens::Greeting::Hello)),
        ("list", screens::subscriptions(&view, &state, new)),
        ("list, no more", screens::subscriptions(&view, &state, None)),
        ("the main one", own(2)),
        ("another one", own(1)),
        ("one that is over", own(3)),
        ("which one", screens::choose(&view, &state, &plan.terms.plan, new)),
        ("plans for one", screens::plans_for(&view, &state, &plans(), Some(no(2)))),
        ("plans for a new one", screens::plans_for(&view, &state, &plans(), new)),
        ("checkout for one", offered(2)),
        ("checkout for a new one", offered(4)),
        ("name", screens::ask_name(&view, named, false)),
        ("name, again", screens::ask_name(&view, state.subscription(no(1)).unwrap(), true)),
        ("delivered", screens::notice(&view, &state, &delivered).unwrap()),
        ("a buyer who writes", screens::writer(&view, crate::fixtures::ANNA, &state)),
    ]
}

pub fn packages(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let mut limited = subscription(now() + 720.hours(), false, 80 * GIB);
    let paid = traffic();
    let until = Some(now() + 100.hours());
    limited.extras.push(Extra { bytes: 50 * GIB, until, payment: Some(paid.id) });
    let mut waiting = limited.clone();
    waiting.revision += 1;
    let (limited, waiting) = (state(language, Some(limited)), state(language, Some(waiting)));
    let no = SubscriptionNo::FIRST;
    let causes = vec![Cause::Traffic(paid.id)];
    let used = |percent| {
        let mut state = three(language);
        let own = &mut state.subscriptions[0];
        own.observed.as_mut().unwrap().used = u64::from(percent) * GIB;
        let news = News::Traffic { percent };
        screens::notice(&view, &state, &Notice::Use { no, revision: 1, news }).unwrap()
    };
    let ends = screens::ends(&limited, &refundable(&limited), rub(9_900), crate::fixtures::ANNA, now());
    vec![
        ("my subscription", own(&view, &limited)),
        ("packages", screens::packages(&view, &limited, &limited.subscriptions[0], &packages_for_sale())),
        ("no packages", screens::packages(&view, &limited, &limited.subscriptions[0], &[])),
        ("checkout", offered(&view, &limited)),
        ("pay", screens::pay(&view, &paid).unwrap()),
        ("received", screens::received(&view, &limited, &paid)),
        (
            "delivered",
            screens::notice(&view, &limited, &Notice::Delivered { no, causes: causes.clone() }).unwrap(),
        ),
        ("delayed", screens::notice(&view, &waiting, &Notice::Delayed { no, causes }).unwrap()),
        ("nearly used up", used(80)),
        ("used up", used(100)),
        (
            "refund",
            screens::refunding(
                &view,
                (&refundable(&limited), payments::Refunds::Partial),
                rub(9_900),
                &ends.unwrap(),
            ),
        ),
    ]
}

fn traffic() -> Payment {
    let goods = Goods::Traffic { package: "gb50".parse().unwrap(), bytes: 50 * GIB };
    Payment { goods, ..payment(Provider::Yookassa, PaymentState::Awaiting) }
}

/// It paid for what the subscription has.
fn refundable(state: &UserState) -> Payment {
    let received = Some(rub(9_900));
    let paid = Payment { state: PaymentState::Succeeded, amount: rub(9_900), received, ..traffic() };
    assert_eq!(state.subscriptions[0].extras.len(), 1);
    paid
}

fn own(view: &View<'_>, state: &UserState) -> Screen {
    screens::subscription(view, state, &Beside { packages: true, ..Beside::default() })
}

fn offered(view: &View<'_>, state: &UserState) -> Screen {
    let package = &packages_for_sale()[0];
    let wanted = (package, SubscriptionNo::FIRST);
    let quote: Quote = checkout::freeze_traffic(state, wanted, Choice::default(), &[], now()).unwrap().0;
    let ways = [Way::Pay(Provider::Yookassa, quote.prices[0].total)];
    let offer = Offer { quote: &quote, ways: &ways, balance: &Wallet::of([rub(100)]), can_save: false };
    screens::checkout(view, &offer)
}
