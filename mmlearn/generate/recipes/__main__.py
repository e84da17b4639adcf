"""The command that trains a checkpoint: `python -m mmlearn.generate.recipes NAME`."""

import glob
import platform
from pathlib import Path
from typing import Annotated, Any

import typer

from mmlearn.generate.recipes import Recipe, find, names


def main(
    name: Annotated[str, typer.Argument(help=f"Which: {', '.join(names())}.")],
    steps: Annotated[int | None, typer.Option(help="How many updates; the recipe's own number if not given.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="Of all random numbers.", min=0)] = 0,
    out: Annotated[Path | None, typer.Option(help="The file to write; NAME.safetensors here if not given.")] = None,
) -> None:
    """Train one of the models that come with the course, and write it to a file.

    A run that is interrupted goes on where it was if it is started again: beside OUT it keeps a file OUT.resume (or
    several, OUT.resume.PART), which it removes when it is done.
    """
    try:
        recipe = find(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    steps, out = steps or recipe.steps, out or Path(f"{name}.safetensors")
    resume = out.with_name(f"{out.name}.resume")
    module, config = recipe.train(steps, seed, resume)
    finish(recipe, module, config, steps, seed, out)
    for kept in out.parent.glob(f"{glob.escape(resume.name)}*"):  # a recipe of several trainings keeps one file for each
        kept.unlink(missing_ok=True)


def finish(recipe: Recipe, module: Any, config: dict, steps: int, seed: int, out: Path) -> None:
    """Write the checkpoint, and say so; of several processes only the first does."""
    import torch
    from accelerate import PartialState

    from mmlearn.generate import checkpoint

    if not PartialState().is_main_process:
        return
    command = f"python -m mmlearn.generate.recipes {recipe.name} --steps {steps} --seed {seed}"
    made = {"command": command, "steps": steps, "seed": seed, "torch": torch.__version__, "python": platform.python_version()}
    checkpoint.save(out, module, config, made, half=recipe.half)
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    typer.run(main)
