"""What every fusion must do, whatever its formula: on random inputs, vectors and sequences, any number of modalities."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mmlearn import fusion

OUT = 8
SEQUENCES = [name for name in fusion.NAMES if fusion.accepts(name) == "sequences"]
every = pytest.mark.parametrize("name", fusion.NAMES)
some = settings(max_examples=12, deadline=None, derandomize=True)


@st.composite
def batches(draw, least: int = 1):
    """Widths, a batch of rows, which modalities are there, lengths of sequences, and a seed."""
    dims = draw(st.lists(st.integers(1, 6), min_size=least, max_size=4))
    batch = draw(st.integers(1, 5))
    mask = draw(st.lists(st.lists(st.booleans(), min_size=len(dims), max_size=len(dims)), min_size=batch, max_size=batch))
    longest = draw(st.lists(st.integers(1, 4), min_size=len(dims), max_size=len(dims)))
    return dims, torch.tensor(mask), longest, draw(st.integers(0, 99))


def given_to(name: str, dims: list[int], batch: int, longest: list[int], seed: int) -> tuple[list[Tensor], dict]:
    """Inputs for a variant, and its lengths if it takes sequences."""
    torch.manual_seed(seed)
    if fusion.accepts(name) == "vectors":
        return [torch.randn(batch, d) for d in dims], {}
    inputs = [torch.randn(batch, n, d) for n, d in zip(longest, dims, strict=True)]
    return inputs, {"lengths": [torch.randint(1, n + 1, (batch,)) for n in longest]}


def module(name: str, dims: list[int]) -> torch.nn.Module:
    torch.manual_seed(0)
    return fusion.make(name, dims, OUT).eval()


@every
@some
@given(batches())
def test_what_is_missing_has_no_say(name, drawn):
    dims, mask, longest, seed = drawn
    fuse = module(name, dims)
    inputs, more = given_to(name, dims, len(mask), longest, seed)
    spoilt = [torch.where(mask[:, m].reshape(-1, *[1] * (x.ndim - 1)), x, torch.nan) for m, x in enumerate(inputs)]
    result = fuse(*inputs, mask=mask, **more)
    assert torch.equal(result, fuse(*spoilt, mask=mask, **more))
    assert result.isfinite().all() and (result[~mask.any(1)] == 0).all()


@pytest.mark.parametrize("name", SEQUENCES)
@some
@given(batches())
def test_what_lies_beyond_the_end_has_no_say(name, drawn):
    dims, mask, longest, seed = drawn
    fuse = module(name, dims)
    inputs, more = given_to(name, dims, len(mask), longest, seed)
    within = [torch.arange(x.shape[1]) < n[:, None] for x, n in zip(inputs, more["lengths"], strict=True)]
    spoilt = [torch.where(w[..., None], x, torch.nan) for w, x in zip(within, inputs, strict=True)]
    padded = [torch.cat([x, torch.full_like(x[:, :1], torch.inf)], dim=1) for x in spoilt]
    assert torch.allclose(fuse(*inputs, mask=mask, **more), fuse(*padded, mask=mask, **more), atol=1e-5)


@every
@some
@given(batches(), st.randoms(use_true_random=False))
def test_permuting_the_batch_permutes_the_result(name, drawn, random):
    dims, mask, longest, seed = drawn
    fuse = module(name, dims)
    inputs, more = given_to(name, dims, len(mask), longest, seed)
    order = list(range(len(mask)))
    random.shuffle(order)
    moved = {key: [n[order] for n in lengths] for key, lengths in more.items()}
    result = fuse(*(x[order] for x in inputs), mask=mask[order], **moved)
    assert torch.allclose(fuse(*inputs, mask=mask, **more)[order], result, atol=1e-5)


@every
@pytest.mark.parametrize("modalities", [2, 3])
def test_every_parameter_gets_a_gradient_and_moves(name, modalities):
    """In one step. A bias of attention's keys would not: it raises all scores of a query alike. So none of ours has one."""
    dims = [5, 3, 4][:modalities]
    fuse = module(name, dims).train()
    inputs, more = given_to(name, dims, 32, [4, 3, 5][:modalities], 1)
    mask = torch.rand(32, modalities) < 0.8  # stand-ins for what is missing are parameters too
    before = {key: p.detach().clone() for key, p in fuse.named_parameters()}
    optimizer = torch.optim.SGD(fuse.parameters(), lr=1.0)
    (fuse(*inputs, mask=mask, **more) * torch.randn(32, OUT)).sum().backward()
    for key, p in fuse.named_parameters():
        assert p.grad is not None and p.grad.abs().max() > 1e-7, f"{key} gets no gradient"
    optimizer.step()
    still = [key for key, p in fuse.named_parameters() if torch.equal(p, before[key])]
    assert before and not still


@every
def test_every_modality_has_a_say(name):
    inputs, more = given_to(name, [5, 3, 4], 6, [2, 3, 2], 0)
    fuse = module(name, [5, 3, 4])
    for m in range(3):
        changed = [x + 1.0 * (i == m) for i, x in enumerate(inputs)]
        assert not torch.allclose(fuse(*inputs, **more), fuse(*changed, **more), atol=1e-4)


@every
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_work(name, dtype):
    inputs, more = given_to(name, [5, 3], 4, [2, 3], 0)
    fuse = module(name, [5, 3])
    wanted = fuse(*inputs, **more)
    mask = torch.tensor([[True, True], [True, False], [False, True], [False, False]])
    result = fuse.to(dtype)(*(x.to(dtype) for x in inputs), **more)
    assert result.dtype == dtype and torch.allclose(result.float(), wanted, atol=0.15, rtol=0.1)
    masked = fuse(*(x.to(dtype) for x in inputs), mask=mask, **more)
    assert masked.isfinite().all() and (masked[3] == 0).all()


@every
def test_an_empty_batch_gives_an_empty_result(name):
    inputs, more = given_to(name, [5, 3], 0, [2, 3], 0)
    result = module(name, [5, 3])(*inputs, **more)
    assert result.shape == (0, OUT)


@every
def test_bad_inputs_are_named(name):
    fuse, (x, y) = module(name, [5, 3]), given_to(name, [5, 3], 4, [2, 3], 0)[0]
    cases = [
        ((x,), None, "inputs has 1 modalities; this module was made for 2"),
        ((y, x), None, r"inputs\[0\] has shape .*accepted is .*batch, d\), here with batch 4 and d 5"),
        ((x, y[:3]), None, r"inputs\[1\] has shape"),
        ((None, None), None, "no modality at all"),
        ((x, y), torch.ones(4, 2), "mask is torch.float32"),
        ((x, y), torch.ones(4, 3, dtype=torch.bool), r"mask is torch.bool \(4, 3\)"),
        ((x, y), [[True, True]] * 4, "mask is list; accepted is a bool tensor"),
        ((x.long(), y), None, "inputs has torch.int64; accepted are floating-point"),
        ((x.half(), y.half()), None, "inputs has torch.float16 and the module torch.float32"),
    ]
    for views, mask, words in cases:
        with pytest.raises(ValueError, match=words):
            fuse(*views, mask=mask)


@pytest.mark.parametrize("name", SEQUENCES)
def test_bad_lengths_are_named_and_vectors_are_sequences_of_one(name):
    fuse, (x, y) = module(name, [5, 3]), given_to(name, [5, 3], 4, [2, 3], 0)[0]
    for lengths in (torch.tensor([1, 2, 3, 1]), torch.ones(4), torch.tensor([1, 1]), -torch.ones(4).long()):
        with pytest.raises(ValueError, match=r"lengths\[0\] is"):
            fuse(x, y, lengths=[lengths, None])
    with pytest.raises(ValueError, match="lengths has 1 entries; accepted is one a modality, 2"):
        fuse(x, y, lengths=[None])
    assert torch.allclose(fuse(x[:, 0], y), fuse(x[:, :1], y), atol=1e-6)
    lengths = [torch.tensor([2, 1, 2, 1]), torch.tensor([3, 1, 2, 0])]  # of what is not given, a length means nothing
    absent = torch.tensor([[True, False]]).expand(4, 2)
    assert torch.allclose(fuse(x, None, lengths=lengths), fuse(x, y, mask=absent, lengths=lengths), atol=1e-6)
