use super::*;
use crate::{Texts, Wording, default_text, keys};

fn judge(key: &str, text: &str) -> Result<String, Mistake> {
    check(Language::En, key, text).map(|draft| draft.shown)
}

#[test]
fn every_text_of_the_shop_passes_as_an_own_one_and_says_the_same() {
    for language in Language::ALL {
        for key in keys() {
            let text = default_text(language, key).unwrap();
            let draft = check(language, key, &text)
                .unwrap_or_else(|mistake| panic!("{language} {key}: {mistake}\n{text}"));
            let again = check(language, key, &draft.text).unwrap();
            assert_eq!(again.shown, draft.shown, "{language} {key}");
            let (wording, unfit) = Wording::new([(language, key, draft.text.as_str())]);
            assert!(unfit.is_empty(), "{unfit:?}");
            let args = [("count", 3_u64.into()), ("name", "Anna".into())];
            let own = Texts::over(language, &wording).html(key, &args);
            assert_eq!(own, Texts::new(language).html(key, &args), "{language} {key}");
        }
    }
}

#[test]
fn plain_text_and_fluent_are_both_read() {
    assert_eq!(judge("menu-hello", "Hi, { $name }!").unwrap(), "Hi, Anna!");
    assert_eq!(
        judge("menu-hello", "menu-hello = Hi, <b>{ $name }</b>!\n\n* one\n[two]").unwrap(),
        "Hi, <b>Anna</b>!\n\n* one\n[two]"
    );
    let plural = "menu-hello =\n    Hi\n      there";
    assert_eq!(judge("menu-hello", plural).unwrap(), "Hi\n  there");
    let days = "{ $count ->\n    [one] a day\n   *[other] { $count } days\n}";
    assert_eq!(judge("period-days", days).unwrap(), "5 days");
    assert_eq!(judge("button-menu", "🏠 Home").unwrap(), "🏠 Home");
}

#[test]
fn what_cannot_be_used_is_refused_with_its_reason() {
    let wrong = |key: &str, text: &str| judge(key, text).unwrap_err();
    assert_eq!(wrong("no-such-key", "x"), Mistake::Unknown);
    assert_eq!(wrong("menu-hello", "  \n "), Mistake::Empty);
    assert_eq!(wrong("menu-hello", "<b></b>"), Mistake::Empty);
    assert_eq!(wrong("menu-hello", &"x".repeat(4097)), Mistake::Source);
    assert!(matches!(wrong("menu-hello", "Hi { $name"), Mistake::Unreadable(_)));
    assert_eq!(wrong("period-days", "{ $count ->\n    [one] day\n}"), Mistake::NoDefault);
    assert_eq!(wrong("menu-hello", "{ $secret }"), Mistake::Variable("secret".into()));
    assert_eq!(wrong("menu-hello", "{ menu-text }"), Mistake::Reference("menu-text".into()));
    assert_eq!(wrong("menu-hello", "{ NUMBER($name) }"), Mistake::Reference("NUMBER()".into()));
    assert_eq!(wrong("menu-hello", "Hi <b>you"), Mistake::Markup("<b>".into()));
    assert!(matches!(wrong("menu-hello", "<script>x</script>"), Mistake::Markup(_)));
    assert!(matches!(wrong("menu-hello", "2 < 3"), Mistake::Markup(_)));
    assert!(matches!(wrong("button-menu", "<b>Menu</b>"), Mistake::Markup(_)));
    assert_eq!(wrong("button-menu", &"x".repeat(65)), Mistake::Long { length: 65, most: 64 });
    assert_eq!(wrong("alert-busy", &"😀".repeat(101)), Mistake::Long { length: 202, most: 200 });
    assert_eq!(wrong("qr-caption", &"x".repeat(1025)), Mistake::Long { length: 1025, most: 1024 });
    // A form that few people see counts too.
    let hidden = format!("{{ $count ->\n    [one] {}\n   *[other] x\n}}", "y".repeat(65));
    assert_eq!(wrong("period-days", &hidden), Mistake::Long { length: 65, most: 64 });
}

#[test]
fn an_own_text_that_no_longer_fits_is_left_out() {
    let rows = [
        (Language::En, "button-menu", "Home"),
        (Language::En, "menu-hello", "Hi { $gone }"),
        (Language::Ru, "nobody says", "x"),
    ];
    let (wording, unfit) = Wording::new(rows);
    assert_eq!(
        unfit.iter().map(|unfit| unfit.key.as_str()).collect::<Vec<_>>(),
        ["menu-hello", "nobody says"]
    );
    let texts = Texts::over(Language::En, &wording);
    assert_eq!(texts.plain("button-menu", &[]), "Home");
    assert_eq!(
        texts.html("menu-hello", &[("name", "A".into())]),
        Texts::new(Language::En).html("menu-hello", &[("name", "A".into())])
    );
    assert_eq!(
        Texts::over(Language::Ru, &wording).plain("button-menu", &[]),
        Texts::new(Language::Ru).plain("button-menu", &[])
    );
}

#[test]
fn an_own_text_that_cannot_be_said_gives_way() {
    let (wording, _) = Wording::new([(Language::En, "menu-hello", "Hi { $name }")]);
    let texts = Texts::over(Language::En, &wording);
    assert_eq!(texts.html("menu-hello", &[]), Texts::new(Language::En).html("menu-hello", &[]));
}
