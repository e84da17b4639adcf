"""Figures are the same every time, captions never overlap, and a notebook shows a result once."""

import inspect
import io
import subprocess
import sys
import wave
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from PIL import Image

from mmlearn import show
from mmlearn.show import output
from mmlearn.show.pictures import pixels, wrap


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_FIGURES", str(tmp_path))
    return tmp_path


def noise(*shape):
    return np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)


def boxes_of_text(figure):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    return [text.get_window_extent(renderer) for text in figure.texts if text.get_text()]


def test_importing_show_imports_neither_matplotlib_nor_torch():
    code = "import sys; from mmlearn import show; print([m for m in ('matplotlib', 'torch') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_a_script_writes_the_figure_and_prints_its_path(folder, capsys):
    figure = show.curve([1, 2, 3], [3, 1, 2], "x", "y", name="line")
    assert capsys.readouterr().out.strip() == str(folder / "line.png")
    assert Image.open(folder / "line.png").size[0] == 980
    assert figure.axes[0].get_xlabel() == "x"


def test_the_same_figure_gives_the_same_bytes_and_carries_no_metadata(folder):
    for name in ("one", "two"):
        show.pictures([noise(3, 8, 8)], ["a caption"], name=name)
    assert (folder / "one.png").read_bytes() == (folder / "two.png").read_bytes()
    assert not {"Software", "Creation Time"} & set(Image.open(folder / "one.png").info)


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden"])
def test_a_name_stays_in_the_folder(name, folder):
    with pytest.raises(ValueError, match="name is"):
        show.curve([1, 2], [1, 2], name=name)
    assert not list(folder.iterdir())


def test_a_small_bright_thing_on_noisy_paper_keeps_its_colour(folder):
    dice = np.random.default_rng(0)
    paper = dice.integers(200, 256, (8, 3, 32, 32)).astype(np.uint8)
    paper[:, :, 14:17, 14:17] = dice.integers(0, 130, (8, 3, 3, 3))  # with 256 colours 2 points in 1,000 would be off
    figure = show.pictures(paper)
    drawn, shown = io.BytesIO(), Image.open(io.BytesIO(output.png(figure)))
    figure.savefig(drawn, format="png", dpi=output.DPI)
    whole = Image.open(drawn).convert("RGB")
    assert output.changed(whole, whole.quantize(256)) > 1e-3 > output.changed(whole, shown)


@pytest.mark.parametrize("columns", [2, 4, 6])
def test_captions_never_overlap_and_stay_inside(columns):
    words = "an extraordinarily long caption with supercalifragilisticexpialidocious words WWWWWWWWWW and more of them"
    figure = show.pictures([noise(20, 30, 3)] * 8, [words] * 8, columns, title="A title")
    boxes = boxes_of_text(figure)
    assert len(boxes) == 9
    for i, box in enumerate(boxes):
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])
        assert not any(box.overlaps(axes.get_window_extent()) for axes in figure.axes)


def test_wrapping_keeps_every_word_that_fits_and_marks_what_does_not():
    assert " ".join(wrap("a red truck on a road", 1.0, most=9)) == "a red truck on a road"
    cut = wrap("a red truck on a road", 0.5, most=2)
    assert len(cut) == 2 and cut[-1].endswith("…")


def test_a_caption_has_as_many_lines_as_asked_for():
    words = "\n".join("abcdef")
    for lines, last in ((4, "d…"), (6, "f")):
        (text,) = [text.get_text() for text in show.pictures([noise(9, 9)], [words], lines=lines).texts if text.get_text()]
        assert text.split("\n")[-1] == last and len(text.split("\n")) == lines


def test_a_heading_of_results_needs_no_quotation_marks():
    for quoted, shown in ((True, "“dog”"), (False, "dog")):
        figure = show.retrieval("dog", [noise(4, 4)], ["a"], [1], quoted=quoted)
        assert shown in [text.get_text() for text in figure.texts]


def test_right_answers_get_a_green_frame_and_a_tick():
    figure = show.pictures([noise(9, 9)] * 2, ["cat", "dog"], marks=[False, True])
    from matplotlib.colors import to_hex

    frames = [to_hex(axes.spines["left"].get_edgecolor()).upper() for axes in figure.axes]
    assert [frame == show.COLOURS["green"] for frame in frames] == [False, True]
    assert [text.get_text() for text in figure.texts if text.get_text()] == ["cat", "✓ dog"]


def test_pictures_of_every_kind_become_the_same_pixels():
    picture = noise(5, 7, 3)
    tensor = torch.from_numpy(picture).permute(2, 0, 1)
    for same in (picture, tensor, tensor.numpy(), Image.fromarray(picture)):
        assert np.array_equal(pixels(same), picture)
    assert np.allclose(pixels(tensor / 255), picture / 255)
    assert pixels(tensor[:1]).shape == (5, 7)
    assert pixels(torch.zeros(3, 5, 3)).shape == (5, 3, 3)


@pytest.mark.parametrize(
    "bad", [np.zeros((2, 5, 5, 3)), np.zeros((5, 5, 2)), np.full((4, 4), 3.0), np.full((4, 4), np.nan)]
)
def test_what_is_no_picture_is_refused(bad):
    with pytest.raises(ValueError, match="images has a"):
        show.pictures([bad])


def test_unequal_numbers_are_refused():
    with pytest.raises(ValueError, match="1, 2, 1 items"):
        show.pictures([noise(4, 4)], ["a", "b"])
    with pytest.raises(ValueError, match="0 pictures"):
        show.pictures([])
    with pytest.raises(ValueError, match="3, 2, 3, 3 results"):
        show.retrieval("q", [noise(4, 4)] * 3, ["a", "b"], [1, 2, 3], [0, 0, 1])
    with pytest.raises(ValueError, match="2 query, 1 images"):
        show.retrieval(["q", "r"], [[noise(4, 4)]], [["a"]], [[1]])


def test_chinese_is_sent_to_the_page():
    with pytest.raises(ValueError, match="cannot draw.*红.*page text"):
        show.pictures([noise(4, 4)], ["红色的圆"])
    with pytest.raises(ValueError, match="cannot draw"):
        show.curve([1], [1], title="损失")
    assert "红" in str(show.table([{"caption": "红色的圆"}]))


def test_a_dollar_is_a_dollar():
    figure = show.pictures([noise(4, 4)], ["from $5 to $6"])
    assert figure.texts[-1].get_text() == r"from \$5 to \$6"
    assert len(boxes_of_text(figure)) == 1


def test_retrieval_lays_out_queries_and_results():
    picture = noise(6, 6, 3)
    one = show.retrieval("a dog", [picture] * 7, ["x"] * 7, range(7), columns=5)
    assert len(one.axes) == 8
    several = show.retrieval(["a", picture], [[picture], [picture]], [["x"], ["y"]], [[0.5], [1]], [[True], [False]])
    texts = [text.get_text() for text in several.texts if text.get_text()]
    assert texts == ["“a”", "✓ 0.50\nx", "searched for", "1.00\ny"]
    words = show.retrieval(picture, None, ["a cat", "a dog"], [0.9, 0.1])
    said = show.retrieval("a", [picture], ["x"], ["3 bits differ"])
    assert "3 bits differ\nx" in [text.get_text() for text in said.texts]
    assert sum(bool(axes.images) for axes in words.axes) == 1


def test_bars_stand_beside_controls_ceiling_and_chance():
    rows = [
        {"name": "ours", "value": 0.6, "error": 0.1},
        {"name": "shuffled", "value": 0.1, "kind": "control"},
        {"name": "ceiling", "value": 0.9, "kind": "ceiling"},
    ]
    axes = show.bars_with_controls(rows, "accuracy").axes[0]
    assert [bar.get_width() for bar in axes.patches] == [0.6, 0.1]
    assert [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == "--"] == [0.9]
    for bad, words in [
        ({"kind": "best"}, "kinds method"),
        ({"value": np.nan}, "finite"),
        ({"kind": "chance"}, "no method"),
    ]:
        with pytest.raises(ValueError, match=words):
            show.bars_with_controls([{"name": "a", "value": 1.0} | bad])


def test_a_curve_of_runs_shows_their_mean_and_spread():
    axes = show.curve(
        [1, 2, 4], {"runs": [[1, 2, 3], [3, 4, 5]], "gaps": [1, np.nan, 3]}, log="x", levels={"chance": 0}
    ).axes[0]
    assert axes.lines[0].get_ydata().tolist() == [2, 3, 4]
    assert axes.lines[1].get_xdata().tolist() == [1, 4]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "2", "4"]
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (1, 5)
    for y, words in [([1, 2], "3 numbers"), ([np.nan] * 3, "no finite")]:
        with pytest.raises(ValueError, match=words):
            show.curve([1, 2, 3], y)
    with pytest.raises(ValueError, match="log is"):
        show.curve([1], [1], log="z")
    with pytest.raises(ValueError, match="group is 0"):
        show.curve([1], [1], group=0)


def test_curves_of_a_group_share_a_colour_and_points_need_no_line():
    a, b, c, d = show.curve([1, 2], {name: [1, 2] for name in "abcd"}, group=2).axes[0].lines
    assert a.get_color() == b.get_color() != c.get_color() == d.get_color()
    assert a.get_linestyle() == c.get_linestyle() != b.get_linestyle() == d.get_linestyle()
    axes = show.curve(range(1, 31), {"a": range(30), "b": range(30)}, joined=False, ticks=True).axes[0]
    assert [line.get_linestyle() for line in axes.lines] == ["None", "None"]
    assert axes.lines[0].get_marker() != axes.lines[1].get_marker()
    assert [tick.get_text() for tick in axes.get_xticklabels()] == [str(i) for i in range(1, 31)]


def test_a_heatmap_of_both_signs_is_centred_on_zero():
    axes = show.heatmap([[-1, 3], [0, 2]], ["a", "b"], ["c", "d"]).axes[0]
    assert axes.images[0].get_clim() == (-3, 3)
    assert {text.get_text() for text in axes.texts} == {"-1.00", "3.00", "0.00", "2.00"}
    assert not show.heatmap(np.eye(13)).axes[0].texts
    axes = show.heatmap([[0.2, 0.5]], xlabel="direction", limits=(0, 1)).axes[0]
    assert axes.images[0].get_clim() == (0, 1) and axes.get_xlabel() == "direction"
    for arguments, words in [(([1, 2],), "shape"), (([[1, np.inf]],), "finite"), (([[1]], ["a", "b"]), "rows has 2")]:
        with pytest.raises(ValueError, match=words):
            show.heatmap(*arguments)


def test_a_table_is_aligned_text_and_safe_markdown(capsys):
    rows = show.table([{"name": "a|b_c", "score": 0.5}, {"name": "long name", "score": 12.0, "note": None}], digits=1)
    assert capsys.readouterr().out == str(rows) + "\n"
    assert str(rows).splitlines() == [
        "name       score  note", "---------  -----  ----", "a|b_c        0.5", "long name   12.0"
    ]  # fmt: skip
    assert rows._repr_markdown_().splitlines()[2] == r"| a\|b\_c | 0.5 |  |"
    assert str(show.Table({"k": [1, 2]})) == "k\n-\n1\n2"
    for bad in ([], {"a": [1], "b": []}):
        with pytest.raises(ValueError, match="rows"):
            show.Table(bad)


def test_scores_with_a_spread_stand_to_the_right():
    rows = show.Table([{"": "a", "R@1": "0.14 ± 0.02", "share": "47%"}, {"": "b 3", "R@1": "–", "share": "100%"}])
    assert rows.numeric == [False, True, True]
    assert show.Table({"": ["± 1", "1 2"]}).numeric == [False]


def test_a_listing_is_the_source_and_names_its_place(capsys):
    listing = show.source(show.curve)
    assert listing.place.startswith("mmlearn/show/plots.py, line ")
    assert "def curve(" in capsys.readouterr().out
    markdown = show.source(show.Table)._repr_markdown_()
    assert "```python\nclass Table:" in markdown and markdown.endswith("\n```")
    assert show.source(folder_free_function).place == ""
    with pytest.raises(TypeError, match="no Python source"):
        show.source(len)


def test_a_listing_may_begin_late():
    whole, part = show.source(show.curve), show.source(show.curve, start="figure, axes")
    assert part.code.startswith("figure, axes = ") and part.code.rstrip() == inspect.cleandoc(
        "\n    figure, axes = " + whole.code.split("    figure, axes = ", 1)[1])
    number = int(part.place.split("line ")[1])
    assert Path(inspect.getsourcefile(show.source)).with_name("plots.py").read_text().splitlines()[number - 1].strip().startswith(
        "figure, axes = ")
    with pytest.raises(ValueError, match="start is 'nowhere'"):
        show.source(show.curve, start="nowhere")


def folder_free_function():
    return "```"


def test_code_with_fences_gets_a_longer_fence():
    assert show.source(folder_free_function)._repr_markdown_().startswith("````python")


def test_a_sound_is_written_as_it_is(folder):
    path = show.audio(torch.tensor([0.0, 0.5, -1.0, 2.0]), 8000, name="beep")
    with wave.open(io.BytesIO(path.read_bytes())) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, 8000)
        assert np.frombuffer(file.readframes(9), "<i2").tolist() == [0, 16384, -32767, 32767]
    for bad, rate, words in [([], 8000, "wave"), ([np.nan], 8000, "finite"), ([0.0], 0, "rate is 0")]:
        with pytest.raises(ValueError, match=words):
            show.audio(bad, rate)


def test_a_notebook_shows_each_result_exactly_once(tmp_path):
    nbclient = pytest.importorskip("nbclient")
    cells = [
        "from mmlearn import show; figure = show.curve([1, 2], [1, 2])", "show.curve([1, 2], [1, 2])", "figure",
        "show.table([{'a': 1}])", "show.source(show.curve)", "show.audio([0.0, 0.1], 8000, 'a & b')",
    ]  # fmt: skip
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    kinds = [[set(output.data) - {"text/plain"} for output in cell.outputs] for cell in notebook.cells]
    assert kinds == [[{"image/png"}]] * 3 + [[{"text/markdown"}]] * 2 + [[{"text/html"}]]
    assert notebook.cells[0].outputs[0].metadata["image/png"]["width"] == 700
    assert "a &amp; b" in notebook.cells[5].outputs[0].data["text/html"]
    assert not list(tmp_path.iterdir())
