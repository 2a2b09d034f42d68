"""The rooms there are, and what they have in common: the photo, the network, and the ways to the others."""

from urllib.parse import urlencode

from app.contexts_learn import Frame, PhotoChoice, Room, RoomPhoto
from app.examples import examples
from app.explanations import Explainer
from app.learn_refused import refused_in
from app.learn_visit import Picked, Visit
from app.pages import ACCEPT, network_choices
from app.text import gettext

LATEST = 6  # of one's own photos to choose from
LOBBY = "/learn"


def rooms(query: str = "") -> tuple[Room, ...]:
    """All of them, in their order; `query` goes into their addresses."""
    _ = gettext
    told = (
        ("layers", _("From photo to class"),
         _("A network is a few small steps, repeated. Its maps get smaller and in the end more numerous, until one "
           "number is left for each class.")),
        ("pooling", _("Pooling"),
         _("Pooling keeps that something was found, and lets go of where exactly.")),
        ("translation", _("Moving the photo"),
         _("Move the photo, and the maps move along while the score stays. Nearly.")),
        ("global-pooling", _("Global pooling"),
         _("One number for each map is enough to tell the classes apart: no parameter, and photos of any size.")),
        ("location", _("Where the location goes"),
         _("Averaging throws location away. That is why the map before it can be trusted.")),
    )  # fmt: skip
    after = f"?{query}" if query else ""
    return tuple(Room(name, title, claim, f"{LOBBY}/{name}{after}") for name, title, claim in told)


def frame(visit: Visit, explainer: Explainer, owner: str) -> Frame:
    """What a room has in common with the others. Blocking.

    Args:
        visit: to the room at its request's address
        explainer: has one's own photos
        owner: who looks
    """
    picked, name = visit.picked, visit.request.scope["path"].removeprefix(f"{LOBBY}/")
    query = urlencode({"photo": picked.key, "model": picked.entry.id})
    all_rooms = rooms(query)
    at = next(place for place, room in enumerate(all_rooms) if room.name == name)
    return Frame(
        room=all_rooms[at],
        photo=_photo(picked),
        examples=tuple(
            _choice(name, picked, example.name, example.title, example.url, picked.entry.id) for example in examples()
        ),
        own=tuple(
            _choice(name, picked, item.id, item.top.label, item.thumbnail_url, "")
            for item in explainer.history(owner, LATEST).items
        ),
        models=network_choices(visit.request),
        model=picked.entry.id,
        others=all_rooms[at + 1 :] + all_rooms[:at],
        query=query,
        accept=ACCEPT,
        refusal=refused_in(visit.request),
    )


def _choice(name: str, picked: Picked, key: str, title: str, url: str, model: str) -> PhotoChoice:
    query = urlencode({"photo": key, "model": model} if model else {"photo": key})
    return PhotoChoice(key, title, url, f"{LOBBY}/{name}?{query}", key == picked.key)


def _photo(picked: Picked) -> RoomPhoto:
    example, row = picked.example, picked.row
    if example is not None:
        return RoomPhoto(picked.key, example.title, example.url, example.width, example.height, None)
    if row is None:
        raise ValueError("a photo is an example's or an explanation's")
    url = f"/api/v1/explanations/{row.id}/image"
    title = gettext("Your photo")
    if row.bundle_id == picked.entry.id:
        title = gettext("Your photo: {label}").format(label=picked.entry.spec.labels[row.predictions[0]["index"]])
    return RoomPhoto(picked.key, title, url, row.photo_width, row.photo_height, f"/explanations/{row.id}")
