"""The one place that plots: pictures, scores, curves, tables, listings and sounds in one style. It knows no model.

In a notebook each function shows its result once, under its cell; in a script figures and sounds go as files to the
folder `figures` (or MMLEARN_FIGURES), tables and listings to the terminal. So one source serves both. Each function
also returns what it showed.

* `pictures.py`: `pictures`, `retrieval`
* `plots.py`: `bars_with_controls`, `curve`, `heatmap`
* `maps.py`: `maps`, `overlay`, `keypoints`, `matches`
* `surfaces.py`: `surface`
* `words.py`: `words2d`, `attention`
* `sound.py`: `waveform`, `spectrogram`
* `page.py`: `table`, `source`, `audio`
* `live.py`: `Live`, a figure that refreshes in place
* `output.py`: the house style, and how a result reaches its reader
"""

from mmlearn.show.live import Live
from mmlearn.show.maps import keypoints, maps, matches, overlay
from mmlearn.show.output import COLOURS
from mmlearn.show.page import Table, audio, source, table
from mmlearn.show.pictures import pictures, retrieval
from mmlearn.show.plots import bars_with_controls, curve, heatmap
from mmlearn.show.sound import spectrogram, waveform
from mmlearn.show.surfaces import surface
from mmlearn.show.words import attention, words2d

__all__ = [
    "COLOURS",
    "Live",
    "Table",
    "attention",
    "audio",
    "bars_with_controls",
    "curve",
    "heatmap",
    "keypoints",
    "maps",
    "matches",
    "overlay",
    "pictures",
    "retrieval",
    "source",
    "spectrogram",
    "surface",
    "table",
    "waveform",
    "words2d",
]
