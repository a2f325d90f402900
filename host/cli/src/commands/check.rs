//! `rtfs check`: diagnostics without running anything.

use crate::args::{CheckArgs, Format};
use crate::exit::Exit;
use crate::output::Output;
use crate::source;

pub(crate) fn check(args: &CheckArgs, output: &Output) -> Result<Exit, String> {
    let mut n_errors = 0;
    let mut n_warnings = 0;
    for path in &args.files {
        let unit = source::load(path, args.front)?;
        let errors = unit.diagnostics.iter().filter(|d| d.is_error()).count();
        n_errors += errors;
        n_warnings += unit.diagnostics.len() - errors;
        match args.output.format {
            Format::Text => output.diagnostics(&unit, Format::Text),
            Format::Json => {
                let mut reports: Vec<serde_json::Value> = Vec::new();
                for diagnostic in &unit.diagnostics {
                    let report = rtfs_syntax::render_json(diagnostic, &unit.source);
                    reports.push(serde_json::from_str(&report).map_err(|e| e.to_string())?);
                }
                output.json(&serde_json::json!({
                    "file": unit.source.name(),
                    "diagnostics": reports,
                }));
            }
        }
    }
    if args.output.format == Format::Text && n_errors + n_warnings > 0 {
        output.note(&format!("{n_errors} errors, {n_warnings} warnings"));
    }
    Ok(if n_errors == 0 {
        Exit::Success
    } else {
        Exit::Failed
    })
}
