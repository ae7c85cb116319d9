//! Proves that what editors have can be loaded: Excel, Word, saved pages and PDF
//! files, with every bad row named and everything that cannot be read refused in
//! words an editor understands.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use serde_json::{Value, json};

use crate::office::{self, Letters, docx, item, paragraph, pdf, styled, xlsx, zip};
use crate::world::{Said, World, faq};

const HEADER: [&str; 12] = [
    "序号",
    "标准问题 *",
    "相似问法",
    "答案（必填）",
    "类目",
    "责任部门",
    "关键词",
    "区域",
    "生效日期",
    "有效期至",
    "类型",
    "标准话术",
];
const GOOD_AND_BAD_ROWS: u32 = 1_000;
/// Rows from which on there are entries: title, remark and header stand above.
const FIRST_ROW: u32 = 3;

/// What is wrong with a row of the messy table, its column and its code.
const BADNESSES: [(&str, &str); 10] = [
    ("标准问题 *", "title_missing"),
    ("标准问题 *", "title_too_long"),
    ("标准问题 *", "title_duplicate"),
    ("生效日期", "date_malformed"),
    ("有效期至", "dates_reversed"),
    ("区域", "region_malformed"),
    ("答案（必填）", "body_missing"),
    ("答案（必填）", "formula_failed"),
    ("类型", "kind_unknown"),
    ("标准话术", "script_too_long"),
];

/// Every twentieth row is bad, in turn in each of the ten ways.
fn badness(at: u32) -> Option<usize> {
    (at % 20 == 19).then_some((at / 20) as usize % BADNESSES.len())
}

fn title(at: u32) -> String {
    const THINGS: [&str; 25] = [
        "鲸鱼", "海豚", "骆驼", "刺猬", "松鼠", "孔雀", "企鹅", "河马", "蜥蜴", "乌龟", "鹦鹉", "仓鼠",
        "金鱼", "蝴蝶", "蜜蜂", "螃蟹", "龙虾", "海豹", "狐狸", "猎豹", "羚羊", "犀牛", "斑马", "袋鼠",
        "考拉",
    ];
    const ACTS: [&str; 40] = [
        "登记", "注销", "变更", "补证", "年检", "过户", "收养", "寄养", "运输", "检疫", "免疫", "绝育",
        "参展", "比赛", "拍摄", "出口", "进口", "繁育", "救助", "放生", "训练", "投保", "理赔", "退费",
        "缴费", "预约", "查询", "投诉", "举报", "复议", "听证", "公示", "备案", "核准", "延期", "暂停",
        "恢复", "转让", "赠与", "继承",
    ];
    format!("{}{}要什么材料", THINGS[at as usize % 25], ACTS[at as usize / 25])
}

/// A table as offices keep them: a merged title, a remark, a category merged
/// over fifty rows, dates as dates, numbers and texts, and fifty bad rows.
fn messy_workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let plain = Format::new();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let sheet = book.add_worksheet().set_name("常见问题").unwrap();
    sheet.merge_range(0, 0, 0, 11, "示例市热线常见问题汇总", &plain).unwrap();
    sheet.write_string(1, 0, "说明：带 * 的必填").unwrap();
    for (column, name) in (0..).zip(HEADER) {
        sheet.write_string(2, column, name).unwrap();
    }
    for at in 0..GOOD_AND_BAD_ROWS {
        let row = FIRST_ROW + at;
        let bad = badness(at).map(|kind| BADNESSES[kind].1);
        sheet.write_number(row, 0, f64::from(at + 1)).unwrap();
        let own = match bad {
            Some("title_missing") => String::new(),
            Some("title_too_long") => "长".repeat(129),
            Some("title_duplicate") => title(at - 1),
            _ => title(at),
        };
        sheet.write_string(row, 1, own).unwrap();
        sheet.write_string(row, 2, "另一问法甲；另一问法乙\n另一问法丙").unwrap();
        match bad {
            Some("body_missing") => sheet.write_string(row, 3, "  ").unwrap(),
            Some("formula_failed") => {
                sheet.write_formula(row, 3, Formula::new("NA()").set_result("#N/A")).unwrap()
            }
            _ => sheet.write_string(row, 3, format!("第{at}号答案：带身份证到窗口办理。")).unwrap(),
        };
        sheet.write_string(row, 5, "示例市示例局").unwrap();
        sheet.write_string(row, 6, "材料，窗口、办理").unwrap();
        match bad {
            Some("region_malformed") => sheet.write_string(row, 7, "沈阳那边").unwrap(),
            _ => sheet.write_number(row, 7, 210_100).unwrap(),
        };
        match (bad, at % 3) {
            (Some("date_malformed"), _) => sheet.write_string(row, 8, "明年开春").unwrap(),
            (_, 0) => sheet.write_string(row, 8, "2026年1月1日").unwrap(),
            (_, 1) => sheet.write_number(row, 8, 46_023).unwrap(),
            _ => {
                let date = ExcelDateTime::from_ymd(2026, 1, 1).unwrap();
                sheet.write_datetime_with_format(row, 8, date, &day).unwrap()
            }
        };
        let until = if bad == Some("dates_reversed") { "2025-12-31" } else { "长期" };
        sheet.write_string(row, 9, until).unwrap();
        sheet.write_string(row, 10, if bad == Some("kind_unknown") { "新闻" } else { "热点问答" }).unwrap();
        let script = match bad {
            Some("script_too_long") => "话".repeat(401),
            // What has a script needs no answer.
            Some("body_missing") => String::new(),
            _ => "您好，请带身份证。".to_owned(),
        };
        sheet.write_string(row, 11, script).unwrap();
    }
    for block in 0..GOOD_AND_BAD_ROWS / 50 {
        let first = FIRST_ROW + block * 50;
        sheet.merge_range(first, 4, first + 49, 4, &format!("动物／第{block}类"), &plain).unwrap();
    }
    book.add_worksheet().set_name("说明").unwrap().write_string(0, 0, "填表说明").unwrap();
    book.add_worksheet().set_name("旧版").unwrap().set_hidden(true).write_string(0, 0, "旧的").unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn a_messy_table_of_a_thousand_loads_but_for_its_fifty_bad_rows() {
    let world = World::new();
    world.file("data/常见问题.xlsx", messy_workbook());
    let said = world.jida(&["import", "data"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("新增 950，") && said.err.contains("拒收 50"), "{}", said.err);
    let errors: Vec<&str> = said.err.lines().filter(|line| line.starts_with("错误 ")).collect();
    for at in 0..GOOD_AND_BAD_ROWS {
        let place = format!("常见问题.xlsx 工作表“常见问题” 第 {} 行 ", FIRST_ROW + at + 1);
        let of_row: Vec<&&str> = errors.iter().filter(|line| line.contains(&place)).collect();
        let Some(kind) = badness(at) else {
            assert!(of_row.is_empty(), "{of_row:?}");
            continue;
        };
        let (column, code) = BADNESSES[kind];
        assert_eq!(of_row.len(), 1, "row {at} ({code}): {of_row:?}");
        assert!(
            of_row[0].contains(&format!("“{column}”列：")) && of_row[0].contains(&format!("（{code}）")),
            "{of_row:?}"
        );
        assert!(of_row[0].contains('请') || of_row[0].contains("要写成"), "says not what to do: {of_row:?}");
    }
    for warning in ["column_unknown", "id_derived", "工作表“说明”", "工作表“旧版”是隐藏的"]
    {
        assert!(said.err.contains(warning), "{warning}: {}", said.err);
    }
    let server = world.serve();
    for at in (0..GOOD_AND_BAD_ROWS).filter(|&at| badness(at).is_none()) {
        let found = server.search(&[("q", &title(at)), ("region", "210100")]);
        assert_eq!(found.first()["title"], title(at));
    }
    let id = server.search(&[("q", &title(0))]).first()["id"].as_str().unwrap().to_owned();
    let entry = server.entry(&id).good();
    assert!(id.starts_with("faq-") && id.len() == 16, "{id}");
    assert_eq!(entry["category"], "动物/第0类");
    assert_eq!(entry["similar_questions"], json!(["另一问法甲", "另一问法乙", "另一问法丙"]));
    assert_eq!(entry["keywords"], json!(["材料", "窗口", "办理"]));
    for at in 0..3 {
        let id = server.search(&[("q", &title(at))]).first()["id"].as_str().unwrap().to_owned();
        let entry = server.entry(&id).good();
        assert_eq!((&entry["effective_from"], &entry["expires_on"]), (&json!("2026-01-01"), &Value::Null));
    }
}

#[test]
fn ids_made_here_stay_the_same_when_the_file_moves_and_answers_change() {
    let world = World::new();
    world.file(
        "a.xlsx",
        xlsx("问答", &[&["问题", "答复"], &["猫怎么登记", "带猫来"], &["狗怎么登记", "带狗来"]]),
    );
    world.jida_ok(&["import", "a.xlsx"]);
    world.file("b.csv", "问题,答复\n狗怎么登记,带狗来\n猫怎么登记,带猫和证来\n");
    let said = world.jida_ok(&["import", "b.csv"]);
    assert!(said.err.contains("新增 0，修改 1，未变 1"), "{}", said.err);
}

#[test]
fn the_same_question_in_two_files_is_refused_once() {
    let world = World::new();
    world.file("data/a.xlsx", xlsx("问答", &[&["问题", "答复"], &["猫怎么登记", "带猫来"]]));
    world.file("data/b.xlsx", xlsx("乙", &[&["问题", "答复"], &["猫怎么登记", "带证来"]]));
    let said = world.jida(&["import", "data"]);
    assert!(said.err.contains("b.xlsx 工作表“乙” 第 2 行 [title] 标题“猫怎么登记”与文件"), "{}", said.err);
}

#[test]
fn an_old_workbook_is_read_like_a_new_one() {
    let world = World::new();
    world.file("问答.xls", include_bytes!("../fixtures/questions.xls"));
    world.jida_ok(&["import", "问答.xls"]);
    let found = world.search("海豚怎么登记");
    assert_eq!(found.first()["region"]["name"], "沈阳市");
    let entry = world.serve().entry(found.ids()[0]).good();
    assert_eq!((&entry["category"], &entry["effective_from"]), (&json!("动物/海洋"), &json!("2026-02-01")));
}

#[test]
fn a_citys_import_form_loads_by_its_natures() {
    let world = World::new();
    let header = ["类目", "标题", "内容", "发文单位", "材料性质", "关键字"];
    let rows: [&[&str]; 4] = [
        &header,
        &["户籍／出生", "鲸鱼落户指南", "带鲸鱼来", "示例局", "办事指南", "鲸鱼,落户"],
        &["户籍", "海豚管理通知", "海豚要管好", "示例局", "通知公告", "海豚"],
        &["户籍", "骆驼能落户吗", "可以", "示例局", "日常咨询类", "骆驼能落户吗"],
    ];
    world.file("form.xlsx", xlsx("导入", &rows));
    let said = world.jida_ok(&["import", "form.xlsx"]);
    assert!(
        said.err.contains("第 4 行 [keywords] “关键字”列：") && said.err.contains("keyword_is_title"),
        "{}",
        said.err
    );
    for (question, kind) in [("鲸鱼落户指南", "guide"), ("海豚管理通知", "policy"), ("骆驼能落户吗", "faq")]
    {
        assert_eq!(world.search(question).first()["kind"], kind);
    }
    let many: Vec<String> =
        (0..1_001).map(|at| format!("户籍,第{at}件事,答案,示例局,热点问答,词{at}\n")).collect();
    world.file("many.csv", format!("{}\n{}", header.join(","), many.concat()));
    let said = world.jida_ok(&["check", "many.csv"]);
    assert!(said.err.contains("form_too_long") && said.out.contains("可导入 1001 条"), "{said:?}");
}

fn centred(text: &str) -> String {
    paragraph("<w:jc w:val=\"center\"/>", text)
}

#[test]
fn a_word_document_keeps_headings_lists_and_tables() {
    let world = World::new();
    let cell = |text: &str| format!("<w:tc>{}</w:tc>", paragraph("", text));
    let row = |cells: [&str; 2]| format!("<w:tr>{}{}</w:tr>", cell(cells[0]), cell(cells[1]));
    let table = format!("<w:tbl>{}{}</w:tbl>", row(["对象", "金额"]), row(["鲸鱼", "三百元"]));
    let deleted = "<w:p><w:del><w:r><w:delText>删去的话</w:delText></w:r></w:del><w:r><w:t>鲸鱼</w:t></w:r><w:r><w:t>补贴。</w:t></w:r></w:p>";
    world.file(
        "data/社保/补贴.docx",
        docx(&[
            centred("示例市人民政府文件"),
            centred("示例〔2026〕1号"),
            centred("关于发放鲸鱼补贴"),
            centred("的通知"),
            styled("1", "一、范围"),
            deleted.to_owned(),
            styled("2", "（一）材料"),
            item("1", "身份证"),
            item("1", "鲸鱼证"),
            item("2", "先申请"),
            item("2", "后领取"),
            table,
            paragraph(
                "",
                "本通知自2026年3月1日起施行，有效期2年。《鲸鱼老办法》（示例〔2019〕3号）同时废止。",
            ),
            paragraph("<w:jc w:val=\"right\"/>", "示例市人力资源和社会保障局"),
            paragraph("<w:jc w:val=\"right\"/>", "2026年2月10日"),
        ]),
    );
    let said = world.jida_ok(&["import", "data"]);
    for finding in [
        "[effective_from] 从正文读出施行日期 2026-03-01，请核对（metadata_proposed）",
        "[expires_on] 从正文读出最后有效的一天 2028-02-29",
        "[source.number] 从正文读出文号 示例〔2026〕1号",
        "[source.date] 从正文读出成文（发布）日期 2026-02-10",
        "《鲸鱼老办法》（示例〔2019〕3号）",
    ] {
        assert!(said.err.contains(finding), "{finding}\n{}", said.err);
    }
    assert_eq!(world.search("鲸鱼补贴多少钱").ids(), ["社保/补贴"]);
    let entry = world.serve().entry("社保/补贴").good();
    assert_eq!(entry["title"], "关于发放鲸鱼补贴的通知");
    assert_eq!(entry["category"], "社保");
    assert_eq!(entry["source"][0]["issuer"], "示例市人力资源和社会保障局");
    let body = entry["body"].as_str().unwrap();
    for piece in [
        "## 一、范围\n\n鲸鱼补贴。\n\n### （一）材料\n\n- 身份证\n- 鲸鱼证\n1. 先申请\n2. 后领取",
        "| 对象 | 金额 |\n| --- | --- |\n| 鲸鱼 | 三百元 |",
    ] {
        assert!(body.contains(piece), "{body}");
    }
    assert!(!body.contains("删去"), "{body}");
}

#[test]
fn a_word_document_with_articles_is_found_by_article() {
    let world = World::new();
    let articles = ["鲸鱼应当登记。", "海豚依照前条办理。", "本办法自2026年1月1日起施行。"];
    let mut blocks = vec![styled("T", "示例市海洋动物管理办法"), centred("第一章 总则")];
    blocks.extend(articles.map(|text| item("3", text)));
    world.file("办法.docx", docx(&blocks));
    world.jida_ok(&["import", "办法.docx"]);
    assert_eq!(world.search("海豚依照前条").ids(), ["办法#第二条"]);
    let article = world.serve().entry("办法#第二条").good();
    assert_eq!(article["part"]["headings"], json!(["第一章 总则"]));
    assert_eq!(
        (&article["title"], &article["effective_from"]),
        (&json!("示例市海洋动物管理办法 第二条"), &json!("2026-01-01"))
    );
}

const PAGE: &str = r#"<html><head><meta charset="GBK"><title>海豚寄养办法_示例市政府网</title>
<meta name="ArticleTitle" content="海豚寄养须知"><meta name="PubDate" content="2026-04-05 10:00"><meta name="ContentSource" content="示例市农业局"></head>
<body><div class="header"><a href="/">首页</a>示例导航</div><div class="breadcrumb">当前位置：首页 &gt; 政策</div>
<div class="main"><h1>海豚寄养须知</h1><div class="share-bar share">分享到微信</div>
<div class="article"><p>寄养海豚要先</p><p>申请，条件如下：</p><ul><li>有水池</li><li>有饲料</li></ul>
<table><tr><td>类别</td><td>费用</td></tr><tr><td>海豚</td><td>五百元</td></tr></table><script>var a='坏';</script>
<p>咨询请到示例市农业局窗口办理，办理时间为工作日。</p></div></div><div id="footer">版权所有 示例</div></body></html>"#;

#[test]
fn a_saved_page_gives_its_text_and_not_its_menus() {
    let world = World::new();
    world.file("data/page.html", encoding_rs::GBK.encode(PAGE).0);
    world.file("data/page_files/frame.html", "<html><body>广告广告广告广告广告广告广告</body></html>");
    world.jida_ok(&["import", "data"]);
    assert_eq!(world.search("海豚寄养").ids(), ["page"]);
    let entry = world.serve().entry("page").good();
    assert_eq!(entry["title"], "海豚寄养须知");
    assert_eq!(
        (&entry["source"][0]["issuer"], &entry["source"][0]["date"]),
        (&json!("示例市农业局"), &json!("2026-04-05"))
    );
    assert_eq!(
        entry["body"],
        "寄养海豚要先\n\n申请，条件如下：\n\n- 有水池\n- 有饲料\n\n| 类别 | 费用 |\n| --- | --- |\n| 海豚 | 五百元 |\n\n咨询请到示例市农业局窗口办理，办理时间为工作日。"
    );
}

const PDF_PAGES: [&[office::Line<'static>]; 2] = [
    &[
        (150, 22, "示例市骆驼管理通知"),
        (116, 16, "骆驼进城应当事先申请，申请时要带上骆驼的免疫证明和"),
        (84, 16, "主人的身份证，由示例市农业局当场登记，登记以后发给骆驼"),
        (84, 16, "通行证。"),
        (290, 10, "— 1 —"),
    ],
    &[(116, 16, "本通知自2026年5月1日起施行。"), (290, 10, "第 2 页")],
];

#[test]
fn a_pdf_is_read_as_chinese_is_set() {
    for letters in [Letters::Gbk, Letters::Unicode] {
        let world = World::new();
        world.file("骆驼.pdf", pdf(&PDF_PAGES, letters));
        world.jida_ok(&["import", "骆驼.pdf"]);
        let entry = world.serve().entry("骆驼").good();
        assert_eq!(entry["title"], "示例市骆驼管理通知");
        assert_eq!(
            entry["body"],
            "骆驼进城应当事先申请，申请时要带上骆驼的免疫证明和主人的身份证，由示例市农业局当场登记，登记以后发给骆驼通行证。\n\n本通知自2026年5月1日起施行。"
        );
        assert_eq!(entry["effective_from"], "2026-05-01");
    }
}

/// Checks a file that has to be refused; says what was said.
fn refused(name: &str, bytes: &[u8]) -> Said {
    let world = World::new();
    world.file(name, bytes);
    let said = world.jida(&["check", name]);
    assert_eq!(said.code, Some(1), "{name}: {said:?}");
    assert_eq!(said.err.lines().filter(|line| line.starts_with("错误 ")).count(), 1, "{name}: {said:?}");
    said
}

#[test]
fn what_cannot_be_read_is_refused_with_what_to_do() {
    let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let ole = |stream: &str| [&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1][..], &utf16(stream)].concat();
    let scan: Vec<u8> = pdf(&[&[], &[]], Letters::Gbk);
    let nameless = pdf(&PDF_PAGES, Letters::Nameless);
    let table = office::xlsx("甲", &[&["问题", "答案"], &["问", "答"]]);
    let cases: [(&str, &[u8], &str, &str); 15] = [
        ("旧.doc", b"x", "format_unknown", "另存为 .docx"),
        ("旧.docx", &ole("WordDocument"), "content_mismatch", "另存为 .docx"),
        ("密.docx", &ole("EncryptedPackage"), "file_encrypted", "去掉密码"),
        ("密.xlsx", &ole("EncryptedPackage"), "file_encrypted", "去掉密码"),
        ("网页.xls", b"<html><table><tr><td>a</td></tr></table></html>", "content_mismatch", "另存为 .xlsx"),
        ("表.xlsx", "问题,答案\n问,答\n".as_bytes(), "content_mismatch", "另存为 .xlsx"),
        ("坏.xlsx", &table[..table.len() / 2], "container_damaged", "另存"),
        ("空.docx", &zip(&[("a.xml", "<a/>")]), "document_malformed", "另存为 .docx"),
        ("扫描.pdf", &scan, "pdf_scanned", "文字识别"),
        ("乱码.pdf", &nameless, "pdf_unreadable", "Word"),
        ("坏.pdf", b"%PDF-1.4\nnothing", "pdf_malformed", "另存"),
        ("空.html", b"<html><body></body></html>", "document_empty", "文字识别"),
        ("图.png", b"x", "format_unknown", ".xlsx"),
        ("无表头.xlsx", &xlsx("甲", &[&["一", "二"], &["三", "四"]]), "column_missing", "请补上"),
        ("压缩.csv", &table, "content_mismatch", "扩展名"),
    ];
    for (name, bytes, code, advice) in cases {
        let said = refused(name, bytes);
        assert!(said.err.contains(code) && said.err.contains(advice), "{name}: {}", said.err);
    }
}

#[test]
fn old_documents_in_a_folder_are_named_and_locks_are_passed_over() {
    let world = World::new();
    world.entries("data/a.jsonl", [faq("a", "猫怎么登记", "带猫来")]);
    world.file("data/旧.doc", "x");
    world.file("data/~$表.xlsx", "x");
    world.file("data/图.png", "x");
    let said = world.jida(&["import", "data"]);
    assert!(said.err.contains("旧.doc") && said.err.contains("拒收 1"), "{}", said.err);
    assert_eq!(world.search("猫怎么登记").ids(), ["a"]);
}

#[test]
fn too_large_files_and_tables_are_refused() {
    let world = World::new();
    let path = world.file("大.pdf", "%PDF-1.4");
    std::fs::File::options().write(true).open(&path).unwrap().set_len(51 * 1024 * 1024).unwrap();
    let said = world.jida(&["check", "大.pdf"]);
    assert!(said.err.contains("文件有 51 MB，最多 50 MB"), "{}", said.err);
    let rows: Vec<String> = (0..200_002).map(|at| format!("第{at}问,答\n")).collect();
    world.file("长.csv", format!("问题,答案\n{}", rows.concat()));
    let said = world.jida(&["check", "长.csv"]);
    assert!(said.err.contains("table_too_long") && said.out.contains("可导入 200000 条"), "{said:?}");
}
