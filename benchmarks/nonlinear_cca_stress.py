"""A hundred trainings with what upsets deep CCA: batches hardly larger than the dimensions, twin columns, silent units."""

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.align import total_correlation
from mmlearn.align.trained import network

STEPS = 20


def textbook(A: Tensor, B: Tensor, ridge: float = 1e-4) -> Tensor:
    """The total correlation by inverse square roots from eigenvectors and singular vectors, as the paper writes it down."""
    a, b = A - A.mean(0), B - B.mean(0)

    def inverse_root(view: Tensor) -> Tensor:
        covariance = view.T @ view / (len(view) - 1) + ridge * torch.eye(view.shape[1], dtype=view.dtype)
        values, U = torch.linalg.eigh(covariance)
        return U @ torch.diag(values**-0.5) @ U.T

    T = inverse_root(a) @ (a.T @ b / (len(a) - 1)) @ inverse_root(b)
    return torch.linalg.eigvalsh(T.T @ T).sqrt().sum()


def textbook_double(A: Tensor, B: Tensor) -> Tensor:
    """The same in float64, as the library's is."""
    return textbook(A.double(), B.double()).to(A.dtype)


LOSSES = {
    "by Cholesky and singular values (the library's)": total_correlation,
    "by eigenvectors, float64": textbook_double,
    "by eigenvectors, float32": textbook,
}


def survived(loss, seed: int) -> bool:
    """Train two networks for a few steps in one of many troubled settings; whether everything stayed a number."""
    rng = np.random.default_rng(seed)
    k, batch = int(rng.choice([4, 16, 32])), int(rng.choice([8, 24, 64]))
    X, Y = (rng.standard_normal((200, 12)).astype(np.float32) for _ in range(2))
    if seed % 4 == 1:
        X[:, 6:] = X[:, :6]  # twin columns
    if seed % 4 == 2:
        Y[:] = Y[:1]  # a constant view
    if seed % 4 == 3:
        X *= 1e4  # unscaled features
    torch.manual_seed(seed)
    nets = nn.ModuleList(nn.Sequential(*network([12, 8, k]), *([nn.ReLU()] if seed % 3 == 0 else [])) for _ in range(2))
    optimizer = torch.optim.Adam(nets.parameters(), lr=1e-2)
    for _ in range(STEPS):
        rows = rng.choice(200, batch, replace=False)
        try:
            value = loss(*(net(torch.from_numpy(view[rows])) for net, view in zip(nets, (X, Y), strict=True)))
        except torch.linalg.LinAlgError:  # an eigenvalue problem that did not converge
            return False
        optimizer.zero_grad()
        (-value).backward()
        optimizer.step()
        if not all(torch.isfinite(p).all() for p in nets.parameters()):
            return False
    return bool(torch.isfinite(value))
