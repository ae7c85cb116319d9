"""Writes some weeks of everyday calls and a flare of the last hours into a
world's journal, the server being stopped: `warning_calls.py CORPUS`. The
journal has to be there."""
import datetime
import json
import os
import random
import sqlite3
import sys
import uuid

DAYS = 70
EVERYDAY = [("heat", "供热供水", 9), ("card", "社会保障", 12)]
REGIONS = ["210102", "210104", "210106", "210202"]
HOURS = [1, 1, 1, 1, 1, 1, 2, 5, 11, 14, 13, 10, 7, 9, 12, 12, 11, 8, 6, 5, 4, 3, 2, 1]
COLD = ["家里暖气不热，室温才十四度", "暖气片是凉的，报修没人来", "整栋楼都不热，是不是管网坏了", "供热公司电话打不通，屋里太冷", "老人孩子冻感冒了，暖气什么时候热"]


def main():
    dice = random.Random(8890)
    database = sqlite3.connect(os.path.join(sys.argv[1], "journal.db"), timeout=20)
    number = 0

    def call(at, entry, topic, region, question):
        nonlocal number
        number += 1
        if at > datetime.datetime.now():
            return
        at_ms, day = int(at.timestamp() * 1000), at.date().isoformat()
        # A version 7 UUID of that moment, as searches have.
        own = uuid.UUID(int=(at_ms << 80) | (7 << 76) | (2 << 62) | dice.getrandbits(62))
        database.execute("INSERT INTO search (id, at, question, region, line, call, key_id, shown, confidence, topic) VALUES (?,?,?,?,?,?,?,?,?,?)",
                         (own.bytes, at_ms, question, region, "12345", f"w-{number}", "", json.dumps([entry]), 0.8, topic))
        database.execute("INSERT INTO call (id, at, day, hour, line, region, topic, searches, outcome) VALUES (?,?,?,?,?,?,?,1,'answered')",
                         (f"w-{number}", at_ms, day, at.hour, "12345", region, topic))
        database.execute("INSERT OR IGNORE INTO stale (day) VALUES (?)", (day,))

    now = datetime.datetime.now()
    for back in range(DAYS):
        for entry, topic, calls in EVERYDAY:
            for _ in range(max(0, round(dice.gauss(calls, calls ** 0.5)))):
                hour = dice.choices(range(24), HOURS)[0]
                at = datetime.datetime.combine(now.date() - datetime.timedelta(days=back), datetime.time(hour, dice.randrange(60)))
                call(at, entry, topic, dice.choice(REGIONS), "社保卡丢了" if entry == "card" else "暖气不热找谁")
    for at in range(46):
        # A few from elsewhere, too few at any hour to be a flare there.
        region = {0: "210102", 11: "210104"}.get(at % 23, "210106")
        call(now - datetime.timedelta(minutes=4 * at + 1), "heat", "供热供水", region, COLD[at % len(COLD)])
    for minutes, region, question in [(12, "210102", "我家楼道里燃气泄漏，味道很大"), (40, "210106", "小区路面塌陷，一个大坑")]:
        call(now - datetime.timedelta(minutes=minutes), "card", "社会保障", region, question)
    database.commit()


main()
