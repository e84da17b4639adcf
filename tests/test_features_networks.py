"""The networks are those of the papers: equal to other implementations, indifferent to padding and to company."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from mmlearn.features import bert, pictures, sentences, weights
from mmlearn.features.efficientnet import DIM, EfficientNetLite0, SameConv

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "red", "blue", "dog", "cat", "and"]


def small_bert(folder, **settings):
    """A random BERT of two layers in `folder`, as transformers saves one, with a tokenizer of ten words."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    sizes = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(WORDS), max_position_embeddings=12, initializer_range=0.5, **sizes, **settings)
    model = BertModel(config).eval()
    model.save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    return model


@pytest.fixture
def folder(tmp_path):
    small_bert(tmp_path)
    return tmp_path


def test_same_padding_puts_the_odd_row_below_and_to_the_right():
    conv = SameConv(1, 1, 3, stride=2)
    nn.init.ones_(conv.weight)
    found = conv(torch.ones(1, 1, 4, 4))[0, 0]
    assert found.tolist() == [[9, 6], [6, 4]]


@pytest.mark.parametrize("size, kernel, stride", [(7, 3, 1), (7, 3, 2), (8, 5, 2), (9, 5, 1), (1, 5, 2)])
def test_same_padding_keeps_ceil_of_size_over_stride(size, kernel, stride):
    found = SameConv(2, 3, kernel, stride)(torch.zeros(1, 2, size, size))
    assert found.shape == (1, 3, -(-size // stride), -(-size // stride))


def test_efficientnet_has_the_published_size_and_maps():
    network = EfficientNetLite0().eval()
    assert sum(p.numel() for p in network.parameters()) == 4_652_008
    with torch.inference_mode():
        shapes = [tuple(m.shape[1:]) for m in network.maps(torch.zeros(1, 3, 64, 96))]
    assert shapes == [
        (16, 32, 48),
        (24, 16, 24),
        (40, 8, 12),
        (80, 4, 6),
        (112, 4, 6),
        (192, 2, 3),
        (320, 2, 3),
        (DIM, 2, 3),
    ]


def test_folding_batch_norm_changes_nothing_but_the_time():
    torch.manual_seed(0)
    network = EfficientNetLite0(classes=5)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.2, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 2)
    x = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        before = network.eval()(x)
        after = weights.fold_batch_norm(network)(x)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in network.modules())
    assert before.std() > 0
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-4 * before.abs().max().item())


def test_bert_equals_transformers(tmp_path):
    theirs, ours = small_bert(tmp_path), bert.load(tmp_path)
    ids = torch.tensor([[2, 4, 5, 7, 3], [2, 8, 3, 0, 0]])
    mask = ids > 0
    with torch.inference_mode():
        expected = theirs(ids, attention_mask=mask).last_hidden_state
        found = ours(ids, mask)
    torch.testing.assert_close(found[mask], expected[mask], rtol=1e-5, atol=1e-5)


def test_bert_reads_the_names_of_old_files(folder):
    from safetensors.torch import load_file, save_file

    expected = bert.load(folder).state_dict()
    stored = load_file(folder / "model.safetensors")
    old = {"bert." + n.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): v
           for n, v in stored.items()}  # fmt: skip
    save_file(old, folder / "model.safetensors")
    assert all(torch.equal(v, expected[n]) for n, v in bert.load(folder).state_dict().items())


def test_bert_of_another_kind_is_refused(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "gpt2"}))
    with pytest.raises(ValueError, match="'gpt2'.*accepted is 'bert'"):
        bert.load(folder)


def test_a_text_has_the_same_vector_alone_and_in_company(folder):
    encoder = sentences.SentenceEncoder(folder, "small")
    texts = ["a dog", "a red dog and a blue cat and a red cat", "cat"]
    with torch.inference_mode():
        together, alone = encoder(texts), torch.cat([encoder([text]) for text in texts])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)
    torch.testing.assert_close(together.norm(dim=1), torch.ones(3))
    assert (together[0] - together[2]).abs().max() > 1e-2


def test_a_text_longer_than_the_model_is_cut(folder):
    encoder = sentences.SentenceEncoder(folder, "small")  # 12 positions: 10 words and two marks
    with torch.inference_mode():
        long, cut, other = encoder(["dog " * 30, "dog " * 10, "dog " * 9])
    torch.testing.assert_close(long, cut)
    assert (long - other).abs().max() > 1e-4


@pytest.mark.parametrize(
    "texts, error, said",
    [
        (["a dog", " "], ValueError, "text 1 is empty"),
        (["a dog", 3], TypeError, "text 1 is int"),
        ("a dog", TypeError, "texts is one text"),
    ],
)
def test_bad_texts_are_named(texts, error, said):
    with pytest.raises(error, match=said):
        sentences.check_texts(texts)


def test_a_picture_is_fitted_whole_and_undistorted():
    image = torch.zeros(3, 40, 20, dtype=torch.uint8)
    image[:, :20] = 200
    found = pictures.square(image, 10)
    assert found.shape == (3, 10, 10) and found.dtype == torch.uint8
    assert (found[:, :, :2] == 255).all() and (found[:, :, 8:] == 255).all()  # 5 columns wide, white beside it
    assert (found[:, :4, 2:7] == 200).all() and (found[:, 6:, 2:7] == 0).all()
    assert (pictures.square(np.full((3, 1, 999), 7, np.uint8), 16)[:, 7] == 7).all()  # thinner than a pixel still shows


def test_enlarging_and_the_own_size_keep_the_picture():
    image = torch.randint(0, 256, (3, 16, 16), dtype=torch.uint8)
    assert torch.equal(pictures.square(image, 16), image)
    assert pictures.square(image[:, :8, :8], 16).shape == (3, 16, 16)


@pytest.mark.parametrize(
    "image, error, said",
    [
        (torch.zeros(3, 4, 4), TypeError, "picture 1 is torch.float32"),
        (np.zeros((4, 4, 3), np.uint8), ValueError, r"picture 1 has shape \(4, 4, 3\)"),
        (torch.zeros(3, 0, 4, dtype=torch.uint8), ValueError, r"picture 1 has shape \(3, 0, 4\)"),
        ("dog.png", TypeError, "picture 1 is str"),
    ],
)
def test_bad_pictures_are_named(image, error, said):
    with pytest.raises(error, match=said):
        pictures.check_pictures([torch.zeros(3, 2, 2, dtype=torch.uint8), image])


def test_the_digest_changes_with_any_weight():
    network = nn.Linear(3, 2)
    before = weights.digest(network)
    assert weights.digest(network) == before
    with torch.no_grad():
        network.bias[1] += 1e-6
    assert weights.digest(network) != before
