//! The store and the keys that a command works on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rtfs_host::AotCache;
use rtfs_runtime::{UnitStore, chain};
use rtfs_store::{Anchors, KeyRing, LocalSigner, Signer as _, Store};

use crate::args::Global;
use crate::events::Events;
use crate::problem::Problem;
use crate::store;

/// What the first signing key is called.
const FIRST_LABEL: &str = "this machine";

/// An open store with the keys directory that its trust begins with.
pub(crate) struct Opened {
    pub(crate) store: Arc<Store>,
    pub(crate) keyring: KeyRing,
    /// Where the store is, for messages.
    pub(crate) path: PathBuf,
    /// Where the keys are, for messages.
    pub(crate) keys_path: PathBuf,
}

/// Opens both, making what is not there yet.
pub(crate) fn open(global: &Global) -> Result<Opened, Problem> {
    open_or_say(global)?
}

/// As [`open`]; the inner error says that the store alone cannot be used.
pub(crate) fn open_or_say(global: &Global) -> Result<Result<Opened, Problem>, Problem> {
    let keys_path = store::keys_directory(global)?;
    keep_apart(&keys_path, &store::store_directory(global)?)?;
    let keyring = KeyRing::open(store::open(&keys_path)?).map_err(|error| {
        let mut problem = Problem::of(&error);
        problem.text = format!(
            "cannot use the keys `{}`: {}",
            keys_path.display(),
            problem.text
        );
        problem
    })?;
    let path = store::store_directory(global)?;
    let anchors = Anchors {
        keyring: Some(keyring.clone()),
        ..Anchors::default()
    };
    let dir = match store::open(&path) {
        Ok(dir) => dir,
        Err(text) => return Ok(Err(text.into())),
    };
    Ok(match Store::open(dir, anchors) {
        Ok(store) => Ok(Opened {
            store: Arc::new(store),
            keyring,
            path,
            keys_path,
        }),
        Err(error) => {
            let mut problem = Problem::of(&error);
            problem.text = format!(
                "cannot open the store `{}`: {}",
                path.display(),
                problem.text
            );
            Err(problem)
        }
    })
}

/// Whoever can write to the store must not find the keys there.
fn keep_apart(keys: &Path, store: &Path) -> Result<(), Problem> {
    let whole = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path));
    match (whole(keys), whole(store)) {
        (Ok(keys), Ok(store)) if keys.starts_with(&store) => Err(Problem::failed(format!(
            "the keys directory `{}` lies in the store `{}`",
            keys.display(),
            store.display()
        ))
        .next("give --keys a directory outside the store")),
        _ => Ok(()),
    }
}

impl Opened {
    /// The default key, revoked or not, made on first use.
    pub(crate) fn any_signer(&self) -> Result<LocalSigner, Problem> {
        Ok(self.keyring.default_or_create(FIRST_LABEL)?)
    }

    /// Native code that this host compiled.
    pub(crate) fn native(&self) -> Result<AotCache, Problem> {
        let keys = store::open(&self.keys_path)?;
        AotCache::open(store::open(&self.path)?, &keys).map_err(|error| {
            Problem::failed(format!("cannot open the code cache: {}", chain(&error)))
        })
    }

    /// The store as whole programs are found in it and put there.
    pub(crate) fn units(&self, signer: LocalSigner, events: Events) -> Result<UnitStore, Problem> {
        Ok(UnitStore {
            l4: Arc::new(store::client(self.store.clone(), signer, events)),
            native: Arc::new(self.native()?),
        })
    }

    /// Whoever signs when nobody is named, made on first use. A revoked key signs nothing.
    pub(crate) fn signer(&self) -> Result<LocalSigner, Problem> {
        let signer = self.any_signer()?;
        let id = signer.public_key().id();
        let trust = self.store.trust()?;
        match trust.revoked_keys().find(|(key, _)| *key == id) {
            Some((_, reason)) => Err(Problem::refused(format!(
                "the default signing key {id} is revoked: {reason}"
            ))
            .next("make another with `rtfs key new`")),
            None => Ok(signer),
        }
    }
}
