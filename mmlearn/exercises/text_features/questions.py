"""The quiz of chapter 02."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "text_features.bag_order",
        "Two captions have the same words in another order. A classifier on their bags of words tells them apart in 50% of "
        "cases, however long it trains. What would help?",
        (
            Choice("More training captions", False,
                   "Both captions of a pair become the same vector. No amount of training makes a function give two answers "
                   "for one input."),
            Choice("Features that depend on order, such as those of a network that reads one word after another", True,
                   "What a representation threw away must be kept in the first place. No classifier brings it back."),
            Choice("Counting pairs of neighbouring words too", False,
                   "Pairs tell the captions apart (“circle left”, “square left”), but not which colour is left. That takes three "
                   "words in a row, “red circle left”. Counting triples works, at dozens of times the columns."),
            Choice("TF-IDF instead of counts", False,
                   "It weighs the same counts: two equal bags stay equal."),
            Choice("The mean of good word vectors", False,
                   "A sum does not know in which order it was added up."),
        ),
    ),
    Question(
        "text_features.negatives",
        "Skip-gram is trained without the drawn words, with true neighbours alone. What happens?",
        (
            Choice("The loss goes to zero: all vectors become long and point the same way", True,
                   "Then every word predicts every other one, true neighbours included. The drawn words are what stops it."),
            Choice("It learns the same, more slowly", False,
                   "It learns quickly, but nothing: vectors that are all alike have the smallest loss."),
            Choice("Only rare words suffer", False,
                   "The same happens to all, and to frequent ones first."),
        ),
    ),
    Question(
        "text_features.padding",
        "Your encoder gives a caption one vector when it stands alone, and another beside longer captions. What is the likely "
        "cause?",
        (
            Choice("Random numbers: dropout is still on", False,
                   "Possible, but then two runs of the same batch would differ too. Test that first: call model.eval()."),
            Choice("Padding is read like words: in the mean, in the last state or in the attention", True,
                   "The longer the neighbours, the more padding. The test is simple: each caption alone against all in one "
                   "batch."),
            Choice("Rounding", False,
                   "Rounding changes the sixth digit. Padding changes the first."),
        ),
    ),
    Question(
        "text_features.pooling",
        "Why can the last token be a summary of a caption in a GPT, while in a BERT no token is special?",
        (
            Choice("In a GPT every token sees only what comes before it: the last alone has seen all", True,
                   "It can be a summary. Whether it is depends on the training: this one was made to guess the next word, and in "
                   "this chapter the mean of all tokens keeps more."),
            Choice("A GPT's last token is the longest vector", False, "Its length has nothing to do with it."),
            Choice("A BERT has no last token", False, "It has one: the mark of the end, [SEP] in the paper."),
        ),
    ),
    Question(
        "text_features.no_shift",
        "After a hundred steps your GPT's loss is 0.01, a perplexity of 1.01. What do you look at first?",
        (
            Choice("Nothing: the data are easy", False,
                   "Even in an easy language the next word is not certain: who writes decides whether a circle or a star comes."),
            Choice("Whether targets are shifted by one word", True,
                   "Unshifted, step i is asked for the word it has just read, and copying is learnt at once."),
            Choice("Whether the learning rate is too high", False,
                   "Too high a rate makes a loss large or NaN, not perfect."),
        ),
    ),
)  # fmt: skip
