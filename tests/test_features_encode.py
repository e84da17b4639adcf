"""`features.encode`: in batches, in order, only once, and never half."""

import os
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from mmlearn.features import encode, encoding, store


class Means(nn.Module):
    """A picture's mean colour: an encoder small enough to follow, that counts how many pictures it saw."""

    name, version, dim, medium, batch_size = "means", "1", 3, "image", 4

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))
        self.seen, self.modes, self.devices = 0, set(), set()

    def forward(self, images):
        self.seen += len(images)
        self.modes.add(self.training)
        return torch.stack([image.float().mean(dim=(1, 2)) for image in images]) * self.scale


class Lengths:
    """A text's length; no module, and remembers its batches."""

    name, version, medium = "lengths", "1", "text"

    def __init__(self):
        self.batches = []

    def __call__(self, texts):
        self.batches.append(list(texts))
        return np.array([[len(text), 1.0] for text in texts])


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(encoding, "BLOCK", 8)
    return tmp_path / "cache"


def pictures(n=20, size=6):
    return torch.randint(0, 256, (n, 3, size, size), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def files(cache):
    return sorted(path for path in cache.rglob("*") if path.is_file())


def test_rows_are_the_items_in_order_as_float32():
    images = pictures()
    X = encode(Means(), images, progress=False)
    assert X.dtype == np.float32 and X.shape == (20, 3)
    np.testing.assert_allclose(X, images.float().mean(dim=(2, 3)), rtol=1e-6)


def test_lists_arrays_and_lazy_sequences_give_the_same():
    class Lazy:
        def __len__(self):
            return 20

        def __getitem__(self, i):
            return pictures()[i]

    X = encode(Means(), pictures(), cache=False, progress=False)
    for items in (list(pictures()), pictures().numpy(), Lazy()):
        np.testing.assert_array_equal(encode(Means(), items, cache=False, progress=False), X)


def test_read_only_and_mirrored_arrays_are_taken_without_a_warning():
    array = pictures().numpy()
    array.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        X = encode(Means(), array[..., ::-1], progress=False)
    np.testing.assert_allclose(X, array.mean(axis=(2, 3)), rtol=1e-6)


def test_pictures_of_unequal_sizes_share_a_batch():
    images = [pictures(1, size)[0] for size in (4, 9, 5)]
    X = encode(Means(), images, progress=False)
    np.testing.assert_allclose(X, torch.stack([i.float().mean(dim=(1, 2)) for i in images]), rtol=1e-6)


def test_texts_go_by_length_and_come_back_in_order():
    encoder, texts = Lengths(), ["aaaa", "a", "aaaaa", "aa", "aaa"]
    X = encode(encoder, texts, batch_size=2, progress=False)
    assert X[:, 0].tolist() == [4, 1, 5, 2, 3]
    assert encoder.batches == [["a", "aa"], ["aaa", "aaaa"], ["aaaaa"]]


def test_a_second_call_encodes_nothing(cache):
    first, second = Means(), Means()
    X = encode(first, pictures(), progress=False)
    np.testing.assert_array_equal(encode(second, pictures(), progress=False), X)
    assert (first.seen, second.seen) == (20, 0) and len(files(cache)) == 3


def test_what_changes_is_encoded_again():
    encode(Means(), pictures(), progress=False)
    changed, newer = pictures(), Means()
    changed[0, 0, 0, 0] ^= 1
    encode(newer, changed, progress=False)
    assert newer.seen == 8  # the other blocks are the same
    newer.version, newer.seen = "2", 0
    encode(newer, pictures(), progress=False)
    assert newer.seen == 20


def test_a_key_saves_reading_the_items():
    class Unreadable:
        def __len__(self):
            return 20

        def __getitem__(self, i):
            raise AssertionError("was read")

    X = encode(Means(), pictures(), key="pictures/all", progress=False)
    np.testing.assert_array_equal(encode(Means(), Unreadable(), key="pictures/all", progress=False), X)
    with pytest.raises(AssertionError, match="was read"):
        encode(Means(), Unreadable(), key="another", progress=False)


def test_content_tells_types_shapes_and_borders_apart():
    a = np.zeros((2, 3), np.uint8)
    assert len({store.content(x) for x in (["ab", "c"], ["a", "bc"], [a], [a.T], [a.astype(np.int8)], [a, a])}) == 6
    assert store.content([torch.from_numpy(a)]) == store.content([a])


def test_an_interrupted_run_goes_on_after_its_last_block(cache):
    class Stops(Means):
        def forward(self, images):
            if self.seen == 12:
                raise KeyboardInterrupt
            return super().forward(images)

    with pytest.raises(KeyboardInterrupt):
        encode(Stops(), pictures(), progress=False)
    assert len(files(cache)) == 1
    encoder = Means()
    np.testing.assert_array_equal(
        encode(encoder, pictures(), progress=False), encode(Means(), pictures(), cache=False, progress=False)
    )
    assert encoder.seen == 12


@pytest.mark.parametrize("damage", ["truncated", "altered", "empty", "other"])
def test_a_damaged_file_is_encoded_again(cache, damage):
    X = encode(Means(), pictures(8), progress=False)
    (path,) = files(cache)
    whole = path.read_bytes()
    altered = whole[:-150] + bytes([whole[-150] ^ 255]) + whole[-149:]
    path.write_bytes({"truncated": whole[:-40], "altered": altered, "empty": b"", "other": b"x" * 300}[damage])
    encoder = Means()
    if damage == "altered":  # find a byte of the numbers themselves: no header notices
        at = whole.index(X.tobytes())
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    np.testing.assert_array_equal(encode(encoder, pictures(8), progress=False), X)
    assert encoder.seen == 8


def test_a_cache_that_cannot_be_written_warns_once_and_encodes(cache):
    cache.write_text("a file where the folder should be")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        X = encode(Means(), pictures(), progress=False)
    assert len(X) == 20 and len(said) == 1
    assert "not kept" in str(said[0].message) and "MMLEARN_CACHE" in str(said[0].message)


def test_without_a_name_nothing_is_kept(cache):
    X = encode(lambda texts: torch.ones(len(texts), 2), ["a", "b"], progress=False)
    assert X.shape == (2, 2) and not files(cache)


def test_the_module_is_put_back_as_it_was():
    encoder = Means().train()
    encode(encoder, pictures(), progress=False)
    assert encoder.modes == {False} and encoder.training and encoder.scale.device.type == "cpu"


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_features_that_are_not_finite_are_refused_and_not_kept(cache, bad):
    class Bad(Means):
        def forward(self, images):
            X = super().forward(images)
            X[1, 2] = bad if self.seen > 8 else X[1, 2]
            return X

    with pytest.raises(ValueError, match=r"NaN or infinity for items\[9\]"):
        encode(Bad(), pictures(), progress=False)
    assert len(files(cache)) == 1


@pytest.mark.parametrize(
    "encoder, items, options, error, said",
    [
        (Means(), [], {}, ValueError, "items is empty"),
        (Means(), (i for i in range(3)), {}, TypeError, "items is generator"),
        (Means(), [{"image": 1}], {}, TypeError, "holds dicts"),
        (Means(), pictures(), {"batch_size": 0}, ValueError, "batch_size is 0"),
        (Means(), pictures().float(), {}, TypeError, "picture 0 is torch.float32"),
        (Means(), ["a dog"], {}, TypeError, "picture 0 is str"),
        (Lengths(), "a dog", {}, TypeError, "items is str"),
        (Lengths(), ["a dog"] * 9 + [""], {}, ValueError, "text 9 is empty"),
        (Lengths(), ["a dog", None], {}, TypeError, "text 1 is NoneType"),
        (lambda batch: np.ones(3), ["a"], {}, ValueError, r"encoder gave \(3,\) for a batch of 1"),
    ],
)
def test_bad_input_is_named(encoder, items, options, error, said):
    with pytest.raises(error, match=said):
        encode(encoder, items, progress=False, **options)


def test_the_bar_is_the_terminals_where_no_widgets_are(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    monkeypatch.setattr(encoding.importlib.util, "find_spec", lambda name: None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert type(encoding._bar(3, Means(), True)) is encoding.tqdm


def test_importing_features_loads_no_torch():
    code = "import sys; from mmlearn import features; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=os.environ).returncode == 0
