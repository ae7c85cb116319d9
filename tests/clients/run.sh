#!/usr/bin/env bash
# Installs the clients people use, by name and with their versions pinned, into ignored folders and
# runs them against a server on the shipped corpus; then every operation of the OpenAPI document,
# once as it should be and often with what schemathesis makes up. Usage: run.sh PATH-OF-jida
# The long way: CASES=150 PHASES=examples,coverage,fuzzing run.sh target/release/jida
set -euo pipefail
jida=$(realpath "$1")
cd "$(dirname "$0")"

install() { apt-get update -q && apt-get install -y -q --no-install-recommends "$@"; }

if ! python3 -c 'import ensurepip' 2>/dev/null; then install python3 python3-venv; fi
pinned=.venv/requirements.txt
if ! cmp -s requirements.txt "$pinned"; then
  rm -rf .venv && python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt
  cp requirements.txt "$pinned"
fi
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then install nodejs npm; fi
npm ci --silent --no-audit --no-fund
if ! command -v go >/dev/null; then install golang-go; fi
go=go
needed=$(sed -n 's/^go //p' go/go.mod)
if ! printf 'go%s\n%s\n' "$needed" "$(cd / && go env GOVERSION)" | sort -VC; then
  # Debian's own is too old for the clients; it can fetch a newer one as a module. Before 1.21 it
  # does not know that a toolchain's programs are to be run.
  module=golang.org/toolchain@v0.0.1-go$needed.$(go env GOOS)-$(go env GOARCH)
  toolchain=$(cd / && go mod download -json "$module" | sed -n 's/.*"Dir": "\(.*\)",/\1/p')
  chmod +x "$toolchain"/bin/* "$toolchain"/pkg/tool/*/*
  go=$toolchain/bin/go
fi
(cd go && GOFLAGS=-buildvcs=false "$go" build -o ../.go/clients .)

work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
server=
at=(--corpus "$work/corpus" --index "$work/index")
cp -r ../../corpus "$work/corpus"
cp planted.jsonl filed.jsonl "$work/corpus/"
key() { "$jida" key create --role "$1" --name "$1" --rate 100000000 --corpus "$work/corpus" | tail -n 1; }
chatbot=$(key chatbot) agent=$(key agent) admin=$(key admin)
# Nobody takes tickets there: what is handed over waits.
export JIDA_DISPATCH_URL=http://127.0.0.1:9/ JIDA_DISPATCH_SECRET=only-for-tests-0123456789
"$jida" serve --listen 127.0.0.1:0 "${at[@]}" >"$work/out" 2>"$work/log" &
server=$!
for _ in $(seq 600); do grep -q 即答已就绪 "$work/out" && break; sleep 0.1; done
address=$(grep -o 'http://[0-9.:]*' "$work/out" | head -n 1)

.venv/bin/python run.py "$address" "$chatbot"
node_modules/.bin/tsx sdk.ts "$address" "$chatbot"
.go/clients "$address" "$chatbot"
.venv/bin/python examples.py "$address" "$chatbot"
# Who changes nothing first: an administrator may let out what is planted.
.venv/bin/python plant.py "$address" "$agent"
cases=${CASES:-4}
bash fuzz.sh "$address" "$admin" "" "" "$cases"
bash fuzz.sh "$address" "$admin" chatbot "$chatbot" "$cases"
bash fuzz.sh "$address" "$admin" agent "$agent" "$cases"
.venv/bin/python walk.py "$address" "$admin" "$work/corpus"
bash fuzz.sh "$address" "$admin" admin "$admin" "$cases"
