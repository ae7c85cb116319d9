"""Two measurements of a running server with what chatbots use.

refusals ADDRESS KEY: how many of tests/relevance/unanswerable.txt each bot endpoint answers.
limits ADDRESS FREE_KEY LIMITED_KEY: 4 connections of searches at full rate, alone and beside
4 connections of another key far past its limit; prints both rates."""
import http.client
import json
import multiprocessing
import pathlib
import sys
import time
import urllib.parse

SECONDS = 8


def connection(address):
    return http.client.HTTPConnection(urllib.parse.urlparse(address).netloc)


def post(http_, path, key, body):
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    http_.request("POST", path, json.dumps(body).encode(), headers)
    reply = http_.getresponse()
    text = reply.read()
    assert reply.status == 200, (path, reply.status, text)
    return json.loads(text)


def refusals(address, key):
    text = (pathlib.Path(__file__).parent.parent / "relevance/unanswerable.txt").read_text()
    questions = [line for line in text.splitlines() if line.strip() and not line.startswith("# ")]
    call = lambda q: {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search_knowledge", "arguments": {"query": q}}}
    ways = {
        "/v1/answer": (lambda q: {"question": q}, lambda r: r["status"] == "answered"),
        "/dify/retrieval": (lambda q: {"query": q, "retrieval_setting": {"top_k": 10, "score_threshold": 0.0}}, lambda r: r["records"]),
        "/mcp": (call, lambda r: r["result"]["structuredContent"]["status"] == "answered"),
        "/coze/search_knowledge": (lambda q: {"query": q}, lambda r: r["status"] == "answered"),
        "/open-webui/search": (lambda q: {"query": q, "count": 10}, lambda r: r),
        "/langchain/retrieve": (lambda q: {"message": q}, lambda r: r["response"]),
        "/v1/vector_stores/all/search": (lambda q: {"query": q}, lambda r: r["data"]),
    }
    http_ = connection(address)
    for path, (body, is_answered) in ways.items():
        answered = [q for q in questions if is_answered(post(http_, path, key, body(q)))]
        print(f"{path}: {len(answered)} of {len(questions)} answered ({100 * len(answered) / len(questions):.1f} %) {answered}")


def hammer(address, key, until, counts):
    http_, done, limited = connection(address), 0, 0
    path = "/v1/search?limit=3&q=" + urllib.parse.quote("公司拖欠工资怎么办")
    while time.time() < until:
        http_.request("GET", path, headers={"Authorization": f"Bearer {key}"})
        reply = http_.getresponse()
        reply.read()
        done, limited = done + (reply.status == 200), limited + (reply.status == 429)
    counts.put((done, limited))


def rate(address, free, limited=None):
    """Processes, so that one client does not wait for another."""
    until, own, other = time.time() + SECONDS, multiprocessing.Queue(), multiprocessing.Queue()
    clients = [multiprocessing.Process(target=hammer, args=(address, free, until, own)) for _ in range(4)]
    if limited:
        clients += [multiprocessing.Process(target=hammer, args=(address, limited, until, other)) for _ in range(4)]
    for client in clients:
        client.start()
    own, other = [own.get() for _ in range(4)], [other.get() for _ in clients[4:]]
    for client in clients:
        client.join()
    return sum(done for done, _ in own) / SECONDS, sum(refused for _, refused in other) / SECONDS


def limits(address, free, limited):
    alone, _ = rate(address, free)
    beside, refused = rate(address, free, limited)
    again, _ = rate(address, free)
    print(f"alone {alone:.0f}/s, beside {refused:.0f} refused/s {beside:.0f}/s, alone again {again:.0f}/s: {2 * beside / (alone + again):.2f}")


{"refusals": refusals, "limits": limits}[sys.argv[1]](*sys.argv[2:])
