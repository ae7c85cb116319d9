"""How many titles typed in toneless pinyin find what they find in characters.

    jida serve … & python3 pinyin_titles.py http://127.0.0.1:8890 guides.jsonl faq.jsonl [--number 300]

Titles are drawn evenly from the files (`TASK_NAME` or `title`), spelt by
pypinyin without spaces and with spaces, and asked over HTTP; the share whose
first hit is the first hit of the title itself is printed for each file.
"""

import argparse
import json
import urllib.parse
import urllib.request

from pypinyin import lazy_pinyin


def first_hit(server, question):
    query = urllib.parse.urlencode({"q": question, "limit": 1})
    with urllib.request.urlopen(f"{server}/v1/search?{query}") as reply:
        hits = json.load(reply)["hits"]
    return [hits[0]["id"], *hits[0].get("same_text", [])] if hits else []


def titles(path, number):
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    found = list(dict.fromkeys(row.get("TASK_NAME") or row.get("title") for row in rows))
    return found[:: max(1, len(found) // number)][:number]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("server")
    arguments.add_argument("files", nargs="+")
    arguments.add_argument("--number", type=int, default=300)
    arguments.add_argument("--misses", action="store_true")
    arguments = arguments.parse_args()
    for path in arguments.files:
        asked = titles(path, arguments.number)
        for name, space in (("joined", ""), ("spaced", " ")):
            found = 0
            for title in asked:
                spelt = space.join(lazy_pinyin(title))
                wanted, got = first_hit(arguments.server, title), first_hit(arguments.server, spelt)
                is_found = bool(wanted) and wanted[0] in got
                found += is_found
                if arguments.misses and not is_found:
                    print("  missed:", title, spelt, got[:1])
            print(f"{path} {name}: {found / len(asked):.3f} of {len(asked)}")


main()
