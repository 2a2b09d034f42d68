"""What an evaluation can be asked over the API: a zip that keeps its names, boxes and masks, and what is refused."""

import io
import zipfile
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.conftest import ClientMaker
from tests.evaluating import EVALUATIONS, evaluated
from tests.evaluations import write_masks, write_squares
from tests.trainings import ended, follow


@pytest.fixture
def client(make_client: ClientMaker, tmp_path: Path) -> TestClient:
    return make_client(training_folders=(tmp_path,))


def zip_of(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def sent(client: TestClient, data: Path, top: str = "") -> str:
    """The id of a zip of class folders that was sent."""
    files = {f"{top}{file.relative_to(data)}": file.read_bytes() for file in data.rglob("*.png")}
    dataset = client.post("/api/v1/datasets").json()["id"]
    answer = client.post(f"/api/v1/datasets/{dataset}/archive", files={"archive": ("a.zip", zip_of(files))})
    assert answer.status_code == 201, answer.text
    return str(dataset)


HEAD = b"path,label,left,top,right,bottom\n"
VOC = """<annotation><filename>{name}</filename><size><width>96</width><height>64</height></size><object>
<name>{label}</name><bndbox><xmin>9</xmin><ymin>5</ymin><xmax>72</xmax><ymax>52</ymax></bndbox></object></annotation>"""


def test_a_zip_keeps_its_names_for_boxes_and_masks_however_they_are_wrapped(client: TestClient, tmp_path: Path) -> None:
    data = write_squares(tmp_path / "squares", count=1)
    names = [str(file.relative_to(data)) for file in sorted(data.rglob("*.png"))]
    boxes = {f"Annotations/{name[:-4]}.xml": VOC.format(name=Path(name).name, label=Path(name).parent.name).encode()
             for name in names}  # fmt: skip
    masks = {f"masks/{name}": (write_masks(tmp_path / "masks", data) / name).read_bytes() for name in names}
    asked = {"dataset": sent(client, data, "set/squares/"), "scales": "1", "faithfulness": "2", "sanity": "2"}
    files = {"boxes": ("voc.zip", zip_of(boxes)), "masks": ("masks.zip", zip_of(masks))}
    begun = client.post(EVALUATIONS, data=asked, files=files)
    assert begun.status_code == 201, begun.text
    done = follow(client, begun.json()["url"], ended)
    assert done["state"] == "done", done
    assert done["asked"]["scales"] == ["1"]
    metrics = client.get(done["metrics_url"]).json()
    assert metrics["localisation"]["pictures"] == len(names)
    measures = metrics["localisation"]["scales"]["1"]
    assert measures["max_box_acc"] is not None
    assert measures["pixel_ap"] is not None
    assert metrics["faithfulness"]["pictures"] == metrics["sanity"]["pictures"] == 2
    pictures = client.get(done["pictures_url"]).json()["items"]
    assert sorted(one["path"] for one in pictures) == names
    photo = client.get(pictures[0]["photo_url"])
    assert photo.headers["content-type"] == "image/png"
    known = client.get(pictures[0]["photo_url"], headers={"If-None-Match": photo.headers["etag"]})
    assert known.status_code == 304


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"boxes": zip_of({"readme.txt": b"none"})}, "no .xml file in the zip"),
        ({"masks": zip_of({"readme.txt": b"none"})}, "no .png file in the zip"),
        ({"masks": zip_of({"other/9.png": b"none"})}, "no mask of any of the pictures, such as blue/0.png"),
        ({"masks": b"PK broken"}, "not a zip file"),
        ({"masks": b"none"}, "is no JSON"),
        ({"boxes": HEAD + b"x.png,red,1,1,2,2\n"}, "speaks of 'x.png', the data of 'blue/0.png'"),
        ({"boxes": HEAD + b"red/0.png,Red,1,1,2,2\n"}, "what it calls them, a line each, such as Red=red"),
    ],
)
def test_drawings_that_cannot_be_used_are_refused_with_what_to_do(
    files: dict[str, bytes], told: str, client: TestClient, tmp_path: Path
) -> None:
    data = write_squares(tmp_path / "squares", count=1)
    answer = client.post(EVALUATIONS, data={"folder": str(data)}, files=files)
    assert answer.status_code == 422, answer.text
    assert told in answer.json()["detail"]
    assert str(tmp_path) not in answer.text


def test_the_form_proposes_what_labels_may_mean(client: TestClient, tmp_path: Path) -> None:
    data = write_squares(tmp_path / "squares", count=1)
    (data / "red").rename(data / "Reds")
    asked = {"source": "folder", "folder": str(data)}
    page = client.post("/evaluations", data=asked, files={"boxes": ("", b"")})
    assert page.status_code == 422
    assert ">Reds=red</textarea>" in page.text
    assert '<details class="disclosure" data-more open>' in page.text


def test_a_picture_that_was_taken_away_has_no_photo(client: TestClient, tmp_path: Path) -> None:
    done = evaluated(client, tmp_path, count=1, wrong=0)
    (tmp_path / "squares" / "blue" / "0.png").unlink()
    picture = client.get(done["pictures_url"], params={"sort": "number"}).json()["items"][0]
    assert client.get(picture["photo_url"]).status_code == 404
    page = client.get(f"/evaluations/{done['id']}/pictures/0")
    assert f'src="{picture["thumbnail_url"]}"' in page.text


@pytest.mark.parametrize("path", ["/evaluations", EVALUATIONS])
def test_a_zip_may_be_larger_than_a_photo(path: str, make_client: ClientMaker, tmp_path: Path) -> None:
    client = make_client(max_upload_mb=0.1, max_archive_mb=1, training_folders=(tmp_path,))
    data = write_squares(tmp_path / "squares", count=1)
    asked = {"source": "folder", "folder": str(data)}
    mask = (write_masks(tmp_path / "masks", data) / "blue" / "0.png").read_bytes()
    masks = zip_of({"blue/0.png": mask, "readme.bin": bytes(3 * 10**5)})
    refused = client.post(path, data=asked, files={"masks": ("m.zip", masks + bytes(2 * 10**6))})
    assert refused.status_code == 413
    taken = client.post(path, data=asked | {"scales": "1"}, files={"masks": ("m.zip", masks)}, follow_redirects=False)
    assert taken.status_code in (201, 303), taken.text
