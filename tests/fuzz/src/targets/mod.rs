//! The targets.

mod checker;
mod evaluator;
mod expander;
mod formatter;
mod ir_codec;
mod reader;
mod value_codec;

use crate::grammar::Grammar;
use crate::mutate;
use crate::noise::Noise;

/// What inputs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Source text.
    Text,
    /// Bytes of an encoding.
    Bytes,
}

/// A stage and its laws.
pub struct Target {
    /// As the command line calls it.
    pub name: &'static str,
    /// What it is fed.
    pub input: Input,
    /// Checks one input: panics when a law is broken, and tells outcomes apart.
    pub check: fn(&[u8]) -> u64,
    /// An input out of a source text.
    encode: fn(&str) -> Option<Vec<u8>>,
    /// A source text.
    make: fn(&mut Noise) -> String,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target::new("reader", |input| reader::check(&text(input))),
    Target::new("expander", |input| expander::check(&text(input))),
    Target {
        name: "checker",
        input: Input::Text,
        check: |input| checker::check(&text(input)),
        encode: as_it_is,
        make: straight,
    },
    Target::new("evaluator", |input| evaluator::check(&text(input))),
    Target::new("formatter", |input| formatter::check(&text(input))),
    Target {
        name: "ir-codec",
        input: Input::Bytes,
        check: ir_codec::check,
        encode: ir_codec::encode,
        make: program,
    },
    Target {
        name: "value-codec",
        input: Input::Bytes,
        check: value_codec::check,
        encode: value_codec::encode,
        make: |noise| format!("'{}", Grammar::data(noise, 60)),
    },
];

impl Target {
    /// A target that is fed with source text.
    pub const fn new(name: &'static str, check: fn(&[u8]) -> u64) -> Self {
        Target {
            name,
            input: Input::Text,
            check,
            encode: as_it_is,
            make: program,
        }
    }

    /// The input of a program of the corpus.
    pub(crate) fn seed(&self, program: &str) -> Option<Vec<u8>> {
        (self.encode)(program)
    }

    /// An input of the grammar.
    pub(crate) fn generate(&self, noise: &mut Noise) -> Vec<u8> {
        let text = (self.make)(noise);
        (self.encode)(&text).unwrap_or_default()
    }

    /// An input that is like another one.
    pub(crate) fn mutate(&self, input: &[u8], other: &[u8], noise: &mut Noise) -> Vec<u8> {
        match self.input {
            Input::Text => mutate::text(&text(input), &text(other), noise).into_bytes(),
            Input::Bytes => mutate::bytes(input, other, noise),
        }
    }
}

fn text(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

fn as_it_is(text: &str) -> Option<Vec<u8>> {
    Some(text.as_bytes().to_vec())
}

fn program(noise: &mut Noise) -> String {
    let fuel = 4 + noise.below(60);
    Grammar::program(noise, fuel)
}

fn straight(noise: &mut Noise) -> String {
    let fuel = 4 + noise.below(30);
    match noise.one_in(4) {
        true => Grammar::program(noise, fuel),
        false => Grammar::straight_program(noise, fuel),
    }
}
