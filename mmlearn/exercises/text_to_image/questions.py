"""The quiz of chapter 17."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "text_to_image.collapse",
        "A generator's pictures look perfect, and all of them are the same. What does its loss say?",
        (
            Choice("It is high: the discriminator punishes what is all alike", False,
                   "It sees one picture at a time. A perfect picture is perfect, also the thousandth time."),
            Choice("Nothing: losses of a game do not tell you how good either player is", True,
                   "Each is measured against the other, which changes too. Look at pictures, count modes, measure diversity."),
            Choice("It is zero, since the generator has won", False,
                   "It may be anything: the discriminator learns to distrust that one picture, and the generator moves on "
                   "to another."),
        ),
    ),
    Question(
        "text_to_image.matching",
        "Why are real pictures shown beside sentences that are not true of them?",
        (
            Choice("To have more data", False, "The pictures are the same ones."),
            Choice("So that a picture which is real, but does not fit, scores low: looking real is then no "
                   "longer enough", True,
                   "Without such pairs, “real” and “fits” are never seen apart, and the first is learned sooner."),
            Choice("So that the generator learns to make wrong pictures too", False, "The generator never sees these pairs."),
        ),
    ),
    Question(
        "text_to_image.realism",
        "Generator A has a smaller Fréchet distance to real pictures than generator B. Which one obeys its prompts better?",
        (
            Choice("A", False, "The distance compares two heaps of pictures. It never learns what any of them was asked "
                   "to show."),
            Choice("B", False, "That does not follow either: the two questions are different ones."),
            Choice("It cannot be said", True, "Shuffle A's pictures among its prompts: the distance stays as it is, and "
                   "nothing fits any "
                   "more. Ask a classifier, or find the prompt again."),
        ),
    ),
    Question(
        "text_to_image.truncation",
        "A generator takes its conditions from a cloud around each sentence. You make the clouds smaller, so that the pictures "
        "become more typical. What is paid for that?",
        (
            Choice("Time: a picture takes longer", False, "It is one pass through the generator, as before."),
            Choice("Diversity: what lies far from the middle is never drawn", True,
                   "Typical pictures of few kinds. So measure the diversity within a prompt beside the verdict."),
            Choice("Obedience: the prompt is heard less", False, "The table of this chapter has the same obedience in every row. "
                   "What fell is the diversity."),
        ),
    ),
    Question(
        "text_to_image.judge",
        "The judge that reads generated pictures is right about 95% of real ones. A generator obeys in 96% of cases, says "
        "the judge. "
        "So?",
        (
            Choice("It draws better than reality", False, "It may draw what this judge likes, or the judge's mistakes may "
                   "differ here."),
            Choice("The judge is not good enough to tell: it should be surer of real pictures than what it has to measure", True,
                   "In this chapter it reads real pictures without a mistake, or nearly, before it may judge others."),
            Choice("4% of its pictures are wrong", False, "Among these may be the judge's own mistakes, and others it has "
                   "missed."),
        ),
    ),
)  # fmt: skip
