"""The Python and TypeScript of `docs/integrations/`, run literally as it stands there: what a block
prints has to hold what it says comes back (`# => words`). The curl blocks are run by `cargo test`.
Usage: examples.py http://127.0.0.1:8890 KEY"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ADDRESS, KEY = sys.argv[1], sys.argv[2]
HERE = pathlib.Path(__file__).parent
RUNNERS = {"python": (".py", [sys.executable]), "ts": (".mts", [HERE / "node_modules/.bin/tsx"])}
BLOCK = re.compile(r"^```(python|ts)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EXPECTED = re.compile(r"^(?:#|//) => (.+)$", re.MULTILINE)

run = {language: 0 for language in RUNNERS}
for page in sorted((HERE / "../../docs/integrations").glob("*.md")):
    for language, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        expected = EXPECTED.findall(block)
        assert expected, f"{page.name} does not say what comes back:\n{block}"
        suffix, runner = RUNNERS[language]
        block = block.replace("http://127.0.0.1:8890", ADDRESS).replace("密钥", KEY)
        with tempfile.NamedTemporaryFile("w", suffix=suffix, encoding="utf-8") as file:
            file.write(block)
            file.flush()
            told = subprocess.run([*runner, file.name], env={**os.environ, "KEY": KEY}, text=True, capture_output=True)
        assert told.returncode == 0, f"{page.name}: {told.stderr}"
        for words in expected:
            assert words in told.stdout, f"{page.name}: said {told.stdout}\nnot {words}"
        run[language] += 1
assert run["python"] >= 3 and run["ts"] >= 1, run
print(f"ok: {run['python']} Python and {run['ts']} TypeScript examples of docs/integrations")
