"""The pages of many photos and of the camera: scripts bring the photos, over the API."""

from fastapi import APIRouter, Request, Response

from app.contexts_photos import AlbumPage, CameraPage
from app.pages import ACCEPT, network_choices
from app.security import HEADERS
from app.templating import render, site
from app.text import plain

COMMAND = "camscope explain folder/ --out results/"

router = APIRouter(include_in_schema=False)

PERMISSIONS = "Permissions-Policy"
WITH_CAMERA = HEADERS[PERMISSIONS].replace("camera=()", "camera=(self)")


@router.get("/gallery")
def album_page(request: Request) -> Response:
    """Many photos at once, each explained like any other."""
    settings = request.app.state.settings
    page = AlbumPage(
        site=site(request),
        models=network_choices(request),
        accept=ACCEPT,
        command=COMMAND,
        max_upload_mb=plain(settings.max_upload_mb),
        max_megapixels=plain(settings.max_megapixels),
    )
    return render(page)


@router.get("/camera")
def camera_page(request: Request) -> Response:
    """What a camera sees, frame by frame; the one page that may ask for one."""
    answer = render(CameraPage(site=site(request), models=network_choices(request)))
    answer.headers[PERMISSIONS] = WITH_CAMERA
    return answer
