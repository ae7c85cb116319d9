//! Chinese numerals as they stand in article labels: 第一百零五条 is article 105.

/// Reads a whole number in Chinese numerals (up to thousands) or digits;
/// `None` where the text is neither.
pub fn parse_numeral(text: &str) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let mut total = 0;
    let mut digit = None;
    for character in text.chars() {
        match character {
            '零' | '〇' => {}
            '十' => total += digit.take().unwrap_or(1) * 10,
            '百' => total += digit.take()? * 100,
            '千' => total += digit.take()? * 1000,
            _ => {
                // Two digits side by side (二五) are not a number in an article label.
                if digit.replace(digit_of(character)?).is_some() {
                    return None;
                }
            }
        }
    }
    Some(total + digit.unwrap_or(0))
}

fn digit_of(character: char) -> Option<u32> {
    match character {
        '两' => Some(2),
        _ => "一二三四五六七八九".chars().position(|digit| digit == character).map(|at| at as u32 + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_numeral;

    #[test]
    fn article_numbers_are_read() {
        for (text, number) in
            [("五十四", 54), ("十", 10), ("一百零五", 105), ("一千二百六十", 1260), ("54", 54), ("二十", 20)]
        {
            assert_eq!(parse_numeral(text), Some(number), "{text}");
        }
    }

    #[test]
    fn other_text_is_not_a_number() {
        for text in ["", "若干", "百", "二五", "5a"] {
            assert_eq!(parse_numeral(text), None, "{text}");
        }
    }
}
