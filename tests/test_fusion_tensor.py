"""Tensor fusion: each variant is its paper's formula written as loops, costs what it says, and leaves the rest to the others."""

import itertools
import math

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from mmlearn import fusion
from mmlearn.fusion import compact_bilinear, tensor

DIMS = [5, 3, 4]


def views(dims=DIMS, batch=6, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(batch, d, generator=generator, dtype=dtype) for d in dims]


def made(name, dims=DIMS, out_dim=7, **options):
    torch.manual_seed(1)
    fuse = fusion.make(name, dims, out_dim, **options).double()
    for parameter in fuse.parameters():
        torch.nn.init.normal_(parameter)
    return fuse


def with_one(x):
    return torch.cat([x, torch.ones_like(x[:, :1])], dim=1)


def by_loops(weight, vectors):
    """Σ over every set of indices of the product of the numbers there and the weight, (batch, out)."""
    total = torch.zeros(len(vectors[0]), weight.shape[-1], dtype=torch.float64)
    for at in itertools.product(*(range(s) for s in weight.shape[:-1])):
        factor = math.prod(vector[:, i] for vector, i in zip(vectors, at, strict=True))
        total += factor[:, None] * weight[at]
    return total


@pytest.mark.parametrize("dims", [[5], [5, 3], DIMS, [2, 3, 2, 3]])
def test_tensor_fusion_is_its_formula(dims):
    for projected in (None, 2):
        fuse, xs = made("tensor", dims, projected=projected), views(dims)
        h = xs if projected is None else [p(x).tanh() for p, x in zip(fuse.project, xs, strict=True)]
        assert torch.allclose(fuse(*xs), by_loops(fuse.weight, [with_one(x) for x in h]), atol=1e-10)


@pytest.mark.parametrize("dims", [[5], [5, 3], DIMS, [2, 3, 2, 3]])
def test_low_rank_is_the_full_tensor_it_stands_for(dims):
    for rank in (1, 4):
        fuse, xs = made("low_rank", dims, rank=rank, projected=None), views(dims)
        weight = fuse.expanded()
        assert weight.shape == (*(d + 1 for d in dims), 7)
        assert torch.allclose(fuse(*xs), by_loops(weight, [with_one(x) for x in xs]), atol=1e-9)


def test_low_rank_equals_the_full_tensor_in_single_precision():
    torch.manual_seed(0)
    fuse, xs = fusion.make("low_rank", [20, 12, 9], 16, rank=5, projected=None), views([20, 12, 9], 64, dtype=torch.float32)
    full = fusion.make("tensor", [20, 12, 9], 16, projected=None)
    with torch.no_grad():
        full.weight.copy_(fuse.expanded())
    assert (fuse(*xs) - full(*xs)).abs().max() < 1e-5
    masked = {"mask": torch.rand(64, 3) < 0.6}
    assert (fuse(*xs, **masked) - full(*xs, **masked)).abs().max() < 1e-5


def test_bilinear_is_its_formula():
    for projected in (None, 2):
        fuse, xs = made("bilinear", projected=projected), views()
        h = xs if projected is None else [p(x).tanh() for p, x in zip(fuse.project, xs, strict=True)]
        own, *blocks = fuse.out.weight.split([sum(fuse.widths), *(h[a].shape[1] * h[b].shape[1] for a, b in fuse.pairs)], dim=1)
        expected = fuse.out.bias + torch.cat(h, 1) @ own.T
        for (a, b), block in zip(fuse.pairs, blocks, strict=True):
            for k, W in enumerate(block.unflatten(1, (h[a].shape[1], -1))):
                expected[:, k] += torch.stack([x @ W @ y for x, y in zip(h[a], h[b], strict=True)])
        assert torch.allclose(fuse(*xs), expected, atol=1e-10)
        assert fuse.pairs == [(0, 1), (0, 2), (1, 2)]


def test_what_a_missing_modality_leaves():
    """Tensor and low-rank: the fusion of the others; bilinear: their terms; of one alone its linear term."""
    absent = torch.tensor([[True, False, True]]).expand(6, 3)
    xs = views()
    for name in ("tensor", "low_rank"):
        fuse = made(name, projected=None)
        rest = (fuse.weight if name == "tensor" else fuse.expanded())[:, -1]
        expected = by_loops(rest, [with_one(xs[0]), with_one(xs[2])])
        assert torch.allclose(fuse(*xs, mask=absent), expected, atol=1e-9)
    fuse = made("bilinear", projected=None)
    assert torch.allclose(fuse(xs[0], None, None), xs[0] @ fuse.out.weight[:, :5].T + fuse.out.bias)
    fuse = made("compact_bilinear", size=64)
    others = compact_bilinear.CompactBilinear([5, 4], 7, size=64).double()
    for m, old in enumerate((0, 2)):
        getattr(others, f"places_{m}").copy_(getattr(fuse, f"places_{old}"))
        getattr(others, f"signs_{m}").copy_(getattr(fuse, f"signs_{old}"))
    others.out.load_state_dict(fuse.out.state_dict())
    assert torch.allclose(fuse(*xs, mask=absent), others(xs[0], xs[2]), atol=1e-9)


def flops(work):
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def parameters(fuse):
    return sum(p.numel() for p in fuse.parameters())


@pytest.mark.parametrize(("rank", "dims"), [(1, [6]), (4, [20, 12]), (3, [20, 12, 9])])
def test_low_rank_costs_what_its_formula_says(rank, dims):
    fuse, xs = fusion.make("low_rank", dims, 16, rank=rank, projected=None), views(dims, 8, dtype=torch.float32)
    assert parameters(fuse) == rank * 16 * sum(d + 1 for d in dims)
    assert flops(lambda: fuse(*xs)) == 8 * 2 * rank * 16 * sum(dims)
    fuse = fusion.make("low_rank", dims, 16, rank=rank, projected=5)
    assert parameters(fuse) == rank * 16 * 6 * len(dims) + 5 * sum(d + 1 for d in dims)


@pytest.mark.parametrize("dims", [[6], [20, 12], [20, 12, 9], [3, 4, 5, 6]])
def test_tensor_fusion_costs_what_its_formula_says(dims):
    fuse, xs = fusion.make("tensor", dims, 16, projected=None), views(dims, 8, dtype=torch.float32)
    sizes = [d + 1 for d in dims]
    assert parameters(fuse) == 16 * math.prod(sizes)
    k = tensor.cut(sizes, 16)
    rest = 2 * 8 * 16 * math.prod(sizes[k:]) if k < len(sizes) else 0
    assert flops(lambda: fuse(*xs)) == 2 * 8 * 16 * math.prod(sizes) + rest


def test_the_whole_outer_product_is_never_made():
    """Of three modalities of 32 numbers it would be 33³ a row; the largest tensor on the way is a seventh of that."""
    assert [tensor.cut([33] * n, 128) for n in (1, 2, 3, 4)] == [1, 2, 2, 3]
    assert tensor.cut([33, 33, 33], 8) == 2 and tensor.cut([1000, 5, 5], 4) == 1

    class Largest(torch.utils._python_dispatch.TorchDispatchMode):
        numbers = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            result = func(*args, **(kwargs or {}))
            if isinstance(result, torch.Tensor):
                self.numbers = max(self.numbers, result.numel())
            return result

    weight, vectors = torch.randn(33, 33, 33, 128), views([33] * 3, 256, dtype=torch.float32)
    with Largest() as seen:
        tensor.contract(weight, vectors)
    assert seen.numbers <= max(weight.numel(), 256 * 33**3 // 7)


def test_low_rank_starts_at_variance_one():
    for dims, rank in (([100], 1), ([100, 50], 4), ([100, 50, 20, 30], 8)):
        torch.manual_seed(0)
        made = [fusion.make("low_rank", dims, 500, rank=rank, projected=None) for _ in range(3)]
        outputs = [fuse(*views(dims, 200, dtype=torch.float32)) for fuse in made]
        assert 0.6 < torch.stack(outputs).var().item() < 1.6


def explicit(fuse, xs):
    """The count sketch of the outer product, made number by number."""
    places = [torch.cat([getattr(fuse, f"places_{m}"), torch.zeros(1, dtype=torch.long)]) for m in range(len(xs))]
    signs = [torch.cat([getattr(fuse, f"signs_{m}").double(), torch.ones(1)]) for m in range(len(xs))]
    result = torch.zeros(len(xs[0]), fuse.size, dtype=torch.float64)
    for at in itertools.product(*(range(x.shape[1] + 1) for x in xs)):
        sign = math.prod(s[i] for s, i in zip(signs, at, strict=True))
        product = math.prod(with_one(x)[:, i] for x, i in zip(xs, at, strict=True))
        result[:, sum(int(p[i]) for p, i in zip(places, at, strict=True)) % fuse.size] += sign * product
    return result


@pytest.mark.parametrize("dims", [[5], [5, 3], DIMS])
@pytest.mark.parametrize("size", [1, 16, 31])
def test_the_convolution_of_sketches_is_the_sketch_of_the_outer_product(dims, size):
    fuse, xs = fusion.make("compact_bilinear", dims, 7, size=size), views(dims)
    assert torch.allclose(fuse.sketch(xs), explicit(fuse, xs), atol=1e-9)


def test_inner_products_of_sketches_are_right_on_average_and_better_with_size():
    xs, ys = views([12, 9], 1, seed=1), views([12, 9], 1, seed=2)
    true = math.prod(float((with_one(x) * with_one(y)).sum()) for x, y in zip(xs, ys, strict=True))
    spread = {}
    for size in (64, 1024):
        found = []
        for seed in range(600):
            fuse = fusion.make("compact_bilinear", [12, 9], 2, size=size, seed=seed)
            found.append(float((fuse.sketch(xs) * fuse.sketch(ys)).sum()))
        found = torch.tensor(found)
        spread[size] = found.std().item()
        assert abs(found.mean().item() - true) < 4 * spread[size] / 600**0.5
    assert 2.5 < spread[64] / spread[1024] < 6.5  # 1 / √size: four times


def test_the_tables_are_made_from_the_seed_saved_and_not_trained():
    first, same, other = (fusion.make("compact_bilinear", DIMS, 7, seed=s) for s in (0, 0, 1))
    assert torch.equal(first.places_0, same.places_0) and not torch.equal(first.places_0, other.places_0)
    assert {"places_0", "signs_2"} <= set(first.state_dict()) and [n for n, _ in first.named_parameters()] == [
        "out.weight", "out.bias"]  # fmt: skip
    other.load_state_dict(first.state_dict())
    xs = views(dtype=torch.float32)
    assert torch.equal(other(*xs), first(*xs))


def test_the_signed_root_has_signs_size_one_and_finite_gradients():
    v = torch.tensor([[4.0, -1.0, 0.0, 0.25], [0.0, 0.0, 0.0, 0.0]], dtype=torch.float64, requires_grad=True)
    root = compact_bilinear.signed_root(v)
    assert torch.allclose(root[0] / root[0, 0], torch.tensor([1, -0.5, 0, 0.25], dtype=torch.float64), atol=2e-3)
    assert math.isclose(root[0].square().mean().item(), 1) and (root[1] == 0).all()
    root.sum().backward()
    assert v.grad.isfinite().all()


@pytest.mark.parametrize("name", ["tensor", "low_rank", "bilinear", "compact_bilinear"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(name, dtype):
    torch.manual_seed(0)
    fuse, xs = fusion.make(name, [64, 32, 16], 8), views([64, 32, 16], dtype=torch.float32)
    half = fusion.make(name, [64, 32, 16], 8)
    half.load_state_dict(fuse.state_dict())
    result = half.to(dtype)(*(x.to(dtype) for x in xs))
    assert result.dtype == dtype and torch.allclose(result.float(), fuse(*xs), atol=0.05)


@pytest.mark.parametrize(("name", "options", "words"), [
    ("tensor", {"projected": 0}, "projected is 0; accepted is a positive integer, or None"),
    ("bilinear", {"projected": 2.5}, "projected is 2.5"),
    ("low_rank", {"rank": 0}, "rank is 0; accepted is a positive integer"),
    ("compact_bilinear", {"size": -1}, "size is -1; accepted is a positive integer"),
])  # fmt: skip
def test_bad_options(name, options, words):
    with pytest.raises(ValueError, match=words):
        fusion.make(name, DIMS, 4, **options)
