//! The page a browser shows after paying.

/// Only the page's own style.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'";

/// Sends the buyer back to the bot. Bot user names are `[A-Za-z0-9_]`, so nothing needs escaping; anything else is
/// dropped here all the same.
pub fn after_paying(bot_username: &str) -> String {
    let bot: String = bot_username.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    format!(
        r#"<!doctype html>
<html lang="ru"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>2getpro</title>
<style>
body {{ font: 17px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: #eef4fb; color: #1c2733 }}
main {{ background: #fff; border-radius: 18px; padding: 32px; max-width: 22em; text-align: center;
  box-shadow: 0 8px 30px #0b3b6b22 }}
a {{ display: block; background: #2a8bea; color: #fff; border-radius: 12px; padding: 12px; text-decoration: none;
  font-weight: 600; margin-top: 20px }}
small {{ color: #6b7a89 }}
</style></head>
<body><main>
<h2>Спасибо!</h2>
<p>Результат оплаты придёт в чат с ботом через несколько секунд.<br>
<small lang="en">The result will be in your chat with the bot in a few seconds.</small></p>
<a href="https://t.me/{bot}">Вернуться в Telegram</a>
</main></body></html>
"#
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_strange_name_breaks_nothing() {
        let page = super::after_paying("bot\"><script>");
        assert!(page.contains("https://t.me/botscript\"") && !page.contains("<script>"));
    }
}
