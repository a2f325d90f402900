//! `rtfs new`: a project to begin a module or a backend with.

mod name;
mod template;

use std::fs;
use std::io;
use std::path::Path;

use crate::args::{NewArgs, NewCommand};
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::Problem;

use name::ProjectName;
use template::{BACKEND, File, MODULE};

pub(crate) fn new(args: &NewArgs, output: &Output) -> Result<Exit, Problem> {
    let (files, args) = match &args.command {
        NewCommand::Module(args) => (MODULE, args),
        NewCommand::Backend(args) => (BACKEND, args),
    };
    let name = ProjectName::parse(&args.name).map_err(|why| {
        Problem::failed(format!("`{}` is no name for a project: {why}", args.name))
            .next("use a name like `text-tools`")
    })?;
    let target = args.directory.clone();
    let target = target.unwrap_or_else(|| name.as_str().into());
    write(&target, files, &name)?;
    output.value(&target.display().to_string());
    output.note("made; README.md has the next steps");
    Ok(Exit::Success)
}

/// Writes a project. The directory must not be there, so that nothing can be overwritten; when
/// something goes wrong, what was written is taken away again.
fn write(target: &Path, files: &[File], name: &ProjectName) -> Result<(), Problem> {
    fs::create_dir(target).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Problem::failed(format!("`{}` exists already", target.display()))
                .next("choose another name, or another place with `--directory`")
        }
        _ => cannot_write(target, &error),
    })?;
    let written = files.iter().try_for_each(|file| {
        let path = target.join(file.path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, file.text_for(name)))
            .map_err(|error| cannot_write(&path, &error))
    });
    if written.is_err() {
        // The first error says more than one of tidying up.
        let _ = fs::remove_dir_all(target);
    }
    written
}

fn cannot_write(path: &Path, error: &io::Error) -> Problem {
    Problem::failed(format!("cannot write `{}`: {error}", path.display()))
}
