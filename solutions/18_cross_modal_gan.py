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
# # 18 · One GAN, several media
#
# **One network that, from nothing but noise, makes a picture, the voice that names it and a sentence, all of one scene; that paints what it hears, says what it sees, and repairs what is missing in the one from the other.**
#
# ![Six small pictures of one coloured shape each; below each the spectrogram of the voice that was made with it, and the sentence](../data/pictures/cross_modal_gan.png)
#
# *What you will have in section 5: pictures, voices (as pictures of sound) and sentences, made together from noise alone. Nothing in them was ever drawn or said.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - turn sound into a picture that a network can make, and back into sound that you can hear;
# - see generation, translation and repair as one task: some parts are seen, all are to be made;
# - build a discriminator that asks whether several media *belong together*, and pass gradients through words that are drawn by chance;
# - say what reconstruction, contrastive and adversarial losses each ask for, and what each alone ends in;
# - measure repair from a second medium against repair without it: in the hole only, paired, with a shuffled partner as control;
# - say what cycle consistency proves, and what it does not.
#
# **You need** GANs, the projection discriminator and the hinge loss of [chapter 17](17_text_to_image.ipynb), log-mel spectrograms of [chapter 04](04_audio_features.ipynb), InfoNCE of [chapter 08](08_contrastive.ipynb). Terms in
# English and Chinese: [glossary · 术语表](../GLOSSARY.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import evaluate, profiles, show, train, widgets
from mmlearn.data.scenes import COLOURS, espeak
from mmlearn.exercises import check, hint, progress, quiz
from mmlearn.features import audio
from mmlearn.generate import checkpoint, cross
from mmlearn.generate.gan import as_pictures

size = profiles.settings("18_cross_modal_gan")
pitch = audio.mel_frequencies(cross.RATE, 32, high=8000.0)  # Hz of each band
spoken = espeak.installed()
print("voices: a speech synthesiser" if spoken else "no synthesiser (pip install espeakng-loader): tones; the loaded model knows speech only")

# %% [markdown] label="world-text"
# ## 1 · Each is good, and they do not belong together
#
# The world of this chapter: a picture of one thing, 32 × 32; a **synthetic voice** that says its colour and shape ("red circle"), one of four; and a **sentence** of three slots: colour, shape, place. Note who knows what. The place is not in the sound, the voice is not in the picture, the thing's pattern is said nowhere.

# %% label="world"
test = cross.load("test", n=size.test, takes=(9,), speech=spoken)
show.pictures(as_pictures(test.image[:6]), [cross.sentence(w) for w in test.words[:6]], columns=6, name="world")


def thing(words: Tensor) -> str:
    """What the voice says of a scene: its colour and shape, not its place."""
    return cross.sentence(words).split(",")[0]


show.spectrogram({thing(w): s[0] for w, s in zip(test.words[:3], test.sound[:3], strict=True)}, cross.RATE, cross.HOP,
                 frequencies=pitch, label="from quiet to loud", title="The same three things, heard: 32 bands of pitch", name="heard");

# %% [markdown] label="naive-text"
# Take a model that was trained for a while (section 5 says how) and use it *wrongly*: make pictures from one noise, sounds from another, as two generators that never met would do. Two **judges**, classifiers trained on real scenes, say what a picture shows and what a sound says. First, can they be trusted?

# %% label="naive"
model = checkpoint.load(checkpoint.shipped("cross_modal"), cross.build)
apart = [cross.make(model.generator, cross.known(n=size.test), seed=seed) for seed in (0, 1)]


def share(found: Tensor, words: Tensor) -> float:
    """How often two media name the same colour and the same shape."""
    return cross.named_alike(found, words).float().mean().item()


def see(images: Tensor) -> Tensor:
    return cross.recognised(model.eye, images)


def hear(sounds: Tensor) -> Tensor:
    return cross.heard(model.ear, sounds)


show.table([{"": "the eye on real pictures", "colour and shape right": share(see(test.image), test.words)},
            {"": "the ear on real sounds", "colour and shape right": share(hear(test.sound), test.words)},
            {"": "picture from one noise, sound from another: do they agree?", "colour and shape right": share(see(apart[0].image), hear(apart[1].sound))},
            {"": "if both named one of 64 things by chance", "colour and shape right": 1 / 64}]);

# %% [markdown] label="naive-read"
# Each of these pictures may be good, and each of these sounds. Together they are a film with the wrong sound track. **Good media are not enough: they have to be of the same scene.** And there is a second problem. An autoencoder, trained to reconstruct, is asked for the pictures of four sounds:

# %% label="average"
grey = cross.make(model.autoencoder, cross.known(sound=test.sound))
names = [cross.sentence(w) for w in test.words[:4]] + [f"heard: {thing(w)}" for w in test.words[:4]]
show.pictures([*as_pictures(test.image[:4]), *as_pictures(grey.image[:4])], names, columns=4,
              title="Above four scenes; below what reconstruction paints from their sounds: next to nothing", name="average");

# %% [markdown] label="average-read"
# The sound does not say *where*. A network that is punished for its mean error answers with the **average** of what is possible (the median, for absolute differences), and the average of a thing in one of nine places is next to nothing. It has not failed to learn: this *is* the best answer to that question. We need another question.

# %% [markdown] label="idea"
# ## 2 · Idea: some of it is seen, all of it is made
#
# **One task.** Give each medium a **mask** (掩码): 1 where it is seen, 0 where it is hidden. A medium that is missing is one of which nothing is seen.
#
# | task | picture | sound | words |
# |---|---|---|---|
# | make a scene from noise | hidden | hidden | hidden |
# | sound → picture | hidden | seen | hidden |
# | picture → sound | seen | hidden | hidden |
# | repair a picture with the sound | a hole | seen | hidden |
# | repair a sound with the picture | seen | a gap | hidden |
#
# In training, each scene of a batch gets one of these by chance. So one network learns all.

# %% [markdown] label="idea-vector"
# **One vector.** Each medium $k$ has an encoder $E_k$. What they read in the media $x_k$ is added up, with the mask $m_k$ beside what is seen ($b$ scenes in a batch):
#
# $$h = \sum_{k \,\in\, \text{media}} E_k(m_k \circ x_k,\ m_k) \quad (b, 96), \qquad E_k = 0 \text{ if nothing is seen of medium } k.$$
#
# **Words first.** From $h$ comes a softmax for each slot of the sentence, $p(\text{word} \mid \text{what is seen})$. A word is **drawn** from it. Then, from $h$, noise $z \sim N(0, I)$ $(b, 16)$ and the words $w$ $(b, 25)$, a painter $G_k$ for each medium makes picture and sound: $x_k = G_k(h, z, w)$, values from −1 to 1. What the sound leaves open, the place, is now decided by a draw, and not by an average.

# %% [markdown] label="idea-scores"
# **Three scores.** The discriminator sees, hears and reads, and gives three scores, as the projection discriminator of chapter 17 does for one medium (Miyato and Koyama, 2018):
#
# $$s_1 = r_1(\varphi) + e_1(w) \cdot \varphi, \qquad s_2 = r_2(\psi) + e_2(w) \cdot \psi, \qquad s_3 = (L\varphi) \cdot (R\psi).$$
#
# | symbol | shape | meaning |
# |---|---|---|
# | $\varphi$ | $(b, 1024)$ | what is seen in the picture: 64 maps of 4 × 4 |
# | $\psi$ | $(b, 1536)$ | what is heard in the sound: 64 maps of 4 × 6 |
# | $w$ | $(b, 25)$ | the words, zeros and three ones: 8 colours + 8 shapes + 9 places |
# | $r_1, r_2$ | $(b)$ | learned linear layers: how real it is by itself |
# | $e_1(w), e_2(w)$ | as $\varphi$, $\psi$ | learned vectors of the words ($e_2$: colour and shape only, for the sound names no place) |
# | $L$, $R$ | $(128, 1024)$, $(128, 1536)$ | learned matrices, into one space for both |
#
# Real scenes should score above 1 on all three, made ones below −1 (hinge). And, which is what makes it look at *agreement*: real media that do not belong together, with one word of the sentence replaced or the sound of another scene, should score below −1 as well. From GANs with several outputs on: Liu and Tuzel (CoGAN, 2016); with picture and sound: Chen et al. (2017).

# %% [markdown] label="sound-text" exercise="cross_modal_gan.normalised" difficulty=2 minutes=8
# ## 3 · Build it
#
# ### Sound as a picture
#
# A log-mel spectrogram is a picture already: 32 bands of pitch, 48 moments, one every 25 ms. But decibels run from −100 to 20, and a network that ends in tanh makes −1 to 1. Loudness should not matter, so the **loudest place of each sound** becomes 1; what is `reach` (60) decibels below it, or more, becomes −1.
#
# **Exercise 1.** Write it: 0 decibels below the loudest place is 1, `reach` below it −1, half of `reach` below it 0.


# %% label="normalised" exercise="cross_modal_gan.normalised"
def normalised(decibels: Tensor, reach: float = 60.0) -> Tensor:
    """decibels (n, bands, frames) -> the same shape, each sound's loudest place 1, what is `reach` or more below it -1."""
    ### BEGIN SOLUTION
    below = (decibels - decibels.amax((1, 2), keepdim=True)).clamp(min=-reach)
    return 1 + 2 * below / reach
    ### END SOLUTION

# %% label="normalised-check" tags=["nbval-check-output"]
check("cross_modal_gan.normalised", normalised)

# %% [markdown] label="back-text"
# **And back.** The bands say how much, not in which phase, and 32 numbers stand for 561 frequencies (a window of 1,120 samples has 1,120 / 2 + 1). So the way back guesses twice: a spectrum that fits the bands (non-negative least squares), then phases that fit the spectrum (Griffin and Lim, 1984; [chapter 04](04_audio_features.ipynb)). Is a picture of sound good enough? Its test is the ear, on sounds that went there and back.

# %% label="back-listing"
show.source(cross.sounds_of_picture, start='decibels')
some = test.sound[:48]
again = cross.pictures_of_sound(cross.sounds_of_picture(some))
print(f"there and back: mean difference {(again - some).abs().mean():.3f} of 2; the ear is right on {share(hear(again), test.words[:48]):.0%}");

# %% label="back-heard"
show.audio(cross.sounds_of_picture(test.sound[:1])[0], cross.RATE, f"“{thing(test.words[0])}”, from its picture of sound", name="back");

# %% [markdown] label="straight-text" exercise="cross_modal_gan.straight_through" difficulty=4 minutes=20
# ### Words that are drawn, and still learned
#
# A word is one of a few: a row of zeros with a 1. To draw it from $\text{softmax}(\ell)$ there is a trick: add **Gumbel noise** to the logits $\ell$ and take the largest (Gumbel, 1954). Such noise is $g = -\ln(-\ln u)$ with $u$ drawn evenly between 0 and 1, anew for each logit. But argmax has no gradient, and then what the discriminator says of the words never reaches the generator.
#
# The **straight-through** estimator (直通估计; Bengio et al., 2013; with Gumbel noise: Jang et al., 2017) is a forgery: forward it gives the drawn word, backward it behaves as if it had been the probabilities $\text{softmax}(\ell + g)$.
#
# **Exercise 2.** Write it for one slot. `gumbel` is $g$, drawn already. `x.detach()` has the value of `x` and no gradient.


# %% label="straight" exercise="cross_modal_gan.straight_through"
def straight_through(logits: Tensor, gumbel: Tensor) -> Tensor:
    """logits, gumbel (b, n) -> one-hot rows (b, n) of the largest of their sum; the gradient is that of its softmax."""
    ### BEGIN SOLUTION
    soft = (logits + gumbel).softmax(dim=1)
    hard = functional.one_hot(soft.argmax(1), soft.shape[1]).to(soft)
    return hard + soft - soft.detach()
    ### END SOLUTION

# %% label="straight-check" tags=["nbval-check-output"]
check("cross_modal_gan.straight_through", straight_through)

# %% [markdown] label="honest-words"
# **Said plainly:** the "sentence" of this chapter is three such slots in a fixed frame, "a ⟨colour⟩ ⟨shape⟩, ⟨place⟩". Its words also learn by cross-entropy, as a classifier does. A free sentence of any length, made adversarially, is a harder matter: a GAN over words gets its gradient only through such forgeries or by reinforcement learning (Yu et al., SeqGAN, 2017), and language models trained by cross-entropy, as in [chapter 16](16_captioning.ipynb), are better at it.

# %% [markdown] label="pair-text" exercise="cross_modal_gan.pair_scores" difficulty=3 minutes=12
# ### Do these two belong together?
#
# **Exercise 3.** The third score, $s_3 = (L\varphi) \cdot (R\psi)$: of each picture with its own sound, and of each picture with the sound of the row *before* it (row 0 with that of the last). The second column is what the discriminator is told to reject. Gradients must reach all four arguments.


# %% label="pair" exercise="cross_modal_gan.pair_scores"
def pair_scores(seen: Tensor, heard: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """seen (b, p), heard (b, q), left (k, p), right (k, q) -> (b, 2): with its own sound, with that of the row before."""
    ### BEGIN SOLUTION
    a, b = seen @ left.T, heard @ right.T
    return torch.stack([(a * b).sum(1), (a * b.roll(1, 0)).sum(1)], dim=1)
    ### END SOLUTION

# %% label="pair-check" tags=["nbval-check-output"]
check("cross_modal_gan.pair_scores", pair_scores)

# %% [markdown] label="listing-text"
# **The listing.** The generator reads, chooses words, paints. Note `told`: in training, wherever something is seen or said, picture and sound are painted with the *true* words (teacher forcing, [chapter 16](16_captioning.ipynb)), so that a wrong draw of the place is not held against the painter.

# %% label="listing"
show.source(cross.CrossGenerator.forward, start="known = ")
show.source(cross.CrossDiscriminator.forward, start="seen, heard")
show.source(cross.d_loss, start="def loss")
show.source(cross.g_loss, start="def loss");

# %% [markdown] label="losses-text"
# **Four losses, one sum.** $\mathcal L_G = 3\,\mathcal L_{\text{words}} + 20\,\mathcal L_{\text{rec}} + \mathcal L_{\text{adv}}\ (+\ \lambda\,\mathcal L_{\text{con}})$, with $\lambda = 0.5$ in section 4
#
# - *words*: cross-entropy of the true words given what is seen;
# - *reconstruction* (重建): mean absolute difference to the true picture and sound;
# - *adversarial*: minus the discriminator's three scores;
# - *contrastive* (InfoNCE): among all made sounds of the batch, each made picture should find its own.
#
# Why 3 and 20? A mean difference is a small number, here below 0.1, and scores are some units. The weights were set by hand, so that none drowns the others.

# %% [markdown] label="live-text"
# ## 4 · What a minute gives
#
# A smaller world, so that about a minute on one core is enough: four colours, four shapes, no patterns. Two tasks only: everything from noise, and everything from the sound. Watch the samples: first come the background and the voice, then places, then colours and shapes.

# %% label="live-data"
FEW = {"colour": ("red", "yellow", "green", "blue"), "shape": ("circle", "square", "star", "cross"), "texture": ("plain",)}
small = {split: cross.load(split, n=n, takes=takes, speech=spoken, only=FEW)
         for split, n, takes in (("train", size.scenes, size.takes), ("test", size.test, (9,)))}
tasks = {"noise": ("none", "none", "none", 0.5), "sound": ("none", "all", "none", 0.5)}  # what is seen of picture, sound, words; how often
live = show.Live("samples")


def watch(generator: cross.CrossGenerator, step: int) -> None:
    made = cross.make(generator, cross.known(sound=small["test"].sound[:8]))
    said = [thing(w) for w in small["test"].words[:8]]
    live.update(lambda: show.pictures(as_pictures(made.image), said, columns=8, title=f"heard → painted, after {step} steps"))

# %% label="live"
torch.manual_seed(0)
generator, discriminator = cross.CrossGenerator(), cross.CrossDiscriminator()
loader = DataLoader(TensorDataset(*small["train"]), 64, shuffle=True, drop_last=True)
weights = cross.Weights(contrastive=0.5)
history = train.fit_gan(generator, discriminator, loader, cross.d_loss(weights, tasks), cross.g_loss(weights, tasks), steps=size.steps,
                        lr=(3e-3, 2e-3),  # of the generator, of the discriminator
                        average=0.95, watch=watch, every=size.every, progress=False, device="cpu")


# %% label="live-score"
def scored(name: str, generator: cross.CrossGenerator, truth: cross.Triples) -> dict:
    """One row: from noise, do the three media agree? From the sound, is the right thing painted?"""
    noise = cross.make(generator, cross.known(n=len(truth.words)))
    painted = cross.make(generator, cross.known(sound=truth.sound))
    seen, heard = see(noise.image), hear(noise.sound)
    return {"": name, "noise: picture = sentence": share(seen, noise.indices()), "sound = sentence": share(heard, noise.indices()),
            "picture = sound": share(seen, heard), "place = sentence": (seen[:, 2] == noise.indices()[:, 2]).float().mean().item(),
            "heard → painted": share(see(painted.image), truth.words)}


shuffled = small["test"]._replace(sound=small["test"].sound.roll(1, 0))
show.table([scored("a minute", generator, small["test"]),
            {"": "control: painted from the sound of another scene", "heard → painted": scored("", generator, shuffled)["heard → painted"]},
            {"": "chance, of 16 things", "picture = sound": 1 / 16, "heard → painted": 1 / 16}]);

# %% [markdown] label="live-read"
# The voice is learned soonest: it fills its picture, and there are only a few ways to say two words. A thing in a picture is some fifty pixels of a thousand, and after this minute more than half of them are right, not all. The row *control* is what the sound's content is worth: with the sound of another scene the pictures are as good, and of the wrong thing.

# %% [markdown] label="hour-text"
# ## 5 · What an hour gives
#
# The loaded model met all 64 things, with patterns, and all tasks of section 2. First, **from noise alone**: picture, sentence and voice at once.

# %% label="noise"
noise = cross.make(model.generator, cross.known(n=size.test), seed=3)
said = [cross.sentence(w) for w in noise.indices()[:6]]
agrees = cross.named_alike(see(noise.image[:6]), noise.indices()[:6]) & cross.named_alike(hear(noise.sound[:6]), noise.indices()[:6])
heard = ((noise.sound[:6].clamp(-1, 1) + 1) / 2).flip(2)  # low pitch below, as spectrograms are drawn
show.pictures([*as_pictures(noise.image[:6]), *heard], said + [""] * 6, columns=6, marks=[*agrees.tolist()] + [False] * 6, name="from-noise",
              title="Made from noise. ✓: eye and ear both read what the sentence says");

# %% [markdown] label="noise-read"
# Below the pictures their voices, as pictures of sound: 1.2 seconds across, pitch up to 8,000 Hz. The ✓ is the verdict of two networks, and the eye can be kinder than you are: do you agree with every colour?

# %% label="noise-heard"
for i in range(3):
    show.audio(cross.sounds_of_picture(noise.sound[i : i + 1])[0], cross.RATE, f"the voice made with “{thing(noise.indices()[i])}”", name=f"made-{i}")

# %% label="hour-score"
said = cross.make(model.generator, cross.known(image=test.image))
rows = [scored("an hour", model.generator, test) | {"seen → said": share(hear(said.sound), test.words)}]
averaged = cross.make(model.autoencoder, cross.known(image=test.image))
rows.append({"": "autoencoder", "heard → painted": share(see(grey.image), test.words), "seen → said": share(hear(averaged.sound), test.words)})
rows.append({"": "chance, of 64 things", "picture = sound": 1 / 64, "heard → painted": 1 / 64, "seen → said": 1 / 64})
show.table(rows);

# %% [markdown] label="hour-read"
# The same two networks, all of the world, and more steps. **The autoencoder** (Ngiam et al., 2011: the same network without drawn words and without a discriminator) shows the difference between the two directions. A picture shows all that the sound names, so there reconstruction is right more often than not; but whose voice it is, no picture shows, so voices are averaged. A sound leaves the place open, and there the average is pale.

# %% label="translated"
painted = cross.make(model.generator, cross.known(sound=test.sound), seed=1)
more = cross.make(model.generator, cross.known(sound=test.sound), seed=2)
show.pictures([*as_pictures(test.image[:6]), *as_pictures(painted.image[:6]), *as_pictures(more.image[:6])],
              [cross.sentence(w) for w in test.words[:6]] + ["painted"] * 6 + ["once more"] * 6, columns=6, name="translated",
              title="Heard → painted, twice: the thing is what was said; the place is drawn");

# %% label="unheard"
if spoken:
    strangers = cross.recordings(["red circle", "blue star", "green heart", "grey moon"], (5,), voices=("bea", "dina", "finn", "gus"))
    truth = torch.tensor([[0, 0], [4, 3], [3, 4], [7, 7]]).repeat_interleave(4, 0)
    shown = cross.make(model.generator, cross.known(sound=strangers.flatten(0, 1)))
    print(f"four voices that were not in the training: the right thing painted {share(see(shown.image), truth):.0%}");

# %% [markdown] label="repair-text" exercise="cross_modal_gan.completed" difficulty=2 minutes=8
# ### Repair a picture with the sound
#
# A hole of 14 × 14 pixels hides the thing. What is known stays as it is; only the hole is made.
#
# **Exercise 4.** Put the two together. In the hole of the given picture anything may stand: old numbers, NaN. The gradient to `made` must not be lost.


# %% label="completed" exercise="cross_modal_gan.completed"
def completed(given: Tensor, made: Tensor, seen: Tensor) -> Tensor:
    """given, made (n, c, h, w), seen (n, 1, h, w), 1 where known, 0 where hidden -> (n, c, h, w)."""
    ### BEGIN SOLUTION
    return torch.where(seen > 0, given, made)
    ### END SOLUTION

# %% label="completed-check" tags=["nbval-check-output"]
check("cross_modal_gan.completed", completed)

# %% [markdown] label="error-text" exercise="cross_modal_gan.hole_error" difficulty=3 minutes=10
# **Exercise 5.** And how far off is it? Only the hidden numbers count (all of them, the exactly repaired too), and each example gets a number of its own, so that with and without sound can be compared picture by picture.


# %% label="error" exercise="cross_modal_gan.hole_error"
def hole_error(made: Tensor, true: Tensor, seen: Tensor) -> Tensor:
    """made, true (n, c, h, w), seen (n, 1, h, w) -> (n,): the mean absolute difference of the hidden numbers; 0 if none is."""
    ### BEGIN SOLUTION
    hidden = (1 - seen).expand_as(true)
    total = ((made - true).abs() * hidden).flatten(1).sum(1)
    return total / hidden.flatten(1).sum(1).clamp_min(1)
    ### END SOLUTION

# %% label="error-check" tags=["nbval-check-output"]
check("cross_modal_gan.hole_error", hole_error)

# %% label="repair"
mask = cross.hole(test.words[:, 2])
partners = {"without sound": None, "with its sound": test.sound, "with the sound of another scene": test.sound.roll(1, 0)}
repaired = {(who, name): cross.make(network, cross.known(image=test.image, image_seen=mask, sound=sound), draw=False)
            for who, network in (("GAN", model.generator), ("autoencoder", model.autoencoder)) for name, sound in partners.items()}
own = {key: cross.completed(test.image, made.image, mask) for key, made in repaired.items()}
wrong = {key: cross.hole_error(image, test.image, mask) for key, image in own.items()}
show.table([{"": who, "partner": name, "error in the hole": wrong[who, name].mean().item(), "right thing": share(see(own[who, name]), test.words)}
            for who, name in wrong])
for who in ("GAN", "autoencoder"):
    gain = evaluate.paired_bootstrap(wrong[who, "without sound"], wrong[who, "with its sound"], size.resamples)
    print(f"{who}: the sound lowers the error by {gain.difference:.3f} (95%: {gain.low:.3f} to {gain.high:.3f}), p = {gain.p_value:.2g}")

# %% [markdown] label="repair-read"
# Two repairers, three partners. Compare *with its sound* against *without*: lower, and the interval of the paired bootstrap says by how much. The generator with the sound is also far ahead of the *best* repair without one, which is the autoencoder's.
#
# The **sound of another scene** is the control: with it the gain is gone. And compare the two without sound: a wrong guess that is sharp costs more than a pale average, so the autoencoder has the smaller error, and neither names the right thing. *An error is an opinion about what matters.* (The autoencoder had 600 updates, the generator 2,000; so do not read its gain from the sound, if there is one, as a limit.)
#
# **Move the slider:** how large is the hole? Above what is seen, then repaired without the sound, with it, and the truth. A pale square stays around a repair: the tint of the background is not taken over.


# %% label="slider"
def with_hole(side: int):
    """Six pictures with a hole of that side: seen, repaired without and with the sound, true."""
    six, seen = test.take(torch.arange(6)), cross.hole(test.words[:6, 2], side)
    alone, both = (cross.make(model.generator, cross.known(image=six.image, image_seen=seen, sound=s), draw=False) for s in (None, six.sound))
    lines = [torch.where(seen > 0, six.image, -1.0), *(cross.completed(six.image, made.image, seen) for made in (alone, both)), six.image]
    names = ["seen", "repaired alone", "with the sound", "true"]
    return show.pictures([p for line in lines for p in as_pictures(line)], [n for n in names for _ in range(6)], columns=6, lines=1, name="holes")


widgets.slider(with_hole, [4, 8, 11, 14, 20, 64], "side of the hole", start=14, name="holes");

# %% [markdown] label="gap-text"
# ### Repair a sound with the picture
#
# Now 20 of the 48 moments are silenced, from the 17th on: most of the second word, the shape. The picture shows it.

# %% label="gap"
silent = cross.gap(torch.full((len(test.words),), 16), 20)
rows, errors = [], {}
for name, image in {"without picture": None, "with its picture": test.image, "with the picture of another scene": test.image.roll(1, 0)}.items():
    made = cross.make(model.generator, cross.known(sound=test.sound, sound_seen=silent, image=image), draw=False)
    whole = cross.completed(test.sound, made.sound, silent)
    errors[name] = cross.hole_error(whole, test.sound, silent)
    rows.append({"": name, "error in the gap": errors[name].mean().item(), "colour and shape heard": share(hear(whole), test.words)})
show.table(rows)
gain = evaluate.paired_bootstrap(errors["without picture"], errors["with its picture"], size.resamples)
print(f"the picture lowers the error by {gain.difference:.3f} (95%: {gain.low:.3f} to {gain.high:.3f}), p = {gain.p_value:.2g}");

# %% [markdown] label="frame-text"
# ### A frame that a film has lost
#
# Films of one thing that moves, grows or shrinks, of five frames; one in the middle is lost. A voice says "moves left", "grows" and so on. A small U-Net (Ronneberger et al., 2015) makes the frame from the frame before, the frame after if there is one, and the voice if there is one.

# %% label="frame"
films = cross.gaps("test", n=size.films, takes=(9,), speech=spoken)
rows, lost = [], {}
for after, voice in ((True, False), (True, True), (False, False), (False, True)):
    there = torch.tensor([[after, voice]]).expand(len(films.frame), 2)
    with torch.no_grad():
        made = model.frames(films.before, films.after, films.sound, there)
        other = model.frames(films.before, films.after, films.sound.roll(7, 0), there)
    lost[after, voice] = (made - films.frame).abs().flatten(1).mean(1)
    control = (other - films.frame).abs().mean().item() if voice else ""
    rows.append({"neighbours": "before and after" if after else "before only", "voice": "yes" if voice else "no",
                 "error": lost[after, voice].mean().item(), "with the voice of another film": control})
show.table(rows, digits=4)
for after in (True, False):
    gain = evaluate.paired_bootstrap(lost[after, False], lost[after, True], size.resamples)
    print(f"{'both neighbours' if after else 'one neighbour'}: the voice lowers the error by {gain.difference:.4f} "
          f"({gain.low:.4f} to {gain.high:.4f}), p = {gain.p_value:.2g}")

# %% [markdown] label="frame-read"
# Between two neighbours little is left open, and the voice adds little: some four per cent of the error. With the frame after gone as well, it is open which way the thing goes. *That* is what the voice says, and it takes off about a third. **A second medium is worth what the first leaves open**, no more: the same lesson as the ceilings of chapter 10, in pixels. (The error is small throughout since most of a frame is background.)

# %% [markdown] label="cycle-text" exercise="cross_modal_gan.cycle_loss" difficulty=3 minutes=12
# ### There and back again
#
# A sound made into a picture, and that picture into a sound, should be the sound again: **cycle consistency** (循环一致性; Zhu et al., CycleGAN, 2017). It needs no pairs, so as a loss it is used where there are none.
#
# **Exercise 6.** The cycle loss, both ways. Sounds and pictures need not be of the same scenes, nor as many. Both networks of a journey should learn from it. (The library measures cycles, but has no such loss.)


# %% label="cycle" exercise="cross_modal_gan.cycle_loss"
def cycle_loss(sounds: Tensor, images: Tensor, to_image: Callable, to_sound: Callable) -> Tensor:
    """The mean absolute difference of sounds to themselves after the journey, plus that of images, as one number."""
    ### BEGIN SOLUTION
    heard, seen = to_sound(to_image(sounds)), to_image(to_sound(images))
    return (heard - sounds).abs().mean() + (seen - images).abs().mean()
    ### END SOLUTION

# %% label="cycle-check" tags=["nbval-check-output"]
check("cross_modal_gan.cycle_loss", cycle_loss)

# %% label="cycle-run"
rows = []
for name, start, there, back in (("sound → picture → sound", test.sound, see, hear), ("picture → sound → picture", test.image, hear, see)):
    half, end = cross.there_and_back(model.generator, start)
    rows.append({"": name, "half-way: right thing": share(there(half), test.words), "back: right thing": share(back(end), test.words),
                 "mean difference to the start": (end - start).abs().mean().item(),
                 "to another scene": (end - start.roll(1, 0)).abs().mean().item()})
show.table(rows);

# %% [markdown] label="cycle-read"
# The thing survives the journey; what only one medium knows does not. The voice comes back as another voice, the thing in another place. So the picture comes back no nearer to its start than to another scene (last two columns): place and background are drawn anew. A network that was *forced* to bring them back would have to hide them in the medium between, where no eye sees them: that has been caught in the act (Chu et al., 2017, "steganography").

# %% [markdown] label="hour-table-text"
# ### Over five seeds
#
# The same verdicts on five draws of test scenes and noise. *From another sound* is the control: what is painted from the sound of another scene. *Said, heard again* listens to made sounds after Griffin and Lim. The *new voices* are four that training never heard. *Distance* is the Fréchet distance of [chapter 17](17_text_to_image.ipynb) between painted and real pictures, in the eye's features.

# %% label="hour-table"
stored = evaluate.Scores.stored("cross_modal_gan", "hour")
show.table([{"": metric, **{row: f"{v[metric].mean():.3f} ± {v[metric].std(ddof=1):.3f}" for row, v in stored.values.items()}}
            for metric in stored.values["shipped"]]);

# %% [markdown] label="hour-table-read"
# What is missing from the autoencoder is a draw for what is left open, and a discriminator; it also had fewer updates (600 to 2,000). No number of them would make it paint from a sound: the average is what it is asked for. Read the last row with care: new voices are understood less well than known ones, with more spread.

# %% [markdown] label="losses-text-table"
# ### Which loss does what?
#
# The live model of section 4 again, as many steps as it has there on a laptop, on one loss or several, over five seeds. (Words are learned by cross-entropy in each row. The last row has the losses of the live run.)

# %% label="losses"
show.table(evaluate.Scores.stored("cross_modal_gan", "losses").rows());

# %% [markdown] label="losses-read"
# - **Reconstruction** alone, in an autoencoder without drawn words: calm pictures, and the right thing in none.
# - **Contrastive** alone: each made picture should be told from others by its sound. It says nothing of what either should look like, and the *distance* is the largest of all. Worse, here it is the made media that are to find each other: two networks agreeing on a secret code would do.
# - **Adversarial** alone: sounds that say what they should; of three heard things one is painted. It works, and it is slow: the discriminator has to find out first what is wrong.
# - **Adversarial and reconstruction**: the one says at once and pixel by pixel what is wrong, the other asks for one sharp answer. Far ahead of either alone, and the *nearest* to real pictures.
# - **All three**: picture and sound agree twice as often (0.68 for 0.33), which is what the contrast presses for, and a heard thing is painted more often too (0.80 for 0.58). The price: the *distance* to real pictures is larger (1.7 for 1.1). The differences are two to three times the spread over seeds.
#
# So there is no best row. There is a question that you ask first: shall it be right, or look right?

# %% [markdown] label="slerp-text" exercise="cross_modal_gan.slerp" difficulty=3 minutes=12
# ### Between two noises
#
# What does the noise decide? Keep the words and walk from one noise to another. Noise of $d$ dimensions has a length near $\sqrt d$, but the middle of the straight line between two is shorter by about $\sqrt 2$: noise such as the generator never met. So one walks along an arc (Shoemake, 1985): with $\omega$ the angle between $a$ and $b$,
#
# $$\text{slerp}(a, b, t) = \frac{\sin((1 - t)\,\omega)}{\sin \omega}\, a + \frac{\sin(t\,\omega)}{\sin \omega}\, b .$$
#
# **Exercise 7.** Write it, row by row. The two noises may be of any length: do not bring them to length 1. (The library has no such function. Mind two equal noises: in one batch some rows may be equal. Opposite noises, between which there is no one arc, need not be minded.)


# %% label="slerp" exercise="cross_modal_gan.slerp"
def slerp(a: Tensor, b: Tensor, t: float) -> Tensor:
    """a, b (n, d) -> (n, d), on the arc from a (t = 0) to b (t = 1)."""
    ### BEGIN SOLUTION
    cosine = (a * b).sum(1, keepdim=True) / (a.norm(dim=1, keepdim=True) * b.norm(dim=1, keepdim=True))
    angle = torch.arccos(cosine.clamp(-1, 1))
    near = angle < 1e-4
    safe = torch.where(near, 1.0, angle)
    arc = (torch.sin((1 - t) * safe) * a + torch.sin(t * safe) * b) / torch.sin(safe)
    return torch.where(near, (1 - t) * a + t * b, arc)
    ### END SOLUTION

# %% label="slerp-check" tags=["nbval-check-output"]
check("cross_modal_gan.slerp", slerp)

# %% label="slerp-run"
ends = torch.randn(2, 1, 16, generator=torch.Generator().manual_seed(5))
walk = [slerp(*ends, t) for t in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
if walk[0] is not None:  # exercise 7 is done
    same = cross.known(words=torch.tensor([[0, 3, 4]]).expand(6, 3))  # a red star, centre
    on_the_way = cross.make(model.generator, same, noise=torch.cat(walk))
    show.pictures(as_pictures(on_the_way.image), columns=6, title="“a red star, centre”: from one noise to another", name="walk")
    show.spectrogram({f"t = {t}": on_the_way.sound[i, 0] for i, t in ((0, 0), (2, 0.4), (5, 1))}, cross.RATE, cross.HOP, frequencies=pitch,
                     label="from quiet to loud", title="… and its voice", name="walk-sound")
    voices = cross.recordings(["red star"], (9,), speech=spoken)[0]  # one a voice
    print(f"the voice at the two ends differs by {(on_the_way.sound[0] - on_the_way.sound[5]).abs().mean():.3f}; "
          f"two real voices by {(voices[0] - voices[2]).abs().mean():.3f}")

# %% [markdown] label="slerp-read"
# **Next to nothing.** Nearly the same star, nearly the same voice: the noise is all but ignored. Reconstruction did that. It asks, given the words, for *one* best picture, and every use of the noise costs. Isola et al. (2017) met the same in translation from picture to picture. What varies here are the *drawn words*, the place for example; who speaks, and the pattern, come out as an average. Would the noise have more to say with a smaller weight on the reconstruction of what was not seen, `cross.Weights(unseen=…)`, 20 so far? Try it in section 4.

# %% [markdown] label="wrong-text"
# ## 6 · What goes wrong
#
# ### A perfect cycle that is wrong everywhere
#
# Eight colours as eight numbers. One network turns a heard colour into a seen one, the other turns it back. Somebody trained both by the cycle loss alone:

# %% label="wrong-cycle"
swap = torch.roll(torch.eye(8), 1, 0)  # red becomes orange, orange becomes yellow, …
colours = torch.eye(8)
there, back = colours @ swap.T, (colours @ swap.T) @ swap
print(f"cycle loss {(back - colours).abs().mean():.1f}; colours translated rightly: {(there.argmax(1) == torch.arange(8)).float().mean():.0%}")
print("heard → painted:", ", ".join(f"{COLOURS[i]} → {COLOURS[int(there[i].argmax())]}" for i in range(4)));

# %% [markdown] label="wrong-cycle-read"
# The loss is zero, and nothing is right. A cycle says that nothing was lost on the way; not that the way was right. Any renaming of the world that is undone on the way back is as good. **Repair:** some pairs, or a discriminator that sees both media together, such as $s_3$ with its mismatched pairs.
#
# ### Zero times NaN
#
# A hole in real data is not filled with zeros. It is NaN, or whatever was in memory. The usual code multiplies by the mask:

# %% label="wrong-nan"
broken = torch.where(mask > 0, test.image, torch.nan)
times = broken * mask
print(f"NaN after multiplying with the mask: {times.isnan().float().mean():.0%} of all numbers; "
      f"after torch.where: {cross.known(image=broken, image_seen=mask).image.isnan().float().mean():.0%}")
for given in ({}, {"image": torch.zeros(1, 3, 64, 64)}, {"sound": torch.zeros(1, 1, 32, 40)}):
    try:
        cross.known(**given)
    except ValueError as problem:
        print("refused:", problem)

# %% [markdown] label="wrong-nan-read"
# One NaN spoils a whole batch through its normalisation, and the loss is no number from then on (`train.fit_gan` stops there and says so). The library chooses instead of multiplying, and refuses in a sentence what it cannot use.
#
# ### A judge who is no stranger
#
# All scores of this chapter are verdicts of two classifiers. Had the generator been trained *against* them, it would have found pictures that they call a red circle and you do not. So the judges saw real media only, and their own error rate stands in the first table of section 1.

# %% [markdown] label="quiz-text"
# ## 7 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("cross_modal_gan")

# %% label="progress"
progress("cross_modal_gan")

# %% [markdown] label="end"
# ## Take away
#
# - Generation, translation and repair are one task: some parts are seen, all are made. Hide at random in training.
# - Sound that is a picture can be made like a picture, and heard again: check it by an ear, there and back.
# - Reconstruction asks for an average of what is possible. Draw what is open (words, noise), or let a discriminator ask for *one* of the possible answers.
# - That media agree has to be asked for: joint scores, and real media that do not belong together as wrong examples.
# - A second medium is worth what the first leaves open. Measure it in the hole, paired, with a shuffled partner.
# - A cycle that closes proves that nothing was lost, not that it was translated.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` trains the live model for 3,000 steps. `python -m mmlearn.generate.recipes cross_modal --steps 20000` trains the loaded one for longer; it goes on where it was if it is interrupted.
#
# ## Further reading
#
# - J. Ngiam, A. Khosla, M. Kim, J. Nam, H. Lee, A. Y. Ng (2011). Multimodal deep learning. *ICML*, 689–696.
# - I. Goodfellow, J. Pouget-Abadie, M. Mirza, et al. (2014). Generative adversarial nets. *NeurIPS*, 2672–2680.
# - M.-Y. Liu, O. Tuzel (2016). Coupled generative adversarial networks. *NeurIPS*, 469–477.
# - L. Chen, S. Srivastava, Z. Duan, C. Xu (2017). Deep cross-modal audio-visual generation. *ACM Multimedia, Thematic Workshops*, 349–357.
# - D. Pathak, P. Krähenbühl, J. Donahue, T. Darrell, A. A. Efros (2016). Context encoders: feature learning by inpainting. *CVPR*, 2536–2544.
# - J.-Y. Zhu, T. Park, P. Isola, A. A. Efros (2017). Unpaired image-to-image translation using cycle-consistent adversarial networks. *ICCV*, 2242–2251.
# - P. Isola, J.-Y. Zhu, T. Zhou, A. A. Efros (2017). Image-to-image translation with conditional adversarial networks. *CVPR*, 1125–1134.
# - C. Chu, A. Zhmoginov, M. Sandler (2017). CycleGAN, a master of steganography. *NeurIPS workshop on machine deception*.
# - E. Jang, S. Gu, B. Poole (2017). Categorical reparameterization with Gumbel-softmax. *ICLR*.
# - Y. Bengio, N. Léonard, A. Courville (2013). Estimating or propagating gradients through stochastic neurons for conditional computation. *arXiv:1308.3432*.
# - L. Yu, W. Zhang, J. Wang, Y. Yu (2017). SeqGAN: sequence generative adversarial nets with policy gradient. *AAAI*, 2852–2858.
# - T. Miyato, M. Koyama (2018). cGANs with projection discriminator. *ICLR*.
# - D. W. Griffin, J. S. Lim (1984). Signal estimation from modified short-time Fourier transform. *IEEE Transactions on Acoustics, Speech, and Signal Processing* 32(2), 236–243.
# - O. Ronneberger, P. Fischer, T. Brox (2015). U-Net: convolutional networks for biomedical image segmentation. *MICCAI*, 234–241.
# - K. Shoemake (1985). Animating rotation with quaternion curves. *SIGGRAPH*, 245–254.
