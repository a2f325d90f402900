//! Ed25519 keys: public ones with their identity, and whoever can sign.

use std::error::Error;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};

use crate::digest::{Digest, KeyId};

/// SubjectPublicKeyInfo of Ed25519 up to the key itself (RFC 8410): the rest has a fixed length,
/// so DER needs no parser here.
const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// The same for PKCS#8 version 1 (what `openssl genpkey -algorithm ed25519` writes).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const PUBLIC_LABEL: &str = "PUBLIC KEY";
const SECRET_LABEL: &str = "PRIVATE KEY";

/// Bytes or text that are not an Ed25519 key in the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 key in {expected} form")]
pub struct ParseKeyError {
    expected: &'static str,
}

/// A key that checks signatures.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    id: KeyId,
    key: VerifyingKey,
}

impl PublicKey {
    fn new(key: VerifyingKey) -> Self {
        Self {
            id: KeyId::from_bytes(*Digest::of(&spki(&key)).as_bytes()),
            key,
        }
    }

    /// Reads SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// When it is anything else, or a point of small order.
    pub fn from_der(der: &[u8]) -> Result<Self, ParseKeyError> {
        der.strip_prefix(&SPKI_PREFIX)
            .and_then(|key| key.try_into().ok())
            .and_then(|key| VerifyingKey::from_bytes(key).ok())
            .filter(|key| !key.is_weak())
            .map(Self::new)
            .ok_or(ParseKeyError {
                expected: "SubjectPublicKeyInfo",
            })
    }

    /// Reads SubjectPublicKeyInfo in PEM, as `openssl pkey -pubout` writes it.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn from_pem(text: &str) -> Result<Self, ParseKeyError> {
        Self::from_der(&from_pem(PUBLIC_LABEL, text).unwrap_or_default())
    }

    /// SubjectPublicKeyInfo in DER.
    pub fn to_der(&self) -> Vec<u8> {
        spki(&self.key)
    }

    /// SubjectPublicKeyInfo in PEM.
    pub fn to_pem(&self) -> String {
        to_pem(PUBLIC_LABEL, &self.to_der())
    }

    /// The SHA-256 of [`PublicKey::to_der`].
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whether `signature` is this key's over `message`, by the strict rules of
    /// `ed25519_dalek::VerifyingKey::verify_strict`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.key.verify_strict(message, &signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id.hex())
    }
}

fn spki(key: &VerifyingKey) -> Vec<u8> {
    [SPKI_PREFIX.as_slice(), key.as_bytes()].concat()
}

/// Why a signer did not sign.
#[derive(Debug, thiserror::Error)]
#[error("cannot sign with key {key}")]
pub struct SignError {
    /// The key that should have signed.
    pub key: KeyId,
    /// The signer's own account.
    pub source: Box<dyn Error + Send + Sync>,
}

/// Something that signs with one Ed25519 key: a file, an agent, a hardware token.
pub trait Signer: Send + Sync {
    /// The key that verifies what [`Signer::sign`] makes.
    fn public_key(&self) -> &PublicKey;

    /// The pure Ed25519 signature over `message`.
    ///
    /// # Errors
    /// When the key cannot be used now.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError>;
}

/// A signer that has its secret key in memory.
pub struct LocalSigner {
    secret: SigningKey,
    public: PublicKey,
}

impl LocalSigner {
    /// The signer of a 32-byte Ed25519 seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let secret = SigningKey::from_bytes(seed);
        let public = PublicKey::new(secret.verifying_key());
        Self { secret, public }
    }

    /// A new key from the operating system's generator.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn generate() -> std::io::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(std::io::Error::other)?;
        Ok(Self::from_seed(&seed))
    }

    /// Reads PKCS#8 in PEM, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn from_pem(text: &str) -> Result<Self, ParseKeyError> {
        from_pem(SECRET_LABEL, text)
            .as_deref()
            .and_then(|der| der.strip_prefix(&PKCS8_PREFIX))
            .and_then(|seed| seed.try_into().ok())
            .map(Self::from_seed)
            .ok_or(ParseKeyError {
                expected: "PKCS#8 PEM",
            })
    }

    /// PKCS#8 in PEM. Whoever reads it can sign as this key.
    pub fn to_pem(&self) -> String {
        let der = [PKCS8_PREFIX.as_slice(), self.secret.as_bytes()].concat();
        to_pem(SECRET_LABEL, &der)
    }
}

impl fmt::Debug for LocalSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalSigner({})", self.public.id.hex())
    }
}

impl Signer for LocalSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        use ed25519_dalek::Signer as _;
        Ok(self.secret.sign(message).to_bytes())
    }
}

fn to_pem(label: &str, der: &[u8]) -> String {
    // Both forms fit on one line of at most 64 characters.
    let body = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

fn from_pem(label: &str, text: &str) -> Option<Vec<u8>> {
    let body = text
        .trim()
        .strip_prefix(&format!("-----BEGIN {label}-----"))?
        .strip_suffix(&format!("-----END {label}-----"))?;
    STANDARD.decode(body.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410, section 10.3.
    const RFC_SECRET: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";
    const RFC_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
        -----END PUBLIC KEY-----\n";

    #[test]
    fn reads_and_writes_the_keys_of_the_standard() {
        let signer = LocalSigner::from_pem(RFC_SECRET).unwrap();
        assert_eq!(signer.to_pem(), RFC_SECRET);
        assert_eq!(signer.public_key().to_pem(), RFC_PUBLIC);
        let public = PublicKey::from_pem(RFC_PUBLIC).unwrap();
        assert_eq!(&public, signer.public_key());
    }

    #[test]
    fn a_signature_is_good_for_one_message_and_one_key() {
        let signer = LocalSigner::from_seed(&[1; 32]);
        let signature = signer.sign(b"message").unwrap();
        assert!(signer.public_key().verifies(b"message", &signature));
        assert!(!signer.public_key().verifies(b"massage", &signature));
        let other = LocalSigner::from_seed(&[2; 32]);
        assert!(!other.public_key().verifies(b"message", &signature));
    }

    #[test]
    fn refuses_what_is_not_a_key() {
        assert!(PublicKey::from_der(&[]).is_err());
        let small_order = [SPKI_PREFIX.as_slice(), &[0; 32]].concat();
        assert!(PublicKey::from_der(&small_order).is_err());
        assert!(PublicKey::from_pem(RFC_SECRET).is_err());
        assert!(LocalSigner::from_pem(RFC_PUBLIC).is_err());
    }

    #[test]
    fn debug_output_keeps_the_secret() {
        let signer = LocalSigner::from_seed(&[7; 32]);
        assert!(!format!("{signer:?}").contains("07070707"));
    }
}
