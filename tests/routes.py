"""Every address that an app knows."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute


def routes_of(app: Any) -> Iterator[tuple[str, str]]:
    """Method and path of every route, as pages and programs use them; also of those that no document lists."""
    assert isinstance(app, FastAPI)
    for included in app.routes:
        router = getattr(included, "original_router", None)
        for route in router.routes if router is not None else ():
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods):
                yield method, route.path
