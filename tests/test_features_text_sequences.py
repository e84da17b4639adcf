"""Sentence encoders: padding never leaks, odd texts have vectors, losses and masks are what they say."""

import json

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from mmlearn.features import encode, pretrained, text
from mmlearn.features.gpt2 import Gpt2Encoder

WORDS = "a red circle left of blue square and small star"
V = text.Vocabulary.of([WORDS])
TEXTS = ["a red circle left of a blue square", "", "star", "  ", "zzz", "😀", "图里 سلام", "a small " * 40]


def strong(model):
    """Weights so large that whatever leaks shows."""
    torch.manual_seed(0)
    for name, parameter in model.named_parameters():
        if parameter.ndim > 1:
            nn.init.normal_(parameter, std=0.5)
        elif "norm" not in name.lower() and "ln_" not in name:
            nn.init.normal_(parameter, std=0.2)
    return model.eval()


def bert():
    return strong(text.small_bert(V, dim=16, layers=2, heads=2, longest=12))


def gpt():
    return strong(text.small_gpt(V, dim=16, layers=2, heads=2, longest=12))


def encoders():
    yield "lstm", strong(text.SentenceLSTM(V, 8, 16))
    for name, make in (("bert", bert), ("gpt", gpt)):
        for how in text.POOLS:
            for layer in (-1, 0, 1):
                yield f"{name} {how} {layer}", text.ContextEncoder(make(), V, how, layer)


@pytest.mark.parametrize("encoder", [pytest.param(e, id=name) for name, e in encoders()])
def test_a_text_has_the_same_vector_alone_and_in_company(encoder):
    together = encoder.transform(TEXTS)
    alone = np.concatenate([encoder.transform([one]) for one in TEXTS])
    assert together.shape == (len(TEXTS), 16) and together.dtype == np.float32 and np.isfinite(together).all()
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-5)
    many = encoder.transform(TEXTS * 40)  # more than are read at once
    np.testing.assert_allclose(many[-len(TEXTS) :], together, rtol=0, atol=1e-5)


def test_what_has_no_words_is_zeros_or_its_marks_alone():
    lstm = strong(text.SentenceLSTM(V, 8, 16))
    assert not lstm.transform(["", " ", "😀"]).any()
    for model in (bert(), gpt()):
        X = text.ContextEncoder(model, V).transform(["", " ", "😀", "zzz"])
        assert np.allclose(X[0], X[1]) and np.allclose(X[0], X[2]) and not np.allclose(X[0], X[3], atol=1e-2)


def test_a_text_longer_than_the_model_is_cut_and_keeps_its_end():
    encoder = text.ContextEncoder(bert(), V)
    assert encoder.tokens("a " * 50) == ["<start>", *["a"] * 10, "<end>"]
    np.testing.assert_allclose(encoder.transform(["a " * 50]), encoder.transform(["a " * 10]), atol=1e-6)


@pytest.mark.parametrize("make", [lambda: text.SentenceLSTM(V, 8, 8), lambda: text.ContextEncoder(bert(), V)])
@pytest.mark.parametrize(
    "texts, error, said",
    [
        ("a dog", TypeError, "texts is one text"),
        (None, TypeError, "texts is NoneType"),
        ([], ValueError, "texts is empty"),
        (["a", 3], TypeError, "text 1 is int"),
    ],
)
def test_bad_texts_are_named(make, texts, error, said):
    with pytest.raises(error, match=said):
        make().transform(texts)


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: text.ContextEncoder(bert(), V, "max"), "pool is 'max'; accepted are 'cls', 'mean', 'last'"),
        (lambda: text.ContextEncoder(bert(), V, layer=3), "layer is 3; accepted are 0 .* to 2"),
        (lambda: text.pool(torch.ones(1, 2, 3), torch.ones(1, 2, dtype=torch.bool), "max"), "how is 'max'"),
        (lambda: text.mask_words(torch.ones(1, 2).long(), torch.ones(1, 2).bool(), V, share=0), "share is 0"),
        (lambda: text.continuation(gpt(), V, temperature=-1), "temperature is -1"),
    ],
)
def test_what_is_not_accepted_is_named(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_pooling_by_hand():
    states = torch.arange(12.0).view(2, 3, 2)
    states[0, 1:] = torch.nan  # padding may hold anything
    real = torch.tensor([[True, False, False], [True, True, True]])
    assert text.pool(states, real, "cls").tolist() == [[0, 1], [6, 7]]
    assert text.pool(states, real, "mean").tolist() == [[0, 1], [8, 9]]
    assert text.pool(states, real, "last").tolist() == [[0, 1], [10, 11]]


def test_the_lstm_is_torchs_packed_one():
    ours, theirs = strong(text.SentenceLSTM(V, 8, 16)), nn.LSTM(8, 16, batch_first=True)
    cell = ours.reader.cells[0]
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(cell.from_input.weight)
        theirs.weight_hh_l0.copy_(cell.from_state.weight)
        theirs.bias_ih_l0.copy_(cell.from_input.bias)
        theirs.bias_hh_l0.zero_()
    ids, lengths = V.batch(["a red circle", "star", WORDS])
    packed = nn.utils.rnn.pack_padded_sequence(ours.embedding(ids), lengths, batch_first=True, enforce_sorted=False)
    torch.testing.assert_close(ours(ids, lengths), theirs(packed)[1][0][0], rtol=1e-5, atol=1e-6)


def test_the_lstms_loss_asks_for_each_following_word_once():
    lstm = strong(text.SentenceLSTM(V, 8, 16))
    ids, lengths = V.batch(["a red circle", "star"], marks=True)
    asked = []
    for row, length in zip(ids, lengths, strict=True):
        for t in range(1, int(length)):
            guess = lstm.next_word(lstm(row[None, :t], torch.tensor([t])))
            asked.append(functional.cross_entropy(guess, row[None, t]).item())
    assert len(asked) == 6 and lstm.next_word_loss(ids, lengths).item() == pytest.approx(np.mean(asked), rel=1e-5)


def test_gpt_sees_nothing_that_comes_later_and_its_loss_is_the_mean_over_tokens():
    model = gpt()
    ids, lengths = V.batch(["a red circle", "star"], marks=True)
    changed = ids.clone()
    changed[0, 3:] = V.index["blue"]
    real = torch.ones_like(ids)
    before, after = (model(input_ids=x, attention_mask=real).logits for x in (ids, changed))
    torch.testing.assert_close(before[0, :3], after[0, :3])
    asked = []
    for row, length in zip(ids, lengths, strict=True):
        for t in range(1, int(length)):
            asked.append(functional.cross_entropy(model(input_ids=row[None, :t]).logits[:, -1], row[None, t]).item())
    assert text.next_word_loss(model, ids, lengths).item() == pytest.approx(np.mean(asked), rel=1e-5)


def test_bert_sees_both_sides():
    encoder = text.ContextEncoder(bert(), V)
    (one, _), (other, _) = encoder.states(["a red circle"]), encoder.states(["a red star"])
    assert (one[0, 1] - other[0, 1]).abs().max() > 1e-3


def test_words_are_hidden_in_the_shares_that_are_stated():
    ids = torch.randint(5, len(V), (400, 50), generator=torch.Generator().manual_seed(1))
    ids[:, 0], ids[:, -1] = text.START, text.END
    real = torch.ones_like(ids, dtype=torch.bool)
    real[:, 40:] = False
    inputs, targets = text.mask_words(ids, real, V, 0.15, torch.Generator().manual_seed(0))
    asked = targets != -100
    assert not asked[:, 0].any() and not asked[:, 40:].any()
    assert torch.equal(targets[asked], ids[asked]) and torch.equal(inputs[~asked], ids[~asked])
    assert abs(asked[:, 1:40].float().mean().item() - 0.15) < 0.01
    hidden = inputs[asked]
    masked, same = (hidden == text.MASK).float().mean().item(), (hidden == ids[asked]).float().mean().item()
    assert abs(masked - 0.8) < 0.03 and abs(same - (0.1 + 0.1 / (len(V) - 5))) < 0.03 and (hidden >= text.MASK).all()
    again, _ = text.mask_words(ids, real, V, 0.15, torch.Generator().manual_seed(0))
    assert torch.equal(inputs, again)


def test_the_masked_loss_counts_hidden_words_only():
    model = bert()
    ids, lengths = V.batch(["a red circle", "star", ""], marks=True)
    real = torch.arange(ids.shape[1]) < lengths[:, None]
    inputs, targets = text.mask_words(ids, real, V, 0.9, torch.Generator().manual_seed(0))
    logits = model(input_ids=inputs, attention_mask=real.long()).logits
    expected = functional.cross_entropy(logits[targets != -100], targets[targets != -100])
    torch.testing.assert_close(text.masked_loss(model, ids, lengths, V, 0.9, torch.Generator().manual_seed(0)), expected)
    nothing, lengths = V.batch(["", ""], marks=True)
    assert text.masked_loss(model, nothing, lengths, V).item() == 0  # and not 0 / 0
    alone, lengths = V.batch(["star", "red"])
    assert text.next_word_loss(gpt(), alone, lengths).item() == 0
    assert text.SentenceLSTM(V, 8, 16).next_word_loss(alone, lengths).item() == 0


def test_both_models_learn_a_corpus_of_one_sentence_and_gpt_says_it():
    said = "a red circle left of a blue square"
    ids, lengths = V.batch([said] * 4, marks=True)
    for make, loss in (
        (text.small_gpt, text.next_word_loss),
        (text.small_bert, lambda m, i, n: text.masked_loss(m, i, n, V, 0.3)),
    ):
        torch.manual_seed(0)
        model = make(V, dim=16, layers=1, heads=2, longest=12)
        optimizer = torch.optim.Adam(model.parameters(), 1e-2)
        for _ in range(80):
            optimizer.zero_grad()
            found = loss(model, ids, lengths)
            found.backward()
            optimizer.step()
        assert found.item() < 0.5
        if make is text.small_gpt:
            assert text.continuation(model, V) == text.continuation(model, V, "a red") == said
            assert text.continuation(model, V, words=2) == "a red"
            drawn = text.continuation(model, V, "a", temperature=0.1, generator=torch.Generator().manual_seed(0))
            assert drawn == said


def test_a_continuation_ends_where_the_model_is_full():
    model = gpt()
    for beginning in ("", "a " * 50, "zzz"):
        said = text.continuation(model, V, beginning, words=99, temperature=1.0, generator=torch.Generator().manual_seed(1))
        assert len(said.split()) <= max(11, len(beginning.split()))
        assert "<" not in said.removeprefix("<unknown>")  # the word that was given; it says no mark of its own


def test_attention_maps_are_distributions_and_gpts_look_back_only():
    for model, causal in ((bert(), False), (gpt(), True)):
        encoder = text.ContextEncoder(model, V)
        maps = encoder.attentions("a red circle")
        assert maps.shape == (2, 2, 5, 5) and encoder.tokens("a red circle") == ["<start>", "a", "red", "circle", "<end>"]
        torch.testing.assert_close(maps.sum(-1), torch.ones(2, 2, 5))
        assert (maps.triu(1) == 0).all() == causal


def small_gpt2(folder):
    """A random GPT-2 of two layers in `folder`, as the hub lays it out, with a tokenizer of its own kind."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(letters)}, []))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer.save(str(folder / "tokenizer.json"))
    sizes = {"n_embd": 24, "n_layer": 2, "n_head": 4, "n_positions": 16}
    model = strong(GPT2LMHeadModel(GPT2Config(vocab_size=len(letters), **sizes)))
    model.save_pretrained(folder)
    return model.transformer


@pytest.mark.parametrize("how", ["mean", "last"])
def test_gpt2_from_a_folder_reads_each_text_as_if_alone(tmp_path, how):
    network = small_gpt2(tmp_path)
    encoder = Gpt2Encoder(tmp_path, how)
    texts = ["a dog", "cat", "x" * 40, "é图😀"]
    with torch.inference_mode():
        together, alone = encoder(texts), torch.cat([encoder([one]) for one in texts])
        ids = torch.tensor([encoder.tokenizer.encode("a dog").ids])
        states = network(ids).last_hidden_state[0]
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)
    expected = functional.normalize(states.mean(0) if how == "mean" else states[-1], dim=0)
    torch.testing.assert_close(together[0], expected, rtol=0, atol=1e-5)


def test_gpt2_by_name_and_what_is_refused(tmp_path):
    small_gpt2(tmp_path)
    encoder = pretrained.text("gpt2", path=tmp_path)
    X = encode(encoder, ["a dog", "a cat"], cache=False, progress=False)
    assert X.shape == (2, encoder.dim) == (2, 24) and "mean" in encoder.version
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), 1, rtol=1e-5)
    with pytest.raises(ValueError, match="pool is 'cls'; accepted are 'mean', 'last'"):
        Gpt2Encoder(tmp_path, "cls")
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "model_type": "bert"}))
    with pytest.raises(ValueError, match="a 'bert' model; accepted is 'gpt2'"):
        pretrained.text("gpt2", path=tmp_path)
    (tmp_path / "config.json").unlink()
    with pytest.raises(ValueError, match=r"accepted is a folder with config\.json"):
        pretrained.text("gpt2", path=tmp_path)
