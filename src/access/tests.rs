use super::*;
use crate::entry::Kind;

fn key(secret: &Secret) -> Key {
    Key {
        id: secret.hash().key_id(),
        name: "测试".to_owned(),
        role: Role::Editor,
        scope: Scope::default(),
        expires_on: Some(jiff::civil::date(2026, 11, 25)),
        made_at: String::new(),
        made_by: String::new(),
        revoked_at: None,
        revoked_by: None,
    }
}

#[test]
fn a_key_works_through_its_last_day_until_it_is_revoked() {
    let secret = Secret::random().unwrap();
    let ring = Keyring::new([(secret.hash(), key(&secret))]);
    let last = jiff::civil::date(2026, 11, 25);
    assert_eq!(ring.open(secret.reveal(), last).unwrap().name, "测试");
    let after = last.tomorrow().unwrap();
    assert_eq!(ring.open(secret.reveal(), after), Err(Refused::Expired(last)));
    assert_eq!(ring.open("jida_0", last), Err(Refused::Unknown));
    let revoked = Key { revoked_at: Some("2026-11-24".to_owned()), ..key(&secret) };
    let ring = Keyring::new([(secret.hash(), revoked)]);
    assert_eq!(ring.open(secret.reveal(), last), Err(Refused::Revoked));
}

#[test]
fn no_two_keys_are_alike_and_none_is_printed() {
    let (one, other) = (Secret::random().unwrap(), Secret::random().unwrap());
    assert_ne!(one.reveal(), other.reveal());
    assert_eq!(one.reveal().len(), 5 + 48);
    assert!(!format!("{one:?}").contains(&one.reveal()[5..]));
}

#[test]
fn a_scope_reads_up_and_down_its_region_and_writes_only_down() {
    let city = Region::parse("210100").unwrap();
    let scope = Scope { regions: vec![city], ..Scope::default() };
    let of = |code: &str| Entry { region: Region::parse(code).unwrap(), ..Entry::new("a", Kind::Faq, "题") };
    for readable in ["000000", "210000", "210100", "210102"] {
        assert!(scope.may_read(&of(readable)), "{readable}");
    }
    assert!(!scope.may_read(&of("330100")));
    for (code, may) in [("000000", false), ("210000", false), ("210100", true), ("210102", true)] {
        assert_eq!(scope.forbids_writing(&of(code)).is_none(), may, "{code}");
    }
}

#[test]
fn a_category_takes_in_what_is_below_it_and_nothing_that_only_begins_alike() {
    let scope = Scope { categories: vec!["户籍".to_owned()], ..Scope::default() };
    assert!(scope.has_category("户籍") && scope.has_category("户籍/迁移"));
    assert!(!scope.has_category("户籍网") && !scope.has_category(""));
}

#[test]
fn a_department_writes_only_its_own_entries() {
    let scope = Scope { department: Some("民政局".to_owned()), ..Scope::default() };
    let mut entry = Entry::new("a", Kind::Faq, "题");
    assert!(scope.forbids_writing(&entry).is_some_and(|reason| reason.contains("民政局")));
    entry.department = "民政局".to_owned();
    assert_eq!(scope.forbids_writing(&entry), None);
}
