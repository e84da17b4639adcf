"""Chapter 05's quiz."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "matching_and_retrieval.no_common_space",
        "Euclid, cosine and Pearson all fail between EfficientNet and MiniLM vectors. Would a fourth measure work?",
        (
            Choice("Yes, if it were learned from the numbers of each view alone", False,
                   "Nothing in either view says which of its directions belongs to which of the other. For two views as "
                   "different as these only pairs can say so."),
            Choice("No: without pairs nothing says which direction here means which direction there", True,
                   "Every fixed formula treats number 17 here and number 17 there as the same. A measure that works has to be "
                   "fitted to pairs, and then it is a common space by another name."),
            Choice("Yes, if both views had equally many columns", False,
                   "They had, after the principal components: 64 and 64. Equal lengths are not equal meanings."),
        ),
    ),
    Question(
        "matching_and_retrieval.constant",
        "A new model reports R@1 = 100%, both ways. Which question comes first?",
        (
            Choice("How large is the gallery?", False, "Worth asking, but 100% of anything but a tiny gallery needs another "
                "explanation."),
            Choice("How are ties broken?", True,
                   "A model that gives every pair the same score has the right item among the best, if `>` is all that is asked. "
                   "Broken by expectation it is at chance, pessimistically at 0."),
            Choice("Which k was chosen?", False, "R@1 is the strictest there is."),
        ),
    ),
    Question(
        "matching_and_retrieval.hub",
        "A picture is among the first ten of 40 of 500 captions, four times its share. Why does CSLS move it down?",
        (
            Choice("It is removed from the gallery", False, "Nothing is removed. For its own caption it may still come first."),
            Choice("Its similarity to its nearest captions is large, and this is taken from all its similarities", True,
                   "r(i) is its mean similarity to its nearest queries. A hub has a large one, so it has to be even nearer than "
                   "usual to win."),
            Choice("Its vector is made shorter", False, "Cosine never sees the length. A correction per item has to be made "
                "afterwards."),
        ),
    ),
    Question(
        "matching_and_retrieval.bits",
        "Codes have 64 bits, and 500 pictures are ranked by Hamming distance. Why do ties matter now?",
        (
            Choice("There are only 65 different distances for 500 pictures", True,
                   "So many pictures share a distance, and how they are ordered becomes part of the score. Say which rule you "
                   "used, or keep the query real."),
            Choice("Because Hamming distances are not exact", False, "They are integers, and as exact as numbers get."),
            Choice("They do not, since ties are as rare as with real numbers", False,
                   "With real numbers two equal scores are an accident. With 65 possible values they are the rule."),
        ),
    ),
    Question(
        "matching_and_retrieval.approximate",
        "An index answers twenty times as fast and finds 95% of the true ten nearest. Does R@10 fall by five points?",
        (
            Choice("Yes, one for one", False,
                   "Only if right answers were missed as often as others. And R@10 asks for one item, not for all ten."),
            Choice("Not necessarily: it depends on whether the *right* items are among those missed. Measure both", True,
                   "Recall of neighbours compares with exact search; R@k compares with the truth. What is missed is often at the "
                   "edge of a cell, far down the list."),
            Choice("No, it cannot change at all", False, "A right answer in a cell that was not opened is lost."),
        ),
    ),
)  # fmt: skip
