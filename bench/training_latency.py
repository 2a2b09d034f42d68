"""How much a running training slows answers: `python -m bench.training_latency PICTURES [--threads N]`.

One server, one client that asks one photo at a time, one training. The training is paused and let go on in
turns (SIGSTOP, SIGCONT), so that both medians are taken in the same minutes, on a machine as busy as it is.
"""

import argparse
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

OWNER = "the-one-who-measures"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", type=Path, help="a folder of class folders, or of train/ and val/")
    parser.add_argument("--cache-dir", type=Path, help="holds the embedded network; default the usual one")
    parser.add_argument("--threads", type=int, default=1, help="of the training")
    parser.add_argument("--rounds", type=int, default=20, help="of each: paused, and running")
    parser.add_argument("--photos", type=int, default=10, help="asked in each round")
    options = parser.parse_args()
    photos = [path.read_bytes() for path in sorted(options.pictures.rglob("*.jpg"))]
    random.Random(0).shuffle(photos)
    with tempfile.TemporaryDirectory() as folder:
        server = serve(options, folder)
        try:
            measure(server, options, photos)
        finally:
            server.send_signal(signal.SIGCONT)
            server.terminate()
            server.wait()


def serve(options: argparse.Namespace, folder: str) -> "subprocess.Popen[str]":
    variables = {
        "CAMSCOPE_DATA_DIR": folder,
        "CAMSCOPE_TRAINING_FOLDERS": str(options.pictures.resolve()),
        "CAMSCOPE_TRAINING_THREADS": str(options.threads),
        "CAMSCOPE_LOG_LEVEL": "warning",
    }
    if options.cache_dir:
        variables["CAMSCOPE_CACHE_DIR"] = str(options.cache_dir)
    command = [sys.executable, "-m", "app", "serve", "--port", "0"]
    return subprocess.Popen(command, env={**os.environ, **variables}, stdout=subprocess.PIPE, text=True)


def measure(server: "subprocess.Popen[str]", options: argparse.Namespace, photos: list[bytes]) -> None:
    found = re.search(r"http://\S+", next(iter(server.stdout or ()), ""))
    if found is None:
        raise SystemExit("the server did not start")
    url = found[0]
    for photo in photos[:5]:
        explain(url, photo)
    asked = {"name": "measured", "folder": str(options.pictures.resolve()), "freeze": "none", "epochs": 1000}
    training = send(url, "/api/v1/trainings", json.dumps(asked).encode(), "application/json")
    while (now := get(url, training["url"]))["stage"] != "network":
        if now["state"] in ("failed", "cancelled"):
            raise SystemExit(now["error"])
        time.sleep(1)
    time.sleep(5)
    (trainer,) = children(server.pid)
    times: dict[str, list[float]] = {"paused": [], "running": []}
    place = 0
    for _ in range(options.rounds):
        for state, message in (("paused", signal.SIGSTOP), ("running", signal.SIGCONT)):
            os.killpg(trainer, message)
            time.sleep(0.5)
            for _ in range(options.photos):
                place = (place + 1) % len(photos)
                times[state].append(explain(url, photos[place]))
    for state, seconds in times.items():
        quantiles = statistics.quantiles(seconds, n=20)
        print(f"{state:8} median {1e3 * statistics.median(seconds):6.0f} ms   95 % {1e3 * quantiles[18]:6.0f} ms")
    ratio = statistics.median(times["running"]) / statistics.median(times["paused"])
    print(f"ratio of medians {ratio:.2f}, {os.cpu_count()} cores, {options.threads} threads of training, nice 19")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] or [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def explain(url: str, photo: bytes) -> float:
    mark = uuid.uuid4().hex
    part = f'--{mark}\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'.encode()
    store = f'\r\n--{mark}\r\nContent-Disposition: form-data; name="store"\r\n\r\nfalse\r\n--{mark}--\r\n'.encode()
    begun = time.perf_counter()
    send(url, "/api/v1/explanations", part + photo + store, f"multipart/form-data; boundary={mark}")
    return time.perf_counter() - begun


def send(url: str, path: str, body: bytes, kind: str) -> dict[str, Any]:
    headers = {"Content-Type": kind, "Camscope-Owner": OWNER}
    request = urllib.request.Request(url + path, body, headers)
    answer: dict[str, Any] = json.load(urllib.request.urlopen(request, timeout=120))
    return answer


def get(url: str, path: str) -> dict[str, Any]:
    request = urllib.request.Request(url + path, headers={"Camscope-Owner": OWNER})
    answer: dict[str, Any] = json.load(urllib.request.urlopen(request, timeout=120))
    return answer


if __name__ == "__main__":
    main()
