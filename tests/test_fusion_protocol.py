"""Chapter 10: its quiz, its theorem, and stored rows measured again."""

import numpy as np
import pytest
import torch

from benchmarks import fusion, fusion_scenes
from mmlearn import data, evaluate
from mmlearn.exercises import quiz
from mmlearn.exercises.engine.registry import find
from mmlearn.fusion import make

WRONG = f"{fusion.WRONG}: {fusion.ALL}"


def answer(name, *arguments):
    """What the check of an exercise expects."""
    return find(f"fusion_protocol.{name}").reference(*arguments)


def test_the_exercises_are_what_the_library_does():
    torch.manual_seed(0)
    dims, mask = [5, 3, 4], torch.tensor([[True, True, True], [False, True, True], [False, False, False]])
    views = [torch.randn(3, d) for d in dims]
    late, joint, found, learned = (make(name, dims, 6) for name in ("late", "joint", "similarity", "weighted"))
    assert torch.allclose(late(*views, mask=mask), answer("late_fusion", late.decisions(views), mask), atol=1e-6)
    weights = [project.weight for project in joint.project]
    assert torch.allclose(joint(*views), answer("joint_projection", views, weights, joint.bias), atol=1e-6)
    assert torch.allclose(found.weights(*views), answer("similarity_weights", found.hidden(views), 1.0), atol=1e-6)
    torch.nn.init.normal_(learned.logits)
    shares, hidden = answer("learned_weights", learned.logits, mask), learned.hidden(views)
    assert torch.allclose(learned(*views, mask=mask), (shares[:, :, None] * hidden).sum(1), atol=1e-6)


def test_votes_multiplied_are_right_where_nothing_but_the_class_is_shared():
    """Three noisy readings of one label: the rule gives the exact posterior."""
    prior, table = np.array([0.7, 0.3]), np.array([[0.9, 0.1], [0.2, 0.8]])  # p(reading | class)
    readings = np.array([[0, 1, 1], [1, 1, 1], [0, 0, 0]])
    exact = prior * table[:, readings].prod(2).T
    each = prior * table.T[readings]
    log_p = torch.from_numpy(np.log(each / each.sum(2, keepdims=True)))
    found = answer("bayes_votes", log_p, torch.from_numpy(np.log(prior)), torch.ones(3, 3, dtype=torch.bool)).exp()
    assert np.allclose(found, exact / exact.sum(1, keepdims=True))


def test_no_sum_of_opinions_gets_below_ln_2_on_xor():
    rng = np.random.default_rng(0)
    f, g = rng.normal(0, 3, (2, 10_000, 2))
    z = f[:, :, None] + g[:, None, :]
    signs = np.array([[1, -1], [-1, 1]])  # the loss is ln(1 + exp(z)) where the label is 0
    assert np.logaddexp(0, signs * z).mean((1, 2)).min() >= np.log(2)


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("fusion_protocol")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10


def stored(table, row):
    return evaluate.Scores.stored("fusion", table).values[row]


def test_a_stored_row_is_measured_again():
    again = fusion.one_run("clean xor", "product", 0).metrics
    kept = stored("clean xor", "product")
    assert np.isclose(again["accuracy"], kept["accuracy"][0], atol=0.01)
    assert np.isclose(again["one missing"], kept["one missing"][0], atol=0.06)


def test_on_xor_sums_stay_at_a_coin_and_bends_reach_the_ceiling():
    for name in ("late", "concat", "weighted", "similarity"):
        assert stored("clean xor", name)["log-loss"].mean() > np.log(2) - 0.001, name
    for name in ("early", "joint", "product"):
        assert stored("clean xor", name)["accuracy"].mean() > 0.99, name


@pytest.mark.parametrize("task", ["redundant", "complementary", "xor"])
def test_no_variant_is_above_the_ceiling_and_wrong_labels_teach_nothing(task):
    table = evaluate.Scores.stored("fusion", task)
    ceiling, n = table["ceiling"]["accuracy"], len(fusion.SEEDS) * fusion_scenes.ROWS["test"]
    error = np.sqrt(ceiling * (1 - ceiling) / n)
    for name, kind in table.kinds.items():
        if kind == "method":
            assert table[name]["accuracy"] < ceiling + 4 * error, name
    if WRONG in table.kinds:
        assert abs(table[WRONG]["accuracy"] - table["majority"]["accuracy"]) < 0.05


def test_the_leak_of_mosi_is_what_the_chapter_says():
    try:
        parts = {name: data.load("mosi", split=name) for name in ("train", "val", "test")}
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))
    text = {name: (part.features()[0], part.labels()) for name, part in parts.items()}
    probe = evaluate.linear_probe(text["train"], text["val"], text["test"])
    assert probe.validation > 0.95 and probe.accuracy < 0.8
