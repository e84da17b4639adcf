"""The attending fusions: each equal to its paper's formula written as loops, and weights that are shared out where they may."""

import pytest
import torch

from mmlearn import fusion

DIMS = [5, 3, 4]
LENGTHS = [[3, 2, 1], [4, 1, 4], [2, 0, 2]]  # of modality m in example i: LENGTHS[m][i]
SEQUENCES = (
    "cross_attention",
    "co_attention",
    "alternating_co_attention",
    "bilinear_attention",
    "recurrent_attention",
    "bottleneck",
)
sequences = pytest.mark.parametrize("name", SEQUENCES)


def module(name, dims=DIMS, out_dim=6, **options):
    torch.manual_seed(1)
    fuse = fusion.make(name, dims, out_dim, **options).double()
    for parameter in fuse.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return fuse


def batch(dims=DIMS, lengths=LENGTHS):
    generator = torch.Generator().manual_seed(0)
    steps = [torch.randn(3, max(n), d, generator=generator).double() for d, n in zip(dims, lengths, strict=True)]
    return steps, [torch.tensor(n) for n in lengths]


def real(lengths=LENGTHS):
    return [torch.arange(max(n)) < torch.tensor(n)[:, None] for n in lengths]


def hidden(fuse, steps, i, lengths=LENGTHS):
    """h_m of example i: only the steps that are real."""
    return [project(x[i, : n[i]]) for project, x, n in zip(fuse.project, steps, lengths, strict=True)]


@sequences
def test_padding_and_other_examples_have_no_say(name):
    fuse, (steps, lengths) = module(name), batch()
    together = fuse(*steps, lengths=lengths)
    spoilt = [torch.where(r[..., None], x, torch.nan) for x, r in zip(steps, real(), strict=True)]
    assert torch.equal(together, fuse(*spoilt, lengths=lengths))
    for i in range(3):
        alone = fuse(*(x[i : i + 1, : n[i]] if n[i] else None for x, n in zip(steps, lengths, strict=True)))
        assert torch.allclose(together[i], alone[0], atol=1e-12)


@sequences
def test_every_parameter_learns_from_sequences(name):
    fuse, (steps, lengths) = module(name), batch()
    fuse(*steps, lengths=lengths).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 1e-9 for p in fuse.parameters())


@sequences
def test_the_order_of_steps_is_not_seen(name):
    fuse, (steps, _) = module(name), batch()
    turned = [x.flip(1) for x in steps]
    assert torch.allclose(fuse(*steps), fuse(*turned), atol=1e-12)


@sequences
def test_one_modality_alone_and_a_single_one(name):
    fuse, (steps, _) = module(name), batch()
    result = fuse(steps[0], None, None)
    assert result.shape == (3, 6) and result.abs().max() > 0.01
    assert not torch.allclose(result, fuse(steps[0] + 1, None, None), atol=1e-3)
    single = module(name, dims=[5])
    assert single(steps[0]).shape == (3, 6)


def test_gates_of_a_scalar_unit_are_one_number_a_modality():
    fuse = module("scalar_gated")
    x, y, z = (s[:, 0] for s in batch()[0])
    mask = torch.tensor([[True, True, True], [True, False, True], [False, False, False]])
    gates = fuse.gates(x, y, z, mask=mask)
    assert gates.shape == (3, 3, 1)
    assert torch.allclose(gates.sum(1)[:, 0], torch.tensor([1.0, 1, 0]).double()) and gates[1, 1] == 0
    first = fuse.gate(torch.cat([x, y, z], 1))[0].softmax(0)
    said = torch.stack([say(v[0]).tanh() for say, v in zip(fuse.say, (x, y, z), strict=True)])
    assert torch.allclose(fuse(x, y, z)[0], first @ said)


def test_attention_over_modalities_is_bahdanaus():
    fuse = module("attention")
    views = [s[:, 0] for s in batch()[0]]
    mask = torch.tensor([[True, True, True], [True, False, True], [False, False, False]])
    weights, fused = fuse.weights(*views, mask=mask), fuse(*views, mask=mask)
    for i in range(2):
        h = torch.stack([p(x[i]) for p, x, there in zip(fuse.project, views, mask[i], strict=True) if there])
        query = fuse.of_query.weight @ h.mean(0)
        scores = torch.stack([fuse.score.weight[0] @ torch.tanh(fuse.of_modality(row) + query) for row in h])
        assert torch.allclose(weights[i, mask[i]], scores.softmax(0))
        assert torch.allclose(fused[i], fuse.out((h.mean(0) + scores.softmax(0) @ h).relu()))
    assert (weights[~mask] == 0).all()


def test_a_linear_classifier_on_the_sum_knows_xor_only_with_a_query():
    """Without one its sign is that of a sum with one term a modality: at most three of the four cases are right, whatever the
    parameters. Drawn at random, some with a query get all four."""
    bits = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]]).double()
    most = {True: 0, False: 0}
    for seed in range(400):
        torch.manual_seed(seed)
        fuse = fusion.make("attention", [1, 1], 3).double()
        for parameter in fuse.parameters():
            torch.nn.init.normal_(parameter, std=3.0)
        for with_query in (True, False):
            fuse.of_query.weight.data *= with_query
            h = torch.stack([project(bits[:, m : m + 1]) for m, project in enumerate(fuse.project)], dim=1)
            summed = (fuse.weights(bits[:, :1], bits[:, 1:])[..., None] * h).sum(1)
            logits = summed @ torch.randn(3, 200).double() + torch.randn(200).double()  # 200 linear classifiers
            right = ((logits > 0) == (bits.sum(1) == 1)[:, None]).sum(0).max()
            most[with_query] = max(most[with_query], int(right))
    assert most == {True: 4, False: 3}


def test_cross_attention_as_loops():
    fuse, (steps, lengths) = module("cross_attention"), batch()
    weights = fuse.weights(*steps, lengths=lengths)
    fused = fuse(*steps, lengths=lengths)
    ends = torch.tensor([0, 3, 4, 2]).cumsum(0)
    for i in range(3):
        h, means = hidden(fuse, steps, i), []
        for m, own in enumerate(h):
            others = torch.cat([x for n, x in enumerate(h) if n != m])
            rows = []
            for t, step in enumerate(own):
                scores = torch.stack([fuse.query(step) @ fuse.key(other) for other in others]) / 6**0.5
                found = scores.softmax(0) @ fuse.value(others)
                rows.append(torch.relu(fuse.own(step) + fuse.found(found)))
                row = weights[i, ends[m] + t]
                looked = torch.cat([row[ends[n] : ends[n] + len(x)] for n, x in enumerate(h) if n != m])
                assert torch.allclose(looked, scores.softmax(0)) and torch.allclose(looked.sum(), row.sum())
            means += [torch.stack(rows).mean(0)] if rows else []
        assert torch.allclose(fused[i], fuse.out(torch.stack(means).mean(0)))


def test_parallel_co_attention_of_two_is_the_papers():
    dims, lengths = DIMS[:2], LENGTHS[:2]
    fuse, (steps, n) = module("co_attention", dims), batch(dims, lengths)
    fused, weights = fuse(*steps, lengths=n), fuse.weights(*steps, lengths=n)
    for i in range(3):
        V, Q = hidden(fuse, steps, i, lengths)
        C = torch.tanh(V @ fuse.affinity[0].weight.T @ Q.T)
        v, q = V @ fuse.own[0].weight.T, Q @ fuse.own[1].weight.T
        a_v = (torch.tanh(v + C @ q) @ fuse.score[0].weight[0]).softmax(0)
        a_q = (torch.tanh(q + C.T @ v) @ fuse.score[1].weight[0]).softmax(0)
        assert torch.allclose(weights[0][i, : len(V)], a_v) and torch.allclose(weights[1][i, : len(Q)], a_q)
        assert torch.allclose(fused[i], torch.tanh(fuse.out(a_v @ V + a_q @ Q)))
        assert weights[0][i, len(V) :].abs().sum() + weights[1][i, len(Q) :].abs().sum() == 0


def attended(look, h, guide):
    """A(H; g) of the paper, for one example."""
    seen = look.own(h) + (look.guide.weight @ guide if look.guide is not None else 0)
    weights = (torch.tanh(seen) @ look.score.weight[0]).softmax(0)
    return weights @ h, weights


def test_alternating_co_attention_of_two_is_the_papers():
    dims, lengths = DIMS[:2], LENGTHS[:2]
    fuse, (steps, n) = module("alternating_co_attention", dims), batch(dims, lengths)
    fused, weights = fuse(*steps, lengths=n), fuse.weights(*steps, lengths=n)
    for i in range(3):
        Q, V = hidden(fuse, steps, i, lengths)
        summary, _ = attended(fuse.first, Q, 0)
        v, a_v = attended(fuse.looks[1], V, summary)
        q, a_q = attended(fuse.looks[0], Q, v)
        assert torch.allclose(weights[1][i, : len(V)], a_v) and torch.allclose(weights[0][i, : len(Q)], a_q)
        assert torch.allclose(fused[i], torch.tanh(fuse.out(q + v)))


def test_bilinear_attention_as_a_double_sum():
    fuse, (steps, lengths) = module("bilinear_attention"), batch()
    fused, weights = fuse(*steps, lengths=lengths), fuse.weights(*steps, lengths=lengths)
    assert torch.allclose(weights.sum((1, 2)), torch.ones(3).double())
    for i in range(3):
        f = [h.relu() for h in hidden(fuse, steps, i)]
        products = [a * b for m, n in ((0, 1), (0, 2), (1, 2)) for a in f[m] for b in f[n]]
        alpha = torch.stack([fuse.score @ product for product in products]).softmax(0)
        assert torch.allclose(fused[i], fuse.out(alpha @ torch.stack(products)))
    f = [fuse.project[0](x).relu() for x in steps[0]]
    only = torch.stack([(x @ fuse.score).softmax(0) @ x for x in f])
    assert torch.allclose(fuse(steps[0], None, None), fuse.out(only))


def test_recurrent_attention_of_two_is_the_papers():
    dims, lengths = DIMS[:2], LENGTHS[:2]
    fuse, (steps, n) = module("recurrent_attention", dims, rounds=3), batch(dims, lengths)
    fused, weights = fuse(*steps, lengths=n), fuse.weights(*steps, lengths=n)
    for i in range(3):
        h = hidden(fuse, steps, i, lengths)
        start = [torch.tanh(s(x.mean(0))) for s, x in zip(fuse.start, h, strict=True)]
        memory = start[0] * start[1]
        for k, glimpses in enumerate(fuse.rounds):
            found = []
            for m, (g, x) in enumerate(zip(glimpses, h, strict=True)):
                a = ((torch.tanh(g.own(x)) * torch.tanh(g.memory(memory))) @ g.score.weight[0]).softmax(0)
                assert torch.allclose(weights[m][i, k, : len(x)], a)
                found.append(torch.tanh(g.found(a @ x)))
            memory = memory + found[0] * found[1]
        assert torch.allclose(fused[i], memory)


def test_bottleneck_tokens_are_the_only_way_from_one_modality_to_another():
    """The first layer's blocks are the modality's own; what another modality holds arrives with the second layer's tokens."""
    (steps, lengths), n = batch(), 2
    fuse = module("bottleneck", out_dim=8, tokens=n, heads=2)
    weights = fuse.weights(*steps, lengths=lengths)
    assert [tuple(w.shape) for w in weights] == [(3, 2, n, 3), (3, 2, n, 4), (3, 2, n, 2)]
    assert all((w.sum(3) < 1).all() for w in weights) and (weights[2][1] == 0).all()
    changed = fuse.weights(steps[0] + 1, *steps[1:], lengths=lengths)
    assert torch.equal(weights[1][:, 0], changed[1][:, 0]) and not torch.allclose(weights[1][:, 1], changed[1][:, 1])
    i, shared = 0, fuse.tokens
    h = hidden(fuse, steps, i)
    for layer in fuse.layers:
        both = [block(torch.cat([shared, x])[None])[0][0] for block, x in zip(layer, h, strict=True)]
        shared, h = torch.stack([b[:n] for b in both]).mean(0), [b[n:] for b in both]
    assert torch.allclose(fuse(*steps, lengths=lengths)[i], fuse.out(fuse.norm(shared.mean(0))))


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
@sequences
def test_half_precision(name, kind):
    fuse, (steps, lengths) = module(name), batch()
    exact = fuse(*steps, lengths=lengths)
    half = fuse.to(kind)(*(x.to(kind) for x in steps), lengths=lengths)
    assert half.dtype == kind and torch.allclose(half.double(), exact, atol=0.15, rtol=0.1)


@sequences
def test_an_empty_batch(name):
    fuse = module(name)
    assert fuse(*(torch.zeros(0, 2, d).double() for d in DIMS)).shape == (0, 6)


def test_bad_options():
    for name, option in (
        ("recurrent_attention", "rounds"),
        ("bottleneck", "tokens"),
        ("bottleneck", "layers"),
        ("bottleneck", "heads"),
    ):
        for value in (0, 1.5):
            with pytest.raises(ValueError, match=f"{option} is {value}; accepted is a positive integer"):
                fusion.make(name, DIMS, 6, **{option: value})
    with pytest.raises(ValueError, match="dim must be a multiple of heads"):
        fusion.make("bottleneck", DIMS, 6, heads=4)
