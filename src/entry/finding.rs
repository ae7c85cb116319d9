//! What is wrong with a piece of input, said so that an editor can mend it:
//! place, field, reason and what to do. Findings are collected, not thrown.

use std::fmt;

use serde::Serialize;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The row is not loaded.
    Error,
    /// The row is loaded; something in it deserves a look.
    Warning,
}

/// One finding about one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub severity: Severity,
    /// File as given or found; empty where the input is no file.
    pub file: String,
    /// Line in the file, from 1; 0 where the whole file is meant.
    pub line: usize,
    /// Field name, or empty.
    pub field: String,
    /// Stable code for programs: `title_too_long`.
    pub code: &'static str,
    /// The reason and what to do, in Chinese.
    pub message: String,
}

impl Finding {
    /// An error about a field; file and line are set by [`Finding::at`].
    pub fn error(code: &'static str, field: &str, message: impl Into<String>) -> Finding {
        Finding {
            severity: Severity::Error,
            file: String::new(),
            line: 0,
            field: field.to_owned(),
            code,
            message: message.into(),
        }
    }

    /// A warning about a field.
    pub fn warning(code: &'static str, field: &str, message: impl Into<String>) -> Finding {
        Finding { severity: Severity::Warning, ..Finding::error(code, field, message) }
    }

    /// The same finding at a place.
    pub fn at(mut self, file: &str, line: usize) -> Finding {
        self.file = file.to_owned();
        self.line = line;
        self
    }

    /// Whether the row was refused.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grade = match self.severity {
            Severity::Error => "错误",
            Severity::Warning => "提醒",
        };
        write!(f, "{grade} {}", self.file)?;
        if self.line > 0 && self.file.ends_with('”') {
            // A row of a sheet; `file:line` is what terminals open.
            write!(f, " 第 {} 行", self.line)?;
        } else if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.field.is_empty() {
            write!(f, " [{}]", self.field)?;
        }
        write!(f, " {}（{}）", self.message, self.code)
    }
}
