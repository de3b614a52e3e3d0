//! Apps, where to get them, and how a subscription gets into them.
//!
//! Telegram's buttons open `http`, `https` and `tg` addresses only, so an app's own scheme is reached through our page
//! `GET /open?url=<app address>`. That page leads to nothing but the apps listed here, and to them with nothing but an
//! https subscription link; it never sends anybody to a web site.

use domain::Language;
use locale::{Texts, escape};
use thiserror::Error;
use url::{Url, form_urlencoded};

/// What the app runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Phones and tablets of Apple.
    Ios,
    /// Android.
    Android,
    /// Windows.
    Windows,
    /// Computers of Apple.
    Macos,
    /// Linux.
    Linux,
}

impl Platform {
    /// All, in the order of the screen.
    pub const ALL: [Self; 5] = [Self::Ios, Self::Android, Self::Windows, Self::Macos, Self::Linux];

    /// The name in callback data.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ios => "ios",
            Self::Android => "android",
            Self::Windows => "windows",
            Self::Macos => "macos",
            Self::Linux => "linux",
        }
    }

    /// The platform of this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.code() == code)
    }

    /// The name people know; the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ios => "iPhone, iPad",
            Self::Android => "Android",
            Self::Windows => "Windows",
            Self::Macos => "macOS",
            Self::Linux => "Linux",
        }
    }

    /// The apps for it, the recommended one first, and where each is to be had.
    pub const fn apps(self) -> &'static [(App, &'static str)] {
        match self {
            Self::Ios => &[
                (App::Happ, "https://apps.apple.com/app/happ-proxy-utility/id6504287215"),
                (App::V2rayTun, "https://apps.apple.com/app/v2raytun/id6476628951"),
                (App::Streisand, "https://apps.apple.com/app/streisand/id6450534064"),
            ],
            Self::Android => &[
                (App::Happ, "https://play.google.com/store/apps/details?id=com.happproxy"),
                (App::V2rayTun, "https://play.google.com/store/apps/details?id=com.v2raytun.android"),
                (App::V2rayNg, "https://play.google.com/store/apps/details?id=com.v2ray.ang"),
            ],
            Self::Windows | Self::Linux => &[
                (App::Happ, "https://github.com/Happ-proxy/happ-desktop/releases/latest"),
                (App::Hiddify, "https://github.com/hiddify/hiddify-app/releases/latest"),
                (App::Clash, "https://github.com/chen08209/FlClash/releases/latest"),
            ],
            Self::Macos => &[
                (App::Happ, "https://apps.apple.com/app/happ-proxy-utility/id6504287215"),
                (App::Streisand, "https://apps.apple.com/app/streisand/id6450534064"),
                (App::Hiddify, "https://github.com/hiddify/hiddify-app/releases/latest"),
            ],
        }
    }
}

/// Apps that take a subscription by an address of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum App {
    /// Happ.
    Happ,
    /// v2RayTun.
    V2rayTun,
    /// Streisand.
    Streisand,
    /// Hiddify.
    Hiddify,
    /// The Clash family (FlClash, Clash Verge, Clash Meta).
    Clash,
    /// sing-box.
    SingBox,
    /// v2rayNG.
    V2rayNg,
}

impl App {
    /// All of them: the allow-list of `/open`.
    pub const ALL: [Self; 7] = [
        Self::Happ,
        Self::V2rayTun,
        Self::Streisand,
        Self::Hiddify,
        Self::Clash,
        Self::SingBox,
        Self::V2rayNg,
    ];

    /// The name people know.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Happ => "Happ",
            Self::V2rayTun => "v2RayTun",
            Self::Streisand => "Streisand",
            Self::Hiddify => "Hiddify",
            Self::Clash => "FlClash",
            Self::SingBox => "sing-box",
            Self::V2rayNg => "v2rayNG",
        }
    }

    /// What stands before the link in the app's address, and whether the link is percent-encoded after it.
    const fn prefix(self) -> (&'static str, bool) {
        match self {
            Self::Happ => ("happ://add/", false),
            Self::V2rayTun => ("v2raytun://import/", false),
            Self::Streisand => ("streisand://import/", false),
            Self::Hiddify => ("hiddify://import/", false),
            Self::Clash => ("clash://install-config?url=", true),
            Self::SingBox => ("sing-box://import-remote-profile?url=", true),
            Self::V2rayNg => ("v2rayng://install-sub?url=", true),
        }
    }

    /// The app's address that imports `link`; `None` unless the link is https.
    pub fn import_address(self, link: &str) -> Option<String> {
        let link = https(link)?;
        let (prefix, encoded) = self.prefix();
        let rest = if encoded { encode(link.as_str()) } else { link.into() };
        Some(format!("{prefix}{rest}"))
    }

    /// The button's address: our `/open` page, which leads on to the app.
    pub fn button_address(self, link: &str, public_url: &Url, language: Language) -> Option<Url> {
        let import = self.import_address(link)?;
        let mut page = public_url.clone();
        page.path_segments_mut().ok()?.pop_if_empty().push("open");
        page.query_pairs_mut().clear().append_pair("lang", language.code()).append_pair("url", &import);
        Some(page)
    }

    /// The app of an address and the link it imports, if the address is one that [`App::import_address`] makes.
    fn of_address(address: &str) -> Option<(Self, String)> {
        Self::ALL.into_iter().find_map(|app| {
            let (prefix, encoded) = app.prefix();
            let rest = address.strip_prefix(prefix)?;
            let link = if encoded { decode(rest)? } else { rest.to_owned() };
            // Only what we would have written ourselves: no spelling of an address is left to a browser's taste.
            (app.import_address(&link)? == address).then_some((app, link))
        })
    }
}

/// A subscription link: https, a host, no user name, nothing after `#`, and short enough for a button.
fn https(link: &str) -> Option<Url> {
    let url = Url::parse(link).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (url.scheme() == "https" && url.has_host() && plain && link.len() <= 700).then_some(url)
}

fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn decode(text: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    let (decoded, rest) = pairs.next()?;
    (rest.is_empty() && pairs.next().is_none()).then(|| decoded.into_owned())
}

/// An address that `/open` does not lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an address of a listed app with an https link")]
pub struct NotAllowed;

/// A page for a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Html {
    /// The document.
    pub body: String,
}

impl Html {
    /// Headers that every page has to be sent with: nothing is loaded, framed, kept or told to the next site.
    pub const HEADERS: [(&'static str, &'static str); 5] = [
        ("content-type", "text/html; charset=utf-8"),
        (
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    ];
}

/// The page for the query string of `GET /open`: opens the app by itself and offers a button if a browser objects.
///
/// `hosts` are the hosts of the shop's own subscription links; with an empty list any https host is taken. Without the
/// list a stranger could hand out our address to bring subscriptions of another shop into people's apps.
pub fn open_page(query: &str, hosts: &[String]) -> Result<Html, NotAllowed> {
    let parameter = |name: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let address = parameter("url").ok_or(NotAllowed)?;
    let (app, link) = App::of_address(&address).ok_or(NotAllowed)?;
    let host = Url::parse(&link).ok().and_then(|url| url.host_str().map(str::to_owned)).ok_or(NotAllowed)?;
    if !hosts.is_empty() && !hosts.iter().any(|ours| ours.eq_ignore_ascii_case(&host)) {
        return Err(NotAllowed);
    }
    let texts = Texts::new(language_of(query));
    let args = [("app", app.name().into())];
    let title = texts.html("open-title", &args);
    let (address, link) = (escape(&address), escape(&link));
    let content = format!(
        "<h1>{title}</h1><p>{}</p><p><a class=\"go\" href=\"{address}\">{}</a></p><p>{}</p><p><code>{link}</code></p>",
        texts.html("open-text", &[]),
        texts.html("open-button", &args),
        texts.html("open-copy", &[]),
    );
    let refresh = format!("<meta http-equiv=\"refresh\" content=\"0;url={address}\">");
    Ok(page(texts.language(), &title, &refresh, &content))
}

/// The page for a query that [`open_page`] refuses; to be sent with 400.
pub fn refused_page(query: &str) -> Html {
    let texts = Texts::new(language_of(query));
    let text = texts.html("open-bad", &[]);
    page(texts.language(), "2getpro", "", &format!("<p>{text}</p>"))
}

fn language_of(query: &str) -> Language {
    let lang = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "lang");
    lang.and_then(|(_, value)| value.parse().ok()).unwrap_or(Language::En)
}

fn page(language: Language, title: &str, head: &str, content: &str) -> Html {
    const STYLE: &str = "body{font:17px/1.5 system-ui,sans-serif;max-width:32em;margin:3em auto;padding:0 1em;\
        color:#1c1c1e;background:#fff}code{word-break:break-all;user-select:all}.go{display:inline-block;\
        padding:.7em 1.4em;border-radius:.7em;background:#2481cc;color:#fff;text-decoration:none}\
        @media(prefers-color-scheme:dark){body{color:#eee;background:#1c1c1e}}";
    let body = format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\">{head}\
         <title>{title}</title><style>{STYLE}</style></head><body>{content}</body></html>"
    );
    Html { body }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINK: &str = "https://sub.example.com/AbC?a=1&b=2";

    fn query(address: &str) -> String {
        form_urlencoded::Serializer::new(String::new()).append_pair("url", address).finish()
    }

    #[test]
    fn each_app_gets_the_form_it_understands() {
        let addresses: Vec<String> = App::ALL.iter().filter_map(|app| app.import_address(LINK)).collect();
        let encoded = "https%3A%2F%2Fsub.example.com%2FAbC%3Fa%3D1%26b%3D2";
        let want = [
            format!("happ://add/{LINK}"),
            format!("v2raytun://import/{LINK}"),
            format!("streisand://import/{LINK}"),
            format!("hiddify://import/{LINK}"),
            format!("clash://install-config?url={encoded}"),
            format!("sing-box://import-remote-profile?url={encoded}"),
            format!("v2rayng://install-sub?url={encoded}"),
        ];
        assert_eq!(addresses, want);
    }

    #[test]
    fn a_button_leads_through_our_page_to_the_app() {
        for prefix in ["https://shop.example", "https://shop.example/prod/", "https://shop.example/prod?x=1"]
        {
            for app in App::ALL {
                let button = app.button_address(LINK, &Url::parse(prefix).unwrap(), Language::Ru).unwrap();
                assert!(button.path().ends_with("/open") && !button.path().contains("//"), "{button}");
                let page = open_page(button.query().unwrap(), &["SUB.example.com".to_owned()]).unwrap();
                let address = escape(&app.import_address(LINK).unwrap()).into_owned();
                assert!(page.body.contains(&format!("href=\"{address}\"")), "{}", page.body);
                assert!(page.body.contains("lang=\"ru\"") && page.body.contains(app.name()));
            }
        }
    }

    #[test]
    fn the_page_leads_nowhere_else() {
        let hostile = [
            "https://evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "tg://resolve?domain=x",
            "happ://add/http://sub.example.com/x",
            "happ://add/javascript:alert(1)",
            "happ://add/https://user:password@sub.example.com/x",
            "happ://add/https://sub.example.com/x#\"><script>",
            "happ://add/https://sub.example.com/\"><script>",
            "happ://add/https://SUB.example.com/x",
            "happ://add/https://sub.example.com/../x",
            "happ://add/ https://sub.example.com/x",
            "happ://crypt4/abc",
            "HAPP://add/https://sub.example.com/x",
            "clash://install-config?url=https://sub.example.com/x",
            "clash://install-config?url=https%3A%2F%2Fsub.example.com%2Fx&name=y",
            "",
        ];
        for address in hostile {
            assert_eq!(open_page(&query(address), &[]), Err(NotAllowed), "{address}");
        }
        for query in ["", "link=x", "url", "&&&", "url=%ff"] {
            assert_eq!(open_page(query, &[]), Err(NotAllowed), "{query}");
        }
    }

    #[test]
    fn only_the_shops_own_links_if_it_says_which_they_are() {
        let ours = ["sub.example.com".to_owned()];
        assert!(open_page(&query("happ://add/https://sub.example.com/x"), &ours).is_ok());
        assert_eq!(
            open_page(&query("happ://add/https://sub.example.com.evil.example/x"), &ours),
            Err(NotAllowed)
        );
    }

    #[test]
    fn every_platform_has_apps_and_shops_that_are_addresses() {
        for platform in Platform::ALL {
            assert_eq!(Platform::from_code(platform.code()), Some(platform));
            assert!(platform.apps().len() >= 3);
            for (_, store) in platform.apps() {
                assert!(https(store).is_some(), "{store}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_query_writes_markup(query in "\\PC{0,60}", tail in "[a-z\"'<>&;/%]{0,40}") {
            prop_assert!(!refused_page(&query).body.contains("<script"));
            let address = format!("happ://add/https://sub.example.com/{tail}");
            if let Ok(page) = open_page(&self::query(&address), &[]) {
                let harmless = open_page(&self::query("happ://add/https://sub.example.com/x"), &[]).unwrap();
                let tags = |page: &Html| page.body.matches('<').count();
                prop_assert_eq!(tags(&page), tags(&harmless), "{}", page.body);
            }
        }
    }
}
