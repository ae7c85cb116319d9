//! Settings that belong to the library rather than to one server of it.

use rusqlite::{OptionalExtension, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::audit::{self, AuditEvent};
use super::{Library, LibraryError};

const FOUR_EYES: &str = "four_eyes";

/// How the library is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether what one person wrote is published by another, a reviewer.
    pub four_eyes: bool,
}

impl Library {
    /// The settings in force.
    pub fn settings(&self) -> Result<Settings, LibraryError> {
        let sql = "SELECT value FROM setting WHERE name = ?1";
        let four_eyes: Option<String> =
            self.connection.prepare_cached(sql)?.query_row([FOUR_EYES], |row| row.get(0)).optional()?;
        Ok(Settings { four_eyes: four_eyes.as_deref() == Some("on") })
    }

    /// Puts settings in force.
    pub fn set(&mut self, settings: Settings, made_by: &str, reason: &str) -> Result<(), LibraryError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = if settings.four_eyes { "on" } else { "off" };
        let sql = "INSERT INTO setting (name, value) VALUES (?1, ?2)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        transaction.execute(sql, params![FOUR_EYES, value])?;
        let object = format!("{FOUR_EYES}={value}");
        let event = AuditEvent { actor: made_by, action: "settings.changed", object: &object, reason };
        audit::write(&transaction, &jiff::Timestamp::now().to_string(), &event)?;
        Ok(transaction.commit()?)
    }
}
