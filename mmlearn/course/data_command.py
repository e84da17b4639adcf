"""`mmlearn data list | get NAME | verify NAME | where`: the datasets from the command line."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from mmlearn.data import registry
from mmlearn.data.cache import CacheError, cache_dir

app = typer.Typer(help="See, fetch and verify the course's datasets.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A dataset, see `mmlearn data list`.")]


@app.command("list")
def list_datasets() -> None:
    """Every dataset: items, megabytes that a first use fetches, licence, and whether it is here."""
    rows = [("name", "items", "MB", "here", "licence")]
    for name in registry.NAMES:
        card = registry.card(name)
        here = "generated" if not card.megabytes else "yes" if _find(name) else "no"
        rows.append((name, f"{card.items:,}" if card.items else "any", str(card.megabytes), here, card.licence))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for name, items, megabytes, here, licence in rows:
        first = f"{name:<{widths[0]}}  {items:>{widths[1]}}  {megabytes:>{widths[2]}}  {here:<{widths[3]}}"
        typer.echo(f"{first}  {licence}")


@app.command()
def get(name: Name) -> None:
    """Fetch a dataset and prepare it, so that chapters find it without a network."""
    with _one_sentence():
        pairs = registry.load(name, split="train")
    typer.echo(f"{pairs!r}: ready")


@app.command()
def verify(name: Name) -> None:
    """Compare the files of a dataset with the course's manifest; fails if any is missing or changed."""
    with _one_sentence():
        if not registry.card(name).megabytes:
            return typer.echo(f"{name} is generated: there is nothing to verify")
        root = _find(name)
        if root is None:
            raise registry.DataUnavailable(f"{name} is not on this machine: run `mmlearn data get {name}`")
        report = importlib.import_module(registry.HOMES[name]).verify(root)
    for kind, ids in (("missing", report.missing), ("changed", report.changed)):
        for id in ids:
            typer.echo(f"{kind}: {id}")
    typer.echo(f"{name}: {len(report.right)} right, {len(report.missing)} missing, {len(report.changed)} changed in {root}")
    if report.missing or report.changed:
        raise typer.Exit(1)


@app.command()
def where() -> None:
    """The folders in which data are looked for and kept."""
    typer.echo(f"cache: {cache_dir()}")
    for name in registry.NAMES:
        if registry.card(name).megabytes:
            typer.echo(f"{name}: {_find(name) or 'not on this machine'}")


def _find(name: str) -> Path | None:
    from mmlearn.data import fetch

    return fetch.find(name)


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn an expected failure into its sentence on stderr and exit status 1."""
    try:
        yield
    except (registry.DataUnavailable, CacheError, ValueError) as error:
        typer.echo(f"mmlearn data: {error}", err=True)
        raise typer.Exit(1) from None
