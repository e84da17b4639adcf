"""The quiz of chapter 06."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "cca.stacked",
        "Pictures and captions are put below each other as rows, and CCA is fitted against the label \"picture or caption\". "
        "The correlation is "
        "almost 1. Why is retrieval at chance?",
        (
            Choice("Nothing tells it which caption belongs to which picture", True,
                   "Only the pairing could, and it is not in the data: shuffle all captions, and the fit is the same. It finds "
                   "what tells "
                   "the two media apart, the opposite of what they share."),
            Choice("There is only one direction; with more labels it would work", False,
                   "More labels of the same kind (a dataset, a language) still say nothing of which caption belongs to which "
                   "picture."),
            Choice("A correlation of almost 1 means that it has overfitted", False,
                   "It holds on new rows as well: a picture's vector and a caption's are easily told apart. It answers another "
                   "question."),
        ),
    ),
    Question(
        "cca.train_correlation",
        "30 pairs, 40 columns in each view, no ridge. CCA reports ten correlations of 1.000. What have you learnt?",
        (
            Choice("That the views share at least ten signals", False, "Random numbers of these sizes give the same ten times "
                    "1.000."),
            Choice("Nothing: with more columns than pairs, some direction fits any numbers exactly", True,
                   "A view whose columns are as many as the pairs can imitate any list of numbers, the other view's included. "
                   "Look at held-out pairs, and "
                   "use a ridge."),
            Choice("That the SVD did not converge", False, "It did. A correlation of 1 is the right answer to the question that "
                                                           "was asked."),
        ),
    ),
    Question(
        "cca.p_value",
        "None of 999 random pairings reaches the true first correlation. What is the p-value?",
        (
            Choice("0", False, "No number of shuffles can show that luck never does it. A test that may say 0 is wrong more "
                               "often than it claims."),
            Choice("0.001", True, "The true pairing is one of 1,000 orders that could have come, and the best of them: (1 + 0) "
                                  "/ (1 + 999)."),
            Choice("1 minus the correlation", False, "A p-value counts how often luck does as well. How far from 1 the "
                                                     "correlation is depends on n and d, too."),
        ),
    ),
    Question(
        "cca.second",
        "For the second correlation you shuffle all rows and compare with the *second* correlation of each shuffle. What goes "
        "wrong?",
        (
            Choice("It is called real too often", True,
                   "Once a real first pair is out, the second is the *largest* of what is left, and largest values lie above "
                   "second-largest ones. So take the "
                   "first pair out of the shuffled data as well."),
            Choice("It is called real too rarely", False,
                   "It is compared with something too small, a second-largest value, so it passes too easily."),
            Choice("Nothing, that is the permutation test", False, "For the first correlation it is. The chapter counts what "
                                                                   "happens to the second."),
        ),
    ),
    Question(
        "cca.ridge_unit",
        "You multiply all picture vectors by 1,000. Which ridge keeps the solution as it was?",
        (
            Choice("A million times the old reg", False,
                   "That would be right if reg were added as it is. Here it is multiplied by the view's mean variance, which "
                   "has grown a million times already."),
            Choice("The same reg, since ours is relative to the view's mean variance", True,
                   "reg × mean variance grows with the data. A ridge in fixed units has to be found anew for every encoder."),
            Choice("None: a ridge always depends on the unit", False, "Only if it is given in fixed units, as where c·I is "
                    "added."),
        ),
    ),
    Question(
        "cca.shards",
        "Four machines hold a quarter of the pairs each. What must they send so that CCA comes out as if on one machine?",
        (
            Choice("Their directions, to be averaged", False,
                   "Directions of quarters differ in order and sign, and the average of solutions is not the solution of the "
                   "whole."),
            Choice("Count, mean and scatter of their pairs", True,
                   "CCA needs nothing else of the data, and these merge exactly. Their size depends on the columns, not on the "
                   "pairs."),
            Choice("All their pairs", False, "That works, but it is far more than CCA ever looks at."),
        ),
    ),
)  # fmt: skip
