"""Chapter 12: its quiz, and that its exercises speak of the library's own fusions."""

import torch

from mmlearn import fusion
from mmlearn.exercises import quiz
from mmlearn.exercises.engine.registry import find
from mmlearn.fusion.tensor import contract


def answer(name, *arguments):
    """What the check of an exercise expects."""
    return find(f"tensor_fusion.{name}").reference(*arguments)


def views(dims, batch=6):
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(batch, d, generator=generator) for d in dims]


def with_one(x):
    return torch.nn.functional.pad(x, (0, 1), value=1.0)


def test_the_exercises_are_the_librarys_own_fusions():
    dims, mask = [5, 3, 4], torch.rand(6, 3, generator=torch.Generator().manual_seed(1)) < 0.6
    mask[:, 0] |= ~mask.any(1)  # a row without anything is zero in the library, by another rule
    xs = views(dims)
    full = fusion.make("tensor", dims, 7, projected=None)
    products = answer("all_products", xs, mask)
    assert torch.allclose(full(*xs, mask=mask), products @ full.weight.flatten(0, -2), atol=1e-6)
    few = fusion.make("low_rank", dims, 7, rank=2, projected=None)
    factors = [with_one(f.weight).unflatten(0, (2, 7)).movedim(-1, 0) for f in few.factors]
    for factor, layer in zip(factors, few.factors, strict=True):
        factor[-1] = layer.bias.unflatten(0, (2, 7))
    assert torch.allclose(answer("low_rank", factors, xs), few(*xs), atol=1e-6)
    assert torch.allclose(answer("expanded", factors), few.expanded(), atol=1e-6)
    hashed = fusion.make("compact_bilinear", dims, 7, size=64)
    places = [torch.cat([getattr(hashed, f"places_{m}"), torch.zeros(1, dtype=torch.long)]) for m in range(3)]
    signs = [with_one(getattr(hashed, f"signs_{m}")[None])[0] for m in range(3)]
    sketch = answer("sketch_of_products", [with_one(x) for x in xs], places, signs, 64)
    assert torch.allclose(sketch, hashed.sketch(xs), atol=1e-5)


def test_the_parts_by_order_add_up_to_the_fusion():
    xs = [x.double() for x in views([5, 3, 4])]
    weight = torch.randn(6, 4, 5, 7, dtype=torch.float64)
    assert torch.allclose(answer("by_order", weight, xs).sum(0), contract(weight, [with_one(x) for x in xs]))


def test_only_products_of_three_learn_a_question_of_three():
    """The parity of three bits, from vectors that show them plainly: what section 4 says of orders."""
    torch.manual_seed(0)
    bits = torch.randint(2, (512, 3))
    xs = [(2.0 * bits[:, [m]] - 1) + 0.1 * torch.randn(512, 4) for m in range(3)]
    reached = {}
    for name in ("concat", "bilinear", "tensor", "low_rank"):
        options = {} if name == "concat" else {"projected": 8}
        model = fusion.Classifier(name, width=16, options=options, steps=150, lr=1e-2).fit(xs, bits.sum(1) % 2)
        reached[name] = model.score(xs, bits.sum(1) % 2)
    assert min(reached["tensor"], reached["low_rank"]) > 0.95 and max(reached["concat"], reached["bilinear"]) < 0.75, reached


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("tensor_fusion")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10
