//! Signatures over files, and what they say: this component, or that it conforms.

use std::path::{Path, PathBuf};

use rtfs_conformance::kit::Summary;
use rtfs_store::{Digest, Store};

use crate::commands::backend::read;
use crate::problem::Problem;

/// Refuses a file unless somebody who is trusted signed it.
pub(crate) fn expect_trusted(
    store: &Store,
    (signed, content): (&Path, &[u8]),
    (path, signature): (&Path, &[u8]),
) -> Result<(), Problem> {
    let Ok(signature) = signature.try_into() else {
        let what = format!(
            "`{}` is no signature: it has {} bytes, not 64",
            path.display(),
            signature.len()
        );
        return Err(Problem::refused(what));
    };
    match store.trust()?.signer_of(content, signature) {
        Some(_) => Ok(()),
        None => Err(Problem::refused(format!(
            "`{}` is not a signature of `{}` by anybody who is trusted",
            path.display(),
            signed.display()
        ))
        .next("trust the signer with `rtfs key trust`")),
    }
}

/// Refuses a component unless somebody who is trusted signed that it conforms. Without a summary,
/// the store's policy decides.
pub(crate) fn check_summary(
    path: Option<&Path>,
    store: &Store,
    component: &[u8],
) -> Result<(), Problem> {
    let Some(path) = path else {
        return match store.trust()?.policy().require_summary {
            false => Ok(()),
            true => Err(Problem::refused(
                "this store takes only components that come with a signed summary",
            )
            .next("give one with `--summary`; `rtfs conform --sign` writes it")),
        };
    };
    let bytes = read(path)?;
    let signature = signature_of(path);
    expect_trusted(store, (path, &bytes), (&signature, &read(&signature)?))?;
    let summary: Result<Summary, _> = serde_json::from_slice(&bytes);
    let digest = Digest::of(component).to_string();
    match summary {
        Ok(summary) if summary.vouches_for(&digest) => Ok(()),
        Ok(_) => Err(Problem::refused(format!(
            "`{}` does not say that {digest} conforms",
            path.display()
        ))),
        Err(error) => Err(Problem::refused(format!(
            "`{}` is no summary: {error}",
            path.display()
        ))),
    }
}

/// Where the signature of a file lies.
pub(crate) fn signature_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}
