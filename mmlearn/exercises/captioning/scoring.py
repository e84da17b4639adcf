"""BLEU of a corpus, from words."""

from collections import Counter
from collections.abc import Callable

import numpy as np

from mmlearn.exercises.captioning.learning import close
from mmlearn.exercises.engine import Exercise, Mistake
from mmlearn.exercises.engine.compare import any_of

WORDS = ["a", "the", "red", "blue", "star", "ring", "small", "large", "dog", "runs", "on", "grass"]


def phrases(words: list[str], n: int) -> Counter:
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def most(references: list, n: int) -> Counter:
    """The largest count of each in one reference."""
    counts: Counter = Counter()
    for words in references:
        counts |= phrases(words, n)
    return counts


def closest(said: list, references: list) -> int:
    return min((abs(len(r) - len(said)), len(r)) for r in references)[1]


def precisions(hypotheses: list, references: list, longest: int, clip: Callable = most) -> list[float]:
    found = []
    for n in range(1, longest + 1):
        right = sum(sum((phrases(h, n) & clip(r, n)).values()) for h, r in zip(hypotheses, references, strict=True))
        found.append(right / max(1, sum(max(0, len(h) - n + 1) for h in hypotheses)))
    return found


def geometric(values: list[float]) -> float:
    return float(np.prod(values) ** (1 / len(values)))


def brevity(hypotheses: list, references: list, length: Callable = closest) -> float:
    c, r = sum(map(len, hypotheses)), sum(length(h, rs) for h, rs in zip(hypotheses, references, strict=True))
    return float(np.exp(min(0, 1 - r / c)))


def bleu(hypotheses: list, references: list, longest: int) -> float:
    """As `evaluate.corpus_bleu`, on lists of words."""
    return brevity(hypotheses, references) * geometric(precisions(hypotheses, references, longest))


def caption(rng: np.random.Generator, length: int) -> list[str]:
    return [WORDS[i] for i in rng.integers(0, len(WORDS), length)]


def spoilt(rng: np.random.Generator, words: list[str], share: float) -> list[str]:
    return [WORDS[rng.integers(len(WORDS))] if rng.random() < share else word for word in words]


def corpus(rng: np.random.Generator, n: int, short: bool) -> tuple[list, list]:
    """Captions, each with three references of three lengths, one of which it is made from: too long, or half too short.

    Where half are too short, one in four has a longer reference and a shorter one equally close.
    """
    said, right = [], []
    for i in range(n):
        base = caption(rng, 9)
        cut = short and i % 2 == 0
        tie = short and i % 4 == 1
        first = [*spoilt(rng, base, 0.2), *["grass"] * tie]
        refs = [first, [*spoilt(rng, base, 0.5), *caption(rng, 4)], spoilt(rng, base[: 8 if cut or tie else 6], 0.3)]
        made = spoilt(rng, base, 0.15)
        said.append(made[:3] if cut else made if short else [*made, "the", "the"])
        right.append(refs)
    return said, right


def bleu_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    """A word said again and again; captions that are too long; ones too short; ones without a phrase so long; none right."""
    n = {"standard": 4, "large": 20}[variant]
    stuck = [["the"] * 7], [[["the", "dog", "is", "on", "the", "grass"], ["a", "dog", "runs", "on", "the", "lawn", "today"]]]
    brief = [["a"], ["red"]], [[["a"]], [["red", "star"]]]
    return [(*stuck, 1), (*corpus(rng, n, False), 4), (*corpus(rng, n, True), 2), (*brief, 2), (*stuck, 4)]


def with_parts(clip: Callable = most, length: Callable = closest, mean: Callable = geometric) -> Callable:
    """BLEU with a mistake in one of its parts."""
    return lambda h, r, longest: brevity(h, r, length) * mean(precisions(h, r, longest, clip))


def everywhere(references: list, n: int) -> Counter:
    """Counted so often that nothing is cut off."""
    return Counter({gram: 10**6 for gram in most(references, n)})


def together(references: list, n: int) -> Counter:
    return sum((phrases(words, n) for words in references), Counter())


def captions_mean(h: list, r: list, longest: int) -> float:
    return float(np.mean([bleu([a], [b], longest) for a, b in zip(h, r, strict=True)]))


def rewarded(h: list, r: list, longest: int) -> float:
    """Brevity without its upper bound."""
    c, wanted = sum(map(len, h)), sum(closest(a, b) for a, b in zip(h, r, strict=True))
    return float(np.exp(1 - wanted / c)) * geometric(precisions(h, r, longest))


def turned(h: list, r: list, longest: int) -> float:
    """c / r in place of r / c, where captions are too short."""
    c, wanted = sum(map(len, h)), sum(closest(a, b) for a, b in zip(h, r, strict=True))
    return float(np.exp(max(0, 1 - c / wanted))) * geometric(precisions(h, r, longest))


def turned_for_long(h: list, r: list, longest: int) -> float:
    """c / r in place of r / c: captions that are too long are punished."""
    c, wanted = sum(map(len, h)), sum(closest(a, b) for a, b in zip(h, r, strict=True))
    return float(np.exp(min(0, 1 - c / wanted))) * geometric(precisions(h, r, longest))


def sets(h: list, r: list, longest: int) -> float:
    """Every phrase once, however often it was said."""
    found = []
    for n in range(1, longest + 1):
        said, known = [set(phrases(a, n)) for a in h], [set(most(b, n)) for b in r]
        right = sum(len(a & b) for a, b in zip(said, known, strict=True))
        found.append(right / max(1, sum(map(len, said))))
    return brevity(h, r) * geometric(found)


def smoothed(h: list, r: list, longest: int) -> float:
    found = []
    for n in range(1, longest + 1):
        right = sum(sum((phrases(a, n) & most(b, n)).values()) for a, b in zip(h, r, strict=True))
        found.append((right + (n > 1)) / (sum(max(0, len(a) - n + 1) for a in h) + (n > 1)))
    return brevity(h, r) * geometric(found)


BLEU = Exercise(
    id="captioning.bleu",
    title="BLEU of a corpus",
    reference=bleu,
    cases=bleu_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("not-clipped", "a phrase said often counts often, even if no reference has it so often: 'the the the' would "
                "be all right. "
                "Count it at most as often as *one* reference has it", wrong=with_parts(clip=everywhere)),
        Mistake("clipped-by-all", "the counts of the references were added up. A phrase counts at most as often as the one "
                "reference has it "
                "that has it most", wrong=with_parts(clip=together)),
        Mistake("first-reference", "only the first reference was looked at. A phrase is right if any has it",
                when=any_of(with_parts(clip=lambda r, n: most(r[:1], n)),
                            lambda h, r, longest: bleu(h, [b[:1] for b in r], longest), alike=close)),
        Mistake("captions-mean", "this is the mean of the captions' BLEU. Counts and lengths are added up over the corpus "
                "*before* anything "
                "is divided", wrong=captions_mean),
        Mistake("arithmetic", "the precisions were averaged by adding. BLEU takes the geometric mean: the product, and its root",
                when=any_of(with_parts(mean=np.mean), with_parts(mean=lambda p: np.mean(p) * (min(p) > 0)), alike=close)),
        Mistake("hundredfold", "right, but times 100. Here BLEU runs from 0 to 1", wrong=lambda *a: 100 * bleu(*a)),
        Mistake("sets", "every phrase counted once, however often the caption says it. Count how often: Counter, not set",
                wrong=sets),
        Mistake("tie", "of two references equally close in length the shorter one counts",
                wrong=with_parts(length=lambda h, r: -min((abs(len(b) - len(h)), -len(b)) for b in r)[1])),
        Mistake("first-of-two", "of two references equally close in length the *shorter* one counts, not the first",
                wrong=with_parts(length=lambda h, r: len(min(r, key=lambda b: abs(len(b) - len(h)))))),
        Mistake("first-length", "the length to reach was that of the first reference. It is that of the reference *closest* in "
                "length",
                wrong=with_parts(length=lambda h, r: len(r[0]))),
        Mistake("turned", "c and r have changed places: with c < r the factor is exp(1 - r / c), which is below 1",
                wrong=turned),
        Mistake("turned-for-long", "captions that are too *long* are punished, so c and r have changed places: exp(1 - r / c)",
                wrong=turned_for_long),
        Mistake("longest-only", "only the longest phrases count here. BLEU-4 is the mean over phrases of 1, 2, 3 and 4 words",
                wrong=with_parts(mean=lambda p: p[-1])),
        Mistake("product", "this is the product of the precisions. Take its root, of as many as there are",
                wrong=with_parts(mean=lambda p: float(np.prod(p)))),
        Mistake("no-brevity", "short captions go unpunished: where all words c are fewer than the references' r, multiply by "
                "exp(1 - r / c)", wrong=lambda h, r, longest: geometric(precisions(h, r, longest))),
        Mistake("rewarded", "captions that are too long are rewarded: exp(1 - r / c) counts only where c is below r; else it "
                "is 1",
                wrong=rewarded),
        Mistake("shortest", "the length to reach was taken from the shortest reference. It is the one *closest* in length to "
                "the caption",
                wrong=with_parts(length=lambda h, r: min(map(len, r)))),
        Mistake("longest-reference", "the length to reach was taken from the longest reference. It is the one *closest* in "
                "length",
                wrong=with_parts(length=lambda h, r: max(map(len, r)))),
        Mistake("smoothed", "counts were smoothed. Here nothing is: where no phrase of n words is right, BLEU is 0",
                wrong=smoothed),
    ],
    hints=(
        "For each n, two numbers of the whole corpus: how many phrases were said, and how many of them are right. And two "
        "lengths.",
        "Counter makes counts; a & b takes the smaller of each, a | b the larger. Of a caption's references take |, then & "
        "with the caption. "
        "Add up over captions, then divide, then the geometric mean, then brevity.",
        "c = sum(len(said) for said in hypotheses)\nr = …\nprecisions = []\nfor n in range(1, longest + 1):\n"
        "    right = total = 0\n    for said, refs in zip(hypotheses, references):\n        most = Counter()\n"
        "        for ref in refs:\n            most |= …\n        right += sum((… & most).values())\n"
        "        total += …\n    precisions.append(…)\nreturn math.exp(min(0, 1 - r / c)) * …",
    ),
)  # fmt: skip
