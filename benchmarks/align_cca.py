"""CCA's rows in the table of chapters 05 to 09: with its directions weighted, and corrected for hubs.

Ridge and number of directions are chosen by R@10 on validation pairs, for weighted directions anew; CSLS has no setting chosen.
"""

from benchmarks import start_here
from mmlearn.align import csls


def weighted(X, Y, train, val, seed):
    """Each direction counts by its correlation."""
    cca, k = start_here.chosen_cca(X, Y, train, val, power=1)
    return lambda rows: start_here.similarities(cca, k, X[rows], Y[rows], power=1)


def weighted_csls(X, Y, train, val, seed):
    """The same, less what query and item have with their neighbours anyway."""
    similarity = weighted(X, Y, train, val, seed)
    return lambda rows: csls(similarity(rows))


def without_ridge(X, Y, train, val, seed):
    """With the number of directions that was chosen with a ridge."""
    cca, k = start_here.chosen_cca(X, Y, train, val, power=0)
    plain = start_here.CCA(n_components=k, reg=0).merge(cca)
    return lambda rows: start_here.similarities(plain, k, X[rows], Y[rows], power=0)


ALIGNERS = {
    "CCA, directions weighted": weighted,
    "CCA, weighted + CSLS*": weighted_csls,
    "CCA without ridge": without_ridge,
}
KINDS = {"CCA without ridge": "control"}
SHUFFLED = ["CCA, weighted + CSLS*"]
