"""GANs: losses, networks, conditions, prompts, the ring, the judge's verdicts; and flow matching."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from mmlearn.data.scenes import Facts, Thing, agrees, parse
from mmlearn.generate import flow, gan
from mmlearn.generate.gan import ring, verdict, world
from mmlearn.generate.gan.game import game
from mmlearn.generate.gan.prompted import TextToImage, cloud_game


def logits(n, seed=0):
    return 2 * torch.randn(n, generator=torch.Generator().manual_seed(seed))


def test_losses_are_cross_entropies_and_hinges():
    real, fake, other = (logits(n, n) for n in (5, 6, 7))
    bce = nn.BCEWithLogitsLoss()
    wanted = bce(real, torch.ones(5)) + (bce(fake, torch.zeros(6)) + bce(other, torch.zeros(7))) / 2
    assert torch.allclose(gan.discriminator_loss(real, fake, other, "non-saturating"), wanted)
    assert torch.allclose(gan.generator_loss(fake, "non-saturating"), bce(fake, torch.ones(6)))
    assert torch.allclose(gan.generator_loss(fake, "minimax"), -bce(fake, torch.zeros(6)))
    hinge = torch.relu(1 - real).mean() + torch.relu(1 + fake).mean()
    assert torch.allclose(gan.discriminator_loss(real, fake), hinge)
    assert gan.generator_loss(fake) == -fake.mean()


def test_minimax_is_flat_where_the_discriminator_is_sure():
    slopes = {}
    for kind in ("minimax", "non-saturating"):
        fake = torch.tensor([-12.0], requires_grad=True)
        gan.generator_loss(fake, kind).backward()
        slopes[kind] = abs(float(fake.grad))
    assert slopes["minimax"] < 1e-4 and slopes["non-saturating"] > 0.99


@pytest.mark.parametrize(
    "bad", [lambda: gan.generator_loss(logits(3), "wasserstein"), lambda: gan.discriminator_loss(logits(0), logits(2))]
)
def test_losses_refuse(bad):
    with pytest.raises(ValueError, match="accepted|no logits"):
        bad()


def test_spectral_normalisation_divides_by_the_largest_singular_value():
    torch.manual_seed(0)
    layer = gan.spectral(nn.Linear(20, 30))
    for _ in range(50):
        layer(torch.randn(2, 20))
    assert torch.linalg.svdvals(layer.weight.detach())[0] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("size", [8, 32, 64])
@pytest.mark.parametrize("condition_dim", [0, 5])
def test_networks_fit_each_other(size, condition_dim):
    generator, discriminator = gan.Generator(7, condition_dim, size, 4), gan.Discriminator(condition_dim, size, 4)
    y = torch.randn(3, condition_dim) if condition_dim else None
    pictures = generator(torch.randn(3, 7), y)
    assert pictures.shape == (3, 3, size, size) and pictures.abs().max() <= 1
    assert discriminator(pictures, y).shape == (3,)
    made = gan.as_pictures(pictures)
    assert made.dtype == torch.uint8 and (gan.as_input(made) - pictures).abs().max() < 0.01


def test_the_projection_is_linear_in_the_condition_and_a_second_one_costs_no_second_look():
    torch.manual_seed(0)
    d = gan.Discriminator(5, 16, 4).eval()
    x, a, b = torch.randn(4, 3, 16, 16), torch.randn(4, 5), torch.randn(4, 5)
    zero = d(x, torch.zeros(4, 5))
    assert torch.allclose(d(x, a + b) - zero, d(x, a) + d(x, b) - 2 * zero, atol=1e-5)
    assert all(torch.allclose(s, d(x, y)) for s, y in zip(d(x, a, b), (a, b), strict=True))


@pytest.mark.parametrize("bad", [
    lambda: gan.Generator(size=48), lambda: gan.Generator(size=4), lambda: gan.Generator(7, 5)(torch.randn(2, 7)),
    lambda: gan.Generator(7)(torch.randn(2, 8)), lambda: gan.Discriminator(5)(torch.randn(2, 3, 48, 48), torch.randn(2, 5)),
    lambda: gan.Discriminator(5)(torch.randn(2, 3, 32, 32)), lambda: gan.condition_of(torch.tensor([8]), torch.tensor([0])),
    lambda: gan.truncated_noise(3, 2, 0.0), lambda: gan.coverage(torch.zeros(0, 2)),
])  # fmt: skip
def test_networks_and_conditions_refuse_in_a_sentence(bad):
    with pytest.raises(ValueError, match="accepted"):
        bad()


def test_every_weight_of_both_players_moves():
    torch.manual_seed(0)
    scenes = world.one_thing(n=16)
    batch = [scenes.images(), world.conditions(scenes)]
    generator, discriminator = gan.Generator(8, 16, 32, 4), gan.Discriminator(16, 32, 4)
    d_loss, g_loss = game(8, wrong=gan.mismatched)
    d_loss(generator, discriminator, batch).backward()
    assert all(p.grad is None for p in generator.parameters())
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for n, p in discriminator.named_parameters() if "bias" not in n)
    g_loss(generator, discriminator, batch).backward()
    assert all(p.grad is not None for p in generator.parameters())


def test_mismatched_classes_are_wrong_in_one_thing():
    y, _ = gan.every(4)
    s, c = gan.classes_of(y)
    s2, c2 = gan.classes_of(gan.mismatched(y))
    assert ((s != s2) ^ (c != c2)).all() and (s != s2).any() and (c != c2).any()


def test_the_divergence_is_torchs_own():
    m, v = torch.randn(5, 7), torch.randn(5, 7)
    wanted = torch.distributions.kl_divergence(torch.distributions.Normal(m, (v / 2).exp()), torch.distributions.Normal(0.0, 1.0))
    assert torch.allclose(gan.divergence(m, v), wanted.mean(1), atol=1e-5)


@pytest.mark.parametrize("bound", [0.3, 1.0, 3.0])
def test_truncated_noise_is_a_truncated_normal(bound):
    z = gan.truncated_noise(2000, 5, bound, torch.Generator().manual_seed(0)).flatten().numpy()
    assert np.abs(z).max() <= bound
    assert stats.kstest(z, stats.truncnorm(-bound, bound).cdf).pvalue > 0.01


def test_prompts_are_true_and_their_changes_are_not():
    scenes = world.data.load("scenes", n=40, objects=2, size=32)
    dice = np.random.default_rng(0)
    for facts in scenes.column("facts"):
        said = gan.asked(facts, dice)
        wrong = gan.changed(said, facts, dice)
        assert agrees(said, facts) and not agrees(wrong, facts)
        assert agrees(parse(gan.sentence(said, dice)), facts)
    with pytest.raises(ValueError, match="relation"):
        gan.asked(world.one_thing(n=1).column("facts")[0], dice, "relation")


def test_coverage_counts_modes_and_collapse():
    assert gan.coverage(gan.points_on_ring(2000)).modes == 8
    one = gan.centres()[3] + 0.05 * torch.randn(500, 2)
    assert gan.coverage(one) == (1, pytest.approx(1.0, abs=0.02))
    assert gan.coverage(torch.zeros(50, 2)) == (0, 0.0)


def test_a_generator_in_a_hurry_covers_less():
    hurry, ahead = (ring.play(ring.RECIPES[n], 300)[-1] for n in ("a generator in a hurry", "a discriminator that is ahead"))
    assert hurry.modes <= 2 and ahead.modes >= 5, (hurry, ahead)


def test_verdicts():
    said = Facts((Thing("circle", "red"), Thing("star", "blue")), "left of")
    seen = [Thing("circle", "red", place="left"), Thing("star", "blue", place="right")]
    assert gan.obeys(said, Facts(tuple(seen))) == (True, True, True)
    turned = Facts((seen[0]._replace(place="right"), seen[1]._replace(place="left")))
    assert gan.obeys(said, turned) == (True, True, False)
    assert gan.obeys(said, Facts((*seen, Thing("ring", "grey", place="top")))) == (False, False, False)
    with pytest.raises(ValueError, match="accepted"):
        gan.share_obeyed([said], [])
    with pytest.raises(ValueError, match="one thing"):
        gan.caption_scores(gan.SceneReader(4), torch.zeros(1, 3, 32, 32), [said])


def test_the_shipped_judge_is_nearly_perfect_on_real_pictures():
    from mmlearn.generate import checkpoint
    from mmlearn.generate.recipes import scene_reader

    judge = checkpoint.load(checkpoint.shipped("scene_reader"), scene_reader.build)
    test = world.one_thing("test", 300)
    said = world.facts_of(test)
    assert gan.share_obeyed(said, gan.read(judge, test.images()))["objects"] >= 0.99
    found = gan.caption_scores(judge, test.images(), gan.every(1)[1]).argmax(1)
    shape, colour = gan.classes_of(world.conditions(test))
    assert (found == (8 * shape + colour).numpy()).mean() >= 0.99
    shuffled = verdict.compare(judge, test.images(), said[1:] + said[:1], test.images())
    assert shuffled["obeys"] < 0.2 and shuffled["Fréchet distance"] < 1e-6  # real enough, and no prompt is obeyed


def test_sentences_are_refused_in_a_sentence_and_painted_alike_by_one_seed():
    model = TextToImage(["a", "red", "circle"], noise_dim=4, width=4)
    assert torch.equal(model.paint(["A red circle."] * 2, seed=1), model.paint(["A red circle."] * 2, seed=1))
    for prompt, named in (("A mauve circle.", "mauve"), ("", "no words"), ("..", "no words")):
        with pytest.raises(ValueError, match=named):
            model.paint([prompt])
    vectors = model.sentences.encode(["A red circle."])
    pair = [torch.zeros(2, 3, 32, 32, dtype=torch.uint8), vectors.expand(2, -1), -vectors.expand(2, -1)]
    d_loss, g_loss = cloud_game(4)
    critic = gan.Discriminator(model.sentences.dim, 32, 4)
    assert d_loss(model.painter, critic, pair).isfinite() and g_loss(model.painter, critic, pair)["divergence"] > 0


def test_a_settled_encoder_answers_as_before():
    torch.manual_seed(0)
    encoder = gan.SentenceEncoder(["a", "red", "blue", "circle"])
    tokens = encoder.vocabulary.batch(["a red circle", "a blue circle", "a circle", "red red"])
    before = encoder.answer(encoder(tokens))
    encoder.settle(tokens)
    assert torch.allclose(encoder.answer(encoder(tokens)), before, atol=1e-4)
    assert encoder(tokens).mean(0).abs().max() < 1e-4


def test_flow_follows_the_exact_velocity_to_the_picture():
    """To one fixed picture p the velocity is (p - x) / (1 - t): from wherever one starts, one arrives."""
    target = torch.randn(1, 3, 8, 8)

    class Exact(nn.Module):
        def forward(self, x, t, condition=None):
            return (target - x) / (1 - t)[:, None, None, None]

    arrived = flow.flow(Exact(), torch.randn(4, 3, 8, 8), steps=10)
    assert torch.allclose(arrived, target.expand(4, -1, -1, -1), atol=0.2)
    assert flow.flow_loss(Exact(), target.expand(64, -1, -1, -1)) < 1e-8


def test_velocity_networks_refuse_and_hear_time_and_condition():
    torch.manual_seed(0)
    network = flow.VelocityNetwork(5, 8).eval()
    x, y = torch.randn(2, 3, 16, 16), torch.randn(2, 5)
    v = network(x, torch.tensor([0.1, 0.1]), y)
    assert v.shape == x.shape
    assert not torch.allclose(v, network(x, torch.tensor([0.1, 0.1]), -y)) and not torch.allclose(
        v, network(x, torch.tensor([0.6, 0.6]), y)
    )
    for bad in (
        lambda: network(torch.randn(2, 3, 20, 20), torch.zeros(2), y),
        lambda: network(x, torch.zeros(2)),
        lambda: flow.flow(network, x, y, 0),
    ):
        with pytest.raises(ValueError, match="accepted"):
            bad()
