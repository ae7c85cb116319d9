//! What holds for whole folders: `manifest.toml` beside the data, and folder
//! names that speak for themselves (上海地方法规 is Shanghai's).

use std::path::Path;

use serde::Deserialize;

use super::{CorpusError, MANIFEST_FILE};
use crate::entry::Region;

/// Folder rules; the longest path wins.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    #[serde(default)]
    folder: Vec<Folder>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Folder {
    /// Path below the manifest, without a slash at the end; empty for everything.
    path: String,
    region: Option<Region>,
    category: Option<String>,
}

impl Manifest {
    /// Reads the manifest in a folder; none there is an empty one.
    pub fn beside(path: &Path) -> Result<Manifest, CorpusError> {
        let path = if path.is_dir() { path.join(MANIFEST_FILE) } else { path.with_file_name(MANIFEST_FILE) };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Manifest::default()),
            Err(source) => return Err(CorpusError::Read { path, source }),
        };
        toml::from_str(&text).map_err(|error| CorpusError::Manifest { path, reason: error.to_string() })
    }

    /// The region of a file below the folder, if anything says one.
    pub fn region_of(&self, relative: &str) -> Option<Region> {
        let said = self.matching(relative).filter_map(|folder| Some((folder.path.len(), folder.region?)));
        let said = said.max_by_key(|(length, _)| *length).map(|(_, region)| region);
        said.or_else(|| {
            let local = relative.split('/').filter(|segment| segment.ends_with("地方法规"));
            local.filter_map(Region::province_at_start).next()
        })
    }

    /// The category of a file below the folder, if the manifest says one.
    pub fn category_of(&self, relative: &str) -> Option<&str> {
        let said = self
            .matching(relative)
            .filter_map(|folder| Some((folder.path.len(), folder.category.as_deref()?)));
        said.max_by_key(|(length, _)| *length).map(|(_, category)| category)
    }

    fn matching<'a, 'b>(&'a self, relative: &'b str) -> impl Iterator<Item = &'a Folder> + use<'a, 'b> {
        self.folder.iter().filter(move |folder: &&Folder| {
            let rest = relative.strip_prefix(folder.path.as_str());
            rest.is_some_and(|rest| folder.path.is_empty() || rest.starts_with('/'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_path_wins_and_local_law_names_its_province() {
        let manifest: Manifest =
            toml::from_str("[[folder]]\npath=''\nregion='210000'\n[[folder]]\npath='沈阳'\nregion='210100'")
                .unwrap();
        assert_eq!(manifest.region_of("沈阳/a.md"), Region::parse("210100"));
        assert_eq!(manifest.region_of("沈阳市/a.md"), Region::parse("210000"));
        let none = Manifest::default();
        assert_eq!(none.region_of("DLC/上海地方法规/地方性法规/上海/a.md"), Region::parse("310000"));
        assert_eq!(none.region_of("民法典/总则.md"), None);
    }
}
