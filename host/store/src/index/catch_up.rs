//! Makes the index say what the records say.

use std::collections::BTreeSet;
use std::io;
use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::{Failure, query, schema};
use crate::blobs::found;
use crate::digest::Digest;
use crate::dsse::Envelope;
use crate::fs::{Stamp, StoreFs};
use crate::layout::shard_path;
use crate::records::Records;
use crate::statement::Statement;

/// Compares each shard directory that may have changed since it was last compared.
pub(super) fn run(
    connection: &mut Connection,
    fs: &dyn StoreFs,
    records: &Records,
) -> Result<(), Failure> {
    let mut changed = Vec::new();
    for shard in 0..=u8::MAX {
        // Taken before listing: a name that comes later gives another stamp.
        let stamp = found(fs.stamp(&shard_path(shard)))?;
        let noted = noted(connection, shard)?;
        if noted.is_none() || noted != stamp.as_ref().map(key) {
            changed.push((shard, stamp));
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (shard, stamp) in changed {
        compare(&transaction, records, shard)?;
        match stamp {
            // A stamp that a later change could share is not worth noting.
            Some(stamp) if stamp.is_settled(fs.now()) => note(&transaction, shard, key(&stamp))?,
            _ => {}
        }
    }
    Ok(transaction.commit()?)
}

fn compare(connection: &Connection, records: &Records, shard: u8) -> Result<(), Failure> {
    let there: BTreeSet<Digest> = records.list_shard(shard)?.into_iter().collect();
    let known = in_shard(connection, shard)?;
    for gone in known.difference(&there) {
        schema::remove_rows(connection, gone)?;
    }
    for new in there.difference(&known) {
        if let Some(statement) = read(records, new)? {
            schema::insert_rows(connection, new, &statement)?;
        }
    }
    Ok(())
}

fn in_shard(connection: &Connection, shard: u8) -> Result<BTreeSet<Digest>, Failure> {
    let mut low = [0; 32];
    let mut high = [0xff; 32];
    (low[0], high[0]) = (shard, shard);
    let sql = "SELECT digest FROM records WHERE digest BETWEEN ?1 AND ?2";
    Ok(query::digests(connection, sql, params![low, high])?
        .into_iter()
        .collect())
}

/// What a record says, if its bytes are those its name promises. Its signatures are not looked at:
/// trust changes without the records changing.
fn read(records: &Records, digest: &Digest) -> io::Result<Option<Statement>> {
    let bytes = match records.read(digest) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => None,
        Err(error) => return Err(error),
    };
    Ok(bytes
        .filter(|bytes| Digest::of(bytes) == *digest)
        .and_then(|bytes| Envelope::decode(&bytes))
        .and_then(|envelope| Statement::decode(envelope.payload_unverified()).ok()))
}

/// Seconds and nanoseconds of a directory's last change.
type Key = (i64, i64);

fn key(stamp: &Stamp) -> Key {
    let since = stamp
        .modified
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    (seconds, since.subsec_nanos().into())
}

fn noted(connection: &Connection, shard: u8) -> Result<Option<Key>, Failure> {
    let sql = "SELECT seconds, nanoseconds FROM shards WHERE shard = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement
        .query_row([shard], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

fn note(connection: &Connection, shard: u8, key: Key) -> Result<(), Failure> {
    let sql = "INSERT OR REPLACE INTO shards VALUES (?1, ?2, ?3)";
    let mut statement = connection.prepare_cached(sql)?;
    statement.execute(params![shard, key.0, key.1])?;
    Ok(())
}
