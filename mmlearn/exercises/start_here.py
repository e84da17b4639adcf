"""Chapter 00: comparing directions, taking the best, counting how often that is right, and asking with two media at once."""

import numpy as np

from mmlearn import evaluate
from mmlearn.exercises.engine import Exercise, Mistake, register
from mmlearn.exercises.engine.quiz import Choice, Question, ask


def unit(A: np.ndarray, axis: int = -1) -> np.ndarray:
    """Vectors along `axis` scaled to length one."""
    return A / np.linalg.norm(A, axis=axis, keepdims=True)


def vectors(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Random vectors of clearly unequal lengths, so that whoever forgets to divide by the length is found out."""
    return rng.normal(size=shape) * rng.uniform(0.2, 5, size=(*shape[:-1], 1))


# 1 -------------------------------------------------------------------------------------------------------------------


def cosine_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, m, d = {"standard": (4, 3, 5), "large": (60, 40, 128)}[variant]
    tiny = (np.array([[3.0, 4.0]]), np.array([[0.0, 2.0], [1.0, 0.0]]))
    return [tiny, (vectors(rng, n, d), vectors(rng, m, d)), (vectors(rng, m, d), vectors(rng, n, d))]


COSINE = Exercise(
    id="start_here.cosine_similarity",
    title="compare directions, not lengths",
    reference=evaluate.cosine_similarity,
    cases=cosine_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("length", "these are dot products of the rows as they are: a long vector wins whatever its direction. "
                "Have you divided each row by its length?", wrong=lambda A, B: A @ B.T),
        Mistake("axis", "you normalised the columns. A row is an item: which axis runs along one row?",
                wrong=lambda A, B: unit(A, 0) @ unit(B, 0).T),
        Mistake("one-side", "only one of the two sides has length one. Are both A and B normalised?",
                when=lambda got, _, A, B: np.allclose(got, unit(A) @ B.T) or np.allclose(got, A @ unit(B).T)),
        Mistake("square", "you divided by the squared length. Is there a square root missing?",
                wrong=lambda A, B: (A / (A**2).sum(1, keepdims=True)) @ (B / (B**2).sum(1, keepdims=True)).T),
        Mistake("whole-norm", "you divided by the length of the whole matrix. Every row has a length of its own",
                wrong=lambda A, B: A @ B.T / (np.linalg.norm(A) * np.linalg.norm(B))),
        Mistake("angle", "these are the angles. Their cosines were asked for",
                wrong=lambda A, B: np.arccos(np.clip(unit(A) @ unit(B).T, -1, 1))),
        Mistake("distance", "this is one minus the similarity, a distance: the best match has the smallest number, "
                "but the largest was asked for", wrong=lambda A, B: 1 - unit(A) @ unit(B).T),
        Mistake("transposed", "the numbers are right, but lie across: entry (i, j) compares row i of A with row j of B",
                when=lambda got, expected, A, B: np.allclose(np.transpose(got), expected)),
        Mistake("row-wise", "you compared row i of A with row i of B only. Every row of A meets every row of B: (n, m)",
                when=lambda got, expected, A, B: np.ndim(got) == 1),
    ],
    hints=(
        "The cosine of an angle does not change when a vector gets longer. What could you do to every row first?",
        "Divide each row of A and of B by its Euclidean length; the matrix product of one with the transpose of the "
        "other then holds all cosines. np.linalg.norm takes axis= and keepdims=.",
        "A = A / np.linalg.norm(A, axis=…, keepdims=True)\nB = …\nreturn A @ …",
    ),
)  # fmt: skip


# 2 -------------------------------------------------------------------------------------------------------------------


def best_first(scores: np.ndarray, k: int) -> np.ndarray:
    """Indices of the k largest scores, the largest first."""
    return np.argsort(-scores)[:k]


def top_k_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n = {"standard": 9, "large": 500}[variant]
    many, some = 4000, rng.permutation(n) / n  # np.argpartition leaves a short piece sorted by luck, not a long one
    return [(np.array([0.1, 0.4, 0.7, 0.9]), 2), (some - 0.5, 5), (some, 1), (some, n), (rng.permutation(many) / many, 300)]


TOP_K = Exercise(
    id="start_here.top_k",
    title="the k best, best first",
    reference=best_first,
    cases=top_k_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("worst", "these are the k worst. Does your sort rise or fall?", wrong=lambda s, k: np.argsort(s)[:k]),
        Mistake("reversed", "the right k, but the best of them stands last", wrong=lambda s, k: np.argsort(s)[-k:]),
        Mistake("values", "these are the scores themselves. To show pictures you need their indices",
                wrong=lambda s, k: np.sort(s)[::-1][:k]),
        Mistake("all", "this is the whole ranking. Only the first k were asked for", wrong=lambda s, k: np.argsort(-s)),
        Mistake("unsorted", "the right k indices, but not from best to worst: np.argpartition does not sort them",
                when=lambda got, expected, s, k: sorted(np.asarray(got).ravel().tolist()) == sorted(expected.tolist())),
        Mistake("one-off", "one result too many or too few. What does a slice [:k] hold?",
                when=lambda got, expected, s, k: abs(len(got) - k) == 1),
    ],
    hints=(
        "NumPy can tell you the order in which a list would have to be read to be sorted.",
        "np.argsort gives indices from the smallest to the largest value. You want the other end, and its order reversed.",
        "order = np.argsort(…)      # best first\nreturn order[…]",
    ),
)  # fmt: skip


# 3 -------------------------------------------------------------------------------------------------------------------


def recall_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    n, k = {"standard": (30, 5), "large": (200, 10)}[variant]
    tiny = np.array([[0.9, 0.1, 0.3], [0.8, 0.2, 0.5], [0.1, 0.6, 0.4]])
    helped = rng.normal(size=(n, n)) + 1.6 * np.eye(n)
    # A popular column makes the two directions differ, so that whoever ranks the wrong way is found out.
    helped[:, 0] += 1.5
    return [(tiny, 1), (tiny, 2), (helped, 1), (helped, k)]


RECALL = Exercise(
    id="start_here.recall_at_k",
    title="how often is the right one among the first k?",
    reference=evaluate.recall_at_k,
    cases=recall_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("direction", "you ranked down the columns: for each item the queries. A row is a query: rank along it",
                wrong=lambda S, k: evaluate.recall_at_k(S.T, k)),
        Mistake("broadcast", "each score was compared with the right score of its *column*. The right score of a query must "
                "stand beside its whole row: what shape has it, and what shape would it need?",
                wrong=lambda S, k: np.mean((S > np.diag(S)).sum(1) < k)),
        Mistake("summed-axis", "you counted down the columns. A row is a query: count along it",
                wrong=lambda S, k: np.mean((S > np.diag(S)[:, None]).sum(0) < k)),
        Mistake("itself", "the right item counted itself among the better ones: is it > or >=?",
                wrong=lambda S, k: np.mean((S >= np.diag(S)[:, None]).sum(1) < k)),
        Mistake("argsort", "np.argsort tells which item stands at a place, not at which place an item stands",
                wrong=lambda S, k: np.mean(np.diag(np.argsort(-S, axis=1)) < k)),
        Mistake("no-mean", "one answer a query is a good step. What share of the queries is that?",
                when=lambda got, expected, S, k: np.shape(got) == (len(S),)),
        Mistake("only-first", "you looked at the first place only. Is the right one among the first k?",
                wrong=lambda S, k: evaluate.recall_at_k(S, 1)),
        Mistake("one-off", "you accept one place too many: counted from 0, the first k ranks are 0 … k-1",
                wrong=lambda S, k: evaluate.recall_at_k(S, min(k + 1, len(S)))),
        Mistake("worst", "you counted among the k least similar. Does your sort rise or fall?",
                wrong=lambda S, k: evaluate.recall_at_k(-S, k)),
        Mistake("count", "this is a number of queries. Recall is a share: divide by how many queries there are",
                wrong=lambda S, k: evaluate.recall_at_k(S, k) * len(S)),
        Mistake("percent", "this is a percentage. Give the share, between 0 and 1",
                wrong=lambda S, k: evaluate.recall_at_k(S, k) * 100),
        Mistake("precision", "you divided by k as well: that is precision at k. With one right item a query, recall at k "
                "is the share of queries that found it", wrong=lambda S, k: evaluate.recall_at_k(S, k) / k),
    ],
    hints=(
        "For one query: is the right item among the first k? For all: how often is that so?",
        "Row i holds the scores of query i, and its right item is number i. Count how many items score higher than that "
        "one; it is among the first k if there are fewer than k.",
        "right = np.diag(similarity)\nbetter = (similarity > right[:, None]).sum(axis=…)\nreturn float(np.mean(better … k))",
    ),
)  # fmt: skip


# 4 -------------------------------------------------------------------------------------------------------------------


def mixed_query(picture: np.ndarray, phrase: np.ndarray, weight: float) -> np.ndarray:
    """Not in the library, so that it can be graded: the answer stays with the course's checks."""
    return unit((1 - weight) * unit(picture) + weight * unit(phrase))


def mixed_cases(rng: np.random.Generator, variant: str) -> list[tuple]:
    d = {"standard": 6, "large": 128}[variant]
    tiny = (np.array([3.0, 0.0]), np.array([0.3, 0.4]), 0.5)
    return [tiny, *((5 * vectors(rng, d), 0.3 * vectors(rng, d), w) for w in (0.0, 0.25, 0.8, 1.0))]


MIXED = Exercise(
    id="start_here.mixed_query",
    title="ask with a picture and a phrase at once",
    reference=mixed_query,
    cases=mixed_cases,
    variants=("standard", "large"),
    mistakes=[
        Mistake("length-before", "the longer of the two vectors outweighs the other, whatever the weight says. "
                "Should both have length one before they are mixed?",
                when=lambda got, _, p, q, w: np.allclose(got, unit((1 - w) * p + w * q))
                or np.allclose(got, (1 - w) * p + w * q)),
        Mistake("length-after", "the mixture of two unit vectors is shorter than one. Bring it back to length one",
                wrong=lambda p, q, w: (1 - w) * unit(p) + w * unit(q)),
        Mistake("swapped", "weight 1 should be the phrase alone, weight 0 the picture alone. Yours is the other way round",
                when=lambda got, _, p, q, w: np.allclose(got, mixed_query(q, p, w))),
        Mistake("unweighted", "your answer does not depend on weight", when=lambda got, _, p, q, w: any(
            np.allclose(got, v)
            for v in (mixed_query(p, q, 0.5), unit(p) + unit(q), (unit(p) + unit(q)) / 2, p + q, (p + q) / 2))),
        Mistake("concatenated", "you put one behind the other: twice as many numbers as the pictures have, so the two "
                "cannot be compared. Mix them entry by entry", when=lambda got, _, p, q, w: len(got) == 2 * len(p)),
        Mistake("product", "you multiplied the two entry by entry: an AND in each number, which has no direction to move "
                "in between. A mixture is a weighted sum", when=lambda got, _, p, q, w: any(
            np.allclose(got, v) for v in (p * q, unit(p) * unit(q), unit(p * q), unit(unit(p) * unit(q))))),
    ],
    hints=(
        "A point between two others is a weighted average. What should the weights add up to?",
        "Bring both to length one, so that neither is louder; take (1 - weight) of one and weight of the other; and bring "
        "the result to length one again.",
        "p = picture / np.linalg.norm(picture)\nq = …\nmixed = (1 - weight) * … + …\nreturn mixed / …",
    ),
)  # fmt: skip

register(COSINE, TOP_K, RECALL, MIXED)


ask(
    Question(
        "start_here.why_naive_fails",
        "The naive search cut the picture vectors to 384 numbers and compared them with the captions'. Why did it fail?",
        (
            Choice("384 numbers are too few to tell 500 pictures apart", False,
                   "They are enough: the aligned space of this chapter works with as few as 64."),
            Choice("Number 17 of a picture vector and number 17 of a caption vector mean nothing to each other", True,
                   "Each encoder chose its own axes. Nothing ever told them to agree, so an angle between them is noise."),
            Choice("The encoders were trained on other pictures and texts", False,
                   "That costs some quality, but CCA uses the very same vectors and has nearly half among its first ten."),
        ),
    ),
    Question(
        "start_here.shuffled",
        "We shuffled the training pairs and fitted CCA again. Its score fell to chance. What does that show?",
        (
            Choice("That the score came from the pairing, and not from some flaw in splits or evaluation", True,
                   "Everything else was left as it was: same vectors, same code, same test items. Only who belongs to whom "
                   "was destroyed."),
            Choice("That CCA needs sorted data", False,
                   "The order of pairs does not matter to CCA. What matters is which caption stands beside which picture."),
            Choice("That there were too few training pairs", False,
                   "There are as many as before, only wrong ones."),
        ),
    ),
    Question(
        "start_here.ridge",
        "Without a ridge the training pairs correlated almost perfectly, other pairs much less. What happened?",
        (
            Choice("The solver did not converge", False,
                   "Exact CCA whitens both views and takes one singular value decomposition: no loop of ours has to converge."),
            Choice("With so many columns for so few pairs, CCA found agreement in noise", True,
                   "A direction that fits the noise of these pairs correlates perfectly with them, and with no others. "
                   "The ridge makes such directions expensive."),
            Choice("The test pictures are harder", False,
                   "The same test pictures are found far more often by the same method with a ridge."),
        ),
    ),
    Question(
        "start_here.choose",
        "You try five ridges and report the best one's recall on the test pairs. What is wrong with that?",
        (
            Choice("Nothing, if the test pairs were never trained on", False,
                   "They were not trained on, but chosen on. The best of five noisy numbers is too good on average."),
            Choice("The reported number belongs to the choice as well as to the method, so it is too high", True,
                   "Choose on validation pairs, then look at the test pairs once. That number can be believed."),
            Choice("Five is too few", False,
                   "With more candidates the flattery grows: the maximum of many noisy numbers lies higher."),
        ),
    ),
)  # fmt: skip

__all__ = ["mixed_query"]
