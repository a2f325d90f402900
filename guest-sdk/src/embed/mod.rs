//! Components made of a template and data: the easy way to write a backend.
//!
//! A *template* is a module component that was compiled once, as a part of building the backend. It
//! asks for its data with [`embedded`] when it runs. The backend holds the template's bytes, and
//! its `compile` gives [`embed`]`(template, data)`: the same component with the data in it. Nothing
//! is compiled then, and equal data give equal bytes.
//!
//! The data lie behind everything else in the template's memory. They may be anything: the IR of a
//! program, bytecode, a table.

mod binary;
mod module;

use binary::Reader;
use std::fmt;

/// Begins the record in which a template finds its data. It must occur once in a template, so the
/// code that looks for it only knows it inverted.
const MAGIC: [u8; 16] = *b"rtfs:embedded/1\0";

/// [`MAGIC`] with every bit inverted.
const INVERTED: [u8; 16] = invert(MAGIC);

const fn invert(mut bytes: [u8; 16]) -> [u8; 16] {
    let mut i = 0;
    while i < bytes.len() {
        bytes[i] = !bytes[i];
        i += 1;
    }
    bytes
}

/// Where a template's data are; [`embed`] fills it in.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Record {
    magic: [u8; 16],
    address: u32,
    length: u32,
}

static RECORD: Record = Record {
    magic: MAGIC,
    address: 0,
    length: 0,
};

/// The data that [`embed`] put into the running component; `None` in a template without data, and
/// in native tests.
///
/// ```
/// use rtfs_guest::embed::embedded;
/// use rtfs_guest::{Description, DynamicModule, Error, Value, dynamic_module};
///
/// /// Its only export answers with the text that was embedded.
/// struct Text(&'static str);
///
/// impl DynamicModule for Text {
///     fn start() -> Self {
///         let text = embedded().and_then(|data| std::str::from_utf8(data).ok());
///         Text(text.unwrap_or("nothing"))
///     }
///     fn describe(&mut self) -> Value {
///         Description::new("text 1.0").function("text", &[], ":string").into_value()
///     }
///     fn invoke(&mut self, _export: u32, _args: Vec<Value>) -> Result<Value, Error> {
///         Ok(Value::string(self.0))
///     }
/// }
///
/// dynamic_module!(Text);
///
/// # fn main() {
/// assert_eq!(embedded(), None);
/// assert_eq!(Text::start().invoke(1, vec![]).unwrap().as_str(), Some("nothing"));
/// # }
/// ```
pub fn embedded() -> Option<&'static [u8]> {
    // SAFETY: a valid reference. Volatile, because the compiler must not assume that the record
    // holds at run time what it held when the template was compiled.
    let record = unsafe { std::ptr::read_volatile(&raw const RECORD) };
    if record.address == 0 || cfg!(not(target_family = "wasm")) {
        return None;
    }
    let start = std::ptr::with_exposed_provenance(record.address as usize);
    // SAFETY: `embed` put that many bytes there, behind the initial end of memory, which the
    // allocator never hands out and nothing writes.
    Some(unsafe { std::slice::from_raw_parts(start, record.length as usize) })
}

/// The component that `template` is with `data` in it.
///
/// # Errors
///
/// A template that is no component, or that does not ask for [`embedded`] data; data for which its
/// memory has no room.
///
/// ```
/// use rtfs_guest::embed::{EmbedError, embed};
///
/// let error = embed(b"no component", b"data").unwrap_err();
/// assert!(matches!(error, EmbedError::Malformed { .. }));
/// ```
pub fn embed(template: &[u8], data: &[u8]) -> Result<Vec<u8>, EmbedError> {
    const PREAMBLE: &[u8] = b"\0asm\x0d\0\x01\0";
    const CORE_MODULE: u8 = 1;
    let mut reader = Reader::new(template);
    if reader.bytes(PREAMBLE.len())? != PREAMBLE {
        return Err(EmbedError::Malformed {
            at: 0,
            expected: "the preamble of a component",
        });
    }
    let mut component = PREAMBLE.to_vec();
    let mut found = 0;
    while !reader.is_empty() {
        let section = reader.section()?;
        if section.id == CORE_MODULE && module::has_record(section.content)? {
            found += 1;
            let module = module::with_data(section.content, data)?;
            binary::write_section(&mut component, CORE_MODULE, &module)?;
        } else {
            component.extend_from_slice(section.whole);
        }
    }
    match found {
        1 => Ok(component),
        n => Err(EmbedError::NotATemplate { records: n }),
    }
}

/// Why [`embed`] gave no component.
///
/// ```
/// use rtfs_guest::embed::{EmbedError, embed};
///
/// let error = embed(b"\0asm\x0d\0\x01\0", b"data").unwrap_err();
/// assert_eq!(error, EmbedError::NotATemplate { records: 0 });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmbedError {
    /// The bytes are no component, or its module is of a kind that Rust does not make.
    Malformed {
        /// Offset, from the start of the component or of the core module.
        at: usize,
        /// What should be there.
        expected: &'static str,
    },
    /// The component must ask for [`embedded`] data in one of its modules.
    NotATemplate {
        /// In how many it does.
        records: usize,
    },
    /// Template and data do not fit into 4 GiB, or into the maximum of the template's memory.
    TooLarge {
        /// Size of the data in bytes.
        data: usize,
    },
}

impl fmt::Display for EmbedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { at, expected } => {
                write!(f, "byte {at} of the template should be {expected}")
            }
            Self::NotATemplate { records } => {
                write!(
                    f,
                    "{records} of the template's modules ask once for embedded data, one should"
                )
            }
            Self::TooLarge { data } => {
                write!(
                    f,
                    "{data} bytes of data do not fit into the template's memory"
                )
            }
        }
    }
}

impl std::error::Error for EmbedError {}

impl From<EmbedError> for crate::Diagnostic {
    fn from(error: EmbedError) -> Self {
        match error {
            EmbedError::TooLarge { .. } => Self::too_large(&error.to_string()),
            _ => Self::failed(&error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
