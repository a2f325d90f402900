//! Signed records under the digest of their bytes. A record's durable name is the commit point of
//! whatever it describes.

use std::io;
use std::sync::Arc;

use crate::blobs::found;
use crate::digest::Digest;
use crate::durable::{PutError, Writer};
use crate::fs::{StoreFs, read_limited};
use crate::layout::{RECORDS, exists, record_digest, record_path, record_place, shard_path};
use crate::limits::MAX_RECORD_BYTES;

/// The `records` directory, in 256 shards.
pub(crate) struct Records {
    fs: Arc<dyn StoreFs>,
    writer: Writer,
}

impl Records {
    pub(crate) fn new(fs: Arc<dyn StoreFs>, writer: Writer) -> Self {
        Self { fs, writer }
    }

    /// Publishes an envelope durably.
    pub(crate) fn put(&self, bytes: &[u8]) -> Result<Digest, PutError> {
        if bytes.len() as u64 > MAX_RECORD_BYTES {
            return Err(PutError::TooLarge {
                limit_bytes: MAX_RECORD_BYTES,
            });
        }
        let digest = Digest::of(bytes);
        let (dir, name) = record_place(&digest);
        // All shards are made with the store; this one was lost since.
        if !exists(&*self.fs, &dir).map_err(PutError::io(&dir))? {
            self.writer.create_dir(RECORDS, &dir)?;
        }
        self.writer.publish(&dir, &name, bytes)?;
        Ok(digest)
    }

    /// The bytes of a record, unchecked.
    pub(crate) fn read(&self, digest: &Digest) -> io::Result<Option<Vec<u8>>> {
        match found(self.fs.open(&record_path(digest)))? {
            Some(mut file) => read_limited(&mut *file, MAX_RECORD_BYTES).map(Some),
            None => Ok(None),
        }
    }

    /// Digests in the names of one shard.
    pub(crate) fn list_shard(&self, shard: u8) -> io::Result<Vec<Digest>> {
        let names = self.fs.list(&shard_path(shard))?;
        Ok(names
            .iter()
            .filter_map(|name| record_digest(name))
            .collect())
    }

    /// Digests in the names of all records, sorted.
    pub(crate) fn list(&self) -> io::Result<Vec<Digest>> {
        let mut digests = Vec::new();
        for shard in 0..=u8::MAX {
            digests.extend(self.list_shard(shard)?);
        }
        Ok(digests)
    }
}
