"""Every variant gives the shape it promises, and a missing modality has no say in the result or in any gradient."""

import subprocess
import sys

import pytest
import torch

from mmlearn import fusion

DIMS = [5, 3, 4]
MASK = torch.tensor([[True, True, True], [True, False, True], [False, False, True], [False, False, False]])
every = pytest.mark.parametrize("name", fusion.NAMES)


def inputs(seed=0, batch=4):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(batch, d, generator=generator) for d in DIMS]


def module(name, out_dim=6, **options):
    torch.manual_seed(1)
    fuse = fusion.make(name, DIMS, out_dim, **options)
    for parameter in fuse.parameters():  # nothing may hide behind a zero start
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter)
    return fuse


def test_names_cost_no_torch():
    code = "import sys; from mmlearn import fusion; fusion.NAMES; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


@every
def test_shape_and_kind(name):
    assert module(name)(*inputs()).shape == (4, 6)
    assert fusion.accepts(name) in ("vectors", "sequences")


@every
def test_without_a_mask_everything_is_there(name):
    fuse = module(name)
    assert torch.equal(fuse(*inputs()), fuse(*inputs(), mask=torch.ones(4, 3, dtype=torch.bool)))


@every
@pytest.mark.parametrize("junk", [float("nan"), float("inf"), 1e9])
def test_what_is_missing_has_no_say(name, junk):
    fuse = module(name)
    views = inputs()
    spoilt = [torch.where(MASK[:, m, None], x, junk) for m, x in enumerate(views)]
    expected, result = fuse(*views, mask=MASK), fuse(*spoilt, mask=MASK)
    assert torch.equal(expected, result)
    result.square().sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in fuse.parameters())
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in fuse.parameters())


@every
def test_what_is_there_has_a_say(name):
    fuse = module(name)
    views = inputs()
    for m in range(3):
        changed = [x + 5 * (i == m) for i, x in enumerate(views)]
        assert not torch.allclose(fuse(*views), fuse(*changed), atol=0.01)
        assert not torch.allclose(fuse(*views), fuse(*views, mask=torch.arange(3).expand(4, 3) != m), atol=0.01)


@every
def test_a_row_without_anything_is_zero_and_none_is_missing(name):
    fuse = module(name)
    x, y, z = inputs()
    assert torch.equal(fuse(x, y, z, mask=MASK)[3], torch.zeros(6))
    absent = torch.tensor([[True, False, True]]).expand(4, 3)
    assert torch.equal(fuse(x, None, z), fuse(x, y, z, mask=absent))


@pytest.mark.parametrize("name", [name for name in fusion.NAMES if fusion.accepts(name) == "sequences"])
def test_sequences_without_a_step_are_nothing(name):
    fuse = fusion.make(name, [4, 5], 8)
    assert torch.equal(fuse(torch.randn(3, 0, 4), torch.randn(3, 0, 5)), torch.zeros(3, 8))


@every
def test_rows_do_not_touch_each_other(name):
    fuse = module(name)
    views = inputs()
    alone = torch.cat([fuse(*(x[i : i + 1] for x in views), mask=MASK[i : i + 1]) for i in range(4)])
    assert torch.allclose(fuse(*views, mask=MASK), alone, atol=1e-6)


def projections(fuse, views):
    return torch.stack([project(x) for project, x in zip(fuse.project, views, strict=True)])


def test_the_plain_ones_are_what_they_say():
    views = inputs()
    reductions = {
        "sum": lambda h: h.sum(0), "mean": lambda h: h.mean(0), "max": lambda h: h.amax(0),
    }  # fmt: skip
    for name, reduce in reductions.items():
        fuse = module(name)
        assert torch.allclose(fuse(*views), reduce(projections(fuse, views)), atol=1e-6)
        assert torch.allclose(fuse(*views, mask=MASK)[1], reduce(projections(fuse, views)[[0, 2], 1]), atol=1e-6)
    product = module("product")
    assert torch.allclose(product(*views), product.out(projections(product, views).tanh().prod(0)), atol=1e-6)


def test_concat_with_a_linear_layer_is_a_sum_of_projections():
    concat, added = module("concat"), module("sum")
    with torch.no_grad():
        for project, block in zip(added.project, concat.project.weight.split(DIMS, dim=1), strict=True):
            project.weight.copy_(block)
            project.bias.copy_(concat.project.bias / 3)
    assert torch.allclose(concat(*inputs()), added(*inputs()), atol=1e-5)


def test_weights_are_shared_out_among_those_that_are_there():
    fuse = module("weighted", weights=[1, 2, 5])
    h = projections(fuse, inputs())
    result = fuse(*inputs(), mask=MASK)
    assert torch.allclose(result[0], (h[0, 0] + 2 * h[1, 0] + 5 * h[2, 0]) / 8, atol=1e-5)
    assert torch.allclose(result[1], (h[0, 1] + 5 * h[2, 1]) / 6, atol=1e-5)
    assert not fuse.logits.requires_grad and fusion.make("weighted", DIMS, 6).logits.requires_grad
    for weights in ([1, 2], [1, 0, 1], [1, float("nan"), 1]):
        with pytest.raises(ValueError, match="weights is"):
            module("weighted", weights=weights)


def test_two_gates_are_the_paper_s_unit():
    torch.manual_seed(0)
    fuse = fusion.make("gated", [5, 3], 6)
    x, y, _ = inputs()
    first, second = fuse.gate(torch.cat([x, y], 1)).chunk(2, dim=1)
    z = (first - second).sigmoid()
    expected = z * fuse.say[0](x).tanh() + (1 - z) * fuse.say[1](y).tanh()
    assert torch.allclose(fuse(x, y), expected, atol=1e-6)
    gates = module("gated").gates(*inputs(), mask=MASK)
    assert gates.shape == (4, 3, 6)
    assert torch.allclose(gates.sum(1), torch.tensor([1.0, 1, 1, 0])[:, None].expand(4, 6))
    assert (gates[1, 1] == 0).all()


def error_on_xor(name):
    """Train on y = x_1 XOR x_2, which neither modality tells alone."""
    torch.manual_seed(0)
    bits = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    model = torch.nn.Sequential(torch.nn.Linear(16, 1))
    fuse = fusion.make(name, [1, 1], 16)
    optimizer = torch.optim.Adam([*fuse.parameters(), *model.parameters()], lr=0.05)
    for _ in range(200):
        loss = (model(fuse(bits[:, :1], bits[:, 1:])).squeeze(1) - (bits[:, 0] != bits[:, 1]).float()).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


def test_only_fusions_with_interactions_learn_xor():
    for name in ("early", "joint", "max", "product", "gated"):
        assert error_on_xor(name) < 0.01, name
    for name in ("late", "concat", "sum", "weighted", "similarity"):  # the best linear answer is 1/2 everywhere: 0.25
        assert error_on_xor(name) > 0.24, name


@pytest.mark.parametrize("arguments", [([], 4), ([3, 0], 4), ([3, 2.5], 4), ([3], -1)])
def test_bad_widths(arguments):
    with pytest.raises(ValueError, match="positive integers"):
        fusion.make("sum", *arguments)


def test_bad_names_and_options():
    for call in (lambda: fusion.make("magic", DIMS, 4), lambda: fusion.accepts("magic")):
        with pytest.raises(ValueError, match="name is 'magic'; accepted are early, late, "):
            call()
    with pytest.raises(TypeError, match="options has .'weights'., which 'sum' does not take"):
        fusion.make("sum", DIMS, 4, weights=[1, 1, 1])


def test_bad_inputs():
    fuse, (x, y, z) = module("sum"), inputs()
    cases = [
        ((x, y), None, "inputs has 2 modalities; this module was made for 3"),
        ((x, z, y), None, r"inputs\[1\] has shape \(4, 4\); accepted is \(batch, d\), here with batch 4 and d 3"),
        ((x, y[:3], z), None, r"inputs\[1\] has shape \(3, 3\)"),
        ((x, y, z[0]), None, r"inputs\[2\] has shape \(4,\)"),
        ((None, None, None), None, "no modality at all"),
        ((x, y, z), MASK.float(), "mask is torch.float32"),
        ((x, y, z), MASK[:, :2], r"mask is torch.bool \(4, 2\)"),
    ]
    for views, mask, words in cases:
        with pytest.raises(ValueError, match=words):
            fuse(*views, mask=mask)
