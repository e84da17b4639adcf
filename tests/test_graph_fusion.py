"""Chapter 13: what its text claims of graphs, and that its exercises speak of the library's own layers."""

import warnings

import pytest
import torch

from benchmarks import graph_fusion
from mmlearn import data, evaluate, fusion, layers
from mmlearn.exercises import quiz
from mmlearn.exercises.engine.registry import find
from mmlearn.fusion.graph import joined

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch_geometric import nn as pyg

BATCH, NODES, WIDTH = 3, 6, 8


def graphs(seed=0):
    generator = torch.Generator().manual_seed(seed)
    edges = torch.rand(BATCH, NODES, NODES, generator=generator) < 0.4
    edges &= ~torch.eye(NODES, dtype=torch.bool)
    return torch.randn(BATCH, NODES, WIDTH, generator=generator), edges


def answer(name, *arguments):
    """What the check of an exercise expects."""
    return find(f"graph_fusion.{name}").reference(*arguments)


def test_the_exercises_are_the_librarys_own_layers():
    nodes, edges = graphs()
    layer = layers.MessagePassing(WIDTH, 4)
    expected = layer.own(nodes) + layer.heard(answer("neighbour_mean", nodes, edges))
    assert torch.allclose(layer(nodes, edges), expected, atol=1e-5)
    both_ways, convolution = edges | edges.transpose(1, 2), layers.GraphConvolution(WIDTH, 4)
    assert torch.allclose(
        convolution(nodes, both_ways), answer("graph_convolution", nodes, both_ways, convolution.project.weight.T), atol=1e-5
    )
    attention = layers.GraphAttention(WIDTH, 4)
    found = answer("attention_weights", attention.project(nodes), edges, attention.said[0], attention.looking[0])
    assert torch.allclose(attention(nodes, edges)[1][:, 0], found, atol=1e-6)


def test_dynamic_attention_is_their_gatv2():
    nodes, edges = graphs()
    theirs = pyg.GATv2Conv(WIDTH, 4)
    weights = answer("dynamic_weights", theirs.lin_r(nodes), theirs.lin_l(nodes), edges, theirs.att[0, 0])
    expected = torch.stack([theirs(x, e.nonzero().flip(1).T) for x, e in zip(nodes, edges, strict=True)])
    assert torch.allclose(weights @ theirs.lin_l(nodes) + theirs.bias, expected, atol=1e-5)


def test_kinds_of_edges_are_their_relational_convolution():
    nodes, first = graphs()
    _, second = graphs(1)
    theirs = pyg.RGCNConv(WIDTH, 4, num_relations=2)
    ours = answer("relational", nodes, torch.stack([first, second & ~first]), theirs.root, theirs.weight) + theirs.bias
    for b in range(BATCH):
        index = [e[b].nonzero().flip(1).T for e in (first, second & ~first)]
        kind = torch.cat([torch.full((i.shape[1],), k) for k, i in enumerate(index)])
        assert torch.allclose(ours[b], theirs(nodes[b], torch.cat(index, 1), kind), atol=1e-5)


def test_plain_attention_ranks_alike_for_everybody_and_the_dynamic_one_does_not():
    nodes, _ = graphs()
    edges = torch.ones(BATCH, NODES, NODES, dtype=torch.bool)
    plain = layers.GraphAttention(WIDTH, WIDTH, 2)(nodes, edges)[1]
    assert (plain.argmax(3) == plain.argmax(3)[:, :, :1]).all()
    u, v, a = torch.randn(BATCH, NODES, WIDTH), nodes, torch.randn(WIDTH)
    favourites = answer("dynamic_weights", 3 * u, 3 * v, edges, a).argmax(2)
    assert not (favourites == favourites[:, :1]).all()


@pytest.mark.parametrize("name", ["graph", "graph_attention"])
@pytest.mark.parametrize("within", ["none", "all"])
def test_without_a_chain_the_words_are_a_bag_whatever_the_weights(name, within):
    torch.manual_seed(0)
    fuse = fusion.make(name, [4, 3], 8, within=within, layers=3)
    regions, words = torch.randn(2, 9, 4), torch.randn(2, 5, 3)
    exchanged = words[:, [3, 1, 2, 0, 4]]
    assert torch.allclose(fuse(regions, words), fuse(regions, exchanged), atol=1e-5)
    chain = fusion.make(name, [4, 3], 8, layers=3)
    assert not torch.allclose(chain(regions, words), chain(regions, exchanged), atol=1e-2)


def test_convolutions_lose_the_differences_and_message_passing_that_is_added_keeps_them():
    torch.manual_seed(0)
    real = torch.ones(4, 10, dtype=torch.bool)
    edges, nodes = joined([real[:, :6], real[:, 6:]]), torch.randn(4, 10, WIDTH)
    mixed, kept = nodes, nodes
    for _ in range(8):
        mixed = layers.GraphConvolution(WIDTH, WIDTH)(mixed, edges).relu()
        kept = torch.nn.functional.layer_norm(kept + layers.MessagePassing(WIDTH, WIDTH)(kept, edges).relu(), (WIDTH,))
    assert answer("spread", mixed, real).max() < 0.05 < 0.2 < answer("spread", kept, real).min()


def stored(table, row, metric):
    return evaluate.Scores.stored("graph_fusion", table).values[row][metric]


def test_what_cannot_work_is_stored_as_exactly_a_half():
    for row in ("means, pooled", "attention, none", "attention, all"):
        assert (stored("scenes", row, "own or swapped") == 0.5).all(), row
    without = {
        missing: stored("scenes", f"attention, chain: {missing} missing", "own or swapped") for missing in ("picture", "caption")
    }
    assert (without["caption"] == 0.5).all() and (abs(without["picture"] - 0.5) < 0.06).all()
    assert stored("scenes", "attention, chain", "own or swapped").mean() > 0.8


def test_one_stored_row_of_the_moments_is_measured_again():
    from benchmarks import graph_fusion_moments

    try:
        live = graph_fusion_moments.accuracy("none", 0)
    except data.DataUnavailable as reason:
        pytest.skip(str(reason))
    assert abs(live - stored("moments", "no edges", "accuracy")[0]) < 0.015


def test_the_benchmark_has_a_row_for_every_kind_of_edge():
    assert {"attention, none", "attention, all", "attention, chain"} <= set(graph_fusion.PARTS["scenes"])


def test_every_choice_of_the_quiz_explains_itself(capsys):
    quiz("graph_fusion")
    said = capsys.readouterr().out
    assert said.count("✓") == 5 and said.count("✗") == 10
