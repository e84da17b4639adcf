"""Chapter 02's tables: what every representation of a text has ready for a linear probe, and what is equal to whom.

    python -m benchmarks.text_features [equal] [probe] [analogies] [languages] [counts] [cost]

Texts and questions are the same in every run; the spread is over five trainings, so what is not trained has one run. Nothing is
chosen on test. "category" is that of clipart, by title alone; the others are generated, with known truth. `counts` measures the
rows of counted words of an already stored `probe` again, `cost` the milliseconds of all its rows.
"""

import json
import sys

import numpy as np
import torch

from benchmarks import record
from benchmarks.text_models import SIZE, answering, networks, word_vectors
from mmlearn import data, evaluate, features
from mmlearn.data.resources import resource
from mmlearn.features import text

SEEDS = tuple(range(SIZE.seeds))
GENERATED = {"colour": text.colour_task, "new words": text.new_words_task, "order": text.order_task}
LANGUAGES = {"English": "en", "French": "fr", "Chinese": "zh"}
THREE = "counts of one to three words in a row"
COMMONEST = "always the commonest answer"
PLURALS = ("star", "flag", "symbol", "tool", "icon", "button", "cloud", "eye", "island", "book", "game", "house")
TEXTURES = (("striped", "stripes"), ("dotted", "dots"), ("checked", "checks"))
TWINS = (("small", "little"), ("large", "big"), ("purple", "violet"), ("moon", "crescent"))


def tasks() -> dict[str, list[text.Task]]:
    """Every question as three parts: train, val, test."""
    found = {name: [make(split, n) for split, n in SIZE.probe.items()] for name, make in GENERATED.items()}
    return found | {"category": [text.category_task(split) for split in SIZE.probe]}


def probed(represent, parts: list[text.Task]) -> float:
    """Test accuracy of the linear probe. Columns without variation in training decide nothing, and cost time."""
    X = [represent(texts) for texts, _ in parts]
    varies = X[0].std(axis=0) > 0
    varies[0] = True  # at least one column
    return evaluate.linear_probe(*((x[:, varies], y) for x, (_, y) in zip(X, parts, strict=True))).accuracy


def row(represent, questions: dict[str, list[text.Task]]) -> dict[str, float]:
    """One representation's row: accuracy in every question, the length of its vector, milliseconds a text."""
    found = {name: probed(represent, parts) for name, parts in questions.items()}
    return found | price(represent, questions)


def price(represent, questions: dict[str, list[text.Task]]) -> dict[str, float]:
    """What a vector costs: its length, and the time for a text of the test captions."""
    texts = questions["colour"][2][0][:200]
    return {"numbers": represent(texts[:1]).shape[1], "ms an item": evaluate.milliseconds(represent, texts)}


def counted(texts: list[str]) -> dict:
    """Representations that count the words of `texts`, or its runs of words."""
    makers = {"bag of words": text.BagOfWords(), "TF-IDF": text.TfIdf(), THREE: text.BagOfWords(ngrams=3)}
    return {name: maker.set_params(min_texts=SIZE.least).fit(texts).transform for name, maker in makers.items()}


def untrained(texts: list[str]) -> dict:
    """Representations that draw no random numbers: counts, and the pretrained one."""
    minilm = features.pretrained.text()
    encoded = lambda some: features.encode(minilm, some, progress=False, cache=False)  # noqa: E731
    return counted(texts) | {"MiniLM": encoded}


def one_seed(texts: list[str], questions: dict, seed: int) -> dict[str, dict[str, float]]:
    """Rows of everything that is trained."""
    vocabulary = text.Vocabulary.of(texts, min_count=SIZE.least)
    vectors = word_vectors(texts, vocabulary, seed)
    rows = {"mean of word vectors": row(vectors.transform, questions)}
    rows |= {name: row(represent, questions) for name, represent in networks(texts, vocabulary, seed).items()}
    taught = {name: answering(parts[0], vocabulary, seed) for name, parts in questions.items()}
    found = {name: probed(taught[name], parts) for name, parts in questions.items()}
    return rows | {"LSTM, trained for each question": found | price(taught["colour"], questions)}


def probe() -> None:
    """The table of all representations; written after every seed, so that an interrupted run leaves what it has."""
    texts, questions = text.corpus(SIZE.captions), tasks()
    fixed = {name: row(represent, questions) for name, represent in untrained(texts).items()}
    common = {name: evaluate.majority(parts[0][1], parts[2][1]) for name, parts in questions.items()}
    runs = []
    for seed in SEEDS:
        runs.append(one_seed(texts, questions, seed))
        scores = evaluate.Scores()
        for name in ("bag of words", "TF-IDF", THREE):
            scores.add(name, [fixed[name]])
        for name in runs[0]:
            scores.add(name, [run[name] for run in runs], "control" if "untrained" in name else "method")
        scores.add("MiniLM", [fixed["MiniLM"]])
        scores.add(COMMONEST, [common], "chance")
        record.merge("text_features", {"probe": scores.figures()}, SEEDS[: seed + 1])
        print(scores, flush=True)


def counts() -> None:
    """The rows of counted words, measured again beside the stored ones of what is trained."""
    figures = json.loads(resource("results/text_features.json").read_text(encoding="utf-8"))["figures"]["probe"]
    texts, questions, scores = text.corpus(SIZE.captions), tasks(), evaluate.Scores()
    for name, represent in counted(texts).items():
        scores.add(name, [row(represent, questions)])
    print(scores)
    measured = scores.figures()
    others = {name: metrics for name, metrics in figures.items() if name not in measured}
    record.merge("text_features", {"probe": measured | others}, SEEDS)


def cost() -> None:
    """Milliseconds of every stored row, measured again."""
    figures = json.loads(resource("results/text_features.json").read_text(encoding="utf-8"))["figures"]["probe"]
    texts, questions = text.corpus(SIZE.captions), {"colour": GENERATED["colour"]("test", SIZE.probe["test"])}
    vocabulary = text.Vocabulary.of(texts, min_count=SIZE.least)
    control = text.SentenceLSTM(vocabulary, SIZE.dim, SIZE.dim).transform  # cost does not depend on what was learned
    small = {"bert": text.small_bert(vocabulary, SIZE.dim, SIZE.layers, SIZE.heads, SIZE.longest)}
    small["gpt"] = text.small_gpt(vocabulary, SIZE.dim, SIZE.layers, SIZE.heads, SIZE.longest)
    vectors = text.WordVectors(vocabulary, text.SkipGram(len(vocabulary), SIZE.dim).vectors())
    ready = untrained(texts) | {"mean of word vectors": vectors.transform}
    for name, metrics in figures.items():
        kind, _, pool = name.partition(", ")
        if kind == "LSTM":
            ready[name] = control
        elif kind.lower() in small:
            ready[name] = text.ContextEncoder(small[kind.lower()], vocabulary, pool).transform
        if name in ready:
            metrics["ms an item"] = [price(ready[name], {"colour": [None, None, questions["colour"]]})["ms an item"]]
    record.merge("text_features", {"probe": figures}, SEEDS)


def equal() -> None:
    """The largest difference to the libraries that everyone trusts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    rng = np.random.default_rng(0)
    letters = np.array(list("abcdefghij"))
    random = [" ".join("".join(rng.choice(letters, 2)) for _ in range(rng.integers(0, 30))) for _ in range(1000)]
    found = {}
    for name, texts in (("random texts", random), ("captions", text.corpus(1000))):
        for ngrams in (1, 2):
            theirs = TfidfVectorizer(tokenizer=text.tokenize, token_pattern=None, lowercase=False, ngram_range=(1, ngrams))
            expected = theirs.fit_transform(texts).toarray()
            ours = text.TfIdf(ngrams=ngrams).fit_transform(texts)
            apart = np.abs(ours - expected)[expected > 0] / expected[expected > 0]
            found[f"TF-IDF, {name}, runs of {ngrams}"] = {"library": "scikit-learn", "relative": float(apart.max())}
    found["LSTM, captions"] = {"library": "torch, packed", "absolute": lstm_apart()}
    record.merge("text_features", {"equal": found}, ())
    print(found)


def lstm_apart() -> float:
    """Our sentence LSTM against torch's, with the same weights, on captions of unequal length."""
    texts = text.corpus(256, real=False)
    vocabulary = text.Vocabulary.of(texts)
    torch.manual_seed(0)
    ours, theirs = text.SentenceLSTM(vocabulary, 64, 64), torch.nn.LSTM(64, 64, batch_first=True)
    cell = ours.reader.cells[0]
    with torch.no_grad():
        for name, value in (("weight_ih_l0", cell.from_input.weight), ("weight_hh_l0", cell.from_state.weight)):
            getattr(theirs, name).copy_(value)
        theirs.bias_ih_l0.copy_(cell.from_input.bias)
        theirs.bias_hh_l0.zero_()
        ids, lengths = vocabulary.batch(texts)
        packed = torch.nn.utils.rnn.pack_padded_sequence(ours.embedding(ids), lengths, batch_first=True, enforce_sorted=False)
        return float((theirs(packed)[1][0][0] - ours(ids, lengths)).abs().max())


def questions_of(pairs: list[tuple[str, str]]) -> list[tuple[str, str, str, str]]:
    """a is to b as c is to d, for every two different pairs."""
    return [(*one, *other) for one in pairs for other in pairs if one != other]


def analogies() -> None:
    """How often the first guess is right: with the custom of leaving out the three given words, and without.

    The headings say in brackets how many questions there are.
    """
    texts = text.corpus(SIZE.captions)
    vocabulary = text.Vocabulary.of(texts, min_count=SIZE.least)
    plurals = [(word, word + "s") for word in PLURALS if word in vocabulary and word + "s" in vocabulary]
    pairs_of = {"texture, adjective and noun": TEXTURES, "two names of one thing": TWINS, "plural": plurals}
    sets = {f"{name} ({len(asked)})": asked for name, pairs in pairs_of.items() if (asked := questions_of([*pairs]))}
    runs = {"first guess": [], "the given words not left out": [], "nearest to c, a and b ignored": []}
    for seed in SEEDS:
        vectors = word_vectors(texts, vocabulary, seed)
        for name, guess in {
            "first guess": vectors.analogy,
            "the given words not left out": lambda a, b, c, v=vectors: v.analogy(a, b, c, exclude=False),
            "nearest to c, a and b ignored": lambda a, b, c, v=vectors: v.neighbours(c, 1),
        }.items():
            right = {kind: [guess(a, b, c)[0][0] == d for a, b, c, d in asked] for kind, asked in sets.items()}
            runs[name].append({kind: float(np.mean(r)) for kind, r in right.items()})
    scores = evaluate.Scores()
    for name, found in runs.items():
        scores.add(name, found, "method" if name == "first guess" else "control")
    print(scores)
    record.merge("text_features", {"analogies": scores.figures()}, SEEDS)


def languages() -> None:
    """The colour question in three languages: methods trained on captions of that language, and an English model."""
    minilm, runs = features.pretrained.text(), {"bag of words": [], "mean of word vectors": [], "MiniLM": [], COMMONEST: []}
    ready = {}
    for name, code in LANGUAGES.items():
        texts = text.corpus(SIZE.captions, real=False, language=code)
        vocabulary = text.Vocabulary.of(texts, code, SIZE.least)
        parts = [text.colour_task(split, n, language=code) for split, n in SIZE.probe.items()]
        ready[name] = texts, vocabulary, parts
    for seed in SEEDS:
        trained = {n: word_vectors(texts, v, seed, SIZE.skip_gram["steps"] // 3) for n, (texts, v, _) in ready.items()}
        runs["mean of word vectors"].append({n: probed(trained[n].transform, ready[n][2]) for n in ready})
    bags = {n: text.BagOfWords(LANGUAGES[n]).fit(texts) for n, (texts, *_) in ready.items()}
    runs["bag of words"].append({n: probed(bags[n].transform, ready[n][2]) for n in ready})
    encoded = lambda some: features.encode(minilm, some, progress=False)  # noqa: E731
    runs["MiniLM"].append({n: probed(encoded, ready[n][2]) for n in ready})
    runs[COMMONEST].append({n: evaluate.majority(parts[0][1], parts[2][1]) for n, (*_, parts) in ready.items()})
    scores = evaluate.Scores()
    for name, found in runs.items():
        scores.add(name, found, "chance" if name == COMMONEST else "method")
    print(scores)
    record.merge("text_features", {"languages": scores.figures()}, SEEDS)


PARTS = {"equal": equal, "languages": languages, "analogies": analogies, "probe": probe, "counts": counts, "cost": cost}


def main(asked: list[str]) -> None:
    for name in asked or [part for part in PARTS if part not in ("counts", "cost")]:
        if name not in PARTS:
            raise SystemExit(f"part is {name!r}; accepted are {', '.join(PARTS)}")
        PARTS[name]()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except data.DataUnavailable as reason:
        raise SystemExit(str(reason)) from None
