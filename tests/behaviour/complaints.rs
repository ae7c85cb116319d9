//! Proves that what users of other engines complain about (`chinese-search.md`,
//! the thirty complaints) does not happen here: those that need no pinyin, no
//! synonyms and no learning. Each test names its complaint by number.

use proptest::prelude::*;
use serde_json::json;

use crate::world::{Found, World, ask, faq, with};

/// A piece of a text that has to be found is in one of the marks.
fn is_marked(found: &Found, field: &str, piece: &str) -> bool {
    found.marked(field).iter().any(|marked| marked.contains(piece))
}

/// 1. Tail of a compound.
#[test]
fn the_tail_of_a_compound_is_found_and_marked() {
    let found = ask([faq("a", "在建工程质量监督", "答复")], "工程");
    assert_eq!(found.ids(), ["a"]);
    assert!(is_marked(&found, "title", "工程"), "{found:?}");
}

/// 2. `cut` where search cutting is needed.
#[test]
fn a_long_name_is_found_by_each_of_its_words() {
    let server = World::of([faq("a", "中国农业发展银行", "答复")]).serve();
    for word in ["农业", "发展", "银行", "农业银行", "中国农业发展银行"] {
        let found = server.search(&[("q", word)]);
        assert_eq!(found.ids(), ["a"], "{word}");
        assert!(!found.marked("title").is_empty(), "{word}");
    }
}

/// 3. Invented words.
#[test]
fn a_name_that_is_in_no_dictionary_is_found_by_its_characters() {
    let server = World::of([faq("a", "窗口", "请找窗口的王翀羿和欧阳漪珺办理")]).serve();
    for name in ["王翀羿", "翀羿", "欧阳漪珺", "漪珺", "羿"] {
        let found = server.search(&[("q", name)]);
        assert_eq!(found.ids(), ["a"], "{name}");
        assert!(is_marked(&found, "snippet", name), "{name}: {found:?}");
    }
}

/// 4. The OR of the parts drowns the whole.
#[test]
fn full_matches_come_strictly_first_and_partial_ones_after() {
    let parts = (0..12).map(|at| {
        let body = format!("上海的交通，上海的大学，大学的交通，第{at}处，上海交通，交通大学，上海大学");
        faq(&format!("part-{at}"), "上海的交通和大学", &body)
    });
    let wholes = ["上海交通大学", "招生"].into_iter().enumerate().map(|(at, title)| {
        let filler = "其他内容与此无关。".repeat(30);
        faq(&format!("whole-{at}"), title, &format!("{filler}这里是上海交通大学的{title}网站{at}。"))
    });
    let found = World::of(parts.chain(wholes)).serve().search(&[("q", "上海交通大学"), ("limit", "100")]);
    let mut first = found.ids()[..2].to_vec();
    first.sort_unstable();
    assert_eq!(first, ["whole-0", "whole-1"]);
    assert_eq!(found.ids().len(), 14, "partial matches are there too");
}

/// 5. Overlapping tokens break phrases.
#[test]
fn any_verbatim_piece_of_a_title_is_found_as_a_phrase() {
    let title = "南京市长江大桥不动产登记指南";
    let server = World::of([faq("a", title, "答复"), faq("b", "长江南京大桥", "不动市桥")]).serve();
    let letters: Vec<char> = title.chars().collect();
    for start in 0..letters.len() {
        for end in start + 2..=letters.len().min(start + 12) {
            let piece: String = letters[start..end].iter().collect();
            let found = server.search(&[("q", &piece)]);
            let hit = found.hits().iter().find(|hit| hit["id"] == "a").expect("the title");
            let by = hit["matched_by"].as_array().expect("a list");
            assert!(by.contains(&json!("phrase")), "{piece}: {hit}");
        }
    }
}

/// 5. A quoted piece is a phrase however long it is.
#[test]
fn any_quoted_piece_of_a_title_finds_only_what_holds_it() {
    let title = "南京市长江大桥不动产登记指南";
    let server = World::of([faq("a", title, "答复"), faq("b", "长江南京大桥", "不动市桥登南")]).serve();
    let letters: Vec<char> = title.chars().collect();
    for start in 0..letters.len() - 2 {
        for end in start + 3..=letters.len() {
            let piece: String = letters[start..end].iter().collect();
            assert_eq!(server.search(&[("q", &format!("\"{piece}\""))]).ids(), ["a"], "{piece}");
        }
    }
}

/// 7. A bigram field without positions.
#[test]
fn phrases_know_the_order_of_their_characters() {
    let server = World::of([faq("a", "标题", "工程质量监督管理")]).serve();
    for (phrase, hits) in
        [("质量监督", 1), ("程质量监", 1), ("监督质量", 0), ("工程监督", 0), ("质量管理", 0)]
    {
        assert_eq!(server.search(&[("q", &format!("“{phrase}”"))]).ids().len(), hits, "{phrase}");
    }
}

/// 8. One character finds nothing.
#[test]
fn one_character_finds_entries_titles_first() {
    let entries = [
        faq("body", "缴费", "在税务局缴纳，税税税税税税税税税税税税"),
        faq("title", "个人所得税", "在手机上办理"),
        faq("neither", "户口", "派出所"),
    ];
    let found = ask(entries, "税");
    assert_eq!(found.ids(), ["title", "body"]);
    assert_eq!(found.marked("title"), ["税"]);
}

/// 8. A single character as an entry's whole title or body.
#[test]
fn one_character_is_found_where_it_stands_alone() {
    let server = World::of([faq("a", "税", "见下"), faq("b", "说明", "税")]).serve();
    assert_eq!(server.search(&[("q", "税")]).ids(), ["a", "b"]);
    assert_eq!(server.search(&[("q", "税")]).matched_by()[0], "title");
}

/// 9. Words glued to ASCII or spaces.
#[test]
fn a_letter_beside_han_is_found_and_marked() {
    for title in ["虚拟机 a", "虚拟机a", "a虚拟机"] {
        let found = ask([faq("x", title, "答复")], "a");
        assert_eq!(found.ids(), ["x"], "{title}");
        assert_eq!(found.marked("title"), ["a"], "{title}");
    }
}

/// 11. Only found after a space.
#[test]
fn words_are_found_in_the_middle_of_a_run() {
    let server = World::of([faq("a", "说明", "请携带居住证登录ABC系统2025版后提交")]).serve();
    for word in ["居住证", "登录", "ABC", "abc系统", "系统", "2025", "提交"] {
        assert_eq!(server.search(&[("q", word)]).ids(), ["a"], "{word}");
    }
}

/// 12. Traditional and simplified.
#[test]
fn traditional_and_simplified_find_each_other() {
    for (title, question) in [("国际论坛", "國際論壇"), ("國際論壇", "国际论坛")] {
        let found = ask([faq("a", title, "答复")], question);
        assert_eq!(found.ids(), ["a"]);
        assert_eq!(found.marked("title"), [title]);
        assert_eq!(found.matched_by()[0], "title");
    }
}

/// 13. Holes in the conversion; shown text is never rewritten.
#[test]
fn every_traditional_word_is_converted_and_shown_as_written() {
    for (written, asked) in [("電子", "电子"), ("機械", "机械"), ("乾坤", "乾坤"), ("養老保險", "养老保险")]
    {
        let title = format!("{written}說明");
        let found = ask([faq("a", &title, &format!("關於{written}的答復"))], asked);
        assert_eq!(found.first()["title"], *title);
        assert_eq!(found.first()["snippet"], format!("關於{written}的答復"));
        assert!(is_marked(&found, "title", written), "{asked}: {found:?}");
        assert!(is_marked(&found, "snippet", written), "{asked}: {found:?}");
    }
}

/// 14. Conversion breaks highlights.
#[test]
fn marks_are_offsets_into_the_original_whatever_was_normalised() {
    let body = "😀㈠ﬁ企業職工養老保險２０１２年度ＡＢＣ";
    let server = World::of([faq("a", "說明", body)]).serve();
    for (asked, piece) in
        [("养老保险", "養老保險"), ("2012", "２０１２"), ("abc", "ＡＢＣ"), ("企业职工", "企業職工")]
    {
        let found = server.search(&[("q", asked)]);
        assert_eq!(found.marked("snippet"), [piece], "{asked}");
    }
}

/// 14. In a long body the marks belong to the snippet, not to the body.
#[test]
fn marks_in_a_snippet_from_the_middle_fall_on_its_own_characters() {
    let body = format!("{}😀申領居住證的條件{}", "無關的話。".repeat(80), "其他的話。".repeat(80));
    let found = ask([faq("a", "說明", &body)], "居住证");
    assert_eq!(found.marked("snippet"), ["居住證"]);
}

/// 25. Numbers and codes.
#[test]
fn a_document_number_is_one_in_any_bracket_and_width() {
    let entries = [
        with(faq("named", "意见", "全文"), json!({ "source": [{ "number": "国办发〔2020〕53号" }] })),
        with(faq("other", "通知", "另文"), json!({ "source": [{ "number": "国办发〔2020〕54号" }] })),
        faq("text", "引用", "根据国办发〔2020〕53号文件，国办发〔2020〕53号"),
    ];
    let server = World::of(entries).serve();
    for number in [
        "国办发〔2020〕53号",
        "国办发[2020]53号",
        "国办发（2020）53号",
        "国办发(2020)53号",
        "國辦發【２０２０】５３號",
        "国办发［2020］第53号",
        "请问国办发〔2020〕53号是什么",
    ] {
        let found = server.search(&[("q", number)]);
        assert_eq!(found.ids()[0], "named", "{number}");
        assert_eq!(found.matched_by()[0], "exact", "{number}");
    }
}

/// 25. Articles in either numeral.
#[test]
fn an_article_is_one_in_any_numeral() {
    let world = World::new();
    world.file(
        "corpus/民法典/总则.md",
        "# 中华人民共和国民法典\n\n## 总则\n第五十三条 甲的规定。\n\n第五十四条 自然人从事工商业经营，经依法登记，为个体工商户。\n\n第五十五条 乙的规定，第五十四条除外。\n",
    );
    let server = world.serve();
    for question in ["民法典54条", "民法典第54条", "民法典第五十四条", "《民法典》第５４条", "民法典 54 条"]
    {
        let found = server.search(&[("q", question)]);
        assert_eq!(found.ids()[0], "民法典/总则#第五十四条", "{question}");
        assert_eq!(found.matched_by()[0], "exact", "{question}");
    }
}

/// 25. Telephone numbers, years, trains.
#[test]
fn numbers_and_codes_are_found_in_any_form() {
    let entries = [
        faq("phone", "医保局电话", "咨询电话：024-23456789，投诉电话：12393"),
        faq("year", "年度申报", "２０１２年度的申报"),
        faq("train", "D7601次列车", "晚点说明"),
        faq("none", "无关", "没有数字的内容"),
    ];
    let server = World::of(entries).serve();
    for (question, id) in [
        ("024-23456789", "phone"),
        ("02423456789", "phone"),
        ("０２４－２３４５６７８９", "phone"),
        ("12393", "phone"),
        ("2012年度", "year"),
        ("２０１２", "year"),
        ("d7601", "train"),
        ("D7601次", "train"),
    ] {
        assert_eq!(server.search(&[("q", question)]).ids().first(), Some(&id), "{question}");
    }
}

/// 26. Polite words.
#[test]
fn polite_words_change_nothing() {
    let entries = [
        faq("birth", "新生儿上户口", "带出生医学证明"),
        faq("move", "户口迁移", "怎么办理户口迁移，请问一下窗口啊"),
        faq("new", "新生入学", "儿童上学，请问怎么报名"),
    ];
    let server = World::of(entries).serve();
    let plain = server.search(&[("q", "新生儿上户口")]);
    for polite in ["请问一下新生儿怎么上户口啊", "你好，我想问问新生儿上户口", "新生儿上户口怎么办呢？谢谢"]
    {
        let found = server.search(&[("q", polite)]);
        assert_eq!(found.ids(), plain.ids(), "{polite}");
        assert_eq!(found.ids()[0], "birth");
    }
}

/// 27. A floor hides an exact title.
#[test]
fn an_exact_title_is_always_found_first_and_answered() {
    let title = "怎么办";
    let crowd = (0..30).map(|at| faq(&format!("b{at}"), "办事怎么办理", &format!("怎么办怎么办，第{at}种")));
    let server = World::of(crowd.chain([faq("exact", title, "答复")])).serve();
    for question in [title, "怎么办？", " 怎么办 "] {
        let found = server.search(&[("q", question)]);
        assert_eq!(found.ids()[0], "exact", "{question}");
        assert_eq!(found.first()["confidence"], 1.0);
        let answer = server.answer(question);
        assert_eq!((&answer["status"], &answer["answer"]["id"]), (&json!("answered"), &json!("exact")));
    }
}

/// 28. Near names: the shorter inside the longer.
#[test]
fn a_near_name_comes_after_the_name() {
    let entries =
        [faq("second", "二三级医院", "二三级医院的名单，二三级医院的地址"), faq("third", "三级医院", "名单")];
    assert_eq!(ask(entries, "三级医院").ids()[0], "third");
}

/// 28. Near names: legal opposites.
#[test]
fn a_pledge_of_movables_is_not_answered_with_real_estate() {
    let answer = World::of([faq("a", "不动产登记", "到不动产登记中心办理")]).serve().answer("动产抵押");
    assert_eq!(answer["status"], "unsure", "{answer}");
}

/// 28. The same where every word of the question is inside the opposite.
#[test]
fn registration_of_movables_is_not_answered_with_real_estate() {
    let answer = World::of([faq("a", "不动产登记", "到不动产登记中心办理")]).serve().answer("动产登记");
    assert_eq!(answer["status"], "unsure", "{answer}");
}

/// 29. Wrong guess of the language.
#[test]
fn text_that_looks_like_another_language_is_found_all_the_same() {
    let entries = [
        faq("kanji", "東京都住民票", "住民登録の手続き"),
        faq("latin", "ETC", "ETC cards, English only"),
        faq("han", "外国人居留", "住宿登记"),
    ];
    let server = World::of(entries).serve();
    for (question, id) in [
        ("住民票", "kanji"),
        ("東京", "kanji"),
        ("手続き", "kanji"),
        ("English", "latin"),
        ("住宿登记 registration の", "han"),
    ] {
        assert_eq!(server.search(&[("q", question)]).ids().first(), Some(&id), "{question}");
    }
}

/// 30. No tool to see why.
#[test]
fn a_hit_says_by_what_it_was_found() {
    let entries = [
        with(faq("a", "医保局", "咨询电话 024-23456789"), json!({ "similar_questions": ["看病怎么报销"] })),
        faq("b", "社保卡挂失流程", "到网点办理"),
    ];
    let server = World::of(entries).serve();
    for (question, by) in
        [("024-23456789", "exact"), ("看病怎么报销", "title"), ("保卡挂", "phrase"), ("挂失的网点", "words")]
    {
        assert_eq!(server.search(&[("q", question)]).matched_by()[0], by, "{question}");
    }
}

/// 6. Byte and character offsets mixed up.
#[test]
fn no_text_and_no_question_breaks_the_search() {
    let entries = [
        faq("a", "😀社會保險a卡é̈", "㈠ﬁ👨‍👩‍👧２０１２年國辦發〔2020〕53號，电话024-12345678"),
        faq("b", "电子a-b\"社保\"", "İ ß ǅ ꙮ 𠮷野家 \u{200b}\u{feff}的社保"),
    ];
    let server = World::of(entries).serve();
    let asked = "\\PC{1,30}|.{1,20}|[電子社保卡a \"“”\\-〔〕第条號２0-9😀㈠ﬁ𠮷é]{1,24}";
    let config = ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(question in asked)| {
        prop_assume!(!question.trim().is_empty());
        // The harness checks every mark against the original.
        server.search(&[("q", &question), ("validity", "all")]);
    });
}
