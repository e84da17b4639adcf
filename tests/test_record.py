"""What a benchmark writes down can be read back, and its paired ratio is a ratio."""

import json
import time

import pytest

from benchmarks import record


def test_write_keeps_all_that_is_needed_to_measure_again(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "_ROOT", tmp_path)
    path = record.write("toy", {"rate": 2.5}, seeds=[3, 4])
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert path == tmp_path / "data" / "results" / "toy.json"
    assert kept["figures"] == {"rate": 2.5} and kept["seeds"] == [3, 4]
    assert kept["command"].startswith("python ") and kept["packages"]["numpy"] and kept["machine"]["cores"] >= 1
    assert kept["code"]["commit"] is None  # tmp_path is no checkout


def test_paired_ratio_is_slow_over_fast():
    ratio = record.paired_ratio(lambda: time.sleep(0.03), lambda: time.sleep(0.01), repeats=3)
    assert 1.5 < ratio < 4.5


def test_paired_ratio_refuses_no_repeats():
    with pytest.raises(ValueError, match="repeats is 0"):
        record.paired_ratio(lambda: None, lambda: None, repeats=0)


def test_merge_keeps_the_parts_of_an_earlier_run(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "_ROOT", tmp_path)
    record.merge("toy", {"first": 1, "second": 2}, seeds=[0])
    path = record.merge("toy", {"second": 3}, seeds=[0, 1])
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored["figures"] == {"first": 1, "second": 3}
    assert stored["parts"]["first"]["seeds"] == [0] and stored["parts"]["second"]["seeds"] == [0, 1]
