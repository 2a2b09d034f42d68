"""Write model/colormaps.json: the colour tables that Python and the browser share.

Needs matplotlib, whose tables they are; a test compares the file with it.
"""

import json
from pathlib import Path

import matplotlib
import numpy as np

TABLES = {
    "signed": ("RdBu_r", "PuOr_r", "coolwarm"),
    "positive": ("viridis", "cividis", "inferno", "turbo", "jet", "gray"),
}
TARGET = Path(__file__).resolve().parent.parent / "model" / "colormaps.json"


def table(name: str) -> str:
    """256 RGB colours as one string of hexadecimal digits."""
    colours = matplotlib.colormaps[name](np.arange(256))
    return np.round(colours[:, :3] * 255).astype(np.uint8).tobytes().hex()


def main() -> None:
    """Write the file."""
    content = {mode: {name: table(name) for name in names} for mode, names in TABLES.items()}
    TARGET.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
