"""Fusion by graphs: the edges that were asked for, and only real nodes count."""

import pytest
import torch

from mmlearn import fusion
from mmlearn.fusion.graph import joined

REAL = [torch.tensor([[True, True, True]]), torch.tensor([[True, False]])]


def test_edges_are_those_asked_for():
    across = {(i, j) for i in (0, 1, 2) for j in (3,)}
    inside = {"chain": {(0, 1), (1, 2)}, "all": {(0, 1), (1, 2), (0, 2)}, "none": set()}
    for within, some in inside.items():
        edges = joined(REAL, within)[0]
        found = {tuple(pair) for pair in edges.nonzero().tolist()}
        wanted = across | some
        assert found == wanted | {(j, i) for i, j in wanted}


@pytest.mark.parametrize("name", ["graph", "graph_attention"])
def test_weights_say_who_counted(name):
    torch.manual_seed(0)
    fuse = fusion.make(name, [4, 3], 8)
    inputs, lengths = [torch.randn(2, 3, 4), torch.randn(2, 2, 3)], [torch.tensor([3, 1]), torch.tensor([2, 1])]
    weights = fuse.weights(*inputs, lengths=lengths)
    assert len(weights) == 2 and weights[0].shape == (2, 5, 5)
    real = torch.tensor([[1, 1, 1, 1, 1], [1, 0, 0, 1, 0]]).bool()
    for each in weights:
        assert torch.allclose(each.sum(2)[real], torch.ones(7), atol=1e-6)
        assert (each[1][:, [1, 2, 4]][real[1]] == 0).all()


def test_a_word_far_away_is_reached_in_as_many_layers():
    torch.manual_seed(0)
    words = torch.randn(1, 6, 4)
    changed = words.clone()
    changed[:, 5] += 10
    for layers, reached in ((1, 4), (2, 3)):
        fuse = fusion.make("graph", [4], 32, layers=layers)
        states = []
        for x in (words, changed):
            nodes = fuse.project[0](x)
            for layer, norm in zip(fuse.layers, fuse.norms, strict=True):
                nodes = norm(nodes + layer(nodes, joined([torch.ones(1, 6, dtype=torch.bool)])).relu())
            states.append(nodes)
        moved = (states[0] - states[1]).abs().amax(2)[0] > 1e-6
        assert moved.nonzero().min() == reached


def test_bad_options():
    for option, words in (
        ({"within": "ring"}, "within is 'ring'; accepted are 'chain', 'all', 'none'"),
        ({"layers": 0}, "layers is 0"),
    ):
        with pytest.raises(ValueError, match=words):
            fusion.make("graph", [4, 3], 8, **option)
    with pytest.raises(ValueError, match="outs must be a multiple of heads"):
        fusion.make("graph_attention", [4, 3], 8, heads=3)
