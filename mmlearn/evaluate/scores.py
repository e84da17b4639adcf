"""A table of scores: what a method reached, beside its controls, with the spread over repetitions."""

import json
from collections.abc import Mapping, Sequence

import numpy as np

from mmlearn.data.resources import resource


class Scores:
    """Named rows of metrics, each measured once or several times. It prints as a table, mean ± standard deviation."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.values: dict[str, dict[str, np.ndarray]] = {}

    def add(self, name: str, runs: Sequence[Mapping[str, float]], kind: str = "method") -> None:
        """Add a row from the metrics of each run; `kind` is "method", "control", "ceiling" or "chance"."""
        self.kinds[name] = kind
        self.values[name] = {metric: np.array([run[metric] for run in runs], float) for metric in runs[0]}

    def __getitem__(self, name: str) -> dict[str, float]:
        """The metrics of one row, each the mean over its runs."""
        return {metric: float(values.mean()) for metric, values in self.values[name].items()}

    def spread(self, name: str) -> dict[str, float]:
        """The standard deviation over the runs of one row (divisor n - 1); 0 for a single run, which shows none."""
        return {m: float(v.std(ddof=1)) if len(v) > 1 else 0.0 for m, v in self.values[name].items()}

    def rows(self, digits: int = 3) -> list[dict[str, str]]:
        """One mapping a row, as `show.table` takes them."""
        table = []
        for name, metrics in self.values.items():
            spread = self.spread(name)
            cells = {}
            for metric, values in metrics.items():
                d = 1 if metric == "median rank" else digits  # thousandths of a place say nothing
                more = f" ± {spread[metric]:.{d}f}" if len(values) > 1 else ""
                cells[metric] = f"{values.mean():.{d}f}{more}"
            table.append({"": name, **cells})
        return table

    def bars(self, metric: str) -> list[dict]:
        """One mapping a row that has this metric, as `show.bars_with_controls` takes them."""
        return [
            {"name": name, "kind": self.kinds[name], "value": self[name][metric], "error": self.spread(name)[metric]}
            for name, metrics in self.values.items()
            if metric in metrics
        ]

    def figures(self) -> dict[str, dict]:
        """All rows as plain mappings and lists, for a file of results; `stored` reads them back."""
        return {
            name: {"kind": self.kinds[name], **{m: v.round(6).tolist() for m, v in metrics.items()}}
            for name, metrics in self.values.items()
        }

    @classmethod
    def stored(cls, name: str, table: str | None = None) -> "Scores":
        """The rows that `python -m benchmarks.<name>` measured, from `data/results/<name>.json`.

        Args:
            name: the benchmark.
            table: which of its tables, where it wrote several: the key below its figures.

        Raises:
            FileNotFoundError: no such results are shipped.
            KeyError: they have no such table.
        """
        scores = cls()
        figures = json.loads(resource(f"results/{name}.json").read_text(encoding="utf-8"))["figures"]
        for row, metrics in (figures if table is None else figures[table]).items():
            scores.kinds[row] = metrics.pop("kind")
            scores.values[row] = {metric: np.array(values, float) for metric, values in metrics.items()}
        return scores

    def __str__(self) -> str:
        from mmlearn.show.page import Table

        return str(Table(self.rows()))

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        from mmlearn.show.page import Table

        return Table(self.rows())._repr_markdown_()
