"""Check static/js with TypeScript, by the types in its comments: `python scripts/typecheck.py`.

TypeScript is a tool of the checks alone. Its one package lies in .venv, in the version named here; nothing of it is
served, and the scripts have no build step.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = "5.9.3"
HOME = ROOT / ".venv" / "typescript"
PACKAGE = HOME / "node_modules" / "typescript"
BIN = Path(sys.executable).parent


def installed() -> bool:
    manifest = PACKAGE / "package.json"
    return manifest.is_file() and json.loads(manifest.read_text())["version"] == VERSION


def install() -> bool:
    """Fetch it; whether that went well."""
    print(f"==> Installing TypeScript {VERSION}, which checks the scripts' types", flush=True)
    HOME.mkdir(parents=True, exist_ok=True)
    options = ("--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    command = [BIN / "npm", "install", "--prefix", HOME, *options, f"typescript@{VERSION}"]
    return subprocess.run(command, cwd=HOME, check=False).returncode == 0


def main() -> int:
    if not installed() and not install():
        print("TypeScript could not be installed; npm's message is above.", file=sys.stderr)
        return 1
    command = [BIN / "node", PACKAGE / "bin" / "tsc", "--project", ROOT / "jsconfig.json"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
