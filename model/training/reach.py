"""Whether anybody could give us weights: asked before torch is loaded, which takes longer than the answer."""

import os
import threading
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from model.errors import WeightsError

EARLY_SECONDS = 2.0  # with the start of Python the whole refusal stays below five
HOMES = {"torchvision": "https://download.pytorch.org/", "timm": "https://huggingface.co/"}


def refuse_early(name: str, library: str | None = None, seconds: float = EARLY_SECONDS) -> None:
    """Refuse at once where no library's weights can be fetched and none were fetched before.

    Args:
        name: of the network, as it was typed, with its library before a slash or without
        library: that alone
        seconds: to wait for an answer

    Raises:
        WeightsError: says what to do
    """
    named = library or name.partition("/")[0]
    libraries = (named,) if named in HOMES else tuple(HOMES)
    if any(has_downloads(one) for one in libraries):
        return
    reasons: dict[str, str | None] = {}

    def ask(library: str) -> None:
        reasons[library] = why_unreachable(home(library), seconds)

    threads = [threading.Thread(target=ask, args=(one,), daemon=True) for one in libraries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if all(reasons.values()):
        hosts = " and ".join(f"{urlsplit(home(one)).hostname} ({why})" for one, why in reasons.items())
        raise WeightsError(
            f"{name}: its weights are not on this machine and cannot be fetched from {hosts}; "
            "fetch them elsewhere and give the file with --weights FILE"
        )


def home(library: str) -> str:
    """The address that a library's weights come from."""
    return os.environ.get("HF_ENDPOINT") or HOMES[library] if library == "timm" else HOMES[library]


def has_downloads(library: str) -> bool:
    """Whether the library has fetched any weights to this machine before."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    if library == "torchvision":
        torch_home = Path(os.environ.get("TORCH_HOME") or caches / "torch")
        return any((torch_home / "hub" / "checkpoints").glob("*.pth"))
    hub_home = Path(os.environ.get("HF_HOME") or caches / "huggingface")
    return any(Path(os.environ.get("HF_HUB_CACHE") or hub_home / "hub").glob("models--*"))


def why_unreachable(url: str, seconds: float) -> str | None:
    """Why an address gives no answer of any kind within some seconds; None where it does.

    Asked in a thread of its own, since looking up a name knows no time limit.
    """
    answer: list[str | None] = []

    def ask() -> None:
        request = urllib.request.Request(url, method="HEAD")  # noqa: S310 (the libraries' own addresses)
        try:
            urllib.request.urlopen(request, timeout=seconds).close()  # noqa: S310
        except urllib.error.HTTPError:
            answer.append(None)  # whoever refuses is there; the library then says why
        except (OSError, ValueError) as error:
            answer.append(str(getattr(error, "reason", error)) or type(error).__name__)
        else:
            answer.append(None)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return answer[0] if answer else f"no answer within {seconds:g} seconds"
