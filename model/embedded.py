"""The embedded default network: what it is called and where its bundle lies. Making it needs torch."""

from pathlib import Path

NAME = "efficientnet_lite0"
RECIPE = 2  # a change in how the bundle is made gets the next number, so that an old one is not taken for it


def embedded_path(cache_dir: Path) -> Path:
    """Where the default bundle is, or will be, in a cache folder."""
    return cache_dir / f"{NAME}-r{RECIPE}"
