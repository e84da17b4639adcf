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
# # 14 · When modalities fail: missing, noisy, lying, too easy
#
# **A lens breaks, a microphone hisses, a caption lies, a label leaks into the picture: you will see fusions fall below what they would know without the spoilt modality, and mend what can be mended.**
#
# ![Accuracy of several fusions while more and more pixels of the picture become noise: most fall far below the dashed line of what the other modalities know alone](../data/pictures/when_modalities_fail.png)
#
# *What you will have in section 4: what a broken lens costs each fusion, beside what the caption and the sound know without any picture.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - feed a network that misses a modality: by a mask, a mean, a guess, many guesses, and say which of them needs what;
# - train with modality dropout, and say what it protects from and what it does not;
# - draw a robustness curve with the point from which one modality alone is better than the fusion;
# - compute exactly whom to believe when modalities contradict each other, and see whom a network believes;
# - find a shortcut that works in training only, and take it away;
# - notice that a modality was hardly learnt.
#
# **You need** the fusions of [chapter 10](10_fusion_protocol.ipynb) and gates ([11](11_gates_and_attention.ipynb)); ridge regression as in [chapter 09](09_other_alignments.ipynb). Terms in English and Chinese: [glossary · 术语表](../GLOSSARY.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import numpy as np
import torch
from sklearn.utils.class_weight import compute_sample_weight
from torch.nn import functional

from mmlearn import data, evaluate, fusion, profiles, show, widgets
from mmlearn.data import scenes, seen_heard_digits
from mmlearn.exercises import check, hint, progress, quiz
from mmlearn.features import audio
from mmlearn.features.text import BagOfWords
from mmlearn.fusion import missing

size = profiles.settings("14_when_modalities_fail")

# %% [markdown] label="problem-text"
# ## 1 · A lens breaks
#
# A generated scene shows one thing, red or blue; a caption names its colour; a voice says it (for each word its own chord of two tones, which needs no synthesiser; tables call the voice `speech`). The label is a bit, red or blue, and **all three tell it, none reliably**: the picture shows the wrong colour in 10% of the scenes, the caption says it in 15%, the voice in 20%. So
# the best possible accuracy of every set of modalities is known exactly ([chapter 10](10_fusion_protocol.ipynb)).

# %% label="scenes"
MEDIA, FLIPS = ("image", "caption", "speech"), (0.10, 0.15, 0.20)
parts = {split: data.load("scenes", split=split, n=n, seed=0, size=32, objects=1, detail=0.0, paraphrases=1, speech="tones",
                          task="redundant", flip=dict(zip(MEDIA, FLIPS, strict=True))) for split, n in size.scenes.items()}
labels = {split: pairs.labels for split, pairs in parts.items()}
images = {split: pairs.images() for split, pairs in parts.items()}
ceilings = parts["test"].ceilings()
show.table([{"modalities": name, "best possible": best} for name, best in ceilings.items()]);

# %% label="features"
def pixels(pictures: torch.Tensor) -> np.ndarray:
    """Pictures (n, 3, side, side) made 8 x 8, as rows of 192 numbers."""
    return functional.adaptive_avg_pool2d(pictures.float() / 255, 8).flatten(1).numpy()


def stretches(waves: np.ndarray, rate: int, bands: int, parts: int) -> np.ndarray:
    """Sounds (n, samples) -> (n, bands * parts): the mean log-mel energy of each band in each stretch of time."""
    window = 512 if rate > 10_000 else 256
    spectra = np.asarray(audio.log_mel(waves, rate, window=window, hop=window // 2, bands=bands))
    cut = spectra[:, :, : spectra.shape[2] // parts * parts]
    return cut.reshape(len(cut), bands, parts, -1).mean(axis=3).reshape(len(cut), -1)


def sounds(pairs: scenes.Scenes, samples: int = 40_960) -> np.ndarray:
    """The spoken sentences, all cut or filled to 1.9 seconds, as rows of 384 numbers."""
    waves = (np.asarray(wave)[:samples] for wave in pairs.column("speech"))
    return stretches(np.stack([np.pad(wave, (0, samples - len(wave))) for wave in waves]), pairs.sample_rate, 32, 12)


words = BagOfWords().fit(parts["train"].column("caption"))
views = {split: [pixels(images[split]), words.transform(pairs.column("caption")), sounds(pairs)] for split, pairs in parts.items()}

# %% [markdown] label="naive-text"
# We train one fusion, the joint projection ReLU($\sum_m W_m x_m + b$) of chapter 10 (a matrix $W_m$ for each modality $x_m$, a bias $b$; a linear layer above it decides), on scenes in which all is well. `fusion.Classifier` scales every column to mean 0 and variance 1, trains, and keeps the moment that was best on validation scenes.
#
# Then the lens breaks. The naive repair is to hand over a picture of zeros: "nothing".

# %% label="naive"
def trained(name: str, V: dict[str, list], y: dict[str, np.ndarray], seed: int = 0, **options) -> fusion.Classifier:
    """A fusion of that name, trained on V["train"], its best moment chosen on V["val"]."""
    model = fusion.Classifier(name, steps=size.steps, seed=seed, **options)
    return model.fit(V["train"], y["train"], validation=(V["val"], y["val"]))


def without(some: list, m: int, instead=None) -> list:
    """The same views with another one, or None, in the place of view m."""
    return [instead if k == m else view for k, view in enumerate(some)]


joint = trained("joint", views, labels)
rest = trained("joint", {split: V[1:] for split, V in views.items()}, labels)
test, y = views["test"], labels["test"]
show.table([{"": "all is well", "accuracy": joint.score(test, y), "best possible": ceilings["image+caption+speech"]},
            {"": "a picture of zeros", "accuracy": joint.score(without(test, 0, np.zeros_like(test[0])), y),
             "best possible": ceilings["caption+speech"]},
            {"": "a network that never had pictures", "accuracy": rest.score(test[1:], y), "best possible": ceilings["caption+speech"]}]);

# %% [markdown] label="naive-fails"
# With everything there it is a few points below what is possible. With a picture of zeros it tosses a coin, **although caption and voice are as good as ever**, and a network that never saw a picture gets 85% out of them.
#
# Zeros are not "nothing". A black picture is a picture, and after scaling an extreme one: it lies many standard deviations from all that the network has seen. It shouts.

# %% [markdown] label="idea"
# ## 2 · Four ways to fail, and what can be done
#
# Write $x_1 \dots x_M$ for the modalities of one example, $y$ for its label, and $\mu_m \in \{0, 1\}$ for "modality $m$ is there" (the **mask**, 掩码).
#
# | | what happens | what can be done |
# |---|---|---|
# | **missing** (缺失) | $\mu_m = 0$ | tell the network (mask); train for it (**modality dropout**, 模态丢弃); guess it from the others (**imputation**, 填补) |
# | **noise** (噪声) | $x_m$ is there, but spoilt | train with noise; switch the modality off |
# | **conflict** (冲突) | $x_m$ is clear, and wrong | weigh by how reliable each is; see who disagrees |
# | **shortcut** (捷径) | $x_m$ has a cue that is right in training only | break the tie between cue and label |
#
# **The honest yardstick is always the same:** what would a model reach that never had the spoilt modality? A fusion that falls below *that* would do better with one modality switched off. Two facts help.
#
# *Missing is no problem in theory.* If modalities are independent given the label (as the flips above are), Bayes' rule adds up: the **log-odds** on the left are those before anything was seen, and one **log-likelihood ratio** from each modality. One that is missing adds nothing:
#
# $$\log\frac{P(y=1 \mid x_1 \dots x_M)}{P(y=0 \mid x_1 \dots x_M)} = \log\frac{P(y=1)}{P(y=0)} + \sum_{m:\ \mu_m = 1} \log\frac{P(x_m \mid y=1)}{P(x_m \mid y=0)}.$$
#
# *Noise is a matter of power.* A signal $s$ and noise $n$ of $t$ samples have the powers $\frac1t\sum_i s_i^2$ and $\frac1t\sum_i n_i^2$; the **signal-to-noise ratio** (信噪比) is ten times the decimal logarithm of their quotient, in decibels. At 0 dB both are equally strong; every 10 dB less means ten times the noise power.

# %% [markdown] label="build-text"
# ## 3 · Build it

# %% [markdown] label="drop-text" exercise="when_modalities_fail.drop_modalities" difficulty=2 minutes=10
# **Exercise 1: modality dropout** (Neverova et al., 2016). In training, each modality of each row is left out with probability `share`, so that the network meets every combination. The random numbers are given: `u` is uniform between 0 and 1, and a modality is left out where `u < share`. But a row that would lose *everything* teaches nothing: it keeps, of the modalities that it had,
# the one with the largest `u`. What was not there before never comes back, and a row that had nothing has nothing.


# %% label="drop" exercise="when_modalities_fail.drop_modalities"
def drop_modalities(mask: np.ndarray, u: np.ndarray, share: float) -> np.ndarray:
    """mask (n, M) bool, u (n, M) in [0, 1) -> a new mask (n, M) bool, with fewer modalities there."""
    ### BEGIN SOLUTION
    left = mask & (u >= share)
    luck = np.where(mask, u, -1)
    saved = mask & (luck == luck.max(axis=1, keepdims=True))
    return np.where(left.any(axis=1, keepdims=True), left, saved)
    ### END SOLUTION

# %% label="drop-check" tags=["nbval-check-output"]
check("when_modalities_fail.drop_modalities", drop_modalities)

# %% [markdown] label="snr-text" exercise="when_modalities_fail.at_snr" difficulty=2 minutes=10
# **Exercise 2: noise of a given strength.** Add noise to sounds so that *each row* has the signal-to-noise ratio `snr`, in decibels. The noise that is given may have any power; its shape stays, its strength is yours to set. Power is the mean of squares, as in section 2; no row is silent.


# %% label="snr" exercise="when_modalities_fail.at_snr"
def at_snr(signals: np.ndarray, noise: np.ndarray, snr: float) -> np.ndarray:
    """signals, noise (n, t) -> signals plus scaled noise (n, t), each row at `snr` decibels."""
    ### BEGIN SOLUTION
    powers = [(x**2).mean(axis=1, keepdims=True) for x in (signals, noise)]
    return signals + noise * np.sqrt(powers[0] / powers[1] / 10 ** (snr / 10))
    ### END SOLUTION

# %% label="snr-check" tags=["nbval-check-output"]
check("when_modalities_fail.at_snr", at_snr)

# %% [markdown] label="believe-text" exercise="when_modalities_fail.believe" difficulty=3 minutes=15
# **Exercise 3: whom to believe.** Three witnesses, one says red, two say blue. Each tells a symbol, 0 or 1, that is wrong with a known probability $f_m$ (its `flips`, above 0 and at most ½), independently of the others; 2 means that it said nothing. Both labels are equally likely beforehand. Write $P(y = 1 \mid \text{symbols})$ by the sum of section 2. For a witness who says 1 the log-likelihood ratio is
# $\log\frac{1 - f_m}{f_m}$.


# %% label="believe" exercise="when_modalities_fail.believe"
def believe(symbols: np.ndarray, flips: np.ndarray) -> np.ndarray:
    """symbols (n, M) of 0, 1 and 2 (silent), flips (M,) -> the probability (n,) that the label is 1."""
    ### BEGIN SOLUTION
    says = np.array([-1, 1, 0])[symbols]  # (n, M)
    return 1 / (1 + np.exp(-says @ np.log((1 - flips) / flips)))
    ### END SOLUTION

# %% label="believe-check" tags=["nbval-check-output"]
check("when_modalities_fail.believe", believe)

# %% [markdown] label="crossing-text" exercise="when_modalities_fail.crossing" difficulty=3 minutes=15
# **Exercise 4: from where on is one modality better alone?** A robustness curve gives accuracy at rising levels of noise. Find the **crossing point**: the first place where the fusion falls *below* what is there without the noisy modality. Between two levels both curves are straight lines. If the fusion is below from the very first level, that level is the answer; if it never falls below,
# infinity is. Touching alone does not count; if the fusion touches and then falls, the place of touching is the answer.


# %% label="crossing" exercise="when_modalities_fail.crossing"
def crossing(levels: np.ndarray, fused: np.ndarray, alone: np.ndarray) -> float:
    """levels (k,) rising; accuracies fused, alone (k,) -> the first level at which fused falls below alone, or infinity."""
    ### BEGIN SOLUTION
    ahead = fused - alone
    if not (ahead < 0).any():
        return np.inf
    i = int(np.argmax(ahead < 0))
    if i == 0:
        return float(levels[0])
    return float(levels[i - 1] + (levels[i] - levels[i - 1]) * ahead[i - 1] / (ahead[i - 1] - ahead[i]))
    ### END SOLUTION

# %% label="crossing-check" tags=["nbval-check-output"]
check("when_modalities_fail.crossing", crossing)

# %% [markdown] label="balance-text" exercise="when_modalities_fail.balance" difficulty=2 minutes=10
# **Exercise 5: break the tie.** In training nearly all red things stand in a yellow frame and nearly all blue ones in a cyan frame. If you know of the frame (and someone must *tell* you), weigh the training rows so that every combination of label and frame **that occurs** has the same total weight. Then the frame says nothing about the label (Idrissi et al., 2022).


# %% label="balance" exercise="when_modalities_fail.balance"
def balance(labels: np.ndarray, cue: np.ndarray) -> np.ndarray:
    """labels, cue (n,) whole numbers -> weights (n,) that sum to 1, equal in sum for each combination of label and cue."""
    ### BEGIN SOLUTION
    _, which, count = np.unique(np.stack([labels, cue]), axis=1, return_inverse=True, return_counts=True)
    return 1 / count[which.ravel()] / len(count)
    ### END SOLUTION

# %% label="balance-check" tags=["nbval-check-output"]
check("when_modalities_fail.balance", balance)

# %% [markdown] label="guesses-text" exercise="when_modalities_fail.average_over_guesses" difficulty=4 minutes=20
# **Exercise 6.** The library cannot do this one. A ridge regression guesses a missing modality by its *mean*: of a thing that is red or blue it says violet, which no network has ever met. Better to ask the network about many *plausible* guesses and to average **what it answers** (multiple imputation; Rubin, 1987). Plausible guesses are the mean plus an error (truth minus guess) that the regression made
# on some other row.
#
# `predict(known, other)` gives probabilities `(n, classes)`; `guess` is the mean guess of the missing modality; `residuals` are `k` errors. Every row meets every error.


# %% label="guesses" exercise="when_modalities_fail.average_over_guesses"
def average_over_guesses(predict, known: np.ndarray, guess: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """known (n, a), guess (n, b), residuals (k, b) -> the mean probabilities (n, classes) over all k guesses."""
    ### BEGIN SOLUTION
    return np.mean([predict(known, guess + error) for error in residuals], axis=0)
    ### END SOLUTION

# %% label="guesses-check" tags=["nbval-check-output"]
check("when_modalities_fail.average_over_guesses", average_over_guesses)

# %% [markdown] label="listing-text"
# **The listing.** The library's modality dropout draws its own numbers, and its share may differ from modality to modality. `fusion.Classifier` calls it in training when it is given `modality_dropout`.

# %% label="listing-drop"
show.source(missing.drop_modalities);

# %% [markdown] label="listing-imputer-text"
# The imputer learns, for every set of modalities that may be there and each one that may not, one ridge regression on scaled columns; here its `fit` and what it does for a row.

# %% label="listing-imputer"
show.source(missing.CrossModalImputer.fit)
show.source(missing.Predictor.learnt);

# %% [markdown] label="mine-text"
# Once the checks of exercises 2 and 4 show ✓, set `mine = True`: then sounds are spoilt, and crossing points found, by *your* functions.

# %% label="mine"
mine = False
first_below = crossing if mine else evaluate.crossing
print("sounds are spoilt, and crossing points found, by", "your functions" if mine else "the library's functions")


def spoilt(waves: np.ndarray, snr: float, seed: int) -> np.ndarray:
    """Sounds (n, t) in pink noise, at `snr` decibels."""
    rng = np.random.default_rng(seed)
    if not mine:
        return seen_heard_digits.with_noise(waves, snr, rng)
    return at_snr(waves, seen_heard_digits.with_noise(waves, -100.0, rng), snr)  # at -100 decibels it is noise and nothing else

# %% [markdown] label="missing-text"
# ## 4 · On scenes, where the best possible is known
#
# ### Missing
#
# The same joint projection as in section 1, and one trained with modality dropout (each modality left out of 30% of the rows). At test one modality is missing, and something has to stand in its place:
#
# - **zeros**, before the columns are scaled: section 1;
# - **another scene's**: a control, it says the same as one drawn by lot;
# - **mask**: the network is told; the library then leaves that modality out of its sum;
# - **mean**: the mean of the training rows;
# - **guess**: the ridge regression from the other modalities.

# %% label="missing"
def in_place(V: dict[str, list], imputer: fusion.CrossModalImputer, m: int) -> dict[str, list]:
    """The test views with modality m missing, and several things in its place."""
    there, rows = V["test"], len(V["test"][m])
    other = np.random.default_rng(0).permutation(rows)
    return {"zeros": without(there, m, np.zeros_like(there[m])), "another's": without(there, m, there[m][other]), "mask": without(there, m),
            "mean": without(there, m, np.tile(V["train"][m].mean(axis=0), (rows, 1))), "guess": imputer.transform(without(there, m))}


dropped = trained("joint", views, labels, modality_dropout=0.3)
imputer = fusion.CrossModalImputer(reg=1.0).fit(views["train"])
columns = {"all is there": {f"{medium} missing": joint.score(test, y) for medium in MEDIA}}
for m, medium in enumerate(MEDIA):
    found = {name: joint.score(some, y) for name, some in in_place(views, imputer, m).items()}
    found["modality dropout, mask"] = dropped.score(without(test, m), y)
    found["best possible"] = ceilings["+".join(np.delete(MEDIA, m))]
    for name, value in found.items():
        columns.setdefault(name, {})[f"{medium} missing"] = value
show.table([{"": name, **values} for name, values in columns.items()]);

# %% [markdown] label="missing-read"
# Read a column from above.
#
# - **Zeros** are as bad as guessing for pictures and sounds, whose columns lie far from 0. For word counts, mostly 0 anyway, they hardly hurt.
# - **Another scene's** costs more than nothing at all: a wrong witness is worse than a silent one.
# - **Mask and mean** come within five points of the best possible, without any preparation. No wonder: on this task the best decision is a *sum* of log-odds (section 2), one term a modality; the joint projection is nearly such a sum, and a term that is left out adds nothing. After scaling, the mean is 0, so for this fusion mean and mask are the same.
# - **A guess** brings under a point, **dropout** one or two where picture or caption is missing; where the voice is missing, neither brings anything. There was little left to gain. (The best possible is an expectation: 1,000 test scenes scatter about it by a good point, so a number may stand a little above it.)
#
# That is the good case. In section 5 the bad one comes, in which mask and mean lose a third of the accuracy.

# %% [markdown] label="noise-text"
# ### Noise
#
# Now the picture is not missing: a growing share of its pixels is replaced by random colours. Nothing tells the network. The yardstick is `rest`, the network of section 1 that has no picture: the lower dashed line. The upper one is the best possible while all three are clean.

# %% label="noise-pictures"
def noisy(pictures: torch.Tensor, share: float, seed: int, colour: tuple[int, ...] | None = None) -> torch.Tensor:
    """Pictures in which this share of pixels has random colours, or one."""
    dice = torch.Generator().manual_seed(seed)
    hit = torch.rand(len(pictures), 1, *pictures.shape[2:], generator=dice) < share
    colours = torch.randint(0, 256, pictures.shape, generator=dice, dtype=torch.uint8)
    if colour is not None:
        colours = torch.tensor(colour, dtype=torch.uint8)[None, :, None, None].expand_as(pictures)
    return torch.where(hit, colours, pictures)


show.pictures([noisy(images["test"][:1], share, 0)[0] for share in size.shares], [f"{share:.0%}" for share in size.shares], columns=6,
              title="The same scene, with more and more pixels of noise", name="noise");

# %% label="noise"
def noisy_views(split: str, share: float | None, **options) -> list[np.ndarray]:
    """The views of a split with noise in the pictures; a share of its own for each picture if None is given."""
    shares = np.random.default_rng(1).random(len(images[split])) if share is None else [share] * len(images[split])
    seen = torch.cat([noisy(one[None], s, i, **options) for i, (one, s) in enumerate(zip(images[split], shares, strict=True))])
    return [pixels(seen), *views[split][1:]]


spoilt_views = {split: noisy_views(split, None) for split in ("train", "val")}
models = {"joint": joint, "joint, modality dropout": dropped, "joint, noise in training": trained("joint", spoilt_views, labels),
          "late": trained("late", views, labels), "attention": trained("attention", views, labels)}
seen = {share: noisy_views("test", share) for share in size.shares}
curves = {name: [model.score(seen[share], y) for share in size.shares] for name, model in models.items()}
alone = [rest.score(test[1:], y)] * len(size.shares)
show.curve([100 * share for share in size.shares], curves, "% of pixels that are noise", "accuracy", levels={"caption and voice alone": alone[0],
           "best possible, all clean": ceilings["image+caption+speech"]}, title="A picture drowns in noise", name="curves");

# %% label="crossings"
places = {name: first_below(np.array(size.shares), np.array(curve), np.array(alone)) for name, curve in curves.items()}
show.table([{"": name, "clean": curves[name][0], "all noise": curves[name][-1],
             "below caption and voice alone from": f"{place:.0%} noise" if np.isfinite(place) else "never"} for name, place in places.items()]);

# %% [markdown] label="noise-read"
# **About an eighth of the pixels is enough, and the joint projection is worse than without any picture.** At the end it is near a coin toss, although caption and voice are untouched: noise pushes the columns of the picture to where no training picture was, and its term of the sum drowns the others.
#
# **Modality dropout does not help**, here it even harms. It taught the network to do without a picture *when it is told so*. Nobody tells it. (A likely reason for the harm: a picture that has had to answer alone has learnt to speak louder.) Missing and noisy are two illnesses.
#
# **Noise in training helps**: however much noise there is, the network stays within about a point of what caption and voice know alone, for it has learnt what noise looks like. The price is two or three points on clean pictures.
#
# **No fusion is robust by itself.** Attention, which could look away, falls more slowly and further than it should: nobody taught it when.

# %% label="widget"
def at(share: float):
    """What each fusion makes of this share of noise."""
    some = noisy_views("test", share)
    bars = [{"name": name, "value": models[name].score(some, y)} for name in curves]
    lines = [{"name": "caption and voice alone", "kind": "ceiling", "value": alone[0]}, {"name": "guessing", "kind": "chance", "value": 0.5}]
    return show.bars_with_controls(bars + lines, "accuracy", title=f"{share:.0%} of the pixels are noise", name="share")


widgets.slider(at, [step / 20 for step in range(21)], "share of noise", start=0.1, name="slider")

# %% [markdown] label="conflict-text"
# ### Conflict: one of them lies
#
# "Lovely weather", says the caption, and the picture shows rain. If something *marks* the lie (a tone of voice, a grimace: sarcasm), the label is an interplay like XOR, and chapter 10 has shown who can learn it. Here nothing marks it: a lie looks like a truth, and the others are all there is to go by.
#
# In about 39% of the scenes the three do not say the same. The best decision about them is `task.decide()`, which is your exercise 3 rounded. How right can one be on those scenes? Exactly: sum, over all contradictory sets of symbols, the probability of the likelier label.
#
# Two fusions of chapter 11 join in: `scalar_gated` computes one weight a modality from its features, `similarity` gives more weight to whoever agrees with the others.

# %% label="conflict"
task = parts["test"].task
joint_table = task.joint()[:, :2, :2, :2]  # P(label, symbols); nobody is silent here
unlike = np.ones((2, 2, 2), bool)
unlike[[0, 1], [0, 1], [0, 1]] = False
shown = parts["test"].shown
conflict = np.ptp(shown, axis=1) > 0
liar = {medium: (shown[:, m] != y) & (np.delete(shown, m, 1) == y[:, None]).all(1) for m, medium in enumerate(MEDIA)}
print(f"contradictions: {joint_table[:, unlike].sum():.1%} of all scenes, here {conflict.mean():.1%}")
print(f"best possible on them: {joint_table[:, unlike].max(0).sum() / joint_table[:, unlike].sum():.1%}")
models |= {name: trained(name, views, labels) for name in ("scalar_gated", "similarity")}
said = {name: models[name].predict(test) for name in ("joint", "late", "attention", "scalar_gated", "similarity")}
said["best possible decision"] = task.decide()[tuple(shown.T)]
show.table([{"": name, "contradictions": (p == y)[conflict].mean(),
             **{f"only the {medium} lies": (p == y)[rows].mean() for medium, rows in liar.items()},
             "all scenes: as the best decides": (p == said["best possible decision"]).mean()} for name, p in said.items()]);

# %% [markdown] label="conflict-read"
# The best decision here is a *vote of three*: even the picture, the most reliable, is outvoted by the two others (its log-odds are 2.20, theirs 1.73 + 1.39). So a lone liar is always found out; what remains wrong are the scenes in which two lie together.
#
# One run has about seventy lone lying pictures, too few to compare by. Five seeds:

# %% label="conflict-stored"
show.table(evaluate.Scores.stored("when_modalities_fail", "conflict").rows());

# %% [markdown] label="conflict-stored-read"
# Over five seeds **no trained fusion is there, and their overall accuracy hides where it is lost.** They find a lone lying voice nearly always, a lone lying caption in about two cases of three, a lone lying picture in between half and two thirds: what is easy to read counts for more than its evidence is worth, and the voice, hardest to read, for less. Only the contradictions show it, and they are where fusing matters at all.
#
# Whom does a gate trust? We look at the gates of `scalar_gated` and at the weights of `similarity`; means over the scenes in which all agree, and over those in which one modality alone lies:

# %% label="gates"
def weights(name: str) -> np.ndarray:
    """How much each modality counts in each test scene, (n, 3)."""
    model = models[name]
    ask = model.network_.fuse.gates if name == "scalar_gated" else model.network_.fuse.weights
    with torch.inference_mode():
        return ask(*model._scaled(test)).reshape(len(y), 3).numpy()


situations = {"all agree": ~conflict, **liar}
for name in ("scalar_gated", "similarity"):
    given = [weights(name)[rows].mean(axis=0) for rows in situations.values()]
    show.heatmap(np.array(given).T, MEDIA, list(situations), label="weight", limits=(0.0, 0.6), xlabel="which one alone lies",
                 title=f"Whom {name} trusts", name=f"gates_{name}")

# %% [markdown] label="gates-read"
# **The gate does not see who lies.** Its weights say who is reliable *on the whole*: where all agree, picture before caption before voice. They move a few hundredths where anything disagrees; but the gate takes about as much from the picture when the *voice* lies as when the picture does. It looks at features, and a lying picture looks like an honest one.
#
# What exposes a liar is disagreement, and `similarity` measures just that: a lying picture or caption loses weight, if only a little, while the voice has about the same small weight whether it lies or not. For its decisions that is not enough: over five seeds they are no better.
#
# So do not read a gate as "the model noticed". It is a weight; ask whether it moves when it should.

# %% [markdown] label="shortcut-text"
# ### A shortcut
#
# Someone photographed red things in front of a yellow frame and blue things in front of a cyan one, in 97% of the training scenes. Afterwards frames are put up as it happens. Only picture and caption now. To a machine the frame is a *third witness*, the most reliable of all, 3% wrong; so we can compute what is best in training, and **what becomes of that very decision afterwards**, when the frame is wrong half of the time.

# %% label="shortcut"
def framed(split: str, agrees: float, seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Picture and caption, with a frame whose colour agrees with the label this often; and which colour, (n,)."""
    cue = np.where(np.random.default_rng(seed).random(len(labels[split])) < agrees, labels[split], 1 - labels[split])
    pictures = torch.tensor([[255, 255, 0], [0, 255, 255]], dtype=torch.uint8)[cue][:, :, None, None].repeat(1, 1, 32, 32)
    pictures[:, :, 2:-2, 2:-2] = images[split][:, :, 2:-2, 2:-2]
    return [pixels(pictures), views[split][1]], cue


(train_views, train_cue), (val_views, val_cue) = framed("train", 0.97, 1), framed("val", 0.97, 2)
same, changed = framed("test", 0.97, 3)[0], framed("test", 0.5, 4)[0]
biased, fair = (scenes.Task("redundant", ("image", "caption", "frame"), (0.10, 0.15, flip), (0, 0, 0)) for flip in (0.03, 0.5))
fooled = np.take_along_axis(fair.joint(), biased.decide()[None], 0).sum()  # the decision of the one world, judged in the other
print(f"best possible with the frame: {biased.ceiling():.1%}; the same decision, once frames are random: {fooled:.1%}")
print(f"best possible once frames are random: {fair.ceiling():.1%}; from the caption alone: {fair.ceiling(('caption',)):.1%}")

# %% label="shortcut-train"
def drawn(some: list[np.ndarray], y: np.ndarray, cue: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """As many rows, drawn so that each combination of label and cue is as frequent."""
    weights = compute_sample_weight("balanced", 2 * y + cue)  # your exercise 5, but for a factor
    rows = np.random.default_rng(0).choice(len(y), len(y), p=weights / weights.sum())
    return [view[rows] for view in some], y[rows]


plain = {"train": (train_views, labels["train"]), "val": (val_views, labels["val"])}
even = {"train": drawn(train_views, labels["train"], train_cue), "val": drawn(val_views, labels["val"], val_cue)}
rows = []
for name, rows_of, share in (("as it comes", plain, 0.0), ("modality dropout", plain, 0.3), ("balanced", even, 0.0), ("balanced, and dropout", even, 0.3)):
    V, L = ({split: part[i] for split, part in rows_of.items()} for i in (0, 1))
    model = trained("joint", V, L, modality_dropout=share)
    rows.append({"": name, "frames as in training": model.score(same, y), "frames random": model.score(changed, y),
                 "caption only (mask)": model.score(without(changed, 0), y)})
show.table(rows);

# %% [markdown] label="shortcut-read"
# **As it comes** the fusion is excellent in its own world and nearly useless in the next: about 60%, where the caption *that it was given* says 85%. No test from the same world would have shown it.
#
# **The data did not force it.** The best decision of the training world, carried over unchanged, would still be right in 87.5%: picture and caption together (2.20 + 1.73) outweigh the frame (3.48). The network learnt what was *easy*, a large frame always in the same place, and little besides.
#
# **Modality dropout does not help.** The frame sits in the picture; whenever the picture is there, so is the frame. Five seeds:

# %% label="shortcut-stored"
show.table(evaluate.Scores.stored("when_modalities_fail", "shortcut").rows());

# %% [markdown] label="shortcut-stored-read"
# Over five seeds **balancing helps most**, to about 80%, with dropout one to four points more. It needs someone who knows of the frame, and the 3% of counterexamples: about sixty rows now carry half of the weight, and are learnt by heart. So it still stays below the caption alone, and in `joint` the caption itself suffers: masked, it is two points worse than as it comes (in the run above, seven). **Masking the whole picture** needs no
# training and gets 85%, if one knows *which* modality is rotten.

# %% [markdown] label="digits-text"
# ## 5 · On real data
#
# ### Digits seen and heard
#
# Handwritten digits of which three quarters of the variance have been taken away, and spoken digits in pink noise: the data of chapter 10, but here the sound is much clearer, at 10 dB. It is the better modality by far. First each alone and the two fused, then one of them missing.

# %% label="digits"
try:
    digits = data.seen_and_heard(size.digits, seed=0, snr=np.inf)
except data.DataUnavailable as reason:
    digits = None
    print(reason)
if digits:
    told = {split: part.labels for split, part in digits.items()}
    heard = {split: spoilt(part.waves, 10.0, seed) for seed, (split, part) in enumerate(digits.items())}
    both = {split: [part.images, stretches(heard[split], 8000, 24, 8)] for split, part in digits.items()}
    only = [trained("early", {split: [V[m]] for split, V in both.items()}, told) for m in (0, 1)]
    late, late_dropped = trained("late", both, told), trained("late", both, told, modality_dropout=0.3)
    filled = fusion.CrossModalImputer(reg=1.0).fit(both["train"])
    V, d = both["test"], told["test"]
    show.table([{"image alone": only[0].score(V[:1], d), "sound alone": only[1].score(V[1:], d), "late": late.score(V, d),
                 "late, modality dropout": late_dropped.score(V, d)}])

# %% label="digits-missing"
def several(m: int) -> float | None:
    """Accuracy with modality m missing, by the mean answer to many guesses: exercise 6."""
    train, there = both["train"], both["test"]
    residuals = train[m] - filled.transform(without(train, m))[m]
    some = residuals[np.random.default_rng(0).choice(len(residuals), size.guesses)]
    ask = lambda known, other: late.predict_proba([other, known] if m == 0 else [known, other])  # noqa: E731
    answer = average_over_guesses(ask, there[1 - m], filled.transform(without(there, m))[m], some)
    return None if answer is None else float((answer.argmax(axis=1) == told["test"]).mean())


if digits:
    columns = ("image missing", "sound missing")
    table = {"trained without it": [only[1].score(V[1:], d), only[0].score(V[:1], d)]}
    for name in in_place(both, filled, 0):
        table[name] = [late.score(in_place(both, filled, m)[name], d) for m in (0, 1)]
    table[f"{size.guesses} guesses (exercise 6)"] = [several(0), several(1)]
    table["modality dropout, mask"] = [late_dropped.score(without(V, m), d) for m in (0, 1)]
    show.table([{"": name, **{c: v for c, v in zip(columns, values, strict=True) if v is not None}} for name, values in table.items()])

# %% [markdown] label="digits-read"
# **The sound alone is right nine times in ten, but the fusion that has lost the image only about six times in ten.** It *has* the sound; it never learnt to do without the image. Here mask and mean are not enough. (Zeros do better than the mean where the image is missing: they are an empty sheet. That is luck and no method; where the sound is missing they are near guessing.)
#
# - **A guess** brings back a good part, although it is a blurred image, of no digit in particular. **Many guesses**, averaged over what the network *answers*, are better again than one mean guess.
# - **Modality dropout** gets all of it back in this run. It is the remedy that has to be taken before.
# - Where the **sound** is missing nothing can bring back more than the poor image knows, about 61%. Dropout comes near; one guess is worth nothing, since an image says which digit, but not in whose voice.
#
# Five seeds, and two fusions:

# %% label="digits-stored"
show.table([row for row in evaluate.Scores.stored("when_modalities_fail", "missing").rows() if not row[""].startswith("gated")]);

# %% [markdown] label="digits-stored-read"
# Over five seeds dropout brings `late` within two or three points of a network trained without the missing modality, and costs nothing where all is there (in the run above, a point). `product` is lost without it: a missing factor counts as ones, which it has never met.

# %% [markdown] label="lazy-text"
# ### Laziness
#
# Why was the sound, the better modality, so badly learnt? We look into the late fusion while it trains: after some steps, what does it make of both, of the image only, of the sound only?

# %% label="lazy"
if digits:
    pace, looks = {}, {"both": lambda V: V, "image only": lambda V: without(V, 1), "sound only": lambda V: without(V, 0)}
    grown = {share: [fusion.Classifier("late", steps=steps, modality_dropout=share, seed=0).fit(both["train"], told["train"])
                     for steps in size.moments] for share in (0.0, 0.3)}
    for name, look in looks.items():
        for share, label in ((0.0, name), (0.3, name + ", dropout")):
            pace[label] = [model.score(look(V), d) for model in grown[share]]
    levels = {"": only[1].score(V[1:], d), " ": only[0].score(V[:1], d)}
    show.curve(size.moments, pace, "steps", "test accuracy", log="x", group=2, levels=levels,
               title="Late fusion while it trains (grey: sound, and image, trained alone)", name="lazy")

# %% [markdown] label="lazy-read"
# Together they soon are good, but **each alone stays behind.** After 300 steps the sound by itself is right in about 60%, the image in about 43%; trained alone, in 92% and 61%. The usual explanation: the gradient of cross-entropy is the error of the *sum*, and once image and sound together have the answer, nobody needs to be good alone, and what is left to learn from is small. This is called **modality laziness** (模态惰性; Du et al., 2023; Wu et
# al., 2022, speak of greedy learning). The accuracy of both looks fine all the time; only a look at each alone shows it.
#
# Modality dropout (the dashed lines) is a remedy here too: in some rows each must answer alone.

# %% [markdown] label="snr-curve-text"
# ### Noise, in decibels
#
# Trained at 10 dB, tested from 20 down to -30. "Noise in training" has met sounds of all these strengths. The axis is the ratio with its sign turned, so that noise rises to the right as in section 4.

# %% label="snr-curve"
if digits:
    levels = np.random.default_rng(3).uniform(-30, 20, len(told["train"]))
    mixed = {split: [part.images, stretches(np.concatenate([spoilt(wave[None], snr, i) for i, (wave, snr) in enumerate(
             zip(part.waves, levels, strict=False))]), 8000, 24, 8)] for split, part in digits.items() if split != "test"}
    curious = {"late": late, "late, modality dropout": late_dropped, "late, noise in training": trained("late", mixed, told)}
    at_level = {snr: stretches(spoilt(digits["test"].waves, snr, 7), 8000, 24, 8) for snr in size.decibels}
    rows = {name: [model.score([V[0], at_level[snr]], d) for snr in size.decibels] for name, model in curious.items()}
    rows["sound alone"] = [only[1].score([at_level[snr]], d) for snr in size.decibels]
    image = only[0].score(V[:1], d)
    louder = -np.array(size.decibels)  # the power of the noise over that of the sound, rising
    show.curve(louder, rows, "noise above sound, dB (minus the signal-to-noise ratio)", "accuracy", levels={"image alone": image},
               title="A digit's sound drowns in noise", name="decibels")
    for name, curve in rows.items():
        place = -first_below(louder, np.array(curve), np.full(len(curve), image))
        print(f"{name}: below the image alone", f"from {place:.0f} dB" if np.isfinite(place) else "never")

# %% [markdown] label="snr-curve-read"
# The same picture as on scenes. At 10 dB the fusion beats each modality; from about -4 dB on, the poor image alone would do better; at -30 dB the fusion is right in a fifth of the cases. **And it loses even where the sound is *clearer* than in training:** at 20 dB it is worse than at 10. Quiet around a digit, never met, is as strange as noise.
#
# Five seeds, two fusions, and the ratio below which the image alone is better:

# %% label="snr-stored"
show.table(evaluate.Scores.stored("when_modalities_fail", "noise").rows(), digits=2);

# %% [markdown] label="snr-stored-read"
# Over five seeds **noise in training helps most.** `late` then falls below the image only from about -23 dB, at the end by four points, and even at 20 dB it is better (about .9 against .8). It pays at 10 dB: four points less than the specialist, the network that was trained at 10 dB only.
#
# **Modality dropout again changes little.** `late` falls below the image from about -3 dB with it and without, `gated` from -7 with it and from -6 without. Below that, at -12 dB, it takes three points from `late` and gives `gated` seven, both within the spread.

# %% [markdown] label="mosi-text"
# ### Sentiment, and the text is missing
#
# `mosi` has vectors of text, audio and video for 2,199 utterances; the label is positive or negative; test videos are of people not heard in training. Text knows nearly all. What if the transcript is missing?

# %% label="mosi"
try:
    utterances = {split: data.load("mosi", split=split) for split in ("train", "val", "test")}
    said_by = {split: list(part.features()) for split, part in utterances.items()}
    mood = {split: part.labels() for split, part in utterances.items()}
except data.DataUnavailable as reason:
    said_by = None
    print(reason)
if said_by:
    V, m = said_by["test"], mood["test"]
    guesser = fusion.CrossModalImputer(reg=1.0).fit(said_by["train"])
    rows = [{"": "commonest label of the training part", "text missing": (m == np.bincount(mood["train"]).argmax()).mean()}]
    bereft = trained("late", {split: some[1:] for split, some in said_by.items()}, mood)
    rows.append({"": "trained without it", "text missing": bereft.score(V[1:], m)})
    for name, share in (("late", 0.0), ("late, modality dropout", 0.3)):
        model = trained("late", said_by, mood, modality_dropout=share)
        rows += [{"": name, "all": model.score(V, m), "text missing": model.score(without(V, 0), m)},
                 {"": name + ", guessed text", "text missing": model.score(guesser.transform(without(V, 0)), m)}]
    show.table(rows)

# %% [markdown] label="mosi-seeds"
# Five seeds, and the other modalities missing in their turn:

# %% label="mosi-stored"
show.table(evaluate.Scores.stored("when_modalities_fail", "mosi").rows());

# %% [markdown] label="mosi-read"
# Over five seeds, **with the text gone, every method is near a coin toss**, masked, guessed or dropped out; and so are audio and video when they are trained without the text from the start (53%). What nobody knows, no method can bring back: imputation uses redundancy, it does not make any.
#
# Modality dropout is not free here: with everything there it costs two or three points. And without audio, or without video, the others lose nothing that matters.
#
# Mind the control. The commonest label of the training part is *not* that of the test part, where the other one makes up 62%: the two parts differ. So even "at least say the commonest" is right in only 38%.

# %% [markdown] label="wrong-text"
# ## 6 · What goes wrong
#
# **Dropout that is still on.** Modality dropout belongs to training. A network that is left in training mode drops modalities at test as well. Nothing crashes; accuracy is lower, and *another one from run to run*.

# %% label="wrong-mode"
tensors = dropped._scaled(test)
rows = []
for name, mode in (("training mode", True), ("evaluation mode", False)):
    dropped.network_.train(mode)
    torch.manual_seed(0)
    with torch.inference_mode():
        found = [float((dropped.network_(*tensors).argmax(1).numpy() == y).mean()) for _ in range(5)]
    rows.append({"": name, **{f"run {i}": accuracy for i, accuracy in enumerate(found, 1)}})
show.table(rows);

# %% [markdown] label="wrong-mode-read"
# **Repair:** `network.eval()` before every test, and a test that asks twice and compares. (`predict` of the library's classifier does it for you.)
#
# **Robust against the noise one has trained on.** The network with noise in training looked cured. Its noise was of random colours. Now the pixels turn *green*, which is neither red nor blue:

# %% label="wrong-noise"
green = {share: noisy_views("test", share, colour=(0, 200, 0)) for share in size.shares}
rows = [{"": f"{name}, {kind}", **{f"{share:.0%}": models[name].score(some[share], y) for share in size.shares}}
        for name in ("joint", "joint, noise in training") for kind, some in (("random pixels", seen), ("green pixels", green))]
show.table([*rows, {"": "caption and voice alone", **{f"{share:.0%}": alone[0] for share in size.shares}}])
moved = [pixels(torch.roll(images["test"], 1, 2)), *test[1:]]
print(f"the camera moved by one row of pixels, noise in training: {models['joint, noise in training'].score(moved, y):.3f}")

# %% [markdown] label="wrong-noise-read"
# The cure was for one illness. Green pixels take it down to guessing, though half a picture of random ones costs it next to nothing. (A camera that moved by one row of pixels it does not mind, by luck: the features are coarse.) A robustness curve speaks of *the kind of noise on its axis*, and training with noise protects from that kind. **Repair:** test on a kind that you have not trained on, and say which; and where a spoilt modality can be *recognised* (all green, all
# silent), tell the network by its mask. Masked, the joint projection of section 4 is at 85% whatever the noise.

# %% [markdown] label="quiz-text"
# ## 7 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("when_modalities_fail")

# %% label="progress"
progress("when_modalities_fail")

# %% [markdown] label="end"
# ## Take away
#
# - The yardstick of every fusion is the model that never had the spoilt modality. Below it, a modality is better switched off.
# - Zeros are not "nothing". Say what is missing by a mask, or put the mean in its place.
# - Where evidence simply adds up, a missing modality costs what it knew and no more. Where a network has learnt modalities only together, it costs far more; modality dropout, decided before training, repairs that.
# - Missing, noisy, lying and too easy are four illnesses. Modality dropout helps against the first, hardly against the second, not against the last.
# - A gate shows whom the network trusts on the whole. It does not see a lie; disagreement does.
# - A shortcut is invisible in a test from the same world. Balancing needs someone who knows the cue, and counterexamples.
# - Imputation uses redundancy. Where the others know nothing (text of `mosi`), there is nothing to impute.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` draws five times as many scenes and finer curves.
#
# ## Further reading
#
# - N. Neverova, C. Wolf, G. Taylor, F. Nebout (2016). ModDrop: adaptive multi-modal gesture recognition. *IEEE TPAMI* 38(8), 1692–1706.
# - D. B. Rubin (1987). *Multiple imputation for nonresponse in surveys.* Wiley.
# - R. Wu, H. Wang, H.-T. Chen, G. Carneiro (2024). Deep multimodal learning with missing modality: a survey. arXiv:2409.07825.
# - M. Ma, J. Ren, L. Zhao, D. Testuggine, X. Peng (2022). Are multimodal transformers robust to missing modality? *CVPR*, 18177–18186.
# - W. Wang, D. Tran, M. Feiszli (2020). What makes training multi-modal classification networks hard? *CVPR*, 12695–12705.
# - N. Wu, S. Jastrzębski, K. Cho, K. J. Geras (2022). Characterizing and overcoming the greedy nature of learning in multi-modal deep neural networks. *ICML*, 24043–24055.
# - C. Du, J. Teng, T. Li, Y. Liu, T. Yuan, Y. Wang, Y. Yuan, H. Zhao (2023). On uni-modal feature learning in supervised multi-modal learning. *ICML*, 8632–8656.
# - R. Geirhos, J.-H. Jacobsen, C. Michaelis, R. Zemel, W. Brendel, M. Bethge, F. A. Wichmann (2020). Shortcut learning in deep neural networks. *Nature Machine Intelligence* 2, 665–673.
# - B. Y. Idrissi, M. Arjovsky, M. Pezeshki, D. Lopez-Paz (2022). Simple data balancing achieves competitive worst-group-accuracy. *CLeaR*, 336–351.
# - S. Castro, D. Hazarika, V. Pérez-Rosas, R. Zimmermann, R. Mihalcea, S. Poria (2019). Towards multimodal sarcasm detection (an _obviously_ perfect paper). *ACL*, 4619–4629.
