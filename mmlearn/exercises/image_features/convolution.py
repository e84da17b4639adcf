"""A convolution by hand."""

import numpy as np

from mmlearn.exercises.engine import Exercise, Mistake


def convolve(image: np.ndarray, kernels: np.ndarray, stride: int = 1, padding: int = 0) -> np.ndarray:
    """What torch's conv2d gives, for one picture."""
    import torch

    x, w = torch.from_numpy(np.array(image, float))[None], torch.from_numpy(np.array(kernels, float))
    return torch.nn.functional.conv2d(x, w, stride=stride, padding=padding)[0].numpy()


def _padded(image: np.ndarray, padding: int, mode: str) -> np.ndarray:
    return np.pad(image, ((0, 0), (padding, padding), (padding, padding)), mode=mode)


def _turned(kernels: np.ndarray) -> np.ndarray:
    return kernels[:, :, ::-1, ::-1].copy()


def _same_kernel(image, kernels, stride, padding):
    return convolve(image, np.repeat(kernels[:1], len(kernels), 0), stride, padding)


def _first_channel(image, kernels, stride, padding):
    return convolve(image[:1], np.ascontiguousarray(kernels[:, :1]), stride, padding)


def convolve_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """Small ones first, each for one mistake: they are what a learner is shown."""
    channels, outputs, side = {"standard": (2, 3, 7), "large": (3, 8, 16)}[variant]
    tiny = (np.arange(12.0).reshape(1, 3, 4), np.array([[[[1.0, 0.0], [0.0, -2.0]]]]), 1, 0)
    whole = rng.integers(-5, 6, size=(2, 2, 3))  # integers, with kernels that are none
    small = [(whole, rng.integers(1, 8, size=(2, 2, 2, 2)) / 8, 1, 0), (rng.integers(-5, 6, size=(1, 3, 4)) / 2,
                rng.normal(size=(1, 1, 3, 3)), 1, 2),
             (rng.normal(size=(1, 5, 5)), rng.normal(size=(1, 1, 3, 3)), 2, 0)]  # fmt: skip
    image, kernels = rng.normal(size=(channels, side, side + 2)), rng.normal(size=(outputs, channels, 3, 3))
    return [tiny, *small, (image, kernels, 1, 0), (image, kernels, 1, 1), (image, kernels, 2, 1), (image, kernels, 2, 0)]


CONVOLVE = Exercise(
    id="image_features.convolve",
    title="slide a small window over a picture",
    reference=convolve,
    cases=convolve_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("flipped", "your kernels stand on their heads. That is a mathematician's convolution; networks slide the "
                "kernel as it is "
                "(a cross-correlation)", wrong=lambda x, w, s, p: convolve(x, _turned(w), s, p)),
        Mistake("transposed", "rows and columns of the kernel are exchanged",
                wrong=lambda x, w, s, p: convolve(x, np.ascontiguousarray(w.transpose(0, 1, 3, 2)), s, p)),
        Mistake("mean", "you averaged over the window. A convolution adds up",
                wrong=lambda x, w, s, p: convolve(x, w, s, p) / w[0].size),
        Mistake("channel-mean", "you averaged over the channels. They are added up",
                wrong=lambda x, w, s, p: convolve(x, w, s, p) / w.shape[1]),
        Mistake("first-channel", "only the first channel of the picture was used. A kernel has a layer for each, and all are "
                "added up",
                wrong=_first_channel),
        Mistake("same-kernel", "all output maps are equal: the first kernel was used for each of them", wrong=_same_kernel),
        Mistake("edge", "you padded by repeating the border. Here the padding is zeros",
                wrong=lambda x, w, s, p: convolve(_padded(x, p, "edge"), w, s, 0)),
        Mistake("no-padding", "padding was ignored: the maps are smaller than they should be where padding is not 0",
                wrong=lambda x, w, s, p: convolve(x, w, s, 0)),
        Mistake("no-stride", "stride was ignored: the window moved one pixel at a time",
                wrong=lambda x, w, s, p: convolve(x, w, 1, p)),
        Mistake("padding-flag", "one ring of zeros, whatever `padding` says: it is a number of pixels, not a yes or no",
                wrong=lambda x, w, s, p: convolve(x, w, s, min(p, 1))),
        Mistake("padding-after", "the zeros came after the sliding, round the maps. They belong round the picture, before",
                wrong=lambda x, w, s, p: _padded(convolve(x, w, s, 0), p, "constant")),
        Mistake("starts", "the maps have the right size, but the window moves one pixel at a time: multiply its start by stride",
                wrong=lambda x, w, s, p: convolve(x, w, 1, p)[(slice(None), *map(slice, convolve(x, w, s, p).shape[1:]))]),
        Mistake("integers", "the picture may hold integers; your maps took over its type and cut off every fraction",
                wrong=lambda x, w, s, p: np.trunc(convolve(x, w, s, p)) if x.dtype.kind == "i" else convolve(x, w, s, p)),
        Mistake("channels-last", "right numbers, but the maps come last. Give (o, H', W')",
                when=lambda got, expected, *_: np.allclose(np.moveaxis(np.asarray(got), -1, 0), expected)),
        Mistake("channels-apart", "one map for each kernel and each channel: the channels still have to be added up",
                when=lambda got, expected, x, w, s, p: np.ndim(got) == 4 and np.shape(got)[1] == len(x)),
    ],
    hints=(
        "Write down one number of the answer: which pixels go into it, times what?",
        "Put zeros round the picture. For output row r and column c the window is rows r·stride … r·stride + k, the same for "
        "columns, "
        "all channels; multiply it by each kernel and add everything up.",
        "k = kernels.shape[-1]\nx = np.pad(picture, ((0, 0), (padding, padding), (padding, padding)))\nwindows = "
        "np.lib.stride_tricks.sliding_window_view(x, "
        "(k, k), axis=(1, 2))     # (c, H', W', k, k)\nwindows = windows[:, ::…, ::…]\nreturn np.einsum(\"chwij,ocij->…\", "
        "windows, kernels)",
    ),
)  # fmt: skip
