"""Greedy, beam search and nucleus sampling: against brute force, against each other, and against their definitions."""

from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from mmlearn.features.text import END, PAD
from mmlearn.generate.caption import (
    AttentionDecoder,
    LSTMDecoder,
    State,
    TransformerDecoder,
    WithoutCache,
    beam,
    greedy,
    length_penalty,
    nucleus,
    nucleus_of,
)  # fmt: skip

V = 8  # five marks, and the words 5, 6, 7
SILENT = torch.tensor([True] * 4 + [False] * 4)
START = 3


class Table(nn.Module):
    """A model that is a table: pictures are logits (b, t, V, V) of the next token, by step and last token."""

    longest = None

    def start(self, pictures):
        return State((pictures.log_softmax(dim=-1),), (torch.zeros(len(pictures), dtype=torch.int64),))

    def step(self, tokens, state):
        (table,), (steps,) = state
        picture = torch.arange(len(tokens)) // (len(tokens) // len(table))
        return table[picture, steps, tokens], State((table,), (steps + 1,))


def table(b, t, seed, spread=2.0):
    return spread * torch.randn(b, t, V, V, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def all_captions(longest):
    """Every caption of words 5 to 7 with its end, or cut at `longest` tokens."""
    for n in range(longest):
        yield from ([*words, END] for words in product((5, 6, 7), repeat=n))
    yield from (list(words) for words in product((5, 6, 7), repeat=longest))


def log_probability(logits, caption):
    total, last = 0.0, START
    for step, token in enumerate(caption):
        total += logits[step, last].masked_fill(SILENT, -torch.inf).log_softmax(0)[token].item()
        last = token
    return total


def said(written, picture=0, k=0):
    return [token for token in written.tokens[picture, k].tolist() if token != PAD]


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), alpha=st.sampled_from([0.0, 0.7, 2.0]), spread=st.sampled_from([0.5, 3.0]))
def test_a_beam_as_wide_as_the_world_finds_the_best_caption_there_is(seed, alpha, spread):
    logits = table(2, 4, seed, spread)
    found = beam(Table(), logits, START, width=130, alpha=alpha, longest=4, silent=SILENT)
    for picture in range(2):
        scores = {tuple(c): log_probability(logits[picture], c) / length_penalty(len(c), alpha) for c in all_captions(4)}
        best = max(scores, key=scores.get)
        assert tuple(said(found, picture)) == best
        assert found.score[picture, 0].item() == pytest.approx(scores[best])
        assert found.log_probability[picture, 0].item() == pytest.approx(log_probability(logits[picture], best))


def test_where_fewer_captions_are_possible_than_the_beam_is_wide_the_rest_is_empty():
    found = beam(Table(), table(1, 2, 0), START, width=50, longest=2, silent=SILENT)
    real = found.score[0] > -torch.inf
    captions = {tuple(said(found, 0, k)) for k in range(50) if real[k]}
    assert len(captions) == real.sum() <= 13 and (found.tokens[0, ~real] == PAD).all()
    assert (found.score[0, :-1] >= found.score[0, 1:]).all()


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), alpha=st.sampled_from([0.0, 0.7, 2.0]))
def test_a_beam_of_width_one_is_greedy(seed, alpha):
    logits = table(3, 6, seed)
    one, narrow = (f(Table(), logits, START, longest=6, silent=SILENT) for f in (greedy, lambda *a, **o: beam(*a, width=1, **o)))
    assert torch.equal(one.tokens, narrow.tokens)
    torch.testing.assert_close(one.log_probability, narrow.log_probability)
    for picture in range(3):
        assert one.log_probability[picture, 0].item() == pytest.approx(log_probability(logits[picture], said(one, picture)))


def test_a_beam_finds_what_greedy_walks_past():
    """5 is likelier at first, but all that can follow it is unlikely: 0.6 · 0.4 < 0.4 · 1."""
    chances = torch.full((1, 2, V, V), 1e-9, dtype=torch.float64)
    chances[0, 0, START, 5], chances[0, 0, START, 6] = 0.6, 0.4
    chances[0, 1, 5, 5:], chances[0, 1, 5, END], chances[0, 1, 6, END] = 0.2, 0.4, 1.0
    assert said(greedy(Table(), chances.log(), START, longest=2, silent=SILENT)) == [5, END]
    assert said(beam(Table(), chances.log(), START, width=2, longest=2, silent=SILENT)) == [6, END]


def test_a_length_penalty_lets_longer_captions_win():
    """END at once has 0.4; 5, 5, END has 0.6 · 0.7 · 0.8 = 0.336: less, but more a word."""
    chances = torch.full((1, 3, V, V), 1e-9, dtype=torch.float64)
    chances[0, 0, START, END], chances[0, 0, START, 5] = 0.4, 0.6
    chances[0, 1, 5, 5], chances[0, 1, 5, 6], chances[0, 1, 5, END] = 0.7, 0.25, 0.05
    chances[0, 2, 5, END], chances[0, 2, 5, 6] = 0.8, 0.2
    found = [said(beam(Table(), chances.log(), START, width=3, alpha=a, longest=3, silent=SILENT)) for a in (0.0, 1.0)]
    assert found == [[END], [5, 5, END]]
    assert length_penalty(1, 0.7) == 1 and length_penalty(7, 1.0) == 2


@pytest.mark.parametrize("kind", [LSTMDecoder, AttentionDecoder, TransformerDecoder])
def test_with_and_without_a_cache_the_same_captions(kind):
    torch.manual_seed(1)
    decoder, pictures = kind(V, 6, 8).double(), torch.randn(5, 4, 6, dtype=torch.float64)
    with torch.no_grad():
        decoder.say.weight *= 4  # words that differ in probability, as after training
    for write in (greedy, beam, lambda *a, **o: nucleus(*a, generator=torch.Generator().manual_seed(0), samples=2, **o)):
        with_cache, without = (write(d, pictures, START, longest=8, silent=SILENT) for d in (decoder, WithoutCache(decoder)))
        assert torch.equal(with_cache.tokens, without.tokens)
        torch.testing.assert_close(with_cache.score, without.score)


def test_one_picture_alone_is_written_as_in_a_batch():
    logits = table(4, 6, 7)
    together = beam(Table(), logits, START, width=3, longest=6, silent=SILENT)
    for picture in range(4):
        alone = beam(Table(), logits[picture : picture + 1], START, width=3, longest=6, silent=SILENT)
        assert said(alone) == said(together, picture)
        assert alone.score[0, 0].item() == pytest.approx(together.score[picture, 0].item())


def test_a_nucleus_near_nothing_is_greedy_and_one_of_all_is_the_model():
    logits = table(2, 5, 3)
    one = greedy(Table(), logits, START, longest=5, silent=SILENT)
    drawn = nucleus(Table(), logits, START, p=1e-6, samples=7, longest=5, silent=SILENT)
    assert drawn.tokens.shape[:2] == (2, 7)
    assert torch.equal(drawn.tokens, one.tokens.expand_as(drawn.tokens))
    cold = nucleus(Table(), logits, START, p=1.0, temperature=1e-4, longest=5, silent=SILENT)
    assert torch.equal(cold.tokens, one.tokens)


def test_draws_come_as_often_as_the_truncated_distribution_says():
    chances = torch.tensor([0, 0, 0, 0, 0.1, 0.4, 0.2, 0.3], dtype=torch.float64)
    logits = chances.clamp_min(1e-30).log().expand(1, 1, V, V)
    draw = {"samples": 8000, "longest": 1, "silent": SILENT, "generator": torch.Generator().manual_seed(0)}
    for p, temperature, expected in [
        (0.6, 1.0, {5: 4 / 7, 7: 3 / 7}),
        (0.71, 1.0, {5: 4 / 9, 7: 3 / 9, 6: 2 / 9}),
        (1.0, 1.0, {5: 0.4, 7: 0.3, 6: 0.2, END: 0.1}),
        (1.0, 0.5, {5: 16 / 30, 7: 9 / 30, 6: 4 / 30, END: 1 / 30}),  # squares: a temperature of a half
    ]:
        tokens = nucleus(Table(), logits, START, p=p, temperature=temperature, **draw).tokens.flatten()
        counts = torch.bincount(tokens, minlength=V) / len(tokens)
        # five standard deviations of a share of 8,000 draws are at most 0.028
        assert all(abs(counts[i].item() - expected.get(i, 0)) < 0.028 for i in range(V)), (p, temperature, counts)
        assert all(counts[i] == 0 for i in range(V) if i not in expected)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(1e-3, 1), min_size=1, max_size=9), st.floats(1e-3, 1))
def test_a_nucleus_is_the_smallest_set_that_holds_p(weights, p):
    chances = torch.tensor(weights, dtype=torch.float64)
    chances = chances / chances.sum()
    found = nucleus_of(chances, p)
    kept = chances[found > 0].sort().values
    assert found.sum().item() == pytest.approx(1)
    assert kept.sum() >= p - 1e-9 and kept[1:].sum() < p + 1e-9
    assert found.argmax() == chances.argmax() or found.max() == found[chances.argmax()]
    assert kept.min() >= chances[found == 0].max() if (found == 0).any() else len(kept) == len(chances)


def test_the_same_generator_draws_the_same_and_the_mode_of_training_stays():
    logits, model = table(2, 5, 3), Table().train()
    draws = [nucleus(model, logits, START, longest=5, generator=torch.Generator().manual_seed(4)).tokens for _ in range(2)]
    assert torch.equal(*draws) and model.training


def test_no_picture_waits_for_a_caption_of_its_own_language():
    """A start mark for each picture."""
    logits = table(2, 3, 0)
    both = greedy(Table(), logits, torch.tensor([3, 2]), longest=3, silent=SILENT)
    each = [greedy(Table(), logits[i : i + 1], start, longest=3, silent=SILENT) for i, start in enumerate((3, 2))]
    assert [said(both, i) for i in range(2)] == [said(one) for one in each]


@pytest.mark.parametrize(
    ("write", "options", "message"),
    [
        (greedy, {"longest": 0}, "longest is 0"),
        (greedy, {"start": torch.tensor([3, 3, 3])}, "one for each of 2 pictures"),
        (greedy, {"start": 3.0}, "start is torch.float"),
        (greedy, {"silent": torch.ones(V, dtype=torch.bool)}, "false for one token at least"),
        (greedy, {"silent": torch.zeros(V)}, "accepted is bool"),
        (greedy, {"silent": SILENT[:-1]}, r"accepted is bool \(8,\)"),
        (beam, {"width": 0}, "width is 0"),
        (beam, {"alpha": -1.0}, "alpha -1"),
        (nucleus, {"p": 0.0}, "p is 0"),
        (nucleus, {"p": 1.5}, "p is 1.5"),
        (nucleus, {"temperature": 0.0}, "temperature 0"),
        (nucleus, {"samples": 0}, "samples 0"),
    ],
)
def test_options_out_of_range_are_named(write, options, message):
    with pytest.raises(ValueError, match=message):
        write(Table(), table(2, 3, 0), options.pop("start", START), **options)


def test_a_caption_longer_than_the_decoder_can_write_is_named():
    decoder = TransformerDecoder(V, 6, 8, longest=4)
    assert greedy(decoder, torch.randn(2, 3, 6), START, silent=SILENT).tokens.shape[2] <= 4
    with pytest.raises(ValueError, match="can write 1 to 4"):
        greedy(decoder, torch.randn(2, 3, 6), START, longest=5)
