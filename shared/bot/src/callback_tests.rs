use super::*;
use jiff::Timestamp;
use proptest::prelude::*;

fn plain() -> impl Strategy<Value = Button> {
    prop::sample::select(vec![
        Button::Menu,
        Button::Trial,
        Button::Plans,
        Button::Balance,
        Button::History,
        Button::Methods,
        Button::Promo,
        Button::ForgetPromo,
        Button::Cancel,
        Button::Invite,
        Button::OtherSum(Currency::Rub),
        Button::Subscription,
        Button::Connect,
        Button::Qr,
        Button::Help,
        Button::Languages,
        Button::Gifts,
        Button::MyGifts,
    ])
}

fn at() -> impl Strategy<Value = Timestamp> + Clone {
    (0_i64..4_000_000_000).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn quote() -> impl Strategy<Value = QuoteId> {
    (at(), ".{0,9}").prop_map(|(at, seed)| QuoteId::derive(at, &seed))
}

fn payment() -> impl Strategy<Value = PaymentId> {
    (at(), ".{0,9}").prop_map(|(at, seed)| PaymentId::derive(at, &seed))
}

fn method() -> impl Strategy<Value = MethodId> {
    (at(), ".{0,9}").prop_map(|(at, seed)| MethodId::derive(at, &seed))
}

fn provider() -> impl Strategy<Value = Provider> {
    prop::sample::select(Provider::ALL.to_vec())
}

fn text_desk() -> impl Strategy<Value = TextDesk> {
    let language = prop::sample::select(Language::ALL.to_vec());
    let of = (language, ".{0,9}").prop_map(|(language, key)| (language, domain::TextId::of(&key)));
    prop_oneof![
        (any::<u16>(), "\\PC{0,60}").prop_map(|(page, words)| TextDesk::List(page, Words::of(&words))),
        of.clone().prop_map(|(_, id)| TextDesk::Card(id)),
        of.clone().prop_map(|(language, id)| TextDesk::Edit(language, id)),
        of.clone().prop_map(|(language, id)| TextDesk::Save(language, id)),
        of.prop_map(|(language, id)| TextDesk::Reset(language, id)),
    ]
}

fn desk_button() -> impl Strategy<Value = Desk> {
    let target = prop::sample::select(vec![Target::Payer, Target::Balance]);
    let time = prop::sample::select(TimePolicy::ALL.to_vec());
    let release = prop::sample::select(vec![Release::AsOrdered, Release::ToBalance]);
    prop_oneof![
        payment().prop_map(Desk::Payment),
        payment().prop_map(Desk::Again),
        (payment(), any::<u64>()).prop_map(|(id, minor)| Desk::Refunding(id, minor)),
        (payment(), release).prop_map(|(id, how)| Desk::Release(id, how)),
        (payment(), any::<u64>(), target, time, any::<u32>()).prop_map(
            |(payment, minor, target, time, version)| {
                Desk::Refund(Refund { payment, minor, target, time, version })
            }
        ),
        Just(Desk::Syncs),
        text_desk().prop_map(Desk::Texts),
        "[a-z0-9_]{1,16}".prop_map(|panel| Desk::Sync(panel.parse().unwrap())),
        ("[a-z0-9_]{1,16}", prop::sample::select(Depth::ALL.to_vec()))
            .prop_map(|(panel, depth)| Desk::AskSync(panel.parse().unwrap(), depth)),
        (1_i16..9999, 1_i8..13, 1_i8..29).prop_map(|(y, m, d)| Desk::Sheet(Date::new(y, m, d).unwrap())),
    ]
}

/// Buttons that say which subscription they mean.
fn of_subscription() -> impl Strategy<Value = Button> {
    let name = || "[a-z0-9_]{1,16}";
    let choice = (any::<bool>(), any::<bool>())
        .prop_map(|(use_balance, save_method)| Choice { use_balance, save_method });
    let no = || any::<u16>().prop_map(SubscriptionNo);
    let platform = prop::sample::select(Platform::ALL.to_vec());
    let alone: Vec<fn(SubscriptionNo) -> Button> = vec![
        Button::PlansFor,
        Button::Packages,
        Button::Own,
        Button::MakePrimary,
        Button::Rename,
        Button::Unname,
        Button::ConnectTo,
        Button::QrOf,
    ];
    prop_oneof![
        (prop::sample::select(alone), no()).prop_map(|(button, no)| button(no)),
        (no(), name()).prop_map(|(no, plan)| Button::PlanFor(no, plan.parse().unwrap())),
        (no(), name(), choice.clone()).prop_map(|(no, plan, choice)| Button::ChooseFor(
            no,
            plan.parse().unwrap(),
            choice
        )),
        (no(), name(), prop::option::of(choice)).prop_map(|(no, id, choice)| Button::Package(
            no,
            id.parse().unwrap(),
            choice
        )),
        (no(), platform).prop_map(|(no, platform)| Button::ConnectToOn(no, platform)),
    ]
}

fn own_button() -> impl Strategy<Value = Own> {
    prop_oneof![
        Just(Own::Profile),
        any::<u8>().prop_map(Own::Payments),
        (payment(), any::<u8>()).prop_map(|(payment, page)| Own::Paid(payment, page)),
        any::<Option<u8>>().prop_map(Own::Zones),
        prop::option::of(prop::sample::select(domain::Zone::ALL.to_vec())).prop_map(Own::Zone),
        Just(Own::Email),
        Just(Own::EmailAsk),
        Just(Own::EmailAgain),
        any::<bool>().prop_map(Own::EmailRemove),
        any::<bool>().prop_map(Own::Letters),
    ]
}

fn button() -> impl Strategy<Value = Button> {
    let plan = "[a-z0-9_]{1,16}".prop_map(|plan| plan.parse::<PlanId>().unwrap());
    let choice = (any::<bool>(), any::<bool>())
        .prop_map(|(use_balance, save_method)| Choice { use_balance, save_method });
    let no = any::<u16>().prop_map(SubscriptionNo);
    prop_oneof![
        plain(),
        plan.clone().prop_map(Button::Plan),
        (plan, choice).prop_map(|(plan, choice)| Button::Choose(plan, choice)),
        "[a-z0-9_]{1,16}".prop_map(|plan| Button::Gift(plan.parse().unwrap())),
        ("[a-z0-9_]{1,16}", any::<bool>())
            .prop_map(|(plan, balance)| Button::ChooseGift(plan.parse().unwrap(), balance)),
        "[A-Za-z0-9]{24}".prop_map(|code| Button::Take(code.parse().unwrap())),
        quote().prop_map(Button::Offer),
        (quote(), provider()).prop_map(|(quote, by)| Button::Pay(quote, by)),
        (quote(), prop::sample::select(Currency::ALL.to_vec()))
            .prop_map(|(quote, currency)| Button::Spend(quote, currency)),
        quote().prop_map(Button::Subscribe),
        payment().prop_map(Button::Check),
        any::<u8>().prop_map(Button::TopUp),
        method().prop_map(Button::Prefer),
        method().prop_map(Button::Forget),
        method().prop_map(Button::ForgetNow),
        provider().prop_map(Button::Bind),
        (no.clone(), any::<bool>()).prop_map(|(no, on)| Button::Renew(no, on)),
        no.prop_map(Button::StopStars),
        prop::sample::select(Platform::ALL.to_vec()).prop_map(Button::ConnectOn),
        of_subscription(),
        prop::sample::select(Language::ALL.to_vec()).prop_map(Button::Speak),
        own_button().prop_map(Button::Mine),
        desk_button().prop_map(Button::Desk),
    ]
}

/// Payloads of every length there may be.
fn payload() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9_-]{0,70}",
        "promo_[A-Za-z0-9_-]{1,58}",
        "plan_[a-z0-9_]{1,16}",
        "gift_[A-Za-z0-9]{24}",
        "ref_[uU]?[A-Z0-9]{9}"
    ]
}

proptest! {
    #[test]
    fn the_way_on_from_the_gate_fits_and_reads_back(button in button(), payload in payload()) {
        let buyers = !matches!(button, Button::Desk(_));
        for intent in [Intent::start(&payload)].into_iter().chain(buyers.then(|| Intent::press(button.clone()))) {
            let data = Button::Join(intent.clone()).to_string();
            prop_assert!(data.len() <= LONGEST, "{data}");
            prop_assert_eq!(data.parse(), Ok(Button::Join(intent)));
        }
        if buyers {
            prop_assert_eq!(Intent::press(button.clone()), Intent::Press(Box::new(button)), "every button fits whole");
        }
    }

    #[test]
    fn no_promo_code_or_plan_is_lost_at_the_gate(code in "[A-Za-z0-9_-]{1,58}", plan in "[a-z0-9_]{1,16}") {
        let promo = format!("promo_{code}");
        prop_assert_eq!(Intent::start(&promo), Intent::Start(promo));
        let gift = format!("gift_{:a<24}", code.replace(['-', '_'], "").get(..24).unwrap_or_default());
        prop_assert_eq!(Intent::start(&gift), Intent::Start(gift));
        let button = Button::Plan(plan.parse().unwrap());
        prop_assert_eq!(Intent::start(&format!("plan_{plan}")), Intent::Press(Box::new(button)));
    }

    #[test]
    fn what_is_written_reads_back_and_fits(button in button()) {
        let data = button.to_string();
        prop_assert!(data.len() <= LONGEST, "{data}");
        prop_assert_eq!(data.parse(), Ok(button));
    }

    #[test]
    fn hostile_data_is_stale_or_exactly_a_button(data in "(1:)?(g:)?([sp]:)?[a-z:0-9_]{0,70}|\\PC{0,70}|1:(topup|renew|sheet|stopstars|pays|zones|zone|letters):[0-9+-]{0,9}(:on)?") {
        if let Ok(button) = data.parse::<Button>() {
            prop_assert_eq!(button.to_string(), data);
        }
    }

    #[test]
    fn a_mutilated_button_never_means_another_shape(button in button(), cut in 0_usize..64) {
        let data = button.to_string();
        let shorter: String = data.chars().take(cut.min(data.len())).collect();
        if let Ok(read) = shorter.parse::<Button>() {
            prop_assert_eq!(read.to_string(), shorter);
        }
    }
}

#[test]
fn other_versions_and_forgeries_are_stale() {
    let quote = QuoteId::derive(Timestamp::UNIX_EPOCH, "x");
    let payment = PaymentId::derive(Timestamp::UNIX_EPOCH, "x");
    let forged = [
        String::new(),
        "legacy|x".to_owned(),
        "v1:buy:30".to_owned(),
        "0:menu".to_owned(),
        "2:menu".to_owned(),
        "11:menu".to_owned(),
        "1:menu:".to_owned(),
        "1:menu:x".to_owned(),
        "1:MENU".to_owned(),
        "1:plan:".to_owned(),
        "1:plan:M1".to_owned(),
        "1:plan:m1:100".to_owned(),
        "1:choose:m1:sb".to_owned(),
        "1:choose:m1:".to_owned(),
        format!("1:pay:{quote}"),
        format!("1:pay:{quote}:yookassa:1"),
        format!("1:pay:{quote}:free"),
        format!("1:pay:{}:stars", quote.to_string().to_lowercase()),
        format!("1:spend:{quote}:rub"),
        "1:topup:500.00".to_owned(),
        "1:topup:01".to_owned(),
        "1:topup:+1".to_owned(),
        "1:topup:256".to_owned(),
        "1:sub:01".to_owned(),
        "1:sub:65536".to_owned(),
        "1:sub:-1".to_owned(),
        "1:buy:1:m1:n".to_owned(),
        "1:pick:1:m1".to_owned(),
        "1:package:1:gb10:x".to_owned(),
        "1:package:gb10:1".to_owned(),
        "1:renew:1:yes".to_owned(),
        "1:renew:01:on".to_owned(),
        format!("1:refund:{payment}:-1"),
        format!("1:refund:{payment}:FF"),
        format!("1:rf:{payment}:1:xk:1"),
        format!("1:rf:{payment}:1:p:1"),
        format!("1:rf:{payment}:1:pk:100000000"),
        "1:sheet:2026-13-01".to_owned(),
        "1:sheet:20261101".to_owned(),
        "1:g:".to_owned(),
        "1:g:g:menu".to_owned(),
        "1:g:syncs".to_owned(),
        format!("1:g:payment:{payment}"),
        "1:g:s:promo_A".to_owned(),
        "1:g:s:plan_m1".to_owned(),
        "1:g:s:<b>".to_owned(),
        "1:gift:m1:bs".to_owned(),
        "1:gift:m1:".to_owned(),
        "1:take:short".to_owned(),
        "1:take:aB3dE6gH9jK2mN5pQ8sT1vW4x".to_owned(),
        "1:take:aB3dE6gH9jK2mN5pQ8sT1v-4".to_owned(),
        "1:speak:de".to_owned(),
        "1:on:zx".to_owned(),
    ];
    for data in forged {
        assert_eq!(data.parse::<Button>(), Err(Stale), "{data}");
    }
}
