//! Who may do what: roles, keys and what a key is limited to. A key is random
//! and shown once; what is kept is its hash. No HTTP and no database here.

mod keyring;
mod secret;

pub use keyring::{Keyring, Refused};
pub use secret::{Secret, SecretHash};

use std::num::NonZeroU32;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Region, is_below};

/// Days an exchanged key goes on working, so that what uses it can be told.
pub const DEFAULT_KEEP_DAYS: u32 = 7;
/// Most days it may.
pub const MOST_KEEP_DAYS: u32 = 90;

/// What a caller may do; each role may do what the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads what is public.
    Chatbot,
    /// Reads internal notes too.
    Agent,
    /// Writes entries, imports, rebuilds the index.
    Editor,
    /// Publishes what others wrote, overrules the gate.
    Reviewer,
    /// Makes keys and settings.
    Admin,
}

impl Role {
    /// All roles, the least first.
    pub const ALL: [Role; 5] = [Role::Chatbot, Role::Agent, Role::Editor, Role::Reviewer, Role::Admin];

    /// The name used on the command line, in the database and in replies.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Chatbot => "chatbot",
            Role::Agent => "agent",
            Role::Editor => "editor",
            Role::Reviewer => "reviewer",
            Role::Admin => "admin",
        }
    }

    /// The name people use.
    pub fn chinese(self) -> &'static str {
        match self {
            Role::Chatbot => "机器人",
            Role::Agent => "话务员",
            Role::Editor => "采编",
            Role::Reviewer => "审核",
            Role::Admin => "管理员",
        }
    }

    /// Reads `chatbot`, `agent`, `editor`, `reviewer` or `admin`.
    pub fn parse(text: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// What a key is limited to; empty means no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Reads and writes only what holds in one of these regions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Region>,
    /// Reads and writes only below these category paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Writes only this department's entries; reads are not limited by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// The collection it searches unless a request names another; a chatbot's
    /// key sees nothing outside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
    /// Requests it may make in a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_minute: Option<NonZeroU32>,
}

impl Scope {
    /// Whether reading is limited at all.
    pub fn limits_reading(&self) -> bool {
        !self.regions.is_empty() || !self.categories.is_empty()
    }

    /// Whether a region's entries may be read: those of the key's regions, of
    /// the ones above them, which hold there too, and of the ones below.
    pub fn has_region(&self, region: Region) -> bool {
        self.regions.is_empty() || self.regions.iter().any(|own| own.meets(region))
    }

    /// Whether a category's entries may be read.
    pub fn has_category(&self, category: &str) -> bool {
        self.categories.is_empty() || self.categories.iter().any(|own| is_below(category, own))
    }

    /// Whether an entry may be read.
    pub fn may_read(&self, entry: &Entry) -> bool {
        self.has_region(entry.region) && self.has_category(&entry.category)
    }

    /// Why an entry may not be written; none where it may.
    pub fn forbids_writing(&self, entry: &Entry) -> Option<String> {
        if !self.regions.is_empty() && !self.regions.iter().any(|own| own.covers(entry.region)) {
            return Some(format!("这个密钥不能改区域 {} 的条目", entry.region));
        }
        if !self.has_category(&entry.category) {
            return Some(format!("这个密钥不能改分类“{}”里的条目", entry.category));
        }
        match &self.department {
            Some(own) if *own != entry.department => {
                Some(format!("这个密钥只能改“{own}”的条目，这一条属于“{}”", entry.department))
            }
            _ => None,
        }
    }
}

/// A key as the library keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Key {
    /// Eight hexadecimal digits, shown in lists and logs.
    pub id: String,
    /// Whose it is: a person, a desk, a program.
    pub name: String,
    pub role: Role,
    pub scope: Scope,
    /// The last day on which it works.
    pub expires_on: Option<Date>,
    pub made_at: String,
    pub made_by: String,
    pub revoked_at: Option<String>,
    pub revoked_by: Option<String>,
}

impl Key {
    /// How the key's owner is named in revisions and in the audit log.
    pub fn signature(&self) -> String {
        format!("{} ({})", self.name, self.id)
    }
}

#[cfg(test)]
mod tests;
