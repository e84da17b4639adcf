"""Contrastive losses against open_clip, torch and slow loops; where they stand on collapse; what they refuse."""

import math

import numpy as np
import pytest
import torch
from open_clip.loss import ClipLoss
from sklearn.base import clone
from torch.nn import functional

from mmlearn import align, evaluate
from mmlearn.align import InfoNCE, TripletLoss, info_nce, triplet_loss


def some(n=12, k=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    a = torch.randn(n, k, generator=generator)
    return a, a + torch.randn(n, k, generator=generator)


# InfoNCE


@pytest.mark.parametrize("temperature", [1.0, 0.07, 0.01])
def test_info_nce_and_its_gradients_are_those_of_open_clip(temperature):
    ours, theirs = ([view.clone().requires_grad_() for view in some(64, 16)] for _ in range(2))
    loss = info_nce(*ours, temperature)
    reference = ClipLoss()(*(functional.normalize(view) for view in theirs), torch.tensor(1 / temperature))
    torch.testing.assert_close(loss, reference, atol=1e-6, rtol=1e-6)
    loss.backward(), reference.backward()
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.grad, other.grad, atol=1e-6, rtol=1e-4)


def slow_info_nce(a, b, temperature, groups):
    a, b = a.double(), b.double()
    total = 0.0
    for one, other in ((a, b), (b, a)):
        for i in range(len(one)):
            scores = {
                j: float(one[i] @ other[j] / one[i].norm() / other[j].norm()) / temperature
                for j in range(len(other))
                if j == i or groups[j] != groups[i]
            }
            total -= scores[i] - math.log(sum(math.exp(s) for s in scores.values()))
    return total / (2 * len(a))


def test_equal_groups_are_no_negatives():
    a, b = some()
    groups = torch.tensor([0, 1, 1, 2, 3, 3, 3, 4, 5, 6, 7, 8])
    assert float(info_nce(a, b, 0.3, groups)) == pytest.approx(slow_info_nce(a, b, 0.3, groups.tolist()), abs=1e-6)
    assert float(info_nce(a, b, 0.3, torch.arange(12))) == pytest.approx(float(info_nce(a, b, 0.3)), abs=1e-6)
    assert float(info_nce(a, b, 0.3, torch.zeros(12))) == pytest.approx(0, abs=1e-6)


def test_duplicates_are_not_pushed_apart():
    """Two pairs with one caption: without groups the loss cannot fall below (2/n) log 2, with them it can."""
    a = torch.eye(6)[[0, 0, 1, 2, 3, 4]]
    groups = torch.tensor([0, 0, 1, 2, 3, 4])
    assert float(info_nce(a, a, 0.01)) == pytest.approx(math.log(2) / 3, abs=1e-5)
    assert float(info_nce(a, a, 0.01, groups)) == pytest.approx(0, abs=1e-5)


def test_alike_embeddings_stand_at_log_n():
    assert float(info_nce(torch.ones(8, 3), torch.ones(8, 3), 0.05)) == pytest.approx(math.log(8), abs=1e-5)


@pytest.mark.parametrize("loss", [info_nce, triplet_loss])
def test_lengths_do_not_matter_and_directions_are_equal(loss):
    a, b = some()
    assert float(loss(7 * a, b / 9)) == pytest.approx(float(loss(a, b)), abs=1e-4)
    assert float(loss(b, a)) == pytest.approx(float(loss(a, b)), abs=1e-4)


def test_the_gradient_of_the_temperature_is_right():
    a, b = (view.double() for view in some())
    temperature = torch.tensor(0.2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: info_nce(a, b, t), (temperature,))
    module = InfoNCE(temperature=0.2)
    module([a, b]).backward()
    (slope,) = torch.autograd.grad(info_nce(a, b, temperature), temperature)
    assert float(module.log_scale.grad) == pytest.approx(float(-0.2 * slope), rel=1e-5)  # d T / d log(1/T) = -T


def test_the_temperature_moves_stays_above_a_hundredth_and_can_come_back():
    module = InfoNCE(temperature=0.5)
    pairs = [torch.eye(4)] * 2
    optimizer = torch.optim.SGD(module.parameters(), lr=100)
    for _ in range(50):  # pairs fit perfectly, so ever sharper is ever better
        optimizer.zero_grad(), module(pairs).backward(), optimizer.step()
    module(pairs)
    assert module.temperature == pytest.approx(0.01, rel=1e-4)
    worse = [torch.eye(4), torch.eye(4).roll(1, 0)]
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
    optimizer.zero_grad(), module(worse).backward(), optimizer.step()
    assert module.temperature > 0.02
    assert not InfoNCE(learned=False).log_scale.requires_grad


def test_three_views_are_the_mean_over_pairs():
    a, b = some()
    c = a - b
    mean = sum(float(info_nce(x, y, 0.1)) for x, y in ((a, b), (a, c), (b, c))) / 3
    assert float(InfoNCE(0.1)([a, b, c]).detach()) == pytest.approx(mean, abs=1e-5)


# Triplets


def slow_triplets(a, b, margin, negatives, groups):
    a, b = (functional.normalize(view.double()) for view in (a, b))
    total = 0.0
    for S in (a @ b.T, b @ a.T):
        for i in range(len(S)):
            others = [float(S[i, j]) for j in range(len(S)) if groups[j] != groups[i]]
            own = float(S[i, i])
            if not others:
                continue
            softer = [s for s in others if s < own]
            chosen = {"all": others, "hardest": [max(others)], "semi-hard": [max(softer)] if softer else [min(others)]}[negatives]
            total += sum(max(0.0, margin + s - own) for s in chosen) / len(chosen)
    return total


@pytest.mark.parametrize("negatives", ["all", "semi-hard", "hardest"])
@pytest.mark.parametrize("groups", [list(range(12)), [0, 0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8], [0] * 11 + [1], [0] * 12])
@pytest.mark.parametrize("seed", [0, 1])
def test_triplets_are_those_of_slow_loops(negatives, groups, seed):
    a, b = some(seed=seed)
    found = triplet_loss(a, b, 0.3, negatives, torch.tensor(groups))
    assert float(found) == pytest.approx(slow_triplets(a, b, 0.3, negatives, groups), abs=1e-5)


def test_all_negatives_are_those_of_torch():
    a, b = (functional.normalize(view) for view in some())
    total = 0.0
    for x, y in ((a, b), (b, a)):
        for j in range(1, 12):  # every mismatch once
            distance = lambda p, q: 1 - (p * q).sum(-1)  # noqa: E731
            total += functional.triplet_margin_with_distance_loss(
                x, y, y.roll(j, 0), distance_function=distance, margin=0.2, reduction="sum"
            )
    assert float(triplet_loss(a, b, 0.2, "all")) == pytest.approx(float(total) / 11, abs=1e-5)


@pytest.mark.parametrize("negatives", ["all", "semi-hard", "hardest"])
def test_collapse_stands_at_twice_batch_times_margin(negatives):
    point = torch.tensor([1.0, 2.0, 3.0]).expand(16, 3)
    assert float(triplet_loss(point, point, 0.2, negatives)) == pytest.approx(2 * 16 * 0.2, abs=1e-4)


def test_hardest_negatives_cost_most():
    a, b = some(40)
    costs = [float(triplet_loss(a, b, 0.2, negatives)) for negatives in ("all", "semi-hard", "hardest")]
    assert costs[2] > costs[1] and costs[2] > costs[0]


# Bad input


@pytest.mark.parametrize("loss", [info_nce, triplet_loss])
@pytest.mark.parametrize(
    ("a", "b", "sentence"),
    [
        (torch.ones(1, 3), torch.ones(1, 3), "at least 2 pairs in a batch, to tell a pair from a mismatch; got 1"),
        (torch.ones(0, 3), torch.ones(0, 3), "got 0"),
        (torch.ones(4, 3), torch.ones(5, 3), r"a has shape \(4, 3\) and b \(5, 3\)"),
        (torch.ones(4), torch.ones(4), r"accepted are equal shapes \(pairs, k\)"),
    ],
)
def test_unfit_batches_are_refused_in_a_sentence(loss, a, b, sentence):
    with pytest.raises(ValueError, match=sentence):
        loss(a, b)


def test_unfit_options_are_refused_in_a_sentence():
    a, b = some()
    for work, sentence in (
        (lambda: info_nce(a, b, 0.0), "temperature is 0.0; accepted are finite numbers above 0"),
        (lambda: info_nce(a, b, groups=torch.ones(3)), r"groups has shape \(3,\)"),
        (lambda: InfoNCE(temperature=0.001), "temperature is 0.001"),
        (lambda: triplet_loss(a, b, -1.0), "margin is -1.0"),
        (lambda: TripletLoss(negatives="easy"), "negatives is 'easy'; accepted are 'all', 'semi-hard', 'hardest'"),
        (lambda: InfoNCE()([a]), "at least two views; got 1"),
    ):
        with pytest.raises(ValueError, match=sentence):
            work()


@pytest.mark.parametrize("negatives", ["info_nce", "all", "semi-hard", "hardest"])
def test_nan_is_passed_on_and_never_hidden(negatives):
    """The training loop sees weights and data too, and says where it came from."""
    a, b = some()
    a[3, 1] = math.nan
    assert (info_nce(a, b) if negatives == "info_nce" else triplet_loss(a, b, negatives=negatives)).isnan()


@pytest.mark.parametrize("negatives", ["info_nce", "all", "semi-hard", "hardest"])
def test_zero_vectors_have_finite_gradients(negatives):
    a, b = some()
    a[2] = 0
    a.requires_grad_()
    (info_nce(a, b) if negatives == "info_nce" else triplet_loss(a, b, negatives=negatives)).backward()
    assert a.grad.isfinite().all() and a.grad.abs().max() < 100


# Aligners


def views(n=300, shared=6, seed=0):
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((n, shared))
    return [common @ rng.standard_normal((shared, d)) + 0.2 * rng.standard_normal((n, d)) for d in (15, 10)]


@pytest.mark.parametrize("make", [align.Contrastive, align.Triplet])
def test_aligners_find_pairs_and_know_their_parameters(make):
    X, Y = views()
    aligner = make(n_components=6, steps=150, batch=64, lr=1e-2, every=50)
    aligner.fit(X[:200], Y[:200], validation=[X[200:250], Y[200:250]], groups=[f"caption {i // 2}" for i in range(200)])
    A, B = aligner.transform(X[250:], Y[250:])
    assert evaluate.recall_at_k(evaluate.cosine_similarity(A, B), 5) > 0.8
    assert clone(aligner).get_params() == aligner.get_params() and "lr" in aligner.get_params()


def test_the_temperature_is_learned_and_shown():
    X, Y = views()
    learned, fixed = (align.Contrastive(n_components=6, steps=60, lr=1e-2, temperature=0.5, learned=on) for on in (True, False))
    assert learned.fit(X, Y).temperature_ < 0.45 and fixed.fit(X, Y).temperature_ == pytest.approx(0.5)


def test_aligners_refuse_what_is_no_pair():
    X, Y = views(20)
    with pytest.raises(ValueError, match="at least 2 pairs"):
        align.Contrastive().fit(X[:1], Y[:1])
    with pytest.raises(ValueError, match="at least 2 pairs in a batch"):
        align.Contrastive(steps=2, batch=1).fit(X, Y)
    with pytest.raises(ValueError, match=r"groups has shape \(3,\); accepted is one label a pair, \(20,\)"):
        align.Triplet(steps=2).fit(X, Y, groups=[1, 2, 3])
    X[3, 2] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        align.Contrastive().fit(X, Y)


def test_constant_views_are_survived():
    aligner = align.Contrastive(n_components=2, steps=5).fit(np.ones((20, 3)), np.zeros((20, 2)))
    assert np.isfinite(aligner.transform(np.ones((2, 3)), view=0)).all()


# The gap, and classes by prompts


def test_the_gap_is_the_distance_of_the_centres_and_can_be_closed():
    rng = np.random.default_rng(0)
    A, B = rng.standard_normal((50, 8)) + 2, rng.standard_normal((50, 8)) - 1
    unit = [M / np.linalg.norm(M, axis=1, keepdims=True) for M in (A, B)]
    assert align.modality_gap(A, B) == pytest.approx(np.linalg.norm(unit[0].mean(0) - unit[1].mean(0)))
    assert align.modality_gap(A, torch.from_numpy(A)) == 0
    assert align.modality_gap(np.eye(3)[[0, 0]], -np.eye(3)[[0]]) == pytest.approx(2)
    moved = align.move_gap(A, B)
    np.testing.assert_allclose(np.linalg.norm(moved[0], axis=1), 1)
    assert align.modality_gap(*moved) < 0.3 * align.modality_gap(A, B) < align.modality_gap(*align.move_gap(A, B, -1))
    np.testing.assert_allclose(align.move_gap(A, B, 0)[0], unit[0])
    with pytest.raises(ValueError, match="A has 8 columns and B 3"):
        align.modality_gap(A, B[:, :3])


def test_classes_are_the_mean_of_their_prompts():
    prompts = [np.array([[2.0, 0], [0, 5.0]]), np.array([[-1.0, 0]])]
    np.testing.assert_allclose(align.class_vectors(prompts), [[0.5**0.5, 0.5**0.5], [-1, 0]])
    scores = align.zero_shot(np.array([[3.0, 3.0], [-1, 0.1], [0, 0]]), prompts)
    assert scores[0] == pytest.approx([1, -(0.5**0.5)]) and list(scores.argmax(1)[:2]) == [0, 1] and (scores[2] == 0).all()
    with pytest.raises(ValueError, match="prompts has 1 classes"):
        align.zero_shot(np.ones((2, 2)), prompts[:1])
    with pytest.raises(ValueError, match=r"prompts have \[2, 3\] columns"):
        align.class_vectors([np.ones((1, 2)), np.ones((1, 3))])
