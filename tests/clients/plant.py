"""What an agent asks, reports and finds wrong, planted for the fuzzing that follows (`fuzzing.py`).
Usage: plant.py http://127.0.0.1:8890 AGENTS-KEY"""
import sys

import httpx

SAID = "鸥鹭日志"
with httpx.Client(base_url=sys.argv[1], headers={"Authorization": f"Bearer {sys.argv[2]}"}) as client:
    client.get("/v1/search", params={"q": SAID}).raise_for_status()
    client.post("/v1/answer", json={"question": SAID, "call": SAID}).raise_for_status()
    told = {"outcome": "abandoned", "call": SAID, "note": SAID}
    client.post("/v1/feedback", json=told).raise_for_status()
    client.post("/v1/gaps", json={"question": SAID, "note": SAID}).raise_for_status()
    found = {"entry_id": "planted-noted", "text": SAID}
    client.post("/v1/corrections", json=found).raise_for_status()
