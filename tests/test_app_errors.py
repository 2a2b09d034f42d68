import re

import pytest
from fastapi.testclient import TestClient
from starlette.requests import ClientDisconnect

from app import errors
from app.errors import AppError
from app.limits import MAX_FIELD_BYTES, MAX_FIELDS
from app.refusals import from_exception
from model.errors import (
    BrokenPhoto,
    BundleError,
    InferenceError,
    ModelError,
    NetworkError,
    OversizedPhoto,
    UnsupportedPhoto,
)

STATUSES = {
    errors.Malformed: 400,
    errors.NeedsToken: 401,
    errors.CrossSite: 403,
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.TooSlow: 408,
    errors.TooLarge: 413,
    errors.UnsupportedKind: 415,
    errors.Misdirected: 421,
    errors.Unusable: 422,
    errors.NoEvidence: 422,
    errors.Busy: 429,
    errors.TooOften: 429,
    errors.Guessing: 429,
    errors.LongHeaders: 431,
    errors.Gone: 499,
    errors.Unexpected: 500,
    errors.NotReady: 503,
    errors.Damaged: 503,
    errors.GivenUp: 504,
    errors.Overloaded: 503,
    errors.NoSpace: 507,
}


def test_each_class_has_one_status_and_the_drawing_at_the_top_shows_it() -> None:
    drawing = errors.__doc__ or ""
    for kind, status in STATUSES.items():
        assert kind.status == status
        assert re.search(rf"─ {kind.__name__} +{status}  ", drawing)
    known = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AppError)}
    assert known - STATUSES.keys() == {AppError, errors.BackupError, errors.StartError, errors.WrongRequest}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnsupportedPhoto("kind."), 415),
        (OversizedPhoto("large."), 422),
        (BrokenPhoto("damaged."), 422),
        (InferenceError("no answer."), 503),
        (BundleError("/secret/path: bad"), 503),
        (NetworkError("/secret/path"), 500),
        (ModelError("/secret/path"), 500),
        (ClientDisconnect(), 499),
        (OSError(28, "full", "/secret/path"), 507),
        (OSError(122, "quota", "/secret/path"), 507),
        (OSError(5, "broken disk", "/secret/path"), 503),
        (OSError(2, "no such file", "/secret/path"), 500),
        (KeyError("/secret/path"), 500),
    ],
)
def test_every_exception_becomes_a_refusal_that_tells_nothing_of_the_server(error: Exception, status: int) -> None:
    refusal = from_exception(error)
    assert refusal.status == status
    assert "secret" not in refusal.detail
    assert refusal.detail.endswith(".")


def test_a_photos_own_sentence_is_passed_on() -> None:
    assert from_exception(BrokenPhoto("This PNG picture is damaged.")).detail == "This PNG picture is damaged."


@pytest.mark.parametrize(("status", "method", "address"), [(404, "GET", "/nowhere"), (405, "PUT", "/explanations")])
def test_browsers_get_a_page_and_programs_get_problem_json(
    client: TestClient, status: int, method: str, address: str
) -> None:
    page = client.request(method, address, headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["x-request-id"] in page.text
    for accept in ("*/*", "application/json", "application/problem+json"):
        problem = client.request(method, address, headers={"accept": accept})
        assert problem.status_code == status
        assert problem.headers["content-type"] == "application/problem+json"
        assert problem.json()["type"] == "about:blank"


@pytest.mark.parametrize("address", ["/api/nowhere", "/api/v1/explanations/x", "/static/nowhere", "/healthz/x"])
def test_addresses_for_programs_never_answer_with_a_page(client: TestClient, address: str) -> None:
    answer = client.get(address, headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("limit=x", "'limit' takes a whole number."),
        ("limit=0", "'limit' takes 1 or more."),
        ("limit=101", "'limit' takes 100 or less."),
        ("cursor=" + "x" * 201, "'cursor' is too long; it takes at most 200."),
    ],
)
def test_a_wrong_value_is_named_with_what_the_field_takes(client: TestClient, query: str, sentence: str) -> None:
    assert client.get(f"/api/v1/explanations?{query}").json()["detail"] == sentence


@pytest.mark.parametrize("address", ["/explanations/", "/api/v1/explanations/", "/docs/", "/api/v1/models/"])
def test_an_address_with_a_slash_too_many_leads_nowhere(client: TestClient, address: str) -> None:
    answer = client.get(address, headers={"host": "elsewhere.example"}, follow_redirects=False)
    assert answer.status_code == 404
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("PUT", "/api/v1/explanations", "GET, HEAD, POST"),
        ("POST", "/api/v1/explanations/0", "GET, HEAD, DELETE"),
        ("PATCH", "/explanations", "GET, HEAD, POST"),
        ("DELETE", "/api/v1/models", "GET, HEAD, POST"),
        ("PUT", "/explanations/0/delete", "GET, HEAD, POST"),
        ("POST", "/static/icon.svg", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_all_that_the_address_knows(
    client: TestClient, method: str, address: str, allowed: str
) -> None:
    answer = client.request(method, address)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed


def form(*parts: str) -> bytes:
    head = "--x\r\nContent-Disposition: form-data"
    return "".join(f"{head}{part}\r\n" for part in parts).encode() + b"--x--\r\n"


FILE = '; name="image"; filename="a.jpg"\r\n\r\nx'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (form(FILE, FILE), "send one, in the field 'image'"),
        (form(*[f'; name="f{number}"\r\n\r\nx' for number in range(MAX_FIELDS + 1)]), "too many fields"),
        (form('; name="classes"\r\n\r\n' + "x" * (MAX_FIELD_BYTES + 1)), "too long"),
        (form("\r\n\r\nx"), "multipart/form-data"),
        (b"--y\r\nbroken", "multipart/form-data"),
    ],
)
@pytest.mark.parametrize("address", ["/api/v1/explanations", "/explanations"])
def test_a_broken_form_is_told_what_to_do(client: TestClient, body: bytes, said: str, address: str) -> None:
    answer = client.post(address, content=body, headers={"content-type": "multipart/form-data; boundary=x"})
    assert (answer.status_code, answer.json()["title"]) == (400, "Malformed request")
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("address", ["/api/v1/explanations", "/explanations"])
def test_a_form_without_a_boundary_is_told_so(client: TestClient, address: str) -> None:
    answer = client.post(address, content=b"--x", headers={"content-type": "multipart/form-data"})
    assert (answer.status_code, answer.json()["title"]) == (400, "Malformed request")
    assert "boundary" in answer.json()["detail"]


def test_a_field_without_a_file_around_it_is_limited_too(client: TestClient) -> None:
    answer = client.post("/explanations", data={"classes": "x" * (MAX_FIELD_BYTES + 1)})
    assert (answer.status_code, answer.json()["title"]) == (400, "Malformed request")
    assert "too long" in answer.json()["detail"]
