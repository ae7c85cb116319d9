#!/usr/bin/env python3
"""Makes labelled legal questions of texts that cite articles.

    cited_articles.py LAWS consultations CONSULTATIONS.jsonl > asked.jsonl
    cited_articles.py LAWS entries ALL.jsonl > asked.jsonl

`consultations`: a question is answered by the article that its `answer` cites as 《title》第X条.
`entries`: the title and similar questions of an entry, as `jida export` writes it, are answered by the
articles that its `source` names. LAWS is the folder of laws that was imported: an article's id is its
path there and its label; of several editions the newest of the nation counts. What cites nothing that
is there is left out.
"""

import json
import re
import sys
from pathlib import Path

ARTICLE = re.compile(r"^[\s*＊]*(第\s*[零〇一二三四五六七八九十百千两0-9]+\s*条(?:之[一二三四五六七八九十]+)?)", re.M)
CITATION = re.compile(r"《([^》]+)》\s*(第[零〇一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?)")
DATE = re.compile(r"[(（](\d{4}-\d\d-\d\d)[)）]$")


def short(title):
    return re.sub(r"\s+", "", title).removeprefix("中华人民共和国")


def read_laws(folder):
    """By short title and label: the id of the article of the newest national edition."""
    articles = {}
    for path in sorted(Path(folder).rglob("*.md")):
        name = str(path.relative_to(folder)).removesuffix(".md")
        if name.startswith("DLC/"):
            continue
        text = path.read_text(encoding="utf-8")
        titles = re.findall(r"^# (.+)$", text.split("第一条", 1)[0], re.M)
        if not titles:
            continue
        date = DATE.search(name)
        edition = date.group(1) if date else ""
        names = {short(titles[0]), short("".join(titles)), short(DATE.sub("", name.split("/")[-1]))}
        for label in ARTICLE.findall(text.split("<!-- INFO END -->")[-1]):
            label = re.sub(r"\s", "", label)
            for title in names:
                known = articles.get((title, label))
                if known is None or known[0] < edition:
                    articles[title, label] = (edition, f"{name}#{label}")
    return {key: id for key, (_, id) in articles.items()}


def main(laws, kind, source):
    articles = read_laws(laws)
    for line in open(source, encoding="utf-8"):
        row = json.loads(line)
        if kind == "consultations":
            cited = CITATION.findall(row["answer"])
            questions = [row["question"]]
        else:
            sources = row.get("source") or []
            sources = sources if isinstance(sources, list) else [sources]
            cited = [(one["title"], label) for one in sources if one.get("title") and one.get("article")
                     for label in re.split(r"[、，,]", one["article"])]
            questions = [row["title"], *row.get("similar_questions", [])]
        relevant = sorted({articles[short(title), label] for title, label in cited if (short(title), label) in articles})
        if relevant:
            for question in questions:
                print(json.dumps({"question": question, "relevant": relevant}, ensure_ascii=False))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
