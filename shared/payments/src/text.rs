//! Fitting texts into a provider's limits.

/// `text` without surrounding space, cut to `max` characters.
///
/// Counted in UTF-16 units: no provider's way of counting (bytes excepted) gives more than that.
pub(crate) fn cut(text: &str, max: usize) -> String {
    let mut left = max;
    let fits = |c: &char| {
        let rest = left.checked_sub(c.len_utf16());
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    text.trim().chars().take_while(fits).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::cut;
    use proptest::prelude::*;

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("  VPN, 30 дней ", 128), "VPN, 30 дней");
        assert_eq!(cut("дней", 2), "дн");
        assert_eq!(cut("a😀b", 2), "a");
        assert_eq!(cut("a😀b", 3), "a😀");
        assert_eq!(cut("one two", 4), "one");
    }

    proptest! {
        #[test]
        fn never_longer_and_always_a_beginning(text in ".{0,60}", max in 0_usize..40) {
            let short = cut(&text, max);
            prop_assert!(short.encode_utf16().count() <= max);
            prop_assert!(text.trim().starts_with(&short));
        }
    }
}
