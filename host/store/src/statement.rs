//! What is signed: in-toto Statements (v1) with a predicate of the store's own.
//!
//! Equal statements have equal bytes: fields in a fixed order, sets sorted, no clock. The subjects
//! repeat digests of the predicate for tools that know only in-toto; a statement whose subjects
//! say anything else is refused.

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, hex};
use crate::module::ModuleRecord;
use crate::names::NamePointer;
use crate::trust::TrustStatement;

const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const MODULE_TYPE: &str = "urn:rtfs:module:v1";
const NAME_TYPE: &str = "urn:rtfs:name:v1";
const TRUST_TYPE: &str = "urn:rtfs:trust:v1";

/// The content of a signed record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Statement {
    /// A module: its blobs, exports, needs and origin.
    Module(Box<ModuleRecord>),
    /// A name stands for a module.
    Name(NamePointer),
    /// A key or digest is trusted or not.
    Trust(TrustStatement),
}

/// A statement that breaks a rule of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidStatement {
    /// The bytes are not a statement of a known kind and version.
    #[error("not a statement this version understands: {detail}")]
    Malformed {
        /// What the JSON reader said.
        detail: String,
    },
    /// The in-toto subjects are not those of the predicate.
    #[error("the subjects of the statement differ from its predicate")]
    Subjects,
    /// A name or other text is empty, too long or has control characters.
    #[error("{field} `{text}` is empty, longer than {limit_bytes} bytes or has control characters")]
    Text {
        /// Which text.
        field: &'static str,
        /// The text, cut to 100 characters.
        text: String,
        /// The longest allowed.
        limit_bytes: usize,
    },
    /// Two exports have the same name or number.
    #[error("export `{name}` (number {index}) appears twice")]
    DuplicateExport {
        /// Its name.
        name: String,
        /// Its number.
        index: u32,
    },
    /// A blob or source is larger than the store reads back.
    #[error("{field} says {size_bytes} bytes, the limit is {limit_bytes}")]
    TooLarge {
        /// Which blob.
        field: &'static str,
        /// What the statement says.
        size_bytes: u64,
        /// The largest allowed.
        limit_bytes: u64,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<P> {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: P,
}

/// Only what tells which predicate follows.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "predicateType")]
    predicate_type: String,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Subject {
    name: String,
    digest: SubjectDigest,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct SubjectDigest {
    sha256: String,
}

impl Statement {
    /// The bytes that are signed.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, InvalidStatement> {
        self.check()?;
        match self {
            Self::Module(module) => self.write(MODULE_TYPE, &**module),
            Self::Name(name) => self.write(NAME_TYPE, name),
            Self::Trust(trust) => self.write(TRUST_TYPE, trust),
        }
    }

    /// Reads a statement and checks the rules of its kind.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, InvalidStatement> {
        let head: Head = serde_json::from_slice(bytes).map_err(malformed)?;
        match head.predicate_type.as_str() {
            MODULE_TYPE => read(bytes, |module| Self::Module(Box::new(module))),
            NAME_TYPE => read(bytes, Self::Name),
            TRUST_TYPE => read(bytes, Self::Trust),
            other => Err(InvalidStatement::Malformed {
                detail: format!("predicate type `{}`", cut(other)),
            }),
        }
    }

    /// Digests a reader of this statement may be led to: none may be revoked.
    pub(crate) fn digests(&self) -> Vec<Digest> {
        match self {
            Self::Module(module) => module.digests(),
            Self::Name(name) => vec![name.record],
            Self::Trust(_) => Vec::new(),
        }
    }

    fn check(&self) -> Result<(), InvalidStatement> {
        match self {
            Self::Module(module) => module.check(),
            Self::Name(name) => name.check(),
            Self::Trust(trust) => trust.check(),
        }
    }

    fn subjects(&self) -> Vec<Subject> {
        let subject = |name: &str, sha256: String| Subject {
            name: name.to_owned(),
            digest: SubjectDigest { sha256 },
        };
        match self {
            Self::Module(module) => {
                let mut subjects = vec![subject("component", module.component.digest.hex())];
                subjects.extend(module.source.iter().flat_map(|source| {
                    [
                        subject("source", source.plain.hex()),
                        subject("source.zst", source.blob.digest.hex()),
                    ]
                }));
                subjects.extend(module.ir.iter().map(|ir| subject("ir", ir.digest.hex())));
                subjects
            }
            Self::Name(name) => vec![subject("record", name.record.hex())],
            Self::Trust(TrustStatement::TrustKey { key, .. }) => {
                vec![subject("key", hex(Digest::of(key).as_bytes()))]
            }
            Self::Trust(TrustStatement::RevokeKey { key, .. }) => vec![subject("key", key.hex())],
            Self::Trust(TrustStatement::RevokeDigest { digest, .. }) => {
                vec![subject("digest", digest.hex())]
            }
            // It is about no bytes, and a subject has a digest.
            Self::Trust(TrustStatement::SetPolicy { .. }) => {
                vec![subject("policy", hex(Digest::of(b"policy").as_bytes()))]
            }
        }
    }

    fn write<P: Serialize>(
        &self,
        predicate_type: &str,
        predicate: P,
    ) -> Result<Vec<u8>, InvalidStatement> {
        let document = Document {
            kind: STATEMENT_TYPE.to_owned(),
            subject: self.subjects(),
            predicate_type: predicate_type.to_owned(),
            predicate,
        };
        serde_json::to_vec(&document).map_err(malformed)
    }
}

fn read<P: for<'de> Deserialize<'de>>(
    bytes: &[u8],
    make: impl FnOnce(P) -> Statement,
) -> Result<Statement, InvalidStatement> {
    let document: Document<P> = serde_json::from_slice(bytes).map_err(malformed)?;
    if document.kind != STATEMENT_TYPE {
        return Err(InvalidStatement::Malformed {
            detail: format!("statement type `{}`", cut(&document.kind)),
        });
    }
    let statement = make(document.predicate);
    if statement.subjects() != document.subject {
        return Err(InvalidStatement::Subjects);
    }
    statement.check()?;
    Ok(statement)
}

fn malformed(error: serde_json::Error) -> InvalidStatement {
    InvalidStatement::Malformed {
        detail: cut(&error.to_string()),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}

/// Texts are shown in terminals and logs, so they hold no control characters.
pub(crate) fn check_text(
    field: &'static str,
    text: &str,
    limit_bytes: usize,
) -> Result<(), InvalidStatement> {
    if text.is_empty() {
        return Err(InvalidStatement::Text {
            field,
            text: String::new(),
            limit_bytes,
        });
    }
    check_prose(field, &text.replace(['\n', '\t'], "\0"), limit_bytes)
}

/// Like [`check_text`] for texts that may be empty or have lines.
pub(crate) fn check_prose(
    field: &'static str,
    text: &str,
    limit_bytes: usize,
) -> Result<(), InvalidStatement> {
    let is_forbidden = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.len() > limit_bytes || text.chars().any(is_forbidden) {
        return Err(InvalidStatement::Text {
            field,
            text: cut(&text.replace(char::is_control, "?")),
            limit_bytes,
        });
    }
    Ok(())
}

/// The spelling of byte strings inside statements.
pub(crate) mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map_err(de::Error::custom)
    }
}
