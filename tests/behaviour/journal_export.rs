//! The journal leaves as CSV and Parquet, for those who may have it, and is in
//! the backup as it stood at one moment.

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Value, json};

use crate::world::{PATIENCE, Server, World, faq, until};

fn world() -> World {
    World::of([
        faq("heat", "供暖温度不达标怎么办", "先测温。"),
        faq("card", "老年公交卡怎么办理", "到社区办理。"),
    ])
}

fn tell(server: &Server, key: &str, body: Value) {
    server.call("POST", "/v1/feedback", key, &[], &body.to_string()).good();
}

/// Two calls: one answered after a copy, one dispatched.
fn two_calls(server: &Server, key: &str) {
    let found =
        server.search(&[("q", "供暖温度不达标"), ("call", "c1"), ("line", "8890"), ("region", "210102")]);
    let search_id = &found.0["search_id"];
    tell(server, key, json!({"search_id": search_id, "outcome": "copied", "entry_id": "heat"}));
    tell(
        server,
        key,
        json!({"search_id": search_id, "outcome": "answered", "entry_id": "heat", "satisfaction": 5}),
    );
    tell(
        server,
        key,
        json!({"call": "c2", "outcome": "dispatched", "department": "=供热办", "line": "12345"}),
    );
}

#[test]
fn the_journal_leaves_as_csv_and_as_parquet() {
    let world = world();
    let key = world.key("reviewer", &[]);
    let server = world.serve();
    two_calls(&server, &key);
    let export = |query: &str| {
        let reply = server.get_as(&key, &format!("/v1/journal/export?{query}"));
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply
    };
    let calls = export("table=calls");
    assert_eq!(calls.content_type, "text/csv; charset=utf-8");
    let lines: Vec<&str> = calls.text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 3, "{}", calls.text);
    assert!(
        lines[0].starts_with("id,at,day,hour,line,region,topic,department,seat,outcome,satisfaction,"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].starts_with("c1,")
            && lines[1].contains(",8890,210102,")
            && lines[1].contains(",answered,5,"),
        "{}",
        lines[1]
    );
    // A table program is not to calculate it.
    assert!(lines[2].contains(",'=供热办,"), "{}", lines[2]);
    assert!(export("table=searches&format=csv").text.contains("供暖温度不达标"));
    assert_eq!(export("table=words&from=2020-01-01&to=2020-01-31").text.lines().count(), 1);

    let file = world.path("searches.parquet");
    let said = world.jida_ok(&["journal", "export", "searches.parquet", "--table", "searches"]);
    assert!(said.out.contains("已导出 1 行"), "{}", said.out);
    let reader = SerializedFileReader::new(std::fs::File::open(file).unwrap()).unwrap();
    assert_eq!(reader.metadata().file_metadata().num_rows(), 1);
    let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
    let fields: std::collections::BTreeMap<String, Field> =
        row.get_column_iter().map(|(name, field)| (name.clone(), field.clone())).collect();
    assert_eq!(fields["question"], Field::Str("供暖温度不达标".to_owned()));
    assert_eq!((fields["position"].clone(), fields["answered"].clone()), (Field::Long(1), Field::Null));
    assert!(matches!(fields["at"], Field::TimestampMillis(_)), "{:?}", fields["at"]);
    let refused = world.jida(&["journal", "export", "searches.parquet", "--table", "searches"]);
    assert_eq!(refused.code, Some(1), "{}", refused.err);
    assert_eq!(world.jida(&["journal", "export", "searches.xlsx"]).code, Some(1));
}

#[test]
fn who_answers_for_others_may_export_the_journal() {
    let world = world();
    let editor = world.key("editor", &[]);
    let city = world.key("reviewer", &["--region", "210100"]);
    let reviewer = world.key("reviewer", &[]);
    let server = world.serve();
    let path = "/v1/journal/export";
    server.get(path).problem(401, "unauthorized");
    for key in [&editor, &city] {
        server.get_as(key, path).problem(403, "forbidden");
    }
    assert_eq!(server.get_as(&reviewer, path).status, 200);
    for wrong in ["format=xlsx", "table=keys", "from=soon", "colour=red"] {
        server.get_as(&reviewer, &format!("{path}?{wrong}")).problem(400, "invalid_request");
    }
}

#[test]
fn a_backup_holds_the_journal_and_a_restored_one_goes_on() {
    let world = world();
    let key = world.key("agent", &[]);
    let server = world.serve();
    two_calls(&server, &key);
    let rate = |server: &Server| server.get("/v1/stats/instant-answer").good();
    let before = rate(&server);
    assert_eq!(before, json!({"accepted": 2, "answered": 1, "dispatched": 1, "rate": 0.5}));
    world.jida_ok(&["backup", "saved.tar.zst"]);
    // The journal is no editor's file: it is in the backup once, whole.
    tell(&server, &key, json!({"call": "c3", "outcome": "answered"}));
    drop(server);

    let other = World::new();
    let saved = world.path("saved.tar.zst").to_string_lossy().into_owned();
    other.jida_ok(&["restore", &saved]);
    assert_eq!(rate(&other.serve()), before);

    // A journal that is there knows what came after the backup, and stays.
    world.jida_ok(&["restore", "saved.tar.zst", "--replace"]);
    let server = world.serve();
    let after =
        until(PATIENCE, "the journal goes on", || Some(rate(&server)).filter(|rate| rate["accepted"] == 3));
    assert_eq!(after["answered"], 2);
}
