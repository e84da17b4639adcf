"""The quiz of chapter 01."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "primer.linear_stack",
        "Ten linear layers, one after the other, without activations between them. What can they do that one cannot?",
        (
            Choice("Nothing: a linear function of a linear function is linear", True,
                   "The ten matrices multiply to one. Only the bends between layers make depth worth anything."),
            Choice("Draw curved boundaries", False,
                   "The boundary of a linear function is flat, however many matrices it was multiplied together from."),
            Choice("Learn exclusive or, given enough data", False,
                   "No straight line separates it, so no amount of data helps: section 1 shows four layers at about 50%."),
        ),
    ),
    Question(
        "primer.sigmoid_range",
        "A sigmoid gave exactly 1.0 for x = 20 in float32. What does that tell?",
        (
            Choice("Its range includes 1 after all", False,
                   "In exact arithmetic it is 1 - 2·10⁻⁹: below 1, as for every x. The open end belongs to the function, the "
                   "1.0 to the float."),
            Choice("The float has no number between that value and 1; and the slope, σ (1 - σ), is now 0", True,
                   "Nearest to 1, float32 numbers are 6·10⁻⁸ apart. So a saturated unit can stop learning altogether, and a "
                   "loss that takes log(1 - σ) breaks: reason enough to compute losses from logits."),
            Choice("The weights are too small", False, "Large weights make large x, and large x saturates."),
        ),
    ),
    Question(
        "primer.adam_everywhere",
        "We turned the valley by 45 degrees. Gradient descent and momentum did exactly as before, RMSprop and Adam did not. Why?",
        (
            Choice("They were unlucky with the start", False, "The start was turned with the valley, so for gradient descent "
                   "nothing changed."),
            Choice("They measure each weight's step by that weight's own gradients, so the axes matter to them", True,
                   "A valley along an axis is what they are made for. Across the axes every weight sees both the steep and "
                   "the flat direction, and one scale a weight cannot tell them apart."),
            Choice("Momentum always wins on quadratic functions", False,
                   "With its two settings well chosen it is hard to beat there, but that does not explain what turning changed."),
        ),
    ),
    Question(
        "primer.forget_bias",
        "An LSTM whose forget gate begins at σ(0) = 0.5 learnt nothing from sequences of 20 steps. Why?",
        (
            Choice("It has too few units", False, "The same number of units is right every time once the gate begins open."),
            Choice("What the memory held is halved at every step: after 20 a millionth is left, and a millionth of the "
                   "gradient", True,
                   "An LSTM does not remember because it is an LSTM, but because a gate can stay open. Gradients must pass it "
                   "*before* training can open it, so it is opened at the start."),
            Choice("Its gradients exploded", False, "0.5 to the power of 20 vanishes. A factor above 1 at every step would "
                   "explode."),
        ),
    ),
    Question(
        "primer.attention_order",
        "All steps of a sequence are shuffled, keys with their values, and a query looks at them without a mask. What does it "
        "get?",
        (
            Choice("The same as before: a weighted mean does not depend on the order", True,
                   "Attention by itself does not know the order of what it looks at. That is why positions are added to the "
                   "steps: our pooled rows of digits had to be told which row is which."),
            Choice("Something else, since the weights belong to positions", False,
                   "Each weight comes from a query and a key, and moves along with them. No position enters."),
            Choice("The mean of all values", False, "Only if all scores were equal."),
        ),
    ),
)  # fmt: skip
