"""Hooks of schemathesis (`SCHEMATHESIS_HOOKS=fuzzing`): what it makes up reaches nothing but
refusals, so in most well-formed requests ids are those of things that are there, questions are ones
people ask, and a write names the version that stands. Beside its own checks, no reply may tell the
role in `ROLE` what is planted (`planted.jsonl`) where that role may not see it."""
import os
import random
import urllib.parse

import requests
import schemathesis

ADDRESS, ADMIN, ROLE = (os.environ[name] for name in ("ADDRESS", "ADMIN", "ROLE"))
NOTE, DRAFT, RETIRED, JOURNAL = "金丝雀密语", "夜莺草稿", "云雀停用", "鸥鹭日志"
PLANTED = ["planted-noted", "planted-drafted", "planted-retired"]
# The two operations that show what was retired, as they say.
SHOWS_RETIRED = {"getEntry", "changes"}
HIDDEN = {
    "admin": [],
    "editor": [],
    "agent": [DRAFT, RETIRED, JOURNAL],
    "chatbot": [NOTE, DRAFT, RETIRED, JOURNAL],
    "": [NOTE, DRAFT, RETIRED, JOURNAL],
}[ROLE]
QUESTIONS = ["试验补贴怎么领", "身份证丢了怎么补办", "社保断缴了怎么办", "离婚要带什么", "上海地铁末班车几点", "sfz", "12345"]
FILES = ["甲.csv", "甲.jsonl", "甲.md", "甲.xlsx", "甲.xls", "甲.docx", "甲.html", "甲.pdf", "甲.txt"]
WRITES = {"put", "post", "patch", "delete"}
chance = random.Random(int(os.environ.get("SEED", "1")))


def asked(address):
    return requests.get(ADDRESS + address, headers={"Authorization": f"Bearer {ADMIN}"}, timeout=60)


def ids(address, list_name=None, field="id"):
    listed = asked(address).json()
    return [item[field] for item in (listed[list_name] if list_name else listed)]


ENTRIES = ids("/v1/entries?limit=50", "entries")


# Those that the tests themselves use.
KEPT_KEYS = set(ids("/v1/keys", "keys"))


def spare_keys():
    return [key for key in ids("/v1/keys", "keys") if key not in KEPT_KEYS]


def there(path, method):
    """Ids of what is there for an address."""
    for beginning, found in {
        "/v1/gaps/": lambda: ids("/v1/gaps", "gaps"),
        "/v1/corrections/": lambda: ids("/v1/corrections", "corrections"),
        "/v1/jobs/": lambda: ids("/v1/jobs"),
        "/v1/keys/": spare_keys,
        "/v1/generations/": lambda: ids("/v1/generations", field="name"),
        "/v1/rules/": lambda: ["r1", "r2"],
        "/v1/notices/": lambda: ["n1", "n2"],
        "/v1/collections/": lambda: ["c1", "c2"],
        "/v1/vector_stores/": lambda: ["all", "c1"],
        "/v1/conflicts/": lambda: ENTRIES,
        "/v1/imports/": lambda: imports,
        "/problems/": lambda: ["entry_not_found", "overloaded"],
        "/web/": lambda: ["shared/docs.css", "agent/agent.js"],
    }.items():
        if path.startswith(beginning):
            return found()
    # Somebody who may write would let out what is planted.
    is_write = method in WRITES and ROLE in ("admin", "editor")
    return ENTRIES if is_write else ENTRIES + PLANTED * 10


METHODS = ["initialize", "ping", "tools/list", "tools/call", "tools/call", "tools/call"]


def params():
    """What MCP's methods take, right and nearly right."""
    call = chance.choice([
        ("search_knowledge", {"query": chance.choice(QUESTIONS), "limit": chance.choice([1, 10, -1, "x"])}),
        ("get_entry", {"id": chance.choice(ENTRIES + PLANTED * 10)}),
        ("report_gap", {"question": chance.choice(QUESTIONS), "region": chance.choice(["210100", "", "0"])}),
        ("drop_knowledge", {}),
    ])
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
    return {**hello, "name": call[0], "arguments": call[1]}


imports = []


def filled(value):
    """The same with questions people ask and entries that are there."""
    if isinstance(value, list):
        return [filled(item) for item in value]
    if not isinstance(value, dict):
        return value
    full = {}
    for name, inner in value.items():
        if name in ("question", "query", "message", "q") and isinstance(inner, str) and chance.random() < 0.7:
            inner = chance.choice(QUESTIONS)
        elif name in ("entry_id", "superseded_by") and isinstance(inner, str) and chance.random() < 0.7:
            inner = chance.choice(ENTRIES)
        elif name == "collection" and chance.random() < 0.7:
            inner = chance.choice(["", "c1"])
        elif name == "four_eyes":
            # Two persons for everything would leave little to be tried.
            inner = False
        else:
            inner = filled(inner)
        full[name] = inner
    return full


@schemathesis.hook
def before_call(context, case, kwargs):
    # schemathesis takes ids from replies itself.
    if case.path_parameters and case.path_parameters.get("id") in KEPT_KEYS:
        case.path_parameters["id"] = "0123abcd"
    if not case.meta.generation.mode.is_positive:
        return
    operation = case.operation
    path, method = operation.path, operation.method.lower()
    if case.path_parameters and chance.random() < 0.8:
        for name in set(case.path_parameters) & {"id", "name", "path", "code"}:
            found = there(path, method) if "{name}" not in path or "generations" in path else []
            if found:
                case.path_parameters[name] = urllib.parse.quote(str(chance.choice(found)), safe="")
    if case.query:
        for name, value in filled(dict(case.query)).items():
            case.query[name] = value
        if "id" in case.query and chance.random() < 0.8:
            case.query["id"] = chance.choice(there("", method))
        if path == "/v1/imports":
            case.query["name"] = chance.choice(FILES)
    if path == "/mcp" and isinstance(case.body, dict) and chance.random() < 0.7:
        case.body = {**case.body, "method": chance.choice(METHODS), "params": params()}
    elif isinstance(case.body, (dict, list)):
        case.body = filled(case.body)
    if method in ("put", "patch", "delete") and case.headers is not None and chance.random() < 0.8:
        tag = asked(case.formatted_path).headers.get("ETag")
        for name in ("If-Match", "If-None-Match"):
            case.headers.pop(name, None)
        case.headers.update({"If-Match": tag} if tag else {"If-None-Match": "*"})


@schemathesis.hook
def after_call(context, case, response):
    if case.operation.path == "/v1/imports" and response.status_code == 201:
        imports.append(response.json()["id"])


@schemathesis.check
def tells_no_secret(context, response, case):
    operation_id = case.operation.definition.raw["operationId"]
    for secret in HIDDEN:
        if secret == RETIRED and operation_id in SHOWS_RETIRED:
            continue
        assert secret not in response.text, f"{operation_id} tells {ROLE or 'anybody'} {secret}"
