//! The derived index: which records speak of a hash or a name.
//!
//! Nothing here is truth. Rows come from records, whoever signed them; whoever asks loads the
//! record, has it judged, and checks that it says what was asked for. Any failure of the database
//! is answered by deleting it and reading the records again.
//!
//! Processes find each other's records in the shared database. What a crash kept out of it is
//! found when the store is opened: a shard directory whose time stamp differs from the one noted
//! here is listed and compared.

mod catch_up;
mod query;
mod schema;

use std::error::Error;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::blobs::found;
use crate::digest::Digest;
use crate::fs::{LockMode, StoreFs, Wait};
use crate::layout::DERIVED;
use crate::records::Records;
use crate::statement::Statement;

pub use query::Query;

const FILE: &str = "derived/index.db";
/// Orders opening and deleting: SQLite opens its companion files by name, and must not find those
/// of the next database beside the last one.
const LOCK: &str = "leases/index";

/// Why the index could not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// Another process has been writing for longer than five seconds.
    #[error("the index is busy")]
    Busy,
    /// It failed, was rebuilt, and failed again.
    #[error("the index failed and so did the rebuilt one")]
    Database(#[source] Box<dyn Error + Send + Sync>),
    /// Records or the database's directory cannot be read.
    #[error("cannot read the records to index")]
    Io(#[from] io::Error),
}

/// A failure inside one attempt.
#[derive(Debug)]
pub(super) enum Failure {
    Database(rusqlite::Error),
    Io(io::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Failure {
    fn is_busy(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        )
    }
}

impl From<Failure> for IndexError {
    fn from(failure: Failure) -> Self {
        match failure {
            failure if failure.is_busy() => Self::Busy,
            Failure::Database(error) => Self::Database(Box::new(error)),
            Failure::Io(error) => Self::Io(error),
        }
    }
}

/// The index of one store.
pub(crate) struct Index {
    fs: Arc<dyn StoreFs>,
    records: Arc<Records>,
    open: Mutex<Option<Database>>,
}

/// An open database, with the file it was opened from.
struct Database {
    connection: Connection,
    /// Device and number of the file; none in memory.
    file: Option<(u64, u64)>,
    /// SQLite reaches its directory through this descriptor.
    _dir: Option<OwnedFd>,
}

impl Index {
    pub(crate) fn new(fs: Arc<dyn StoreFs>, records: Arc<Records>) -> Self {
        Self {
            fs,
            records,
            open: Mutex::new(None),
        }
    }

    /// Adds a record that was just published.
    pub(crate) fn insert(&self, digest: &Digest, statement: &Statement) -> Result<(), IndexError> {
        self.update(|connection| schema::insert(connection, digest, statement))
    }

    /// Forgets a record that is no longer there.
    pub(crate) fn remove(&self, digest: &Digest) -> Result<(), IndexError> {
        self.update(|connection| schema::remove(connection, digest))
    }

    /// Records that may answer `query`, in the order of their digests.
    pub(crate) fn find(&self, query: &Query) -> Result<Vec<Digest>, IndexError> {
        self.with(|connection| query::find(connection, query))
    }

    /// Pointers of a name, the highest sequence number first.
    pub(crate) fn pointers(&self, name: &str) -> Result<Vec<Digest>, IndexError> {
        self.with(|connection| query::pointers(connection, name))
    }

    /// All names, sorted.
    pub(crate) fn names(&self) -> Result<Vec<String>, IndexError> {
        self.with(query::names)
    }

    /// Every row as text, sorted: equal dumps mean equal indexes.
    pub(crate) fn dump(&self) -> Result<String, IndexError> {
        self.with(schema::dump)
    }

    /// Compares with the records and mends the difference.
    pub(crate) fn catch_up(&self) -> Result<(), IndexError> {
        self.with(|connection| catch_up::run(connection, &*self.fs, &self.records))
    }

    /// Closes the database after a row could not be written; opening it compares it with the
    /// records.
    pub(crate) fn distrust(&self) {
        *self.lock() = None;
    }

    /// Deletes the database and reads all records again.
    pub(crate) fn rebuild(&self) -> Result<(), IndexError> {
        let mut open = self.lock();
        *open = None;
        self.delete()?;
        *open = Some(self.open()?);
        Ok(())
    }

    /// Writes, and again if another process replaced the database meanwhile.
    fn update(
        &self,
        write: impl Fn(&mut Connection) -> Result<(), Failure>,
    ) -> Result<(), IndexError> {
        self.with(&write)?;
        let is_replaced = {
            let open = self.lock();
            let current = self.file_on_disk()?;
            open.as_ref().is_some_and(|open| open.file != current)
        };
        if is_replaced {
            self.with(&write)?;
        }
        Ok(())
    }

    /// Runs one attempt, and after a failure a second one on a rebuilt database.
    fn with<T>(
        &self,
        attempt: impl Fn(&mut Connection) -> Result<T, Failure>,
    ) -> Result<T, IndexError> {
        let mut open = self.lock();
        match self
            .ready(&mut open)
            .and_then(|db| attempt(&mut db.connection))
        {
            Ok(value) => return Ok(value),
            Err(failure @ Failure::Io(_)) => return Err(failure.into()),
            Err(failure) if failure.is_busy() => return Err(failure.into()),
            Err(Failure::Database(_)) => {}
        }
        *open = None;
        self.delete()?;
        let db = self.ready(&mut open)?;
        Ok(attempt(&mut db.connection)?)
    }

    /// The open database; opened anew if there is none or another took its place.
    fn ready<'a>(&self, open: &'a mut Option<Database>) -> Result<&'a mut Database, Failure> {
        let current = self.file_on_disk()?;
        if open
            .as_ref()
            .is_some_and(|db| db.file.is_some() && db.file != current)
        {
            *open = None;
        }
        let database = match open.take() {
            // Nobody else writes to memory, so what others published is looked for each time.
            Some(mut database) if database.file.is_none() => {
                catch_up::run(&mut database.connection, &*self.fs, &self.records)?;
                database
            }
            Some(database) => database,
            None => self.open()?,
        };
        Ok(open.insert(database))
    }

    fn open(&self) -> Result<Database, Failure> {
        match self.open_under(LockMode::Shared) {
            // SQLite does not wait where two connections make one database's log at once.
            Err(failure) if failure.is_busy() => self.open_under(LockMode::Exclusive),
            opened => opened,
        }
    }

    fn open_under(&self, mode: LockMode) -> Result<Database, Failure> {
        let _lock = self.fs.lock(LOCK, mode, Wait::Yes)?;
        // Whoever deletes what is derived may delete its directory too.
        self.fs.create_dir(DERIVED)?;
        let dir = self.fs.database_dir(DERIVED)?;
        let mut connection = match &dir {
            Some(dir) => {
                let path = format!("/proc/self/fd/{}/index.db", dir.as_raw_fd());
                let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
                    | OpenFlags::SQLITE_OPEN_CREATE
                    | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                Connection::open_with_flags(path, flags)?
            }
            None => Connection::open_in_memory()?,
        };
        schema::prepare(&mut connection)?;
        catch_up::run(&mut connection, &*self.fs, &self.records)?;
        let file = match dir {
            Some(_) => self.file_on_disk()?,
            None => None,
        };
        Ok(Database {
            connection,
            file,
            _dir: dir,
        })
    }

    fn delete(&self) -> Result<(), IndexError> {
        let _lock = self.fs.lock(LOCK, LockMode::Exclusive, Wait::Yes)?;
        for suffix in ["", "-wal", "-shm"] {
            found(self.fs.remove_file(&format!("{FILE}{suffix}")))?;
        }
        Ok(())
    }

    fn file_on_disk(&self) -> io::Result<Option<(u64, u64)>> {
        let stamp = found(self.fs.stamp(FILE))?;
        Ok(stamp.map(|stamp| (stamp.device, stamp.inode)))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Database>> {
        // A connection that a panic interrupted rolls its transaction back.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
