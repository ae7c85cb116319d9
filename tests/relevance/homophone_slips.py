"""Makes a labelled file in which every question has one homophone slip.

    python3 homophone_slips.py questions.jsonl question_words.txt > slipped.jsonl

One Han character outside the words of asking is replaced by another common
character of the same toneless sound, as speech recognition would write it.
Deterministic: the choice hangs on the question alone. Then

    jida eval slipped.jsonl

against `jida eval questions.jsonl` says what a slip costs. Needs pypinyin.
"""

import collections
import hashlib
import json
import sys

from pypinyin import lazy_pinyin

# A replacement is one of the most frequent characters of its sound in the file's
# questions and letters, as a recogniser's would be.
MOST_ALTERNATIVES = 6


def is_han(character):
    return "\u4e00" <= character <= "\u9fff"


def slipped(question, asking_words, by_sound):
    """The question with one character replaced, or None where none can be."""
    places = [place for place, character in enumerate(question) if is_han(character)]
    for word in asking_words:
        at = question.find(word)
        while at >= 0:
            places = [place for place in places if not at <= place < at + len(word)]
            at = question.find(word, at + 1)
    seed = int(hashlib.sha256(question.encode()).hexdigest(), 16)
    for step in range(len(places)):
        place = places[(seed + step) % len(places)]
        character = question[place]
        sound = lazy_pinyin(question)[place] if all(map(is_han, question)) else lazy_pinyin(character)[0]
        others = [other for other in by_sound[sound] if other != character][:MOST_ALTERNATIVES]
        if others:
            other = others[(seed >> 64) % len(others)]
            return question[:place] + other + question[place + 1 :]
    return None


def main():
    rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    asking_words = open(sys.argv[2], encoding="utf-8").read().split()
    counts = collections.Counter(
        character for row in rows for value in row.values() if isinstance(value, str) for character in value
    )
    by_sound = collections.defaultdict(list)
    for character, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if is_han(character):
            by_sound[lazy_pinyin(character)[0]].append(character)
    for row in rows:
        row["said"] = row["question"]
        row["question"] = slipped(row["question"], asking_words, by_sound) or row["question"]
        print(json.dumps(row, ensure_ascii=False))


main()
