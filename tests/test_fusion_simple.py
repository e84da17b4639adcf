"""The simple fusions are the formulas of their docstrings, written out as loops; and half precision, one modality, nobody."""

import pytest
import torch

from benchmarks.plain_fusion_simple import PLAIN
from mmlearn import fusion

DIMS = [5, 3, 4]
MASK = torch.tensor([[True, True, True], [True, False, True], [False, False, True], [False, False, False]])
SIMPLE = ("early", "late", "concat", "joint", "sum", "mean", "max", "product", "weighted", "similarity")


def views(batch=4, seed=0, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(batch, d, generator=generator).to(dtype) for d in DIMS]


def module(name, dims=DIMS, **options):
    torch.manual_seed(1)
    fuse = fusion.make(name, dims, 6, **options)
    for parameter in fuse.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return fuse


def by_rows(one):
    """Every row by itself, from the list of (m, x_m) that are there."""
    rows = [[(m, x[i]) for m, x in enumerate(views()) if MASK[i, m]] for i in range(len(MASK))]
    return torch.stack([one(row) if row else torch.zeros(6) for row in rows])


def test_concat_and_early_are_a_layer_and_a_network_on_everything():
    def projected(fuse):
        blocks = fuse.project.weight.split(DIMS, dim=1)

        def one(row):
            return sum(blocks[m] @ x for m, x in row) + fuse.project.bias

        return one

    concat, early = module("concat"), module("early")
    assert torch.allclose(concat(*views(), mask=MASK), by_rows(projected(concat)), atol=1e-5)
    assert torch.allclose(early(*views(), mask=MASK), by_rows(lambda row: early.out(projected(early)(row).relu())), atol=1e-5)


def test_late_is_the_mean_of_the_votes():
    fuse = module("late")
    expected = by_rows(lambda row: torch.stack([fuse.decide[m](x) for m, x in row]).mean(0))
    assert torch.allclose(fuse(*views(), mask=MASK), expected, atol=1e-5)


def test_a_linear_layer_on_late_fusion_is_late_fusion():
    fuse, head = module("late"), torch.nn.Linear(6, 2)
    each = torch.stack([head(decision) for decision in fuse.decisions(views()).unbind(1)])
    assert torch.allclose(head(fuse(*views())), each.mean(0), atol=1e-5)


def test_joint_adds_before_its_nonlinearity():
    fuse = module("joint")
    expected = by_rows(lambda row: (sum(fuse.project[m].weight @ x for m, x in row) + fuse.bias).relu())
    assert torch.allclose(fuse(*views(), mask=MASK), expected, atol=1e-5)


def test_product_leaves_out_what_is_missing():
    fuse = module("product")
    expected = by_rows(lambda row: fuse.out(torch.stack([fuse.project[m](x).tanh() for m, x in row]).prod(0)))
    assert torch.allclose(fuse(*views(), mask=MASK), expected, atol=1e-5)


def test_similarity_weighs_by_agreement():
    fuse = module("similarity")

    def weighted(row):
        h = torch.stack([fuse.project[m](x) for m, x in row])
        cosines = torch.nn.functional.cosine_similarity(h[:, None], h[None], dim=2).fill_diagonal_(0)
        return (cosines.sum(1) / max(len(h) - 1, 1)).softmax(0) @ h

    assert torch.allclose(fuse(*views(), mask=MASK), by_rows(weighted), atol=1e-5)
    weights = fuse.weights(*views(), mask=MASK)
    assert torch.allclose(weights.sum(1), torch.tensor([1.0, 1, 1, 0])) and (weights[~MASK] == 0).all()
    assert torch.allclose(weights[1, [0, 2]], torch.tensor([0.5, 0.5]))  # two agree with each other equally
    assert weights[2, 2] == 1


def test_who_disagrees_counts_less():
    fuse = fusion.make("similarity", [2, 2, 2], 2)
    with torch.no_grad():
        for project in fuse.project:
            project.weight.copy_(torch.eye(2))
            project.bias.zero_()
    right, wrong = torch.tensor([[1.0, 0.1]]), torch.tensor([[-1.0, 0.0]])
    weights = fuse.weights(right, right + 0.1, wrong)[0]
    assert weights[2] < 0.2 < 0.4 < weights[0]


@pytest.mark.parametrize("name", SIMPLE)
def test_equal_to_the_plain_one_where_nothing_is_missing(name):
    ours, plain = module(name), PLAIN[name](DIMS, 6)
    stored = ours.state_dict()
    if name == "early":
        stored = {k.replace("project", "network.0").replace("out", "network.2"): v for k, v in stored.items()}
    plain.load_state_dict({k.replace("decide", "networks"): v for k, v in stored.items()})
    assert torch.allclose(ours(*views()), plain(*views()), atol=1e-5)


@pytest.mark.parametrize("name", SIMPLE)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(name, dtype):
    fuse = module(name).to(dtype)
    rough = fuse(*views(dtype=dtype), mask=MASK)
    rough.square().sum().backward()
    assert rough.dtype == dtype and all(p.grad.isfinite().all() for p in fuse.parameters())
    exact = fuse.float()(*views(), mask=MASK)
    assert torch.allclose(rough.float(), exact, rtol=0.05, atol=0.15)


@pytest.mark.parametrize("name", SIMPLE)
def test_one_modality_and_nobody(name):
    fuse = module(name, [5])
    assert fuse(views()[0]).shape == (4, 6)
    assert module(name)(*(x[:0] for x in views())).shape == (0, 6)


@pytest.mark.parametrize("name", SIMPLE)
def test_features_of_zeros_do_not_break_anything(name):
    fuse = fusion.make(name, DIMS, 6)
    for parameter in fuse.parameters():
        if parameter.ndim == 1 and name != "weighted":
            torch.nn.init.zeros_(parameter)
    fuse(*(torch.zeros(2, d) for d in DIMS)).sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in fuse.parameters())
