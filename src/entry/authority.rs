//! The rank of the document an article stands in.

/// Read from the document's title: what it is called says what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// No law: a guide, an answer, a notice.
    None,
    /// 法, 法典
    Law,
    /// 条例
    Regulation,
    /// Interpretations and replies of the highest courts.
    Judicial,
    /// 办法, 规定, 细则 and the rest
    Rule,
}

impl Authority {
    const ALL: [Authority; 5] =
        [Authority::None, Authority::Law, Authority::Regulation, Authority::Judicial, Authority::Rule];

    /// Of a document with that title.
    pub fn of(document_title: &str) -> Authority {
        let name = document_title.split_whitespace().next().unwrap_or_default();
        let is_of_court = name.contains("最高人民") || name.contains("解释") || name.contains("批复");
        let is_law = name.ends_with('法') && !name.ends_with("办法");
        match name {
            _ if is_of_court => Authority::Judicial,
            _ if is_law || name.ends_with("法典") => Authority::Law,
            _ if name.ends_with("条例") => Authority::Regulation,
            _ => Authority::Rule,
        }
    }

    /// As [`Authority::None`] is 0, and so on.
    pub fn from_code(code: u64) -> Authority {
        Authority::ALL.get(code as usize).copied().unwrap_or(Authority::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_no_law() {
        let of = |titles: [&str; 2], authority| titles.map(Authority::of) == [authority; 2];
        assert!(of(["中华人民共和国劳动合同法", "民法典 总则编"], Authority::Law));
        assert!(of(["最高人民法院关于适用民法典的解释", "最高人民检察院批复"], Authority::Judicial));
        assert!(of(["工伤保险条例", "浙江省信访条例"], Authority::Regulation));
        assert!(of(["工伤认定办法", "保障农民工工资支付规定"], Authority::Rule));
    }
}
