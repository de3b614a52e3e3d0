//! Devices of a subscription, and a new link for it.

use crate::{
    fixtures::{now, subscription},
    gallery::Gallery,
};
use bot::{
    BotSettings,
    screens::{self, View},
};
use domain::{Language, Resets, Subscription};
use jiff::ToSpan;
use panel::Device;

pub fn devices(settings: &BotSettings, language: Language) -> Gallery {
    let view = View::new(settings, language, now());
    let own = subscription(now() + 720.hours(), false, 0);
    let mut unlimited = own.clone();
    unlimited.terms.device_limit = None;
    let reset = Resets { link: Some(now() - 2.hours()), ..Resets::default() };
    let waits = Subscription { resets: reset, ..own.clone() };
    let device = |number: i64, model: Option<&str>| Device {
        hwid: format!("hwid-{number}"),
        platform: model.map(|_| "Android".to_owned()),
        os_version: None,
        model: model.map(str::to_owned),
        user_agent: Some("Happ/3.0".into()),
        added_at: now() - (number * 24).hours(),
    };
    let hostile = "<b>Pixel</b> @support_bot \u{202e}".repeat(9);
    let two = [device(1, Some("Pixel 8")), device(2, None)];
    let many: Vec<Device> = (0..14).map(|number| device(number, Some(&hostile))).collect();
    vec![
        ("none", screens::devices(&view, &own, Some(&[]))),
        ("two", screens::devices(&view, &own, Some(&two))),
        ("one of any number", screens::devices(&view, &unlimited, Some(&two[..1]))),
        ("many, hostile", screens::devices(&view, &own, Some(&many))),
        ("the panel does not say", screens::devices(&view, &own, None)),
        ("unlink all?", screens::unlink_all(&view, &own)),
        ("new link?", screens::new_link(&view, &own)),
        ("new link, too soon", screens::new_link(&view, &waits)),
        ("new link", screens::link_replaced(&view, &own)),
    ]
}
