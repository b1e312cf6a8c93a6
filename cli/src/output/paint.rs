//! Colour, or none.

/// Paints text where its flag is on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(pub(crate) bool);

impl Paint {
    /// `error:`
    pub(crate) fn bad(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    /// `warning:`
    pub(crate) fn odd(self, text: &str) -> String {
        self.wrap("1;33", text)
    }

    /// `hint:`
    pub(crate) fn next(self, text: &str) -> String {
        self.wrap("1;36", text)
    }

    /// What the page is about.
    pub(crate) fn strong(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// What is beside the point: arrows, line numbers, durations.
    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
