//! Whom to believe, and what became of a record under that belief.
//!
//! Belief starts with *anchors*: public keys that come from outside the store. Everything else is
//! a signed statement of an anchor: trust this key, revoke that key, revoke that digest. A trusted
//! key may also revoke itself. Revocation is final.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, KeyId};
use crate::dsse::Envelope;
use crate::key::PublicKey;
use crate::statement::{InvalidStatement, Statement, base64_bytes, check_prose, check_text};

/// Longest label or reason, in bytes.
const MAX_TEXT_BYTES: usize = 1024;

/// A statement on a key or a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "action",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum TrustStatement {
    /// Records signed by the key are trusted.
    TrustKey {
        /// SubjectPublicKeyInfo in DER.
        #[serde(with = "base64_bytes")]
        key: Vec<u8>,
        /// Whose key it is, in the signer's words.
        label: String,
    },
    /// Nothing signed by the key is trusted, whenever it was signed.
    RevokeKey {
        /// The key.
        key: KeyId,
        /// Why.
        reason: String,
    },
    /// The bytes are refused, whoever signed them.
    RevokeDigest {
        /// A component, source, IR or record.
        digest: Digest,
        /// Why.
        reason: String,
    },
    /// What is asked of components before they are taken. Only the one with the highest sequence
    /// counts.
    SetPolicy {
        /// 1, then counting up.
        sequence: u64,
        /// As in [`StorePolicy::require_summary`].
        require_summary: bool,
    },
}

/// What is asked of components before they are taken into a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StorePolicy {
    /// Number of the statement that says so; 0 when there is none.
    pub sequence: u64,
    /// Components come with a summary that somebody who is trusted signed, saying that they conform.
    pub require_summary: bool,
}

impl StorePolicy {
    /// Of two, the one that counts: the later, or else the stricter.
    fn or(self, other: Self) -> Self {
        let rank = |policy: &Self| (policy.sequence, policy.require_summary);
        std::cmp::max_by_key(self, other, rank)
    }
}

impl TrustStatement {
    pub(crate) fn check(&self) -> Result<(), InvalidStatement> {
        match self {
            Self::TrustKey { key, label } => {
                PublicKey::from_der(key).map_err(|error| InvalidStatement::Malformed {
                    detail: error.to_string(),
                })?;
                check_text("label", label, MAX_TEXT_BYTES)
            }
            Self::RevokeKey { reason, .. } | Self::RevokeDigest { reason, .. } => {
                check_prose("reason", reason, MAX_TEXT_BYTES)
            }
            Self::SetPolicy { .. } => Ok(()),
        }
    }
}

/// What became of a record. Only [`Verdict::Trusted`] allows running what it names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Whole, signed by a trusted key, and nothing in it is revoked.
    Trusted {
        /// The key that signed.
        signer: KeyId,
    },
    /// Nobody who is trusted signed it.
    UnknownSigner {
        /// The keys it says it is signed by, unchecked.
        claimed: Vec<KeyId>,
    },
    /// The key that signed it is revoked.
    RevokedKey {
        /// The key.
        key: KeyId,
        /// Why it was revoked.
        reason: String,
    },
    /// It is, or names, bytes that are revoked.
    RevokedDigest {
        /// The bytes.
        digest: Digest,
        /// Why they were revoked.
        reason: String,
    },
    /// It is not what a signer signed.
    Corrupt(Corruption),
}

/// How a record is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Corruption {
    /// Its bytes do not hash to its name.
    Digest {
        /// What they hash to.
        actual: Digest,
    },
    /// It is not an envelope in canonical form.
    Envelope,
    /// A signature by a known key does not fit.
    Signature {
        /// The key.
        key: KeyId,
    },
    /// Well signed, but not a statement this version understands.
    Statement(InvalidStatement),
}

impl Verdict {
    /// Whether what the record names may be used.
    pub fn is_trusted(&self) -> bool {
        matches!(self, Self::Trusted { .. })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trusted { signer } => write!(f, "trusted, signed by {signer}"),
            Self::UnknownSigner { claimed } => match claimed.first() {
                Some(key) => write!(f, "signer {key} is not trusted"),
                None => write!(f, "not signed"),
            },
            Self::RevokedKey { key, reason } => write!(f, "signer {key} is revoked: {reason}"),
            Self::RevokedDigest { digest, reason } => write!(f, "{digest} is revoked: {reason}"),
            Self::Corrupt(corruption) => write!(f, "{corruption}"),
        }
    }
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest { actual } => write!(f, "altered: the record's bytes hash to {actual}"),
            Self::Envelope => write!(f, "altered: not a signed envelope"),
            Self::Signature { key } => write!(f, "altered: the signature of {key} does not fit"),
            Self::Statement(error) => write!(f, "signed, but not usable: {error}"),
        }
    }
}

/// A key that is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// The key.
    pub key: PublicKey,
    /// Whose it is; none for anchors.
    pub label: Option<String>,
}

/// Everything that decides about a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustSet {
    keys: BTreeMap<KeyId, TrustedKey>,
    revoked_keys: BTreeMap<KeyId, String>,
    revoked_digests: BTreeMap<Digest, String>,
    policy: StorePolicy,
    ignored: Vec<IgnoredStatement>,
}

/// A file among the trust statements that does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredStatement {
    /// The digest in its name.
    pub digest: Digest,
    /// Why. `Trusted` means that the signer is believed, but not in this: only anchors speak about
    /// other keys and digests.
    pub verdict: Verdict,
}

impl TrustSet {
    /// Believes the anchors, and what they signed among `files` (digest in the name, bytes).
    pub(crate) fn new(anchors: &[PublicKey], files: &[(Digest, Vec<u8>)]) -> Self {
        let mut set = Self::default();
        for key in anchors {
            let (key, label) = (key.clone(), None);
            set.keys.insert(key.id(), TrustedKey { key, label });
        }
        let mut open = Vec::new();
        for (digest, bytes) in files {
            match Candidate::read(digest, bytes) {
                Ok(candidate) => open.push(candidate),
                Err(corruption) => set.ignore(*digest, Verdict::Corrupt(corruption)),
            }
        }
        // First what the anchors revoke, so that the order of files says nothing; then what the
        // remaining anchors trust; then what those keys revoke of themselves.
        let anchors = set.keys.clone();
        let open = set.revoke_by(&anchors, open);
        let open = set.policy_by(&anchors, open);
        let open = set.trust_by(&anchors, open);
        let keys = set.keys.clone();
        let open = set.revoke_own(&keys, open);
        for candidate in open {
            let verdict = set.judge_signatures(&candidate.envelope);
            set.ignore(candidate.digest, verdict);
        }
        set
    }

    fn revoke_by(
        &mut self,
        by: &BTreeMap<KeyId, TrustedKey>,
        open: Vec<Candidate>,
    ) -> Vec<Candidate> {
        self.take(open, |set, candidate| match &candidate.statement {
            TrustStatement::TrustKey { .. } | TrustStatement::SetPolicy { .. } => false,
            revocation => candidate.signer_in(by).is_some() && set.revoke(revocation),
        })
    }

    fn policy_by(
        &mut self,
        by: &BTreeMap<KeyId, TrustedKey>,
        open: Vec<Candidate>,
    ) -> Vec<Candidate> {
        self.take(open, |set, candidate| match candidate.statement {
            TrustStatement::SetPolicy {
                sequence,
                require_summary,
            } => {
                let signer = candidate.signer_in(by);
                let believed = signer.is_some_and(|key| !set.revoked_keys.contains_key(&key));
                if believed {
                    set.policy = set.policy.or(StorePolicy {
                        sequence,
                        require_summary,
                    });
                }
                believed
            }
            _ => false,
        })
    }

    fn trust_by(
        &mut self,
        by: &BTreeMap<KeyId, TrustedKey>,
        open: Vec<Candidate>,
    ) -> Vec<Candidate> {
        self.take(open, |set, candidate| match &candidate.statement {
            TrustStatement::TrustKey { key, label } => {
                let signer = candidate.signer_in(by);
                let believed = signer.is_some_and(|key| !set.revoked_keys.contains_key(&key));
                match PublicKey::from_der(key) {
                    Ok(key) if believed => {
                        let label = Some(label.clone());
                        let trusted = TrustedKey { key, label };
                        set.keys.entry(trusted.key.id()).or_insert(trusted);
                        true
                    }
                    _ => false,
                }
            }
            _ => false,
        })
    }

    fn revoke_own(
        &mut self,
        by: &BTreeMap<KeyId, TrustedKey>,
        open: Vec<Candidate>,
    ) -> Vec<Candidate> {
        self.take(open, |set, candidate| match &candidate.statement {
            revocation @ TrustStatement::RevokeKey { key, .. } => {
                candidate.signer_in(by) == Some(*key) && set.revoke(revocation)
            }
            _ => false,
        })
    }

    /// Candidates that `apply` did not take.
    fn take(
        &mut self,
        open: Vec<Candidate>,
        apply: impl Fn(&mut Self, &Candidate) -> bool,
    ) -> Vec<Candidate> {
        open.into_iter()
            .filter(|candidate| !apply(self, candidate))
            .collect()
    }

    fn revoke(&mut self, revocation: &TrustStatement) -> bool {
        match revocation {
            TrustStatement::RevokeKey { key, reason } => {
                self.revoked_keys.entry(*key).or_insert(reason.clone());
            }
            TrustStatement::RevokeDigest { digest, reason } => {
                self.revoked_digests
                    .entry(*digest)
                    .or_insert(reason.clone());
            }
            TrustStatement::TrustKey { .. } | TrustStatement::SetPolicy { .. } => return false,
        }
        true
    }

    fn ignore(&mut self, digest: Digest, verdict: Verdict) {
        self.ignored.push(IgnoredStatement { digest, verdict });
    }

    /// The key that is believed and that made a pure Ed25519 signature over `message`.
    pub fn signer_of(&self, message: &[u8], signature: &[u8; 64]) -> Option<&TrustedKey> {
        self.keys
            .values()
            .filter(|trusted| !self.revoked_keys.contains_key(&trusted.key.id()))
            .find(|trusted| trusted.key.verifies(message, signature))
    }

    /// Keys that are believed: trusted and not revoked.
    pub fn keys(&self) -> impl Iterator<Item = &TrustedKey> {
        let is_good = |key: &&TrustedKey| !self.revoked_keys.contains_key(&key.key.id());
        self.keys.values().filter(is_good)
    }

    /// Revoked keys, each with the reason.
    pub fn revoked_keys(&self) -> impl Iterator<Item = (KeyId, &str)> {
        self.revoked_keys
            .iter()
            .map(|(key, why)| (*key, why.as_str()))
    }

    /// Revoked digests, each with the reason.
    pub fn revoked_digests(&self) -> impl Iterator<Item = (Digest, &str)> {
        self.revoked_digests
            .iter()
            .map(|(digest, why)| (*digest, why.as_str()))
    }

    /// What is asked of components before they are taken.
    pub fn policy(&self) -> StorePolicy {
        self.policy
    }

    /// Files among the trust statements that do not count, and why.
    pub fn ignored(&self) -> &[IgnoredStatement] {
        &self.ignored
    }

    /// Judges a record by the digest in its name and its bytes. The statement is there for every
    /// record that can be read; only a trusted one may be acted upon.
    pub(crate) fn judge(&self, digest: &Digest, bytes: &[u8]) -> (Verdict, Option<Statement>) {
        let actual = Digest::of(bytes);
        if actual != *digest {
            return (Verdict::Corrupt(Corruption::Digest { actual }), None);
        }
        let Some(envelope) = Envelope::decode(bytes) else {
            return (Verdict::Corrupt(Corruption::Envelope), None);
        };
        let verdict = self.judge_signatures(&envelope);
        match Statement::decode(envelope.payload_unverified()) {
            Ok(statement) => {
                let digests = std::iter::once(*digest).chain(statement.digests());
                let verdict = match (verdict, self.first_revoked(digests)) {
                    (corrupt @ Verdict::Corrupt(_), _) => corrupt,
                    (_, Some(revoked)) => revoked,
                    (verdict, None) => verdict,
                };
                (verdict, Some(statement))
            }
            Err(error) if verdict.is_trusted() => {
                (Verdict::Corrupt(Corruption::Statement(error)), None)
            }
            Err(_) => (verdict, None),
        }
    }

    fn first_revoked(&self, digests: impl Iterator<Item = Digest>) -> Option<Verdict> {
        digests
            .filter_map(|digest| Some((digest, self.revoked_digests.get(&digest)?)))
            .map(|(digest, reason)| Verdict::RevokedDigest {
                digest,
                reason: reason.clone(),
            })
            .next()
    }

    /// The verdict by the signatures alone. One that does not fit spoils the envelope, whatever
    /// others say: nobody makes such a thing by honest means.
    fn judge_signatures(&self, envelope: &Envelope) -> Verdict {
        let message = envelope.signed_bytes();
        let mut signer = None;
        let mut revoked = None;
        for signature in &envelope.signatures {
            let key = signature.key;
            if let Some(trusted) = self.keys.get(&key)
                && !trusted.key.verifies(&message, &signature.bytes)
            {
                return Verdict::Corrupt(Corruption::Signature { key });
            }
            if let Some(reason) = self.revoked_keys.get(&key) {
                revoked.get_or_insert((key, reason.clone()));
            } else if self.keys.contains_key(&key) {
                signer.get_or_insert(key);
            }
        }
        match (signer, revoked) {
            (Some(signer), _) => Verdict::Trusted { signer },
            (None, Some((key, reason))) => Verdict::RevokedKey { key, reason },
            (None, None) => Verdict::UnknownSigner {
                claimed: envelope.signatures.iter().map(|by| by.key).collect(),
            },
        }
    }
}

/// A readable trust statement whose signatures are still to be checked.
struct Candidate {
    digest: Digest,
    envelope: Envelope,
    statement: TrustStatement,
}

impl Candidate {
    fn read(digest: &Digest, bytes: &[u8]) -> Result<Self, Corruption> {
        let actual = Digest::of(bytes);
        if actual != *digest {
            return Err(Corruption::Digest { actual });
        }
        let envelope = Envelope::decode(bytes).ok_or(Corruption::Envelope)?;
        match Statement::decode(envelope.payload_unverified()) {
            Ok(Statement::Trust(statement)) => Ok(Self {
                digest: *digest,
                envelope,
                statement,
            }),
            Ok(_) => Err(Corruption::Statement(InvalidStatement::Malformed {
                detail: "not a statement on trust".to_owned(),
            })),
            Err(error) => Err(Corruption::Statement(error)),
        }
    }

    /// The first key of `keys` with a good signature here.
    fn signer_in(&self, keys: &BTreeMap<KeyId, TrustedKey>) -> Option<KeyId> {
        let message = self.envelope.signed_bytes();
        let is_good = |key: &KeyId, bytes| {
            keys.get(key)
                .is_some_and(|trusted| trusted.key.verifies(&message, bytes))
        };
        self.envelope
            .signatures
            .iter()
            .find(|signature| is_good(&signature.key, &signature.bytes))
            .map(|signature| signature.key)
    }
}
