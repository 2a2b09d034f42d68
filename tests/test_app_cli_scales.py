"""`camscope explain` at several scales at once, and channel by channel."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.cli import app
from model.cam import residual
from model.classifier import Classifier
from model.fusion import View, fuse
from model.photos import read_photo
from model.spec import SCALES
from tests.bundles import make_bundle
from tests.commands import runner
from tests.pictures import halves
from tests.test_app_scales import seen

pytestmark = pytest.mark.usefixtures("own_folders")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "halves.png"
    path.write_bytes(halves(size=(300, 200)))
    return path


def explained(*arguments: str | Path) -> Any:
    done = runner.invoke(app, ["explain", *map(str, arguments), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_fused_averages_all_scales_and_mirror_images(bundle: Path, photo: Path, tmp_path: Path) -> None:
    found = explained(photo, "-m", bundle, "--scale", "fused", "--top-k", "5", "-o", tmp_path / "out")
    network = Classifier.open(bundle, 1)
    views = []
    for scale in SCALES:
        for mirrored in (False, True):
            one = seen(network, read_photo(photo.read_bytes()), scale, mirrored)
            views.append(View(scale, mirrored, one.logits, one.bias, np.asarray(one.maps), one.grid))
    fused = fuse(views, (300, 200))
    assert fused.maps is not None
    off = residual(fused.maps, fused.bias, fused.logits)
    for prediction in found["predictions"]:
        index = prediction["index"]
        np.testing.assert_allclose(prediction["cam"], fused.maps[index], rtol=1e-5, atol=1e-5)
        assert prediction["logit"] == pytest.approx(fused.logits[index], rel=1e-5)
        assert prediction["residual"] == pytest.approx(off[index], abs=1e-5)
    assert (found["scale"], found["input"]["scale"], len(found["views"])) == ("fused", 3, 8)
    assert max(view["residual"] for view in found["views"]) < 1e-3
    assert found["account"][0].startswith("Each of the 8 looks is exact")
    written = json.loads((tmp_path / "out" / "halves.json").read_text())
    assert written["predictions"] == found["predictions"]
    with Image.open(tmp_path / "out" / "halves.png") as drawn:
        assert drawn.width == 300


def test_one_scale_is_what_it_was(bundle: Path, photo: Path) -> None:
    found = explained(photo, "-m", bundle, "--scale", "2.0")
    assert found["input"]["scale"] == 2
    assert not {"views", "account", "channels", "scale"} & found.keys()


def test_channels_are_listed_and_add_up(bundle: Path, photo: Path) -> None:
    found = explained(photo, "-m", bundle, "--channels", "2", "--scale", "1.5")
    channels, first = found["channels"], found["predictions"][0]
    assert len(channels["channels"]) == 2
    total = sum(one["contribution"] for one in channels["channels"]) + channels["rest"]["contribution"]
    assert total + channels["bias"] == pytest.approx(first["logit"], abs=1e-4)
    assert (channels["logit"], channels["bias"]) == (first["logit"], first["bias"])
    done = runner.invoke(app, ["explain", str(photo), "-m", str(bundle), "--channels", "2", "--scale", "1.5"])
    assert done.exit_code == 0, done.output
    rows = [line.split() for line in done.stdout.splitlines()]
    assert any(row[-1] == first["label"] and row[0].endswith("halves.png:") for row in rows if len(row) == 2)
    strongest = channels["channels"][0]
    numbers = [f"{strongest[name]:.3f}" for name in ("weight", "activation", "contribution")]
    assert [str(strongest["index"]), *numbers] in rows
    assert ["3", "others", f"{channels['rest']['contribution']:.3f}"] in rows
    assert ["logit", f"{first['logit']:.3f}"] in rows


@pytest.mark.parametrize("kind", ["conv", "fc"])
def test_a_network_without_channels_says_so(
    tmp_path: Path, photo: Path, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from app.cli import main

    bundle = make_bundle(tmp_path / "others", kind=kind)
    monkeypatch.setattr("sys.argv", ["camscope", "explain", str(photo), "-m", str(bundle), "--channels", "3"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "channels" in capsys.readouterr().err


def test_a_network_of_one_input_size_fuses_the_photo_and_its_mirror_image(tmp_path: Path, photo: Path) -> None:
    found = explained(photo, "-m", make_bundle(tmp_path / "fixed", kind="fc"), "--scale", "fused")
    assert [view["mirrored"] for view in found["views"]] == [False, True]
    assert found["predictions"][0]["cam"] is None


@pytest.mark.parametrize(
    "options", [("--scale", "7"), ("--scale", "nan"), ("--channels", "-1"), ("--channels", "2", "--scale", "fused")]
)
def test_what_makes_no_sense_is_wrong_usage(photo: Path, bundle: Path, options: tuple[str, ...]) -> None:
    done = runner.invoke(app, ["explain", str(photo), "-m", str(bundle), *options])
    assert done.exit_code == 2, done.output


def test_one_bad_photo_fails_alone(bundle: Path, photo: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(halves()[:60])
    done = runner.invoke(
        app, ["explain", str(photo), str(tmp_path / "broken.png"), "-m", str(bundle), "--scale", "fused"]
    )
    assert done.exit_code == 1
    assert "halves.png" in done.stdout
    assert "1 of 2 could not be explained" in done.output
