//! All keys of a library, as a server holds them: found by hash, without a
//! look into the database.

use std::collections::HashMap;

use jiff::civil::Date;

use super::{Key, SecretHash};

/// Keys by the hash of their secret.
#[derive(Debug, Default, Clone)]
pub struct Keyring {
    keys: HashMap<SecretHash, Key>,
}

/// Why a presented key opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Unknown,
    Revoked,
    Expired(Date),
}

impl Keyring {
    /// Of all keys with their hashes.
    pub fn new(keys: impl IntoIterator<Item = (SecretHash, Key)>) -> Keyring {
        Keyring { keys: keys.into_iter().collect() }
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// All keys, revoked ones too, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.values()
    }

    /// The key a caller presents, on a day.
    pub fn open(&self, presented: &str, today: Date) -> Result<&Key, Refused> {
        let key = self.keys.get(&SecretHash::of(presented)).ok_or(Refused::Unknown)?;
        match key.expires_on {
            _ if key.revoked_at.is_some() => Err(Refused::Revoked),
            Some(last) if last < today => Err(Refused::Expired(last)),
            _ => Ok(key),
        }
    }
}
