//! Where a text is shown, which decides whether it may carry markup and how long it may be.

/// Where a text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a message.
    Message,
    /// Below a picture.
    Caption,
    /// In a window over the chat.
    Alert,
    /// On a button.
    Button,
    /// As the title of an invoice.
    Title,
    /// As what an invoice or a card says below its title.
    About,
    /// In the list of commands.
    Command,
    /// Inside other texts, on buttons too.
    Part,
}

/// Texts that stand inside others but bear no name that says so.
const PARTS: [&str; 9] = [
    "date",
    "subscription-last-hour",
    "sheet-paid",
    "sheet-books",
    "sheet-difference",
    "sheet-held",
    "sheet-refunded",
    "sheet-unasked",
    "renewal-balance",
];

impl Place {
    /// Where the text `key` is shown.
    pub fn of(key: &str) -> Self {
        match key.split('-').next().unwrap_or_default() {
            "button" => Self::Button,
            "alert" => Self::Alert,
            "invoice" if key.contains("title") => Self::Title,
            "invoice" => Self::About,
            "inline" if key != "inline-text" => Self::About,
            "command" => Self::Command,
            "qr" => Self::Caption,
            "period" | "left" | "ago" | "bytes" | "name" => Self::Part,
            _ if PARTS.contains(&key) => Self::Part,
            _ => Self::Message,
        }
    }

    /// The most UTF-16 units it may show.
    pub const fn limit(self) -> usize {
        match self {
            Self::Message => 4096,
            Self::Caption => 1024,
            Self::Alert => 200,
            Self::Button | Self::Part => 64,
            Self::Title => 32,
            Self::About => 255,
            Self::Command => 256,
        }
    }

    /// It is read as Telegram's HTML.
    pub const fn has_markup(self) -> bool {
        matches!(self, Self::Message | Self::Caption)
    }
}
