//! Curated things in the library: every version of each is kept.

use rusqlite::{OptionalExtension, TransactionBehavior, params};
use serde::Serialize;
use serde_json::Value;

use super::audit::{self, AuditEvent};
use super::{Base, Library, LibraryError};
use crate::curation::{Collection, Curated, CuratedKind, Curation, Notice, Rule};

/// A curated thing as it stands; no content where it was taken out of force.
#[derive(Debug, Clone, Serialize)]
pub struct CuratedVersion {
    pub id: String,
    pub version: u32,
    pub content: Option<Value>,
    /// RFC 3339, UTC.
    pub made_at: String,
    pub made_by: String,
    pub reason: String,
}

/// What became of writing a curated thing.
#[derive(Debug)]
pub enum CuratedWrite {
    Written(CuratedVersion),
    /// It has moved on; as it stands now, none where there is none.
    Outdated(Option<CuratedVersion>),
}

const COLUMNS: &str = "id, version, content, made_at, made_by, reason";

impl Library {
    /// Puts a thing in force, or with no content out of force.
    pub fn curate(
        &mut self,
        kind: CuratedKind,
        id: &str,
        content: Option<&Value>,
        base: Base,
        (made_by, reason): (&str, &str),
    ) -> Result<CuratedWrite, LibraryError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let newest = newest(&transaction, kind, id)?;
        let is_there = newest.as_ref().is_some_and(|newest| newest.content.is_some());
        let fits = match base {
            Base::Nothing => !is_there,
            Base::Version(seen) => newest.as_ref().is_some_and(|newest| is_there && newest.version == seen),
        };
        if !fits {
            return Ok(CuratedWrite::Outdated(newest.filter(|_| is_there)));
        }
        let written = CuratedVersion {
            id: id.to_owned(),
            version: newest.map_or(0, |newest| newest.version) + 1,
            content: content.cloned(),
            made_at: jiff::Timestamp::now().to_string(),
            made_by: made_by.to_owned(),
            reason: reason.to_owned(),
        };
        let sql = "INSERT INTO curated (kind, id, version, content, made_at, made_by, reason)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let text = content.map(Value::to_string);
        transaction.execute(
            sql,
            params![kind.as_str(), id, written.version, text, written.made_at, made_by, reason],
        )?;
        let action = match content {
            Some(_) => format!("{}.put", kind.as_str()),
            None => format!("{}.removed", kind.as_str()),
        };
        let event = AuditEvent { actor: made_by, action: &action, object: id, reason };
        audit::write(&transaction, &written.made_at, &event)?;
        transaction.commit()?;
        Ok(CuratedWrite::Written(written))
    }

    /// The thing as it stands; none where there never was one of that id.
    pub fn curated(&self, kind: CuratedKind, id: &str) -> Result<Option<CuratedVersion>, LibraryError> {
        newest(&self.connection, kind, id)
    }

    /// All versions of a thing, oldest first.
    pub fn curated_versions(&self, kind: CuratedKind, id: &str) -> Result<Vec<CuratedVersion>, LibraryError> {
        let sql = format!("SELECT {COLUMNS} FROM curated WHERE kind = ?1 AND id = ?2 ORDER BY version");
        let mut query = self.connection.prepare_cached(&sql)?;
        let rows = query.query_map((kind.as_str(), id), raw)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().map(version).collect()
    }

    /// Everything of a kind that is in force, by id.
    pub fn all_curated(&self, kind: CuratedKind) -> Result<Vec<CuratedVersion>, LibraryError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM curated c WHERE kind = ?1 AND content IS NOT NULL AND version =
               (SELECT MAX(version) FROM curated n WHERE n.kind = c.kind AND n.id = c.id) ORDER BY id"
        );
        let mut query = self.connection.prepare_cached(&sql)?;
        let rows = query.query_map([kind.as_str()], raw)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().map(version).collect()
    }

    /// All that is in force, as a server holds it.
    pub fn curation(&self) -> Result<Curation, LibraryError> {
        Ok(Curation::new(self.of_kind::<Rule>()?, self.of_kind::<Notice>()?, self.of_kind::<Collection>()?))
    }

    /// The rules in force, each with its id.
    pub fn rules(&self) -> Result<Vec<(String, Rule)>, LibraryError> {
        self.of_kind::<Rule>()
    }

    fn of_kind<C: Curated>(&self) -> Result<Vec<(String, C)>, LibraryError> {
        let read = |version: CuratedVersion| {
            let content = serde_json::from_value(version.content.unwrap_or_default())
                .map_err(|source| LibraryError::Content { id: version.id.clone(), source })?;
            Ok((version.id, content))
        };
        self.all_curated(C::KIND)?.into_iter().map(read).collect()
    }
}

type Raw = (String, u32, Option<String>, String, String, String);

fn raw(row: &rusqlite::Row<'_>) -> rusqlite::Result<Raw> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
}

fn version((id, version, content, made_at, made_by, reason): Raw) -> Result<CuratedVersion, LibraryError> {
    let content = content
        .map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|source| LibraryError::Content { id: id.clone(), source })?;
    Ok(CuratedVersion { id, version, content, made_at, made_by, reason })
}

fn newest(
    connection: &rusqlite::Connection,
    kind: CuratedKind,
    id: &str,
) -> Result<Option<CuratedVersion>, LibraryError> {
    let sql =
        format!("SELECT {COLUMNS} FROM curated WHERE kind = ?1 AND id = ?2 ORDER BY version DESC LIMIT 1");
    let found = connection.prepare_cached(&sql)?.query_row((kind.as_str(), id), raw).optional()?;
    found.map(version).transpose()
}
