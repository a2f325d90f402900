//! How modules are shown: one line, one page, or JSON.

use rtfs_store::{BlobRef, Entry, ModuleRecord, Retention, Validation, Verdict};
use serde::Serialize;

use crate::output::Output;
use crate::safe_text;
use crate::units::show_size;

/// Digits of a digest in lists: enough to refer to it.
const SHOWN_DIGITS: usize = "sha256:".len() + 12;
/// Longest description in a list, in characters.
const SHOWN_DESCRIPTION: usize = 50;

/// JSON face of an [`Entry`].
#[derive(Serialize)]
pub(crate) struct ModuleReport<'a> {
    record: String,
    names: &'a [String],
    state: &'static str,
    verdict: String,
    /// The signed statement, as `host/store/FORMAT.md` has it; none if it cannot be read.
    module: Option<&'a ModuleRecord>,
}

impl<'a> ModuleReport<'a> {
    pub(crate) fn new(entry: &'a Entry) -> Self {
        Self {
            record: entry.record.digest().to_string(),
            names: &entry.names,
            state: state(entry.record.verdict()),
            verdict: entry.record.verdict().to_string(),
            module: entry.module_unverified(),
        }
    }
}

/// One word for a verdict.
pub(crate) fn state(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Trusted { .. } => "trusted",
        Verdict::UnknownSigner { .. } => "unknown-signer",
        Verdict::RevokedKey { .. } => "revoked-key",
        Verdict::RevokedDigest { .. } => "revoked-digest",
        Verdict::Corrupt(_) => "altered",
        _ => "refused",
    }
}

/// Aligned lines: names, record, state, exports, description.
pub(crate) fn table(entries: &[Entry], output: &Output) {
    let rows: Vec<[String; 5]> = entries.iter().map(row).collect();
    columns(&rows, output);
}

/// Writes rows with all columns but the last padded to the widest.
pub(crate) fn columns<const N: usize>(rows: &[[String; N]], output: &Output) {
    let width = |column: usize| {
        let widths = rows
            .iter()
            .map(|row: &[String; N]| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    for row in rows {
        let mut line = String::new();
        for (text, width) in row.iter().zip(widths) {
            if width > 0 {
                line.push_str(text);
                line.push_str(&" ".repeat(width - text.chars().count() + 2));
            }
        }
        output.value(line.trim_end());
    }
}

fn row(entry: &Entry) -> [String; 5] {
    let names = match entry.names.is_empty() {
        true => "-".to_owned(),
        false => entry.names.join(","),
    };
    let module = entry.module_unverified();
    let exports = module.map_or(String::new(), |module| {
        let exports = module.facts.exports.iter();
        exports
            .map(|export| export.name.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    });
    let description = module.and_then(|module| module.facts.description.as_deref());
    let first = description
        .unwrap_or_default()
        .lines()
        .next()
        .unwrap_or_default();
    let record = entry.record.digest().to_string();
    [
        safe_text::line(&names),
        record[..SHOWN_DIGITS].to_owned(),
        state(entry.record.verdict()).to_owned(),
        safe_text::line(&exports),
        safe_text::line(&first.chars().take(SHOWN_DESCRIPTION).collect::<String>()),
    ]
}

/// Everything about one module, a fact a line.
pub(crate) fn page(entry: &Entry) -> Vec<(String, String)> {
    let mut facts = vec![
        ("record".to_owned(), entry.record.digest().to_string()),
        ("state".to_owned(), entry.record.verdict().to_string()),
    ];
    if !entry.names.is_empty() {
        facts.push(("names".to_owned(), entry.names.join(", ")));
    }
    if let Some(module) = entry.module_unverified() {
        describe(module, &mut facts);
    }
    facts
}

fn describe(module: &ModuleRecord, facts: &mut Vec<(String, String)>) {
    let mut add = |name: &str, text: String| facts.push((name.to_owned(), text));
    let blob = |blob: &BlobRef| format!("{}  {}", blob.digest, show_size(blob.size_bytes));
    let said = &module.facts;
    if let Some(description) = &said.description {
        add("description", description.clone());
    }
    add("component", blob(&module.component));
    if let Some(source) = &module.source {
        add("source", blob(&source.blob));
        let size = show_size(source.plain_size_bytes);
        add("source text", format!("{}  {size}", source.plain));
    }
    if let Some(ir) = &module.ir {
        add("ir", blob(ir));
    }
    add("unit", said.artifact_key.to_string());
    add("interface", said.interface.to_string());
    add(
        "backend",
        format!("{} {}", said.backend.id, said.backend.version),
    );
    let validation = match said.validation {
        Validation::Pending => "pending",
        Validation::Verified => "verified",
    };
    add("validation", validation.to_owned());
    let retention = match said.retention {
        Retention::Keep => "keep",
        Retention::Cache => "cache",
    };
    add("retention", retention.to_owned());
    if let Some(seconds) = said.claimed_unix_seconds {
        add("claimed time", format!("{seconds} s after 1970"));
    }
    add("needs", list(&said.capabilities));
    for export in &said.exports {
        add("export", format!("{} {}", export.index, export.name));
        if let Some(definition) = export.definition {
            add("  definition", definition.to_string());
        }
        add("  interface", export.interface.to_string());
        if !export.capabilities.is_empty() {
            add("  needs", list(&export.capabilities));
        }
    }
    for (key, value) in &said.annotations {
        add("annotation", format!("{key} = {value}"));
    }
}

fn list(texts: &std::collections::BTreeSet<String>) -> String {
    match texts.is_empty() {
        true => "nothing".to_owned(),
        false => texts
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", "),
    }
}
