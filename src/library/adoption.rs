//! Which entry answered which question: written down by whoever adopted the
//! answer, one row a question, entry and adopter. The question memory is built
//! from these rows; a row can be taken out again.

use std::collections::HashSet;

use jiff::civil::Date;
use rusqlite::{Row, TransactionBehavior, params};
use serde::Serialize;

use super::audit::{self, AuditEvent};
use super::{Library, LibraryError};

/// How far an adoption can be trusted by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Labelled or confirmed by those who keep the library.
    Curated,
    /// Copied by one seat during a call.
    Seat,
}

impl Standing {
    fn as_str(self) -> &'static str {
        match self {
            Standing::Curated => "curated",
            Standing::Seat => "seat",
        }
    }
}

/// An entry that answered a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Adoption {
    pub question: String,
    pub entry_id: String,
    /// A seat, a key's name, a file of labelled questions.
    pub adopted_by: String,
    pub adopted_on: Date,
    pub standing: Standing,
}

/// Which adoptions are meant; `None` means any.
#[derive(Debug, Clone, Default)]
pub struct AdoptionFilter {
    /// A piece of the question.
    pub question: Option<String>,
    pub entry_id: Option<String>,
    pub adopted_by: Option<String>,
}

/// Answers that were taken out of the memory by hand.
#[derive(Debug, Clone, Default)]
pub struct Forgotten(HashSet<(String, String, String)>);

impl Forgotten {
    /// Whether this adopter's answer, or the answer at all, was taken out.
    pub fn has(&self, question: &str, entry_id: &str, adopted_by: &str) -> bool {
        let row = |by: &str| (question.to_owned(), entry_id.to_owned(), by.to_owned());
        !self.0.is_empty() && (self.0.contains(&row("")) || self.0.contains(&row(adopted_by)))
    }
}

const WHERE: &str = "WHERE (?1 IS NULL OR instr(question, ?1) > 0)
    AND (?2 IS NULL OR entry_id = ?2) AND (?3 IS NULL OR adopted_by = ?3)";

impl Library {
    /// Remembers adoptions, all or none. The same question, entry and adopter
    /// again only moves the day. Who keeps the library may bring back what was
    /// forgotten. Returns how many were given.
    pub fn adopt(&mut self, adoptions: &[Adoption]) -> Result<usize, LibraryError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "INSERT INTO adoption (question, entry_id, adopted_by, adopted_on, standing)
                   VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT (question, entry_id, adopted_by)
                   DO UPDATE SET adopted_on = excluded.adopted_on, standing = excluded.standing";
        let again = "DELETE FROM adoption_forgotten WHERE question = ?1 AND entry_id = ?2";
        for adoption in adoptions {
            if adoption.standing == Standing::Curated {
                transaction.prepare_cached(again)?.execute([&adoption.question, &adoption.entry_id])?;
            }
            transaction.prepare_cached(sql)?.execute(params![
                adoption.question,
                adoption.entry_id,
                adoption.adopted_by,
                adoption.adopted_on.to_string(),
                adoption.standing.as_str(),
            ])?;
        }
        transaction.execute("UPDATE adoption_change SET number = number + 1", [])?;
        transaction.commit()?;
        Ok(adoptions.len())
    }

    /// The adoptions that fit, oldest first.
    pub fn adoptions(&self, filter: &AdoptionFilter) -> Result<Vec<Adoption>, LibraryError> {
        let sql = format!(
            "SELECT question, entry_id, adopted_by, adopted_on, standing FROM adoption {WHERE} ORDER BY rowid"
        );
        let mut query = self.connection.prepare_cached(&sql)?;
        let rows = query.query_map(params![filter.question, filter.entry_id, filter.adopted_by], adoption)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Takes the adoptions that fit out of the memory, and keeps in mind that they
    /// were, who did it and why; returns how many.
    pub fn forget(
        &mut self,
        filter: &AdoptionFilter,
        (made_by, reason): (&str, &str),
    ) -> Result<usize, LibraryError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // One adopter is meant, or the answer, whoever gave it.
        let sql = format!(
            "INSERT OR IGNORE INTO adoption_forgotten (question, entry_id, adopted_by)
             SELECT question, entry_id, COALESCE(?3, '') FROM adoption {WHERE}"
        );
        transaction.execute(&sql, params![filter.question, filter.entry_id, filter.adopted_by])?;
        let sql = format!("DELETE FROM adoption {WHERE}");
        let gone = transaction.execute(&sql, params![filter.question, filter.entry_id, filter.adopted_by])?;
        transaction.execute("UPDATE adoption_change SET number = number + 1", [])?;
        let object = [&filter.question, &filter.entry_id, &filter.adopted_by].map(Option::as_deref);
        let object = object.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let event = AuditEvent { actor: made_by, action: "memory.forgotten", object: &object, reason };
        audit::write(&transaction, &jiff::Timestamp::now().to_string(), &event)?;
        transaction.commit()?;
        Ok(gone)
    }

    /// What was taken out: it is not learned again.
    pub fn forgotten(&self) -> Result<Forgotten, LibraryError> {
        let sql = "SELECT question, entry_id, adopted_by FROM adoption_forgotten";
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(Forgotten(rows.collect::<Result<_, _>>()?))
    }

    /// Rises with every change to the adoptions.
    pub fn last_adoption(&self) -> Result<u64, LibraryError> {
        let sql = "SELECT number FROM adoption_change";
        Ok(self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }
}

fn adoption(row: &Row<'_>) -> rusqlite::Result<Adoption> {
    let day: String = row.get(3)?;
    let standing: String = row.get(4)?;
    let unreadable = |error: jiff::Error| {
        rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, Box::new(error))
    };
    Ok(Adoption {
        question: row.get(0)?,
        entry_id: row.get(1)?,
        adopted_by: row.get(2)?,
        adopted_on: day.parse().map_err(unreadable)?,
        standing: if standing == "curated" { Standing::Curated } else { Standing::Seat },
    })
}
