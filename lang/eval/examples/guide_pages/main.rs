//! Writes the pages of the guide that are made from the language's own tables.
//!
//! `cargo run -p rtfs-eval --example guide_pages`

mod pages;

fn main() -> std::io::Result<()> {
    let root = pages::root();
    for (path, text) in pages::all() {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}
