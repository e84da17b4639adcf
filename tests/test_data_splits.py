"""Groups, splits, manifests and what titles become."""

import doctest

import numpy as np
import pytest

from mmlearn.data import make_manifests, manifest, near_duplicates, splits, svg_text
from mmlearn.data.manifest import Entry
from mmlearn.data.registry import DataUnavailable


@pytest.mark.parametrize("module", [svg_text, near_duplicates])
def test_the_examples_in_docstrings_hold(module):
    tried = doctest.testmod(module)
    assert tried.attempted > 0 and tried.failed == 0


def test_parts_are_exact_disjoint_and_complete_and_no_group_straddles():
    groups = np.random.default_rng(0).integers(0, 300, 500)
    parts = splits.grouped(groups.tolist(), (100, 50), seed=3)
    assert [len(part) for part in parts] == [100, 50, 350]
    assert sorted(np.concatenate(parts)) == list(range(500))
    held = [set(groups[part]) for part in parts]
    assert not held[0] & held[1] and not held[0] & held[2] and not held[1] & held[2]


def test_a_seed_repeats_a_draw_and_another_changes_it():
    groups = [number // 2 for number in range(100)]
    first, again, other = (splits.grouped(groups, (20,), seed)[0].tolist() for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize(("groups", "sizes"), [([1, 2, 3], (4,)), ([1, 2], (-1,)), ([1, 1, 1, 1], (2,))])
def test_sizes_that_cannot_be_had_are_named(groups, sizes):
    with pytest.raises(ValueError, match=r"sizes is \("):
        splits.grouped(groups, sizes)


@pytest.fixture
def sketches() -> np.ndarray:
    """Five pictures: a gradient with a corner, the same turned and in another colour, and three of noise."""
    rng = np.random.default_rng(0)
    first = np.tile(np.linspace(0, 255, 48, dtype=np.uint8), (3, 48, 1))
    first[:, :20, :10] = 255
    turned = np.rot90(first, 1, (1, 2))[:, :, ::-1].copy()
    noise = rng.integers(0, 256, (3, 3, 48, 48), dtype=np.uint8)
    return np.stack([near_duplicates.sketch(picture) for picture in (first, turned, *noise)])


def test_a_turned_mirrored_picture_is_in_its_group(sketches):
    words = ["A tree", "An oak", "A dog", "A cat", "A bird"]
    assert near_duplicates.groups(list("abcde"), words, sketches).tolist() == [0, 0, 1, 2, 3]


def test_the_same_words_and_a_series_of_files_share_a_group(sketches):
    words = ["A tree", "Snow", "A dog.", "Dogs", "Rain"]
    found = near_duplicates.groups(["a/x", "b/y", "a/z1", "c/q", "c/q_02_bw"], words, sketches[[0, 2, 3, 4, 2]])
    assert found[2] == found[3] == found[4] == found[1] and found[0] != found[1]


def test_a_sketch_knows_no_brightness_and_an_even_picture_is_like_nothing():
    picture = np.random.default_rng(0).integers(0, 120, (3, 48, 48), dtype=np.uint8)
    darker, brighter = near_duplicates.sketch(picture), near_duplicates.sketch(picture * 2)
    assert (darker * brighter).sum() > 0.99
    assert not near_duplicates.sketch(np.full((3, 48, 48), 200, dtype=np.uint8)).any()


ITEMS = [Entry(f"i{number}", "train", number, f"{number:016d}") for number in range(100)]


def test_a_manifest_survives_writing_and_reading(tmp_path, monkeypatch):
    (tmp_path / "splits").mkdir()
    manifest.write(tmp_path / "splits/toy.json", ITEMS, name="toy", release="1")
    monkeypatch.setattr(manifest, "resource", lambda name: tmp_path / name)
    assert manifest.entries("toy") == ITEMS


def test_a_few_wrong_items_are_left_out_with_a_warning(tmp_path):
    has = {item.id: item.digest for item in ITEMS[2:]} | {"i99": "altered"}
    report = manifest.check(ITEMS, has.get)
    assert (report.missing, report.changed) == (["i0", "i1"], ["i99"])
    with pytest.warns(UserWarning, match="2 items are missing and 1 changed of 100"):
        assert manifest.accept("toy", report, tmp_path) == ITEMS[2:99]


def test_many_wrong_items_are_another_dataset(tmp_path):
    report = manifest.check(ITEMS, {item.id: item.digest for item in ITEMS[6:]}.get)
    with pytest.raises(DataUnavailable, match="does not hold the toy .*6 items are missing"):
        manifest.accept("toy", report, tmp_path)


def test_parts_of_a_digest_cannot_trade_places():
    assert manifest.digest(b"ab", b"c") != manifest.digest(b"a", b"bc")


SVG = """<svg><metadata><rdf:RDF><cc:Work><dc:title>{title}</dc:title><dc:description>A &amp; B</dc:description>
<dc:subject><rdf:Bag><rdf:li>hash</rdf:li><rdf:li></rdf:li><rdf:li>red_fruit</rdf:li><rdf:li>HASH(0x8)</rdf:li></rdf:Bag></dc:subject>
<dc:creator><cc:Agent><dc:title>Jo</dc:title></cc:Agent></dc:creator></cc:Work></rdf:RDF></metadata></svg>"""


def test_metadata_are_read_without_what_is_noise():
    found = svg_text.metadata(SVG.format(title="Crème  &#233;clair"))
    assert found == svg_text.Metadata("Crème éclair", ("red fruit",), "A & B", "Jo")
    assert svg_text.metadata("<svg/>") == svg_text.Metadata("", (), "", "")


@pytest.mark.parametrize(
    ("caption", "good"), [("Dog", True), ("X 12", False), ("untitled", False), ("bcd", False), ("Ox", False)]
)
def test_captions_that_say_nothing_are_not_usable(caption, good):
    assert svg_text.usable(caption) is good


def test_a_title_of_a_batch_gives_way_to_the_file_name(tmp_path):
    (tmp_path / "food").mkdir()
    for name in ("pear", "apple", "plum", "cherry_02", "cherry_03"):
        (tmp_path / f"food/{name}.svg").write_text(SVG.format(title="Clipart by Jo - pear"))
    (tmp_path / "food/x_01.svg").write_text(SVG.format(title="A quince"))
    (tmp_path / "unsorted").mkdir()
    (tmp_path / "unsorted/lost.svg").write_text(SVG.format(title="Lost"))
    (tmp_path / "food/link.svg").symlink_to(tmp_path / "food/pear.svg")
    chosen = make_manifests.choose_clipart(tmp_path)
    assert {id: caption for id, (_, caption) in chosen.items()} == {
        "food/apple": "Apple", "food/cherry_02": "Cherry", "food/pear": "Pear", "food/plum": "Plum", "food/x_01": "A quince",
    }  # fmt: skip
    assert chosen["food/x_01"][0] == "t" and chosen["food/plum"][0] == "f"


@pytest.mark.parametrize("name", ["stamps", "clipart"])
def test_no_group_of_a_shipped_manifest_straddles_not_even_across_datasets(name):
    home: dict[int, str] = {}
    for item in [*manifest.entries("stamps"), *manifest.entries("clipart")]:
        assert home.setdefault(item.group, item.split) == item.split, item.id
    items = manifest.entries(name)
    assert len({item.id for item in items}) == len(items)
    shares = [sum(item.split == split for item in items) / len(items) for split in manifest.SPLITS]
    assert np.allclose(shares, (0.7, 0.1, 0.2), atol=0.05)
