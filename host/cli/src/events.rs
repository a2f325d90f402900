//! What `--explain` writes: one event a line, the first word fixed, then `key=value`.

use std::fmt::Write as _;

use crate::args::Format;

/// Writes events, or swallows them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Events {
    enabled: bool,
    format: Format,
}

/// One event: a word and its fields, in order.
#[derive(Debug)]
pub(crate) struct Event {
    word: &'static str,
    fields: Vec<(&'static str, String)>,
}

impl Event {
    pub(crate) fn new(word: &'static str) -> Self {
        Self {
            word,
            fields: Vec::new(),
        }
    }

    #[must_use]
    pub(crate) fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.fields.push((key, value.to_string()));
        self
    }

    fn text(&self) -> String {
        let mut line = self.word.to_owned();
        for (key, value) in &self.fields {
            let quoted =
                value.is_empty() || value.contains(|c: char| c.is_whitespace() || c == '"');
            // Writing to a string cannot fail.
            let _ = if quoted {
                write!(line, " {key}={value:?}")
            } else {
                write!(line, " {key}={value}")
            };
        }
        line
    }

    fn json(&self) -> String {
        let mut object = serde_json::Map::new();
        object.insert("event".to_owned(), self.word.into());
        for (key, value) in &self.fields {
            object.insert((*key).to_owned(), value.as_str().into());
        }
        serde_json::Value::Object(object).to_string()
    }
}

impl Events {
    pub(crate) fn new(enabled: bool, format: Format) -> Self {
        Self { enabled, format }
    }

    /// Reports an event when asked to explain.
    pub(crate) fn emit(&self, event: &Event) {
        if self.enabled {
            self.write(event);
        }
    }

    /// Reports a security event: always.
    pub(crate) fn refuse(&self, event: &Event) {
        self.write(event);
    }

    fn write(&self, event: &Event) {
        let line = match self.format {
            Format::Text => event.text(),
            Format::Json => event.json(),
        };
        anstream::eprintln!("{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_blanks_are_quoted() {
        let event = Event::new("ran")
            .with("call", "main")
            .with("reason", "no functions")
            .with("fuel", 7);
        assert_eq!(event.text(), "ran call=main reason=\"no functions\" fuel=7");
        assert_eq!(
            event.json(),
            r#"{"call":"main","event":"ran","fuel":"7","reason":"no functions"}"#
        );
    }
}
