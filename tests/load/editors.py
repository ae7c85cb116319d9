#!/usr/bin/env python3
"""Ten editors writing at once beside searches, and two reindexes meanwhile.

Starts its own server on a copy of nothing: it is given a corpus and an index
folder (a copy, it writes into them) and the release binary, and prints what
`docs/measurements.md` quotes:

    tests/load/editors.py target/release/jida CORPUS INDEX QUESTIONS.jsonl [SECONDS]

First searches alone, then the same searches beside the editors, in one run.
Each editor reads the entry it shares with the others, writes against the
version it saw and starts again where somebody was faster, so a lost update
would show as a missing version. A further one publishes a text nobody else
has and asks for it until it is found.
"""

import concurrent.futures
import http.client
import json
import random
import subprocess
import sys
import threading
import time
import urllib.parse

EDITORS = 10
SEARCHERS = 2
SHARED = ["load-shared-%d" % number for number in range(5)]


class Client:
    """One kept connection."""

    def __init__(self, address, key=None):
        self.connection = http.client.HTTPConnection(address, timeout=60)
        self.headers = {"Authorization": "Bearer " + key} if key else {}

    def call(self, method, path, body=None, headers=()):
        sent = dict(self.headers, **dict(headers))
        if body is not None:
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        self.connection.request(method, path, body, sent)
        reply = self.connection.getresponse()
        text = reply.read()
        return reply.status, json.loads(text) if text else None


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def search(address, questions, stop, times, failures):
    client = Client(address)
    chosen = random.Random(7)
    while not stop.is_set():
        path = "/v1/search?limit=10&q=" + urllib.parse.quote(chosen.choice(questions))
        began = time.perf_counter()
        status, _ = client.call("GET", path)
        times.append(time.perf_counter() - began)
        if status >= 500:
            failures.append(status)
        time.sleep(0.01)


def edit(address, key, number, stop, written, failures):
    client = Client(address, key)
    chosen = random.Random(number)
    while not stop.is_set():
        entry = chosen.choice(SHARED)
        _, seen = client.call("GET", "/v1/entries/" + entry)
        change = {"keywords": ["第%d人第%d版" % (number, seen["version"])], "reason": "负载测试"}
        tag = [("If-Match", '"%d"' % seen["version"])]
        status, _ = client.call("PATCH", "/v1/entries/" + entry, change, tag)
        if status == 200:
            written.append((entry, seen["version"] + 1))
        elif status != 412:
            failures.append(status)
        time.sleep(0.2)


def publish(address, key, stop, waits):
    client = Client(address, key)
    number = 0
    while not stop.is_set():
        number += 1
        token = "负载%06d号公告" % number
        tag = "load-found-%06d" % number
        entry = {"id": tag, "kind": "faq", "title": token, "body": token + "的内容", "reason": "负载测试"}
        began = time.perf_counter()
        status, _ = client.call("POST", "/v1/entries", entry)
        assert status == 201, status
        path = "/v1/search?limit=3&q=" + urllib.parse.quote(token)
        while time.perf_counter() - began < 30:
            _, found = client.call("GET", path)
            if any(hit["id"] == tag for hit in found["hits"]):
                break
            time.sleep(0.01)
        waits.append(time.perf_counter() - began)
        time.sleep(0.5)


def reindex(binary, corpus, index, address, key, reindexes):
    client = Client(address, key)
    for _ in range(2):
        began = time.perf_counter()
        status, job = client.call("POST", "/v1/reindex", {"reason": "负载测试"})
        assert status == 202, (status, job)
        while True:
            _, state = client.call("GET", "/v1/jobs/%s" % job["job"]["id"])
            if state["state"] not in ("queued", "running"):
                break
            time.sleep(0.5)
        reindexes.append((time.perf_counter() - began, state["state"]))
        time.sleep(5)


def main():
    binary, corpus, index, file = sys.argv[1:5]
    seconds = float(sys.argv[5]) if len(sys.argv) > 5 else 300
    questions = [json.loads(line)["question"] for line in open(file, encoding="utf-8")]
    folders = ["--corpus", corpus, "--index", index]
    made = subprocess.run(
        [binary, "key", "create", "--role", "reviewer", "--name", "负载", *folders],
        capture_output=True, text=True, check=True)
    key = made.stdout.split()[-1]
    server = subprocess.Popen(
        [binary, "serve", "--listen", "127.0.0.1:0", *folders],
        stdout=subprocess.PIPE, stderr=open("/tmp/editors-serve.log", "w"), text=True)
    try:
        address = server.stdout.readline().split("http://")[1].split("（")[0]
        threading.Thread(target=server.stdout.read, daemon=True).start()
        time.sleep(3)
        client = Client(address, key)
        for entry in SHARED:
            status, _ = client.call("POST", "/v1/entries", {
                "id": entry, "kind": "faq", "title": entry, "body": "负载", "reason": "负载测试"})
            assert status == 201, "start from a fresh copy of the library"
        alone = run(address, key, questions, seconds / 5, None)
        beside = run(address, key, questions, seconds, (binary, corpus, index))
        report(client, alone, beside)
    finally:
        server.terminate()
        server.wait()


def run(address, key, questions, seconds, folders):
    stop = threading.Event()
    result = {"times": [], "written": [], "failures": [], "waits": [], "reindexes": []}
    work = [lambda: search(address, questions, stop, result["times"], result["failures"])] * SEARCHERS
    if folders:
        for number in range(EDITORS):
            work.append(lambda number=number: edit(
                address, key, number, stop, result["written"], result["failures"]))
        work.append(lambda: publish(address, key, stop, result["waits"]))
        work.append(lambda: reindex(*folders, address, key, result["reindexes"]))
    with concurrent.futures.ThreadPoolExecutor(len(work)) as pool:
        running = [pool.submit(one) for one in work]
        time.sleep(seconds)
        stop.set()
        for one in running:
            one.result()
    return result


def report(client, alone, beside):
    for name, result in (("searches alone", alone), ("beside editors", beside)):
        times = result["times"]
        print("%s: %d searches, p50 %.1f ms, p99 %.1f ms" % (
            name, len(times), percentile(times, 0.5), percentile(times, 0.99)))
    print("p99 ratio %.2f" % (percentile(beside["times"], 0.99) / percentile(alone["times"], 0.99)))
    print("publish to found: %d, p50 %.0f ms, p99 %.0f ms" % (
        len(beside["waits"]), percentile(beside["waits"], 0.5), percentile(beside["waits"], 0.99)))
    print("reindexes:", ["%.1f s %s" % one for one in beside["reindexes"]])
    print("answers 5xx or unexpected:", alone["failures"] + beside["failures"])
    lost = 0
    for entry in SHARED:
        versions = sorted(version for name, version in beside["written"] if name == entry)
        _, revisions = client.call("GET", "/v1/revisions/" + entry)
        kept = sorted(revision["version"] for revision in revisions["revisions"])
        lost += versions != kept[1:]
    print("%d edits, entries with a lost or doubled update: %d" % (len(beside["written"]), lost))


main()
