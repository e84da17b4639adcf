"""Chapter 11: its exercises speak of the library's own fusions, its claims about sums hold, its tables can be measured again."""

import itertools

import numpy as np
import pytest
import torch

from benchmarks import gates_and_attention
from mmlearn import evaluate, fusion
from mmlearn.data import scenes
from mmlearn.exercises import quiz
from mmlearn.exercises.engine.registry import find
from mmlearn.fusion.bottleneck import Bottleneck


def answer(name, *arguments):
    """What the check of an exercise expects."""
    return find(f"gates_and_attention.{name}").reference(*arguments)


def made(name, dims, **options):
    torch.manual_seed(0)
    return fusion.make(name, dims, 6, **options).double()


def vectors(*dims, n=5):
    return [torch.randn(n, d, generator=torch.Generator().manual_seed(d)).double() for d in dims]


def test_the_gated_unit_is_the_librarys():
    mask = torch.tensor([[True, True], [True, False], [False, True], [False, False], [True, True]])
    views = vectors(4, 3)
    for name in ("gated", "scalar_gated"):
        fuse = made(name, [4, 3])
        cleaned, _ = fuse.cleaned(views, mask)
        said = torch.stack([say(x).tanh() for say, x in zip(fuse.say, cleaned, strict=True)], dim=1)
        scores = fuse.gate(torch.cat(cleaned, dim=1)).unflatten(1, (2, -1))
        assert torch.allclose(answer("gated_unit", said, scores, mask), fuse(*views, mask=mask))


def test_the_weights_of_attention_are_the_librarys():
    fuse, views = made("attention", [4, 3]), vectors(4, 3)
    hidden = torch.stack([project(x) for project, x in zip(fuse.project, views, strict=True)], dim=1)
    layers = fuse.of_modality.weight, fuse.of_query.weight, fuse.score.weight[0]
    expected = answer("modality_weights", hidden, torch.ones(5, 2, dtype=torch.bool), *layers)
    assert torch.allclose(fuse.weights(*views), expected)


def test_looking_across_and_at_each_other_are_the_librarys():
    X, Y = torch.randn(2, 4, 5).double(), torch.randn(2, 3, 5).double()
    fuse = made("co_attention", [5, 5])
    a, c = fuse.weights(X, Y)
    layers = [fuse.affinity[0].weight.T, *(own.weight.T for own in fuse.own), *(score.weight[0] for score in fuse.score)]
    for i in range(2):
        mine = answer("co_attention", fuse.project[0](X[i]), fuse.project[1](Y[i]), *layers)
        assert torch.allclose(mine[0], a[i]) and torch.allclose(mine[1], c[i])
    fuse = made("bilinear_attention", [5, 5])
    F, G = (project(x).relu() for project, x in zip(fuse.project, (X, Y), strict=True))
    for i in range(2):
        h, weights = answer("bilinear_attention", F[i], G[i], fuse.score)
        assert torch.allclose(fuse.out(h), fuse(X, Y)[i]) and torch.allclose(weights, fuse.weights(X, Y)[i, :4, 4:])


def test_a_mask_makes_one_block_a_bottleneck():
    """One layer of the library's, all blocks alike: each modality's steps become what one masked block makes of them."""
    fuse = made("bottleneck", [5, 5], tokens=2, layers=1)
    X, Y = torch.randn(2, 4, 5).double(), torch.randn(2, 3, 5).double()
    assert isinstance(fuse, Bottleneck)
    block, hidden = fuse.layers[0][0], [project(x) for project, x in zip(fuse.project, (X, Y), strict=True)]
    together = torch.cat([fuse.tokens.expand(2, -1, -1), *hidden], dim=1)
    mask = answer("bottleneck_mask", [4, 3], 2)
    masked = block(together, mask.expand(2, -1, -1))[0]
    for h, part in zip(hidden, masked[:, 2:].split([4, 3], dim=1), strict=True):
        alone = block(torch.cat([together[:, :2], h], dim=1))[0][:, 2:]
        assert torch.allclose(part, alone, atol=1e-9)


def test_no_sum_with_one_term_a_medium_can_follow_the_note():
    """Of the four cases in which the witnesses disagree, at most three come out right; found by trying all signs of the sums."""
    rng, most = np.random.default_rng(0), 0
    for _ in range(5000):
        f, g, h = rng.normal(size=(3, 2)) * rng.choice([0.1, 1, 10], (3, 1))
        cases = itertools.product((0, 1), (0, 1))  # what the picture shows (the caption the opposite), and whom the note believes
        most = max(most, sum((f[p] + g[1 - p] + h[note] > 0) == (p != note) for p, note in cases))
    assert most == 3


def test_the_ceilings_that_the_chapter_adds_up():
    hearsay, blind = (scenes.Task("redundant", ("image", "caption"), flip, (0.0, 0.0)) for flip in ((0.0, 0.5), (0.5, 0.0)))
    assert hearsay.ceiling() == blind.ceiling() == 1
    assert ((hearsay.joint() + blind.joint()) / 2).max(0).sum() == 0.75


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("gates_and_attention")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10


def stored(table, row):
    return evaluate.Scores.stored("gates_and_attention", table).values[row]


def test_attention_finds_what_one_vector_a_medium_cannot():
    one_vector, alone = (
        stored("questions", "early, of the means")["right"],
        stored("questions", "best with the picture alone")["right"],
    )
    for name in ("cross_attention", "co_attention", "alternating_co_attention", "bilinear_attention"):
        row = stored("questions", name)
        assert row["right"].min() > 0.75 > alone[0] > one_vector.max()
        assert row["asked another question"].max() < 0.5


def test_two_fail_by_the_recipe_and_one_of_them_recovers_by_another():
    for name in ("recurrent_attention", "bottleneck"):
        assert stored("questions", name)["right"].mean() < 0.65
    how = "900 steps at a third of the rate"
    slowly = {name: stored("questions", f"{name}, {how}")["right"] for name in ("recurrent_attention", "bottleneck")}
    assert slowly["bottleneck"].min() > 0.9 > 0.65 > slowly["recurrent_attention"].mean()


def test_a_cheap_row_is_measured_again():
    live = gates_and_attention.right(gates_and_attention.learned("early", 0, [0]), gates_and_attention.questions()["test"][0])
    assert np.isclose(live, stored("questions", "early, words alone")["right"][0], atol=0.02)


@pytest.mark.parametrize("name", gates_and_attention.SEQUENCES)
def test_the_benchmark_names_fusions_of_sequences(name):
    assert fusion.accepts(name) == "sequences"
