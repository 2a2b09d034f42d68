"""The copies of a photo that are kept; the small one is made once somebody looks at it."""

import logging
from pathlib import Path

from app.copies import ANY_SIZE, small_copy
from app.errors import NotFound
from app.folders import PHOTO, THUMBNAIL
from app.store import Store
from model.photos import Photo, read_photo

log = logging.getLogger("camscope.pictures")


def read_copy(path: Path) -> Photo:
    """The copy that is kept of an explanation's photo.

    Raises:
        NotFound: the explanation was deleted meanwhile
    """
    try:
        return read_photo(path.read_bytes(), ANY_SIZE)
    except FileNotFoundError:
        raise NotFound("This explanation has just been deleted.") from None


def thumbnail(store: Store, explanation_id: str) -> Path:
    """The small copy of a known explanation's photo, made if this is the first time; the photo if that fails.

    Raises:
        NotFound: the explanation was deleted meanwhile
    """
    try:
        return store.file(explanation_id, THUMBNAIL)
    except NotFound:
        photo = store.file(explanation_id, PHOTO)
    try:
        store.add_file(explanation_id, THUMBNAIL, small_copy(photo.read_bytes()))
    except FileNotFoundError:
        raise NotFound("This explanation has just been deleted.") from None
    except OSError as error:
        log.warning("a thumbnail is not kept: %s", error)
        return photo
    return store.file(explanation_id, THUMBNAIL)
