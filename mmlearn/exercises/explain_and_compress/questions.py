"""The quiz of chapter 15."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "explain_and_compress.left_out",
        "Leaving out the picture costs a network no accuracy; nor does leaving out the caption. What follows?",
        (
            Choice("It uses neither", False, "Then it would be at chance. Leave out both, and see."),
            Choice("Each may stand in for the other: look at what each is worth alone, and at their interaction", True,
                   "That is redundancy. Each one's gain depends on who is there already, which is why Shapley values average "
                   "over "
                   "all orders, and why the interaction is below 0."),
            Choice("One of them can be thrown away for good", False,
                   "On complete, clean rows perhaps. The day one is missing or wrong, the other is what you have."),
        ),
    ),
    Question(
        "explain_and_compress.same_values",
        "Two tasks give picture and caption the same two Shapley values. How do you find out which is XOR and which redundancy?",
        (
            Choice("By more decimal places", False, "In clean tasks of two media the values are exactly equal."),
            Choice("By integrated gradients", False, "They give one number a modality as well, and depend on a baseline "
                                                     "besides."),
            Choice("By the interaction: what both give together beyond what each gives alone", True,
                   "Above 0 for XOR, below 0 for redundancy. Shapley values share out a sum; they do not say how it came about."),
        ),
    ),
    Question(
        "explain_and_compress.baseline",
        "Integrated gradients give all of an XOR decision to the picture. A colleague, with the same code and row, gives all "
        "to the caption. "
        "Who has made a mistake?",
        (
            Choice("One of them took too few steps", False, "More steps bring the sum nearer to f(x) - f(baseline), whatever "
                "the shares."),
            Choice("Nobody: they took different baselines", True,
                   "“Why this rather than that?” has another answer for every “that”. State the baseline with the attribution."),
            Choice("The network is not deterministic", False, "In evaluation mode it is."),
        ),
    ),
    Question(
        "explain_and_compress.temperature",
        "After temperature scaling, which of these has changed?",
        (
            Choice("The accuracy", False, "All logits are divided by one number: the largest stays the largest."),
            Choice("The order of the classes within a row", False, "Dividing by one number above 0 keeps every order."),
            Choice("How sure it says it is, and so ECE and log-loss", True,
                   "On rows like those that chose T. With a modality missing, T may not fit any more."),
        ),
    ),
    Question(
        "explain_and_compress.zeros",
        "90% of a network's weights are set to 0. How much quicker is it, as it stands?",
        (
            Choice("Ten times", False, "Only if the machine skips zeros, which needs another storage and enough of them."),
            Choice("Not at all, and its file is as large as before", True,
                   "A matrix with zeros is multiplied like any other. Take out whole units, or train a smaller network."),
            Choice("It cannot be said without the accuracy", False, "Time does not depend on what the numbers are."),
        ),
    ),
)  # fmt: skip
