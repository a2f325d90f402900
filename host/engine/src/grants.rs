//! What a call may reach: values that are made once at the edge and then only narrowed.

use cap_std::fs::Dir;
use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// Ids with this prefix are calls of declared functions, which the delegation engine answers.
/// They are part of the program's meaning, not an effect, and need no grant.
pub const DECLARED_PREFIX: &str = "declared:";

/// Capability ids an operator allows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Capabilities {
    Only(BTreeSet<String>),
    All,
}

/// How a granted directory may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Files can be read and listed.
    ReadOnly,
    /// Files can be read, changed, created and removed.
    ReadWrite,
}

/// A directory a guest may see.
#[derive(Clone)]
pub struct DirGrant {
    /// The directory.
    pub dir: Arc<Dir>,
    /// The absolute path under which the guest finds it.
    pub guest_path: String,
    /// What the guest may do there.
    pub access: Access,
}

impl fmt::Debug for DirGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirGrant")
            .field("guest_path", &self.guest_path)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

/// What a call may reach. [`Grants::none`] is the default.
///
/// Two keys must agree before a capability is called: the operator grants ids, and the module
/// declares the ids written in its source ([`Grants::declared`]); an id computed at run time
/// needs the grant `dynamic` besides.
///
/// ```
/// use rtfs_host::Grants;
///
/// let grants = Grants::none().with_capability("shop.price").with_capability("shop.buy");
/// assert!(grants.allows("shop.price"));
///
/// // A caller hands on less than it has, never more.
/// let narrowed = grants.narrow(&Grants::none().with_capability("shop.price"));
/// assert!(!narrowed.allows("shop.buy"));
/// ```
#[derive(Clone, Debug)]
pub struct Grants {
    capabilities: Capabilities,
    declared: Option<BTreeSet<String>>,
    dynamic: bool,
    dirs: Vec<DirGrant>,
    env: Vec<(String, String)>,
    net: BTreeSet<SocketAddr>,
}

impl Default for Grants {
    fn default() -> Self {
        Self::none()
    }
}

impl Grants {
    /// Nothing: the program computes.
    ///
    /// ```
    /// assert!(!rtfs_host::Grants::none().allows("shop.price"));
    /// ```
    pub fn none() -> Self {
        Self {
            capabilities: Capabilities::Only(BTreeSet::new()),
            declared: None,
            dynamic: false,
            dirs: Vec::new(),
            env: Vec::new(),
            net: BTreeSet::new(),
        }
    }

    /// Every capability, computed ids too: for code the operator trusts as their own.
    ///
    /// ```
    /// assert!(rtfs_host::Grants::all_capabilities().allows("anything"));
    /// ```
    pub fn all_capabilities() -> Self {
        Self {
            capabilities: Capabilities::All,
            dynamic: true,
            ..Self::none()
        }
    }

    /// Adds one capability id.
    ///
    /// ```
    /// let grants = rtfs_host::Grants::none().with_capability("shop.price");
    /// assert!(grants.allows("shop.price"));
    /// ```
    #[must_use]
    pub fn with_capability(mut self, id: impl Into<String>) -> Self {
        if let Capabilities::Only(ids) = &mut self.capabilities {
            ids.insert(id.into());
        }
        self
    }

    /// Allows granted ids that the program computes instead of writing them down.
    ///
    /// ```
    /// let grants = rtfs_host::Grants::none()
    ///     .with_capability("shop.price")
    ///     .declared(["shop.buy"])
    ///     .with_dynamic();
    /// assert!(grants.allows("shop.price"));
    /// ```
    #[must_use]
    pub fn with_dynamic(mut self) -> Self {
        self.dynamic = true;
        self
    }

    /// States the ids that the module declares. Without this, the module's side is not asked.
    ///
    /// ```
    /// let grants = rtfs_host::Grants::none()
    ///     .with_capability("shop.price")
    ///     .with_capability("shop.buy")
    ///     .declared(["shop.price"]);
    /// assert!(grants.allows("shop.price"));
    /// assert!(!grants.allows("shop.buy"));
    /// ```
    #[must_use]
    pub fn declared<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        let ids: BTreeSet<String> = ids.into_iter().map(Into::into).collect();
        self.declared = Some(match self.declared {
            Some(before) => before.intersection(&ids).cloned().collect(),
            None => ids,
        });
        self
    }

    /// Lets the guest see a directory through WASI.
    ///
    /// ```no_run
    /// use cap_std::{ambient_authority, fs::Dir};
    /// use rtfs_host::{Access, DirGrant, Grants};
    /// use std::sync::Arc;
    ///
    /// let dir = Dir::open_ambient_dir("data", ambient_authority())?;
    /// let grants = Grants::none().with_dir(DirGrant {
    ///     dir: Arc::new(dir),
    ///     guest_path: "/data".into(),
    ///     access: Access::ReadOnly,
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn with_dir(mut self, dir: DirGrant) -> Self {
        self.dirs.push(dir);
        self
    }

    /// Lets the guest see one environment variable, with the value given here.
    ///
    /// ```
    /// let grants = rtfs_host::Grants::none().with_env("LANG", "C");
    /// assert!(grants.opens_wasi());
    /// ```
    #[must_use]
    pub fn with_env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Lets the guest open TCP connections to one address.
    ///
    /// ```
    /// let address = "127.0.0.1:8080".parse()?;
    /// let grants = rtfs_host::Grants::none().with_net(address);
    /// assert!(grants.opens_wasi());
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    #[must_use]
    pub fn with_net(mut self, address: SocketAddr) -> Self {
        self.net.insert(address);
        self
    }

    /// What both allow. Never more than either.
    ///
    /// Directories and variables are kept when `other` has the same guest path or name and at
    /// least as much access; the directory itself always comes from `self`.
    ///
    /// ```
    /// use rtfs_host::Grants;
    ///
    /// let all = Grants::all_capabilities();
    /// let one = Grants::none().with_capability("shop.price");
    /// assert!(all.narrow(&one).allows("shop.price"));
    /// assert!(!all.narrow(&one).allows("shop.buy"));
    /// ```
    #[must_use]
    pub fn narrow(&self, other: &Grants) -> Grants {
        let capabilities = match (&self.capabilities, &other.capabilities) {
            (Capabilities::All, both) | (both, Capabilities::All) => both.clone(),
            (Capabilities::Only(a), Capabilities::Only(b)) => {
                Capabilities::Only(a.intersection(b).cloned().collect())
            }
        };
        let declared = match (&self.declared, &other.declared) {
            (None, both) | (both, None) => both.clone(),
            (Some(a), Some(b)) => Some(a.intersection(b).cloned().collect()),
        };
        Grants {
            capabilities,
            declared,
            dynamic: self.dynamic && other.dynamic,
            dirs: self
                .dirs
                .iter()
                .filter_map(|dir| dir.narrow(other))
                .collect(),
            env: self
                .env
                .iter()
                .filter(|variable| other.env.contains(variable))
                .cloned()
                .collect(),
            net: self.net.intersection(&other.net).copied().collect(),
        }
    }

    /// Whether a program may call this capability.
    ///
    /// ```
    /// assert!(rtfs_host::Grants::none().allows("declared:parse"));
    /// ```
    pub fn allows(&self, id: &str) -> bool {
        if id.starts_with(DECLARED_PREFIX) {
            return true;
        }
        let granted = match &self.capabilities {
            Capabilities::All => true,
            Capabilities::Only(ids) => ids.contains(id),
        };
        let declared = match &self.declared {
            Some(ids) => self.dynamic || ids.contains(id),
            None => true,
        };
        granted && declared
    }

    /// The security level in messages: `Pure`, `Controlled` or `Full`.
    ///
    /// ```
    /// use rtfs_host::Grants;
    ///
    /// assert_eq!(Grants::none().level(), "Pure");
    /// assert_eq!(Grants::none().with_capability("a").level(), "Controlled");
    /// assert_eq!(Grants::all_capabilities().level(), "Full");
    /// ```
    pub fn level(&self) -> &'static str {
        match &self.capabilities {
            Capabilities::All => "Full",
            Capabilities::Only(ids) if ids.is_empty() => "Pure",
            Capabilities::Only(_) => "Controlled",
        }
    }

    /// Whether anything beyond the empty deterministic WASI world is open.
    ///
    /// ```
    /// assert!(!rtfs_host::Grants::all_capabilities().opens_wasi());
    /// ```
    pub fn opens_wasi(&self) -> bool {
        !(self.dirs.is_empty() && self.env.is_empty() && self.net.is_empty())
    }

    pub(crate) fn dirs(&self) -> &[DirGrant] {
        &self.dirs
    }

    pub(crate) fn env(&self) -> &[(String, String)] {
        &self.env
    }

    pub(crate) fn net(&self) -> &BTreeSet<SocketAddr> {
        &self.net
    }
}

impl DirGrant {
    fn narrow(&self, other: &Grants) -> Option<DirGrant> {
        let limit = other
            .dirs
            .iter()
            .filter(|dir| dir.guest_path == self.guest_path)
            .map(|dir| dir.access)
            .max()?;
        Some(DirGrant {
            access: self.access.min(limit),
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(grants: &Grants) -> Vec<&'static str> {
        ["a", "b", "c"]
            .into_iter()
            .filter(|id| grants.allows(id))
            .collect()
    }

    #[test]
    fn narrowing_never_widens() {
        let cases = [
            Grants::none(),
            Grants::none().with_capability("a"),
            Grants::none().with_capability("b").with_capability("c"),
            Grants::none().with_capability("a").declared(["a", "b"]),
            Grants::none()
                .with_capability("c")
                .declared(["a"])
                .with_dynamic(),
            Grants::all_capabilities(),
            Grants::all_capabilities().declared(["b"]),
        ];
        for one in &cases {
            for other in &cases {
                let both = one.narrow(other);
                for id in ids(&both) {
                    assert!(one.allows(id), "{id}: {one:?} narrowed by {other:?}");
                    assert!(other.allows(id), "{id}: {one:?} narrowed by {other:?}");
                }
            }
        }
    }

    #[test]
    fn narrowing_by_itself_changes_nothing() {
        let grants = Grants::none().with_capability("a").declared(["a", "b"]);
        assert_eq!(ids(&grants.narrow(&grants)), ids(&grants));
    }

    #[test]
    fn an_undeclared_id_needs_the_dynamic_grant() {
        let grants = Grants::none().with_capability("a").declared(["b"]);
        assert!(!grants.allows("a"));
        assert!(grants.with_dynamic().allows("a"));
    }

    #[test]
    fn environment_variables_survive_only_with_the_same_value() {
        let here = Grants::none().with_env("A", "1").with_env("B", "2");
        let there = Grants::none().with_env("A", "1").with_env("B", "3");
        assert_eq!(
            here.narrow(&there).env(),
            [("A".to_owned(), "1".to_owned())]
        );
    }
}
