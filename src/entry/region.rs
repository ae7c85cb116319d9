//! Regions by GB/T 2260 code, and the cascade 区 → 市 → 省 → 国.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A GB/T 2260 code of six digits; `000000` is the whole country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Region(u32);

/// The level at which a region stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RegionLevel {
    National,
    Province,
    City,
    County,
}

impl Region {
    /// The whole country.
    pub const NATIONAL: Region = Region(0);

    /// Reads a code of six digits, or of twelve as portals write them.
    pub fn parse(text: &str) -> Option<Region> {
        let digits = text.trim();
        let well_formed = matches!(digits.len(), 6 | 12) && digits.bytes().all(|b| b.is_ascii_digit());
        if !well_formed {
            return None;
        }
        digits[..6].parse().ok().map(Region)
    }

    /// The code as a number, for the index.
    pub fn code(self) -> u32 {
        self.0
    }

    /// The region with that number.
    pub fn from_code(code: u32) -> Region {
        Region(code)
    }

    /// 国, 省, 市 or 区.
    pub fn level(self) -> RegionLevel {
        match self.0 {
            0 => RegionLevel::National,
            code if code % 10_000 == 0 => RegionLevel::Province,
            code if code % 100 == 0 => RegionLevel::City,
            _ => RegionLevel::County,
        }
    }

    /// Whether an entry of this region holds for a caller in `caller`:
    /// the same region or one above it.
    pub fn covers(self, caller: Region) -> bool {
        match self.level() {
            RegionLevel::National => true,
            RegionLevel::Province => caller.0 / 10_000 == self.0 / 10_000,
            RegionLevel::City => caller.0 / 100 == self.0 / 100,
            RegionLevel::County => caller == self,
        }
    }

    /// Whether there is a place where entries of both hold.
    pub fn meets(self, other: Region) -> bool {
        self.covers(other) || other.covers(self)
    }

    /// The official name, where the code is known: `沈阳市`.
    pub fn name(self) -> Option<&'static str> {
        if self == Region::NATIONAL {
            return Some("全国");
        }
        names().get(&self.0).copied()
    }

    /// Every region with a name below the country, in the order of the codes.
    pub fn all() -> Vec<(Region, &'static str)> {
        let mut all: Vec<_> = names().iter().map(|(&code, &name)| (Region(code), name)).collect();
        all.sort_unstable();
        all
    }

    /// The named regions this one lies in, the nearest first, without the country.
    pub fn above(self) -> Vec<(Region, &'static str)> {
        let codes = [self.0 / 100 * 100, self.0 / 10_000 * 10_000];
        let mut above: Vec<_> = codes
            .into_iter()
            .filter(|&code| code != self.0)
            .filter_map(|code| Some((Region(code), *names().get(&code)?)))
            .collect();
        above.dedup();
        above
    }

    /// The region without its kind: `沈阳`.
    pub fn short_name(self) -> Option<&'static str> {
        self.name().map(short_name)
    }

    /// Whether a text names a province or a city, any of them.
    pub fn is_named_in(text: &str) -> bool {
        let cities = names().iter().filter(|(code, _)| *code % 100 == 0);
        cities.map(|(_, name)| short_name(name)).any(|name| name.chars().count() > 1 && text.contains(name))
    }

    /// The province whose short name begins `text`: `上海地方法规` → 310000.
    pub fn province_at_start(text: &str) -> Option<Region> {
        names()
            .iter()
            .filter(|(code, _)| *code % 10_000 == 0)
            .find(|(_, name)| text.starts_with(short_name(name)))
            .map(|(code, _)| Region(*code))
    }
}

fn short_name(name: &str) -> &str {
    const ENDINGS: [&str; 8] =
        ["维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市", "地区"];
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

fn names() -> &'static HashMap<u32, &'static str> {
    static NAMES: OnceLock<HashMap<u32, &'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        include_str!("regions.csv")
            .lines()
            .filter_map(|line| line.split_once(','))
            .filter_map(|(code, name)| Some((code.parse().ok()?, name)))
            .collect()
    })
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Region, D::Error> {
        let text = String::deserialize(deserializer)?;
        Region::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("区域代码“{text}”不是六位数字，例如 210100")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_is_covered_by_itself_its_province_and_the_country() {
        let shenyang = Region::parse("210100").unwrap();
        for code in ["210100", "210000", "000000"] {
            assert!(Region::parse(code).unwrap().covers(shenyang), "{code}");
        }
        for code in ["210102", "210200", "310000"] {
            assert!(!Region::parse(code).unwrap().covers(shenyang), "{code}");
        }
    }

    #[test]
    fn a_folder_of_local_law_names_its_province() {
        assert_eq!(Region::province_at_start("上海地方法规"), Region::parse("310000"));
        assert_eq!(Region::province_at_start("内蒙古地方法规"), Region::parse("150000"));
        assert_eq!(Region::province_at_start("民法典"), None);
    }

    #[test]
    fn a_malformed_code_is_refused() {
        for code in ["", "21", "2101000", "２１０１００", "辽宁"] {
            assert_eq!(Region::parse(code), None, "{code}");
        }
    }
}
