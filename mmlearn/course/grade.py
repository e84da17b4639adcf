"""Grade learners' notebooks by the course's own checks, on other inputs than the learner has seen.

Grading runs the learner's code: do it where that may do no harm, as in a container or an account of its own.
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmlearn.course.execute import run_notebook

MARK = "mmlearn-grade:"

# Runs in the learner's kernel, after the learner's last cell, and prints one line of JSON.
GRADER = """\
def _grade(ids, seeds):
    import json
    from mmlearn.exercises.engine import examine, find
    verdicts = {{}}
    for id in ids:
        exercise = find(id)
        tried = [(s, v) for v in exercise.variants for s in seeds]
        found = [examine(exercise, globals().get(exercise.name), seed=s, variant=v) for s, v in tried]
        worst = next((result for result in found if not result.passed), found[0])
        verdicts[id] = [worst.passed, worst.diagnosis]
    print("\\n{mark}" + json.dumps(verdicts))
_grade({ids!r}, {seeds!r})
"""


def grade(notebooks: Sequence[Path], out: Path, seeds: Sequence[int] = (101, 102, 103)) -> list[dict]:
    """Run and grade notebooks; write a CSV of notebook, exercise, passed, diagnosis, and return its rows.

    An exercise is passed if it is right for every seed and variant. A cell that raises does not stop the others.

    Raises:
        ValueError: a file is no notebook, or no chapter of the course.
        BuildError: a cell takes too long, or the kernel dies.
    """
    rows = []
    for path in notebooks:
        for id, (passed, diagnosis) in verdicts(path, list(seeds)).items():
            rows.append({"notebook": path.name, "exercise": id, "passed": int(passed), "diagnosis": diagnosis})
    with out.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, ["notebook", "exercise", "passed", "diagnosis"])
        writer.writeheader()
        writer.writerows(rows)
    return rows


def verdicts(path: Path, seeds: list[int]) -> dict[str, tuple[bool, str]]:
    """(passed, diagnosis) of every exercise in one notebook."""
    from nbformat import v4

    notebook = _read(path)
    ids = [cell.metadata["mmlearn"]["exercise"] for cell in notebook.cells if "exercise" in cell.metadata.get("mmlearn", {})]
    if not ids:
        raise ValueError(f"{path} has no exercise of the course: give a notebook made from one in chapters/")
    notebook.cells.append(v4.new_code_cell(GRADER.format(mark=MARK, ids=ids, seeds=seeds)))
    run_notebook(notebook, path.resolve().parent, profile="smoke", allow_errors=True)
    printed = "".join(output.text for output in notebook.cells[-1].outputs if output.output_type == "stream")
    found = [line for line in printed.splitlines() if line.startswith(MARK)]
    return json.loads(found[-1].removeprefix(MARK)) if found else {id: (False, "not_gradable") for id in ids}


def _read(path: Path) -> Any:
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError) as error:
        raise ValueError(f"{path} cannot be read as a notebook") from error
