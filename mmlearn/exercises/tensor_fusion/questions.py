"""The quiz of chapter 12."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "tensor_fusion.xor",
        "The label is the XOR of one bit in the picture and one in the caption. A linear layer on both vectors, side by side, "
        "stays "
        "at 50%. What would help?",
        (
            Choice("More training examples", False,
                   "The best sum of a function of the picture and a function of the caption knows nothing of XOR, however many "
                   "examples it has seen."),
            Choice("Products of numbers of one vector with numbers of the other", True,
                   "The table of XOR is pure interaction: what is left after the means of rows and columns. A product is the "
                   "simplest thing that has one."),
            Choice("Better encoders of picture and caption", False,
                   "Here each bit can be read from its vector without a mistake. What is missing is the meeting of the two."),
        ),
    ),
    Question(
        "tensor_fusion.one",
        "What does the 1 at the end of each vector do?",
        (
            Choice("It only saves the bias of the layer that follows", False,
                   "It does that as well: where all ones meet. But every product with some ones is there for more."),
            Choice("It keeps each vector alone, and each pair, beside the products of all; and a missing vector then leaves the "
                   "others as they are", True,
                   "A product in which a modality gives its 1 is a product of the others. Without it, one missing vector would "
                   "make every product zero."),
            Choice("It brings all vectors to one length", False, "It changes the length of each by one number, and by "
                   "different shares."),
        ),
    ),
    Question(
        "tensor_fusion.cost",
        "Tensor fusion of three vectors of 32 numbers into 128 has about 4.6 million weights. You add a fourth modality of 32 "
        "numbers. "
        "How many weights now?",
        (
            Choice("About 6 million", False, "That is how low-rank factors grow: with the sum of the widths."),
            Choice("About 150 million", True, "33 times as many: the widths are multiplied. With low-rank factors it is a "
                   "third more."),
            Choice("About 9 million", False, "The number of weights is a product over modalities, not a sum."),
        ),
    ),
    Question(
        "tensor_fusion.list",
        "A model's loss goes down, and the test score is not bad. Can it be that most of its weights were never trained?",
        (
            Choice("No: then the loss would stand still", False,
                   "The layer on top is trained, and it finds something even in random features."),
            Choice("Yes. Count the parameters, and look whether each moves in one step", True,
                   "Tensors in a plain list are hidden from parameters(), and so from the optimizer, from .to(device) and "
                   "from the "
                   "saved file. Nothing crashes."),
            Choice("Only if the learning rate is far too small", False, "Then everything would move a little. Hidden weights "
                   "do not "
                   "move at all."),
        ),
    ),
    Question(
        "tensor_fusion.sketch",
        "You make a count sketch four times as long. What becomes of the error of the inner products that it estimates?",
        (
            Choice("About half of it is left", True, "The error falls as one over the square root of the length."),
            Choice("A quarter is left", False, "The *variance* falls to a quarter; the error is its square root."),
            Choice("It is gone, as soon as the sketch is longer than either vector", False,
                   "It sketches their *products*: collisions end only far beyond the number of those."),
        ),
    ),
)  # fmt: skip
