"""The quiz of chapter 16."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "captioning.vector",
        "An LSTM that is shown the picture once, as one vector, writes fluent captions that are wrong nearly everywhere. What "
        "is the likeliest reason?",
        (
            Choice("What each thing looks like has to survive in one vector until its word comes", True,
                   "A decoder that looks again before every word need not keep anything."),
            Choice("It has not learned English yet", False, "Its sentences are fluent: the language is there."),
            Choice("Its vocabulary is too small", False, "A word that is not in the vocabulary is never said; the wrong "
                   "ones are in it, and so are the right ones."),
        ),
    ),
    Question(
        "captioning.forcing",
        "In training a decoder reads the right words, in use its own. What follows?",
        (
            Choice("In use it cannot write at all", False, "As long as its words are right, there is no difference."),
            Choice("The training loss is too high", False, "It is as low as the right words before make it: lower than in use."),
            Choice("After a mistake of its own it is in a place where it has never been", True,
                   "That is exposure bias. How much it matters depends on how often mistakes are made: measure it."),
        ),
    ),
    Question(
        "captioning.beam",
        "Beam search with alpha 0 finds captions of higher log-probability than greedy search, and they are shorter. Why?",
        (
            Choice("Its beams are too few", False, "With more beams captions get shorter still: it finds the short ones more "
                   "reliably."),
            Choice("Every further word makes a caption less probable", True,
                   "Probabilities below 1 are multiplied. A length penalty divides by a function of the length."),
            Choice("The cache is wrong", False, "With and without a cache the captions are the same."),
        ),
    ),
    Question(
        "captioning.bleu",
        "Two papers report BLEU-4 of 0.22 and 0.24 on the same photographs. Which captioner is better?",
        (
            Choice("The second", False, "If the tokenizer, the capitals and the references are the same. They often are not."),
            Choice("The first, since low BLEU means new sentences", False, "It may be so, but nothing here says so."),
            Choice("One cannot say before knowing how words were split and which references were used", True,
                   "The same captions differ by more than that between tokenizers. And no BLEU says whether a caption is true."),
        ),
    ),
    Question(
        "captioning.truth",
        "Why are captions of scenes judged by parsing them, and not by BLEU alone?",
        (
            Choice("Because one wrong colour costs BLEU little, and a right sentence in other words costs it much", True,
                   "What is asked is whether the caption is true of the picture. Where the truth is known, ask that."),
            Choice("Parsing is faster", False, "Both take milliseconds."),
            Choice("Because BLEU needs several references", False, "It works with one, only more harshly."),
        ),
    ),
)  # fmt: skip
