"""Small captioners learn twenty scenes by heart, in two languages."""

import pytest
import torch

from mmlearn import data, train
from mmlearn.generate.caption import (
    AttentionDecoder,
    Captioner,
    CaptionVocabulary,
    LSTMDecoder,
    PictureRegions,
    PictureVector,
    TransformerDecoder,
)


@pytest.mark.parametrize(
    ("kind", "seeing", "dim", "steps"),
    [
        (LSTMDecoder, PictureVector, 128, 240),
        (AttentionDecoder, PictureRegions, 48, 120),
        (TransformerDecoder, PictureRegions, 48, 120),
    ],
)
def test_a_small_model_learns_twenty_scenes_by_heart_in_two_languages(kind, seeing, dim, steps):
    pairs = data.load("scenes", split="train", n=20, seed=0, size=32, objects=1, detail=0.5)
    languages = ["en"] * 10 + ["zh"] * 10
    captions, images = [pairs.caption(i, language) for i, language in enumerate(languages)], pairs.images()
    vocabulary = CaptionVocabulary.of({"en": captions[:10], "zh": captions[10:]})
    tokens = vocabulary.batch(captions, languages)
    torch.manual_seed(0)
    model = Captioner(kind(len(vocabulary), dim, dim), vocabulary, seeing(dim, width=8))
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images, tokens), batch_size=20)
    history = train.fit(
        model, loader, lambda m, batch: m(*batch), steps=steps, optimizer=optimizer, clip=1.0, progress=False, device="cpu"
    )
    assert history.loss[-1] < 0.1 < 3 < history.loss[0]
    for language, rows in (("en", slice(0, 10)), ("zh", slice(10, 20))):
        wanted = [vocabulary.decode(row, language) for row in tokens[rows]]
        for how in ("greedy", "beam"):
            said = model.captions(images[rows], language, how, at_once=7)
            assert sum(a == b for a, b in zip(said, wanted, strict=True)) >= 9, (how, said, wanted)
