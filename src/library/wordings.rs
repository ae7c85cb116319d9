//! Wordings that an entry is not to have: somebody looked at them and said no.

use std::collections::HashSet;

use rusqlite::{TransactionBehavior, params};

use super::audit::{self, AuditEvent};
use super::gaps::bare;
use super::{Library, LibraryError};

impl Library {
    /// Remembers that a wording is not one of an entry's.
    pub fn refuse_wording(
        &mut self,
        entry_id: &str,
        question: &str,
        (made_by, reason): (&str, &str),
    ) -> Result<(), LibraryError> {
        let now = jiff::Timestamp::now().to_string();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "INSERT OR IGNORE INTO wording_refused (entry_id, wording, refused_at, refused_by)
                   VALUES (?1, ?2, ?3, ?4)";
        if transaction.execute(sql, params![entry_id, bare(question), now, made_by])? > 0 {
            let event = AuditEvent { actor: made_by, action: "wording.refused", object: entry_id, reason };
            audit::write(&transaction, &now, &event)?;
        }
        Ok(transaction.commit()?)
    }

    /// The wordings an entry is not to have, letters and digits only.
    pub fn refused_wordings(&self, entry_id: &str) -> Result<HashSet<String>, LibraryError> {
        let sql = "SELECT wording FROM wording_refused WHERE entry_id = ?1";
        let mut query = self.connection.prepare_cached(sql)?;
        Ok(query.query_map([entry_id], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }
}
