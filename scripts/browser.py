"""Print the path of a Chromium that starts, and install one where there is none.

In this order: the one named by CHROMIUM, an installed one, Playwright's own download, and, as
root on Debian, the distribution's package.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Kept to what a machine without a sandbox, a GPU and a network has.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_TIMEOUT_S = 60.0
HOW = "No Chromium starts here. Install the package chromium, or name one: CHROMIUM=/path/to/chromium make test"


def starts(path: str) -> bool:
    """Whether it draws an empty page: a stub, or one whose libraries are missing, does not."""
    command = [path, *FLAGS, "--dump-dom", "about:blank"]
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=START_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"<html>" in done.stdout


def playwrights_own() -> str:
    """Where Playwright puts the Chromium it downloads, whether it is there or not."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def installed() -> Iterator[str]:
    if named := os.environ.get("CHROMIUM"):
        yield named
        return
    yield from filter(None, map(shutil.which, NAMES))
    yield playwrights_own()


def find_chromium() -> str | None:
    """The first Chromium that starts."""
    return next(filter(starts, installed()), None)


def run(*command: str) -> None:
    """Run a command with its output on stderr: stdout is for the path alone."""
    print(f"==> {' '.join(command)}", file=sys.stderr, flush=True)
    environment = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000", **os.environ}
    subprocess.run(command, check=False, stdout=sys.stderr, env=environment)


def install_chromium() -> str | None:
    """Install a Chromium by the first way that gives one that starts."""
    run(sys.executable, "-m", "playwright", "install", "chromium")
    found = find_chromium()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        run("apt-get", "update", "-q")
        run("apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium")
        found = find_chromium()
    return found


def main() -> int:
    path = find_chromium() or (None if os.environ.get("CHROMIUM") else install_chromium())
    if path is None:
        print(HOW, file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
