//! The directories of one run: where the first authority over files comes from.

use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use directories::ProjectDirs;
use rtfs_host::AotCache;

use crate::args::Global;

/// Opens the code cache, creating its directories on first use.
pub(crate) fn open_cache(global: &Global) -> Result<AotCache, String> {
    let store = open(&directory(&global.store, |dirs| dirs.data_dir())?)?;
    let keys = open(&directory(&global.keys, |dirs| dirs.config_dir())?)?;
    AotCache::open(store, &keys).map_err(|error| format!("cannot open the code cache: {error}"))
}

fn directory(
    given: &Option<PathBuf>,
    default: impl Fn(&ProjectDirs) -> &Path,
) -> Result<PathBuf, String> {
    match given {
        Some(path) => Ok(path.clone()),
        None => ProjectDirs::from("", "", "rtfs")
            .map(|dirs| default(&dirs).to_owned())
            .ok_or_else(|| {
                "there is no home directory; give --store and --keys, or --no-store".to_owned()
            }),
    }
}

fn open(path: &Path) -> Result<Dir, String> {
    create_private(path).map_err(|error| format!("cannot create `{}`: {error}", path.display()))?;
    Dir::open_ambient_dir(path, ambient_authority())
        .map_err(|error| format!("cannot open `{}`: {error}", path.display()))
}

/// Keys and native code are nobody else's business.
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}
