//! Tables, and the rows of one record.

use std::fmt::Write as _;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};

use super::Failure;
use crate::digest::{Digest, hex};
use crate::module::ModuleRecord;
use crate::names::NamePointer;
use crate::statement::Statement;

/// Another number: the database is of another version and its tables are made anew.
const VERSION: i64 = 1;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

const TABLES: [&str; 4] = ["records", "exports", "names", "shards"];

/// Numbers of pointers are 8 bytes, high first: SQLite's integers have a sign.
const SCHEMA: &str = "
CREATE TABLE records (
    digest BLOB PRIMARY KEY, kind TEXT NOT NULL,
    component BLOB, artifact BLOB, interface BLOB
) WITHOUT ROWID;
CREATE INDEX records_component ON records (component);
CREATE INDEX records_artifact ON records (artifact);
CREATE INDEX records_interface ON records (interface);
CREATE TABLE exports (
    record BLOB NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL,
    definition BLOB, interface BLOB NOT NULL,
    PRIMARY KEY (record, number)
) WITHOUT ROWID;
CREATE INDEX exports_definition ON exports (definition);
CREATE INDEX exports_interface ON exports (interface);
CREATE INDEX exports_name ON exports (name);
CREATE TABLE names (
    name TEXT NOT NULL, sequence BLOB NOT NULL, pointer BLOB NOT NULL, record BLOB NOT NULL,
    PRIMARY KEY (name, sequence, pointer)
) WITHOUT ROWID;
CREATE INDEX names_pointer ON names (pointer);
CREATE TABLE shards (
    shard INTEGER PRIMARY KEY, seconds INTEGER NOT NULL, nanoseconds INTEGER NOT NULL
);
";

/// Sets a connection up and makes the tables where they are missing or of another version.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), Failure> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // The last rows may be lost in a power cut: they are derived.
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")?;
    if version(connection)? == VERSION {
        return Ok(());
    }
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Another process may have been here while this one waited.
    if version(&transaction)? != VERSION {
        for table in TABLES {
            transaction.execute_batch(&format!("DROP TABLE IF EXISTS {table}"))?;
        }
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(transaction.commit()?)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Adds the rows of a record; those that are there stay.
pub(super) fn insert(
    connection: &mut Connection,
    digest: &Digest,
    statement: &Statement,
) -> Result<(), Failure> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    insert_rows(&transaction, digest, statement)?;
    Ok(transaction.commit()?)
}

/// [`insert`] inside a transaction of the caller.
pub(super) fn insert_rows(
    connection: &Connection,
    digest: &Digest,
    statement: &Statement,
) -> rusqlite::Result<()> {
    match statement {
        Statement::Module(module) => insert_module(connection, digest, module),
        Statement::Name(pointer) => insert_name(connection, digest, pointer),
        // Not a record: statements on trust have a directory of their own.
        Statement::Trust(_) => Ok(()),
    }
}

fn insert_module(
    connection: &Connection,
    digest: &Digest,
    module: &ModuleRecord,
) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO records VALUES (?1, 'module', ?2, ?3, ?4)";
    connection.prepare_cached(sql)?.execute(params![
        digest.as_bytes(),
        module.component.digest.as_bytes(),
        module.facts.artifact_key.as_bytes(),
        module.facts.interface.as_bytes(),
    ])?;
    let sql = "INSERT OR IGNORE INTO exports VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut insert = connection.prepare_cached(sql)?;
    for export in &module.facts.exports {
        insert.execute(params![
            digest.as_bytes(),
            export.index,
            export.name,
            export.definition.as_ref().map(|hash| hash.as_bytes()),
            export.interface.as_bytes(),
        ])?;
    }
    Ok(())
}

fn insert_name(
    connection: &Connection,
    digest: &Digest,
    pointer: &NamePointer,
) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO records VALUES (?1, 'name', NULL, NULL, NULL)";
    connection
        .prepare_cached(sql)?
        .execute([digest.as_bytes()])?;
    let sql = "INSERT OR IGNORE INTO names VALUES (?1, ?2, ?3, ?4)";
    connection.prepare_cached(sql)?.execute(params![
        pointer.name,
        pointer.sequence.to_be_bytes(),
        digest.as_bytes(),
        pointer.record.as_bytes(),
    ])?;
    Ok(())
}

/// Removes the rows of a record.
pub(super) fn remove(connection: &mut Connection, digest: &Digest) -> Result<(), Failure> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    remove_rows(&transaction, digest)?;
    Ok(transaction.commit()?)
}

/// [`remove`] inside a transaction of the caller.
pub(super) fn remove_rows(connection: &Connection, digest: &Digest) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM records WHERE digest = ?1",
        "DELETE FROM exports WHERE record = ?1",
        "DELETE FROM names WHERE pointer = ?1",
    ] {
        connection
            .prepare_cached(sql)?
            .execute([digest.as_bytes()])?;
    }
    Ok(())
}

/// Every row that comes from a record, as sorted text.
pub(super) fn dump(connection: &mut Connection) -> Result<String, Failure> {
    let mut lines = Vec::new();
    for table in ["records", "exports", "names"] {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}"))?;
        let n_columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut line = table.to_owned();
            for column in 0..n_columns {
                line.push('\t');
                push_value(&mut line, row.get_ref(column)?);
            }
            lines.push(line);
        }
    }
    lines.sort_unstable();
    lines.push(String::new());
    Ok(lines.join("\n"))
}

fn push_value(line: &mut String, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => line.push('-'),
        ValueRef::Integer(number) => {
            // Writing to a string cannot fail.
            let _ = write!(line, "{number}");
        }
        ValueRef::Real(number) => {
            let _ = write!(line, "{number}");
        }
        ValueRef::Text(text) => line.push_str(&String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => line.push_str(&hex(bytes)),
    }
}
