"""What is answered to anybody: whether the server is alive and ready, and the pages' own files."""

PROBES = ("/healthz", "/readyz")
STATIC = "/static/"


def is_for_anybody(path: str) -> bool:
    """Whether an address needs no token, counts for no rate, and holds nothing of anybody."""
    return path in PROBES or path.startswith(STATIC)
