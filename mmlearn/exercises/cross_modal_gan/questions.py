"""The quiz of chapter 18."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "cross_modal_gan.hidden",
        "One network makes pictures from sounds, sounds from pictures, both from noise, and repairs both. How can these be one "
        "task?",
        (
            Choice("In each, something is seen of every medium (all, a part or nothing), and everything is to be made", True,
                   "A missing medium is a picture that is all hole. What is hidden is drawn at random in training, so the "
                   "network "
                   "meets all cases."),
            Choice("They are not: it holds one network a task and switches between them", False,
                   "There is one encoder and one painter a medium, and every task goes through the same vector."),
            Choice("The noise tells it which task it is", False,
                   "The noise says what the input leaves open. Which parts are hidden is said by masks."),
        ),
    ),
    Question(
        "cross_modal_gan.average",
        "A sound says \"red circle\" but not where. A network is trained by reconstruction alone, and hears nothing but the "
        "sound. What "
        "does it paint?",
        (
            Choice("A red circle in one of the nine places", False,
                   "That would be wrong eight times out of nine, and each wrong guess costs twice: where the circle is, and "
                   "where it "
                   "should be."),
            Choice("Next to nothing: a pale average of all places", True,
                   "The least mean error is reached by the mean (of squares) or the median (of absolute values) of what is "
                   "possible."),
            Choice("A sharp picture, if it is trained for long enough", False,
                   "The average is the very optimum of this loss: longer training comes nearer to it."),
        ),
    ),
    Question(
        "cross_modal_gan.agree",
        "From noise alone a generator makes beautiful pictures and clear words, but only every eighth picture has the colour "
        "that is "
        "spoken. What did the discriminator not do?",
        (
            Choice("Look closely enough at the pictures", False, "They are beautiful: it did."),
            Choice("Look at picture and sound together, with real pairs that do not belong together as wrong examples", True,
                   "If each medium is judged alone, nothing asks that they agree, and one in eight colours agrees by chance."),
            Choice("Train for long enough", False, "A question that is never asked is not answered by asking longer."),
        ),
    ),
    Question(
        "cross_modal_gan.control",
        "Repair with the sound has a smaller error than repair without it. What shows that the sound's *content* helps?",
        (
            Choice("The loss of the repair with sound went down", False, "That of the repair without it does, too."),
            Choice("With the sound of another scene the gain is gone", True,
                   "A shuffled partner has all that a sound has, but for belonging here. If it helped as well, the gain would be "
                   "due to something else."),
            Choice("The repaired pictures look right", False, "Looking right and being right are two things: a picture with "
                   "another "
                   "colour looks right."),
        ),
    ),
    Question(
        "cross_modal_gan.frame",
        "A film has lost a frame; the frames before and after it are there. How much does the voice that says \"moves left\" "
        "add?",
        (
            Choice("Much: it says what happens", False, "The two frames say that already, and more exactly."),
            Choice("Little; it helps much more where the frame after is lost as well", True,
                   "A second medium helps with what the first leaves open. Between two neighbours little is open; after one, the "
                   "direction is."),
            Choice("It depends on the speaker", False, "The voice is another one each time, and says the same."),
        ),
    ),
)  # fmt: skip
