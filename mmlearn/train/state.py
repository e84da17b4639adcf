"""What a run has done so far, and the checkpoint that holds all it needs to go on."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mmlearn.data.cache import atomic


@dataclass
class History:
    """What happened: `loss[i]` at step `steps[i]`; `validation`, step → score; `parts`, the named parts of a loss."""

    steps: list[int] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    parts: dict[str, list[float]] = field(default_factory=dict)
    validation: dict[int, float] = field(default_factory=dict)
    best_step: int | None = None

    def add(self, step: int, numbers: dict[str, float]) -> None:
        """Record the loss and its parts."""
        self.steps.append(step)
        self.loss.append(numbers["loss"])
        for part in numbers.keys() - {"loss"}:
            self.parts.setdefault(part, []).append(numbers[part])

    def latest(self) -> dict[str, str]:
        """The loss and its parts at the last step, for a progress bar."""
        return {part: f"{values[-1]:.3g}" for part, values in {"loss": self.loss, **self.parts}.items() if values}

    def show(self, title: str = "", name: str | None = None) -> None:
        """Plot the loss, and below it the validation scores where there are any."""
        from mmlearn import show

        show.curve(self.steps, {"loss": self.loss, **self.parts}, "step", "loss", title=title, name=name)
        if self.validation:
            scores, name = list(self.validation.values()), name and f"{name}-validation"
            show.curve(list(self.validation), scores, "step", "validation score", title=title, name=name)


@dataclass
class State:
    """All that a run needs to go on."""

    model: Any
    optimizer: Any
    scaler: Any  # of fp16, else None
    seed: int
    history: History = field(default_factory=History)
    best: dict | None = None

    def judge(self, validate: Callable, step: int, higher_is_better: bool) -> None:
        """Validate, and keep the weights if they are the best so far."""
        import torch

        self.model.eval()
        with torch.no_grad():
            score = float(validate(self.model))
        self.history.validation[step] = score
        best = self.history.validation.get(self.history.best_step)
        if best is None or (score > best if higher_is_better else score < best):
            self.history.best_step = step
            self.best = {k: v.detach().to("cpu", copy=True) for k, v in self.model.state_dict().items()}

    def save(self, path: Path) -> None:
        """Write all of it to one file, whole or not at all."""
        import torch

        saved = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "best": self.best}
        saved |= {"seed": self.seed, "history": asdict(self.history), "scaler": self.scaler and self.scaler.state_dict()}
        with atomic(path) as temporary:
            torch.save(saved, temporary)

    def load(self, path: Path) -> None:
        """Read it back. Only tensors and plain numbers are read: a file from elsewhere can run nothing."""
        import torch

        try:
            saved = torch.load(path, map_location="cpu", weights_only=True)
            seed, history = saved["seed"], History(**saved["history"])
        except Exception as error:
            raise ValueError(f"checkpoint {path} cannot be read ({type(error).__name__}); delete it to start anew") from None
        if seed != self.seed:
            raise ValueError(f"checkpoint {path} was made with seed {seed}, not {self.seed}; give that seed or another file")
        try:
            self.model.load_state_dict(saved["model"])
            self.optimizer.load_state_dict(saved["optimizer"])
        except (RuntimeError, ValueError):
            raise ValueError(f"checkpoint {path} is of another model or optimizer; give another file") from None
        if self.scaler is not None and saved["scaler"]:
            self.scaler.load_state_dict(saved["scaler"])
        self.history, self.best = history, saved["best"]
