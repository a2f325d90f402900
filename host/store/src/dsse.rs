//! Signed envelopes: DSSE (Dead Simple Signing Envelope, v1) with one spelling.
//!
//! What is signed is the pre-authentication encoding of type and payload, so a signature over one
//! kind of document can never be passed off as one over another. Only the canonical JSON form is
//! read: fields in order, no white space, padded standard base64, key ids of 64 digits. Any other
//! byte makes another envelope, and that is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::digest::KeyId;
use crate::key::{SignError, Signer};

/// The payload type of every envelope in a store.
pub(crate) const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// Envelopes with more signatures than this are refused.
const MAX_SIGNATURES: usize = 16;

/// A payload with the signatures over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    payload: Vec<u8>,
    pub(crate) signatures: Vec<EnvelopeSignature>,
}

/// One signature, and the key it says it is by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnvelopeSignature {
    pub(crate) key: KeyId,
    pub(crate) bytes: [u8; 64],
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    payload: String,
    payload_type: String,
    signatures: Vec<DocumentSignature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentSignature {
    keyid: String,
    sig: String,
}

impl Envelope {
    /// Signs `payload`.
    pub(crate) fn seal(payload: Vec<u8>, signer: &dyn Signer) -> Result<Self, SignError> {
        let bytes = signer.sign(&encode_for_signing(&payload))?;
        let key = signer.public_key().id();
        Ok(Self {
            payload,
            signatures: vec![EnvelopeSignature { key, bytes }],
        })
    }

    /// The canonical JSON form.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let signatures = self.signatures.iter().map(|signature| DocumentSignature {
            keyid: signature.key.hex(),
            sig: STANDARD.encode(signature.bytes),
        });
        let document = Document {
            payload: STANDARD.encode(&self.payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: signatures.collect(),
        };
        serde_json::to_vec(&document).expect("strings and arrays of strings are always JSON")
    }

    /// Reads the canonical JSON form and nothing else.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let document: Document = serde_json::from_slice(bytes).ok()?;
        if document.payload_type != PAYLOAD_TYPE || document.signatures.len() > MAX_SIGNATURES {
            return None;
        }
        let signatures = document.signatures.iter().map(|signature| {
            Some(EnvelopeSignature {
                key: KeyId::from_hex(&signature.keyid)?,
                bytes: STANDARD.decode(&signature.sig).ok()?.try_into().ok()?,
            })
        });
        let envelope = Self {
            payload: STANDARD.decode(&document.payload).ok()?,
            signatures: signatures.collect::<Option<_>>()?,
        };
        (envelope.encode() == bytes).then_some(envelope)
    }

    /// The bytes that the signatures are over.
    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        encode_for_signing(&self.payload)
    }

    /// The payload, whether or not any signature is good. What is read from it may be listed and
    /// kept alive, never acted upon.
    pub(crate) fn payload_unverified(&self) -> &[u8] {
        &self.payload
    }
}

/// DSSE's pre-authentication encoding.
fn encode_for_signing(payload: &[u8]) -> Vec<u8> {
    let head = format!(
        "DSSEv1 {} {PAYLOAD_TYPE} {} ",
        PAYLOAD_TYPE.len(),
        payload.len()
    );
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::LocalSigner;

    fn sealed() -> Envelope {
        Envelope::seal(b"{}".to_vec(), &LocalSigner::from_seed(&[1; 32])).unwrap()
    }

    #[test]
    fn signs_type_and_payload_by_the_standard() {
        let expected = b"DSSEv1 28 application/vnd.in-toto+json 2 {}";
        assert_eq!(sealed().signed_bytes(), expected);
    }

    #[test]
    fn equal_payloads_give_equal_bytes() {
        assert_eq!(sealed().encode(), sealed().encode());
        assert_eq!(Envelope::decode(&sealed().encode()), Some(sealed()));
    }

    #[test]
    fn reads_one_spelling_only() {
        let text = String::from_utf8(sealed().encode()).unwrap();
        for other in [
            format!("{text} "),
            text.replace(":\"", ": \""),
            text.replace("e30=", "e30"),
            text.replace("e30=", "e31="),
            text.replace("in-toto", "in\\u002dtoto"),
            text.replace("vnd.in-toto+json", "json"),
            text.replace("\"signatures\":[", "\"x\":1,\"signatures\":["),
        ] {
            assert_ne!(other, text, "the change took place");
            assert_eq!(Envelope::decode(other.as_bytes()), None, "{other}");
        }
    }
}
