"""Chapter 07: rows of its tables again, cheaply; that the figures are what the chapter says; its quiz."""

import json

import pytest

from mmlearn import data
from mmlearn.exercises import quiz


def stored(part):
    return json.loads(data.resource("results/nonlinear_cca.json").read_text(encoding="utf-8"))["figures"][part]


def test_kernel_cca_and_gcca_agree_with_cca_zoo_and_are_no_slower():
    from benchmarks import nonlinear_cca

    table = stored("zoo")
    assert len(table) == 5
    for name, row in table.items():
        limit = 1e5 if name.startswith("kernel") else 1e3  # 1e-4 and 1e-6, in billionths
        assert row["largest difference, billionths"][0] < limit, name
        assert row["time, ours / theirs"][0] <= 1.05, name
    assert nonlinear_cca.kernel_beside_zoo("rbf", 120, 1)["largest difference, billionths"] < 1e5
    assert nonlinear_cca.gcca_beside_zoo(1000, 0.3, 1)["largest difference, billionths"] < 1e3


def test_the_linear_row_of_the_digits_again():
    from benchmarks import nonlinear_cca as benchmark

    parts = benchmark.noisy_digits(benchmark.PAIRS, 0, noise=benchmark.NOISE)
    live = benchmark.total(benchmark.linear(parts), parts["test"])
    assert live == pytest.approx(stored("digits")["linear CCA"]["total correlation"][0], abs=0.02)


def test_deep_cca_is_ahead_of_linear_and_kernel_cca_at_every_seed():
    table = {name: row.get("total correlation") for name, row in stored("digits").items()}
    for linear, kernel, deep in zip(table["linear CCA"], table["kernel CCA"], table["deep CCA"], strict=True):
        assert deep > kernel > linear
    assert len(table["deep CCA"]) == 5


def test_a_few_of_the_hundred_runs_again():
    from benchmarks.nonlinear_cca_stress import survived, textbook, total_correlation

    runs = range(4)
    assert all(survived(total_correlation, seed) for seed in runs)
    assert not all(survived(textbook, seed) for seed in runs)
    table = stored("hundred")
    ours, theirs = table["by Cholesky and singular values (the library's)"], table["by eigenvectors, float32"]
    assert ours["runs"] == theirs["runs"] == [100]
    assert ours["runs with NaN"] == [0] and theirs["runs with NaN"][0] > 0


def mean_of(table, metric):
    return {name: sum(row[metric]) / len(row[metric]) for name, row in table.items() if metric in row}


def test_speech_finds_pictures_only_if_it_was_paired():
    mean = mean_of(stored("three_views"), "speech → picture, R@10")
    assert mean["GCCA"] > 2 * mean["random guessing"]
    assert mean["speech shuffled"] < 1.5 * mean["random guessing"]


def test_a_third_view_does_not_help_the_first_two():
    mean = mean_of(stored("three_views"), "caption → picture, R@10")
    alone = mean["pictures and captions only"]
    assert mean["GCCA"] < alone - 0.05
    assert mean["GCCA, chosen for captions → pictures"] == pytest.approx(alone, abs=0.03)


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("nonlinear_cca")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10
