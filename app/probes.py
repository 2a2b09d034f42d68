"""Which addresses are no pages: the probes, the pages' own files, and what is for programs."""

PROBES = ("/healthz", "/readyz")
STATIC = "/static/"
MACHINE_PATHS = ("/api/", STATIC, *PROBES, "/metrics", "/openapi.json", "/colormaps.json")


def is_for_anybody(path: str) -> bool:
    """Whether an address needs no token, counts for no rate, and holds nothing of anybody."""
    return path in PROBES or path.startswith(STATIC)


def is_for_programs(path: str) -> bool:
    """Whether what is at an address is read by programs: it never answers with a page."""
    return path.startswith(MACHINE_PATHS)
