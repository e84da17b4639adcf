"""The two recognisers: no padding leaks, they learn, and what varies in training is what should not matter."""

import pytest
import torch

from mmlearn import train
from mmlearn.features import audio

BOTH = pytest.mark.parametrize("network", [audio.SpeechCNN, audio.SpeechLSTM])


def spectra(seed=0, n=4, bands=12, frames=30):
    return 20 * torch.randn(n, bands, frames, generator=torch.Generator().manual_seed(seed)) - 40


def made(network, **options):
    torch.manual_seed(0)
    return network(bands=12, classes=3, **options).eval()


@BOTH
def test_a_batch_gives_each_utterance_what_it_gives_alone(network):
    model, x, lengths = made(network), spectra(), torch.tensor([30, 17, 2, 1])
    features, logits = model.features(x, lengths), model(x, lengths)
    assert features.shape == (4, model.dim) and logits.shape == (4, 3)
    for i, length in enumerate(lengths):
        torch.testing.assert_close(features[i], model.features(x[i : i + 1, :, :length])[0], rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(logits[i], model(x[i : i + 1, :, :length])[0], rtol=1e-5, atol=1e-5)


@BOTH
def test_what_lies_in_the_padding_changes_nothing(network):
    model, x, lengths = made(network), spectra(), torch.tensor([30, 17, 2, 1])
    other = x.clone()
    for i, length in enumerate(lengths):
        other[i, :, length:] = float("nan")
    assert torch.equal(model(x, lengths), model(other, lengths))


@BOTH
def test_louder_is_the_same_and_so_are_pauses_around_it(network):
    model, x = made(network), spectra()
    torch.testing.assert_close(model(x), model(x + 20), rtol=1e-3, atol=1e-4)
    pause = torch.full((4, 12, 7), -100.0)
    torch.testing.assert_close(model(x), model(torch.cat([pause, x, pause], dim=-1)), rtol=1e-4, atol=1e-5)


@BOTH
def test_silence_has_an_answer(network):
    assert made(network)(torch.full((2, 12, 5), -100.0)).isfinite().all()


@BOTH
def test_order_matters(network):
    """Unlike a mean over frames."""
    model, x = made(network), spectra()
    assert (model(x) - model(x.flip(-1))).abs().max() > 1e-3


@BOTH
def test_it_learns_words_that_differ_in_order_alone(network):
    """A tone that rises against the same tone falling."""
    x = torch.full((64, 12, 20), -80.0)
    labels = torch.arange(64) % 2
    for i in range(64):
        place = torch.arange(20) * 12 // 20
        x[i, place if labels[i] else place.flip(0), torch.arange(20)] = -20
    x = x + 3 * torch.randn(x.shape, generator=torch.Generator().manual_seed(1))
    part = torch.utils.data.TensorDataset(x, torch.full((64,), 20), labels)
    model = made(network)
    loader = torch.utils.data.DataLoader(part, batch_size=32, shuffle=True)
    train.fit(model, loader, audio.recognition_loss, steps=40, lr=5e-3, progress=False, device="cpu")
    assert (model(x, torch.full((64,), 20)).argmax(1) == labels).float().mean() > 0.95


@BOTH
@pytest.mark.parametrize(
    ("log_mel", "lengths", "said"),
    [
        (torch.zeros(12, 30), None, r"log_mel has shape \(12, 30\); accepted is \(b, bands, t\)"),
        (torch.zeros(2, 12, 0), None, "with at least one frame"),
        (torch.zeros(2, 12, 30), [30], "lengths is .30.; accepted is one number of frames from 1 to 30 each"),
        (torch.zeros(2, 12, 30), [30, 0], "lengths is .30, 0."),
        (torch.zeros(2, 12, 30), [31, 3], "lengths is .31, 3."),
    ],
)
def test_a_wrong_argument_gets_one_sentence(network, log_mel, lengths, said):
    with pytest.raises(ValueError, match=said):
        made(network)(log_mel, lengths)


def test_normalised_bands_have_mean_zero_and_the_whole_variance_one():
    x, lengths = spectra(), torch.tensor([30, 17, 2, 1])
    found = audio.normalise(x, lengths)
    for one, length in zip(found, lengths.tolist(), strict=True):
        assert one[:, :length].mean(1).abs().max() < 1e-5 and (one[:, length:] == 0).all()
        assert length == 1 or one[:, :length].square().mean() == pytest.approx(1, rel=1e-4)


def test_another_microphone_is_taken_out():
    x, microphone = spectra() / 5, torch.linspace(-8, 8, 12)[:, None]
    torch.testing.assert_close(audio.normalise(x + microphone), audio.normalise(x), rtol=1e-4, atol=1e-4)


def test_what_is_far_below_the_loudest_moment_counts_as_equally_quiet():
    x = torch.zeros(2, 3, 8)
    x[0, 1, 4:], x[1, 1, 4:] = -60, -95
    assert torch.equal(audio.normalise(x[:1]), audio.normalise(x[1:]))


def test_trimming_keeps_what_lies_between_loud_frames():
    x = torch.full((3, 2, 10), -90.0)
    x[0, 0, 3], x[0, 1, 6] = -10.0, -44.0  # 34 dB below still counts
    x[1, 0, 9], x[1, 0, 2] = -10.0, -46.0  # 36 dB below does not
    found, lengths = audio.trim(x, torch.tensor([10, 10, 4]))
    assert lengths.tolist() == [4, 1, 4]
    assert (found[0, 0, 0], found[0, 1, 3], found[1, 0, 0]) == (-10, -44, -10)
    x[2, 0, 7] = 0  # behind its end
    assert torch.equal(audio.trim(x, torch.tensor([10, 10, 4]))[1], lengths)


def test_variations_stay_in_their_frames_and_differ_from_time_to_time():
    x, lengths = spectra(n=32), torch.randint(5, 31, (32,), generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    first, new = audio.augment(x, lengths)
    second, _ = audio.augment(x, lengths)
    assert first.shape == x.shape and first.isfinite().all() and not torch.equal(first, second)
    assert (new >= 1).all() and (new <= 30).all() and ((new / lengths - 1).abs() < 0.15 + 0.6 / lengths).all()
    torch.manual_seed(0)
    assert torch.equal(first, audio.augment(x, lengths)[0])


def test_stretching_by_nothing_changes_nothing_and_by_two_skips():
    from mmlearn.features.audio.variation import stretched

    x, one = spectra(), torch.ones(4)
    torch.testing.assert_close(stretched(x, one, one), x, rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(stretched(x, 2 * one, one)[..., :15], x[..., ::2], rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(stretched(x, one, 2 * one)[:, :6], x[:, ::2], rtol=1e-4, atol=1e-3)


def test_utterances_vary_in_training_only():
    model, batch = made(audio.SpeechCNN, dropout=0.0), (spectra(), torch.full((4,), 30), torch.tensor([0, 1, 2, 0]))
    assert audio.recognition_loss(model, batch) == audio.recognition_loss(model, batch)
    model.train()
    assert audio.recognition_loss(model, batch) != audio.recognition_loss(model, batch)


def test_importing_audio_loads_no_torch():
    import subprocess
    import sys

    code = (
        "import sys; from mmlearn.features import audio; print([m for m in ('torch', 'scipy', 'soundfile') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_every_name_it_lists_is_there():
    assert all(getattr(audio, name) is not None for name in audio.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'spectrogramme'"):
        _ = audio.spectrogramme
