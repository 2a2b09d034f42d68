"""What figures of several kinds are made of: shares, counts, and maps as they are kept in JSON."""

from typing import Annotated

from pydantic import Field

from model.spec import Record

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class GridFigures(Record):
    """Where a map's cells lie, in pixels of a picture's thumbnail (model.geometry.Grid)."""

    rows: int
    columns: int
    cell_width: float
    cell_height: float
    left: float
    top: float


Cells = tuple[tuple[float, ...], ...]
