"""The built wheel: what is in it, and that it works in an empty environment with nothing but what it asks for.

The environments are built without a network: a package that the wheel asks for, directly or not, is
linked from the environment that runs the tests; one that it does not ask for is not there.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PathDistribution, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from model.bundle import read_bundle
from model.embedded import embedded_path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {"app": "app", "model": "model", "static": "app/static", "templates": "app/templates"}
PHOTO = ROOT / "static" / "examples" / "chelsea.jpg"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: a build leaves folders behind, and what an earlier one left gets into the next."""
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source / name)
    target = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", str(target), str(source))
    (built,) = target.glob("*.whl")
    return built


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_holds_every_file_and_nothing_else(wheel: Path) -> None:
    expected = {
        f"{inside}/{path.relative_to(ROOT / outside).as_posix()}"
        for outside, inside in SOURCES.items()
        for path in (ROOT / outside).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    (metadata,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
    assert {name for name in names if not name.startswith(metadata)} == expected
    assert {f"{metadata}/licenses/{name}" for name in ("LICENSE", "NOTICE")} <= names


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel in it, and an empty home folder to run it in."""

    python: Path
    home: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, seeing neither this checkout nor this environment."""
        variables = {"PATH": os.defpath, "HOME": str(self.home), "NO_COLOR": "1", "COLUMNS": "200"}
        program = str(self.python.parent / command[0])
        return subprocess.run(
            [program, *command[1:]], cwd=self.home, env=variables, text=True, capture_output=True, check=False
        )


def asked_for(wanted: Distribution, extra: str) -> Iterator[Requirement]:
    for line in wanted.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


def closure(wanted: Distribution, extra: str) -> dict[str, Distribution]:
    """Everything a distribution asks for, and all that those ask for, as this environment has it."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    pending = list(asked_for(wanted, extra))
    while pending:
        requirement = pending.pop()
        for one_extra in requirement.extras or {""}:
            name = canonicalize_name(requirement.name)
            if (name, one_extra) in seen:
                continue
            seen.add((name, one_extra))
            found[name] = distribution(requirement.name)
            pending += asked_for(found[name], one_extra)
    return found


def link(package: Distribution, target: Path) -> None:
    """Let a folder of packages see one of this environment's."""
    tops = {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}
    for top in tops:
        source = Path(str(package.locate_file(top)))
        if source.exists() and not (target / top).exists():
            (target / top).symlink_to(source)


def install(wheel: Path, extra: str, folder: Path) -> Installed:
    """Make an empty environment, link what the wheel asks for, install the wheel."""
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    (metadata,) = (folder / "unpacked").glob("*.dist-info")
    for package in closure(PathDistribution(metadata), extra).values():
        link(package, packages)
    wanted = f"camscope[{extra}] @ {wheel.as_uri()}" if extra else str(wheel)
    pip("--python", str(python), "install", "--no-index", wanted)
    (folder / "home").mkdir()
    return Installed(python, folder / "home")


@pytest.fixture(scope="module")
def serving(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(wheel, "", tmp_path_factory.mktemp("serving"))


@pytest.fixture(scope="module")
def training(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(wheel, "train", tmp_path_factory.mktemp("training"))


def test_the_command_says_its_usage(serving: Installed) -> None:
    done = serving.run("camscope", "--help")
    assert done.returncode == 0, done.stderr
    for command in ("serve", "explain", "export", "models", "networks"):
        assert command in done.stdout


def test_pages_and_migrations_come_with_it(serving: Installed) -> None:
    code = """
from app.paths import MIGRATIONS_DIR, STATIC_DIR, TEMPLATES_DIR
print((STATIC_DIR / "css").is_dir(), (TEMPLATES_DIR / "base.html").is_file(), (MIGRATIONS_DIR / "env.py").is_file())
print(STATIC_DIR)
"""
    done = serving.run("python", "-c", code)
    answer, folder = done.stdout.splitlines()
    assert answer == "True True True"
    assert Path(folder).is_relative_to(serving.python.parent.parent)


def test_serving_packages_hold_no_torch(serving: Installed) -> None:
    for name in ("torch", "timm", "onnx", "matplotlib", "skimage", "pytest"):
        assert serving.run("python", "-c", f"import {name}").returncode == 1, name


def test_without_torch_and_bundle_one_line_says_how_to_get_one(serving: Installed) -> None:
    done = serving.run("camscope", "serve", "--port", "0")
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0, done.stderr
    assert "camscope[train]" in done.stderr


def test_export_without_torch_says_what_is_missing(serving: Installed) -> None:
    done = serving.run("camscope", "export", "resnet18", "--out", "resnet18")
    assert done.returncode == 1
    assert "camscope[train]" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def made(training: Installed) -> Path:
    """The embedded network's model folder, made by explaining a photo where there is none yet."""
    done = training.run("camscope", "explain", str(PHOTO), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["predictions"][0]["label"] == "Egyptian cat"
    return embedded_path(training.home / ".cache" / "camscope")


def test_with_the_extra_it_makes_its_own_network(made: Path, training: Installed) -> None:
    assert read_bundle(made).spec.classes == 1000
    assert training.run("camscope", "models").stdout.count("efficientnet_lite0") >= 1


def test_a_made_network_is_used_without_the_extra(made: Path, serving: Installed) -> None:
    done = serving.run("camscope", "explain", str(PHOTO), "--model", str(made), "--json")
    assert done.returncode == 0, done.stderr
    best = json.loads(done.stdout)["predictions"][0]
    assert best["label"] == "Egyptian cat"
    assert abs(best["residual"]) < 1e-4


def test_a_checkout_finds_its_own_folders() -> None:
    code = "from app.paths import STATIC_DIR, TEMPLATES_DIR; print(STATIC_DIR, TEMPLATES_DIR, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=True)
    assert [Path(line) for line in done.stdout.splitlines()] == [ROOT / "static", ROOT / "templates"]


def test_every_dependency_is_pinned() -> None:
    """What the package asks for, with the extras and the test tools, directly or not, has one exact version."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = {canonicalize_name(line.split("==")[0]): line.split("==")[1] for line in lines if "==" in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = sum(project["project"]["optional-dependencies"].values(), project["project"]["dependencies"])
    for group in ("test", "check"):
        wanted += project["dependency-groups"][group]
    for line in wanted:
        requirement = Requirement(line)
        assert pins[canonicalize_name(requirement.name)] in requirement.specifier, line
        for name, package in closure(distribution(requirement.name), "").items():
            assert name in pins, f"{name} {package.version}, for {requirement.name}"


def imported(folder: Path) -> set[str]:
    """Top-level names that a folder's modules import from outside, wherever in the module."""
    names: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {"app", "model"}


def test_what_is_imported_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    base = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    extras = {
        extra: {canonicalize_name(Requirement(line).name) for line in lines}
        for extra, lines in project["optional-dependencies"].items()
    }
    owners = packages_distributions()
    base.add("pydantic-core")  # a part of pydantic that has a name of its own
    training, evaluating = (imported(ROOT / "model" / name) for name in ("training", "evaluation"))
    serving = (imported(ROOT / "app") | imported(ROOT / "model")) - training - evaluating
    for names, asked_for in (
        (serving, base),
        (training, base | extras["train"]),
        (evaluating, base | extras["evaluate"]),
    ):
        for name in names:
            assert asked_for & {canonicalize_name(owner) for owner in owners[name]}, name
