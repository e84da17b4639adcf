"""Chapter 15: its quiz, that its exercises speak of the library's own functions, and that its stored tables hold."""

from math import comb

import numpy as np
import pytest
import torch

from benchmarks import explain_and_compress as measured
from mmlearn import compress, data, evaluate, explain
from mmlearn.exercises import quiz
from mmlearn.exercises.engine.registry import find


def answer(name, *arguments):
    """What the check of an exercise expects."""
    return find(f"explain_and_compress.{name}").reference(*arguments)


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("explain_and_compress")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10


def test_lime_with_shapley_s_weights_gives_shapley_values():
    """Lundberg and Lee (2017), theorem 2, which the chapter shows on three little games."""
    values = torch.randn(16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    sets = explain.subsets(4).numpy().astype(float)
    kernel = np.array([1e7 if s in (0, 4) else 3 / (comb(4, int(s)) * s * (4 - s)) for s in sets.sum(1)])
    assert np.allclose(answer("surrogate", sets, values.numpy(), kernel), answer("shapley", values, 4), atol=1e-4)


def test_integrated_gradients_are_the_library_s():
    weights = torch.randn(5, 4, generator=torch.Generator().manual_seed(1))
    f = lambda x: torch.tanh(x @ weights).sum(1)  # noqa: E731
    x, baseline = torch.randn(2, 5, generator=torch.Generator().manual_seed(2))
    ours = answer("integrated_gradients", f, x, baseline, 400)
    theirs = [
        explain.integrated_gradients(lambda a, b: f(torch.cat([a, b], 1))[:, None], parts, torch.zeros(1).long(), empty)[0]
        for parts, empty in [([x[None, :2], x[None, 2:]], [baseline[None, :2], baseline[None, 2:]])]
    ][0]
    assert torch.allclose(torch.stack([ours[:2].sum(), ours[2:].sum()]), theirs[0], atol=1e-3)


def stored(table, row):
    return evaluate.Scores.stored("explain_and_compress", table).values[row]


def test_what_the_chapter_says_about_zeros_and_bits_stands_in_the_table():
    whole = stored("cost", "whole")
    pruned, real = stored("cost", "90% of the weights pruned"), stored("cost", "8 bits for real")
    assert pruned["kilobytes"] == whole["kilobytes"] and pruned["accuracy"].mean() < whole["accuracy"].mean() - 0.2
    assert 0.8 < pruned["time, 256 at once"][0] < 1.25
    assert real["kilobytes"][0] < 0.3 * whole["kilobytes"][0]
    assert abs(real["accuracy"] - whole["accuracy"]).max() < 0.02
    assert len(whole["accuracy"]) == 5


def test_units_that_are_pruned_leave_a_smaller_network_that_runs():
    torch.manual_seed(0)
    network = measured.Deep([64, 192], 32)
    small = measured.without_units(network, 0.5)
    assert [layer.out_features for layer in small.hidden] == [16, 16, 16]
    assert compress.count(small) == 257 * 32 + 33 * 16 + 2 * 17 * 16 + 17 * 10
    assert small(torch.randn(3, 64), torch.randn(3, 192)).shape == (3, 10)


def test_one_row_is_measured_again():
    try:
        y = measured.digits(0)["test"][1].numpy()
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))
    found = measured.sure(measured.logits(measured.fused("concat", 0), 0, "test"), y)
    row = stored("calibration", "concat")
    assert abs(found["accuracy"] - row["accuracy"][0]) < 0.01 and abs(found["ECE"] - row["ECE"][0]) < 0.01
