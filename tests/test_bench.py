"""The benchmark's plumbing: order, statistics, bars, report. Nothing is timed here, and no peer is needed."""

import io
import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench import __main__ as command
from bench import bare, batched, classes, document, gpu, machine, pages, pictures, plot, sections
from bench.bars import BARS, BY_KEY, Bar, amount
from bench.context import Context
from bench.racing import Race, race, timed
from bench.report import NOT_MEASURED, as_json, bars_table, report, section_table, table, verdicts
from bench.results import Disagreement, Result, Row
from bench.square import SIDE, write_square
from model.bundle import read_bundle
from model.classifier import Classifier
from model.photos import read_photo
from tests.bundles import make_bundle


def silent(_: str) -> None:
    """No progress."""


@pytest.fixture
def context(tmp_path: Path) -> Context:
    bundle = make_bundle(tmp_path / "bundle")
    return Context(
        rounds=1,
        threads=1,
        bundle=bundle,
        square=write_square(bundle, tmp_path / "square"),
        cache_dir=tmp_path,
        photos=None,
        training=None,
        scratch=tmp_path,
        order=random.Random(0),
        say=silent,
    )


def test_everybody_takes_one_turn_a_round_in_changing_order() -> None:
    taken: list[str] = []

    def turn(name: str) -> float:
        taken.append(name)
        return 1.0

    names = ["a", "b", "c", "d"]
    turns = {name: lambda name=name: turn(name) for name in names}
    result = race(turns, 30, random.Random(0), silent)
    rounds = [tuple(taken[start : start + 4]) for start in range(0, len(taken), 4)]
    assert all(sorted(order) == names for order in rounds)
    assert len(set(rounds)) > 10
    assert {name: len(figures) for name, figures in result.figures.items()} == dict.fromkeys(names, 30)


def test_a_ratio_is_taken_within_a_round() -> None:
    """A machine that is ten times slower for two rounds changes medians, but no ratio."""
    slow = [1, 10, 1, 10, 1]
    result = Race({"ours": [2.0 * one for one in slow], "bare": [1.0 * one for one in slow]})
    assert result.ratio("ours", "bare") == 2
    assert result.median("ours") == 2
    assert result.quartiles("ours") == (2, 20)
    assert result.best(["ours", "bare"]) == "bare"
    assert result.best(["ours", "bare"], most=True) == "ours"


def test_one_round_has_quartiles_too() -> None:
    assert Race({"ours": [3.0]}).quartiles("ours") == (3, 3)


def test_a_turn_warms_up_and_tells_seconds_per_item(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, begun = [0.0], []
    monkeypatch.setattr("bench.racing.time.perf_counter", lambda: clock[0])

    def call() -> None:
        clock[0] += 0.05 if begun else 1.0
        begun.append(clock[0])

    assert timed(call, items=5)() == pytest.approx(0.01)
    assert len(begun) == 3, "one unmeasured call, which is slow, and two measured ones"


@pytest.mark.parametrize(
    ("at_least", "measured", "met"),
    [(True, 1.0, True), (True, 0.99, False), (False, 1.0, True), (False, 1.01, False), (True, float("nan"), False)],
)
def test_a_bar_is_met_at_its_limit(at_least: bool, measured: float, met: bool) -> None:
    assert Bar("classes/all", "", 1.0, at_least=at_least).met(measured) is met


def test_amounts_carry_their_unit() -> None:
    assert [amount(1.349, "x"), amount(349.6, "MB"), amount(2.5, "s"), amount(0.99949, "")] == [
        "1.35 x", "350 MB", "2.50 s", "0.9995",
    ]  # fmt: skip


def test_every_bar_belongs_to_a_section_and_has_a_key_of_its_own() -> None:
    assert {bar.section for bar in BARS} <= set(sections.SECTIONS)
    assert len(BY_KEY) == len(BARS)


def test_a_bar_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="one-photo/bear"):
        Result("", (), {"one-photo/bear": 1.0})


def test_what_was_not_measured_is_not_met() -> None:
    told = "\n".join(bars_table(list(verdicts({"http": Result("HTTP", (), {"http/bare": 0.71})}))))
    assert "0.71 x | at least 0.70 x | met" in " ".join(told.split())
    assert told.count(NOT_MEASURED) == told.count("NOT MET") == 5
    assert told.endswith("1 of 6 bars met.")


def test_the_bars_of_a_section_that_failed_are_not_met() -> None:
    judged = list(verdicts({"classes": Result("Classes", (), {"classes/all": 1.0})}, failed=["start", "gpu"]))
    assert [(bar.key, value) for bar, value in judged if value is None] == [
        ("start/warm", None), ("start/memory", None), ("start/memory-scale-3", None),
    ]  # fmt: skip
    assert bars_table(judged)[-1] == "1 of 4 bars met."


def test_a_section_that_was_not_run_has_no_bars_nor_has_a_gpu_that_is_not_there() -> None:
    assert not list(verdicts({"gpu": Result("GPU", ()), "training": Result("Training", ())}))
    assert len(list(verdicts({"gpu": Result("GPU", (), {"gpu/lite0-64": 0.95})}))) == 1
    assert bars_table([]) == []


def test_tables_are_aligned_and_leave_empty_columns_out() -> None:
    lines = table(("a", "number", "", "word"), [("x", "1", "", "one"), ("longer", "22,222", "", "")], "> ")
    assert lines == [
        "| a      | number | word |",
        "|--------|-------:|------|",
        "| x      |      1 | one  |",
        "| longer | 22,222 |      |",
    ]


def test_ratios_come_before_absolute_figures() -> None:
    head, _, line = section_table([Row("ours", 5.0, "ms", 1.2, "bare", 4.9, 123.4)])
    assert head.index("ratio") < head.index("median")
    assert " ".join(line.split()) == "| ours | 1.20 x | bare | 5.00 ms | 4.90 – 123 |"


def test_the_report_names_the_machine_and_keeps_everything_as_json() -> None:
    described = machine.describe()
    results = {"classes": Result("Classes", [Row("all", 1.0, "ms")], {"classes/all": 1.02}, ["A note."])}
    text = report(results, described, 20)
    for word in (str(described["processor"]), "20 rounds.", "1.02 x", "- A note.", "## Classes"):
        assert word in text
    kept = json.loads(as_json(results, described, {"rounds": 20}))
    assert kept["bars"] == [{**kept["bars"][0], "key": "classes/all", "measured": 1.02, "met": True}]
    assert kept["sections"]["classes"]["rows"][0]["name"] == "all"
    assert kept["machine"]["cores"] >= 1


def test_a_busy_machine_is_told() -> None:
    described = {**machine.describe(), "cores": 2}
    assert "was busy" in report({}, {**described, "load": 1.1}, 20)
    assert "was busy" not in report({}, {**described, "load": 1.0}, 20)


def test_one_section_that_fails_takes_nothing_from_the_others(
    context: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sections, "SECTIONS", {"bad": "bench.missing", "classes": "bench.classes"})
    kept: dict[str, Result] = {}
    failures = sections.run_all(["classes", "bad"], context, kept.__setitem__)
    assert list(failures) == ["bad"]
    assert "bench.missing" in failures["bad"]
    assert "Traceback" in capsys.readouterr().err
    assert list(kept) == ["classes"]


def test_more_maps_and_many_photos_are_measured(context: Context) -> None:
    bars = classes.run(context).bars | batched.run(context).bars
    assert all(value > 0 for value in bars.values())
    assert set(bars) == {"classes/all", "batched/bare"}


def test_pages_are_judged_by_the_slowest_question_and_the_first_visit() -> None:
    quick = pages.Steps({"switch": [5.0] * 20, "slide": [4.0] * 20}, {"switch": [5.0] * 20, "slide": [3.0] * 20})
    slow = pages.Steps({"switch": [9.0] * 20, "slide": [2.0] * 20}, {"switch": [8.0] * 20, "slide": [2.0] * 20})
    starts = {kind: [{"drawn": 0.5, "answers": seconds}] for kind, seconds in (("cold", 0.9), ("warm", 0.6))}
    found = {"seen": quick, "where": slow}
    assert pages.bars(starts, found) == {"pages/switch": 9.0, "pages/slide": 4.0, "pages/usable": 0.9}
    rows = [*pages.start_rows(starts), *pages.step_rows(found)]
    assert [row.name for row in rows[-2:]] == ["where: class switch", "where: slider"]
    assert rows[1].value == 0.9
    assert rows[-2].note == "95 %: 9.0; processor 8.0, 95 %: 8.0"


def test_without_a_gpu_nothing_is_met(context: Context) -> None:
    result = gpu.run(context)
    assert not result.rows
    assert not result.bars
    assert "no GPU" in result.notes[0]


def test_the_gpu_section_measures_wherever_it_is_told_to(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "BY_KEY", {"gpu/lite0-2": None})
    monkeypatch.setattr(gpu, "Result", lambda *arguments: arguments)
    _, rows, bars, notes = gpu.measure(context, {"lite0": context.bundle}, "CPUExecutionProvider", [1, 2])
    everybody = [gpu.OURS, gpu.BARE, gpu.THERE, gpu.TORCH, gpu.TORCH_MAPS, gpu.OURS_TWO, gpu.BARE_TWO]
    assert [row.name for row in rows] == [f"lite0, batch {batch}: {name}" for batch in (1, 2) for name in everybody]
    assert set(bars) == {"gpu/lite0-2"}
    assert "maps correlate with the processor's by 1.0" in notes[-1]
    with pytest.raises(RuntimeError, match="not on CUDA"):
        gpu.measure(context, {"lite0": context.bundle}, "CUDAExecutionProvider", [1])


def test_maps_that_are_not_the_processors_are_not_timed(context: Context) -> None:
    classifier = Classifier.open(context.bundle)
    bundle = read_bundle(context.bundle)
    prepared = [classifier.prepare(read_photo(data)) for data in pictures.jpegs(None, 2)]
    assert "over 2 photos" in gpu.check(classifier, bundle, prepared)
    weight, bias = bundle.head.linear()
    other = replace(bundle, head=replace(bundle.head, weight=weight[::-1].copy(), bias=bias))
    with pytest.raises(Disagreement, match="correlation"):
        gpu.check(classifier, other, prepared)


def test_photos_are_real_different_and_the_same_every_time() -> None:
    files = pictures.jpegs(None, 6)
    assert files == pictures.jpegs(None, 6)
    assert len(set(files)) == 6
    for data in files:
        with Image.open(io.BytesIO(data)) as image:
            assert (image.format, image.size) == ("JPEG", pictures.SMALL)
    assert "6 JPEG file(s) 500 x 375" in pictures.described(files)


def test_a_large_photo_has_its_size() -> None:
    with Image.open(io.BytesIO(pictures.large_jpeg(None, (1100, 800)))) as image:
        assert image.size == (1100, 800)


def test_a_folder_without_photos_is_said(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="holds no"):
        pictures.sources(tmp_path)


def test_the_square_network_sees_every_photo_alike(context: Context) -> None:
    photo = read_photo(pictures.jpegs(None, 1)[0])
    [found] = Classifier.open(context.square).explain([photo])
    assert (found.input_width, found.input_height) == (SIDE, SIDE)


def test_the_bare_network_gets_what_camscope_gives_it(context: Context) -> None:
    files = pictures.jpegs(None, 2)
    bundle = read_bundle(context.bundle)
    batch = bare.inputs(bundle, files)
    logits = bare.session(bundle.graph, 1).run(["logits"], {"image": batch})[0]
    explained = Classifier.open(context.bundle).explain([read_photo(data) for data in files])
    np.testing.assert_allclose(logits[:, : len(explained[0].logits)], [one.logits for one in explained], atol=1e-4)


def test_parts_are_chosen_by_name() -> None:
    assert command.options([]).only == list(sections.SECTIONS)
    assert command.options(["--only", "classes, batched"]).only == ["classes", "batched"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--only", "clases"], "no section clases; there are one-photo"),
        (["--rounds", "0"], "must be 1 or more"),
        (["--photos", "nowhere"], "nowhere is no folder"),
    ],
)
def test_a_wrong_choice_is_refused(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.options(words)
    assert told in capsys.readouterr().err


def test_the_picture_shows_what_was_measured_on_light_and_on_dark_pages(tmp_path: Path) -> None:
    plot.draw({}, tmp_path)
    assert not list(tmp_path.iterdir())
    rows = [Row("Camscope", 5.4, "ms"), Row("Camscope, in colour", 20.0, "ms"), Row("grad-cam GradCAM", 31.7, "ms")]
    results = {"one-photo": Result("", rows), "folder": Result("", (), {"folder/bare": 0.61})}
    plot.draw(results, tmp_path)
    for name in plot.PALETTES:
        drawn = (tmp_path / name).read_text()
        assert all(word in drawn for word in ("grad-cam GradCAM", "31.7", "folder to files", "0.61"))
        assert "in colour" not in drawn


def test_the_command_measures_prints_and_keeps(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "prepare", lambda *_: context)
    out, copy = tmp_path / "out", tmp_path / "copy.json"
    assert command.main(["--only", "classes", "--rounds", "1", "--out", str(out), "--json", str(copy)]) == 0
    assert capsys.readouterr().out == (out / "report.md").read_text() + "\n"
    assert json.loads(copy.read_text())["bars"][0]["key"] == "classes/all"


def test_a_run_that_failed_says_so_everywhere_and_keeps_nothing_of_an_earlier_one(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "prepare", lambda *_: context)
    monkeypatch.setitem(sections.SECTIONS, "classes", "bench.missing")
    for name in ("summary.json", "report.md", "speed.svg"):
        (tmp_path / name).write_text("old")
    assert command.main(["--only", "classes", "--rounds", "1", "--out", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert "classes FAILED: ModuleNotFoundError" in told.err
    assert "0 of 1 bars met." in told.out
    assert "## classes failed" in (tmp_path / "report.md").read_text()
    kept = json.loads((tmp_path / "summary.json").read_text())
    assert "bench.missing" in kept["failures"]["classes"]
    assert kept["bars"][0]["met"] is False
    assert not (tmp_path / "speed.svg").exists()


def test_the_readme_gets_the_bars_of_a_run_and_its_picture(tmp_path: Path) -> None:
    described = machine.describe()
    results = {"classes": Result("Classes", [], {"classes/all": 1.02})}
    (tmp_path / "summary.json").write_text(as_json(results, described, {"rounds": 20}))
    text = f"before\n{document.BEGIN}\nold\n{document.END}\nafter\n"
    new = document.documented(text, json.loads((tmp_path / "summary.json").read_text()))
    assert new.startswith("before\n")
    assert new.endswith("after\n")
    assert "old" not in new
    assert "1.02 x" in new
    assert str(described["processor"]) in " ".join(new.split())
    assert document.documented(new, json.loads((tmp_path / "summary.json").read_text())) == new


def test_runs_of_several_sections_make_one_table_in_the_order_of_the_bars() -> None:
    described = machine.describe()
    later = Result("Start", [], {"start/warm": 1.7})
    first = Result("Classes", [], {"classes/all": 1.02})
    summaries = [
        json.loads(as_json({name: result}, described, {"rounds": rounds}))
        for name, result, rounds in (("start", later, 8), ("classes", first, 20))
    ]
    new = document.documented(f"{document.BEGIN}{document.END}", *summaries)
    assert new.index("1.02 x") < new.index("1.70 s")
    assert "8 rounds of start; 20 rounds of classes." in " ".join(new.split())


def test_the_readme_tells_of_a_busy_machine_too() -> None:
    described = {**machine.describe(), "cores": 2}
    runs = [
        json.loads(as_json({"classes": Result("Classes", [], {"classes/all": 1.02})}, {**described, "load": load}, {}))
        for load in (0.1, 1.9)
    ]
    for run in runs:
        run["settings"] = {"rounds": 20}
    text = f"{document.BEGIN}{document.END}"
    assert "was busy" not in document.documented(text, runs[0])
    assert document.documented(text, *runs).count("was busy") == 1


def test_a_bar_is_taken_from_the_run_that_measured_it() -> None:
    described = machine.describe()
    failed = as_json({}, described, {"rounds": 20}, {"classes": "it failed"})
    done = as_json({"classes": Result("Classes", [], {"classes/all": 1.02})}, described, {"rounds": 20})
    for summaries in ((failed, done), (done, failed)):
        new = document.documented(f"{document.BEGIN}{document.END}", *map(json.loads, summaries))
        assert "1 of 1 bars met." in new
        assert NOT_MEASURED not in new


def test_the_picture_shows_what_was_measured_in_any_of_the_runs(tmp_path: Path) -> None:
    first = Result("Classes", [Row("the best class", 5.1, "ms")], {"classes/all": 1.02}, ["a note"])
    again, other = Result("Classes", [], {"classes/all": 1.5}), Result("Batched", [], {"batched/bare": 0.9})
    summaries = [
        json.loads(as_json(results, machine.describe(), {"rounds": 20}))
        for results in ({"classes": first}, {"classes": again, "batched": other})
    ]
    found = document.merged(*summaries)
    assert found["classes"] == first
    assert {name: result.bars for name, result in found.items()} == {"classes": first.bars, "batched": other.bars}
    plot.draw(found, tmp_path)
    assert plot.SHARES["batched/bare"] in (tmp_path / "speed.svg").read_text()


def test_the_pictures_that_are_drawn_are_those_of_the_readme() -> None:
    shown = document.README.read_text()
    assert all(f"docs/images/{name}" in shown and (document.IMAGES / name).is_file() for name in plot.PALETTES)


def test_the_readme_has_a_place_for_the_bars() -> None:
    assert document.BEGIN in document.README.read_text()
    assert document.END in document.README.read_text()
