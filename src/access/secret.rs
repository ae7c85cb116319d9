//! The key itself, as its owner holds it, and what the library keeps of it.

use std::fmt;

/// What a key begins with, so that a scanner finds one that leaked.
const PREFIX: &str = "jida_";
/// Random bytes of a key.
const SECRET_BYTES: usize = 24;

/// A key as its owner holds it. Not printed but where it is handed over.
pub struct Secret(String);

impl Secret {
    /// A new random key; fails where the system has no randomness.
    pub fn random() -> Result<Secret, getrandom::Error> {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes)?;
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Secret(format!("{PREFIX}{digits}")))
    }

    /// The text to be handed to the owner, once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// BLAKE3 of a key. A slow hash for passwords would add nothing: a key has 192
/// random bits, nobody can try them through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Of a key as a caller sends it.
    pub fn of(presented: &str) -> SecretHash {
        SecretHash(*blake3::hash(presented.as_bytes()).as_bytes())
    }

    /// As kept in the database.
    pub fn from_bytes(bytes: [u8; 32]) -> SecretHash {
        SecretHash(bytes)
    }

    /// As kept in the database.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key's id, by which lists and logs name it.
    pub fn key_id(&self) -> String {
        self.0[..4].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
