"""Every operation of the OpenAPI document, asked once with success by an administrator: the
document's own examples are sent, and each reply has to be what the document says, with nothing in
it that the document does not name. Usage: walk.py http://127.0.0.1:8890 ADMINS-KEY CORPUS-FOLDER"""
import json
import pathlib
import sys
import time
import urllib.parse
from datetime import datetime, timedelta, timezone

import httpx
from jsonschema import Draft202012Validator, FormatChecker

ADDRESS, KEY, CORPUS = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
CLIENT = httpx.Client(base_url=ADDRESS, headers={"Authorization": f"Bearer {KEY}"}, timeout=60)
DOCUMENT = CLIENT.get("/openapi.json").json()
METHODS = ("get", "post", "put", "patch", "delete")
# A stream has no end to wait for: its beginning is looked at.
STREAMS = {"events", "jobEvents"}


def resolved(schema):
    while "$ref" in schema:
        target = DOCUMENT
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def parts(schema):
    """A schema and those it is put together from."""
    schema = resolved(schema)
    yield schema
    for word in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(word, []):
            yield from parts(part)


def unnamed(schemas, value, at):
    """What stands in a reply and in no schema for that place."""
    schemas = [part for schema in schemas for part in parts(schema)]
    if isinstance(value, list):
        items = [schema["items"] for schema in schemas if "items" in schema]
        for item in value:
            yield from unnamed(items, item, f"{at}[]")
    elif isinstance(value, dict):
        for name, inner in value.items():
            of_name = [schema["properties"][name] for schema in schemas if name in schema.get("properties", {})]
            others = [schema["additionalProperties"] for schema in schemas if "additionalProperties" in schema]
            if of_name:
                yield from unnamed(of_name, inner, f"{at}/{name}")
            elif not others:
                yield f"{at}/{name}"
            elif isinstance(others[0], dict):
                yield from unnamed(others, inner, f"{at}/*")


OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method in METHODS
}
asked, faults = set(), []


def example_of(holder):
    return holder.get("example", resolved(holder.get("schema", {})).get("example"))


def ask(operation_id, body=None, expected=None, headers=None, content=None, **given):
    """Asks with the document's examples, where nothing else is given, and checks the reply."""
    method, path, operation = OPERATIONS[operation_id]
    asked.add(operation_id)
    query, headers = {}, dict(headers or {})
    for parameter in operation.get("parameters", []):
        name = parameter["name"]
        value = given.pop(name, None)
        if value is None and parameter["required"]:
            value = example_of(parameter)
            assert value is not None, f"{operation_id}: {name} has no example"
        if value is None:
            continue
        if parameter["in"] == "path":
            path = path.replace(f"{{{name}}}", urllib.parse.quote(str(value), safe=""))
        elif parameter["in"] == "query":
            query[name] = value
    assert not given, f"{operation_id} knows no {given}"
    sent = {}
    if content is not None:
        sent = {"content": content, "headers": {"Content-Type": "application/octet-stream"}}
    elif "requestBody" in operation:
        media = operation["requestBody"]["content"]["application/json"]
        body = example_of(media) if body is None else body
        assert body is not None, f"{operation_id} has no example"
        broken = list(validator(media["schema"]).iter_errors(body))
        faults.extend(f"{operation_id}: its request breaks the schema: {error.message}" for error in broken)
        sent = {"json": body}
    sent["headers"] = {**sent.get("headers", {}), **headers}
    with CLIENT.stream(method.upper(), path, params=query, **sent) as response:
        text = next(response.iter_text(), "") if operation_id in STREAMS else response.read().decode()
    responses = operation["responses"]
    documented = sorted(status for status in responses if status < "300")
    if str(response.status_code) not in ([str(expected)] if expected else documented):
        faults.append(f"{operation_id}: {response.status_code} {text[:300]}")
        return None, response
    content = responses[str(response.status_code)].get("content", {})
    kind = response.headers.get("content-type", "").split(";")[0]
    if not content:
        if text:
            faults.append(f"{operation_id}: an undocumented body {text[:100]}")
        return None, response
    if kind not in content and "*/*" not in content:
        faults.append(f"{operation_id}: an undocumented type {kind}")
        return None, response
    schema = content.get(kind, content.get("*/*"))["schema"]
    if kind != "application/json":
        return text, response
    reply = json.loads(text)
    for error in validator(schema).iter_errors(reply):
        place = "/".join(map(str, error.absolute_path))
        faults.append(f"{operation_id}: the reply breaks the schema at /{place}: {error.message[:300]}")
    faults.extend(f"{operation_id}: the schema does not name {at}" for at in sorted(set(unnamed([schema], reply, ""))))
    return reply, response


def validator(schema):
    # References of the document count from its root.
    whole = {"components": DOCUMENT["components"], "allOf": [schema]}
    return Draft202012Validator(whole, format_checker=FormatChecker())


def version(response):
    return {"If-Match": response.headers["etag"]}


def walk():
    for page in ("alive", "ready", "metrics", "openapi", "cozeDocument", "docs", "agentDesk", "editorDesk", "managersPage"):
        ask(page)
    ask("problemPage")
    ask("asset")

    found, _ = ask("search", explain=True, line="12345")
    ask("search", q="补贴", validity="all", limit=100)
    ask("suggest")
    ask("listRegions")
    answered, reply = ask("answer", {"question": "身份证丢了怎么补办"})
    assert answered["status"] == "answered", answered
    ask("answer", {"question": "身份证丢了怎么补办"}, 304, {"If-None-Match": reply.headers["etag"]})
    ask("answer")
    ask("answer", {"question": "上海地铁末班车几点"})
    ask("answer", {"question": "离婚冷静期多久"})
    ask("answer", {"question": "怎么办"})
    ask("feedback", {"outcome": "answered", "search_id": answered["search_id"], "line": "12345"})
    ask("feedback")
    ask("events")
    ask("changes", limit=3)
    ask("statsLibrary")
    ask("statsInstantAnswer")
    ask("statsFigures")
    for by in ("day", "line", "region", "department"):
        ask("statsGroups", by=by)
    for table in ("calls", "searches", "words"):
        ask("journalExport", table=table, format="csv")
    ask("statsEntries", by="copied")
    ask("statsEntries", by="never_shown")

    gap, _ = ask("reportGap")
    ask("listGaps")
    ask("showGap", id=gap["id"])
    ask("checkGap", id=gap["id"])
    ask("settleGap", id=gap["id"])
    ask("gatherGaps")
    ask("suggestedQuestions", id="faq-identity-lost")
    ask("refuseSuggestedQuestion", id="faq-identity-lost")
    ask("memory")
    ask("forget", entry_id="faq-identity-lost")

    # Falls under a rule for safety, and ends with a ticket.
    leak, _ = ask("search", q="小区燃气泄漏", call="walk-leak", line="12345")
    ticket = {"outcome": "dispatched", "search_id": leak["search_id"], "call": "walk-leak", "department": "燃气公司"}
    ask("feedback", ticket)
    ask("getDispatch", call="walk-leak")
    deadline = time.monotonic() + 60
    while not (warnings := ask("listWarnings")[0]["warnings"]):
        assert time.monotonic() < deadline, "no warning"
        time.sleep(0.5)
    ask("getWarning", id=warnings[0]["id"])
    ask("acknowledgeWarning", id=warnings[0]["id"])

    correction, _ = ask("reportCorrection")
    ask("listCorrections")
    ask("settleCorrection", id=correction["id"])

    ask("listEntries", limit=200)
    ask("listEntries", facets=True)
    created, reply = ask("createEntry")
    entry = created["id"]
    _, reply = ask("getEntry", id=entry)
    ask("getEntry")
    _, reply = ask("patchEntry", id=entry, headers=version(reply))
    _, reply = ask("putEntry", id=entry, headers=version(reply), expected=200)
    ask("putEntry", id="new-entry", headers={"If-None-Match": "*"}, expected=201)
    ask("listRevisions", id=entry)
    ask("differences", id=entry)
    _, reply = ask("restoreRevision", id=entry, headers=version(reply))
    ask("checkEntry")
    later = (datetime.now(timezone.utc) + timedelta(days=30)).isoformat(timespec="seconds")
    current = int(reply.headers["etag"].strip('"'))
    due = {"entry_id": entry, "version": current, "status": "retired", "due_at": later, "reason": "到期"}
    ask("schedule", due)
    ask("listSchedule")
    ask("retireEntry", id=entry, headers=version(reply), reason="试完了")
    ask("preview")
    ask("preview", {"words": ["居住证"]})
    ask("preview", {"rule": {"questions": ["身份证"], "pins": ["faq-identity-lost"]}})
    ask("runGolden")
    ask("runGolden", {"sample": 50})

    for kind in ("Rule", "Notice", "Collection"):
        ask(f"put{kind}", id="tried", headers={"If-None-Match": "*"}, expected=201)
        _, reply = ask(f"get{kind}", id="tried")
        ask(f"list{kind}s")
        if kind == "Notice":
            ask("listNotices", all=True)
            ask("search")
            ask("answer")
        if kind == "Collection":
            ask("vectorStoreSearch", id="tried")
        ask(f"put{kind}", id="tried", headers=version(reply), expected=200)
        _, reply = ask(f"get{kind}", id="tried")
        ask(f"delete{kind}", id="tried", headers=version(reply), reason="试完了")
    _, reply = ask("getList", name="synonyms")
    text = CLIENT.get("/v1/lists/synonyms").json()["text"]
    ask("putList", {"text": text, "reason": "照旧"}, name="synonyms", headers=version(reply))
    ask("getList", name="synonyms")
    ask("cut")

    line = {"id": "sent", "kind": "faq", "title": "导入的问题", "body": "第一版。"}
    upload, _ = ask("sendImport", content=json.dumps(line, ensure_ascii=False).encode(), name="sent.jsonl")
    ask("showImport", id=upload["id"])
    ask("applyImport", id=upload["id"])

    # An entry that stands in a file and was changed here is in conflict with the file's next version.
    _, reply = ask("getEntry", id="filed")
    ask("patchEntry", {"body": "在线改过。", "reason": "补充"}, id="filed", headers=version(reply))
    filed = CORPUS / "filed.jsonl"
    filed.write_text(filed.read_text(encoding="utf-8").replace("第一版", "第二版"), encoding="utf-8")
    job, _ = ask("reindex", {"reason": "文件改了", "max_loss": 1})
    ask("jobEvents", id=job["job"]["id"])
    while (seen := ask("showJob", id=job["job"]["id"])[0])["state"] in ("queued", "running"):
        time.sleep(0.2)
    assert seen["state"] == "done", seen
    ask("listConflicts")
    ask("settleConflict", id="filed")
    generations, _ = ask("listGenerations")
    ask("activateGeneration", name=generations[-1]["name"])
    job, _ = ask("reindex")
    ask("cancelJob", id=job["job"]["id"])
    ask("listJobs")

    key, _ = ask("createKey")
    ask("listKeys")
    rotated, _ = ask("rotateKey", id=key["id"])
    ask("keyUses", id=rotated["id"])
    ask("revokeKey", id=rotated["id"], reason="试完了")
    ask("audit", limit=1000)
    ask("getSettings")
    ask("putSettings")
    ask("whoAmI")
    ask("logIn", {"key": KEY})
    ask("logOut")

    ask("difyRetrieval")
    ask("mcp")
    ask("mcp", {"jsonrpc": "2.0", "method": "notifications/initialized"}, 202)
    ask("cozeTool")
    ask("cozeTool", {"id": "faq-identity-lost"}, tool="get_entry")
    ask("cozeTool", {"question": "上海地铁末班车几点"}, tool="report_gap")
    listed, _ = ask("fastgptList")
    ask("fastgptList", {"searchKey": "身份证"})
    for operation in ("fastgptContent", "fastgptRead", "fastgptDetail"):
        ask(operation)
    ask("fastgptDetail", id=listed["data"][0]["id"])
    ask("openWebuiSearch")
    ask("langchainRetrieve")
    ask("vectorStoreSearch")


walk()
faults.extend(f"{operation}: never asked" for operation in sorted(set(OPERATIONS) - asked))
if faults:
    sys.exit("\n".join(dict.fromkeys(faults)))
print(f"ok: {len(asked)} operations answer what the OpenAPI document says")
