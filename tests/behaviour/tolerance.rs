//! Proves that pinyin, first letters, other readings, misheard and wrong
//! characters find what is meant (complaints 15 to 24 of the thirty in
//! `chinese-search.md`), say so, and never come before what is written.

use serde_json::json;

use crate::world::{Server, World, ask, faq, with};

/// A small counter's library.
fn counter() -> Server {
    World::of([
        faq("card", "社保卡怎么办理", "带身份证到银行网点办理社保卡"),
        faq("move", "社保转移", "在平台申请社保转移接续"),
        faq("fund", "公积金提取", "住房公积金的提取条件"),
        faq("etc", "ETC怎么办理", "带行驶证到银行办理ETC，下载APP"),
        faq("bank", "银行开户", "到银行柜台"),
        faq("city", "重庆户口迁移", "到重庆市公安局"),
        faq("review", "行政复议", "向行政机关申请行政复议"),
        faq("health", "医疗保险报销", "医疗保险的报销比例"),
        faq("train", "D7601次列车", "晚点说明"),
    ])
    .serve()
}

/// 16. Pinyin marks the characters it means.
#[test]
fn pinyin_marks_the_characters() {
    let server = counter();
    for question in ["shebaoka", "she bao ka", "SheBaoKa", "shebao ka", "she'bao'ka"] {
        let found = server.search(&[("q", question)]);
        assert_eq!(found.ids()[0], "card", "{question}");
        assert_eq!(found.marked("title"), ["社保卡"], "{question}");
        assert!(found.matched_by().contains(&"pinyin"), "{question}: {:?}", found.matched_by());
    }
}

/// 17. Characters and pinyin in one question.
#[test]
fn characters_and_pinyin_are_read_together() {
    let server = counter();
    for question in ["社保zhuanyi", "社bzy", "社保zy", "shebao转移", "社保 zhuanyi"] {
        let found = server.search(&[("q", question)]);
        assert_eq!(found.ids()[0], "move", "{question}");
        assert!(found.matched_by().contains(&"pinyin"), "{question}");
        assert_eq!(found.marked("title"), ["社保转移"], "{question}");
    }
}

/// 18. First letters.
#[test]
fn first_letters_find_the_word() {
    let server = counter();
    for (question, id, marked) in [
        ("sbk", "card", "社保卡"),
        ("gjj", "fund", "公积金"),
        ("xzfy", "review", "行政复议"),
        ("yh", "bank", "银行"),
    ] {
        let found = server.search(&[("q", question)]);
        assert_eq!(found.ids()[0], id, "{question}");
        assert_eq!(found.marked("title"), [marked], "{question}");
    }
}

/// 19. Characters with several readings.
#[test]
fn each_reading_of_a_character_finds_it() {
    let server = counter();
    for (question, id, marked) in
        [("yinhang", "bank", "银行"), ("chongqing", "city", "重庆"), ("xingzheng", "review", "行政")]
    {
        let found = server.search(&[("q", question)]);
        assert_eq!(found.ids()[0], id, "{question}");
        assert!(found.marked("title").iter().any(|mark| mark.contains(marked)), "{question}: {found:?}");
        assert!(found.matched_by().contains(&"pinyin"), "{question}");
    }
}

/// 20. Misheard characters.
#[test]
fn characters_that_sound_the_same_are_found_and_said_to_be_heard() {
    let server = counter();
    for (question, id) in
        [("公机金", "fund"), ("公鸡金提取", "fund"), ("社宝卡怎么办理", "card"), ("行政复一", "review")]
    {
        let found = server.search(&[("q", question)]);
        assert_eq!(found.ids()[0], id, "{question}");
        assert!(found.matched_by().contains(&"sound"), "{question}: {:?}", found.matched_by());
    }
}

/// 15. What is written comes before what only sounds so, and is never changed.
#[test]
fn sound_never_comes_before_characters() {
    let entries = [
        faq("heard", "公积金提取", "公积金"),
        faq("written", "公机金厂", "地址"),
        faq("latin", "yinhang是什么", "一个网站"),
        faq("bank", "银行开户", "到银行"),
    ];
    let server = World::of(entries).serve();
    assert_eq!(server.search(&[("q", "公机金")]).ids()[0], "written");
    assert!(!server.search(&[("q", "公机金")]).matched_by().contains(&"sound"));
    let latin = server.search(&[("q", "yinhang")]);
    assert_eq!(latin.ids()[0], "latin");
    assert!(!latin.matched_by().contains(&"pinyin"));
}

/// 15. Pinyin is not mixed into questions that match; letters entries hold are text.
#[test]
fn questions_that_match_as_written_are_not_heard() {
    let server = counter();
    for question in [
        "社保卡怎么办理",
        "公积金提取",
        "医疗保险报销比例",
        "ETC",
        "app",
        "d7601",
        "银行开户要带什么",
        "重庆",
    ] {
        for hit in server.search(&[("q", question)]).hits() {
            let by = hit["matched_by"].as_array().expect("a list");
            assert!(!by.contains(&json!("sound")) && !by.contains(&json!("pinyin")), "{question}: {hit}");
        }
    }
}

/// Whole titles typed in pinyin are as certain as titles; what is only partly
/// heard is not answered.
#[test]
fn a_whole_title_in_pinyin_is_answered() {
    let server = counter();
    for question in
        ["gongjijintiqu", "gong ji jin ti qu", "yinhangkaihu", "chongqinghukouqianyi", "ETCzenmebanli"]
    {
        let found = server.search(&[("q", question)]);
        assert!(found.matched_by().contains(&"pinyin"), "{question}");
        assert!(found.matched_by().contains(&"title"), "{question}: {:?}", found.matched_by());
        assert_eq!(server.answer(question)["status"], "answered", "{question}");
    }
    assert_eq!(server.answer("公机金可以买飞机吗")["status"], "unsure");
}

/// 21. One wrong character in four or more, at every place.
#[test]
fn one_wrong_character_still_finds_it() {
    let server = counter();
    for (title, id) in [
        ("社保转移", "move"),
        ("公积金提取", "fund"),
        ("重庆户口迁移", "city"),
        ("医疗保险报销", "health"),
        ("行政复议", "review"),
    ] {
        for place in 0..title.chars().count() {
            for wrong in ['鹅', '山', '的'] {
                let question: String = title
                    .chars()
                    .enumerate()
                    .map(|(at, own)| if at == place { wrong } else { own })
                    .collect();
                assert_eq!(server.search(&[("q", &question)]).ids().first(), Some(&id), "{question}");
            }
        }
    }
}

/// 22. Synonyms are asked in the question; texts keep their own tokens.
#[test]
fn synonyms_lead_both_ways_without_changing_tokens() {
    let entries = [
        faq("insurance", "医疗保险报销", "住院费用"),
        faq("short", "医保断缴", "补缴办法"),
        faq("school", "高等学校招生", "招生章程"),
        faq("college", "高校毕业生就业", "就业协议"),
    ];
    let server = World::of(entries).serve();
    for (question, own, other) in [
        ("医保", "short", "insurance"),
        ("医疗保险", "insurance", "short"),
        ("高校", "college", "school"),
        ("高等学校", "school", "college"),
    ] {
        let found = server.search(&[("q", question)]);
        assert_eq!(found.ids(), [own, other], "{question}");
        assert_eq!(found.hits()[1]["matched_by"], json!(["synonyms"]), "{question}");
    }
}

/// Pinyin of what was published after the index was built.
#[test]
fn new_entries_are_heard_at_once() {
    let world = World::of([faq("old", "公积金提取", "条件")]);
    let server = world.serve();
    let more = world.entries("more.jsonl", [faq("new", "居住证签注", "到派出所")]);
    world.jida_ok(&["import", more.to_str().expect("a path")]);
    crate::world::until(crate::world::PATIENCE, "the new entry by its sound", || {
        (server.search(&[("q", "juzhuzheng")]).ids().first() == Some(&"new")).then_some(())
    });
    assert_eq!(server.search(&[("q", "居住正签注")]).ids()[0], "new");
    assert_eq!(server.search(&[("q", "jzz")]).ids()[0], "new");
}

/// Similar questions and keywords are heard as titles are.
#[test]
fn similar_questions_and_keywords_are_heard() {
    let fields = json!({ "similar_questions": ["孩子上学要什么材料"], "keywords": ["义务教育"] });
    let entries = [with(faq("school", "入学登记", "材料"), fields), faq("other", "户口", "派出所")];
    let found = ask(entries.clone(), "haizishangxueyaoshenmecailiao");
    assert_eq!(found.ids()[0], "school");
    assert_eq!(ask(entries, "ywjy").ids()[0], "school");
}

/// 23. A new word takes effect with a new generation, swapped under a server.
#[test]
fn a_new_word_of_the_dictionary_is_searched_after_a_reindex() {
    let entries = [
        faq("whole", "网约车证年审", "网约车证每年一次"),
        faq("parts", "网约车和驾驶证", "网约一辆车，约好车，证件带齐，车证分开，网约车要有证"),
    ];
    let world = World::of(entries);
    let server = world.serve();
    let ids = |server: &Server| {
        let found = server.search(&[("q", "网约车证怎么年审")]);
        found.ids().iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&server)[0], "whole");
    world.file("corpus/dictionary.txt", "网约车证\n");
    let before = world.jida_ok(&["cut", "网约车证年审"]).out;
    assert!(before.contains("用词典（1 个词）：网约车证 / "), "{before}");
    world.jida_ok(&["reindex"]);
    crate::world::until(crate::world::PATIENCE, "the new generation", || {
        let found = server.search(&[("q", "网约车证怎么年审")]);
        (found.marked("title") == ["网约车证年审"] && ids(&server)[0] == "whole").then_some(())
    });
    for question in ["网约车证", "网约车", "车证", "年审"] {
        assert!(ids_of(&server, question).contains(&"whole".to_owned()), "{question}");
    }
}

fn ids_of(server: &Server, question: &str) -> Vec<String> {
    server.search(&[("q", question)]).ids().iter().map(|id| (*id).to_owned()).collect()
}

/// 24. The editor gives words only; a line with a frequency is named.
#[test]
fn the_program_works_out_frequencies_and_shows_the_cut() {
    let world = World::new();
    world.file("corpus/dictionary.txt", "# 词\n辽事通\n最多跑一次\n");
    let said = world.jida_ok(&["cut", "用辽事通办不动产登记最多跑一次"]).out;
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("不用词典：") && !lines[0].contains("辽事通 /"), "{said}");
    assert!(lines[1].ends_with("用 / 辽事通 / 办 / 不动产 / 登记 / 最多跑一次"), "{said}");
    world.file("corpus/dictionary.txt", "辽事通 1000\n");
    let said = world.jida(&["cut", "辽事通"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("word_malformed"), "{}", said.err);
}

/// Letters that stay letters in a question that was misheard count as before.
#[test]
fn letters_beside_a_misheard_word_do_not_lead() {
    let entries = [
        faq("fund", "公积金提取", "在APP上提取公积金"),
        faq("app", "APP下载", "APP，下载APP"),
        faq("other", "APP注册", "注册APP"),
    ];
    assert_eq!(ask(entries, "APP上公机金提取").ids()[0], "fund");
}
