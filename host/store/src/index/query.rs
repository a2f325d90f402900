//! Questions to the index.

use rusqlite::{Connection, Params};

use super::Failure;
use crate::digest::{ArtifactKey, DefinitionHash, Digest, InterfaceHash};
use crate::module::ModuleRecord;

/// What a module record must say to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Query {
    /// Any module.
    All,
    /// An export has this definition.
    Definition(DefinitionHash),
    /// An export has this interface.
    Interface(InterfaceHash),
    /// Its exports as a whole have this interface.
    ModuleInterface(InterfaceHash),
    /// An export has this name.
    ExportName(String),
    /// It was compiled from this.
    Artifact(ArtifactKey),
    /// Its component is this blob.
    Component(Digest),
}

impl Query {
    /// Whether the record itself says so. The index only proposes.
    pub(crate) fn matches(&self, module: &ModuleRecord) -> bool {
        let mut exports = module.facts.exports.iter();
        match self {
            Self::All => true,
            Self::Definition(hash) => exports.any(|export| export.definition == Some(*hash)),
            Self::Interface(hash) => exports.any(|export| export.interface == *hash),
            Self::ModuleInterface(hash) => module.facts.interface == *hash,
            Self::ExportName(name) => exports.any(|export| export.name == *name),
            Self::Artifact(key) => module.facts.artifact_key == *key,
            Self::Component(digest) => module.component.digest == *digest,
        }
    }
}

pub(super) fn find(connection: &mut Connection, query: &Query) -> Result<Vec<Digest>, Failure> {
    const BY_DEFINITION: &str =
        "SELECT DISTINCT record FROM exports WHERE definition = ?1 ORDER BY record";
    const BY_INTERFACE: &str =
        "SELECT DISTINCT record FROM exports WHERE interface = ?1 ORDER BY record";
    const BY_MODULE: &str = "SELECT digest FROM records WHERE interface = ?1 ORDER BY digest";
    const BY_EXPORT: &str = "SELECT DISTINCT record FROM exports WHERE name = ?1 ORDER BY record";
    const BY_ARTIFACT: &str = "SELECT digest FROM records WHERE artifact = ?1 ORDER BY digest";
    const BY_COMPONENT: &str = "SELECT digest FROM records WHERE component = ?1 ORDER BY digest";
    const ALL: &str = "SELECT digest FROM records WHERE kind = 'module' ORDER BY digest";
    match query {
        Query::All => digests(connection, ALL, []),
        Query::Definition(hash) => digests(connection, BY_DEFINITION, [hash.as_bytes()]),
        Query::Interface(hash) => digests(connection, BY_INTERFACE, [hash.as_bytes()]),
        Query::ModuleInterface(hash) => digests(connection, BY_MODULE, [hash.as_bytes()]),
        Query::ExportName(name) => digests(connection, BY_EXPORT, [name]),
        Query::Artifact(key) => digests(connection, BY_ARTIFACT, [key.as_bytes()]),
        Query::Component(digest) => digests(connection, BY_COMPONENT, [digest.as_bytes()]),
    }
}

pub(super) fn pointers(connection: &mut Connection, name: &str) -> Result<Vec<Digest>, Failure> {
    let sql = "SELECT pointer FROM names WHERE name = ?1 ORDER BY sequence DESC, pointer DESC";
    digests(connection, sql, [name])
}

pub(super) fn names(connection: &mut Connection) -> Result<Vec<String>, Failure> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT name FROM names ORDER BY name")?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

pub(super) fn digests(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Vec<Digest>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let digests = statement.query_map(params, |row| Ok(Digest::from_bytes(row.get(0)?)))?;
    Ok(digests.collect::<Result<_, _>>()?)
}
