//! The settings' file of a corpus folder (`jida.toml`) and the environment over
//! it: `[embeddings]` and `JIDA_EMBEDDINGS_URL` …. Unknown sections and fields
//! are refused, everything wrong is told at once, secrets are never printed.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::fault::Said;

/// Name of the settings' file in the corpus folder.
pub const SETTINGS_FILE: &str = "jida.toml";

/// The sections the file may have.
const SECTIONS: [&str; 3] = ["embeddings", "dispatch", "warnings"];

/// Everything that is wrong with the settings, at once.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct SettingsError(pub Vec<String>);

/// The file as it may be written.
#[derive(Deserialize, Default)]
struct File {
    #[serde(flatten)]
    sections: toml::Table,
}

/// A section as it is written in file and environment, and what is wrong with it.
pub struct Section<'a, E> {
    written: toml::Table,
    environment: E,
    /// What its variables of the environment begin with: `JIDA_EMBEDDINGS_`.
    prefix: String,
    corpus: &'a Path,
    /// The file and the section, for messages.
    pub place: String,
    /// What is wrong so far.
    pub wrong: Vec<String>,
}

impl<'a, E: Fn(&str) -> Option<String>> Section<'a, E> {
    /// Reads a section of which these are the fields.
    pub fn read(
        corpus: &'a Path,
        name: &str,
        fields: &[&str],
        environment: E,
    ) -> Result<Section<'a, E>, SettingsError> {
        let path = corpus.join(SETTINGS_FILE);
        let failed = |reason: String| SettingsError(vec![format!("{}：{reason}", path.display())]);
        let mut file: File = match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text)
                .map_err(|error| failed(format!("这不是能读的 TOML：{}", one_line(&error))))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => File::default(),
            Err(error) => return Err(failed(Said(&error).to_string())),
        };
        let place = format!("{} 的 [{name}]", path.display());
        let written = match file.sections.remove(name) {
            None => toml::Table::new(),
            Some(toml::Value::Table(written)) => written,
            Some(_) => return Err(failed(format!("{name} 要写成一段：[{name}]"))),
        };
        let unknown = written.keys().filter(|field| !fields.contains(&field.as_str()));
        let mut wrong: Vec<String> = unknown
            .map(|field| format!("{place} 里没有 {field} 这一项；可以写的有：{}", fields.join("、")))
            .collect();
        let sections = SECTIONS.map(|section| format!("[{section}]")).join("、");
        let others = file.sections.keys().filter(|other| !SECTIONS.contains(&other.as_str()));
        wrong.extend(
            others.map(|other| format!("{}：没有 {other} 这一段；可以写的有 {sections}", path.display())),
        );
        let prefix = format!("JIDA_{}_", name.to_uppercase());
        Ok(Section { written, environment, prefix, corpus, place, wrong })
    }

    /// A field as it is written in the file.
    pub fn written(&self, field: &str) -> Option<&toml::Value> {
        self.written.get(field)
    }

    /// The variable of the environment that stands for a field.
    pub fn variable(&self, field: &str) -> String {
        format!("{}{}", self.prefix, field.to_uppercase())
    }

    /// Everything that is wrong, where something is.
    pub fn none_wrong(&mut self) -> Result<(), SettingsError> {
        match self.wrong.is_empty() {
            true => Ok(()),
            false => Err(SettingsError(std::mem::take(&mut self.wrong))),
        }
    }

    /// A field of the environment; an empty one is as good as none.
    pub fn of_environment(&self, field: &str) -> Option<(String, String)> {
        let name = self.variable(field);
        let value = (self.environment)(&name).filter(|value| !value.is_empty())?;
        Some((name, value))
    }

    /// A field as a text, with where it stands.
    fn placed(&mut self, field: &str) -> Option<(String, String)> {
        if let Some((name, value)) = self.of_environment(field) {
            return Some((format!("环境变量 {name}"), value));
        }
        let place = format!("{} 的 {field}", self.place);
        match self.written.get(field)? {
            toml::Value::String(value) => Some((place, value.clone())),
            _ => {
                self.wrong.push(format!("{place} 要是引号里的文字"));
                None
            }
        }
    }

    /// A field as a text; an empty one is as good as none.
    pub fn text(&mut self, field: &str) -> Option<String> {
        let (_, value) = self.placed(field)?;
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A text as it is: the space at its end belongs to it.
    pub fn verbatim(&mut self, field: &str) -> String {
        self.placed(field).map(|(_, value)| value).unwrap_or_default()
    }

    /// Two fields of which one alone says nothing.
    pub fn pair(&mut self, first: &str, second: &str, both: &str) -> (Option<String>, Option<String>) {
        let (one, other) = (self.text(first), self.text(second));
        if one.is_some() != other.is_some() {
            self.wrong.push(format!("{}：{both} 要么都写，要么都不写", self.place));
        }
        (one, other)
    }

    /// A whole number within what is allowed.
    pub fn number(&mut self, field: &str, default: u64, allowed: RangeInclusive<u64>) -> u64 {
        let (place, number) = match (self.of_environment(field), self.written.get(field)) {
            (Some((name, value)), _) => (format!("环境变量 {name}"), value.trim().parse().ok()),
            (None, Some(value)) => {
                let number = value.as_integer().and_then(|number| u64::try_from(number).ok());
                (format!("{} 的 {field}", self.place), number)
            }
            (None, None) => return default,
        };
        match number.filter(|number| allowed.contains(number)) {
            Some(number) => number,
            None => {
                let (least, most) = (allowed.start(), allowed.end());
                self.wrong.push(format!("{place} 要是 {least} 到 {most} 的整数"));
                default
            }
        }
    }

    /// A secret of a field, or alone in the file that `…_file` names.
    pub fn secret(&mut self, field: &str) -> Option<String> {
        let from_file = format!("{field}_file");
        let secret = match (self.text(field), self.text(&from_file)) {
            (Some(secret), _) => secret,
            (None, Some(file)) => {
                let path: PathBuf = self.corpus.join(file);
                match std::fs::read_to_string(&path) {
                    Ok(text) => text.trim().to_owned(),
                    Err(error) => {
                        let said =
                            format!("{}（{} 的 {from_file}）：{}", path.display(), self.place, Said(&error));
                        self.wrong.push(said);
                        return None;
                    }
                }
            }
            (None, None) => return None,
        };
        if secret.is_empty() || !secret.chars().all(|sign| sign.is_ascii_graphic()) {
            self.wrong.push(format!("{} 的 {field} 里只能有字母、数字和符号，不能有空格", self.place));
        }
        Some(secret)
    }
}

/// Whether a text is an address of the web that something can be sent to.
pub fn is_web_address(url: &str) -> bool {
    url.parse::<ureq::http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    })
}

/// TOML's own message, without the drawing.
fn one_line(error: &toml::de::Error) -> String {
    error.message().replace('\n', " ")
}
