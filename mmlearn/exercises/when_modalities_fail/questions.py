"""The quiz of chapter 14."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "when_modalities_fail.zeros",
        "At test the picture is missing. Your code hands over a picture of zeros, columns are then standardised, and accuracy "
        "falls to chance. What first?",
        (
            Choice("Train with more dropout of single units", False,
                   "The network is healthy. It is told that there is a black picture, and after scaling an extreme one."),
            Choice("Tell it by a mask that nothing is there, or put the training mean in its place", True,
                   "After scaling the mean is 0, the middle of what the network has seen; a mask leaves the modality out."),
            Choice("Fit the scaling on the test rows", False,
                   "That looks at test data, and columns that are all alike cannot be scaled anyway."),
        ),
    ),
    Question(
        "when_modalities_fail.dropout",
        "A network was trained with modality dropout of 30%. Where does it help at test?",
        (
            Choice("Where a modality is missing and the network is told so", True,
                   "That is what it has met. Each modality had to answer alone at times, so none was neglected."),
            Choice("Where a modality is full of noise", False,
                   "It met clean modalities or none. Noise is neither: on scenes it fell even faster than without dropout."),
            Choice("Where a cue of the training pictures is gone", False,
                   "Whenever the picture was there, so was its cue."),
        ),
    ),
    Question(
        "when_modalities_fail.yardstick",
        "With a noisy microphone a fusion of image and sound is right in 55% of the cases, the sound alone in 20%. Is it robust?",
        (
            Choice("Yes: it is far better than the noisy modality", False,
                   "It has the image as well. What does the image alone reach?"),
            Choice("It cannot be said without the image alone", True,
                   "If that reaches 61%, the fusion would do better with the microphone switched off."),
            Choice("No: it should reach what it reached without noise", False,
                   "What the sound knew is gone; nobody can bring it back."),
        ),
    ),
    Question(
        "when_modalities_fail.gate",
        "A gate gives the picture 0.39 where all agree, 0.34 where the picture lies, and 0.34 where the voice lies. What "
        "has it noticed?",
        (
            Choice("That the picture lies", False,
                   "It takes as much from the picture where the voice lies. A lying picture looks like an honest one."),
            Choice("At most that something does not fit; not who lies", True,
                   "Who lies shows only in who disagrees with the others, and that has to be computed from them together."),
            Choice("Nothing, since a gate never depends on the example", False,
                   "It does: it is computed from the features of each example, and its mean moves a little."),
        ),
    ),
    Question(
        "when_modalities_fail.impute",
        "An imputer guesses missing text of `mosi` from audio and video. Accuracy stays where it was: near a coin toss. Why?",
        (
            Choice("Ridge regression is too simple; a generator would bring the text back", False,
                   "Audio and video, trained for the label itself, reach no more. What is not there cannot be generated."),
            Choice("Imputation uses what modalities share, and here the others know hardly anything of the label", True,
                   "It helped on digits, where a sound says which digit the image shows."),
            Choice("It was fitted on training rows and not on test rows", False,
                   "It has to be. Fitted on test rows it would have seen the very text that is said to be missing."),
        ),
    ),
)  # fmt: skip
