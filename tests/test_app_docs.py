import re

from fastapi.testclient import TestClient


def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    for address in set(addresses) - {"#main"}:
        assert re.match(r"/(?!/)", address)
        answer = client.get(address)
        assert answer.status_code == 200, address
    assert "<style" not in page.text
    assert not re.search(r"<script(?![^>]*src=)", page.text)
    assert "style=" not in page.text


def test_the_policy_allows_only_what_swagger_needs(client: TestClient) -> None:
    policy = client.get("/docs").headers["content-security-policy"]
    assert "img-src 'self' data:" in policy
    assert "unsafe" not in policy
    assert "data:" not in client.get("/").headers["content-security-policy"]


def test_only_its_own_files_are_served(client: TestClient) -> None:
    assert client.get("/docs/swagger-ui.css").headers["content-type"].startswith("text/css")
    assert "javascript" in client.get("/docs/swagger-ui-bundle.js").headers["content-type"]
    for name in ("__init__.py", "..%2fmain.py", "favicon.png"):
        assert client.get(f"/docs/{name}").status_code == 404


def test_without_scripts_it_leads_to_the_document(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-cache"
    assert re.search(r'<noscript>.*<a href="/openapi\.json">.*</noscript>', page.text, re.DOTALL)
