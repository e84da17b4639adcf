"""Decoders: step by step equals all at once, padding has no influence, everything learns; and what cannot be read is said."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from mmlearn.features.text import PAD
from mmlearn.generate.caption import (
    AttentionDecoder,
    LSTMDecoder,
    Memory,
    State,
    TransformerDecoder,
    WithoutCache,
    as_memory,
    attention_penalty,
    inverse_sigmoid,
    mixed_inputs,
    word_loss,
)  # fmt: skip

V, D = 11, 6
ALL = [LSTMDecoder, AttentionDecoder, TransformerDecoder]


def made(kind, dim=8, **options):
    torch.manual_seed(0)
    return kind(V, D, dim, **options).double().eval()


def pictures(b=2, n=5, seed=0):
    return torch.randn(b, n, D, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def tokens(rows, t, seed=0):
    return torch.randint(1, V, (rows, t), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("cached", [True, False])
@settings(max_examples=8, deadline=None)
@given(b=st.integers(1, 3), k=st.integers(1, 3), t=st.integers(1, 6), n=st.integers(1, 4), seed=st.integers(0, 99))
def test_step_by_step_is_teacher_forcing(kind, cached, b, k, t, n, seed):
    decoder, seen, said = made(kind), pictures(b, n, seed), tokens(b * k, t, seed)
    writer = decoder if cached else WithoutCache(decoder)
    state, at_once = writer.start(seen).spread(k), decoder(seen, said).log_softmax(dim=-1)
    for i in range(t):
        found, state = writer.step(said[:, i], state)
        torch.testing.assert_close(found, at_once[:, i])


@pytest.mark.parametrize("kind", ALL)
def test_rows_belong_to_their_pictures(kind):
    """Several captions of a picture give what each gives alone; and rows that are picked go on as what they were."""
    decoder, seen, said = made(kind), pictures(2), tokens(6, 4)
    together = decoder(seen, said)
    for row in range(6):
        torch.testing.assert_close(together[row : row + 1], decoder(seen[row // 3 : row // 3 + 1], said[row : row + 1]))
    state = decoder.start(seen).spread(3)
    _, state = decoder.step(said[:, 0], state)
    order = torch.tensor([2, 2, 0, 5, 4, 3])
    found, _ = decoder.step(said[order, 1], state.pick(order))
    torch.testing.assert_close(found, together[order, 1].log_softmax(dim=-1))


@pytest.mark.parametrize("kind", ALL)
def test_padding_has_no_influence(kind):
    """Neither regions that are padding, whatever they hold, nor tokens after the caption's end."""
    decoder, seen, said = made(kind), pictures(2, 3), tokens(2, 4)
    padded = torch.cat([seen, torch.full((2, 2, D), torch.nan, dtype=torch.float64)], dim=1).requires_grad_()
    real = torch.tensor([[True] * 3 + [False] * 2] * 2)
    longer = torch.cat([said, torch.full((2, 3), PAD)], dim=1)
    logits, weights = decoder.look(Memory(padded, real), longer)
    torch.testing.assert_close(logits[:, :4], decoder(seen, said))
    assert weights is None or (weights[..., 3:] == 0).all()
    logits[:, :4].sum().backward()
    assert padded.grad.isfinite().all() and (padded.grad[:, 3:] == 0).all()


@pytest.mark.parametrize("kind", ALL)
def test_what_is_said_of_a_step_knows_nothing_of_later_ones(kind):
    decoder, seen, said = made(kind), pictures(), tokens(2, 5)
    other = torch.cat([said[:, :3], (said[:, 3:] % (V - 1)) + 1], dim=1)
    torch.testing.assert_close(decoder(seen, said)[:, :3], decoder(seen, other)[:, :3])


@pytest.mark.parametrize("kind", [AttentionDecoder, TransformerDecoder])
def test_weights_share_out_a_look_among_the_regions(kind):
    _, weights = made(kind).look(pictures(2, 5), tokens(4, 3))
    assert weights.shape == (4, 3, 5) and (weights >= 0).all()
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(4, 3, dtype=torch.float64))


@pytest.mark.parametrize("kind", [AttentionDecoder, TransformerDecoder])
def test_a_picture_without_regions_is_defined(kind):
    nothing = Memory(torch.full((2, 3, D), torch.nan, dtype=torch.float64), torch.zeros(2, 3, dtype=torch.bool))
    logits, weights = made(kind).look(nothing, tokens(2, 3))
    assert logits.isfinite().all() and (weights == 0).all()


@pytest.mark.parametrize("kind", ALL)
def test_every_parameter_gets_a_gradient(kind):
    decoder, said = made(kind).train(), tokens(4, 5)
    said[:, 0] = torch.arange(1, 5)
    word_loss(decoder(pictures(4), said[:, :-1]), said[:, 1:]).backward()
    still = {name for name, p in decoder.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0}
    # a key's bias raises all scores of a query alike, so that its gradient is zero but for rounding
    assert {name for name in still if not name.endswith("key.bias")} == set()


def test_the_lstm_is_shown_the_mean_of_the_regions():
    decoder, seen, said = made(LSTMDecoder), pictures(), tokens(2, 3)
    torch.testing.assert_close(decoder(seen, said), decoder(seen.mean(dim=1), said))


def test_dropout_is_for_training_only():
    decoder, seen, said = made(TransformerDecoder, dropout=0.5), pictures(), tokens(2, 3)
    assert torch.equal(decoder(seen, said), decoder(seen, said))
    decoder.train()
    assert not torch.equal(decoder(seen, said), decoder(seen, said))


@pytest.mark.parametrize(
    ("seen", "message"),
    [
        (torch.zeros(2, 5, D + 1), "accepted are floats"),
        (torch.zeros(2, 0, D), "accepted are floats"),
        (torch.zeros(2, 5, D, dtype=torch.int64), "accepted are floats"),
        (torch.zeros(D), "accepted are floats"),
        (Memory(torch.zeros(2, 5, D), torch.ones(2, 4, dtype=torch.bool)), "real is torch.bool"),
        (Memory(torch.zeros(2, 5, D), torch.ones(2, 5)), "real is torch.float32"),
    ],
)
def test_pictures_that_do_not_fit_are_named(seen, message):
    with pytest.raises(ValueError, match=message):
        as_memory(seen, D)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (torch.zeros(3, 4, dtype=torch.int64), "multiple of the 2 pictures"),
        (torch.zeros(2, 4), "tokens is torch.float32"),
        (torch.zeros(2, 0, dtype=torch.int64), "t > 0"),
        (torch.full((2, 4), V), "0 to 10"),
        (torch.full((2, 5), 1), "at most 4"),
    ],
)
def test_tokens_that_do_not_fit_are_named(said, message):
    with pytest.raises(ValueError, match=message):
        made(TransformerDecoder, longest=4)(pictures(), said)


def test_a_caption_that_outgrows_the_transformer_is_named():
    decoder = made(TransformerDecoder, longest=1)
    _, state = decoder.step(tokens(2, 1)[:, 0], decoder.start(pictures()))
    with pytest.raises(ValueError, match="grew to 2 tokens"):
        decoder.step(tokens(2, 1)[:, 0], state)


def test_a_state_spreads_and_picks_its_rows_only():
    state = State((torch.arange(2),), (torch.tensor([[1], [2]]),))
    spread = state.spread(2)
    assert spread.rows[0].flatten().tolist() == [1, 1, 2, 2] and spread.pictures[0] is state.pictures[0]
    assert spread.pick(torch.tensor([0, 0, 3, 2])).rows[0].flatten().tolist() == [1, 1, 2, 2]


def test_only_real_words_count_in_the_loss():
    logits, targets = torch.randn(2, 3, V), torch.tensor([[5, 6, PAD], [7, PAD, PAD]])
    by_hand = -sum(logits[r, t].log_softmax(0)[targets[r, t]] for r, t in [(0, 0), (0, 1), (1, 0)]) / 3
    torch.testing.assert_close(word_loss(logits, targets), by_hand)
    logits[0, 2] = torch.nan
    assert word_loss(logits, targets).isfinite()
    assert word_loss(logits, torch.full((2, 3), PAD)) == 0
    with pytest.raises(ValueError, match=r"targets \(rows, t\)"):
        word_loss(logits, targets[:, :2])


@pytest.mark.parametrize("kind", ALL)
def test_scheduled_sampling_mixes_truth_and_draws(kind):
    decoder, seen, said = made(kind), pictures(4), tokens(200, 6)
    said[:, 4:] = PAD
    assert torch.equal(mixed_inputs(decoder, seen, said, truth=1.0), said)
    half = mixed_inputs(decoder, seen, said, truth=0.5, generator=torch.Generator().manual_seed(0))
    assert torch.equal(half[:, 0], said[:, 0]) and (half[:, 4:] == PAD).all()
    # of the 600 others half are true, and of the drawn ones a V-th by chance
    assert (half[:, 1:4] == said[:, 1:4]).double().mean().item() == pytest.approx(0.5 + 0.5 / V, abs=0.08)
    with pytest.raises(ValueError, match="truth is 1.5"):
        mixed_inputs(decoder, seen, said, truth=1.5)


class FiveThenSeven:
    """Says 7 after a 5, and 5 after anything else."""

    def start(self, pictures):
        return State((), (torch.zeros(len(pictures)),))

    def step(self, tokens, state):
        following = torch.where(tokens == 5, 7, 5)
        return nn.functional.one_hot(following, V).double().log(), state


def test_draws_follow_the_words_that_were_drawn_whatever_the_truth_was():
    mixed = mixed_inputs(FiveThenSeven(), pictures(1), torch.tensor([[3, 9, 9, 9, 9]]), truth=0.0)
    assert mixed.tolist() == [[3, 5, 7, 5, 7]]


def test_the_share_of_truth_falls_from_one_to_none():
    shares = [inverse_sigmoid(step, 50.0) for step in (0, 100, 200, 10**6)]
    assert shares[0] == pytest.approx(50 / 51) and shares == sorted(shares, reverse=True) and shares[-1] < 1e-9
    assert inverse_sigmoid(100, 50.0) == pytest.approx(50 / (50 + math.e**2))
    with pytest.raises(ValueError, match="k is 0"):
        inverse_sigmoid(1, 0)


def test_the_penalty_is_the_formula_on_what_is_real():
    weights = torch.softmax(torch.randn(4, 3, 5), dim=-1)
    words = torch.tensor([[True, True, False]] * 4)
    regions = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    by_hand = 0.0
    for row in range(4):
        for i in range(5):
            if regions[row // 2, i]:
                by_hand += (1 - weights[row, :2, i].sum()) ** 2 / 4
    torch.testing.assert_close(attention_penalty(weights, words, regions), by_hand)
    even = torch.full((1, 5, 5), 0.2)
    assert attention_penalty(even, torch.ones(1, 5, dtype=torch.bool), torch.ones(1, 5, dtype=torch.bool)) < 1e-9
