"""Fewer weights, fewer bits, shared weights: what is left is what was said, and computes what it should."""

import pytest
import torch
from torch import nn

from mmlearn import compress, fusion


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(20, 16), nn.ReLU(), nn.Linear(16, 5))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0])
def test_the_smallest_weights_go(model, share):
    import torch.nn.utils.prune as theirs

    pruned = compress.prune(model, share)
    weights, ours = [model[0].weight, model[2].weight], [pruned[0].weight, pruned[2].weight]
    left = sum(int(w.count_nonzero()) for w in ours)
    assert left == 400 - round(share * 400)
    gone = torch.cat([w[(o == 0)].abs() for w, o in zip(weights, ours, strict=True)])
    stays = torch.cat([o[o != 0].abs() for o in ours])
    assert not len(gone) or not len(stays) or gone.max() <= stays.min()
    assert torch.equal(pruned[0].bias, model[0].bias) and compress.count(model, nonzero=True) == 421
    layers = [(model[0], "weight"), (model[2], "weight")]
    theirs.global_unstructured(layers, pruning_method=theirs.L1Unstructured, amount=round(share * 400))
    assert torch.equal(model[0].weight, ours[0]) and torch.equal(model[2].weight, ours[1])


def test_equal_weights_are_counted_exactly():
    keep = compress.magnitude_masks([torch.ones(3, 3), torch.ones(3)], 0.5)
    assert sum(int(k.sum()) for k in keep) == 6 and keep[0].shape == (3, 3)


def test_units_that_say_nothing_go_first(model):
    with torch.no_grad():
        model[2].weight[:, [1, 4, 7, 9]] = 0
    a, b = compress.prune_units(model[0], model[2], 0.25)
    x = torch.randn(7, 20)
    assert a.weight.shape == (12, 20) and b.weight.shape == (5, 12)
    assert torch.allclose(b(a(x).relu()), model(x), atol=1e-6)
    without = compress.prune_units(nn.Linear(4, 6, bias=False), nn.Linear(6, 2, bias=False), 0.5)
    assert without[0].bias is None and without[1].bias is None and without[0].out_features == 3


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_a_weight_is_off_by_half_a_step_at_most(bits):
    weight = torch.randn(9, 30, generator=torch.Generator().manual_seed(0))
    weight[3] = 0
    q, scale = compress.quantise(weight, bits)
    assert q.dtype == torch.int8 and q.abs().max() == 2 ** (bits - 1) - 1 and scale.shape == (9, 1)
    assert ((scale * q - weight).abs() <= scale / 2 + 1e-7).all() and (q[3] == 0).all()


def test_eight_bits_are_those_of_torch(model):
    weight = model[0].weight.detach()
    q, scale = compress.quantise(weight)
    theirs = torch.fake_quantize_per_channel_affine(weight, scale[:, 0], torch.zeros(16).int(), 0, -127, 127)
    assert torch.allclose(scale * q, theirs, atol=1e-7)


def test_fewer_bits_are_further_away(model):
    x = torch.randn(50, 20)
    off = [(compress.rounded(model, bits)(x) - model(x)).abs().mean().item() for bits in (8, 5, 3, 2)]
    assert off == sorted(off) and off[0] < 0.01 < off[-1]


def test_real_whole_numbers_take_a_quarter_and_decide_alike():
    torch.manual_seed(0)
    large = nn.Sequential(nn.Linear(400, 300), nn.ReLU(), nn.Linear(300, 10))
    small, x = compress.to_int8(large), torch.randn(100, 400)
    assert compress.kilobytes(small) < 0.3 * compress.kilobytes(large)
    assert (small(x) - large(x)).abs().max() < 0.05 and (small(x).argmax(1) == large(x).argmax(1)).float().mean() > 0.9
    assert isinstance(large[0], nn.Linear)  # the model itself stays


def test_shared_layers_are_one():
    torch.manual_seed(0)
    fuse = fusion.make("sum", [6, 6, 3], 4)
    before = compress.count(fuse)
    compress.tie(fuse, "project.0", "project.1")
    assert fuse.project[0] is fuse.project[1] and compress.count(fuse) == before - 28
    x, z = torch.randn(2, 6), torch.randn(2, 3)
    assert torch.allclose(fuse(x, x, z), 2 * fuse.project[0](x) + fuse.project[2](z), atol=1e-6)


def test_bad_input(model):
    fuse = fusion.make("sum", [6, 6, 3], 4)
    cases = [
        (lambda: compress.prune(model, 1.2), "share is 1.2"),
        (lambda: compress.magnitude_masks([], 0.5), "0 tensors"),
        (lambda: compress.prune_units(model[0], nn.Linear(3, 2), 0.5), "first gives 16 numbers and second takes 3"),
        (lambda: compress.prune_units(model[0], model[2], 0.99), "leaves at least one"),
        (lambda: compress.quantise(torch.ones(2, 2), 9), "bits is 9; accepted are 2 to 8"),
        (lambda: compress.quantise(torch.full((2, 2), torch.nan)), "not finite"),
        (lambda: compress.tie(fuse, "project.0"), "two or more places"),
        (lambda: compress.tie(fuse, "project.0", "project.9"), "names has 'project.9'; this model has 'project'"),
        (lambda: compress.tie(fuse, "project.0", "project.2"), "they must be alike"),
    ]
    for call, words in cases:
        with pytest.raises(ValueError, match=words):
            call()
