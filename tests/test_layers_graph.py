"""Layers on graphs are PyTorch Geometric's, batched; nodes without edges are left alone."""

import warnings

import pytest
import torch

from mmlearn import layers

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch_geometric import nn as pyg

BATCH, NODES, INS, OUTS = 3, 6, 5, 8


@pytest.fixture
def graphs():
    """Nodes, and directed edges at random; the last node of the first graph has none."""
    generator = torch.Generator().manual_seed(0)
    edges = torch.rand(BATCH, NODES, NODES, generator=generator) < 0.4
    edges &= ~torch.eye(NODES, dtype=torch.bool)
    edges[0, -1], edges[0, :, -1] = False, False
    return torch.randn(BATCH, NODES, INS, generator=generator), edges


def one_by_one(theirs, nodes, edges):
    """Their layer on each graph; an edge of theirs is (from, to), ours stands in row `to`."""
    return torch.stack([theirs(x, e.nonzero().flip(1).T) for x, e in zip(nodes, edges, strict=True)])


def test_graph_convolution_is_theirs(graphs):
    nodes, edges = graphs
    edges = edges | edges.transpose(1, 2)  # theirs counts the degrees of the edges that arrive; ours those as well
    ours, theirs = layers.GraphConvolution(INS, OUTS), pyg.GCNConv(INS, OUTS)
    with torch.no_grad():
        theirs.lin.weight.copy_(ours.project.weight)
        ours.bias.normal_()
        theirs.bias.copy_(ours.bias)
    assert torch.allclose(ours(nodes, edges), one_by_one(theirs, nodes, edges), atol=1e-5)


def test_message_passing_is_their_graph_sage(graphs):
    nodes, edges = graphs
    ours, theirs = layers.MessagePassing(INS, OUTS), pyg.SAGEConv(INS, OUTS)
    with torch.no_grad():
        theirs.lin_r.weight.copy_(ours.own.weight)
        theirs.lin_l.bias.copy_(ours.own.bias)
        theirs.lin_l.weight.copy_(ours.heard.weight)
    assert torch.allclose(ours(nodes, edges), one_by_one(theirs, nodes, edges), atol=1e-5)


@pytest.mark.parametrize("heads", [1, 4])
def test_graph_attention_is_theirs(graphs, heads):
    nodes, edges = graphs
    ours, theirs = layers.GraphAttention(INS, OUTS, heads), pyg.GATConv(INS, OUTS // heads, heads)
    with torch.no_grad():
        theirs.lin.weight.copy_(ours.project.weight)
        theirs.att_src.copy_(ours.said[None])
        theirs.att_dst.copy_(ours.looking[None])
        ours.bias.normal_()
        theirs.bias.copy_(ours.bias)
    result, weights = ours(nodes, edges)
    assert torch.allclose(result, one_by_one(theirs, nodes, edges), atol=1e-5)
    assert weights.shape == (BATCH, heads, NODES, NODES) and torch.allclose(weights.sum(3), torch.ones(BATCH, heads, NODES))
    assert (weights[0, :, -1] == torch.eye(NODES)[-1]).all()  # nobody else to look at


def test_weights_on_edges_count():
    nodes = torch.randn(1, 3, INS)
    edges = torch.tensor([[[0, 3.0, 1], [0, 0, 0], [0, 0, 0]]])
    layer = layers.MessagePassing(INS, OUTS)
    heard = layer.heard((3 * nodes[:, 1] + nodes[:, 2]) / 4)
    assert torch.allclose(layer(nodes, edges)[:, 0], layer.own(nodes[:, 0]) + heard, atol=1e-6)
    assert torch.allclose(layer(nodes, edges)[:, 1:], layer.own(nodes[:, 1:]), atol=1e-6)


def test_where_all_are_joined_convolution_makes_all_the_same():
    nodes, edges = torch.randn(2, 4, INS), ~torch.eye(4, dtype=torch.bool).expand(2, 4, 4)
    same = layers.GraphConvolution(INS, OUTS)(nodes, edges)
    assert torch.allclose(same, same[:, :1].expand_as(same), atol=1e-6)
    apart = layers.MessagePassing(INS, OUTS)(nodes, edges)
    assert not torch.allclose(apart, apart[:, :1].expand_as(apart), atol=0.1)


def test_bad_input(graphs):
    nodes, edges = graphs
    for layer in (layers.GraphConvolution(INS, OUTS), layers.MessagePassing(INS, OUTS), layers.GraphAttention(INS, OUTS)):
        with pytest.raises(ValueError, match=r"nodes has shape \(3, 6, 5\), edges \(3, 6, 5\)"):
            layer(nodes, edges[..., :5])
        with pytest.raises(ValueError, match=r"nodes has shape \(6, 5\)"):
            layer(nodes[0], edges)
    with pytest.raises(ValueError, match="edges is torch.float32; graph attention"):
        layers.GraphAttention(INS, OUTS)(nodes, edges.float())
    with pytest.raises(ValueError, match="outs must be a multiple of heads"):
        layers.GraphAttention(INS, OUTS, 3)
