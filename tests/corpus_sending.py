"""Sends files of the corpus to a server and keeps account of what became of them."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.corpus import STATUSES, Fate, Sample
from tests.pictures import picture
from tests.stored import stored_files

API = "/api/v1/explanations"
GOOD_EVERY = 25


class Posts(Protocol):
    """Starlette's test client, or httpx2's."""

    def post(self, url: str, **options: Any) -> Any: ...

    def get(self, url: str, **options: Any) -> Any: ...


@dataclass
class Account:
    """What a server did.

    Attributes:
        statuses: how often each came
        faults: what was wrong, a line each
        kept: how many explanations it acknowledged to have kept
        slowest_s: the longest answer, and whose
    """

    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    kept: int = 0
    slowest_s: tuple[float, str] = (0.0, "")


def send(client: Posts, samples: Iterable[Sample], account: Account, store: bool = True) -> Account:
    """Send files one after the other, and a good one after every so many."""
    for number, sample in enumerate(samples):
        answer, seconds = _post(client, sample.data, store)
        account.statuses[answer.status_code] += 1
        account.kept += answer.status_code == 201
        account.slowest_s = max(account.slowest_s, (seconds, sample.name))
        if fault := _fault(sample, answer):
            account.faults.append(f"{sample.name}: {fault}")
        if number % GOOD_EVERY == 0:
            good, _ = _post(client, picture((number % 250, 0, 0), kind="PNG"), store)
            account.kept += good.status_code == 201
            if good.status_code not in STATUSES[Fate.ACCEPTED]:
                account.faults.append(f"{sample.name}: the next good one is a {good.status_code}")
    return account


def _post(client: Posts, data: bytes, store: bool) -> tuple[Any, float]:
    began = time.perf_counter()
    form = {"store": str(store).lower()}
    answer = client.post(API, files={"image": ("photo.jpg", data)}, data=form)
    return answer, time.perf_counter() - began


def _fault(sample: Sample, answer: Any) -> str | None:
    """What is wrong with an answer."""
    status = answer.status_code
    if status not in STATUSES[sample.fate]:
        return f"{status} {answer.text[:200]}"
    body = answer.json()
    if status >= 400:
        told = (
            {"type", "title", "status", "detail", "request_id"} == set(body) and body["detail"] and body["request_id"]
        )
        return None if told and body["status"] == status else f"{status} tells {body}"
    if sample.pixels is not None and sample.fate is Fate.ACCEPTED:
        size = body["image"]["width"], body["image"]["height"]
        return None if size == sample.pixels.shape[1::-1] else f"{size} is not {sample.pixels.shape}"
    return None


def leftovers(client: Posts, data_dir: Path, account: Account) -> list[str]:
    """Records without all of their files, files without a record, and what else was left in the data folder."""
    listed, cursor = [], None
    while True:
        page = client.get(API, params={"limit": 100, **({"cursor": cursor} if cursor else {})}).json()
        listed += [item["id"] for item in page["items"]]
        if not (cursor := page["next"]):
            break
    folders: Counter[str] = Counter(path.parent.name for path in stored_files(data_dir))
    found = [] if len(listed) == account.kept else [f"{len(listed)} listed, {account.kept} acknowledged"]
    found += [f"{name} is listed without files" for name in set(listed) - set(folders)]
    found += [f"{name} has files and is not listed" for name in set(folders) - set(listed)]
    usual = Counter(folders.values()).most_common(1)[0][0] if folders else 0
    found += [f"{name} has {count} files, not {usual}" for name, count in folders.items() if count != usual]
    return found + [f"{path} was left" for path in data_dir.rglob("*") if path.suffix in (".tmp", ".part")]
