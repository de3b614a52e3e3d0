//! Names that people give themselves, made safe to be repeated in a message.
//!
//! A name is a billboard: it can carry a link to somebody else's shop, turn the direction of the whole sentence, or
//! hide characters. Telegram makes links of `t.me/…`, `@name` and bare domains by itself, so escaping is not enough.

/// The longest name that is repeated, in characters.
const LONGEST: usize = 64;

/// `name` without control, invisible and direction characters, without anything that looks like a link or a mention, and
/// without words by which somebody would pass for Telegram or the shop; cut to 64 characters. Empty if nothing is left.
/// A name in a right-to-left script is isolated, so that it
/// does not turn the words around it.
pub fn clean_name(name: &str) -> String {
    let words = name
        .split_whitespace()
        .map(visible)
        .filter(|word| !word.is_empty() && !is_link(word) && !is_official(word));
    let mut clean = words.collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = clean.char_indices().nth(LONGEST) {
        clean.truncate(end);
    }
    let clean = clean.trim_end();
    // Letters set apart read as the word all the same.
    if is_official(clean) {
        return String::new();
    }
    if clean.chars().any(is_right_to_left) { format!("\u{2068}{clean}\u{2069}") } else { clean.to_owned() }
}

/// The characters of `word` that can be seen; of stacked accents the first two.
fn visible(word: &str) -> String {
    let mut accents = 0;
    let keep = |character: &char| {
        accents = if is_accent(*character) { accents + 1 } else { 0 };
        accents <= 2 && !is_invisible(*character)
    };
    word.chars().filter(keep).collect()
}

const fn is_accent(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}')
}

fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0e}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}' | '\u{e000}'..='\u{f8ff}'
            | '\u{e0000}'..='\u{10ffff}')
}

const fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

/// Telegram would make a link of `word`, or a reader would take it for one.
fn is_link(word: &str) -> bool {
    let plain: String = word.chars().flat_map(char::to_lowercase).map(latin).collect();
    plain.contains('@') || plain.contains("://") || plain.contains("www.") || has_domain(&plain)
}

/// Beginnings of words by which somebody passes for Telegram, the shop or those who run it.
const OFFICIAL: [&str; 20] = [
    "telegram",
    "телеграм",
    "support",
    "поддержк",
    "саппорт",
    "admin",
    "админ",
    "security",
    "безопасност",
    "system",
    "систем",
    "notificat",
    "уведомлен",
    "moderat",
    "модерат",
    "official",
    "официал",
    "service",
    "служба",
    "сервис",
];

/// `text` reads like one of those words, whatever letters imitate it and whatever stands between them.
fn is_official(text: &str) -> bool {
    let plain = plain_letters(text);
    OFFICIAL.iter().any(|word| plain.contains(&plain_letters(word)))
}

/// The letters of `text` as a hasty reader takes them.
fn plain_letters(text: &str) -> String {
    let letter = |sign: char| match latin(sign) {
        '0' => 'o',
        '1' | '|' | '!' | 'l' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' | '$' => 's',
        other => other,
    };
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.map(letter).filter(|sign| sign.is_alphanumeric() && !is_accent(*sign)).collect()
}

/// Two letters or more after a dot that follows a letter or digit: `t.me`, `shop.example`.
fn has_domain(plain: &str) -> bool {
    let mut labels = plain.split('.').peekable();
    while let Some(label) = labels.next() {
        let named = label.chars().next_back().is_some_and(char::is_alphanumeric);
        let letters = labels.peek().map_or(0, |next| next.chars().take_while(|c| c.is_alphabetic()).count());
        if named && letters >= 2 {
            return true;
        }
    }
    false
}

/// The Latin letter or sign that a look-alike imitates.
const fn latin(character: char) -> char {
    match character {
        'а' | 'α' => 'a',
        'с' | 'ϲ' => 'c',
        'е' | 'ё' | 'ε' => 'e',
        'һ' => 'h',
        'і' | 'ı' | 'ι' => 'i',
        'к' | 'κ' => 'k',
        'м' | 'μ' => 'm',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'т' | 'τ' => 't',
        'х' | 'χ' => 'x',
        'у' => 'y',
        '․' | '。' | '．' | '｡' | '·' | '•' | '‧' => '.',
        '／' | '⁄' | '∕' => '/',
        '：' | '︰' | '∶' => ':',
        '＠' | '﹫' => '@',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay() {
        for name in ["Анна", "Jean-Luc O'Neill", "J. R. R.", "Мария 🌸", "李小龍", "José", "😀"]
        {
            assert_eq!(clean_name(name), name);
        }
    }

    #[test]
    fn billboards_are_removed() {
        let cases = [
            ("Anna t.me/scam", "Anna"),
            ("Anna т․mе/scam", "Anna"),
            ("buy at https://evil.example now", "buy at now"),
            ("@anna_bot", ""),
            ("Free VPN shop.example", "Free VPN"),
            ("t.\u{200b}me/x", ""),
            ("t\u{2060}.me", ""),
            ("  \u{3164} ", ""),
            ("Anna\u{202e}gnp.exe", ""),
            ("A\nB\tC\u{0}", "A B C"),
        ];
        for (name, want) in cases {
            assert_eq!(clean_name(name), want, "{name:?}");
        }
    }

    #[test]
    fn nobody_passes_for_telegram_or_the_shop() {
        let cases = [
            ("Telegram Support", ""),
            ("Teleqram", "Teleqram"),
            ("Anna Support_Team", "Anna"),
            ("Служба поддержки", ""),
            ("Т е l е g r а m", ""),
            ("Te1egram 0fficial", ""),
            ("Администратор Иван", "Иван"),
            ("Виталий", "Виталий"),
            ("Максим Системный", "Максим"),
        ];
        for (name, want) in cases {
            assert_eq!(clean_name(name), want, "{name:?}");
        }
    }

    #[test]
    fn a_right_to_left_name_cannot_turn_the_sentence() {
        let clean = clean_name("\u{202e}محمد 👨\u{200d}👩\u{200d}👧");
        assert_eq!(clean, "\u{2068}محمد 👨👩👧\u{2069}");
    }

    #[test]
    fn long_names_and_towers_of_accents_are_cut() {
        assert_eq!(clean_name(&"я".repeat(500)).chars().count(), 64);
        let tower = format!("Z{}", "\u{301}".repeat(50));
        assert_eq!(clean_name(&tower).chars().count(), 3);
    }
}
