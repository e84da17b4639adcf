"""The quiz of chapter 04."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "audio_features.window",
        "You make the window of an STFT eight times as long. What happens to the picture of a chirp with two clicks in it?",
        (
            Choice("Everything becomes sharper: more samples, more information", False,
                   "The wave is the same. A longer window only divides its information differently between time and frequency."),
            Choice("Frequencies become sharper, and the clicks smear out in time", True,
                   "A Hann window of T seconds tells tones about 2/T apart, and clicks about T/2 apart: eight times as long, "
                   "one gets eight times better and the other eight times worse."),
            Choice("The clicks become sharper, and frequencies blur", False,
                   "That is what a *shorter* window does."),
        ),
    ),
    Question(
        "audio_features.griffin_lim",
        "A word put together again from its magnitudes alone sounds almost the same, yet its wave is nowhere near the "
        "original. Why?",
        (
            Choice("The phase was lost. It says where each wave's crests lie, and the ear hardly hears that", True,
                   "That is why one can throw it away before recognising speech, and why waves are bad to compare sample by "
                   "sample."),
            Choice("The magnitudes were rounded", False, "They were kept exactly. Only the phase was thrown away and "
                    "guessed anew."),
            Choice("The algorithm had too few steps", False,
                   "More steps make the magnitudes agree better. No number of them brings back the phase that was thrown away."),
        ),
    ),
    Question(
        "audio_features.mfcc_pitch",
        "Why do the first 13 MFCCs say so little about how high a voice is?",
        (
            Choice("Because a recording at 8,000 samples a second holds no pitch", False,
                   "Voices have their pitch between 80 and 400 Hz, far below the limit of 4,000 Hz."),
            Choice("Pitch shows as fine ripples along the spectrum, and those are in the coefficients that were cut off", True,
                   "The harmonics of a voice stand one pitch apart. Thirteen slow cosines describe the envelope over them: "
                   "the vowel."),
            Choice("Because the mel scale puts all low frequencies into one band", False,
                   "It is the other way round: low frequencies get the narrowest bands."),
        ),
    ),
    Question(
        "audio_features.unseen_speaker",
        "A digit recogniser has 98% on a random test split and much less on a new person's voice. Which number do you report?",
        (
            Choice("98%: the test recordings were never trained on", False,
                   "The recordings were not, but the voices were. If your users are not the six people in training, it "
                   "promises too much."),
            Choice("The one for unseen speakers, each speaker's number beside the mean", True,
                   "It answers the question a user has. The spread over speakers says how much luck is in it: six voices "
                   "are few."),
            Choice("The mean of both", False, "Then it answers neither question."),
        ),
    ),
    Question(
        "audio_features.language",
        "A probe tells six languages apart in almost every recording of the stamps. From the *quietest* tenth of each "
        "recording it does nearly as well. What did it learn?",
        (
            Choice("How the pauses of each language sound", False,
                   "The quietest tenth of a recording is mostly silence. What it has is a room, a microphone and a level."),
            Choice("Which microphone and which room: in these recordings they go with the language", True,
                   "Language and recording chain are confounded. Only other recordings of the same languages could "
                   "untie them."),
            Choice("Nothing, that must be a bug", False,
                   "The numbers are right. It is their name, *language recognition*, that is wrong."),
        ),
    ),
)  # fmt: skip
