"""The pages of many photos and of the camera, as they are sent."""

from fastapi.testclient import TestClient

from app.security import HEADERS
from tests.conftest import ClientMaker

POLICY = "Permissions-Policy"


def test_the_camera_is_given_to_its_page_alone(client: TestClient) -> None:
    assert client.get("/camera").headers[POLICY] == HEADERS[POLICY].replace("camera=()", "camera=(self)")
    assert "microphone=()" in client.get("/camera").headers[POLICY]
    for path in ("/", "/gallery", "/explanations", "/camera/", "/camera/none", "/none"):
        assert client.get(path).headers[POLICY] == HEADERS[POLICY], path
    assert "camera=()" in HEADERS[POLICY]


def test_the_first_page_leads_to_both(client: TestClient) -> None:
    page = client.get("/").text
    assert 'href="/gallery"' in page
    assert 'href="/camera"' in page


def test_many_photos_without_scripts_are_for_the_command_line(client: TestClient) -> None:
    page = client.get("/gallery").text
    said = page[page.index("<noscript>") : page.index("</noscript>")]
    assert "camscope explain folder/" in said
    assert "hidden>" in page[page.index('class="album"') :].split("\n")[0]


def test_both_pages_are_there_without_any_network(make_client: ClientMaker) -> None:
    client = make_client(classifiers=[])
    for path in ("/gallery", "/camera"):
        assert client.get(path).status_code == 200
