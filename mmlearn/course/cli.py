"""The `mmlearn` command. Each part is imported when it is called, so that the command itself answers at once."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.core

from mmlearn.course.data_command import app as data_app


class OneLine(typer.core.TyperGroup):
    """Commands whose errors reach the reader as the one sentence they carry. Those of other libraries show in full."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (RuntimeError, ValueError, OSError) as error:
            if isinstance(error, typer.Exit) or not type(error).__module__.startswith(("mmlearn", "builtins")):
                raise
            typer.echo(f"mmlearn: {error}", err=True)
            raise typer.Exit(2) from error


app = typer.Typer(cls=OneLine, no_args_is_help=True, add_completion=False, help="A course in multimodal learning.")
app.add_typer(data_app, name="data")
Chapter = Annotated[str | None, typer.Argument(help="the number or name a chapter starts with, such as 00")]


@app.command()
def lab(chapter: Chapter = None) -> None:
    """Open the course in JupyterLab; without a display, print its address."""
    from mmlearn.course.lab import lab

    raise typer.Exit(lab(chapter))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(ctx: typer.Context) -> None:
    """Run every test and every notebook; with arguments, which go to pytest, the tests alone."""
    from mmlearn.course.suite import test

    raise typer.Exit(test(ctx.args))


@app.command()
def demo() -> None:
    """Run chapter 00 without a browser: print its table, write its pictures."""
    from mmlearn.course.house import sources
    from mmlearn.course.run import demo

    demo(sources("00")[0])


@app.command()
def gpu(chapter: Chapter = None) -> None:
    """Run the chapters' sources as scripts under the gpu profile."""
    from mmlearn.course.house import sources
    from mmlearn.course.run import run_all

    raise typer.Exit(0 if run_all(sources(chapter), "gpu") else 1)


@app.command()
def chapters(
    chapter: Chapter = None,
    execute: Annotated[
        bool | None, typer.Option("--execute/--no-execute", help="run always or never; else where code has changed")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="only say what differs from the sources")] = False,
) -> None:
    """Generate the notebooks of both folders from their sources."""
    from mmlearn.course.build import build, drift
    from mmlearn.course.house import sources

    if check:
        differences = drift()
        typer.echo("\n".join(differences) or "every notebook is what its source gives")
        raise typer.Exit(1 if differences else 0)
    for source in sources(chapter):
        changed = build(source, execute=execute)
        typer.echo(f"{source.stem}: {' and '.join(f'{p.parent.name}/{p.name}' for p in changed) or 'nothing'} changed")


@app.command()
def cards(
    chapter: Chapter = None,
    profile: Annotated[str, typer.Option(help="laptop, or gpu on a machine that has one")] = "laptop",
) -> None:
    """Measure chapters; write data/cards.json, the README's table and the notebooks' cards."""
    from mmlearn.course import cards
    from mmlearn.course.build import build
    from mmlearn.course.house import root, sources

    for source in sources(chapter):
        typer.echo(f"measuring {source.stem} under {profile}, twice …")
        cards.write(source.stem, profile, cards.measure(source, profile))
        typer.echo(cards.card_markdown(source.stem))
        build(source, execute=False)
    cards.write_table(root() / "README.md", sources())


@app.command()
def bench(name: Annotated[str | None, typer.Argument(help="one benchmark, such as cca")] = None) -> None:
    """Run one benchmark, or all of them; the figures go to data/results/."""
    from mmlearn.course.house import root

    every = sorted(p.stem for p in (root() / "benchmarks").glob("*.py") if 'if __name__ == "__main__"' in p.read_text())
    if name is not None and name not in every:
        raise ValueError(f"there is no benchmark {name!r}; there are {', '.join(every)}")
    codes = [subprocess.run([sys.executable, "-m", f"benchmarks.{b}"], cwd=root()).returncode for b in every if name in (None, b)]
    raise typer.Exit(1 if any(codes) else 0)


@app.command()
def grade(
    notebooks: Annotated[list[Path], typer.Argument(exists=True, help="notebooks, or folders of them")],
    out: Annotated[Path, typer.Option(help="the table to write")] = Path("grades.csv"),
) -> None:
    """Check learners' notebooks on inputs they have not seen. It runs their code: do it where that is safe."""
    from mmlearn.course.grade import grade

    rows = grade([p for given in notebooks for p in (sorted(given.glob("*.ipynb")) if given.is_dir() else [given])], out)
    for row in rows:
        typer.echo(f"{'✓' if row['passed'] else '✗'} {row['notebook']}  {row['exercise']}  {row['diagnosis']}")
    typer.echo(f"{sum(row['passed'] for row in rows)} of {len(rows)} passed; written to {out}")
