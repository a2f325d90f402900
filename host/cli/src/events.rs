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

impl rtfs_runtime::Observer for Events {
    fn event(&self, event: rtfs_runtime::Event) {
        use rtfs_runtime::Event as E;
        let line = match event {
            E::Compile {
                unit,
                backend,
                artifact,
                bytes,
                time,
            } => Event::new("compile")
                .with("unit", unit)
                .with("backend", backend)
                .with("artifact", artifact)
                .with("bytes", bytes)
                .with("time", format!("{time:.1?}")),
            E::Publish { record, signer } => Event::new("publish")
                .with("record", record)
                .with("signer", signer),
            E::Hit {
                call,
                policy,
                artifact,
                signer,
            } => Event::new("hit")
                .with("call", call)
                .with("policy", policy)
                .with("artifact", artifact)
                .with("signer", signer),
            E::Miss { call, reason } => {
                Event::new("miss").with("call", call).with("reason", reason)
            }
            E::Local { call, reason } => Event::new("local")
                .with("call", call)
                .with("reason", reason),
            E::Model { call, id } => Event::new("model").with("call", call).with("id", id),
            E::Refuse { call, reason } => {
                let line = Event::new("refuse")
                    .with("call", call)
                    .with("reason", reason);
                return self.refuse(&line);
            }
            E::Ran {
                call,
                engine,
                calls,
                fuel,
                peak_memory,
                time,
            } => Event::new("ran")
                .with("call", call)
                .with("engine", engine)
                .with("calls", calls)
                .with("fuel", fuel)
                .with("peak-memory", peak_memory)
                .with("time", format!("{time:.1?}")),
            E::Warning { message } => {
                crate::output::complain(&format!("warning: {message}"));
                return;
            }
            other => Event::new("note").with("what", format!("{other:?}")),
        };
        self.emit(&line);
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
        crate::output::complain(&line);
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
