"""Compact bilinear fusion: all products of the modalities, hashed into a vector of fixed length without being made."""

from collections.abc import Sequence
from functools import reduce
from operator import mul

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlearn.fusion.base import Fusion


class CompactBilinear(Fusion):
    """A count sketch of the outer product, made by multiplying Fourier transforms, then a linear layer.

    z_m = [x_m / |x_m|; 1]
    ψ_m(z)_j = Σ_i [g_m(i) = j] s_m(i) z_i                                a place g_m(i) and a sign s_m(i) = ±1 for each i
    φ = ψ_1(z_1) ∗ … ∗ ψ_n(z_n) = F⁻¹(F ψ_1(z_1) ∘ … ∘ F ψ_n(z_n))        ∗ is circular convolution, (batch, size)
    y = V norm(sign(φ) √|φ|) + c                                          V is (out_dim, size)

    φ is the count sketch of the outer product of the z_m: the product of numbers i and j lands at place g_1(i) + g_2(j) modulo
    `size` with the sign s_1(i) s_2(j) (Pham & Pagh 2013, "Fast and Scalable Polynomial Kernels via Explicit Feature Maps",
    KDD). Inner products of sketches are those of the outer products, on the average over the tables. Gao et al. (2016),
    "Compact Bilinear Pooling", CVPR, fuse a picture with itself; Fukui et al. (2016), "Multimodal Compact Bilinear Pooling for
    Visual Question Answering and Visual Grounding", EMNLP, two modalities. The signed square root and the norm are theirs:
    products have long tails.

    The appended 1 is not theirs: it keeps the products of some modalities beside those of all, and as each x_m has length one,
    with as much weight. Its place is 0 and its sign +, so a missing modality, [0, …, 0, 1], has the sketch [1, 0, …, 0], which
    changes nothing it is convolved with.

    Args:
        size: the length of the sketch; its error falls as 1 / √size.
        seed: the tables are drawn from it. They are buffers: saved with the module, and not trained.

    Raises:
        ValueError: `size` is not a positive integer.
    """

    def __init__(self, dims: Sequence[int], out_dim: int, size: int = 1024, seed: int = 0):
        super().__init__(dims, out_dim)
        if not isinstance(size, int) or size < 1:
            raise ValueError(f"size is {size!r}; accepted is a positive integer")
        self.size = size
        generator = torch.Generator().manual_seed(seed)
        for m, d in enumerate(self.dims):
            self.register_buffer(f"places_{m}", torch.randint(size, (d,), generator=generator))
            self.register_buffer(f"signs_{m}", 2.0 * torch.randint(2, (d,), generator=generator) - 1)
        self.out = nn.Linear(size, out_dim)

    def fuse(self, views: list[Tensor], mask: Tensor) -> Tensor:
        wide = [x if x.dtype == torch.float64 else x.float() for x in views]  # half precision has no Fourier transform
        pooled = self.sketch([functional.normalize(x, dim=1) for x in wide])
        return self.out(signed_root(pooled).to(views[0].dtype))

    def sketch(self, vectors: list[Tensor]) -> Tensor:
        """φ, the sketch of the outer product of [v_m; 1], (batch, size), of `vectors` (batch, dims[m]), float32 or float64."""
        # 1 is the spectrum of [1, 0, …, 0], the sketch of the appended 1
        spectra = [1 + torch.fft.rfft(self._hashed(m, v)) for m, v in enumerate(vectors)]
        return torch.fft.irfft(reduce(mul, spectra), n=self.size)

    def _hashed(self, m: int, v: Tensor) -> Tensor:
        """ψ_m of v without the 1, (batch, size): every number goes to its place, with its sign."""
        places, signs = getattr(self, f"places_{m}"), getattr(self, f"signs_{m}")
        return v.new_zeros(len(v), self.size).index_add(1, places, v * signs.to(v.dtype))


def signed_root(v: Tensor, soft: float = 1e-3) -> Tensor:
    """sign(v) √|v| in rows of mean square one, (batch, d) → (batch, d).

    Near zero, where the root is infinitely steep, it is replaced by a line: v / √(|v| + soft), in units of the row's own size.
    Otherwise the rounding of the Fourier transform would show, and gradients be infinite.
    """
    full = v.shape[1] ** 0.5
    root = v * (v.abs() + soft / full * _length(v)).rsqrt()
    return root * (full / _length(root))


def _length(rows: Tensor) -> Tensor:
    """(batch, 1), never 0."""
    return torch.linalg.vector_norm(rows, dim=1, keepdim=True).clamp(min=1e-12)
