//! Proves that operators mean what they say: `"quoted"` parts are required,
//! ` -parts` are excluded (complaint 10), whatever they are made of.

use crate::world::{Found, World, ask, faq};

/// 10. Exclusion.
#[test]
fn a_minus_excludes() {
    let server = World::of(funds()).serve();
    assert_eq!(server.search(&[("q", "招商 -公司")]).ids(), ["fund"]);
    assert_eq!(server.search(&[("q", "招商")]).ids().len(), 3);
}

/// 10. Several required terms.
#[test]
fn quoted_parts_are_all_required() {
    let server = World::of(funds()).serve();
    for question in ["\"招商基金\" \"公司\"", "“招商基金” “公司”"] {
        assert_eq!(server.search(&[("q", question)]).ids(), ["both"], "{question}");
    }
    assert_eq!(server.search(&[("q", "\"招商基金\" -公司")]).ids(), ["fund"]);
    assert_eq!(server.search(&[("q", "\"招商公司\"")]).ids(), [""; 0]);
    // Not between spaces, they are punctuation.
    assert_eq!(server.search(&[("q", "\"公司\"\"招商基金\"")]).ids()[0], "both");
}

fn funds() -> [serde_json::Value; 3] {
    [
        faq("fund", "招商基金", "基金的说明"),
        faq("both", "招商基金管理公司", "两者都有的说明"),
        faq("company", "招商引资", "公司的说明"),
    ]
}

/// A minus inside a number or a name is no operator.
#[test]
fn a_hyphen_inside_a_word_excludes_nothing() {
    let found = ask([faq("a", "电话", "请拨打 024-12345678 咨询")], "024-12345678");
    assert_eq!(found.ids(), ["a"]);
}

/// 10. One character is a part like any other.
#[test]
fn one_character_is_required_and_excluded_too() {
    let entries = [faq("tax", "招商税务局", "办税"), faq("fund", "招商基金", "买基金")];
    let server = World::of(entries).serve();
    assert_eq!(server.search(&[("q", "招商 \"税\"")]).ids(), ["tax"]);
    assert_eq!(server.search(&[("q", "招商 -税")]).ids(), ["fund"]);
}

#[test]
fn latin_words_and_numbers_are_required_and_excluded_too() {
    let entries = [faq("etc", "办理ETC 2025版", "高速"), faq("card", "办理社保卡 2024版", "银行")];
    let server = World::of(entries).serve();
    for (question, id) in [
        ("办理 \"ETC\"", "etc"),
        ("办理 -etc", "card"),
        ("办理 \"2025\"", "etc"),
        ("办理 -2025", "card"),
        ("办理 \"2025版\"", "etc"),
        ("办理 \"ＥＴＣ\"", "etc"),
    ] {
        assert_eq!(server.search(&[("q", question)]).ids(), [id], "{question}");
    }
}

#[test]
fn operators_take_traditional_characters_and_punctuation() {
    let entries = [faq("a", "關於養老保險", "說明"), faq("b", "关于医疗保险", "说明书")];
    let server = World::of(entries).serve();
    assert_eq!(server.search(&[("q", "\"养老保险\"")]).ids(), ["a"]);
    assert_eq!(server.search(&[("q", "保险 -養老")]).ids(), ["b"]);
    assert_eq!(server.search(&[("q", "\"保险\"，说明")]).ids().len(), 2);
}

#[test]
fn a_phrase_does_not_reach_over_a_break_between_two_questions() {
    let mut entry = faq("a", "甲事", "答复");
    entry["similar_questions"] = serde_json::json!(["怎么挂失社保", "医保怎么办"]);
    let server = World::of([entry]).serve();
    assert_eq!(server.search(&[("q", "\"挂失社保\"")]).ids(), ["a"]);
    assert_eq!(server.search(&[("q", "\"社保医保\"")]).ids(), [""; 0]);
}

#[test]
fn operators_without_content_are_no_operators() {
    let server = World::of([faq("a", "社保卡", "社保卡的说明")]).serve();
    for question in
        ["社保卡 -", "社保卡 \"\"", "社保卡 \"", "“社保卡", "社保卡 - ", "--社保卡 社保卡的", "- 社保卡"]
    {
        let found: Found = server.search(&[("q", question)]);
        assert!(found.ids().len() <= 1, "{question}");
    }
    for question in ["社保卡 -", "社保卡 \"\"", "社保卡 \"", "“社保卡", "- 社保卡"] {
        assert_eq!(server.search(&[("q", question)]).ids(), ["a"], "{question}");
    }
}

#[test]
fn a_question_of_operators_only_is_answered() {
    let server = World::of([faq("a", "社保卡", "社保卡的说明")]).serve();
    assert_eq!(server.search(&[("q", "-社保卡")]).ids(), [""; 0]);
    assert_eq!(server.search(&[("q", "\"社保卡\"")]).ids(), ["a"]);
    let many = "\"社保\" ".repeat(300);
    assert_eq!(server.search(&[("q", &many)]).ids(), ["a"]);
    let quoted = |times| format!("\"{}\"", "社保".repeat(times));
    assert_eq!(server.search(&[("q", &quoted(29))]).ids(), [""; 0]);
    // In a letter they are punctuation.
    assert_eq!(server.search(&[("q", &quoted(900))]).ids(), ["a"]);
}

/// 5. Pieces of a title that hold brackets, digits, Latin and an emoji.
#[test]
fn any_quoted_piece_is_found_whatever_signs_it_holds() {
    let title = "劳动合同法（2012年修正）ETC卡：試用期😀A级";
    let server = World::of([faq("a", title, "答复")]).serve();
    let letters: Vec<char> = title.chars().collect();
    let mut missed = Vec::new();
    for start in 0..letters.len() {
        for end in start + 2..=letters.len() {
            let piece: String = letters[start..end].iter().collect();
            // A word or a number cut in two is another word: `ETC` holds no `TC`.
            let splits = |at: usize| {
                let is_latin = |at: usize| letters.get(at).is_some_and(char::is_ascii_alphanumeric);
                at > 0 && is_latin(at - 1) && is_latin(at)
            };
            let has_letters = piece.chars().filter(|sign| sign.is_alphanumeric()).count() > 1;
            if !splits(start) && !splits(end) && has_letters {
                let found = server.search(&[("q", &format!("\"{piece}\""))]);
                if found.ids() != ["a"] {
                    missed.push(piece);
                }
            }
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}

/// 5. One character of Han after a number, a Latin word or a sign ends the piece.
#[test]
fn a_piece_that_ends_in_a_character_after_a_number_is_a_phrase() {
    let server = World::of([faq("a", "2012年度ETC卡：试行", "答复"), faq("b", "年度", "另一个")]).serve();
    for piece in ["2012年", "ETC卡", "卡：试"] {
        assert_eq!(server.search(&[("q", &format!("\"{piece}\""))]).ids(), ["a"], "{piece}");
        assert_eq!(server.search(&[("q", &format!("年度 -{piece}"))]).ids(), ["b"], "{piece}");
    }
}

/// 3, 5. The cutter takes two characters for a word that the text is not cut into.
#[test]
fn two_characters_are_found_as_a_bigram_too_when_taken_for_a_word() {
    let server = World::of([faq("a", "劳动合同试用期", "答复")]).serve();
    for question in ["\"动合\"", "\"用期\"", "动合 天", "用期 天"] {
        assert_eq!(server.search(&[("q", question)]).ids(), ["a"], "{question}");
    }
}

/// 5. The same without quotes: a long piece, or one with a sign in it, is a phrase too.
#[test]
fn a_long_piece_of_a_title_is_found_as_a_phrase() {
    let title = "关于进一步做好城乡居民基本养老保险（试行）经办工作的通知";
    let server = World::of([faq("a", title, "答复")]).serve();
    for piece in ["进一步做好城乡居民基本养老保险", "养老保险（试行）", "（试行）经办"]
    {
        let found = server.search(&[("q", piece)]);
        assert!(found.matched_by().contains(&"phrase"), "{piece}: {:?}", found.matched_by());
    }
}

/// A title with quotes in it is that title, not an operator; a part that is
/// excluded stays excluded.
#[test]
fn a_title_that_holds_quotes_is_found_by_it() {
    let server = World::of([
        faq("a", "什么是“六稳”工作", "稳就业等六项。"),
        faq("b", "社保卡丢失", "社保卡丢失的说明"),
        faq("c", "六稳的工作要求", "什么是工作要求，什么是稳。"),
    ])
    .serve();
    assert_eq!(server.search(&[("q", "什么是“六稳”工作")]).matched_by()[0], "title");
    assert_eq!(server.search(&[("q", "社保卡 -丢失")]).ids(), [""; 0]);
}
