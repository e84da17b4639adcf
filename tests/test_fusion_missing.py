"""Modality dropout leaves out what it says and no more; the imputer is ridge regression, pattern by pattern."""

import numpy as np
import pytest
import torch
from sklearn.experimental import enable_iterative_imputer  # noqa: F401  scikit-learn wants to be asked
from sklearn.impute import IterativeImputer
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mmlearn import evaluate, fusion
from mmlearn.fusion import CrossModalImputer, drop_modalities

# modality dropout ------------------------------------------------------------------------------------------------


def everything(batch=20_000, modalities=3):
    return torch.ones(batch, modalities, dtype=torch.bool)


def test_each_modality_is_missing_as_often_as_it_should():
    generator = torch.Generator().manual_seed(0)
    for share, expected in ((0.5, [0.5 - 0.5**3 / 3] * 3), ((0.9, 0.0, 0.4), [0.9, 0.0, 0.4]), (1.0, [2 / 3] * 3)):
        missing = 1 - drop_modalities(everything(), share, generator).float().mean(0)
        assert np.allclose(missing, expected, atol=0.015), share
    assert np.allclose(drop_modalities(everything(), 0.5, generator, keep_one=False).float().mean(0), 0.5, atol=0.015)


def test_modalities_are_left_out_independently_of_each_other():
    left = drop_modalities(everything(), 0.3, torch.Generator().manual_seed(1), keep_one=False).float()
    assert np.allclose(np.cov(left.T.numpy()), 0.21 * np.eye(3), atol=0.01)


def test_a_row_keeps_one_of_those_it_had_each_equally_likely():
    there = torch.tensor([[True, True, False], [False, False, True], [False, False, False]]).repeat(4000, 1)
    left = drop_modalities(there, 1.0, torch.Generator().manual_seed(2))
    assert not (left & ~there).any()
    first, second, nothing = left[0::3], left[1::3], left[2::3]
    assert (first.sum(1) == 1).all() and abs(float(first[:, 0].float().mean()) - 0.5) < 0.03
    assert second[:, 2].all() and not nothing.any()  # what nobody had cannot be kept
    assert not drop_modalities(there, 1.0, keep_one=False).any()


def test_nothing_to_drop_and_the_same_again():
    there = everything(50)
    assert drop_modalities(there, 0.0).all() and there.all()
    same = [drop_modalities(there, 0.5, torch.Generator().manual_seed(3)) for _ in range(2)]
    assert torch.equal(*same) and there.all()
    assert drop_modalities(there[:0], 0.5).shape == (0, 3)


@pytest.mark.parametrize(("mask", "share", "words"), [
    (torch.ones(2, 3), 0.5, "float32"), (torch.ones(3, dtype=torch.bool), 0.5, r"\(3,\)"),
    (np.ones((2, 3), bool), 0.5, "ndarray"), (everything(2), 1.5, "share is 1.5"),
    (everything(2), [0.1, 0.2], "3, one a modality"), (everything(2), float("nan"), "share"),
])  # fmt: skip
def test_dropout_says_what_it_cannot_take(mask, share, words):
    with pytest.raises(ValueError, match=words):
        drop_modalities(mask, share)


def test_the_classifier_drops_in_training_only_and_survives_a_loss():
    """Two modalities that say the same, the second more clearly: without dropout a network may lean on the second alone."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 1000)
    views = [labels[:, None] + rng.normal(0, noise, (1000, 2)) for noise in (0.7, 0.05)]
    plain, dropped = (
        fusion.Classifier("early", width=16, steps=200, lr=5e-3, modality_dropout=share).fit(views, labels)
        for share in (0.0, 0.5)
    )
    assert np.array_equal(dropped.predict_proba(views), dropped.predict_proba(views))
    assert dropped.score(views, labels) > 0.99
    assert dropped.log_loss([views[0], None], labels) < plain.log_loss([views[0], None], labels)
    assert dropped.score([views[0], None], labels) > 0.8
    dropped.network_.train()
    scaled = dropped._scaled(views)
    assert not torch.equal(dropped.network_(*scaled), dropped.network_(*scaled))


# the imputer -----------------------------------------------------------------------------------------------------


def correlated(n=200, dims=(3, 2, 4), seed=0):
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 3))
    maps = np.random.default_rng(9)
    return [hidden @ maps.normal(size=(3, d)) * 10**m + m + rng.normal(0, 0.3, (n, d)) for m, d in enumerate(dims)]


def without(n, modalities, *missing):
    mask = np.ones((n, modalities), bool)
    mask[:, missing] = False
    return mask


@pytest.mark.parametrize("missing", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)])
def test_it_is_scikit_learns_ridge_on_scaled_columns(missing):
    train, test = correlated(), correlated(50, seed=1)
    known = [m for m in range(3) if m not in missing]
    filled = CrossModalImputer(reg=0.05).fit(train).transform(test, without(50, 3, *missing))
    ridge = make_pipeline(StandardScaler(), Ridge(alpha=0.05 * 200))
    for m in missing:
        ridge.fit(np.hstack([train[k] for k in known]), train[m])
        assert np.allclose(filled[m], ridge.predict(np.hstack([test[k] for k in known])), atol=1e-8)
    assert all(np.array_equal(filled[k], test[k]) for k in known)


def test_without_a_ridge_it_is_what_the_iterative_imputer_settles_on():
    """Columns of one modality guessed from each other in turn come to rest at the regression on the other modalities."""
    train, test = correlated(seed=2), correlated(30, seed=3)
    mask = without(200, 3)
    mask[:40, 1] = False
    empty = [np.where(mask[:, m, None], view, np.nan) for m, view in enumerate(train)]
    columns = IterativeImputer(LinearRegression(), max_iter=200, tol=1e-12).fit(np.hstack(empty))
    hidden = np.hstack([test[0], np.full_like(test[1], np.nan), test[2]])
    filled = CrossModalImputer(reg=0).fit(empty, mask).transform(test, without(30, 3, 1))
    assert np.allclose(filled[1], columns.transform(hidden)[:, 3:5], atol=1e-5 * np.abs(test[1]).max())


def test_it_learns_from_the_rows_that_have_both():
    train = correlated(seed=4)
    mask = np.random.default_rng(5).random((200, 3)) < 0.7
    spoilt = [np.where(mask[:, m, None], view, np.nan) for m, view in enumerate(train)]
    imputer = CrossModalImputer(reg=0.1).fit(spoilt, mask)
    both = mask[:, 0] & mask[:, 2]
    alone = CrossModalImputer(reg=0.1).fit([train[0][both], train[2][both]])
    test = correlated(20, seed=6)
    assert np.allclose(imputer.transform([test[0], None, None])[2], alone.transform([test[0], None])[1])
    assert np.allclose(imputer.means_[1], train[1][mask[:, 1]].mean(0))


def test_every_row_by_its_own_pattern_and_what_is_missing_has_no_influence():
    imputer = CrossModalImputer().fit(correlated(seed=7))
    test, mask = correlated(40, seed=8), np.random.default_rng(9).random((40, 3)) < 0.5
    filled = imputer.transform(test, mask)
    spoilt = [np.where(mask[:, m, None], view, np.nan) for m, view in enumerate(test)]
    assert all(np.array_equal(a, b) for a, b in zip(filled, imputer.transform(spoilt, mask), strict=True))
    for i in range(40):
        row = imputer.transform([view[i : i + 1] for view in test], mask[i : i + 1])
        assert all(np.allclose(a[i], b[0]) for a, b in zip(filled, row, strict=True))
    nothing = imputer.transform(test, np.zeros((40, 3), bool))
    assert all(np.allclose(view, mean) for view, mean in zip(nothing, imputer.means_, strict=True))


def test_modalities_that_never_met_leave_the_mean():
    views = correlated(60, dims=(3, 2), seed=10)
    mask = np.arange(60)[:, None] % 2 == np.arange(2)  # each row has exactly one
    imputer = CrossModalImputer().fit(views, mask)
    assert not imputer.predictors_
    assert np.allclose(imputer.transform([views[0], None])[1], views[1][1::2].mean(0))


def test_a_column_that_does_not_vary_says_nothing():
    train, test = correlated(dims=(3, 2), seed=11), correlated(20, dims=(3, 2), seed=12)
    with_constant = [np.hstack([train[0], np.full((200, 1), 5.0)]), train[1]]
    loud = [np.hstack([test[0], np.full((20, 1), 1e9)]), None]
    expected = CrossModalImputer().fit(train).transform([test[0], None])[1]
    assert np.allclose(CrossModalImputer().fit(with_constant).transform(loud)[1], expected)


def test_the_imputer_says_what_it_cannot_take():
    views = correlated(20)
    fitted = CrossModalImputer().fit(views)
    cases = [
        (lambda: CrossModalImputer(reg=-1).fit(views), "reg is -1"),
        (lambda: CrossModalImputer().fit([*views[:2], None]), "None for a modality"),
        (lambda: CrossModalImputer().fit(views, without(20, 3, 1)), "no row has modality 1"),
        (lambda: CrossModalImputer().fit([views[0], views[1][:5]]), r"\[20, 5\] rows"),
        (lambda: CrossModalImputer().fit(views, np.ones((20, 2), bool)), r"\(20, 3\)"),
        (lambda: CrossModalImputer().fit(views, np.ones((20, 3))), "float64"),
        (lambda: CrossModalImputer().fit([np.full((20, 2), np.nan), views[1]]), r"views\[0\] holds NaN"),
        (lambda: fitted.transform(views[:2]), "2 modalities; it was fitted with 3"),
        (lambda: fitted.transform([views[1], views[0], None]), "fitted with 3 columns"),
        (lambda: fitted.transform([None] * 3), "at least one modality"),
    ]
    for call, words in cases:
        with pytest.raises(ValueError, match=words):
            call()


# where one modality alone is better ------------------------------------------------------------------------------


@pytest.mark.parametrize(("fused", "alone", "expected"), [
    ([0.9, 0.7, 0.5], [0.6, 0.6, 0.6], 3.0), ([0.9, 0.8, 0.7], [0.5, 0.5, 0.5], np.inf), ([0.4, 0.9, 0.4], [0.6, 0.6, 0.6], 0.0),
    ([0.8, 0.5, 0.9], [0.6, 0.6, 0.6], 4 / 3), ([0.9, 0.6, 0.9], [0.6, 0.6, 0.6], np.inf), ([0.9, 0.6, 0.5], [0.6] * 3, 2.0),
])  # fmt: skip
def test_the_crossing_point(fused, alone, expected):
    assert np.isclose(evaluate.crossing([0, 2, 4], fused, alone), expected)


def test_the_crossing_says_what_it_cannot_take():
    for levels, fused in (([0, 1], [1, 2, 3]), ([1, 0], [1, 2]), ([], []), ([0, 1], [0.5, np.nan])):
        with pytest.raises(ValueError, match="levels"):
            evaluate.crossing(levels, fused, fused)
