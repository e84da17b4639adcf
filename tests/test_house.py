"""The rules of the house, held by a machine: which way imports run, how long things are, what may stand in a file."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mmlearn"
MODULES = sorted(PACKAGE.rglob("*.py"))
CHAPTERS = sorted((ROOT / "solutions").glob("*.py"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")

# A part may import itself, what anybody may import, and the parts below it.
ANYBODY = {"", "arrays", "lazy", "profiles"}
GROUND = {"data", "layers"}
FEATURES = GROUND | {"features"}
MIDDLE = FEATURES | {"align", "fusion"}
UPPER = MIDDLE | {"generate", "explain", "compress", "tasks", "evaluate", "train", "show", "widgets"}
MAY_IMPORT = {
    "": set(),
    "arrays": set(),
    "lazy": set(),
    "profiles": set(),
    "data": GROUND,
    "layers": GROUND,
    "features": FEATURES,
    "align": MIDDLE | {"evaluate", "train"},  # its estimators train themselves, and choose by a score
    "fusion": MIDDLE | {"train"},  # its classifier trains itself
    "generate": UPPER,
    "explain": UPPER,
    "compress": UPPER,
    "tasks": UPPER,
    "evaluate": {"data", "show"},  # callables and arrays: it knows no model
    "train": {"data", "show"},
    "show": {"data"},
    "widgets": {"data", "show"},
    "exercises": UPPER,
    "course": UPPER | {"exercises"},
}


def part(module: str) -> str:
    """The part of the library that a dotted name belongs to: "features" of mmlearn.features.encoding."""
    return (module.split(".") + [""])[1]


def imports(path: Path) -> set[str]:
    """The parts of mmlearn that a file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {part(alias.name) for alias in node.names if alias.name.split(".")[0] == "mmlearn"}
        elif isinstance(node, ast.ImportFrom) and node.module == "mmlearn":
            parts = {alias.name for alias in node.names}
            found |= {name if name in MAY_IMPORT else "" for name in parts}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mmlearn."):
            found.add(part(node.module))
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    own = path.relative_to(PACKAGE).with_suffix("").parts[0].replace("__init__", "")
    assert own in MAY_IMPORT, f"{own} is a new part: say in MAY_IMPORT what it stands on"
    allowed = MAY_IMPORT[own] | ANYBODY | {own}
    assert imports(path) <= allowed, f"{path.relative_to(ROOT)} may not import {sorted(imports(path) - allowed)}"


PYTHON = [*MODULES, *sorted((ROOT / "benchmarks").glob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]


def length(function: ast.FunctionDef) -> int:
    """Lines of a function without its docstring, which may be as long as it takes."""
    words = function.body[0] if ast.get_docstring(function) else None
    return function.end_lineno - function.lineno + 1 - (words.end_lineno - words.lineno + 1 if words else 0)


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("path", PYTHON, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_are_short(path):
    """At most 300 lines a file and 40 a function. Tests are read by the entry, not as a whole."""
    assert path.is_relative_to(ROOT / "tests") or len(path.read_text(encoding="utf-8").splitlines()) <= 300
    assert {f.name: length(f) for f in functions(path) if length(f) > 40} == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_and_public_functions_say_what_they_are(path):
    """Functions of a few lines may speak for themselves."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    outer = [n for body in (tree, *tree.body) if isinstance(body, ast.Module | ast.ClassDef) for n in body.body]
    public = [n for n in outer if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
    assert [f.name for f in public if not ast.get_docstring(f) and length(f) > 8] == []


def tracked() -> list[Path]:
    """Every file of the repository, also new ones that git does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def in_a_clone() -> bool:
    return (ROOT / ".git").exists()


FORBIDDEN = {
    "an address of a package index": r"pypi\.org|pythonhosted\.org|download\.pytorch\.org|index-url[= ]http",
    "a skipped notebook cell": r"nbval-skip|NBVAL_SKIP|nbval-ignore",
    "a shell string": r"shell=True|os\.system\(",
    "unpickling": r"pickle\.loads?\(|allow_pickle=True|weights_only=False",
}


@pytest.mark.skipif(not in_a_clone(), reason="not a git clone")
@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what):
    """Addresses stand nowhere; the rest may be tried in a test."""
    pattern = re.compile(FORBIDDEN[what])
    text = [path for path in tracked() if path.suffix in (".py", ".md", ".txt", ".yml", ".toml", ".cfg", ".ipynb", ".json", "")]
    text = [path for path in text if "address" in what or not path.is_relative_to(ROOT / "tests")]
    assert len(text) > 50
    found = [str(path.relative_to(ROOT)) for path in text if pattern.search(path.read_text(encoding="utf-8"))]
    assert found == [], f"{what} stands in {found}"


@pytest.mark.skipif(not in_a_clone(), reason="not a git clone")
def test_no_file_is_large():
    """Notebooks stay below 700 kB, so that GitHub shows them; checkpoints within 5 MB; anything else below 2 MB."""
    most = {".ipynb": 700_000, ".safetensors": 5_000_000}
    large = {str(p.relative_to(ROOT)): p.stat().st_size for p in tracked() if p.stat().st_size > most.get(p.suffix, 2_000_000)}
    assert large == {}


def names(requirements: list) -> set[str]:
    return {re.match(r"[A-Za-z0-9._-]+", r)[0].lower() for r in requirements if isinstance(r, str)}


def test_the_lock_holds_versions_and_hashes_only_and_covers_every_dependency():
    lines = [line for line in LOCK.splitlines() if line.strip() and not line.strip().startswith("#")]
    pin = re.compile(r"([a-z0-9._-]+)==[^\s;]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in lines if not pin.fullmatch(line)] == []
    pinned = set(re.findall(r"^([a-z0-9._-]+)==", LOCK, re.MULTILINE))
    project = PYPROJECT["project"]
    asked = names(project["dependencies"]) | names([r for group in project["optional-dependencies"].values() for r in group])
    asked |= names([r for group in PYPROJECT["dependency-groups"].values() for r in group])
    assert asked - pinned == set()


def test_run_time_dependencies_have_lower_bounds_only():
    for requirement in PYPROJECT["project"]["dependencies"]:
        assert re.fullmatch(r"[a-z0-9-]+>=[0-9.]+", requirement), f"{requirement} would make Colab reinstall what it ships"


def imported(paths: list[Path]) -> set[str]:
    """Top-level names imported by these files, wherever in them."""
    found = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                found.add(node.value)  # find_spec("espeakng_loader"), import_module("resvg_py")
    return found


def test_no_package_is_listed_that_is_not_used():
    """By the package or by a chapter: who runs a chapter has installed no more than the course."""
    project = PYPROJECT["project"]
    asked = names(project["dependencies"]) | names([r for group in project["optional-dependencies"].values() for r in group])
    provides = importlib.metadata.packages_distributions()
    used = {dist.lower().replace("_", "-") for module in imported(MODULES + CHAPTERS) for dist in provides.get(module, [])}
    assert asked - used == set()


def test_the_environment_for_conda_is_python_and_pip_on_the_same_lock():
    lines = [line.strip() for line in (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()]
    entries = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    python = f"python {PYPROJECT['project']['requires-python']}"
    assert entries == ["conda-forge", python, "pip", "pip:", "--require-hashes -r requirements.txt"]


def seconds(code: str) -> float:
    """The least of five starts of Python with this code."""
    script = "import subprocess, sys, time\ntimes = []\nfor _ in range(5):\n    start = time.perf_counter()\n"
    script += f"    subprocess.run([sys.executable, '-c', {code!r}], check=True)\n    times.append(time.perf_counter() - start)\n"
    script += "print(min(times))"
    return float(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)


def test_importing_mmlearn_is_quick():
    """At most 0.3 s beyond Python itself, and without torch, which takes seconds."""
    assert seconds("import mmlearn") - seconds("pass") <= 0.3
    code = "import sys, mmlearn, mmlearn.course.cli; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize(
    "command", [["check", "."], ["format", "--diff", "mmlearn/course", "mmlearn/exercises/engine"]], ids=["lint", "format"]
)
def test_ruff(command):
    done = subprocess.run([sys.executable, "-m", "ruff", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_address_of_the_repository_stands_in_one_place_of_the_code():
    """Pages name it too, since they cannot import it; there it must be the same."""
    from mmlearn.course.repository import REPOSITORY

    assert [p.name for p in MODULES if REPOSITORY in p.read_text(encoding="utf-8")] == ["repository.py"]
    assert f"git clone {REPOSITORY}" in (ROOT / "README.md").read_text(encoding="utf-8")
