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
# # 16 · Captioning: from a picture to a sentence
#
# **Three decoders that write what they see, one word at a time; what they learn from, how they choose their words, and whether what they say is true.**
#
# ![One scene, once for each word of its caption, dark but for the places where the model looked before it said the word: for the words of the first thing beside that thing, for those of the second beside the other](../data/pictures/captioning.png)
#
# *What you will have at the end of section 3: a sentence about a picture, and for each of its words the place where the model looked before it said it.*

# %% [markdown] label="objectives"
# **After this chapter you can**
#
# - write a sentence's probability as a product, and train a decoder on it by *teacher forcing*;
# - say why one vector is too little, build soft attention over regions, and draw where it looks;
# - build a transformer decoder with cross-attention, and the cache that makes it quick;
# - train eyes, a joint space and language together, say what each loss is for, and measure whether it is needed;
# - choose words greedily, by beam search, by nucleus sampling;
# - compute BLEU, and say why it is not one number, and what it does not see.
#
# **You need** the LSTM and attention of [chapter 01](01_primer.ipynb), vocabularies from [chapter 02](02_text_features.ipynb), convolutions from [chapter 03](03_image_features.ipynb), and the contrastive loss of [chapter 08](08_contrastive.ipynb). Terms in
# English and Chinese: [glossary · 术语表](../GLOSSARY.md).

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import json
import math
from collections import Counter
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from mmlearn import data, evaluate, features, profiles, show, train, widgets
from mmlearn.exercises import check, hint, progress, quiz
from mmlearn.generate import caption, checkpoint
from mmlearn.generate.caption import Captioner, CaptionVocabulary, decoding, plain_captions, share_true
from mmlearn.generate.recipes import captioner as recipe

size = profiles.settings("16_captioning")

# %% [markdown] label="problem-text"
# ## 1 · Fluent, and wrong
#
# Scenes of two things, 48 × 48 pixels. The **plain caption** of a scene says everything about both things, and how the first lies to the second, always in the same words. Things lie on a grid of 3 × 3. The first is the one in the higher row, or in one row the one further left; where it is above the other *and* beside it, "left" or "right" is said. So there is one plain caption a scene.
#
# Whether a caption is **true** is another question: then "above" counts too where it holds, and either thing may come first.

# %% label="scenes"
pairs = data.load("scenes", split="train", n=size.decoder_scenes, seed=0, size=48, objects=2)
test = data.load("scenes", split="test", n=size.scenes["test"], seed=0, size=48, objects=2)
captions = {split: plain_captions(some.column("facts")) for split, some in (("train", pairs), ("test", test))}
facts = test.column("facts")
show.pictures(test.images()[:4], captions["test"][:4], columns=4, title="A plain caption says all there is", name="scenes")
large = [data.load("scenes", split="test", n=1, size=192, objects=1, only={"texture": [texture], "size": ["large"]})
         for texture in ("plain", "striped", "dotted", "checked")]
show.pictures([one.images()[0] for one in large], plain_captions([one.column("facts")[0] for one in large]), columns=4,
              title="The four patterns, four times as large as they will be seen", name="patterns");

# %% [markdown] label="naive-text"
# The laziest captioner needs no training: **take the caption of the most similar training picture.** Here similar means close in pixels.

# %% label="naive"
def nearest(queries: Tensor, known: Tensor) -> Tensor:
    """For each query picture the number of the known picture closest to it in pixels."""
    a, b = (functional.avg_pool2d(x.float(), 4).flatten(1) for x in (queries, known))
    return torch.cdist(a, b).argmin(1)


closest = nearest(test.images(), pairs.images())
copied = [captions["train"][i] for i in closest]
show.pictures([some[j] for i in range(2) for some, j in ((test.images(), i), (pairs.images(), closest[i]))],
              [text for i in range(2) for text in ("a new picture", f"nearest known one, and its caption:\n{copied[i]}")], columns=4, lines=6, name="copied")
references = [[right] for right in captions["test"]]
true = share_true(copied, facts)
show.table([{"": "nearest caption", "readable": true["readable"], "right objects": true["objects"], "and attributes": true["attributes"],
             "and relation": true["relation"], "BLEU-4": evaluate.corpus_bleu(copied, references, 4, evaluate.caption_words.tokenize_plain)}]);

# %% [markdown] label="naive-fails"
# Every caption is good English ("readable"), and next to none is true. `share_true` reads a caption back into facts, and compares these with what is there: are both shapes there ("right objects"), with the colour, size and pattern that are said of them ("and attributes"), and do they lie to each other as is said ("and relation")? Each column asks for what
# the one before it asks, and more.
#
# The last column is the number that papers report most, **BLEU-4**, from 0 to 1 (section 5). It is about 0.4, far from zero: the words and their order are nearly right. Both numbers will come back.

# %% [markdown] label="idea"
# ## 2 · One word after the other
#
# A caption is a row of tokens $y_1, \dots, y_m$, of which the last is `<end>`. By the chain rule its probability, given the picture $x$, is a product of probabilities of *one* word each:
#
# $$p(y_1, \dots, y_m \mid x) = \prod_{t=1}^{m} p(y_t \mid y_0, \dots, y_{t-1}, x), \qquad y_0 = \texttt{<en>} \text{ or } \texttt{<zh>}.$$
#
# $y_0$ is the start mark, which is given and not predicted. It names the language (English here; two languages come in section 5).
#
# So a captioner has an **encoder**, which turns the picture into regions $a_1, \dots, a_n$ (here $n = 6 \cdot 6$, each of $d = 64$ numbers), and a **decoder** (解码器), which reads the tokens so far, looks at the regions, and gives a probability to each of $V$ words and marks. The loss is minus the logarithm of the right words' probabilities, the mean over words.
#
# In training, the decoder reads the *right* words before $t$, whatever it would have said itself: **teacher forcing** (教师强制). Then all steps of a caption are known beforehand, and can be computed side by side: it reads `<en> a red star` and is asked for `a red star <end>`.

# %% [markdown] label="teacher-text" exercise="captioning.teacher_forced" difficulty=2 minutes=12
# **Exercise 1.** The loss of teacher forcing. `say` is a decoder whose picture is settled: tokens (rows, t) in, logits (rows, t, V) out; at each of the t places those of the token *after* it. `tokens` holds the start mark, the words, and `<end>`, which is asked for like a word. Captions are filled up with `pad`, which is never asked for, and does not count in the mean. A gradient must reach the logits, for
# this loss is to train them.


# %% label="teacher" exercise="captioning.teacher_forced"
def teacher_forced(say: Callable[[Tensor], Tensor], tokens: Tensor, pad: int) -> Tensor:
    """tokens (rows, t), start and end marks included -> the mean of -log p over all asked tokens, a scalar."""
    ### BEGIN SOLUTION
    given, asked = tokens[:, :-1], tokens[:, 1:]
    logp = say(given).log_softmax(dim=-1)
    right = logp.gather(-1, asked[..., None]).squeeze(-1)
    real = asked != pad
    return -(right * real).sum() / real.sum()
    ### END SOLUTION

# %% label="teacher-check" tags=["nbval-check-output"]
check("captioning.teacher_forced", teacher_forced)

# %% [markdown] label="eyes-text"
# ### Borrowed eyes
#
# Decoders first. All three get the same eyes: those of a captioner that comes with the course, trained for 7,000 steps, about half an hour. They are frozen, and see every picture once. (They learned together with a transformer, on plain captions in two languages. So they know what will be asked, and may suit a transformer best. In section 3 we train eyes of our own.)

# %% label="eyes"
longer = checkpoint.load(checkpoint.shipped("captioner"), recipe.build)
vocabulary = CaptionVocabulary.of({"en": captions["train"]})
tokens = vocabulary.batch(captions["train"])


def seen(images: Tensor) -> Tensor:
    """Pictures (n, 3, 48, 48) -> regions (n, 36, 64)."""
    with torch.no_grad():
        return torch.cat([longer.memory(some).regions for some in images.split(256)])


regions, test_regions = seen(pairs.images()), seen(test.images())
print("regions", tuple(regions.shape), " tokens", tuple(tokens.shape), " words and marks", len(vocabulary))
print(vocabulary.encode(captions["train"][0]), "\n" + vocabulary.decode(vocabulary.encode(captions["train"][0])))

# %% [markdown] label="lstm-text"
# ## 3 · Three decoders
#
# ### Show it once: CNN + LSTM
#
# Vinyals et al. (2015) show an LSTM the picture *once*, as one vector, as if it were the first word:
#
# $$h_{-1} = \mathrm{LSTM}(W \bar a), \qquad h_t = \mathrm{LSTM}(E y_t,\ h_{t-1}), \qquad p(y_{t+1}) = \mathrm{softmax}(U h_t + b),$$
#
# where $\bar a$ is the mean of all regions (in the paper, the last layer of a network for the whole picture) and the first step starts from a state of zeros. $E y_t$ is the vector of word $y_t$; $W$, $E$, $U$ and $b$ are learned. (Each decoder below has matrices of its own, even where a letter comes again.)
#
# All that will be said must fit into the first state, and survive in it until its word comes.

# %% label="lstm-listing"
show.source(caption.LSTMDecoder, start="def begin");

# %% label="learn"
def learned(decoder: caption.Decoder, truth: float = 1.0) -> Captioner:
    """A decoder trained on the borrowed eyes' regions."""
    model = Captioner(decoder, vocabulary)
    loader = DataLoader(TensorDataset(regions, tokens), batch_size=64, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=size.decoder_lr, betas=(0.9, 0.98))
    model.history = train.fit(model, loader, lambda m, batch: m(*batch, truth=truth), steps=size.decoder_steps, optimizer=optimizer,
                              schedule=train.one_cycle(size.decoder_steps, rise=0.2), clip=1.0, progress=False)
    return model.cpu()  # from where it was trained to where the pictures are


def row(name: str, said: list[str]) -> dict:
    """How true captions of the test scenes are, and how alike the plain ones."""
    true = share_true(said, facts)
    return {"": name, "right objects": true["objects"], "and attributes": true["attributes"], "and relation": true["relation"],
            "BLEU-4": evaluate.corpus_bleu(said, references, 4, evaluate.caption_words.tokenize_plain)}


torch.manual_seed(0)
models = {"LSTM": learned(caption.LSTMDecoder(len(vocabulary), 64, 64))}
said = {"LSTM": models["LSTM"].captions(test_regions)}
rows = [row("nearest caption", copied), row("LSTM, shown once", said["LSTM"])]
show.table(rows);

# %% [markdown] label="lstm-read"
# No better than copying. The eyes know nearly everything, as the decoders below show. But here the mean over 36 regions goes through one vector, and in 250 steps (the laptop's number, for each of the three decoders) the LSTM has not learned to get colour, size, texture and shape of *two* things out of it again, each at its time. Whether it would with
# many more steps, this table does not say.

# %% [markdown] label="attend-text" exercise="captioning.attend" difficulty=3 minutes=15
# ### Look again before every word
#
# Xu et al. (2015) let the decoder *look* before each word. Its state $h$ asks, each region answers with a **score**, a softmax makes weights of the scores, and what is seen is the weighted sum:
#
# $$e_i = v \cdot \tanh(U a_i + W h), \qquad \alpha = \mathrm{softmax}(e), \qquad z = \sum_i \alpha_i\, a_i .$$
#
# The weights $\alpha$ say where it looks: **soft attention** (软注意力). Pictures may have different numbers of regions; then `real` says which are no padding.
#
# **Exercise 2.** Compute $e$, $\alpha$ and $z$ for a whole batch. $U$ and $W$ multiply from the left, as in the formula, so for rows it is `regions @ U.T`. Where `real` is False the weight is 0. Every picture has at least one real region.


# %% label="attend" exercise="captioning.attend"
def attend(regions: Tensor, h: Tensor, U: Tensor, W: Tensor, v: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
    """regions (b, n, d), h (b, k), U (s, d), W (s, k), v (s,), real (b, n) bool -> what is seen (b, d), and weights (b, n)."""
    ### BEGIN SOLUTION
    scores = (regions @ U.T + (h @ W.T)[:, None]).tanh() @ v
    weights = scores.masked_fill(~real, -torch.inf).softmax(dim=1)
    return (weights[..., None] * regions).sum(dim=1), weights
    ### END SOLUTION

# %% label="attend-check" tags=["nbval-check-output"]
check("captioning.attend", attend)

# %% [markdown] label="attend-listing-text"
# **The listing.** The library's decoder does the same, for several captions of a picture at once. It also has a gate: what is seen is multiplied by $\sigma(g \cdot h + c)$, a number from 0 to 1, with learned $g$ and $c$ (Xu et al., section 4.2.1). So it differs from the first decoder in two things, not one. What is scored is computed once a picture (`keys`), not once a word.

# %% label="attend-listing"
show.source(caption.AttentionDecoder, start="def _write");

# %% label="attend-train"
torch.manual_seed(0)
models["attention"] = learned(caption.AttentionDecoder(len(vocabulary), 64, 64))
said["attention"] = models["attention"].captions(test_regions)
rows.append(row("LSTM that looks", said["attention"]))
show.table(rows);

# %% [markdown] label="attend-read"
# The same eyes, the same number of steps, and a decoder that need not remember what it can look up. **Where does it look?**

# %% label="maps"
def looks(model: Captioner, i: int, picture: Tensor, language: str | None = None):
    """One map a word: bright where the model looked before it said the word."""
    words, weights = (part[:16] for part in model.maps(picture, language=language))
    grids = weights.reshape(-1, 6, 6).detach().numpy()
    return show.overlay([test.images()[i]] * len(words), grids, words, columns=8, veil=0.75, title=f"Before each word, scene {i}", name=f"looks-{i}")


looks(models["attention"], 0, test_regions[0])
looks(models["attention"], 1, test_regions[1]);

# %% [markdown] label="maps-read"
# Follow the bright spot. For the words of the first thing it lies on or beside one thing, for those of the second on or beside the other, and for words that need no look, such as "a", anywhere. Nobody told the model where the things are. But beware. It looks *beside* a thing as readily as at it, because a region of
# these eyes sees far beyond its square of 8 × 8 pixels; and a map shows what was weighed, not why a word was said (chapter 15).

# %% [markdown] label="transformer-text"
# ### A transformer: look back, look at the picture
#
# An LSTM presses all words so far into one state. A **transformer decoder** (Vaswani et al., 2017) keeps them, and every new word looks *back* at all of them by self-attention, then at the regions by **cross-attention** (交叉注意力), then thinks (two linear layers, a GELU between them). With queries $q = x\,Q$, keys $\kappa_s = x_s K$ and values $v_s = x_s V$,
#
# $$\text{back}(x) = \sum_{s \le t} \mathrm{softmax}_s\Big(\frac{q \cdot \kappa_s}{\sqrt k}\Big) v_s, \qquad \text{picture}(x): \text{the same with keys and values of the regions,}$$
#
# where $k$ is the width of a key. What each of the three steps finds is *added* to what came in, and since attention does not see the order of words, a vector of its place is added to each word.
#
# In training all words of a caption are computed at once, behind a mask that hides what comes later. Writing is another matter: word by word. Words that are written do not change any more, so **their keys and values need not be computed again**: they are kept in a cache.

# %% [markdown] label="cached-text" exercise="captioning.cached_step" difficulty=3 minutes=15
# **Exercise 3.** One more word. The cache holds keys and values (b, s, k) of the s words before; at the first word s is 0. The new word looks at itself as well.


# %% label="cached" exercise="captioning.cached_step"
def cached_step(x: Tensor, Q: Tensor, K: Tensor, V: Tensor, past: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """x (b, d) the new word; Q, K, V (d, k), used as x @ Q; past: keys, values -> what is found (b, k), and the grown cache."""
    ### BEGIN SOLUTION
    keys = torch.cat([past[0], (x @ K)[:, None]], dim=1)
    values = torch.cat([past[1], (x @ V)[:, None]], dim=1)
    scores = (keys @ (x @ Q)[:, :, None]).squeeze(2) / math.sqrt(keys.shape[2])
    return (scores.softmax(dim=1)[:, :, None] * values).sum(dim=1), (keys, values)
    ### END SOLUTION

# %% label="cached-check" tags=["nbval-check-output"]
check("captioning.cached_step", cached_step)

# %% label="transformer-listing"
show.source(caption.transformer.DecoderBlock, start="def forward");

# %% [markdown] label="cache-text"
# `past` is the cache. How much does it save? Beam search (below) over 1,000 pictures, five beginnings each, with the cache and with a decoder that reads its whole caption again at every word:

# %% label="cache-table"
saved = json.loads(data.resource("results/captioning_cache.json").read_text(encoding="utf-8"))["figures"]
show.table([{"pictures": saved["pictures"], "beams": saved["beams"], "tokens a caption": saved["tokens a caption"],
             "share of captions that are the same": saved["same captions"], "times as slow without the cache": saved["without cache, with = 1"]}], digits=2);

# %% label="transformer-train"
torch.manual_seed(0)
models["transformer"] = learned(caption.TransformerDecoder(len(vocabulary), 64, 64, layers=1))
said["transformer"] = models["transformer"].captions(test_regions)
rows.append(row("transformer", said["transformer"]))
rows.append(row("transformer, half an hour", longer.captions(test.images())))
show.table(rows);

# %% [markdown] label="decoders-five-text"
# The same with five seeds, mean ± standard deviation:

# %% label="decoders-five"
def stored(table: str, **more: str) -> list[dict]:
    """A table of this chapter's benchmark: the shares of captions that are right, over how many seeds."""
    found = evaluate.Scores.stored("captioning", table)
    columns = {"objects": "right objects", "attributes": "and attributes", "relation": "and relation", **more}
    return [{"": row[""], "seeds": len(found.values[row[""]]["objects"])} | {name: row[key] for key, name in columns.items()}
            for row in found.rows()]


show.table(stored("decoders"));

# %% [markdown] label="decoders-five-read"
# Over five seeds the order holds: LSTM, attention, transformer. But attention is right in 0.67 ± 0.25 of its captions: one seed learned it to nine tenths, another to a quarter. So *one* live run, as above, decides little about it. The LSTM names both shapes no more often than copying does.

# %% [markdown] label="joint-text"
# ### Eyes of our own: three losses
#
# Borrowed eyes are a luxury. From zero, eyes and decoder have to learn at once, and as long as a decoder looks everywhere, no region is told what it shows. Two more losses can speak to the regions directly, and need nothing but the captions:
#
# - **vision**: of every word, is it in the caption? The picture shows what its *surest* region shows: $\hat p_w = \sigma(\max_i\, n_w \cdot a_i)$, with a learned vector $n_w$ for each word, as wide as a region, and the sigmoid $\sigma$; then cross-entropy, summed over words. (Multiple instance learning, as in Fang et al., 2015.)
# - **fusion**: picture and caption meet in a joint space, where each must find the other among the batch: InfoNCE (chapter 08) between a linear map of the regions' mean and maxima, and one of which words the caption has.
# - **language**: the next word, as above.

# %% label="joint-listing"
show.source(caption.JointTraining, start="def forward")
show.source(caption.naming_loss, start="surest =");

# %% [markdown] label="joint-run-text"
# Now live, from zero: eyes and a transformer of one block, with vision and language losses, on scenes whose things have no pattern, so that a minute is enough.

# %% label="joint-train"
plainer = {split: data.load("scenes", split=split, n=n, seed=0, size=48, objects=2, only={"texture": ["plain"]})
           for split, n in size.scenes.items()}
short = {split: plain_captions(some.column("facts"), said=("colour", "size")) for split, some in plainer.items()}
own = CaptionVocabulary.of({"en": short["train"]})
torch.manual_seed(0)
minute = Captioner(caption.TransformerDecoder(len(own), 64, 64, layers=1), own, caption.PictureRegions(64, size.width))
together = caption.JointTraining(minute, vision=size.vision)
loader = DataLoader(TensorDataset(plainer["train"].images(), own.batch(short["train"])), batch_size=size.batch, shuffle=True)
optimizer = torch.optim.AdamW(together.parameters(), lr=size.lr, betas=(0.9, 0.98))
history = train.fit(together, loader, lambda m, batch: m(*batch), steps=size.steps, optimizer=optimizer,
                    schedule=train.one_cycle(size.steps, rise=0.2), clip=1.0, progress=False)
every = max(1, size.steps // 40)
smooth = {name: [float(np.mean(values[i : i + every])) for i in range(0, size.steps - every + 1, every)]
          for name, values in history.parts.items() if name != "loss"}
smooth["vision, a word"] = [value / (len(own) - own.marks) for value in smooth.pop("vision")]
show.curve([every * (i + 1) for i in range(len(smooth["words"]))], smooth, "step", "loss, mean over words", title="Two losses from zero", name="joint");

# %% label="joint-result"
plain_facts = plainer["test"].column("facts")
from_zero = minute.cpu().captions(plainer["test"].images())
true = share_true(from_zero, plain_facts)
show.table([{"": "a minute, from zero", "right objects": true["objects"], "and attributes": true["attributes"], "and relation": true["relation"]}])
wrong = [i for i, text in enumerate(from_zero) if not caption.judge(text, plain_facts[i]).relation][:4]
print("first mistakes:", *(f"{from_zero[i]!r}, where it is {short['test'][i]!r}" for i in wrong), sep="\n  ")

# %% [markdown] label="joint-five-text"
# Was it the vision loss? Five seeds of the live model on 1,000 held-out scenes; beside them, once each, all three losses, and the words alone:

# %% label="joint-five"
show.table(stored("laptop"));

# %% [markdown] label="joint-five-read"
# The five seeds lie between 95% and 99%. All three losses, with one seed, are among them; words alone, with one seed, just below (94%). **With this decoder, words alone are nearly enough**: if the vision loss helps, it is by a few points, and one seed does not establish that. That is what ablations are for.
#
# The same number of steps in harder worlds (one seed; one world also with more captions and more steps), and then more time: the captioner of half an hour, which sees patterns too and writes two languages, on 2,000 held-out scenes a row. Its last two rows are of worlds that it never saw in training: **clutter** (specks behind the things, and noise over all), and three things instead of two.

# %% label="joint-worlds"
show.table(stored("worlds"))
show.table(stored("checkpoint", things="things named"));

# %% [markdown] label="joint-read"
# **The first table: what a minute does not give.** Where the things have patterns, it names things but not their patterns, which are two or three pixels wide. Three things go well. With combinations of colour and shape that training never showed (red circles, for one) it is right 21 points
# less often: it has learned some pairs, and not only colours and shapes.
#
# **Paraphrases and clutter** need more: one caption in seven is true. Every scene is told in any order and in other words, and each step shows one telling. Shown *three* captions of each picture at every look it is right three times as often, and with two layers and three times the steps 92% of its captions are wholly true, in about six minutes.
#
# **The second: what half an hour gives.** Nearly every caption is right, patterns and all, in both languages, beam search or not. The last two rows are worth more than the first three: **what it has never seen it does not see.** In clutter it is wrong nearly nine times in ten. Of three things it names two; what it says
# of them is mostly true, but how they lie to each other it gets right only two times in three.

# %% [markdown] label="choose-text"
# ## 4 · Choosing words
#
# A trained decoder gives probabilities; a caption needs decisions.
#
# - **Greedy**: the likeliest word, every time. But a good first word may lead to a poor caption.
# - **Beam search** (束搜索): keep the $k$ best beginnings; of their $k \cdot V$ continuations keep the $k$ best; and so on. A beginning that has ended stays in the race.
# - **Sampling**: draw. From all words it draws rubbish now and then, since thousands of words that are all unlikely are likely together. **Nucleus sampling** (Holtzman et al., 2020) draws from the smallest set of likeliest words whose probabilities sum to at least $p$.

# %% [markdown] label="beam-text" exercise="captioning.beam_step" difficulty=4 minutes=25
# **Exercise 4.** One step of beam search. `total` are the log-probabilities of the $k$ beginnings of each picture, `logp` those of the words after each, `done` says which have ended. One that has ended has a single continuation: `pad`, which costs nothing. One that has not may go on with any of the $V$ tokens, `pad` too, at its price in `logp`. Of equally good ones either will do. Who has ended now need not be told.


# %% label="beam" exercise="captioning.beam_step"
def beam_step(total: Tensor, logp: Tensor, done: Tensor, pad: int) -> tuple[Tensor, Tensor, Tensor]:
    """total (b, k), logp (b, k, V), done (b, k) bool -> best totals, which beginning (0 to k - 1), which word: each (b, k), best first."""
    ### BEGIN SOLUTION
    only_pad = torch.full_like(logp, -torch.inf)
    only_pad[..., pad] = 0
    logp = torch.where(done[..., None], only_pad, logp)
    best, at = (total[..., None] + logp).flatten(1).topk(total.shape[1])
    return best, at // logp.shape[2], at % logp.shape[2]
    ### END SOLUTION

# %% label="beam-check" tags=["nbval-check-output"]
check("captioning.beam_step", beam_step)

# %% [markdown] label="beam-listing-text"
# **The listing.** The library goes a little further: what has ended keeps its place whatever comes (in your step better beginnings can push it out; both are in use), and the search stops when nothing can overtake the best.
#
# Every word makes a caption less probable, so long ones would always lose. They are compared by log-probability divided by $((5 + m)/6)^{\texttt{alpha}}$ for $m$ tokens (Wu et al., 2016), with `alpha` 0.7 here: a negative number divided by more than 1 comes nearer to 0, which helps long captions.

# %% label="beam-listing"
show.source(decoding.beam, start="with _evaluating")
show.source(decoding.length_penalty)
show.source(decoding.nucleus_of);

# %% label="beam-run"
rows = []
for name in models:
    written = {"greedy": said[name], "beam": models[name].captions(test_regions, how="beam"),
               "nucleus": models[name].captions(test_regions, how="nucleus", p=0.9, generator=torch.Generator().manual_seed(0))}
    rows += [{"": name, "words chosen by": how} | {k: v for k, v in row("", texts).items() if k} for how, texts in written.items()]
show.table(rows);

# %% [markdown] label="beam-read"
# On plain captions there is only one right word nearly everywhere, and greedy, beam and even sampling say much the same where the model is sure. Where it is not, sampling pays for every doubt: it says the second best now and then. Where many sentences are right, it is the other way about: sampling is what gives variety.
#
# **Move the slider:** the probabilities of the LSTM's next word where a colour is due in the caption of scene 0 (the first picture of section 1), and which words are left in the nucleus (made to sum to 1 again).

# %% label="nucleus-slider"
def left(p: float):
    """The probabilities of the next words, all and those of the nucleus."""
    start = vocabulary.batch(captions["test"][:1])[:, :5]  # <en> a, its size, its pattern, and what is asked for: its colour
    with torch.no_grad():
        chances = models["LSTM"].logits(test_regions[:1], start)[0, -1].masked_fill(vocabulary.silent, -torch.inf).softmax(-1)
    kept = decoding.nucleus_of(chances, p)
    order = chances.argsort(descending=True)[:12].tolist()
    return show.heatmap(torch.stack([chances[order], kept[order]]).numpy(), rows=["all", f"p = {p}"],
                        columns=[vocabulary.words[i] for i in order], name="nucleus",
                        title=f"After “{vocabulary.decode(start[0, :4].tolist())}”; {int((kept > 0).sum())} words are in the nucleus")


widgets.slider(left, [0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0], "p", start=0.7, name="nucleus");

# %% [markdown] label="repeats-text" exercise="captioning.no_repeats" difficulty=4 minutes=20
# ### No phrase twice
#
# Poorly trained decoders stammer: "a red star and a red star and a red star". Many systems forbid it: **no phrase of $n$ words may come twice.** The library cannot do this one.
#
# **Exercise 5.** Put $-\infty$ in place of the log-probability of every word that would complete a phrase of $n$ words which the row holds already. All other numbers stay. Captions shorter than $n - 1$ words forbid nothing, and with $n = 1$ no word may come twice.


# %% label="repeats" exercise="captioning.no_repeats"
def no_repeats(logp: Tensor, tokens: Tensor, n: int) -> Tensor:
    """logp (rows, V) of the next word, tokens (rows, t) so far -> log-probabilities (rows, V) with some at -inf."""
    ### BEGIN SOLUTION
    result = logp.clone()
    for r, words in enumerate(tokens.tolist()):
        last = words[len(words) - (n - 1) :] if len(words) >= n - 1 else None
        for i in range(len(words) - (n - 1)):
            if words[i : i + n - 1] == last:
                result[r, words[i + n - 1]] = -torch.inf
    return result
    ### END SOLUTION

# %% label="repeats-check" tags=["nbval-check-output"]
check("captioning.no_repeats", no_repeats)

# %% [markdown] label="repeats-read"
# Does it help? Before it can help it must do no harm: how many of the *right* captions does it make impossible?

# %% label="repeats-harm"
def twice(text: str, n: int) -> bool:
    """Whether a phrase of n words comes more than once."""
    words = evaluate.caption_words.tokenize_plain(text)
    phrases = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
    return len(set(phrases)) < len(phrases)


show.table([{"n": n, "right captions that hold a phrase of n words twice": np.mean([twice(text, n) for text in captions["test"]])} for n in (1, 2, 3, 4)]);

# %% [markdown] label="repeats-harm-read"
# "a small plain red star to the left of a small plain blue star" is right, and forbidden with $n = 2$ (as is about a third of all right captions) and with 3. With $n = 1$ none is left at all. **Forbid only what no right caption says**, or what stammers because it does not know will now be wrong for another reason.

# %% [markdown] label="bleu-text"
# ## 5 · Is it any good?
#
# ### BLEU, and why it is not one number
#
# **BLEU** (Papineni et al., 2002) counts phrases. Of all phrases of $n$ words in all captions, $p_n$ is the share that a reference has too; a phrase counts at most as often as *one* reference has it, so that "the the the" gains nothing. Captions that are too short are punished: with $c$ words in all captions, and $r$ in all the references that count, for each caption the one closest to *it* in length (of two equally close the shorter),
#
# $$\text{BLEU-}N = \min(1, e^{1 - r/c}) \cdot \Big(\prod_{n=1}^{N} p_n\Big)^{1/N}.$$
#
# Counts and lengths are added up over the whole corpus before anything is divided.

# %% [markdown] label="bleu-exercise-text" exercise="captioning.bleu" difficulty=4 minutes=25
# **Exercise 6.** BLEU of a corpus, of captions that are lists of words already. (Python's `Counter` knows `&`, the smaller of each count, and `|`, the larger. A corpus has at least one word. Where no phrase of some length is right, or no caption is that long, the figure is 0.)


# %% label="bleu" exercise="captioning.bleu"
def bleu(hypotheses: list[list[str]], references: list[list[list[str]]], longest: int) -> float:
    """Captions, for each its references, and N -> BLEU-N, from 0 to 1."""
    ### BEGIN SOLUTION
    right, total, c, r = [0] * longest, [0] * longest, 0, 0
    for words, refs in zip(hypotheses, references, strict=True):
        c += len(words)
        r += min((abs(len(ref) - len(words)), len(ref)) for ref in refs)[1]
        for n in range(1, longest + 1):
            phrases = [Counter(zip(*(text[i:] for i in range(n)), strict=False)) for text in (words, *refs)]
            most = Counter()
            for counts in phrases[1:]:
                most |= counts
            right[n - 1] += sum((phrases[0] & most).values())
            total[n - 1] += sum(phrases[0].values())
    precision = math.prod(a / max(b, 1) for a, b in zip(right, total, strict=True)) ** (1 / longest)
    return min(1.0, math.exp(1 - r / c)) * precision
    ### END SOLUTION

# %% label="bleu-check" tags=["nbval-check-output"]
check("captioning.bleu", bleu)

# %% [markdown] label="many-bleus-text"
# The LSTM's captions have one BLEU-4, one would think. Here are some, of the same captions against the same references:

# %% label="many-bleus"
ours = [text[0].upper() + text[1:] + "." for text in said["LSTM"]]
lower = [[text.lower().rstrip(".") for text in refs] for refs in references]
other = [[test.caption(i, paraphrase=k) for k in range(3)] for i in range(len(test))]
show.table([
    {"": "as papers on captions count: small letters, no signs", "BLEU-4": evaluate.corpus_bleu(ours, references, 4, evaluate.caption_words.tokenize_plain)},
    {"": "as translators count: capitals and signs are there", "BLEU-4": evaluate.corpus_bleu(ours, references, 4)},
    {"": "the same, captions without capital and stop", "BLEU-4": evaluate.corpus_bleu(said["LSTM"], references, 4)},
    {"": "split at spaces, 'star.' is not 'star'", "BLEU-4": evaluate.corpus_bleu(ours, lower, 4, str.split)},
    {"": "mean over captions, smoothed", "BLEU-4": evaluate.sentence_bleu(ours, references, 4).mean()},
    {"": "three references in other words", "BLEU-4": evaluate.corpus_bleu(ours, other, 4, evaluate.caption_words.tokenize_plain)},
    {"": "mean of BLEU-1 to BLEU-4", "BLEU-4": np.mean(list(evaluate.corpus_bleu(ours, references).values()))},
]);

# %% [markdown] label="many-bleus-read"
# None of them is wrong. Without tokenizer, references and the word *corpus* beside it, a BLEU says nothing. This course's figures equal those of sacrebleu, its CIDEr that of pycocoevalcap, to six digits, which its tests check.
#
# **CIDEr** (Vedantam et al., 2015) weighs phrases by how rare they are among all captions, as TF-IDF does (chapter 02), and takes the cosine with each reference. "A man" gains little, "wakeboarding" much. It runs from 0 to 10, which is ten times a mean cosine; many papers print 100 times the figure. Below it is CIDEr-D, the version that papers use.
#
# ### What no overlap sees
#
# Four captions for each test scene, and what the figures say of them:

# %% label="overlap"
swap = {"red": "blue", "blue": "red", "green": "grey", "grey": "green", "orange": "pink", "pink": "orange", "yellow": "purple", "purple": "yellow"}


def one_colour_wrong(text: str) -> str:
    """The first colour of a caption exchanged for another."""
    words = text.split()
    at = next(i for i, word in enumerate(words) if word in swap)
    return " ".join([*words[:at], swap[words[at]], *words[at + 1 :]])


four = {"the plain caption": captions["test"], "true, in other words": [refs[0] for refs in other],
        "plain, one colour wrong": [one_colour_wrong(text) for text in captions["test"]], "of the nearest picture": copied}
tokenize = evaluate.caption_words.tokenize_plain
show.table([{"": name, "BLEU-4": evaluate.corpus_bleu(texts, references, 4, tokenize),
             "CIDEr": evaluate.cider_d(texts, references, tokenize).mean(), "true": share_true(texts, facts)["relation"]}
            for name, texts in four.items()]);

# %% [markdown] label="overlap-read"
# Read the second and the third row. A true sentence in other words scores *below* a false one with a single wrong word: 0.15 against 0.77. (There is one reference a scene here, of one wording: with more of them the gap is smaller.) Overlap is a measure of wording; where the truth is known, as on scenes, ask for the truth.

# %% [markdown] label="chinese-text"
# ### Two languages, one model
#
# The captioner of half an hour learned English and Chinese at once: one vocabulary, in which every Chinese character is a word, and two start marks. The first token decides which language goes on (Johnson et al., 2017, did so for translation). The eyes are the same.

# %% label="chinese"
some = test.images()[:5]
both = {code: longer.captions(some, code) for code in recipe.LANGUAGES}
show.table([{"English": a, "中文": b} for a, b in zip(both["en"], both["zh"], strict=True)])
right = {code: share_true(longer.captions(test.images(), code), facts, code) for code in recipe.LANGUAGES}
show.table([{"": code, **{part: right[code][part] for part in ("objects", "attributes", "relation")}} for code in right]);

# %% [markdown] label="chinese-bleu"
# One more reason why BLEU is not one number: of Chinese it must be said how it was split. Split at spaces, a whole Chinese sentence is *one* word, and holds no phrase of four. To see it, we spoil every second caption by a single character, the first 色 (colour), and compare.

# %% label="chinese-scores"
chinese = [longer.captions(test.images(), "zh"), [[text] for text in plain_captions(facts, "zh")]]
half = [text if i % 2 else text.replace("色", "", 1) for i, text in enumerate(chinese[0])]
show.table([{"split": name, "BLEU-4": evaluate.corpus_bleu(half, [[t.rstrip("。") for t in refs] for refs in chinese[1]], 4, how)}
            for name, how in (("by characters", evaluate.caption_words.tokenize_zh), ("at spaces", str.split))]);

# %% [markdown] label="real-text"
# ### On photographs
#
# **Flickr8k** (Hodosh et al., 2013) has photographs of people and animals doing things, five captions each. Its makers give it on request, so it is not fetched here; with your own copy the cells below run on it (put it into a folder `flickr8k`, and let `MMLEARN_DATA_DIR` name the folder above it). Eyes: EfficientNet-Lite0, trained on a million pictures and frozen; 7 × 7 regions of 320 numbers. Decoder: a transformer of one
# block, trained on some 680 photographs. Ten-fold: every one of 753 photographs is captioned once by a model that has not seen it. Beside it two captioners that only copy: from the nearest photograph, or the "consensus", of all captions of the 20 nearest the one most like the others (Devlin et al., 2015).

# %% label="photographs-table"
folds = json.loads(data.resource("results/captioning.json").read_text(encoding="utf-8"))["figures"]["flickr8k"]
show.table([{"": name, **scores} for name, scores in folds["table"].items()])
show.table([{"beam, minus": name, "figure": figure, "difference": f"{d['difference']:+.3f}", "95%": f"{d['low']:+.3f} to {d['high']:+.3f}",
             "p": f"{d['p']:.2g}"} for name, figures in folds["against"].items() for figure, d in figures.items()]);

# %% [markdown] label="photographs-read"
# A small decoder on frozen eyes is well ahead of copying, with five captions each of fewer than 700 photographs, and the intervals are far from zero. Published models that saw all 6,000 have a BLEU-4 of about 0.20 (Xu et al., 2015), on another split and with another tokenizer, so that this is a rough mark and no comparison. And what BLEU calls better may be partly *safer*: a general sentence can share more
# with five references than a copied one full of details of another photograph. Beam search is ahead of greedy search here, where many sentences are possible; on plain captions it made no difference.
#
# Now live, on a few of the photographs, or on stamps where there is no flickr8k, and with a few seconds of training:

# %% label="photographs"
def pictures_with_captions() -> tuple[str, list, list[list[str]]]:
    """Photographs of flickr8k where they are, else stamps: a name, pictures, and the captions of each."""
    try:
        photos = data.load("flickr8k", split="train", size=224, crop=True)
        name = "flickr8k"
    except data.DataUnavailable as reason:
        print(reason)
        photos, name = data.load("stamps", split="train"), "stamps"
    items = [photos[i] for i in range(min(size.photographs, len(photos)))]
    return name, [item["image"] for item in items], [item["captions"] for item in items]


try:
    name, shots, told = pictures_with_captions()
except data.DataUnavailable as reason:
    name = None
    print(reason)

# %% label="photographs-train"
if name:
    shot_regions = caption.photograph_regions(features.pretrained.image(), shots, progress=False)
    count = len(shots) * 9 // 10
    texts = [text.lower().rstrip(" .") for said in told[:count] for text in said]
    owner = torch.tensor([i for i in range(count) for _ in told[i]])
    words = CaptionVocabulary.of({"en": texts}, min_count=2)
    torch.manual_seed(0)
    shots_model = Captioner(caption.TransformerDecoder(len(words), 320, 96, layers=1, longest=24, dropout=0.2), words)
    loader = DataLoader(TensorDataset(owner, words.batch(texts, longest=24)), batch_size=32, shuffle=True,
                        collate_fn=lambda rows: (shot_regions[[int(i) for i, _ in rows]], torch.stack([said for _, said in rows])))
    train.fit(shots_model, loader, lambda m, batch: m(*batch), steps=size.photograph_steps, lr=2e-3,
              schedule=train.one_cycle(size.photograph_steps), clip=1.0, progress=False)

# %% label="photographs-show" tags=["private-media"]
if name:
    written = shots_model.cpu().captions(shot_regions[count:], how="beam")
    show.pictures(shots[count : count + 8], written[:8], columns=4, lines=6,
                  title=f"Unseen pictures of {name}, after a few seconds of training", name="photographs")

# %% [markdown] label="wrong-text"
# ## 6 · What goes wrong
#
# ### A loss that is too good
#
# The decoder is asked for tokens 1, 2, …, and reads tokens 0, 1, …. Forget the shift, and it is asked for what it has just read.

# %% label="wrong"
def unshifted(model: Captioner, batch: list[Tensor]) -> Tensor:
    """Asks for every token after it has been read."""
    given = batch[1][:, 1:]
    return caption.word_loss(model.decoder(model.memory(batch[0]), given), given)


torch.manual_seed(0)
copier = Captioner(caption.LSTMDecoder(len(vocabulary), 64, 64), vocabulary)
loader = DataLoader(TensorDataset(regions, tokens), batch_size=64, shuffle=True)
quick = train.fit(copier, loader, unshifted, steps=max(2, size.decoder_steps // 4), lr=1e-2, progress=False)
steps = len(quick.loss)
print(f"after {steps} steps its loss is {np.mean(quick.loss[-3:]):.3f}; the right one's was {np.mean(models['LSTM'].history.loss[max(0, steps - 3) : steps]):.3f}")
print("what it writes:", copier.cpu().captions(test_regions[:2], longest=12))

# %% [markdown] label="wrong-read"
# The loss falls as never before, and what is written is nonsense: copying needs no picture and no language. **A loss far lower than a right one's is not luck.** Test every decoder for this: changing a token must not change what is predicted for its own place, or for an earlier one.
#
# ### Right words in training, own words in use
#
# A decoder that only ever read right words has never been where a mistake of its own leads: **exposure bias** (曝光偏差). How bad is it? Take captions, replace one word in the middle by a wrong one, and ask for the next words: once after the right word, once after the wrong one.

# %% label="exposure"
def cost_after(model: Captioner, tokens: Tensor, at: int) -> float:
    """The mean of -log p of the three words after place `at`, where the colours differ."""
    with torch.no_grad():
        logp = model.logits(test_regions[differ], tokens[differ]).log_softmax(-1).gather(-1, tokens[differ, 1:, None]).squeeze(-1)
    return float(-logp[:, at : at + 3].mean())


right_tokens = vocabulary.batch(captions["test"])
slipped = right_tokens.clone()
slipped[:, 4] = right_tokens[torch.arange(len(test)).roll(1), 4]  # 0 <en>, 1 a, 2 size, 3 pattern, 4 colour: that of another scene
differ = slipped[:, 4] != right_tokens[:, 4]
show.table([{"": name, "after the right word": cost_after(model, right_tokens, 4), "after a wrong one": cost_after(model, slipped, 4)}
            for name, model in models.items()]);

# %% [markdown] label="sampling-text"
# The transformer, which is the surest of the three, is about three times as surprised after a wrong colour as after the right one. The LSTMs hardly notice: they are less sure anyway, and what follows a colour depends little on which colour it was.
#
# **Scheduled sampling** (Bengio et al., 2015) lets the decoder read its own words already in training: a coin decides at each word, at first nearly always for the right one, later less and less. Attention over the borrowed eyes, by teacher forcing (five seeds) and so (three):

# %% label="sampling"
show.source(caption.mixed_inputs, start="state = decoder.start")
show.table([row for row in stored("decoders") if row[""] == "attention"] + stored("sampling"));

# %% [markdown] label="sampling-read"
# No gain here, and the spread between seeds is larger than any difference. (Nor is it a law elsewhere: a model that reads its own words is asked for the right next word after a wrong one, which need not be a sensible thing to learn; Huszár, 2015.) What can be had for certain is a better decoder: a
# model that seldom slips seldom has to go on from a slip.

# %% [markdown] label="bad-text"
# ### Bad input
#
# A word that the vocabulary lacks is read as `<unknown>`, and never written; a picture of another size is seen, if not well; what makes no sense is refused in one sentence.

# %% label="bad"
print([vocabulary.words[i] for i in vocabulary.encode("a turquoise star")])
print(longer.captions(functional.interpolate(test.images()[:1], 96))[0])
for attempt in (lambda: longer.captions(some, "fr"), lambda: longer.captions(some, how="guess"), lambda: longer.captions(some, how="beam", width=0),
                lambda: longer.captions(some[:, :1]), lambda: plain_captions(facts[:1], said=("weight",)), lambda: checkpoint.read("no.safetensors")):
    try:
        attempt()
    except (ValueError, TypeError, FileNotFoundError) as error:
        print("-", error)

# %% [markdown] label="which-text"
# ## Which captioner should I use?
#
# | you have | use |
# |---|---|
# | a few hundred pictures | pretrained eyes, frozen, and a small decoder with dropout; compare with the nearest neighbour's caption first |
# | pictures unlike any that others trained on, thousands of them | eyes of your own, trained with the decoder |
# | to show where a word comes from | attention, and a grain of salt (chapter 15) |
# | many captions to write | a transformer with a cache |
# | one right sentence a picture | greedy or beam; beam where the second word depends on the fifth |
# | many right sentences | nucleus sampling |
#
# And whatever you use: truth where it is known; else BLEU *and* CIDEr with their tokenizer named, beside the nearest neighbour, with a paired bootstrap.

# %% [markdown] label="quiz-text"
# ## 7 · Quiz
#
# Click the choice you think is right. Every choice explains itself, so click the wrong ones too.

# %% label="quiz"
quiz("captioning")

# %% label="progress"
progress("captioning")

# %% [markdown] label="end"
# ## Take away
#
# - A caption's probability is a product over words; teacher forcing trains all factors at once.
# - What has to go through one vector is hard to get out again; attention looks things up, and its maps show where.
# - A cache keeps what does not change: the same captions, several times as fast.
# - Vision, fusion and language can be trained together, from captions alone. Measure whether each loss is worth its place: here language alone was nearly enough.
# - Beam search finds likelier captions, sampling finds other ones; neither makes a model see better.
# - BLEU is a family of numbers about wording. Truth is another question: where you can, ask it.
#
# **With a GPU or more time.** `MMLEARN_PROFILE=gpu` trains on more scenes with wider eyes, and on all of flickr8k where you have it; `python -m mmlearn.generate.recipes captioner` makes the captioner of half an hour again.
#
# ## Further reading
#
# - O. Vinyals, A. Toshev, S. Bengio, D. Erhan (2015). Show and tell: a neural image caption generator. *CVPR*, 3156–3164.
# - K. Xu, J. Ba, R. Kiros, K. Cho, A. Courville, R. Salakhutdinov, R. Zemel, Y. Bengio (2015). Show, attend and tell: neural image caption generation with visual attention. *ICML*, 2048–2057.
# - A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, Ł. Kaiser, I. Polosukhin (2017). Attention is all you need. *NeurIPS*.
# - H. Fang, S. Gupta, F. Iandola, et al. (2015). From captions to visual concepts and back. *CVPR*, 1473–1482.
# - S. Bengio, O. Vinyals, N. Jaitly, N. Shazeer (2015). Scheduled sampling for sequence prediction with recurrent neural networks. *NIPS*.
# - F. Huszár (2015). How (not) to train your generative model: scheduled sampling, likelihood, adversary? *arXiv:1511.05101*.
# - A. Holtzman, J. Buys, L. Du, M. Forbes, Y. Choi (2020). The curious case of neural text degeneration. *ICLR*.
# - Y. Wu, M. Schuster, Z. Chen, et al. (2016). Google's neural machine translation system. *arXiv:1609.08144*.
# - M. Johnson, M. Schuster, Q. V. Le, et al. (2017). Google's multilingual neural machine translation system. *TACL* 5, 339–351.
# - K. Papineni, S. Roukos, T. Ward, W.-J. Zhu (2002). BLEU: a method for automatic evaluation of machine translation. *ACL*, 311–318.
# - R. Vedantam, C. L. Zitnick, D. Parikh (2015). CIDEr: consensus-based image description evaluation. *CVPR*, 4566–4575.
# - M. Post (2018). A call for clarity in reporting BLEU scores. *WMT*, 186–191.
# - J. Devlin, S. Gupta, R. Girshick, M. Mitchell, C. L. Zitnick (2015). Exploring nearest neighbor approaches for image captioning. *arXiv:1505.04467*.
# - M. Hodosh, P. Young, J. Hockenmaier (2013). Framing image description as a ranking task. *JAIR* 47, 853–899.
