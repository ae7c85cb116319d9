#!/usr/bin/env bash
# Installs the clients by name, with their versions pinned, into an ignored folder and runs them
# against a server on the shipped corpus. Usage: run.sh PATH-OF-jida
set -euo pipefail
jida=$(realpath "$1")
cd "$(dirname "$0")"
[ -x .venv/bin/python ] || { python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt; }
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
server=
"$jida" import ../../corpus --corpus "$work/corpus" >/dev/null
key=$("$jida" key create --role chatbot --name clients --corpus "$work/corpus" | tail -n 1)
"$jida" serve --listen 127.0.0.1:0 --corpus "$work/corpus" --index "$work/index" >"$work/out" 2>"$work/log" &
server=$!
for _ in $(seq 600); do grep -q 即答已就绪 "$work/out" && break; sleep 0.1; done
address=$(grep -o 'http://[0-9.:]*' "$work/out" | head -n 1)
.venv/bin/python run.py "$address" "$key"
