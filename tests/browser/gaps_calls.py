"""Writes calls of six weeks into a world's journal that were not helped, and of
some that were: `gaps_calls.py CORPUS calls`. `gaps_calls.py CORPUS closed GAP DAYS`
says that a gap was closed so many days ago, which nobody can wait for. The
journal and the library have to be there."""
import datetime
import json
import os
import random
import sqlite3
import sys
import uuid

# Wordings, the department, calls a week, how they ended before the last two weeks and since.
MATTERS = [
    (["网约车司机证过期了还能跑吗", "网约车证过期了还能跑车吗", "网约车司机证过期还能不能跑单", "网约车证到期了怎么换"], "交通运输局", 14, "dispatched", "dispatched"),
    (["小区充电桩谁来装", "小区里装充电桩找谁", "小区充电桩安装要谁同意"], "住房和城乡建设局", 9, "dispatched", "dispatched"),
    (["灵活就业断缴能补吗", "灵活就业社保断缴可以补缴吗", "灵活就业断缴了能不能补"], "人力资源和社会保障局", 7, "dispatched", "answered"),
    (["宠物狗丢了去哪登记", "狗丢了在哪登记找狗"], "公安局", 4, "", ""),
    (["露营地能不能生火", "公园露营可以生火吗"], "城市管理局", 2, "none", "none"),
]


def calls(corpus):
    dice = random.Random(8890)
    database = sqlite3.connect(os.path.join(corpus, "journal.db"), timeout=20)
    today = datetime.date.today()
    number = 0
    for wordings, department, weekly, before, since in MATTERS:
        for back in range(1, 28):
            for _ in range(sum(dice.random() < weekly / 7 / 4 for _ in range(4))):
                number += 1
                ended = since if back <= 14 else before
                if ended == "dispatched" and dice.random() < 0.15:
                    ended = "answered"
                is_empty, outcome = ended == "none", "" if ended == "none" else ended
                at = datetime.datetime.combine(today - datetime.timedelta(days=back), datetime.time(9 + dice.randrange(8), dice.randrange(60)))
                at_ms, call, seat = int(at.timestamp() * 1000), f"gap-{number}", f"A{number % 7:02}"
                question = dice.choices(wordings, [6, 3, 2, 1][: len(wordings)])[0]
                database.execute(
                    "INSERT INTO search (id, at, question, region, line, seat, call, key_id, shown, confidence, answered, topic, department)"
                    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                    (uuid.UUID(int=(at_ms << 80) | (7 << 76) | (2 << 62) | number).bytes, at_ms, question, "210100", "12345", seat, call, "",
                     json.dumps([] if is_empty else ["sample-hit"]), 0.3, 0, "", department))
                database.execute(
                    "INSERT INTO call (id, at, day, hour, line, region, department, seat, outcome, searches, empty) VALUES (?,?,?,?,?,?,?,?,?,1,?)",
                    (call, at_ms, at.date().isoformat(), at.hour, "12345", "210100", department, seat, outcome, int(is_empty)))
                database.execute("INSERT OR IGNORE INTO stale (day) VALUES (?)", (at.date().isoformat(),))
    database.commit()


def closed(corpus, gap, days):
    database = sqlite3.connect(os.path.join(corpus, "library.db"), timeout=20)
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=int(days))
    database.execute("UPDATE gap SET settled_at = ? WHERE id = ?", (at.strftime("%Y-%m-%dT%H:%M:%SZ"), gap))
    database.commit()


if sys.argv[2] == "calls":
    calls(sys.argv[1])
else:
    closed(sys.argv[1], *sys.argv[3:])
