//! Scrubbing: every byte is read and compared with its name.

use std::io;

use crate::blobs::BlobState;
use crate::digest::Digest;
use crate::durable::PutError;
use crate::fs::random_name;
use crate::layout::{BLOBS, EMPTY_INDEX_JSON, INDEX_JSON, QUARANTINE, record_place};
use crate::lease;
use crate::pin::PinError;
use crate::statement::Statement;
use crate::store::{RecordError, Store};
use crate::trust::{Corruption, Verdict};

/// What to do with what is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Report it.
    Report,
    /// Report it and move it to `quarantine/`, so that a sound copy can take its place.
    Quarantine,
}

/// What scrubbing found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScrubReport {
    /// Blobs read.
    pub n_blobs: u64,
    /// Their length together.
    pub blobs_bytes: u64,
    /// Records read.
    pub n_records: u64,
    /// Blobs whose bytes are others than their names say.
    pub corrupt_blobs: Vec<Digest>,
    /// Records that may not be acted upon, and why.
    pub refused_records: Vec<(Digest, Verdict)>,
    /// Blobs that a record names and that are not there: record, blob.
    pub missing_blobs: Vec<(Digest, Digest)>,
    /// `index.json` is no list of releases, so that OCI tools cannot read the store.
    pub is_index_corrupt: bool,
}

impl ScrubReport {
    /// Whether every byte is the one that was stored. Records of strangers are no damage.
    pub fn is_sound(&self) -> bool {
        let is_damaged = |(_, verdict): &(Digest, Verdict)| matches!(verdict, Verdict::Corrupt(_));
        self.corrupt_blobs.is_empty()
            && self.missing_blobs.is_empty()
            && !self.is_index_corrupt
            && !self.refused_records.iter().any(is_damaged)
    }
}

/// Why scrubbing stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScrubError {
    /// A record could not be loaded.
    #[error("cannot load a record")]
    Record(#[from] RecordError),
    /// The file system refused.
    #[error("cannot read the store")]
    Io(#[from] io::Error),
    /// Damage could not be moved away.
    #[error("cannot move damage to quarantine")]
    Put(#[from] PutError),
}

impl Store {
    /// Reads every blob and judges every record. `read_bytes` is told the length of each blob after
    /// it was read; a caller that wants to go slowly waits there.
    ///
    /// # Errors
    /// When the file system refuses. Damage is no error but part of the report.
    pub fn scrub(
        &self,
        damage: Damage,
        read_bytes: &mut dyn FnMut(u64),
    ) -> Result<ScrubReport, ScrubError> {
        let mut report = ScrubReport::default();
        for name in self.fs.list(BLOBS)? {
            if let Some(digest) = Digest::from_hex(&name) {
                self.scrub_blob(&digest, damage, read_bytes, &mut report)?;
            }
        }
        for digest in self.records.list()? {
            self.scrub_record(&digest, damage, &mut report)?;
        }
        report.is_index_corrupt = matches!(self.pins(), Err(PinError::Index));
        if report.is_index_corrupt && damage == Damage::Quarantine {
            self.quarantine_index()?;
        }
        Ok(report)
    }

    fn scrub_blob(
        &self,
        digest: &Digest,
        damage: Damage,
        read_bytes: &mut dyn FnMut(u64),
        report: &mut ScrubReport,
    ) -> Result<(), ScrubError> {
        let size_bytes = self.blobs.size_bytes(digest)?.unwrap_or(0);
        match self.blobs.scrub(digest)? {
            // Collected since it was listed.
            BlobState::Missing => return Ok(()),
            BlobState::Sound => {}
            BlobState::Corrupt(_) => {
                report.corrupt_blobs.push(*digest);
                if damage == Damage::Quarantine {
                    self.blobs.quarantine(digest)?;
                }
            }
        }
        report.n_blobs += 1;
        report.blobs_bytes += size_bytes;
        read_bytes(size_bytes);
        Ok(())
    }

    fn scrub_record(
        &self,
        digest: &Digest,
        damage: Damage,
        report: &mut ScrubReport,
    ) -> Result<(), ScrubError> {
        self.forget_judgement(digest);
        let record = match self.record(digest) {
            Err(RecordError::Missing { .. }) => return Ok(()),
            record => record?,
        };
        report.n_records += 1;
        if !record.verdict().is_trusted() {
            let refused = (*digest, record.verdict().clone());
            report.refused_records.push(refused);
        }
        if let Some(Statement::Module(module)) = record.statement_unverified() {
            for blob in module.blobs() {
                if self.blobs.size_bytes(&blob.digest)?.is_none() {
                    report.missing_blobs.push((*digest, blob.digest));
                }
            }
        }
        // A statement this version does not understand is for a later one to judge.
        let is_damaged = matches!(
            record.verdict(),
            Verdict::Corrupt(
                Corruption::Digest { .. } | Corruption::Envelope | Corruption::Signature { .. }
            )
        );
        if is_damaged && damage == Damage::Quarantine {
            self.quarantine_record(digest)?;
        }
        Ok(())
    }

    /// An empty list takes the place of one that nobody can read.
    fn quarantine_index(&self) -> Result<(), ScrubError> {
        let _lock = lease::pins(&*self.fs)?;
        if matches!(self.pins(), Err(PinError::Index)) {
            let to = format!("{QUARANTINE}/{INDEX_JSON}.{}", &random_name()?[..8]);
            self.fs.rename(INDEX_JSON, &to)?;
            self.writer.sync_dir(QUARANTINE)?;
            self.writer.replace("", INDEX_JSON, EMPTY_INDEX_JSON)?;
        }
        Ok(())
    }

    fn quarantine_record(&self, digest: &Digest) -> Result<(), ScrubError> {
        let (shard, name) = record_place(digest);
        let to = format!("{QUARANTINE}/{name}.{}", &random_name()?[..8]);
        self.fs.rename(&format!("{shard}/{name}"), &to)?;
        self.writer.sync_dir(QUARANTINE)?;
        self.writer.sync_dir(&shard)?;
        Ok(())
    }
}
