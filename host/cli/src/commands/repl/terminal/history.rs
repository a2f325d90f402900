//! What was typed before, kept in a file.

use directories::ProjectDirs;
use reedline::{
    FileBackedHistory, History, HistoryItem, HistoryItemId, HistorySessionId, ReedlineError,
    ReedlineErrorVariants, Result, SearchQuery,
};

use super::paste::MARK;
use crate::store;

/// How many inputs are kept.
const CAPACITY: usize = 10_000;

/// Longer inputs are pasted data; they would slow every later start.
const LONGEST_BYTES: usize = 64 << 10;

/// The history of this user; `None` where there is no home for it.
pub(super) fn open() -> std::result::Result<Option<Box<dyn History>>, String> {
    // The crate would fall back to what the system knows about the user.
    if std::env::var_os("HOME").is_none_or(|home| home.is_empty()) {
        return Ok(None);
    }
    let Some(dirs) = ProjectDirs::from("", "", "rtfs") else {
        return Ok(None);
    };
    let folder = dirs.data_dir().join("repl");
    // Made for its owner alone: what is typed may be private.
    store::open(&folder)?;
    let history = FileBackedHistory::with_file(CAPACITY, folder.join("history"))
        .map_err(|error| error.to_string())?;
    Ok(Some(Box::new(Bounded(history))))
}

/// Refuses what is too long, and what a later session could not restore.
struct Bounded(FileBackedHistory);

impl History for Bounded {
    fn save(&mut self, item: HistoryItem) -> Result<HistoryItem> {
        if item.command_line.len() > LONGEST_BYTES || item.command_line.contains(MARK) {
            let reason = ReedlineErrorVariants::OtherHistoryError("too long to be kept");
            return Err(ReedlineError(reason));
        }
        self.0.save(item)
    }

    fn load(&self, id: HistoryItemId) -> Result<HistoryItem> {
        self.0.load(id)
    }

    fn count(&self, query: SearchQuery) -> Result<i64> {
        self.0.count(query)
    }

    fn search(&self, query: SearchQuery) -> Result<Vec<HistoryItem>> {
        self.0.search(query)
    }

    fn update(
        &mut self,
        id: HistoryItemId,
        updater: &dyn Fn(HistoryItem) -> HistoryItem,
    ) -> Result<()> {
        self.0.update(id, updater)
    }

    fn clear(&mut self) -> Result<()> {
        self.0.clear()
    }

    fn delete(&mut self, id: HistoryItemId) -> Result<()> {
        self.0.delete(id)
    }

    fn sync(&mut self) -> std::io::Result<()> {
        self.0.sync()
    }

    fn session(&self) -> Option<HistorySessionId> {
        self.0.session()
    }
}
