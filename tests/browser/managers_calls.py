"""Writes calls of some months into a world's journal, so that the managers'
page has something to show: `managers_calls.py CORPUS [CALLS]`. The journal has
to be there; the server adds the days up by itself."""
import datetime
import math
import os
import random
import sqlite3
import sys

CITIES = [("210100", 10), ("210200", 7), ("210300", 3), ("210400", 2), ("210500", 2), ("210600", 2), ("210700", 2), ("210800", 2)]
DISTRICTS = ["02", "03", "04", "05", "06", "11"]
TOPICS = [("社会保障", 18, 0.12), ("住房城建", 16, -0.1), ("交通管理", 13, 0.06), ("户籍证件", 12, 0.2), ("供热供水", 11, -0.2),
          ("医疗卫生", 9, 0.02), ("教育", 7, 0.0), ("劳动就业", 6, -0.05), ("市场监管", 5, -0.12), ("家政服务", 4, 0.1)]
DEPARTMENTS = {"社会保障": "人力资源和社会保障局", "住房城建": "住房和城乡建设局", "交通管理": "公安局交通警察支队", "户籍证件": "公安局", "供热供水": "城市管理局",
               "医疗卫生": "卫生健康委员会", "教育": "教育局", "劳动就业": "人力资源和社会保障局", "市场监管": "市场监督管理局", "家政服务": "商务局"}
HOURS = [1, 1, 1, 1, 1, 1, 2, 5, 11, 14, 13, 10, 7, 9, 12, 12, 11, 8, 6, 5, 4, 3, 2, 1]


def main():
    corpus, calls = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 24_000
    dice = random.Random(8890)
    database = sqlite3.connect(os.path.join(corpus, "journal.db"), timeout=20)
    today = datetime.date.today()
    for number in range(calls):
        back = dice.randrange(75)
        day = today - datetime.timedelta(days=back)
        if day.weekday() > 4 and dice.random() < 0.45:
            continue
        hour = dice.choices(range(24), HOURS)[0]
        line = dice.choices(["12345", "8890", "web", "chatbot"], [52, 24, 12, 12])[0]
        city = dice.choices([code for code, _ in CITIES], [share for _, share in CITIES])[0]
        topic, _, ease = dice.choices(TOPICS, [share for _, share, _ in TOPICS])[0]
        rate = 0.52 + ease + (0.12 if line == "8890" else 0) - back * 0.0022 + 0.03 * math.sin(back / 5) - (0.04 if 17 < hour or hour < 7 else 0)
        is_bot, empty = line == "chatbot", dice.random() < 0.06
        asked = 1 if is_bot else 1 + (dice.random() < 0.35)
        looked = not is_bot and not empty and dice.random() < 0.82
        copied = looked and dice.random() < 0.5 + rate / 3
        outcome = "" if is_bot or dice.random() < 0.04 else "answered" if dice.random() < rate + (0.12 if copied else -0.15) else "abandoned" if dice.random() < 0.06 else "dispatched"
        place = dice.choices([1, 2, 5, 0], [62, 24, 9, 5])[0] if copied else -1
        at = datetime.datetime.combine(day, datetime.time(hour, dice.randrange(60))).timestamp()
        if at > datetime.datetime.now().timestamp():
            continue
        rated = dice.choices([5, 4, 3, 2, 1], [50, 28, 12, 6, 4])[0] if outcome and dice.random() < 0.3 else 0
        database.execute(
            "INSERT OR REPLACE INTO call (id, at, day, hour, line, region, topic, department, seat, key_id, outcome, satisfaction, searches, empty,"
            " asked, refused, opened, copied, waited, first, third, tenth, lower) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (f"sample-{number}", int(at * 1000), day.isoformat(), hour, line, city[:4] + dice.choice(DISTRICTS), topic, DEPARTMENTS[topic], f"A{number % 40:02}",
             "", outcome, rated, asked, int(empty), int(is_bot), int(is_bot and dice.random() < 0.31), int(looked), int(copied),
             max(3, int(dice.lognormvariate(3.2, 0.6))) if copied else None, int(place == 1), int(place == 2), int(place == 5), int(place == 0)))
        database.execute("INSERT OR IGNORE INTO stale (day) VALUES (?)", (day.isoformat(),))
    database.commit()


main()
