//! A file system in memory that knows what a power cut would leave of it.

use std::collections::BTreeMap;
use std::io::{self, Cursor, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::{Duration, SystemTime};

use rtfs_store::*;

/// What is on a medium: directories and files by path.
pub(crate) type Disk = BTreeMap<String, Option<Vec<u8>>>;

/// A directory, or a file by its number.
#[derive(Clone, Copy, PartialEq)]
enum Node {
    Dir { modified: u64 },
    File(usize),
}

impl Node {
    /// Whether a name leads to the same thing, whatever its time stamps.
    fn is_same(a: Option<Node>, b: Option<Node>) -> bool {
        match (a, b) {
            (Some(Node::Dir { .. }), Some(Node::Dir { .. })) => true,
            (a, b) => a == b,
        }
    }
}

#[derive(Clone)]
struct Inode {
    content: Vec<u8>,
    is_synced: bool,
    modified: u64,
    mode: u32,
}

#[derive(Default)]
struct State {
    now: BTreeMap<String, Node>,
    /// Names as of the last sync of their directories.
    durable: BTreeMap<String, Node>,
    inodes: Vec<Inode>,
    clock: u64,
    n_operations: usize,
    n_syncs: usize,
    stop: Option<usize>,
    without: Option<usize>,
    failing: Option<usize>,
}

/// What a machine sees of its disk, and what the disk would keep.
pub(crate) struct ModelFs {
    me: Weak<ModelFs>,
    state: Mutex<State>,
}

impl ModelFs {
    /// A machine started on `disk`.
    pub(crate) fn new(disk: Disk) -> Arc<Self> {
        let mut state = State::default();
        for (path, content) in disk {
            let node = match content {
                Some(content) => state.add_inode(content, true, 0o444),
                None => Node::Dir { modified: 0 },
            };
            state.now.insert(path, node);
        }
        state.durable = state.now.clone();
        Arc::new_cyclic(|me| Self {
            me: me.clone(),
            state: Mutex::new(state),
        })
    }

    /// From here on: fails every change from operation `stop` on, and ignores sync `without`.
    pub(crate) fn arm(&self, stop: Option<usize>, without: Option<usize>) {
        let mut state = self.state();
        (state.n_operations, state.n_syncs) = (0, 0);
        (state.stop, state.without) = (stop, without);
    }

    /// Lets sync `failing`, counted from here, fail once.
    pub(crate) fn fail_sync(&self, failing: usize) {
        let mut state = self.state();
        state.n_syncs = 0;
        state.failing = Some(failing);
    }

    pub(crate) fn n_operations(&self) -> usize {
        self.state().n_operations
    }

    pub(crate) fn n_syncs(&self) -> usize {
        self.state().n_syncs
    }

    /// The disk after an orderly shutdown.
    pub(crate) fn everything_durable(&self) -> Disk {
        self.state().disk(|_| true, &|content| content.to_vec())
    }

    /// Disks that a power cut at this moment may leave, each with a description. Of the names that
    /// are not durable: none, all, each alone, and all but each; of very many, some of them.
    pub(crate) fn crash_states(&self) -> Vec<(String, Disk)> {
        type Damage = fn(&[u8]) -> Vec<u8>;
        const CONTENTS: [(&str, Damage); 4] = [
            ("whole", |content| content.to_vec()),
            ("torn", |content| content[..content.len() / 2].to_vec()),
            ("zero", |content| vec![0; content.len()]),
            ("empty", |_| Vec::new()),
        ];
        let state = self.state();
        let pending = state.pending();
        let mut choices = vec![(String::from("no pending name"), vec![])];
        choices.push((
            format!("all {} pending names", pending.len()),
            pending.clone(),
        ));
        if pending.len() > 1 {
            for name in pending.iter().step_by(pending.len().div_ceil(16)) {
                choices.push((format!("only {name}"), vec![name.clone()]));
                let others = pending.iter().filter(|other| *other != name);
                choices.push((format!("all but {name}"), others.cloned().collect()));
            }
        }
        let mut states = Vec::new();
        for (names, kept) in &choices {
            for (content, damage) in CONTENTS {
                let disk = state.disk(|path| kept.iter().any(|name| name == path), &damage);
                // Without unsynced files all four are the same.
                if states.last().is_none_or(|(_, last)| *last != disk) {
                    states.push((format!("{names}, unsynced content {content}"), disk));
                }
            }
        }
        states
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn add_inode(&mut self, content: Vec<u8>, is_synced: bool, mode: u32) -> Node {
        self.inodes.push(Inode {
            content,
            is_synced,
            modified: self.clock,
            mode,
        });
        Node::File(self.inodes.len() - 1)
    }

    /// Names that differ between what the machine sees and what is durable.
    fn pending(&self) -> Vec<String> {
        let differs = |path: &&String| {
            let (now, durable) = (self.now.get(*path), self.durable.get(*path));
            !Node::is_same(now.copied(), durable.copied())
        };
        let mut names: Vec<_> = self.now.keys().filter(differs).cloned().collect();
        names.extend(
            self.durable
                .keys()
                .filter(|path| !self.now.contains_key(*path))
                .cloned(),
        );
        names
    }

    fn disk(&self, keeps: impl Fn(&str) -> bool, damage: &dyn Fn(&[u8]) -> Vec<u8>) -> Disk {
        let mut disk = Disk::new();
        let paths: std::collections::BTreeSet<_> =
            self.now.keys().chain(self.durable.keys()).collect();
        for path in paths {
            let names = if keeps(path) {
                &self.now
            } else {
                &self.durable
            };
            let Some(node) = names.get(path) else {
                continue;
            };
            // A directory that is lost takes with it what is in it; parents sort first.
            if !parent(path).is_empty() && !disk.contains_key(parent(path)) {
                continue;
            }
            let content = match *node {
                Node::Dir { .. } => None,
                Node::File(inode) => {
                    let inode = &self.inodes[inode];
                    let content = &inode.content;
                    Some(if inode.is_synced {
                        content.clone()
                    } else {
                        damage(content)
                    })
                }
            };
            disk.insert(path.clone(), content);
        }
        disk
    }

    /// Counts an operation that changes something; the machine may stop before it.
    fn operate(&mut self) -> io::Result<()> {
        if self.stop.is_some_and(|stop| self.n_operations >= stop) {
            return Err(io::Error::other("power cut"));
        }
        self.n_operations += 1;
        self.clock += 10;
        Ok(())
    }

    /// Whether a sync takes effect.
    fn sync(&mut self) -> io::Result<bool> {
        self.operate()?;
        let this = self.n_syncs;
        self.n_syncs += 1;
        if self.failing == Some(this) {
            self.failing = None;
            return Err(io::Error::other("input/output error"));
        }
        Ok(self.without != Some(this))
    }

    fn get(&self, path: &str) -> io::Result<Node> {
        match self.now.get(path) {
            Some(node) => Ok(*node),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn set(&mut self, path: &str, node: Option<Node>) {
        match node {
            Some(node) => self.now.insert(path.to_owned(), node),
            None => self.now.remove(path),
        };
        let modified = self.clock;
        if let Some(dir) = self.now.get_mut(parent(path)) {
            *dir = Node::Dir { modified };
        }
    }

    fn add(&mut self, path: &str, node: Node) -> io::Result<()> {
        if self.now.contains_key(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        self.set(path, Some(node));
        Ok(())
    }

    fn stamp(&self, node: Node) -> Stamp {
        let (inode, modified, size, mode, is_dir) = match node {
            Node::Dir { modified } => (0, modified, 0, 0o755, true),
            Node::File(number) => {
                let inode = &self.inodes[number];
                (
                    number + 1,
                    inode.modified,
                    inode.content.len(),
                    inode.mode,
                    false,
                )
            }
        };
        Stamp {
            device: 1,
            inode: inode as u64,
            size_bytes: size as u64,
            modified: time(modified),
            changed: time(modified),
            mode,
            is_dir,
        }
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn time(clock: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(clock)
}

struct Staged {
    fs: Arc<ModelFs>,
    dir: String,
    node: Node,
}

impl Staged {
    fn path(&self, name: &str) -> String {
        match self.dir.as_str() {
            "" => name.to_owned(),
            dir => format!("{dir}/{name}"),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Inode)) {
        if let Node::File(inode) = self.node {
            change(&mut self.fs.state().inodes[inode]);
        }
    }
}

impl StagedFile for Staged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.fs.state().operate()?;
        self.change(|inode| inode.content.extend(bytes));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let takes_effect = self.fs.state().sync()?;
        self.change(|inode| inode.is_synced = takes_effect);
        Ok(())
    }

    fn link(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.fs.state();
        state.operate()?;
        state.add(&self.path(name), self.node)
    }

    fn replace(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.fs.state();
        state.operate()?;
        state.set(&self.path(name), Some(self.node));
        Ok(())
    }
}

struct Stored(Stamp, Cursor<Vec<u8>>);

impl Read for Stored {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1.read(buffer)
    }
}

impl StoredFile for Stored {
    fn stamp(&self) -> io::Result<Stamp> {
        Ok(self.0)
    }
}

/// There is one process and one thread, so every lock is free.
struct Free;

impl Lock for Free {}

impl StoreFs for ModelFs {
    fn create_dir(&self, path: &str) -> io::Result<()> {
        let mut state = self.state();
        if state.now.contains_key(path) {
            return Ok(());
        }
        state.operate()?;
        let modified = state.clock;
        state.add(path, Node::Dir { modified })
    }

    fn stage(&self, dir: &str, access: Access) -> io::Result<Box<dyn StagedFile>> {
        let mut state = self.state();
        state.operate()?;
        let mode = match access {
            Access::Shared => 0o444,
            Access::Private => 0o600,
        };
        Ok(Box::new(Staged {
            fs: self.me.upgrade().expect("called through an Arc"),
            dir: dir.to_owned(),
            node: state.add_inode(Vec::new(), false, mode),
        }))
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        let mut state = self.state();
        if state.sync()? {
            let inside = |path: &String, _: &mut Node| parent(path) != dir;
            state.durable.retain(inside);
            let names = state.now.clone().into_iter();
            let inside = names.filter(|(path, _)| parent(path) == dir);
            state.durable.extend(inside);
        }
        Ok(())
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn StoredFile>> {
        let state = self.state();
        let node = state.get(path)?;
        match node {
            Node::Dir { .. } => Err(ErrorKind::IsADirectory.into()),
            Node::File(inode) => {
                let content = state.inodes[inode].content.clone();
                Ok(Box::new(Stored(state.stamp(node), Cursor::new(content))))
            }
        }
    }

    fn stamp(&self, path: &str) -> io::Result<Stamp> {
        let state = self.state();
        Ok(state.stamp(state.get(path)?))
    }

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        let state = self.state();
        let inside = state.now.keys().filter(|path| parent(path) == dir);
        let name = |path: &String| path.rsplit('/').next().map(str::to_owned);
        Ok(inside.filter_map(name).collect())
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let node = state.get(from)?;
        state.operate()?;
        state.add(to, node)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let node = state.get(from)?;
        state.operate()?;
        state.set(from, None);
        state.set(to, Some(node));
        Ok(())
    }

    fn remove_file(&self, path: &str) -> io::Result<()> {
        let mut state = self.state();
        state.get(path)?;
        state.operate()?;
        state.set(path, None);
        Ok(())
    }

    fn remove_dir(&self, path: &str) -> io::Result<()> {
        self.remove_file(path)
    }

    fn touch(&self, path: &str) -> io::Result<()> {
        let mut state = self.state();
        let node = state.get(path)?;
        state.operate()?;
        if let Node::File(inode) = node {
            state.inodes[inode].modified = state.clock;
        }
        Ok(())
    }

    fn lock(&self, _: &str, _: LockMode, _: Wait) -> io::Result<Option<Box<dyn Lock>>> {
        Ok(Some(Box::new(Free)))
    }

    fn claim(&self, path: &str, content: &[u8]) -> io::Result<Box<dyn Lock>> {
        let mut state = self.state();
        state.operate()?;
        let node = state.add_inode(content.to_vec(), false, 0o444);
        state.add(path, node)?;
        Ok(Box::new(Free))
    }

    fn is_locked(&self, path: &str) -> io::Result<bool> {
        self.state().get(path).map(|_| false)
    }

    fn now(&self) -> SystemTime {
        time(self.state().clock + 10)
    }

    fn database_dir(&self, _: &str) -> io::Result<Option<OwnedFd>> {
        Ok(None)
    }
}
