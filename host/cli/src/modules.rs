//! Finding the source modules that a program imports.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use rtfs_ir::ModuleLoader;
use rtfs_syntax::{MAX_SOURCE_BYTES, SourceText};

/// Looks for module `a.b.c` in `a/b/c.rtfs` below the folder of the program, and nowhere else:
/// neither `..` nor links lead out of it.
#[derive(Debug)]
pub(crate) struct FolderModules {
    /// `None` when the folder cannot be opened; then there are no modules.
    folder: Option<Dir>,
    /// How reports name the folder.
    shown: PathBuf,
}

impl FolderModules {
    /// The modules beside a program file.
    pub(crate) fn beside(program: &Path) -> Self {
        let shown = program.parent().unwrap_or(Path::new("")).to_owned();
        let opened = if shown.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &shown
        };
        Self {
            folder: Dir::open_ambient_dir(opened, ambient_authority()).ok(),
            shown,
        }
    }
}

impl ModuleLoader for FolderModules {
    fn load(&self, name: &str) -> Result<Option<SourceText>, String> {
        let Some(folder) = &self.folder else {
            return Ok(None);
        };
        let file = PathBuf::from(format!("{}.rtfs", name.replace('.', "/")));
        match folder.metadata(&file) {
            Ok(metadata) if metadata.len() > MAX_SOURCE_BYTES as u64 => {
                return Err(format!("it has more than {MAX_SOURCE_BYTES} bytes"));
            }
            Ok(_) => {}
            Err(error) if is_absence(error.kind()) => return Ok(None),
            Err(error) => return Err(error.to_string()),
        }
        let bytes = folder.read(&file).map_err(|error| error.to_string())?;
        let shown = self.shown.join(&file).display().to_string();
        match SourceText::from_utf8(shown, bytes) {
            (source, None) => Ok(Some(source)),
            (_, Some(diagnostic)) => Err(diagnostic.message),
        }
    }
}

fn is_absence(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}
