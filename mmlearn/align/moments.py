"""Count, mean and scatter of rows seen so far: all that a linear method needs to know of its data.

They can be merged, so data may arrive in batches or lie on several machines; their size does not grow with the rows.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Moments:
    """Sufficient statistics of rows of one or more views, put side by side.

    Attributes:
        count: number of rows.
        mean: (d,), d being the columns of all views together.
        scatter: (d, d), the sum over rows of (row - mean)(row - mean)ᵀ.
    """

    count: int
    mean: np.ndarray
    scatter: np.ndarray

    @classmethod
    def of(cls, *views: np.ndarray) -> "Moments":
        """The moments of views (n, d_i) whose rows belong together; one copy of the views is made.

        Raises:
            ValueError: values are so large that their squares are not numbers any more.
        """
        rows = np.concatenate(views, axis=1)
        # Taking off the first row before the mean keeps the digits of columns far from zero,
        # and makes a constant column exactly zero instead of rounding noise.
        first = rows[0].copy()
        rows -= first
        shift = rows.mean(axis=0)
        rows -= shift
        with np.errstate(over="ignore", invalid="ignore"):
            scatter = rows.T @ rows
        if not np.isfinite(np.diag(scatter)).all():
            raise ValueError(f"the views hold values too large to square, up to {np.abs(rows).max():.1g}; rescale them")
        return cls(len(rows), first + shift, scatter)

    def merge(self, other: "Moments") -> "Moments":
        """The moments of both sets of rows, exactly (Chan, Golub and LeVeque, 1982, "Updating formulae and a
        pairwise algorithm for computing sample variances", COMPSTAT)."""
        count = self.count + other.count
        step = other.mean - self.mean
        between = np.outer(step, step) * (self.count * other.count / count)
        return Moments(count, self.mean + step * (other.count / count), self.scatter + other.scatter + between)

    @property
    def covariance(self) -> np.ndarray:
        """(d, d), with the unbiased divisor count - 1."""
        return self.scatter / (self.count - 1)
