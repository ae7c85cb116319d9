#!/usr/bin/env python3
"""Holds similar questions back from entries, to ask what a library makes of wordings it does not have.

    jida export all.jsonl
    hold_back.py all.jsonl less.jsonl asked.jsonl
    jida import less.jsonl --corpus less/corpus --index less/index
    jida eval asked.jsonl --corpus less/corpus --index less/index

Half of an entry's similar questions are taken out, at most two. The same input gives the same output.
"""

import hashlib
import json
import sys

MOST = 2


def number(text):
    """A number that is as good as drawn, and always the same."""
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def main(source, less, asked):
    held_back = []
    with open(source, encoding="utf-8") as lines, open(less, "w", encoding="utf-8") as kept:
        for line in lines:
            entry = json.loads(line)
            similar = entry.get("similar_questions") or []
            if len(similar) > 1:
                out = sorted(similar, key=number)[: min(MOST, len(similar) // 2)]
                held_back += [{"question": question, "relevant": [entry["id"]]} for question in out]
                entry["similar_questions"] = [question for question in similar if question not in out]
            kept.write(json.dumps(entry, ensure_ascii=False) + "\n")
    # In no order of entries: neighbours are left out of the memory together while learning.
    held_back.sort(key=lambda row: number(row["question"]))
    with open(asked, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in held_back)
    print(f"{len(held_back)} questions held back")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
