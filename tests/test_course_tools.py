"""The commands around the chapters: run, measure, grade, open, test. Each on something small."""

import csv
import json
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat import v4
from typer.testing import CliRunner

from mmlearn.course import cards, grade, house, lab, meter, run, suite
from mmlearn.course.cli import app

TOY = Path(__file__).parent / "toy" / "90_toy.py"
FIGURES = {"cpu_seconds": 12.4, "training_seconds": 0.0, "wall_seconds": 9.0, "peak_megabytes": 1210.0, "fetched_megabytes": 150}


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """A course of one toy chapter, which every command then takes for its own."""
    folder = tmp_path / "course"
    for name in ("chapters", "solutions", "data", "tests"):
        (folder / name).mkdir(parents=True)
    shutil.copy(TOY, folder / "solutions")
    for module in (house, run, lab, suite, cards):
        monkeypatch.setattr(module, "root", lambda: folder)
    monkeypatch.setattr(cards, "folder", lambda: folder / "data")
    return folder


# Where things are ----------------------------------------------------------------------------------------------------


def test_chapters_are_found_by_the_beginning_of_their_name(course):
    assert [path.stem for path in house.sources()] == ["90_toy"]
    assert house.sources("90") == house.sources("90_t") == house.sources()
    with pytest.raises(ValueError, match="no chapter starts with '91'; there are 90_toy"):
        house.sources("91")


def test_the_settings_of_a_kept_run_hold_no_clock_and_one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    settings = house.environment("smoke")
    assert settings["OMP_NUM_THREADS"] == "1" and settings["MMLEARN_PROFILE"] == "smoke"
    assert settings["TQDM_DISABLE"] == "1" and settings["MMLEARN_PROGRESS"] == "off"


# Scripts -------------------------------------------------------------------------------------------------------------


def test_a_chapter_runs_as_a_script_and_a_failure_is_counted(course, capfd, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    assert run.run_all(house.sources(), "gpu")
    said = capfd.readouterr().out
    assert "[0 2 4]" in said and "✓ 90_toy" in said
    (course / "solutions" / "91_bad.py").write_text("raise SystemExit(3)\n")
    assert not run.run_all(house.sources(), "gpu")
    assert "✗ 91_bad" in capfd.readouterr().out


def test_a_script_is_told_its_profile_and_where_its_figures_go(course, capfd):
    source = course / "solutions" / "91_told.py"
    source.write_text("import os\nprint(os.environ['MMLEARN_PROFILE'], os.environ['MMLEARN_FIGURES'])\n")
    assert run.run(source, "gpu", course / "figures") == 0
    assert capfd.readouterr().out.strip() == f"gpu {course / 'figures'}"


def test_the_demo_prints_the_results_and_names_the_pictures(course, capsys, monkeypatch):
    monkeypatch.setenv("MMLEARN_FIGURES", "restored afterwards")
    source = course / "solutions" / "00_start.py"
    source.write_text(
        "import os, pathlib\nprint('chatter')\nresults = 'R@1 0.3'\n"
        "pathlib.Path(os.environ['MMLEARN_FIGURES'], 'results.png').write_bytes(b'')\n"
    )
    run.demo(source)
    said = capsys.readouterr().out
    assert "R@1 0.3" in said and str(course / "figures" / "00_start" / "results.png") in said and "chatter" not in said
    assert (course / "figures" / "00_start" / "output.txt").read_text() == "chatter\n"
    source.write_text("nothing = 1\n")
    with pytest.raises(ValueError, match="defines no table called results"):
        run.demo(source)


# Cards ---------------------------------------------------------------------------------------------------------------


def test_the_meter_measures_seconds_and_memory(tmp_path):
    source, report = tmp_path / "source.py", tmp_path / "report.json"
    source.write_text("held = bytearray(150_000_000)\nx = 0\nfor i in range(4_000_000):\n    x += i\n")
    command = [sys.executable, "-m", "mmlearn.course.meter", str(source), str(report)]
    subprocess.run(command, check=True)
    found = json.loads(report.read_text())
    assert found["peak_megabytes"] > 150 and found["cpu_seconds"] > 0.1 and found["fetched_megabytes"] == 0


@pytest.mark.parametrize(
    "training", ["fit(model, loader, loss, epochs=40", "fit_gan(model, other, loader, d_loss, g_loss, steps=100"]
)
def test_the_meter_tells_training_apart(tmp_path, training):
    source, report = tmp_path / "source.py", tmp_path / "report.json"
    source.write_text(f"""
import torch
from mmlearn import train
sum(i for i in range(4_000_000))
model, other = torch.nn.Linear(8, 1), torch.nn.Linear(8, 1)
loader = torch.utils.data.DataLoader(torch.randn(64, 8), batch_size=8)
loss = lambda model, x: model(x).square().mean()
d_loss, g_loss = (lambda g, d, x: loss(d, x)), (lambda g, d, x: loss(g, x))
train.{training}, progress=False, device="cpu")
""")
    subprocess.run([sys.executable, "-m", "mmlearn.course.meter", str(source), str(report)], check=True)
    found = json.loads(report.read_text())
    assert 0 < found["training_seconds"] < min(2, found["cpu_seconds"] - 0.1)  # more would be the imports of the first step


def test_the_meter_counts_what_the_opened_files_come_from(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MMLEARN_DATA_DIR", str(tmp_path / "own"))
    weights = tmp_path / "cache" / "wheels" / "model-1.0" / "weights.bin"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(bytes(3_000_000))
    (tmp_path / "cache" / "raw" / "stamps").mkdir(parents=True)
    sources = json.loads((Path(__file__).parents[1] / "data" / "sources.json").read_text())
    stamps, clipart = sources["stamps"]["megabytes"], sources["clipart"]["megabytes"]
    assert meter.fetched_megabytes(set()) == 0
    assert meter.fetched_megabytes({str(weights)}) == 3
    assert meter.fetched_megabytes({str(tmp_path / "cache" / "raw" / "stamps" / "a.png"), str(weights)}) == stamps + 3
    assert meter.fetched_megabytes({str(tmp_path / "own" / "clipart" / "a.svg")}) == clipart
    assert meter.fetched_megabytes({sources["clipart"]["installed"] + "/a.svg", "a.txt"}) == clipart


def test_measuring_a_chapter_leaves_features_to_compute_and_media_fetched(course, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    monkeypatch.setenv("MMLEARN_CACHE", str(cache))
    for name in ("raw", "features"):
        (cache / name).mkdir(parents=True)
    source = course / "solutions" / "90_toy.py"
    source.write_text(
        "import os, pathlib\ncache = pathlib.Path(os.environ['MMLEARN_CACHE'])\nassert (cache / 'raw').is_dir()\n"
        "first = not (cache / 'features').exists()\n(cache / 'features').mkdir(exist_ok=True)\n"
        "held = bytearray(200_000_000 if first else 1)\n"
    )
    measured = cards.measure(source, "laptop")
    assert measured["first"]["peak_megabytes"] > measured["again"]["peak_megabytes"] + 150
    source.write_text("raise SystemExit(1)\n")
    with pytest.raises(cards.MeasureError, match="90_toy.py did not run through"):
        cards.measure(source, "laptop")


def test_cards_are_written_shown_and_put_into_the_readme(course):
    assert cards.card_markdown("90_toy") == cards.UNMEASURED
    laptop = {"first": FIGURES, "again": {**FIGURES, "cpu_seconds": 3.0, "training_seconds": 2.0}, "machine": "Linux"}
    cards.write("90_toy", "laptop", laptop)
    assert cards.card_markdown("90_toy").splitlines()[-1] == "| laptop, CPU seconds | 12 s | 3 s | 2 s | 1.2 GB | 150 MB |"
    cards.write("90_toy", "gpu", {"first": {**FIGURES, "wall_seconds": 120}, "again": FIGURES, "machine": "T4"})
    assert cards.card_markdown("90_toy").splitlines()[-1] == "| T4 | 2.0 min | 9 s | – | 1.2 GB | 150 MB |"
    readme = course / "README.md"
    readme.write_text(f"before\n{cards.BEGIN}\nold\n{cards.END}\nafter\n")
    cards.write_table(readme, house.sources())
    row = "| [A toy chapter](solutions/90_toy.ipynb) | 1 | 12 s | 3 s | 2 s | 1.2 GB | 150 MB | 2.0 min |"
    lines = readme.read_text().splitlines()
    assert lines[0] == "before" and lines[-1] == "after" and lines[-3] == row and "old" not in lines
    readme.write_text("no marks")
    with pytest.raises(ValueError, match="needs the lines"):
        cards.write_table(readme, house.sources())


# Grading -------------------------------------------------------------------------------------------------------------

IDS = ["start_here.top_k", "start_here.cosine_similarity", "start_here.recall_at_k"]


def submission(path: Path) -> Path:
    """A learner's notebook: one right answer, one wrong, one that only fits the inputs shown, and a cell that fails."""
    cosine = "def cosine_similarity(A, B):\n    return A @ B.T"
    fits = (
        "from mmlearn.exercises.engine import find\nimport numpy as np\n"
        "known = {(c[0].tobytes(), c[1]): find('start_here.recall_at_k').reference(*c)\n"
        "         for c in find('start_here.recall_at_k').cases(np.random.default_rng(0), 'standard')}\n"
        "def recall_at_k(S, k):\n    return known.get((S.tobytes(), k), 0.0)"
    )
    right = "import numpy as np\ndef top_k(scores, k):\n    return np.argsort(-scores)[:k]"
    parts = [
        v4.new_code_cell(text, metadata={"mmlearn": {"exercise": id}})
        for id, text in zip(IDS, (right, cosine, fits), strict=True)
    ]
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("1 / 0"), *parts]), path)
    return path


def test_grading_uses_other_inputs_and_goes_on_after_an_error(tmp_path):
    out = tmp_path / "grades.csv"
    result = CliRunner().invoke(app, ["grade", str(submission(tmp_path / "ada.ipynb").parent), "--out", str(out)])
    assert result.exit_code == 0, result.output
    with out.open(encoding="utf-8") as handle:
        rows = {row["exercise"]: (row["notebook"], row["passed"], row["diagnosis"]) for row in csv.DictReader(handle)}
    assert rows["start_here.top_k"] == ("ada.ipynb", "1", "passed")
    assert rows["start_here.cosine_similarity"] == ("ada.ipynb", "0", "length")
    assert rows["start_here.recall_at_k"][1] == "0"
    assert "1 of 3 passed" in result.output


def test_what_is_no_notebook_of_the_course_is_not_graded(tmp_path):
    (tmp_path / "a.ipynb").write_text("{")
    with pytest.raises(ValueError, match="cannot be read as a notebook"):
        grade.grade([tmp_path / "a.ipynb"], tmp_path / "out.csv")
    nbformat.write(v4.new_notebook(), tmp_path / "a.ipynb")
    with pytest.raises(ValueError, match="has no exercise of the course"):
        grade.grade([tmp_path / "a.ipynb"], tmp_path / "out.csv")


# Testing -------------------------------------------------------------------------------------------------------------


def test_the_suite_runs_tests_and_every_cell_and_sums_up(course, capfd, monkeypatch):
    monkeypatch.setattr(suite, "TOGETHER", ["-q"])  # one process starts faster than three
    shutil.copy(Path(__file__).parent / "nbval_sanitize.cfg", course / "tests")
    (course / "tests" / "test_one.py").write_text("def test_one():\n    pass\n")
    code = "import os\nprint(os.environ['MMLEARN_PROFILE'], 0.123456)"
    notebook = v4.new_notebook(cells=[v4.new_code_cell(code, metadata={"tags": ["nbval-check-output"]})])
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(notebook, course / "chapters" / "90_toy.ipynb")
    notebook.cells[0].update(execution_count=1, outputs=[v4.new_output("stream", text="laptop 0.12999\n")])
    nbformat.write(notebook, course / "solutions" / "90_toy.ipynb")
    notebook.cells[0].outputs[0].text = "laptop 0.13\n"
    nbformat.write(notebook, course / "solutions" / "91_toy.ipynb")
    assert suite.test([]) == 1
    assert capfd.readouterr().out.splitlines()[-1] == "✗ tests and notebook cells: 3 passed, 1 failed, 0 skipped"
    assert suite.test(["-k", "one"]) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "✓ tests: 1 passed, 0 failed, 0 skipped"


# Opening -------------------------------------------------------------------------------------------------------------


def test_the_lab_command_opens_the_right_page_without_a_shell(course):
    shown = lab.command(course, "chapters/90_toy.ipynb", display=True, administrator=False)
    assert shown[:3] == [sys.executable, "-m", "mmlearn.course.quick_lab"]
    assert "--LabApp.default_url=/lab/tree/chapters/90_toy.ipynb" in shown
    assert "--no-browser" not in shown and "--allow-root" not in shown
    assert {"--no-browser", "--allow-root"} <= set(lab.command(course, "chapters", display=False, administrator=True))


def test_a_display_is_recognised(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not lab.has_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert lab.has_display()
    monkeypatch.delenv("WAYLAND_DISPLAY")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert lab.has_display()


def test_the_lab_answers(course):
    """A real server, started as the command starts it, on a free port and with a known token."""
    command = [*lab.command(course, "chapters", display=False, administrator=True), "--port=18765", "--IdentityProvider.token=t"]
    server = subprocess.Popen(command, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen("http://127.0.0.1:18765/api/status?token=t", timeout=5) as answer:
                    assert answer.status == 200
                    return
            except OSError:
                time.sleep(0.1)
        pytest.fail("no answer within half a minute")
    finally:
        server.terminate()
        server.wait(timeout=20)


# The command itself ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lab", "test", "demo", "gpu", "data", "chapters", "cards", "bench", "grade"])
def test_every_command_has_help(name):
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0 and "Usage" in result.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["chapters", "77"], "no chapter starts with '77'"), (["bench", "nothing"], "there is no benchmark 'nothing'; there are ")],
)
def test_an_error_is_one_sentence(arguments, sentence):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2 and result.output.startswith(f"mmlearn: {sentence}") and result.output.count("\n") == 1
