//! Keys in the library: made, listed, revoked. What is kept of a key is its
//! hash; the key itself is handed out once, by whoever makes it.

use std::collections::HashMap;

use jiff::civil::Date;
use rusqlite::{Connection, Row, TransactionBehavior, params};

use super::audit::{self, AuditEvent};
use super::{Library, LibraryError};
use crate::access::{Key, Keyring, Role, Scope, Secret, SecretHash};

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    pub name: String,
    pub role: Role,
    pub scope: Scope,
    /// The last day on which it works.
    pub expires_on: Option<Date>,
}

const COLUMNS: &str =
    "id, name, role, scope, expires_on, made_at, made_by, revoked_at, revoked_by, secret_hash";

impl Library {
    /// Makes a key and returns it with its secret, which is kept nowhere.
    pub fn create_key(&mut self, new: &NewKey, made_by: &str) -> Result<(Key, Secret), LibraryError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let made = insert(&transaction, new, made_by)?;
        let reason = format!("{}：{}", new.role.as_str(), new.name);
        let event = AuditEvent { actor: made_by, action: "key.created", object: &made.0.id, reason: &reason };
        audit::write(&transaction, &made.0.made_at, &event)?;
        transaction.commit()?;
        Ok(made)
    }

    /// Makes a key that may do what another may and lets that one end on a day,
    /// or earlier where it would; none where no key of that id works.
    pub fn rotate_key(
        &mut self,
        id: &str,
        last: Date,
        rotated_by: &str,
    ) -> Result<Option<(Key, Secret)>, LibraryError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let old = hashed_keys(&transaction)?.into_iter().map(|(_, key)| key);
        let Some(old) = old.into_iter().find(|key| key.id == id && key.revoked_at.is_none()) else {
            return Ok(None);
        };
        let new = NewKey {
            name: old.name.clone(),
            role: old.role,
            scope: old.scope.clone(),
            expires_on: old.expires_on,
        };
        let made = insert(&transaction, &new, rotated_by)?;
        let last = old.expires_on.map_or(last, |earlier| earlier.min(last));
        let sql = "UPDATE access_key SET expires_on = ?2 WHERE id = ?1";
        transaction.execute(sql, params![id, last.to_string()])?;
        let reason = format!("换成 {}，旧的用到 {last}", made.0.id);
        let event = AuditEvent { actor: rotated_by, action: "key.rotated", object: id, reason: &reason };
        audit::write(&transaction, &made.0.made_at, &event)?;
        transaction.commit()?;
        Ok(Some(made))
    }

    /// When each key was used last, by id; a key without a use is not there.
    pub fn last_uses(&self) -> Result<HashMap<String, String>, LibraryError> {
        let sql = "SELECT key_id, MAX(last_at) FROM key_use GROUP BY key_id";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Ends a key for good; false where there is none of that id, or it has
    /// ended before.
    pub fn revoke_key(&mut self, id: &str, revoked_by: &str, reason: &str) -> Result<bool, LibraryError> {
        let now = jiff::Timestamp::now().to_string();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql =
            "UPDATE access_key SET revoked_at = ?2, revoked_by = ?3 WHERE id = ?1 AND revoked_at IS NULL";
        if transaction.execute(sql, params![id, now, revoked_by])? == 0 {
            return Ok(false);
        }
        let event = AuditEvent { actor: revoked_by, action: "key.revoked", object: id, reason };
        audit::write(&transaction, &now, &event)?;
        transaction.commit()?;
        Ok(true)
    }

    /// All keys, oldest first, revoked ones too.
    pub fn keys(&self) -> Result<Vec<Key>, LibraryError> {
        Ok(hashed_keys(&self.connection)?.into_iter().map(|(_, key)| key).collect())
    }

    /// All keys as a server needs them.
    pub fn keyring(&self) -> Result<Keyring, LibraryError> {
        Ok(Keyring::new(hashed_keys(&self.connection)?))
    }
}

/// Writes a new key down within a transaction.
fn insert(connection: &Connection, new: &NewKey, made_by: &str) -> Result<(Key, Secret), LibraryError> {
    let secret = Secret::random().map_err(LibraryError::Randomness)?;
    let key = Key {
        id: secret.hash().key_id(),
        name: new.name.clone(),
        role: new.role,
        scope: new.scope.clone(),
        expires_on: new.expires_on,
        made_at: jiff::Timestamp::now().to_string(),
        made_by: made_by.to_owned(),
        revoked_at: None,
        revoked_by: None,
    };
    let scope = serde_json::to_string(&key.scope)
        .map_err(|source| LibraryError::Content { id: key.id.clone(), source })?;
    connection.execute(
        "INSERT INTO access_key (id, name, role, scope, expires_on, made_at, made_by, secret_hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            key.id,
            key.name,
            key.role.as_str(),
            scope,
            key.expires_on.map(|day| day.to_string()),
            key.made_at,
            made_by,
            secret.hash().as_bytes()
        ],
    )?;
    Ok((key, secret))
}

fn hashed_keys(connection: &Connection) -> Result<Vec<(SecretHash, Key)>, LibraryError> {
    let sql = format!("SELECT {COLUMNS} FROM access_key ORDER BY made_at, id");
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query([])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(hashed_key(row)?);
    }
    Ok(keys)
}

fn hashed_key(row: &Row<'_>) -> Result<(SecretHash, Key), LibraryError> {
    let id: String = row.get(0)?;
    let scope: String = row.get(3)?;
    let scope =
        serde_json::from_str(&scope).map_err(|source| LibraryError::Content { id: id.clone(), source })?;
    let role: String = row.get(2)?;
    let expires_on: Option<String> = row.get(4)?;
    let key = Key {
        name: row.get(1)?,
        // What cannot be read may do least, and is over.
        role: Role::parse(&role).unwrap_or(Role::Chatbot),
        scope,
        expires_on: expires_on.map(|day| day.parse().unwrap_or(Date::MIN)),
        made_at: row.get(5)?,
        made_by: row.get(6)?,
        revoked_at: row.get(7)?,
        revoked_by: row.get(8)?,
        id,
    };
    Ok((SecretHash::from_bytes(row.get(9)?), key))
}
