"""Chapter 07's rows of the part's table: kernel CCA and deep CCA, everything chosen by R@10 on validation pairs."""

from mmlearn.align import DeepCCA, KernelCCA
from mmlearn.evaluate import cosine_similarity, recall_at_k

KERNEL_RIDGES = (0.0003, 0.001, 0.003)  # relative to the total variance in feature space
DEEP_RIDGES = (0.1, 1.0)
SIZES = (128, 256)


def compared(model, k: int, X, Y, rows):
    """Captions against pictures along the first k directions, each weighted by its correlation."""
    A, B = model.transform(X[rows], Y[rows])
    weights = model.correlations_[:k]
    return cosine_similarity(B[:, :k] * weights, A[:, :k] * weights)


def best(models, X, Y, val):
    """The similarity of the model and number of directions with the highest R@10 on validation pairs, both directions."""
    tried = []
    for model in models:
        for k in (k for k in SIZES if k <= model.n_components):
            S = compared(model, k, X, Y, val)
            tried.append((recall_at_k(S, 10) + recall_at_k(S.T, 10), len(tried), model, k))
    _, _, model, k = max(tried, key=lambda one: one[:2])
    return lambda rows: compared(model, k, X, Y, rows)


def kernel(X, Y, train, val, seed):
    fits = (KernelCCA(n_components=max(SIZES), reg=reg).fit(X[train], Y[train]) for reg in KERNEL_RIDGES)
    return best(fits, X, Y, val)


def deep(X, Y, train, val, seed):
    """One hidden layer for each view; the moment is chosen by total correlation, ridge and directions by R@10."""
    pairs, held_out = (X[train], Y[train]), [X[val], Y[val]]
    fits = (
        DeepCCA(n_components=128, hidden=(512,), dropout=0.3, steps=200, batch=1024, every=50, reg=reg, seed=seed).fit(
            *pairs, validation=held_out
        )
        for reg in DEEP_RIDGES
    )
    return best(fits, X, Y, val)


ALIGNERS = {"kernel CCA, weighted": kernel, "deep CCA, weighted": deep}
