use super::*;
use crate::meaning::Embedded;
use crate::settings::SETTINGS_FILE;

fn read(file: &str, environment: &[(&str, &str)]) -> Result<Option<Settings>, String> {
    let folder = tempfile::tempdir().unwrap();
    if !file.is_empty() {
        std::fs::write(folder.path().join(SETTINGS_FILE), file).unwrap();
    }
    std::fs::write(folder.path().join("the-key"), "sk-from-a-file\n").unwrap();
    let of = |name: &str| {
        let found = environment.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Settings::read_with(folder.path(), of).map_err(|error| error.to_string())
}

fn some(file: &str, environment: &[(&str, &str)]) -> Settings {
    read(file, environment).unwrap().unwrap()
}

#[test]
fn without_an_address_there_is_no_tier() {
    assert_eq!(read("", &[]), Ok(None));
    assert_eq!(read("[embeddings]\nmodel = 'e5'", &[]), Ok(None));
    assert_eq!(read("", &[("JIDA_EMBEDDINGS_URL", "")]), Ok(None));
}

#[test]
fn the_address_is_completed() {
    let address =
        |url: &str| some("", &[("JIDA_EMBEDDINGS_URL", url), ("JIDA_EMBEDDINGS_MODEL", "e5")]).address;
    for url in
        ["http://h:80", "http://h:80/", "http://h:80/v1", "http://h:80/v1/", "http://h:80/v1/embeddings"]
    {
        assert_eq!(address(url), "http://h:80/v1/embeddings", "{url}");
    }
    assert_eq!(address("https://h/api/paas/v4"), "https://h/api/paas/v4/embeddings");
    assert_eq!(address("https://h/openai"), "https://h/openai/v1/embeddings");
}

#[test]
fn the_environment_wins_over_the_file() {
    let file =
        "[embeddings]\nurl = 'http://file/v1'\nmodel = 'one'\nbatch = 8\nquery_prefix = 'query: '\nkey = 'a'";
    let settings =
        some(file, &[("JIDA_EMBEDDINGS_MODEL", "two"), ("JIDA_EMBEDDINGS_TEXTS", "questions,articles")]);
    assert_eq!(settings.address, "http://file/v1/embeddings");
    assert_eq!((settings.question.model.as_str(), settings.batch), ("two", 8));
    assert_eq!(settings.question.prefix, "query: ", "the space at its end belongs to it");
    assert_eq!(settings.texts, Texts(vec![Embedded::Questions, Embedded::Articles]));
    assert_eq!(settings.budget, Duration::from_millis(80));
    assert!(!format!("{settings:?}").contains("\"a\""), "a key is never printed");
}

#[test]
fn a_key_may_stand_in_a_file_of_its_own() {
    let settings = some("[embeddings]\nurl='http://h'\nmodel='m'\nkey_file='the-key'", &[]);
    assert_eq!(settings.key.as_deref(), Some("sk-from-a-file"));
    let told = read("[embeddings]\nurl='http://h'\nmodel='m'\nkey_file='gone'", &[]).unwrap_err();
    assert!(told.contains("gone") && told.contains("key_file"), "{told}");
}

#[test]
fn everything_wrong_is_told_at_once_with_file_and_field() {
    let file = "[embeddings]\nurl = 'ftp://h'\nmodell = 'e5'\nbatch = 0\nbudget_ms = 'soon'\n\
                texts = ['poems']\nquery_input_type = 'query'\n[other]\na = 1";
    let told = read(file, &[]).unwrap_err();
    for piece in
        ["jida.toml", "url", "modell", "model（", "batch", "budget_ms", "texts", "query_input_type", "other"]
    {
        assert!(told.contains(piece), "{piece} is not in\n{told}");
    }
    let told = read("[embeddings", &[]).unwrap_err();
    assert!(told.contains("TOML"), "{told}");
    let told =
        read("", &[("JIDA_EMBEDDINGS_URL", "http://h"), ("JIDA_EMBEDDINGS_BATCH", "many")]).unwrap_err();
    assert!(told.contains("JIDA_EMBEDDINGS_BATCH"), "{told}");
}

#[test]
fn the_set_is_named_by_all_that_makes_vectors_differ() {
    let url = "[embeddings]\nurl='http://h'\n";
    let files = [
        "model='e5'",
        "model='e6'",
        "model='e5'\nquery_prefix='query: '",
        "model='e5'\npassage_prefix='query: '",
        "model='e5'\nquery_input_type='query'\npassage_input_type='passage'",
        "query_model='e5-query'\npassage_model='e5-passage'",
    ];
    let names: std::collections::BTreeSet<String> =
        files.iter().map(|file| some(&format!("{url}{file}"), &[]).set_name()).collect();
    assert_eq!(names.len(), files.len(), "{names:?}");
    // What makes none differ.
    let other = some("[embeddings]\nurl='http://other'\nmodel='e5'\nbatch=4\nkey='k'", &[]);
    assert_eq!(other.set_name(), "e5");
    assert_eq!(other.with_model("e6").set_name(), "e6");
}
