"""The quiz of chapter 08."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "contrastive.collapse",
        "A triplet loss with hardest negatives, margin 0.2 and batches of 128 stays at 51.2. What has happened?",
        (
            Choice("The learning rate is too low; wait", False,
                   "51.2 = 2 · 128 · 0.2 to the last digit is no accident: every hinge is exactly the margin."),
            Choice("All embeddings have become one point, so every hinge is exactly the margin", True,
                   "Partner and hardest mismatch are equally similar, in both directions, for all 128. There the gradient is "
                   "almost nil. "
                   "Begin with all or semi-hard negatives, warm up, then take the hardest."),
            Choice("The loss has converged: no pair violates the margin any more", False,
                   "Then it would be 0."),
        ),
    ),
    Question(
        "contrastive.stuck",
        "InfoNCE with batches of 256 stays at 5.55 = ln(256) from the first step on. What would you look at first?",
        (
            Choice("Whether pictures and captions of a batch still belong together, and whether the captions differ at all", True,
                   "ln(n) is the loss of knowing nothing: shuffled pairs, or a text side that gives everybody the same vector, "
                   "cannot get "
                   "below it. A temperature of 1 can, but only by about one."),
            Choice("Whether the network has enough layers", False,
                   "Even one linear layer leaves ln(n) within a few steps if the pairs are right."),
            Choice("Whether the batch is too small", False,
                   "A smaller batch has a lower ln(n), and can be stuck at it just the same."),
        ),
    ),
    Question(
        "contrastive.batch",
        "Two runs: batch 64 ends at a loss of 0.9, batch 512 at 1.9. Which one is better?",
        (
            Choice("The first: its loss is lower", False,
                   "It had 63 wrong answers to beat, the other 511. ln(64) = 4.2, ln(512) = 6.2."),
            Choice("The losses cannot say. Compare retrieval on the same held-out pairs", True,
                   "The batch is part of the loss: more candidates make the same question harder."),
            Choice("The second: its loss is further below ln(n)", False,
                   "4.3 against 3.3 nats gained looks like it, but what a nat is worth depends on the candidates as well. "
                   "Compare retrieval."),
        ),
    ),
    Question(
        "contrastive.gather",
        "Two processes, 128 pairs each, and each computes InfoNCE among its own pairs; gradients are averaged as usual. Is "
        "that the "
        "same as one process with 256 pairs?",
        (
            Choice("Yes: averaging gradients over processes gives the gradient of the whole batch", False,
                   "True of a loss that is a mean over examples. Here each example's loss depends on the others in the batch."),
            Choice("No: each picture has met 127 wrong captions instead of 255", True,
                   "The embeddings have to be gathered, and gradients must find their way back through the gathering."),
            Choice("No, but only because of rounding", False, "The loss at the start is ln(128) instead of ln(256)."),
        ),
    ),
    Question(
        "contrastive.gap",
        "You move the two clouds onto each other, and the modality gap is 0. What does that do to retrieval?",
        (
            Choice("It must improve: partners are closer now", False,
                   "Every mismatch came closer too. A ranking only sees who is closer than whom."),
            Choice("Often little, and it can go either way: measure it", True,
                   "All candidates of a query moved by the same vector. Only their lengths, and a term for each candidate, "
                   "change."),
            Choice("Nothing at all, exactly: all cosines rise by the same amount", False,
                   "Nearly, but not quite: after the move the rows are brought to length one again, and a query is moved as "
                   "well."),
        ),
    ),
)  # fmt: skip
