"""The quiz of chapter 10."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "fusion_protocol.deeper",
        "Late fusion fails on XOR. You give each modality a network of twenty layers, and average their logits. Now?",
        (
            Choice("It still cannot get below ln 2", True,
                   "The proof asks nothing of f and g. Only something that sees both modalities together can help."),
            Choice("It works: deep networks can compute anything", False,
                   "Anything of their own modality. What is added up is still one part of u and one part of v."),
            Choice("It works if the modalities share their weights", False,
                   "Sharing makes f and g the same function. Their sum is a sum all the same."),
        ),
    ),
    Question(
        "fusion_protocol.alone",
        "A fusion of text, voice and face reaches 76%; text alone reaches 76% too. Without text at test it falls to 40%. What "
        "has "
        "been shown?",
        (
            Choice("That the three modalities complement each other", False,
                   "Then it would be ahead of text alone."),
            Choice("That the fusion is broken, since one missing modality ruins it", False,
                   "It would be, if the others had something to say. First ask what they know alone."),
            Choice("That it is a text classifier with two more inputs", True,
                   "Nothing is gained over text alone, and all is lost without it. Report it that way."),
        ),
    ),
    Question(
        "fusion_protocol.collapse",
        "On XOR a good fusion falls to 50% when either modality is shuffled. On a redundant task another falls from 90% to 88%. "
        "Which one is the more robust model?",
        (
            Choice("The second: it loses less", False,
                   "It loses less because its task allows it: everything is said three times."),
            Choice("The question mixes the model with the task", True,
                   "How much can be lost at all is a property of the task. Compare models on one task, and with its ceilings."),
            Choice("The first: it uses both", False,
                   "On XOR using both is the only way to be right at all. That is no robustness."),
        ),
    ),
    Question(
        "fusion_protocol.bayes",
        "Two microphones record the same speaker in the same noise. You multiply their votes as Bayes' rule has it. What "
        "happens?",
        (
            Choice("Nothing: equal votes multiplied are the same vote", False,
                   "0.8 and 0.8 average to 0.8, but multiplied and normalised they make 0.94."),
            Choice("The result is the best possible one", False,
                   "Only if they have nothing in common but the class. They share the noise."),
            Choice("It becomes too sure of itself: the same evidence counts twice", True,
                   "Where modalities share more than the class, a product counts the shared part again and again. An average "
                   "does "
                   "not, and a fusion trained on both can learn how much is shared."),
        ),
    ),
    Question(
        "fusion_protocol.leak",
        "Cross-validation inside the training part says 98%, new data 76%. All utterances of a video were kept in one fold. What "
        "is the likeliest reason?",
        (
            Choice("The features were made by a network trained with the labels of the whole training part", True,
                   "Then each row carries its own label, and no split of these rows can tell. Only rows that the extractor "
                   "has not "
                   "seen can."),
            Choice("The new videos are harder", False,
                   "By a few points perhaps. But a classifier cross-validated within the new part does no better there than one "
                   "trained on the old."),
            Choice("The classifier overfits", False,
                   "Overfitting shows in cross-validation: each fold is judged by a model that has not seen it."),
        ),
    ),
)  # fmt: skip
