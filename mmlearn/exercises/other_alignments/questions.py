"""The quiz of chapter 09."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "other_alignments.discriminator",
        "A fresh linear classifier tells pictures from captions in your common space with 52% accuracy. What do you know?",
        (
            Choice("The space is well aligned", False,
                   "Two clouds of pure noise around zero cannot be told apart either. Whether pairs lie together is a question "
                   "for recall."),
            Choice("That the two clouds are not told apart by a line; nothing about pairs, and little about shape", True,
                   "Both views were centred, so their means agree. A classifier that bends may still see a difference in shape, "
                   "and pairs may lie anywhere."),
            Choice("That adversarial training will raise recall", False,
                   "There is nothing left for it to remove. In this chapter's measurements working against a discriminator did "
                   "not pay in recall."),
        ),
    ),
    Question(
        "other_alignments.sign",
        "Someone reverses the gradient in the discriminator's own weights too. What will the curves look like?",
        (
            Choice("The discriminator's loss rises, far above guessing: everybody works against it, itself included", True,
                   "A critic that learns to be wrong tells the encoders nothing. Only what flows on below the discriminator "
                   "is reversed."),
            Choice("The same, only slower", False,
                   "The sign of a gradient is no question of speed: the discriminator now walks uphill on its own loss."),
            Choice("The encoders collapse at once", False,
                   "They may as well run off to help a critic that is wrong. What you can rely on is that the critic's loss "
                   "rises."),
        ),
    ),
    Question(
        "other_alignments.direction",
        "A search by a ridge map makes many hubs: a few items stand in nearly every list. Which side was probably mapped?",
        (
            Choice("The queries: regression pulls what it maps towards the mean, and there all of them find the same items", True,
                   "Predictions lie nearer to the mean than what they predict (Shigeto et al., 2015). Of recall this says less: "
                   "by the cosine the map from pictures was better in both searches, once on the worse side."),
            Choice("The items: what is mapped lies close together, so any query finds them all", False,
                   "Close together they lie, but queries that keep their spread still rank them apart. In this chapter mapped "
                   "items made fewer hubs in both searches."),
            Choice("Neither: a linear map cannot make hubs", False,
                   "It can, since its ridge shrinks what it predicts. By distance, mapped captions that ask for pictures nearly "
                   "all find the same few."),
        ),
    ),
    Question(
        "other_alignments.swap",
        "One vector a caption, the mean of its word vectors. Can it tell “a red circle and a blue square” from “a blue circle "
        "and a red square”?",
        (
            Choice("No: the words are the same, so is their mean", True,
                   "Whatever the vectors are. The order has to enter before the mean is taken, or no mean must be taken."),
            Choice("Yes, if it is trained long enough", False, "A sum does not depend on its order, however it was trained."),
            Choice("Yes, if the picture's vector is good enough", False,
                   "Both captions have the very same vector, so every picture is equally near to both."),
        ),
    ),
    Question(
        "other_alignments.temperature",
        "Why does a student learn from softened rows of a teacher, instead of from its first choices?",
        (
            Choice("First choices are often wrong", False, "The pairs are known to be right; that is not the reason."),
            Choice("The rows say which wrong answers are nearly right", True,
                   "That a picture of a pear is rather like apple and not at all like tractor is known to the teacher, and a "
                   "hard label does not say it (Hinton et al., 2015)."),
            Choice("It makes the loss smaller", False, "A smaller number is no better lesson: T² keeps it large."),
        ),
    ),
)  # fmt: skip
