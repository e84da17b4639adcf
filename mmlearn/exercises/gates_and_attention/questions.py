"""The quiz of chapter 11."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "gates_and_attention.needed",
        "A picture and a caption both show the label, each with noise of its own, and each knows how noisy it is. Is a "
        "gate needed?",
        (
            Choice("Yes: the weights have to change from example to example", False,
                   "They have to, but each medium can do that by itself: an unsure one gives a small logit."),
            Choice("No: each decides by itself, and the logits are added", True,
                   "If the media are independent given the label, adding log-odds is even the best possible. A gate is "
                   "needed where "
                   "one medium tells about another."),
            Choice("No: plain concatenation with a linear layer does the same", False,
                   "A linear layer has one weight a number, whatever the noise. The hidden layer of each medium is what "
                   "helps."),
        ),
    ),
    Question(
        "gates_and_attention.sum",
        "Each medium goes through a deep network of its own, the results are added, a linear layer decides. Two media, "
        "XOR. How many "
        "of the four cases can be right?",
        (
            Choice("Four, if the networks are deep enough", False,
                   "The logit is f(a) + g(b). Depth changes f and g, not the plus."),
            Choice("Three", True,
                   "The logits of the two cases that should be positive add up to the same as those of the two that should be "
                   "negative. So one of the four has to be wrong."),
            Choice("Two: it is at chance", False,
                   "Three can be right; with equal numbers of all four cases, that is an accuracy of 75%."),
        ),
    ),
    Question(
        "gates_and_attention.padding",
        "Captions are padded to the longest of their batch. The scores of padding are set to 0 before the softmax. What "
        "happens?",
        (
            Choice("Nothing: a score of 0 gives a weight of 0", False, "e⁰ = 1. Only a score of minus infinity gives nothing."),
            Choice("Padding takes a share that depends on the batch; the same caption gets another result beside a longer "
                    "one", True,
                   "Nothing crashes, and training even learns to live with it. The lowest number the type has is the "
                   "right score."),
            Choice("The gradient becomes NaN", False, "It would be if all scores were -inf. With zeros all stays finite, "
                    "and wrong."),
        ),
    ),
    Question(
        "gates_and_attention.explains",
        "A map of attention is bright on the dog, and the answer is \"dog\". What does that show?",
        (
            Choice("That the network answered so because of the dog", False,
                   "It shows what was weighed. Whether the answer hangs on it is another question: change the weights and "
                   "look."),
            Choice("How much of each region's vector was taken; what hangs on it has to be tested", True,
                   "Regions of a deep network know of each other, so another weight can lead to the same answer (Jain & "
                   "Wallace, "
                   "2019)."),
            Choice("Nothing at all", False,
                   "It shows something: in section 4 maps were counted against the truth, and answers fell when weights "
                   "were mixed."),
        ),
    ),
    Question(
        "gates_and_attention.lazy",
        "After training, attention gives the picture 95% of the weight. The captions could have answered nine in ten. "
        "What now?",
        (
            Choice("Drop the caption: it is worth 5%", False,
                   "The weight is what this training found convenient, not what the caption knows. Ask the caption alone."),
            Choice("Leave out the picture now and then while training, and look at both alone", True,
                   "Modality dropout makes each medium carry the answer some of the time; and the fusion then works when "
                   "one is "
                   "missing."),
            Choice("Fix both weights at one half", False,
                   "Then a useless medium counts half as well, and there was no need for a gate."),
        ),
    ),
)  # fmt: skip
