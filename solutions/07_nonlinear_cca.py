# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] label="promise"
# # 07 · Nonlinear CCA: kernels, networks, and more than two views
#
# **You make CCA see what no straight line shows, twice: exactly, with a kernel, and by training, with a network; and you find a picture by the sound of a voice
# that describes it.**
#
# ![Contours that stand upright, the same on the left and on the right: a function that kernel CCA found](../data/pictures/nonlinear_cca.png)
#
# *A function that kernel CCA found by itself: it is the same for $s$ and $-s$, and ignores the noise. You draw it in section 2.*
#
# *What you will have at the end: kernel CCA from two short functions, a deep CCA loss that never gives NaN and the knowledge why others do, and one space for
# pictures, captions and speech.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - say when linear CCA must fail, and show it;
# - derive kernel CCA, and say why it needs a ridge;
# - write the loss of deep CCA so that its gradient is always a number, and choose its batch;
# - put three views into one space, and measure what the third is worth.
#
# **You need** chapter 06 (CCA, whitening, ridge) and from chapter 01 the training loop. Terms in English and Chinese: [glossary · 术语表](../GLOSSARY.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import numpy as np
import torch

from mmlearn import align, data, evaluate, features, profiles, show, widgets
from mmlearn.align import CCA, GCCA, DeepCCA, KernelCCA
from mmlearn.data.two_views import noisy_digits
from mmlearn.exercises import check, hint, progress, quiz
from mmlearn.features import audio

size = profiles.settings("07_nonlinear_cca")

# %% [markdown] label="problem-text"
# ## 1 · A problem that a straight line cannot see
#
# Two views share one number $s$. The first view shows it as it is, the second shows its **square**; beside it each view has a column of its own that means nothing:
#
# $$x = (s,\ \text{noise}), \qquad y = (s^2,\ \text{noise}).$$
#
# Nothing exotic: loudness is the square of an amplitude, and *far from usual* is a square too. From $s$ one can compute $s^2$ without error. What does CCA find?


# %% label="problem"
def related_by_a_square(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """n pairs: X (n, 2) with s in column 0, Y (n, 2) with s² there."""
    rng = np.random.default_rng(seed)
    s = rng.normal(size=(n, 1))
    own = rng.normal(size=(2, n, 1))  # a column for each view, about which the other knows nothing
    X, Y = np.hstack([s, own[0]]), np.hstack([s**2, own[1]])
    return X + 0.1 * rng.normal(size=(n, 2)), Y + 0.1 * rng.normal(size=(n, 2))


X, Y = related_by_a_square(size.points, seed=0)
X_new, Y_new = related_by_a_square(size.points, seed=1)
linear = CCA(n_components=1, reg=0.01).fit(X, Y)
show.table([{"": "linear CCA", "correlation, new pairs": linear.score(X_new, Y_new)}]);

# %% [markdown] label="problem-why"
# About zero. For every pair with $s$ there is, just as often, one with $-s$ and the same $s^2$, so the line through them is flat. **A correlation of zero does not mean that two
# views have nothing in common; it means that no straight line says what.**

# %% [markdown] label="idea"
# ## 2 · The idea: map first, then CCA
#
# Had we given CCA the column $s^2$ as well, it would have found it. So map each row by some function $\varphi$ to many more columns (squares, products, bumps at all places …) and do CCA
# *there*, in **feature space** (特征空间). A straight line in many columns is a curve in the old ones.
#
# With $\Phi = \varphi(X)$ of shape $(n, D)$ and $D$ huge, the covariance $(D, D)$ is out of reach. But look at one direction $w$ of that space. Adding to $w$ anything at right angles to all rows
# $\varphi(x_1), \dots, \varphi(x_n)$ changes no projection, and so no correlation. So $w$ may be taken as a sum of these rows:
#
# $$w = \sum_{i=1}^n \alpha_i\, \varphi(x_i) = \Phi^\top \alpha, \qquad \Phi w = \Phi\Phi^\top \alpha = K\alpha .$$
#
# - $K$ is $(n, n)$, $K_{ij} = \varphi(x_i)\cdot\varphi(x_j) = k(x_i, x_j)$: the **kernel** (核). It is all that is needed of $\varphi$.
# - $\alpha$ is $(n,)$, one number a training pair: the **dual** weights. The unknowns are as many as the pairs, not as the columns.
#
# So choose a $k$ that is easy to compute, and never write down $\varphi$. The most common is the **Gaussian kernel** $k(a, b) = e^{-\gamma \lVert a - b\rVert^2}$, whose $\varphi$ has infinitely many columns.
# $\gamma$ says how quickly two rows stop being alike.

# %% [markdown] label="gaussian-text" exercise="nonlinear_cca.gaussian_kernel" difficulty=1 minutes=5
# The Gaussian kernel of all rows of `A` with all rows of `B`. $\lVert a - b\rVert^2$ is the sum of the squared differences over the columns.


# %% label="gaussian" exercise="nonlinear_cca.gaussian_kernel"
def gaussian_kernel(A: np.ndarray, B: np.ndarray, gamma: float) -> np.ndarray:
    """A (n, d), B (m, d) -> (n, m): entry (i, j) is exp(-gamma · |row i of A - row j of B|²)."""
    ### BEGIN SOLUTION
    differences = A[:, None, :] - B[None, :, :]  # (n, m, d)
    return np.exp(-gamma * (differences**2).sum(axis=2))
    ### END SOLUTION


# %% label="gaussian-check" tags=["nbval-check-output"]
check("nonlinear_cca.gaussian_kernel", gaussian_kernel)

# %% [markdown] label="centre-text" exercise="nonlinear_cca.centre_kernel" difficulty=2 minutes=10
# CCA needs **centred** columns. The mean $m = \frac1n\sum_i \varphi(x_i)$ is as invisible as $\varphi$ itself; but the kernel of the centred rows is not. Multiply out
#
# $$\tilde K_{ij} = (\varphi(x_i) - m)\cdot(\varphi(x_j) - m)$$
#
# and write every term with means of $K$. Give $\tilde K$.


# %% label="centre" exercise="nonlinear_cca.centre_kernel"
def centre_kernel(K: np.ndarray) -> np.ndarray:
    """K (n, n), symmetric -> (n, n): the kernel of the same rows after taking off their mean in feature space."""
    ### BEGIN SOLUTION
    return K - K.mean(axis=0) - K.mean(axis=1, keepdims=True) + K.mean()
    ### END SOLUTION


# %% label="centre-check" tags=["nbval-check-output"]
check("nonlinear_cca.centre_kernel", centre_kernel)

# %% [markdown] label="dual-derivation"
# ### The dual, step by step
#
# Let $K$ and $L$ be the centred kernels of the two views, $\alpha$ and $\beta$ their dual weights. The projections are $K\alpha$ and $L\beta$, of length $n$, so
#
# $$\operatorname{corr} = \frac{\alpha^\top K L \beta}{\sqrt{\alpha^\top K^2 \alpha}\ \sqrt{\beta^\top L^2 \beta}} .$$
#
# Now the trouble. In exact arithmetic the Gaussian kernel of $n$ *different* rows has full rank $n$ ($n - 1$ once centred). Then $K\alpha$ can be made **any** centred list of $n$ numbers, and $L\beta$ the same one: the
# correlation is 1, whatever the data. Without a ridge, kernel CCA always gives 1 and has learned nothing. A **ridge** $\nu$ (absolute here) charges for the length of $w$, which is $\alpha^\top K\alpha$:
#
# $$\alpha^\top K^2\alpha \ \longrightarrow\ \alpha^\top (K^2 + \nu K)\,\alpha,\qquad \text{and the same for } L.$$
#
# Fix both of these at 1, and make $\alpha^\top K L\beta$ as large as possible; the multiplier of both conditions is its value, $\rho$. The derivatives are zero where
#
# $$K\,L\beta = \rho\, K (K + \nu I)\,\alpha, \qquad L\,K\alpha = \rho\, L (L + \nu I)\,\beta .$$
#
# Drop the factor $K$ in front of both sides of the first, and $L$ of the second (that only loses what is constant). Call the projections $u = K\alpha$ and $v = L\beta$, and let $R_K = K (K + \nu I)^{-1}$, $R_L = L(L + \nu I)^{-1}$. Then
#
# $$R_K v = \rho\, u, \qquad R_L u = \rho\, v, \qquad\text{and so}\qquad R_K R_L\, u = \rho^2 u :$$
#
# the numbers $\rho^2$ are the **eigenvalues of $R_K R_L$**. $R_K$ is what ridge regression on view one makes of any list of numbers. What survives both regressions, there and back, is what the views share.

# %% [markdown] label="dual-text" exercise="nonlinear_cca.dual_correlations" difficulty=3 minutes=15
# From two centred kernels to the `k` largest correlations $\rho$, the largest first. `ridge` is $\nu$, added to the diagonal of both as it stands.


# %% label="dual" exercise="nonlinear_cca.dual_correlations"
def dual_correlations(K: np.ndarray, L: np.ndarray, ridge: float, k: int) -> np.ndarray:
    """K, L (n, n) centred kernels -> (k,): roots of the largest eigenvalues of R_K R_L, falling."""
    ### BEGIN SOLUTION
    ridged = ridge * np.eye(len(K))
    R_K, R_L = np.linalg.solve(K + ridged, K), np.linalg.solve(L + ridged, L)
    squares = np.sort(np.linalg.eigvals(R_K @ R_L).real)[::-1]
    return np.sqrt(np.maximum(squares[:k], 0))
    ### END SOLUTION


# %% label="dual-check" tags=["nbval-check-output"]
check("nonlinear_cca.dual_correlations", dual_correlations)

# %% [markdown] label="kernel-listing-text"
# **The listing.** The library does the same by whitening, and so gets the weights too. `_basis` decomposes one centred kernel; what two whitened views share is then a singular value
# decomposition, as in chapter 06. Its ridge is relative, as in `CCA`: `reg` times the view's total variance in feature space, which makes $\nu = \texttt{reg} \cdot \operatorname{trace} K$: one $\nu$ for each view, where the exercise has one for both. (With these two in
# $R_K$ and $R_L$ your formula gives the library's `correlations_`.) `_embed` serves new rows: their kernel with the training rows is centred by the *training* means, in `centred`, which is your second exercise.

# %% label="kernel-listing"
show.source(align.KernelCCA._basis)
show.source(align.KernelCCA._embed)
show.source(align.kernel_cca.centred);

# %% [markdown] label="kernel-mine-text"
# Now the problem of section 1 again. $\gamma$ comes from the **median heuristic**: $1/(2 \delta^2)$, with $\delta$ the median distance of two rows; here that is about 0.2 in both views. With `mine = True` it is *your* kernel
# that is used, with 0.2 for both, so the number moves a little.

# %% label="kernel-fit"
mine = False
kcca = KernelCCA((lambda A, B: gaussian_kernel(A, B, 0.2)) if mine else "rbf", n_components=2, reg=0.01).fit(X, Y)
show.table([
    {"": name, "correlation, new pairs": np.corrcoef(*(view[:, 0] for view in model.transform(X_new, Y_new)))[0, 1]}
    for name, model in (("linear CCA", linear), ("kernel CCA", kcca))
]);


# %% label="kernel-picture"
def first_direction(model, view: int):
    """The first coordinate of a view's embedding, as a function of two grids of numbers."""

    def of(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return model.transform(np.stack([a.ravel(), b.ravel()], axis=1), view=view)[:, 0].reshape(a.shape)

    return of


def contours(model, title: str, name: str | None = None):
    return show.surface(first_direction(model, 0), points={"training pairs": X}, xlim=(-3, 3), ylim=(-3, 3), levels=np.linspace(-3, 3, 13),
                        xlabel="column 0 of x: s", ylabel="column 1 of x: noise", label="first coordinate; white is 0", title=title, name=name)


contours(kcca, "What kernel CCA makes of the first view", "kernel-map");

# %% [markdown] label="kernel-read"
# Where the points are, the contours stand nearly upright: the second column hardly counts, as it should be. (Towards the rim there are no points, and the function fades to what it knows nothing of.) And they are the same on the
# left and on the right: the function is even, like $s^2$. Nobody told it about squares. (Lines are dashed where
# the coordinate is below 0. Which side that is means nothing: both views' coordinates may change sign together.)

# %% [markdown] label="widget-text"
# **Move the width.** Below, $\gamma$ goes from a hundredth to a hundred times the median heuristic; the ridge is a tenth of the one above. Small: one smooth valley, stiff but, for a square, just right. Large: every row is alike only to its nearest neighbours, and
# the contours grow ragged. The title has the correlation in training and on new pairs. The first hardly moves; the second falls once the function follows the noise. **What fits worse on new pairs does not tell so in training.**

# %% label="widget"
typical = [align.median_gamma(view) for view in (X, Y)]


def with_width(times: float):
    model = KernelCCA(gamma=[times * gamma for gamma in typical], n_components=1, reg=0.001).fit(X, Y)
    return contours(model, f"γ = {times:g} × the heuristic: correlation {model.score(X, Y):.2f} in training, {model.score(X_new, Y_new):.2f} new")


widgets.slider(with_width, [0.01, 0.1, 0.3, 1, 3, 10, 30, 100], "times the median heuristic", start=1, name="width");

# %% [markdown] label="fourier-why"
# ### Twenty thousand pairs
#
# A kernel matrix of 20,000 pairs has 400 million entries, 3.2 GB, and the work of decomposing it grows with the cube of the pairs. The way out (Rahimi and Recht, 2008): a few **random features** $z(x)$ with $z(a)\cdot z(b) \approx k(a, b)$. For the
# Gaussian kernel these are cosines of random projections. With $W$ of shape $(d, D)$, entries normal with variance $2\gamma$, and shifts $b$ uniform in $[0, 2\pi)$,
#
# $$z(x) = \sqrt{\tfrac2D}\ \cos(W^\top x + b).$$

# %% [markdown] label="fourier-text" exercise="nonlinear_cca.fourier_features" difficulty=2 minutes=5
# The library has no random features: you write them. `W` and `b` are drawn already.


# %% label="fourier" exercise="nonlinear_cca.fourier_features"
def fourier_features(X: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    """X (n, d), W (d, D), b (D,) -> (n, D): sqrt(2 / D) · cos(X W + b)."""
    ### BEGIN SOLUTION
    return np.sqrt(2 / W.shape[1]) * np.cos(X @ W + b)
    ### END SOLUTION


# %% label="fourier-check" tags=["nbval-check-output"]
check("nonlinear_cca.fourier_features", fourier_features)


# %% label="fourier-try"
def drawn(gamma: float, d: int, D: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return np.sqrt(2 * gamma) * rng.normal(size=(d, D)), rng.uniform(0, 2 * np.pi, D)


if fourier_features(X, *drawn(1.0, 2, 5, 0)) is None:
    print("fill in the exercise above to go on to many pairs")
else:
    draws = [drawn(gamma, 2, 100, seed) for seed, gamma in enumerate(typical)]
    stream = CCA(n_components=1, reg=0.001)
    for seed in range(size.stream // 100):  # a hundred pairs at a time: linear CCA learns from batches
        stream.partial_fit(*(fourier_features(v, *w) for v, w in zip(related_by_a_square(100, seed + 10), draws, strict=True)))
    print(f"correlation on new pairs: {stream.score(*(fourier_features(v, *w) for v, w in zip((X_new, Y_new), draws, strict=True))):.3f}")

# %% [markdown] label="fourier-read"
# With a hundred cosines a view this comes to about 0.99, and no $(n, n)$ matrix was ever made. Kernel CCA of 400 pairs gives 0.98 with the same $\gamma$ and ridge (the widget, at 1): it has seen a fiftieth of the pairs.

# %% [markdown] label="deep-text"
# ## 3 · Features that are learned: deep CCA
#
# A kernel's features are fixed before it sees a pair. **Deep CCA** (Andrew et al., 2013) learns them: a network $f$ for the first view, $g$ for the second, each with $k$ outputs, trained so that linear CCA of the outputs finds as
# much correlation as possible. For a batch of $n$ pairs let $A = f(X)$ and $B = g(Y)$, of shape $(n, k)$, be centred, and
#
# $$C_{AA} = \tfrac{1}{n-1}A^\top A + \nu I,\quad C_{BB} = \tfrac{1}{n-1}B^\top B + \nu I,\quad C_{AB} = \tfrac{1}{n-1}A^\top B,\qquad
# T = C_{AA}^{-1/2}\, C_{AB}\, C_{BB}^{-1/2}.$$
#
# The canonical correlations are the singular values of $T$, and the loss is minus their sum, the **total correlation**. So the first piece is an inverse root.

# %% [markdown] label="root-text" exercise="nonlinear_cca.inverse_root" difficulty=2 minutes=10
# $(C + \nu I)^{-1/2}$, the symmetric matrix whose square is the inverse of $C + \nu I$. `C` is a covariance; `ridge` is $\nu$, absolute.


# %% label="root" exercise="nonlinear_cca.inverse_root"
def inverse_root(C: np.ndarray, ridge: float) -> np.ndarray:
    """C (d, d), symmetric without negative eigenvalues -> (d, d), symmetric: (C + ridge · I) to the power -1/2."""
    ### BEGIN SOLUTION
    values, U = np.linalg.eigh(C + ridge * np.eye(len(C)))
    return U @ np.diag(1 / np.sqrt(values)) @ U.T
    ### END SOLUTION


# %% label="root-check" tags=["nbval-check-output"]
check("nonlinear_cca.inverse_root", inverse_root)

# %% [markdown] label="nan-text"
# **And it breaks.** Here is the same in torch, and eight outputs of which five are silent: always zero, as happens behind a ReLU. The value is right. The gradient is not a number.


# %% label="nan"
def root_by_eigenvectors(C: torch.Tensor) -> torch.Tensor:
    values, U = torch.linalg.eigh(C)
    return U @ torch.diag(values**-0.5) @ U.T


def whitened_product(A: torch.Tensor, B: torch.Tensor, ridge: float = 1e-3) -> torch.Tensor:
    """T, as the formula above says it."""
    a, b = A - A.mean(0), B - B.mean(0)
    ridged = ridge * torch.eye(A.shape[1], dtype=A.dtype)
    C_aa, C_ab, C_bb = (u.T @ v / (len(a) - 1) for u, v in ((a, a), (a, b), (b, b)))
    return root_by_eigenvectors(C_aa + ridged) @ C_ab @ root_by_eigenvectors(C_bb + ridged)


def textbook(A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
    return torch.linalg.svdvals(whitened_product(A, B)).sum()


generator = torch.Generator().manual_seed(0)
A, B = torch.randn(2, 100, 8, dtype=torch.float64, generator=generator)
A[:, 3:] = 0
for name, total in (("textbook", textbook), ("the library's", align.total_correlation)):
    outputs = A.clone().requires_grad_()
    value = total(outputs, B)
    value.backward()
    print(f"{name:14} total correlation {value.item():.3f}, gradient finite: {bool(torch.isfinite(outputs.grad).all())}")

# %% [markdown] label="nan-why"
# Why? If $C$ moves a little, its eigenvector $u_i$ turns towards $u_j$ by an amount proportional to $\frac{1}{l_i - l_j}$, where $l_i$, $l_j$ are their eigenvalues. Silent units all have the eigenvalue $\nu$: $l_i - l_j = 0$, and $0/0$ is NaN.
# The root itself is perfectly smooth there; only the *way* to it, through eigenvectors, is not. One silent unit does no harm; two are enough. (A batch that is too small opens a second way to NaN: section 6.)
#
# **The repair** is to take another way. *Any* $W$ with $W^\top C\, W = I$ whitens, and all give the same singular values, since they differ by a rotation. Choose the one without eigenvectors: the **Cholesky factor** $G$ (the listing's `L`, which is a kernel
# here), lower triangular with $G G^\top = C$, and $W = G^{-\top}$. From both sides, $W_A^\top C_{AB} W_B$, that is
#
# $$T = G_A^{-1}\, C_{AB}\, G_B^{-\top} .$$
#
# And the sum of singular values $\sum_i s_i$ of $T = P\,\mathrm{diag}(s)\,Q^\top$ has the gradient $P Q^\top$: no differences in it. (`torch.linalg.svdvals` knows that, the full `svd` does not.)

# %% [markdown] label="loss-text" exercise="nonlinear_cca.correlation_loss" difficulty=4 minutes=20
# Write the loss: **minus** the sum of the canonical correlations of two batches of outputs. Covariances with the divisor $n - 1$; `ridge` is $\nu$, absolute, in both views. The check compares the gradients for `A` and `B` too, also with silent units.


# %% label="loss" exercise="nonlinear_cca.correlation_loss"
def correlation_loss(A: torch.Tensor, B: torch.Tensor, ridge: float) -> torch.Tensor:
    """A, B (n, k) outputs for n pairs -> a tensor of shape (), from -k to 0, with gradients that are numbers."""
    ### BEGIN SOLUTION
    a, b = A - A.mean(dim=0), B - B.mean(dim=0)
    G_a, G_b = (
        torch.linalg.cholesky(v.T @ v / (len(v) - 1) + ridge * torch.eye(v.shape[1], dtype=v.dtype)) for v in (a, b)
    )
    half = torch.linalg.solve_triangular(G_a, a.T @ b / (len(a) - 1), upper=False)  # G_a⁻¹ C_ab
    whole = torch.linalg.solve_triangular(G_b, half.T, upper=False)  # the transpose of G_a⁻¹ C_ab G_b⁻ᵀ
    return -torch.linalg.svdvals(whole).sum()
    ### END SOLUTION


# %% label="loss-check" tags=["nbval-check-output"]
check("nonlinear_cca.correlation_loss", correlation_loss)

# %% [markdown] label="loss-listing-text"
# **The listing.** The same, with the ridge relative to the mean variance as in `CCA`, and in float64 inside: a covariance squares the data, and so halves its digits.

# %% label="loss-listing"
show.source(align.total_correlation)
show.source(align.deep_cca._factor);

# %% [markdown] label="digits-text"
# ### Digits that share only their class
#
# Now train with it. scikit-learn's 1,797 handwritten digits make a task in which all that is shared is known: each pair shows **two different images of one class**, each turned by up to 45° and covered with noise. No pixel
# of one view tells a pixel of the other; only *which digit it is*. Ten classes differ in nine directions, so a perfect method finds a total correlation of 9.

# %% label="digits"
digits = noisy_digits(size.digits, seed=0)
train, val, test = digits["train"], digits["val"], digits["test"]
some = [view[:8].reshape(-1, 8, 8) for view in (train.X, train.Y)]
show.maps(np.concatenate(some), [f"view {v}: a {d}" for v in (1, 2) for d in train.labels[:8]], columns=8, name="digits");


# %% [markdown] label="training-text"
# **The training.** Each step takes `batch` pairs, and leaves out the share `dropout` of the pixels at random, so that no output leans on one pixel. Afterwards linear CCA is fitted on the outputs of *all* training pairs, since a batch only
# estimates it: the last linear step (`_solve`). Every `every` steps this is done for a look at the validation pairs, and the moment with the highest total correlation on them is kept.

# %% label="training-listing"
show.source(align.trained.TrainedAligner._fit)
show.source(align.DeepCCA._solve);


# %% label="digits-train"
def digit_row(name: str, model) -> dict:
    """Total correlation of test pairs, and how well a linear classifier reads the digit from view 1."""
    parts = [(model.transform(part.X, view=0), part.labels) for part in (train, val, test)]
    return {"": name, "total correlation": 10 * model.score(test.X, test.Y), "probe accuracy": evaluate.linear_probe(*parts).accuracy}


few = slice(size.digit_kernel_pairs)
heuristic = [align.median_gamma(view) for view in (train.X, train.Y)]
kernels = {times: KernelCCA(gamma=[times * gamma for gamma in heuristic], n_components=10, reg=2e-4) for times in (1, 8)}
deep = DeepCCA(n_components=10, hidden=size.hidden, dropout=0.4, steps=size.digit_steps, batch=512, every=50)
deep.fit(train.X, train.Y, validation=[val.X, val.Y])
show.table([
    digit_row("linear CCA", CCA(10, reg=1.0).fit(train.X, train.Y)),
    *(digit_row(f"kernel CCA, {len(train.X[few])} pairs, γ {times} × the heuristic", kernel.fit(train.X[few], train.Y[few])) for times, kernel in kernels.items()),
    digit_row("deep CCA", deep),
]);

# %% [markdown] label="digits-table-text"
# That was one short training with fixed settings, and kernel CCA had few of the pairs. The **honest table**: five seeds, each with its own split of the images, 2,000 training pairs for every method, ridge and width chosen on validation pairs (eight times the
# heuristic's $\gamma$, at every seed), deep CCA trained for 1,500 steps and its best moment kept by validation pairs.

# %% label="digits-table"
show.table(evaluate.Scores.stored("nonlinear_cca", "digits").rows());

# %% [markdown] label="digits-read"
# - **Deep CCA is ahead of kernel CCA at every one of the five seeds**, though not by much; and both are far ahead of linear CCA. Learned curves fit better than fixed ones, and any curves better than straight lines.
# - **The probe says otherwise.** The digit is read best from kernel CCA's directions, some three points better than from deep CCA's. To agree most with the other view and to tell digits apart are two different aims. Measure the one you need.
# - **Choose the width.** The live table shows what the median heuristic costs here: it is a place to start from, no more. Compare methods only when each of them was tuned with the same care.
# - **Nobody comes near 9**: with so much noise on 8 × 8 pixels, one image alone does not always say which digit it is.
#
# (The shuffled row has a probe far above the commonest class because *any* ten directions of the pixels say something about the digit. Its total correlation is what shows that nothing was aligned.)

# %% [markdown] label="maxvar-text0"
# ## 4 · Three views: generalised CCA
#
# A picture, its caption, and somebody saying it. With three views there are three correlations for every direction, and several ways to add them up (Kettenring, 1971). **MAXVAR** asks for something that none of the views is: a
# shared variable $t$ of variance one that *all* views predict as well as possible,
#
# $$\max_t \sum_{i=1}^q R_i^2(t),$$
#
# with $q$ the number of views and $R_i^2(t)$ the share of $t$'s variance that a linear regression on view $i$ predicts. For a *whitened* view $H_i$, $(n, d_i)$, that share is $\lVert H_i^\top t\rVert^2 / (n-1)^2$. Side by side, $H = [H_1, \dots, H_q]$, the sum is $\lVert H^\top t\rVert^2/(n-1)^2$: largest for
# the first **left singular vector** of $H$. PCA, of whitened views.

# %% [markdown] label="maxvar-text" exercise="nonlinear_cca.maxvar" difficulty=3 minutes=10
# Give the `k` shared variables. The views come whitened and centred. The one that the views agree on most comes first; each has variance one (divisor $n - 1$); its sign is free.


# %% label="maxvar" exercise="nonlinear_cca.maxvar"
def maxvar(views: list[np.ndarray], k: int) -> np.ndarray:
    """views: whitened, centred (n, d_i) each -> (n, k), the shared variables, most shared first, of variance one."""
    ### BEGIN SOLUTION
    U, _, _ = np.linalg.svd(np.hstack(views), full_matrices=False)
    return U[:, :k] * np.sqrt(len(U) - 1)
    ### END SOLUTION


# %% label="maxvar-check" tags=["nbval-check-output"]
check("nonlinear_cca.maxvar", maxvar)

# %% [markdown] label="gcca-listing-text"
# **The listing.** The library does it from the covariance of all columns alone, so views may come in batches and from several machines, as in chapter 06. A view's embedding is its *prediction* of the shared variables.

# %% label="gcca-listing"
show.source(align.GCCA._solution.func);

# %% [markdown] label="zoo-text"
# ### Beside a library that others trust
#
# A method that is written anew deserves a second opinion. `cca-zoo` is a library of nothing but CCA and its relatives. Its ridge is stated otherwise and was mapped onto ours; then both were fitted on the same pairs, and the
# correlations of their embeddings compared, for training pairs and new ones. Times are medians of runs taken in turns. (Linear CCA, with and without ridge, has its turn in chapter 06.)

# %% label="zoo"
beside = evaluate.Scores.stored("nonlinear_cca", "zoo")
show.table([{"": name, "rows": f"{beside[name]['rows']:.0f}", "largest difference": f"{beside[name]['largest difference, billionths'] / 1e9:.0e}",
             "our time / theirs": f"{beside[name]['time, ours / theirs']:.2f}"} for name in beside.values]);

# %% [markdown] label="scenes-text"
# ### On the controlled world
#
# Scenes with one object, a caption that says everything about it, and the caption spoken by one of several voices. Pictures go through EfficientNet, captions through MiniLM; for speech we take the plainest thing: **moments** of the log-mel
# spectrogram (chapter 04), the mean of each band, its spread, and how much it changes from frame to frame. Order is lost.


# %% label="moments"
def moments(wave: torch.Tensor) -> np.ndarray:
    """(samples,) at 16 kHz -> three numbers a mel band: mean, spread, spread of the changes."""
    mel = audio.log_mel(wave, audio.RATE)[None]
    mel, length = audio.trim(mel, torch.tensor([mel.shape[-1]]))
    mel = audio.normalise(mel, length)[0, :, : int(length)]
    return torch.cat([mel.mean(1), mel.std(1), mel.diff(dim=1).std(1)]).numpy()


image_encoder, text_encoder = features.pretrained.image(size=size.pixels), features.pretrained.text()


def three_views(pictures, captions, waves) -> list[np.ndarray]:
    spoken = np.stack([moments(wave) for wave in waves])
    return [features.encode(image_encoder, pictures), features.encode(text_encoder, captions), spoken]


# %% label="scenes"
world = {split: data.load("scenes", split=split, n=n, objects=1, detail=1.0, speech=True) for split, n in size.scenes.items()}


def scene_waves(scenes) -> list[torch.Tensor]:
    return [audio.resample(wave, scenes.sample_rate, audio.RATE) for wave in scenes.column("speech")]


scene = {split: three_views(one.images(), one.column("caption"), scene_waves(one)) for split, one in world.items()}
print("pictures, captions, speech:", [view.shape for view in scene["train"]])

# %% label="scenes-table"
NAMES = ("picture", "caption", "speech")


def standardised(views: list[np.ndarray], by: list[np.ndarray]) -> list[np.ndarray]:
    return [(view - like.mean(0)) / (like.std(0) + 1e-6) for view, like in zip(views, by, strict=True)]


def retrieval(train_views: list, test_views: list) -> dict:
    """R@10 of speech as the query for pictures and captions, and of captions for pictures; of that alone for two views."""
    gcca = GCCA(size.components, reg=1.0).fit(standardised(train_views, train_views))
    embedded = dict(zip(NAMES, gcca.transform(standardised(test_views, train_views)), strict=False))
    asked = (("speech", "picture"), ("speech", "caption"), ("caption", "picture"))
    return {f"{q} → {a}": evaluate.recall_at_k(evaluate.cosine_similarity(embedded[q], embedded[a]), 10) for q, a in asked if q in embedded}


def with_controls(train_views: list, test_views: list) -> list[dict]:
    """As it is, with speech shuffled in training, without speech, and guessing."""
    wrong = np.random.default_rng(0).permutation(len(train_views[2]))
    rows = {"GCCA": retrieval(train_views, test_views), "speech shuffled": retrieval([*train_views[:2], train_views[2][wrong]], test_views),
            "pictures and captions only": retrieval(train_views[:2], test_views[:2])}
    lots = evaluate.chance(len(test_views[0]), 10)
    return [{"R@10": name, **row} for name, row in rows.items()] + [{"R@10": "chance", **dict.fromkeys(rows["GCCA"], lots)}]


show.table(with_controls(scene["train"], scene["test"]));

# %% [markdown] label="scenes-read"
# Read the second row against the third: with speech shuffled, speech finds about as much as guessing does, and captions still find pictures. What speech scores above that comes from the pairing. It does so with moments alone, that is without knowing
# one word: the sounds of *red* and of *triangle* leave their mark on the mean spectrum. To captions and pictures it is no help: they find each other at least as well without it, as the third row says (0.97 against 0.93, six scenes of 150).

# %% [markdown] label="stamps-text"
# ## 5 · On real data: a voice asks for a picture
#
# Most Tux Paint stamps come with a recording of somebody saying what is on them: about 680 in French. A picture, an English caption, a French voice: three views, and nobody ever saw a French word in writing. (Only 65 are spoken in English.)


# %% label="stamps"
def spoken_stamps():
    """The stamps with a French recording: pictures, captions, files, groups; None where they cannot be had."""
    try:
        stamps = data.load("stamps", split="all")
    except data.DataUnavailable as reason:
        print(reason)
        return None
    rows = [i for i, files in enumerate(stamps.column("speech_path")) if "fr" in files][: size.stamps]
    return stamps, rows, [stamps.sounds(i)["speech_path"]["fr"] for i in rows]


spoken = spoken_stamps()

# %% label="stamps-fit"
if spoken:
    stamps, rows, files = spoken
    captions = [stamps.column("caption")[i] for i in rows]
    real = three_views(stamps.images(rows), captions, [audio.read(file) for file in files])
    held, _, learn = data.splits.grouped([stamps.groups[i] for i in rows], (size.test, size.val), seed=0)
    show.table(with_controls([view[learn] for view in real], [view[held] for view in real]))

# %% [markdown] label="stamps-five-text"
# One split of some 150 test stamps can be kind or unkind. Over five splits, with ridge and directions chosen on validation stamps by speech → picture (or by captions → pictures, where it says so or speech is left out):

# %% label="stamps-five"
show.table(evaluate.Scores.stored("nonlinear_cca", "three_views").rows());

# %% [markdown] label="stamps-five-read"
# A voice finds its picture among the first ten a little more than twice as often as guessing does, and its caption more than three times as often; with speech shuffled, both fall to chance. It is a weak search, and a real one: it rests on 192 moments
# of a sound, from some 450 examples. Chapter 08 trains an encoder for the same voices.
#
# **What is the third view worth to the other two?** Look at the last column. With ridge and directions chosen for speech, captions find pictures *worse* than with speech left out: 0.44 against 0.55. (Shuffled speech cannot tell that: it is a
# third view too.) Chosen for captions → pictures, nothing is lost, 0.55, and nothing gained. MAXVAR looks for what *all* views predict, and the choice decides whom it serves. Add a third view because you need it, not to help the first two;
# and judge its worth beside the two alone.

# %% label="stamps-look" tags=["private-media"]
if spoken:
    gcca = GCCA(size.components, reg=1.0).fit(standardised([view[learn] for view in real], [view[learn] for view in real]))
    seen = gcca.transform(standardised([view[held] for view in real], [view[learn] for view in real]))
    S = evaluate.cosine_similarity(seen[2], seen[0])  # speech down, pictures across
    order = np.argsort(evaluate.ranks(S))
    asked = [order[0], order[len(order) // 2], order[-1]]  # the best query, a middling one, the worst
    first = [[*np.argsort(-S[q])[:4], q] if q not in np.argsort(-S[q])[:5] else np.argsort(-S[q])[:5] for q in asked]
    place = [{j: f"rank {r}" for r, j in enumerate(np.argsort(-S[q]), 1)} for q in asked]
    headings = []
    for which, q, ranked in zip(("best", "middling", "worst"), asked, place, strict=True):
        headings.append(f"{which} query, spoken in French: {captions[held[q]]}")
        show.audio(audio.read(files[held[q]]), audio.RATE, f"the {which} query: “{captions[held[q]]}”; its picture has {ranked[q]} of {len(held)}",
                   name=f"query-{which}")
    show.retrieval(headings, [stamps.images([rows[held[j]] for j in found]) for found in first], [[captions[held[j]] for j in found] for found in first],
                   [[ranked[j] for j in found] for ranked, found in zip(place, first, strict=True)],
                   [[bool(j == q) for j in found] for q, found in zip(asked, first, strict=True)], quoted=False, name="spoken")

# %% [markdown] label="stamps-look-read"
# The query is the *voice*; the English words are only for you. Where the right picture is not among the first five, it stands last in its row, with its rank. Listen to the worst query: what was found instead is at best alike in sound, for
# moments of a spectrum know nothing of meaning.

# %% [markdown] label="part-text"
# ### The part's table
#
# Chapters 05 to 09 share one table: the same vectors of stamps' and clipart's pictures and captions, the same five grouped splits, 500 test pairs, everything chosen on validation pairs. Here are this chapter's rows, and linear
# CCA's. *Weighted* means that each direction counts by its correlation.

# %% label="part"
ROWS = ("CCA", "CCA, directions weighted", "kernel CCA, weighted", "deep CCA, weighted", "shuffled pairs: CCA", "random guessing")
part = evaluate.Scores.stored("alignment", "table")
show.table([row for row in part.rows() if row[""] in ROWS])
for name in ROWS[2:4]:
    ahead = sum(a > b for a, b in zip(part.values[name]["R@10"], part.values[ROWS[1]]["R@10"], strict=True))
    print(f"{name}: ahead of {ROWS[1]} by R@10 on {ahead} of 5 splits")

# %% [markdown] label="part-read"
# Compare with the linear row that is *weighted* too, so that only the curves differ. **Kernel CCA gains four to five points of R@10**; deep CCA next to nothing. On the digits deep CCA gained much over linear CCA. A
# likely reason, though not tested here: the digits are raw pixels and need ten directions; here a network that starts from nothing must find 128 of them, from about as many pairs, in vectors that two large networks have bent already.

# %% [markdown] label="part-live-text"
# And live, with fixed settings and fewer pairs to learn from, so that the kernel matrix stays small:

# %% label="part-live"
pairs = data.captioned_pictures(n=size.pairs)
held, _, learn = data.splits.grouped(pairs.groups, (size.pairs_test, size.pairs_val), seed=0)
learn = np.random.default_rng(0).permutation(learn)[: size.kernel_pairs]
views = features.encode(image_encoder, pairs.column("image")), features.encode(text_encoder, pairs.captions)
models = {"CCA": CCA(size.kernel_components, reg=1.0), "kernel CCA": KernelCCA(n_components=size.kernel_components, reg=0.001)}
rows_here = []
for name, model in models.items():  # weighted: each direction counts by its correlation
    A, B = (side * model.correlations_ for side in model.fit(*(v[learn] for v in views)).transform(*(v[held] for v in views)))
    rows_here.append({"": f"{name}, weighted; {len(learn)} pairs", "R@10, captions → pictures": evaluate.recall_at_k(evaluate.cosine_similarity(B, A), 10)})
show.table([*rows_here, {"": "random guessing", "R@10, captions → pictures": evaluate.chance(len(held), 10)}]);

# %% [markdown] label="wrong-ridge-text"
# ## 6 · What goes wrong
#
# **Kernel CCA without a ridge.** Two views of pure noise, with nothing in common at all:

# %% label="wrong-ridge"
rng = np.random.default_rng(0)
noise, noise_new = rng.normal(size=(2, 2, 100, 3))
rows_here = []
for ridge in (0.0, 1e-4, 1e-2, 1e-1):
    fitted = KernelCCA(n_components=1, reg=ridge).fit(*noise)
    rows_here.append({"reg": f"{ridge:g}", "in training": fitted.score(*noise), "new pairs": fitted.score(*noise_new)})
show.table(rows_here);

# %% [markdown] label="wrong-ridge-read"
# A perfect correlation, of nothing. With a ridge the training correlation falls, but stays far above zero: **a training correlation is not evidence**, here even less than in chapter 06. Look at new pairs.

# %% [markdown] label="wrong-batch-text"
# **A batch that is not larger than the outputs.** Noise again, sixteen outputs a view, and batches of growing size. Outputs that share nothing should have a total correlation of 0.

# %% label="wrong-batch"
batches = (8, 17, 32, 64, 256, 1024)
generator = torch.Generator().manual_seed(0)
told = [float(align.total_correlation(*torch.randn(2, n, 16, generator=generator), reg=1e-6)) for n in batches]
show.curve(batches, {"total correlation of noise": told}, "pairs in the batch", "total correlation", levels={"the most there can be": 16, "the truth": 0}, log="x", name="batch");

# %% [markdown] label="wrong-batch-read"
# With 8 pairs the total is 7, whatever the data: one less than the pairs. With 17 pairs and 16 outputs it is almost 16, for any 17 points can be turned onto any others. What gradient is left then serves the ridge, not what the views share.
# Even with sixteen times as many pairs as outputs, noise looks somewhat correlated. That is why deep CCA wants batches of many times the outputs.
#
# **And the gradient?** The paper writes the sum of the singular values as $\operatorname{trace}\,(T^\top T)^{1/2}$: roots of eigenvalues. Here is $T$ by Cholesky, as repaired, but with these roots. Twenty draws of noise for each size of batch:


# %% label="wrong-batch-nan"
def by_roots(A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
    a, b = A - A.mean(0), B - B.mean(0)
    C_aa, C_ab, C_bb = (u.T @ v / (len(a) - 1) for u, v in ((a, a), (a, b), (b, b)))
    G_a, G_b = (torch.linalg.cholesky(C + 1e-3 * torch.eye(len(C), dtype=C.dtype)) for C in (C_aa, C_bb))
    T = torch.linalg.inv(G_a) @ C_ab @ torch.linalg.inv(G_b).T
    return torch.linalg.eigvalsh(T.T @ T).sqrt().sum()


def broken(loss, n: int, seed: int) -> bool:
    A, B = torch.randn(2, n, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    loss(A.requires_grad_(), B).backward()
    return not torch.isfinite(A.grad).all()


show.table([{"pairs in the batch": n, "NaN by roots": sum(broken(by_roots, n, seed) for seed in range(20)),
             "NaN, the library's": sum(broken(align.total_correlation, n, seed) for seed in range(20))} for n in (8, 12, 16, 17, 32, 256)]);

# %% [markdown] label="wrong-batch-why"
# $T$ of $n$ pairs has at most $n - 1$ singular values above zero. With 8 pairs and 16 outputs, nine of them are zero (with 16 pairs one), and their squares come out as tiny numbers of either sign: the root of a negative one is NaN, and at zero the
# slope of the root is $1/(2\sqrt 0)$. From 17 pairs on, none is zero. The library's loss takes no such root. `DeepCCA` refuses a batch that cannot teach anything; 17 pairs it lets through, though you have just seen how little they are worth:

# %% label="wrong-batch-refused"
try:
    DeepCCA(n_components=16, batch=16).fit(train.X, train.Y)
except ValueError as error:
    print(error)

# %% [markdown] label="hundred-text"
# **NaN, counted.** A hundred short trainings with everything that upsets this loss: small batches, twin columns, a constant view, unscaled features, silent units. Stored, from the benchmark; the textbook's way in the library's float64 too, to show that more digits do not help:

# %% label="hundred"
show.table(evaluate.Scores.stored("nonlinear_cca", "hundred").rows(0));

# %% [markdown] label="quiz-text"
# ## 7 · Quiz

# %% label="quiz"
quiz("nonlinear_cca")

# %% label="progress"
progress("nonlinear_cca")

# %% [markdown] label="end"
# ## Take away
#
# - Zero correlation means: no straight line. Map first, then CCA.
# - A kernel does so exactly, at $O(n^3)$; its **ridge is not optional**. Random features bring it to many pairs.
# - Deep CCA learns the features. Whiten by Cholesky, sum singular values, batch many times the outputs, keep the best moment by validation pairs, and solve the last linear step exactly.
# - With more than two views, ask for what all of them predict.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` trains a wider network on ten times as many pairs of digits.
#
# ## Further reading
#
# - D. R. Hardoon, S. Szedmak, J. Shawe-Taylor (2004). Canonical correlation analysis: an overview with application to learning methods. *Neural Computation* 16, 2639–2664.
# - G. Andrew, R. Arora, J. Bilmes, K. Livescu (2013). Deep canonical correlation analysis. *ICML*.
# - W. Wang, R. Arora, K. Livescu, J. Bilmes (2015). On deep multi-view representation learning. *ICML*.
# - J. R. Kettenring (1971). Canonical analysis of several sets of variables. *Biometrika* 58, 433–451.
# - A. Rahimi, B. Recht (2008). Random features for large-scale kernel machines. *NIPS 2007*.
# - D. Garreau, W. Jitkrittum, M. Kanagawa (2017). Large sample analysis of the median heuristic. *arXiv:1707.07269*.
