//! Whose figures, and who may ask: a call's topic and department follow what was
//! used, a caller may say how satisfied they are, a key of some regions reads
//! the figures of those.

use serde_json::{Value, json};

use crate::world::{World, faq, with};

#[test]
fn a_call_is_about_what_was_used_and_a_caller_may_say_how_satisfied_they_are() {
    let heat = with(
        faq("heat", "供暖温度不达标怎么办", "先测温。"),
        json!({"category": "供热/室温", "department": "供热办"}),
    );
    let card = with(
        faq("card", "老年公交卡怎么办理", "到社区办理。"),
        json!({"category": "交通", "department": "交通局"}),
    );
    let world = World::of([heat, card]);
    let key = world.key("agent", &[]);
    let server = world.serve();
    let asked =
        server.search(&[("q", "供暖温度不达标"), ("call", "c1"), ("line", "8890"), ("region", "210100")]);
    let search_id = asked.0["search_id"].clone();
    let tell = |body: Value| server.call("POST", "/v1/feedback", &key, &[], &body.to_string());
    tell(json!({"search_id": search_id, "outcome": "copied", "entry_id": "card"})).good();
    tell(json!({"search_id": search_id, "outcome": "answered", "satisfaction": 2})).good();
    for wrong in [
        json!({"call": "c1", "outcome": "rated"}),
        json!({"call": "c1", "outcome": "answered", "satisfaction": 6}),
    ] {
        tell(wrong).problem(400, "invalid_request");
    }
    let by = |by: &str| server.get_as(&key, &format!("/v1/stats/groups?by={by}")).good()["groups"][0].clone();
    assert_eq!(
        (by("topic")["key"].clone(), by("topic")["shares"]["satisfaction"].clone()),
        (json!("交通"), json!(0.0))
    );
    assert_eq!(by("department")["name"], "交通局");
    assert_eq!(by("region")["name"], "沈阳市");
    assert_eq!(by("line")["key"], "8890");
}

#[test]
fn figures_are_for_people_at_desks_and_within_a_keys_regions() {
    let world = World::of([faq("heat", "供暖温度不达标怎么办", "先测温。")]);
    let bot = world.key("chatbot", &[]);
    let agent = world.key("agent", &["--region", "210100"]);
    let server = world.serve();
    for path in ["/v1/stats/figures", "/v1/stats/groups?by=day"] {
        server.get(path).problem(401, "unauthorized");
        server.get_as(&bot, path).problem(403, "forbidden");
        let more = if path.contains('?') { "&" } else { "?" };
        server.get_as(&agent, &format!("{path}{more}region=210200")).problem(400, "invalid_request");
        for wrong in ["from=soon", "from=2026-02-02&to=2026-02-01", "line=95598", "region=辽宁", "colour=red"]
        {
            server.get_as(&agent, &format!("{path}{more}{wrong}")).problem(400, "invalid_request");
        }
    }
    assert_eq!(server.get_as(&agent, "/v1/stats/figures").good()["region"], "210100");
    assert_eq!(server.get_as(&agent, "/v1/stats/figures?region=210102").good()["region_name"], "和平区");
    server.get_as(&agent, "/v1/stats/groups?by=colour").problem(400, "invalid_request");
}
