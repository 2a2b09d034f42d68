"""Files that come to an explanation later: they are kept beside its own, and go with them."""

from collections.abc import Mapping

from app.errors import NotFound
from app.store import Store


def keep_beside(store: Store, explanation_id: str, files: Mapping[str, bytes]) -> None:
    """Keep files that can be made again, each whole or not at all, in their order. Blocking.

    Args:
        store: has the explanation
        explanation_id: whose files they become
        files: by name

    Raises:
        NotFound: the explanation was deleted meanwhile
        OSError: no space, or another trouble with the disk
    """
    try:
        for name, content in files.items():
            store.add_file(explanation_id, name, content)
    except FileNotFoundError:
        raise NotFound("This explanation has just been deleted.") from None
