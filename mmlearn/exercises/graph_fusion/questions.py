"""The quiz of chapter 13."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "graph_fusion.bag",
        "Regions and words are nodes; every word hears all regions, no word hears another. Can the graph tell \"a red circle "
        "and a "
        "blue square\" from \"a blue circle and a red square\"?",
        (
            Choice("Yes, if it has enough layers", False,
                   "Both captions give the same nodes with the same edges, only numbered in another order. No number of layers "
                   "sees that."),
            Choice("No, whatever its weights: it is the same graph twice", True,
                   "Nothing says which word stands beside which. An edge between neighbouring words does, or a number of the "
                   "place "
                   "in the features."),
            Choice("Yes, with attention: it finds out which words matter", False,
                   "Attention weighs edges that are there. It cannot know an order that nobody told it."),
        ),
    ),
    Question(
        "graph_fusion.smoothing",
        "Three modalities, all joined, two layers of graph convolution. The classifier reads the node of the picture. What is "
        "lost?",
        (
            Choice("Nothing: the picture's node has heard the others", False,
                   "So have the others: all three are the same vector now."),
            Choice("All nodes are equal after one layer, so it cannot know what came from the picture", True,
                   "Each node became the mean of all. A path of its own for each node (GraphSAGE, or adding the layer to the "
                   "node) "
                   "keeps them apart."),
            Choice("Only the second layer is superfluous", False,
                   "It is, nearly; but the harm was done in the first."),
        ),
    ),
    Question(
        "graph_fusion.static",
        "In a head of plain graph attention, the first layer, the word \"red\" looks most at the red region. Where does the word "
        "\"blue\" look most, if both hear the same regions?",
        (
            Choice("At the blue region", False, "That would need a score which depends on both of them together."),
            Choice("At the red region too", True,
                   "Who looks adds the same number to all scores, and LeakyReLU keeps their order. Only how strongly it "
                   "prefers "
                   "the red region can differ."),
            Choice("At all regions alike", False, "It has the same ranking as \"red\", though its weights may be flatter."),
        ),
    ),
    Question(
        "graph_fusion.leak",
        "You build a graph over all 10,000 examples of a data set, join near-duplicates, and hide the labels of the test nodes. "
        "Test accuracy rises by 12 points. What would you check?",
        (
            Choice("Whether near-duplicates of test nodes are training nodes whose labels, or features that were trained with "
                   "labels, "
                   "travel along the edges", True,
                   "Split by groups of near-duplicates and measure again. What is left is what the model knows of new things."),
            Choice("Nothing: the test labels were hidden", False,
                   "Its twin's label was not."),
            Choice("Whether the graph has enough layers", False, "One edge is enough to carry a label."),
        ),
    ),
    Question(
        "graph_fusion.context",
        "71% of utterances have the label of the one before, where guessing gives 62. A graph in time still gains nothing. "
        "How can "
        "that be?",
        (
            Choice("There is a bug: the neighbour's information must help", False,
                   "It need not. What it tells may already be known from the utterance itself; or training never needs to "
                   "look at it."),
            Choice("On the training part each utterance's own features already tell its label, so nothing rewards listening",
                   True,
                   "The features of mosi were made with the training labels. A model learns what is needed on the training "
                   "part."),
            Choice("Graphs only work for pictures", False, "They work where an edge carries what a node lacks."),
        ),
    ),
)  # fmt: skip
