"""Attention and recurrent cells: equal to torch's own, and deaf to padding."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from mmlearn import layers


def tensors(*shapes, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=generator) for shape in shapes]


@pytest.mark.parametrize("kind", ["none", "keys", "causal", "random"])
@pytest.mark.parametrize("shape", [(2, 3, 5, 7, 8, 6), (1, 1, 1, 1, 4, 4), (2, 4, 17, 17, 16, 16)])
def test_attention_is_torchs(shape, kind):
    b, heads, q, k, d, v = shape
    query, key, value = tensors((b, heads, q, d), (b, heads, k, d), (b, heads, k, v))
    mask = {
        "none": None,
        "keys": layers.real_steps(torch.tensor([k] + [max(1, k - 2)] * (b - 1)), k)[:, None, None],
        "causal": torch.ones(q, k, dtype=torch.bool).tril(),
        "random": (torch.rand(b, heads, q, k, generator=torch.Generator().manual_seed(1)) < 0.5)
        | torch.eye(q, k, dtype=torch.bool)
        | (torch.arange(k) == 0),
    }[kind]
    got, weights = layers.attention(query, key, value, mask)
    expected = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(weights.sum(-1), torch.ones(b, heads, q))


def test_a_query_that_may_look_nowhere_gets_zeros_and_no_nan():
    query, key, value = (x.requires_grad_() for x in tensors((2, 4), (3, 4), (3, 5)))
    mask = torch.tensor([[False, False, False], [True, False, True]])
    got, weights = layers.attention(query, key, value, mask)
    assert got[0].eq(0).all() and weights[0].eq(0).all()
    got.sum().backward()
    assert query.grad.isfinite().all()


def test_attention_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="equally wide"):
        layers.attention(torch.ones(2, 3), torch.ones(4, 5), torch.ones(4, 5))
    with pytest.raises(ValueError, match="accepted is bool"):
        layers.attention(torch.ones(2, 3), torch.ones(4, 3), torch.ones(4, 5), torch.ones(2, 4))
    with pytest.raises(ValueError, match="multiple of heads"):
        layers.MultiHeadAttention(10, heads=4)


@pytest.mark.parametrize("memory_dim", [None, 6])
def test_several_heads_are_torchs(memory_dim):
    ours, theirs = (
        layers.MultiHeadAttention(8, 2, memory_dim),
        nn.MultiheadAttention(8, 2, batch_first=True, kdim=memory_dim, vdim=memory_dim),
    )
    with torch.no_grad():
        parts = (
            theirs.in_proj_weight.chunk(3)
            if memory_dim is None
            else (theirs.q_proj_weight, theirs.k_proj_weight, theirs.v_proj_weight)
        )
        for ours_part, weight in zip((ours.query, ours.key, ours.value), parts, strict=True):
            ours_part.weight.copy_(weight)
            ours_part.bias.zero_()
        ours.out.load_state_dict(theirs.out_proj.state_dict())
    x, memory = tensors((3, 4, 8), (3, 5, memory_dim or 8))
    real = layers.real_steps(torch.tensor([5, 2, 1]), 5)
    got, weights = ours(x, memory, mask=real)
    expected, seen = theirs(x, memory, memory, key_padding_mask=~real, average_attn_weights=False)
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(weights, seen, rtol=1e-5, atol=1e-5)


def test_a_mask_that_could_mean_two_things_is_refused():
    x = torch.randn(3, 3, 8)
    with pytest.raises(ValueError, match="could mean"):
        layers.MultiHeadAttention(8)(x, mask=torch.ones(3, 3, dtype=torch.bool))


def test_a_block_does_not_see_padding_nor_the_future():
    block = layers.TransformerBlock(8, 2).eval()
    (x,) = tensors((2, 5, 8))
    real = layers.real_steps(torch.tensor([5, 3]), 5)
    whole, _ = block(x, real)
    alone, _ = block(x[1:, :3])
    torch.testing.assert_close(whole[1:, :3], alone)
    changed = x.clone()
    changed[:, 3:] += 5
    mask = layers.causal_mask(5)
    torch.testing.assert_close(block(changed, mask)[0][:, :3], block(x, mask)[0][:, :3])


@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("cell, theirs", [("lstm", nn.LSTM), ("rnn", nn.RNN)])
def test_recurrent_is_torchs_packed(cell, theirs, both_ways):
    ours, theirs = layers.Recurrent(3, 4, cell, both_ways), theirs(3, 4, batch_first=True, bidirectional=both_ways)
    with torch.no_grad():
        for one, suffix in zip(ours.cells, ("", "_reverse"), strict=False):
            one.from_input.weight.copy_(getattr(theirs, f"weight_ih_l0{suffix}"))
            one.from_state.weight.copy_(getattr(theirs, f"weight_hh_l0{suffix}"))
            one.from_input.bias.copy_(getattr(theirs, f"bias_ih_l0{suffix}") + getattr(theirs, f"bias_hh_l0{suffix}"))
    (x,) = tensors((4, 6, 3))
    lengths = torch.tensor([6, 1, 4, 2])
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    steps, state = theirs(packed)
    expected, _ = nn.utils.rnn.pad_packed_sequence(steps, batch_first=True)
    h = state[0] if isinstance(state, tuple) else state
    got, last = ours(x, lengths)
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(last, torch.cat(list(h), dim=-1), rtol=1e-5, atol=1e-5)
    x[1, 1:] = torch.nan  # padding may hold anything
    torch.testing.assert_close(ours(x, lengths)[1], last)


def test_an_empty_sequence_keeps_the_state_it_began_with():
    steps, last = layers.Recurrent(3, 4)(torch.randn(2, 5, 3), torch.tensor([0, 5]))
    assert last[0].eq(0).all() and steps[0].eq(0).all()


def test_cells_refuse_an_unknown_name():
    with pytest.raises(ValueError, match="accepted are rnn, lstm"):
        layers.Recurrent(3, 4, "gru")


def test_summaries_of_real_steps():
    x = torch.arange(12.0).reshape(2, 3, 2)
    x[0, 1:] = torch.nan
    real = layers.real_steps(torch.tensor([1, 3]))
    torch.testing.assert_close(layers.mean_of_steps(x, real), torch.tensor([[0.0, 1.0], [8.0, 9.0]]))
    torch.testing.assert_close(layers.last_step(x, real), torch.tensor([[0.0, 1.0], [10.0, 11.0]]))
    none = layers.real_steps(torch.tensor([0, 0]), 3)
    assert layers.mean_of_steps(x, none).eq(0).all() and layers.last_step(x, none).eq(0).all()
    with pytest.raises(ValueError, match="0 to 3"):
        layers.real_steps(torch.tensor([4]), 3)
