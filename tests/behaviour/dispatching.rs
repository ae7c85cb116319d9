//! A dispatched call is handed over: a signed draft of its ticket reaches the
//! configured address once, whatever happens on the way, tells nobody's numbers,
//! and the ticket's number comes back to the desk.

use serde_json::{Value, json};

use crate::receiver::{Message, Receiver, SECRET};
use crate::world::{PATIENCE, Server, World, faq, until, with};

const PHONE: &str = "13812345678";
const DEPARTMENT: &str = "市供热办";

fn world(receiver: &Receiver) -> World {
    let world = World::of([
        with(
            faq("heat", "供暖温度不达标怎么办", "先测温。"),
            json!({"internal_note": "金丝雀密语", "category": "供热"}),
        ),
        faq("card", "社保卡丢了怎么补", "到网点补办。"),
    ]);
    world.file("corpus/jida.toml", receiver.settings("dispatch"));
    world
}

fn tell(server: &Server, key: &str, body: Value) {
    server.call("POST", "/v1/feedback", key, &[], &body.to_string()).good();
}

/// A call with a question, an opened entry and its dispatch.
fn dispatched(server: &Server, key: &str, call: &str) {
    let question = format!("我叫王小明电话{PHONE}，家里供暖温度不达标");
    let found =
        server.search(&[("q", question.as_str()), ("call", call), ("line", "12345"), ("region", "210102")]);
    let search_id = found.0["search_id"].clone();
    tell(server, key, json!({"outcome": "opened", "entry_id": "heat", "search_id": search_id, "call": call}));
    let note = format!("回电{PHONE}");
    tell(
        server,
        key,
        json!({"outcome": "dispatched", "department": DEPARTMENT, "search_id": search_id, "call": call, "note": note}),
    );
}

fn came(receiver: &Receiver, count: usize) -> Vec<Message> {
    until(PATIENCE, "the messages", || Some(receiver.came()).filter(|came| came.len() >= count))
}

fn ticket_of(server: &Server, key: &str, call: &str) -> Value {
    until(PATIENCE, "the draft is taken", || {
        Some(server.get_as(key, &format!("/v1/dispatches?call={call}")).good())
            .filter(|told| told["state"] == "taken")
    })
}

#[test]
fn a_dispatched_call_becomes_a_signed_draft_and_its_ticket_comes_back() {
    let receiver = Receiver::answering(&[(200, r#"{"ticket": "SY-2026-000123"}"#)]);
    let world = world(&receiver);
    let agent = world.key("agent", &[]);
    let server = world.serve();
    dispatched(&server, &agent, "call-1");
    let message = came(&receiver, 1).remove(0);
    assert!(message.is_signed_with(SECRET) && !message.is_signed_with("another secret"), "{message:?}");
    let draft = message.json();
    assert_eq!(draft["type"], "call.dispatched");
    let data = &draft["data"];
    assert_eq!((&data["call"], &data["department"]), (&json!("call-1"), &json!(DEPARTMENT)), "{draft}");
    assert_eq!(data["region"], json!({"code": "210102", "name": "和平区", "above": ["辽宁省", "沈阳市"]}));
    assert_eq!((&data["line"], &data["note"]), (&json!("12345"), &json!("回电〔号码〕")));
    assert_eq!(data["question"], "我叫〔姓名〕电话〔号码〕，家里供暖温度不达标");
    let entry = json!({"id": "heat", "title": "供暖温度不达标怎么办", "place": 1, "became": "opened"});
    assert_eq!(data["entries"][0], entry, "{draft}");
    assert!(!message.body.contains(PHONE) && !message.body.contains("金丝雀密语"), "{}", message.body);

    let told = ticket_of(&server, &agent, "call-1");
    assert_eq!((&told["ticket"], &told["attempts"]), (&json!("SY-2026-000123"), &json!(1)), "{told}");
    // A call that changes hands again is no second ticket.
    tell(&server, &agent, json!({"outcome": "dispatched", "department": "市住建局", "call": "call-1"}));
    tell(&server, &agent, json!({"outcome": "answered", "call": "call-2"}));
    dispatched(&server, &agent, "call-3");
    let came = came(&receiver, 2);
    assert_eq!(came.len(), 2, "{came:?}");
    assert_eq!(came[1].json()["data"]["call"], "call-3");
    server.get_as(&agent, "/v1/dispatches?call=call-2").problem(404, "dispatch_not_found");
    assert!(!server.log().contains(PHONE) && !server.log().contains(SECRET), "{}", server.log());
}

#[test]
fn what_was_not_taken_is_sent_again_the_same_also_after_a_kill() {
    let receiver = Receiver::answering(&[(500, "{}"), (503, ""), (200, r#"{"ticket": 77}"#)]);
    let world = world(&receiver);
    let agent = world.key("agent", &[]);
    let server = world.serve();
    dispatched(&server, &agent, "call-1");
    came(&receiver, 1);
    // Killed, as a power cut would: what waits is in the outbox.
    drop(server);
    let server = world.serve();
    let told = ticket_of(&server, &agent, "call-1");
    assert_eq!(told["ticket"], "77", "{told}");
    let came = receiver.came();
    assert!(came.len() >= 3, "{came:?}");
    for message in &came {
        assert!(message.is_signed_with(SECRET), "{message:?}");
        assert_eq!((message.id(), &message.body), (came[0].id(), &came[0].body));
    }
}

#[test]
fn who_says_it_is_gone_is_not_asked_again_and_a_number_of_somebody_names_no_call() {
    let receiver = Receiver::answering(&[(410, "")]);
    let world = world(&receiver);
    let agent = world.key("agent", &[]);
    let server = world.serve();
    dispatched(&server, &agent, PHONE);
    let path = format!("/v1/dispatches?call={PHONE}");
    let told = until(PATIENCE, "it is given up", || {
        Some(server.get_as(&agent, &path).good()).filter(|told| told["state"] == "given_up")
    });
    assert!(told["ticket"].is_null() && told["next_at"].is_null(), "{told}");
    assert_eq!(receiver.came().len(), 1);
    assert!(!receiver.came()[0].body.contains(PHONE), "{:?}", receiver.came());
    assert!(!server.log().contains(PHONE), "{}", server.log());
}

#[test]
fn only_desks_see_what_became_of_a_ticket() {
    let receiver = Receiver::answering(&[(200, r#"{"ticket": "T-1"}"#)]);
    let world = world(&receiver);
    let (agent, bot) = (world.key("agent", &[]), world.key("chatbot", &[]));
    let server = world.serve();
    dispatched(&server, &agent, "call-1");
    ticket_of(&server, &agent, "call-1");
    server.get("/v1/dispatches?call=call-1").problem(401, "unauthorized");
    server.get_as(&bot, "/v1/dispatches?call=call-1").problem(403, "forbidden");
}

#[test]
fn a_hook_that_is_set_up_wrongly_is_said_at_the_start() {
    let world = World::of([faq("a", "题", "答")]);
    world.file("corpus/jida.toml", "[dispatch]\nurl = 'http://127.0.0.1:9/in'\n");
    let said = world.jida(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("[dispatch]") && said.err.contains("secret"), "{}", said.err);
}
