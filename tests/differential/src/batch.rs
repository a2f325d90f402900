//! Several cases in one program: most of the time goes into native compilation, and most of a
//! component is its runtime.

use rtfs_fuzz::Noise;
use rtfs_ir::{DelegationHint, LowerOptions, NodeKind, Program, each_node};
use rtfs_value::library;

use crate::answer::Observed;
use crate::host::CASE;
use crate::reference;
use crate::writer::Case;

/// A program and what the evaluator says about its cases.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// Its source text.
    pub(crate) text: String,
    /// The cases as programs of their own, where there are several.
    pub(crate) alone: Vec<String>,
    /// The program.
    pub(crate) program: Program,
    /// What the evaluator does, by number of the case; `None` for cases that are not compared.
    pub(crate) expected: Vec<Option<Observed>>,
}

/// The program of a text that reads and lowers without an error. The static stage is left out: what
/// it refuses is compared too.
pub(crate) fn program(text: &str) -> Option<Program> {
    let read = rtfs_syntax::read(text);
    if !read.diagnostics.is_empty() {
        return None;
    }
    let options = LowerOptions {
        static_checks: false,
        ..rtfs_eval::lower_options()
    };
    rtfs_ir::lower(&read.forms, &options).program
}

/// Whether components have what a program uses: no regular expressions, no hints for models.
fn is_supported(program: &Program) -> bool {
    let mut supported = true;
    for form in &program.forms {
        each_node(&form.node, &mut |node| match &node.kind {
            NodeKind::Builtin(id) => supported &= !library::get(*id).name.starts_with("re-"),
            NodeKind::Lambda(lambda) => {
                let hint = lambda.hint.as_ref();
                supported &= hint.is_none_or(|hint| *hint == DelegationHint::LocalPure);
            }
            _ => {}
        });
    }
    supported
}

impl Batch {
    /// A program of one case.
    pub(crate) fn solo(text: String) -> Option<Batch> {
        let program = program(&text).filter(is_supported)?;
        if text.contains(":matches-regex") {
            return None;
        }
        let expected = vec![reference::observe(&program, 0)];
        expected[0].is_some().then_some(Batch {
            text,
            alone: Vec::new(),
            program,
            expected,
        })
    }

    /// A program of several cases, chosen by the context name `case`.
    pub(crate) fn of(cases: &[&Case], noise: &mut Noise) -> Option<Batch> {
        let mut text = String::new();
        for (index, case) in cases.iter().enumerate() {
            text += &format!("{}(defn run{index} [] {}\n)\n", case.definitions, case.body);
        }
        let names = (0..cases.len()).map(|index| format!("run{index}"));
        if noise.one_in(2) {
            let names: Vec<String> = names.collect();
            text += &format!("((nth [{}] @{CASE}))\n", names.join(" "));
        } else {
            text += &format!("(def chosen @{CASE})\n(cond");
            for (index, name) in names.enumerate() {
                text += &format!(" (= chosen {index}) ({name})");
            }
            text += ")\n";
        }
        let program = program(&text)?;
        let expected = (0..cases.len())
            .map(|case| reference::observe(&program, case))
            .collect();
        Some(Batch {
            text,
            alone: cases.iter().map(|case| case.program()).collect(),
            program,
            expected,
        })
    }
}

/// Whether a case can share a program with others: its definitions are evaluated whichever case
/// runs, so they must not raise, and its body must do as a function's.
pub(crate) fn can_share(case: &Case) -> bool {
    let alone = Batch::solo(format!("{}nil\n", case.definitions));
    let quiet = alone.is_some_and(|batch| {
        let observed = batch.expected[0].as_ref();
        observed.is_some_and(|seen| {
            matches!(seen.answer, crate::answer::Answer::Value(..)) && seen.asked.is_empty()
        })
    });
    quiet
        && program(&format!(
            "{}(defn run [] {}\n)",
            case.definitions, case.body
        ))
        .is_some()
}
