"""The quiz of chapter 03."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "image_features.shifted_pixels",
        "A picture is shifted by four pixels. Why is it, pixel by pixel, further from itself than from another picture?",
        (
            Choice("The shifted picture has other colours", False,
                   "The same colours, only elsewhere: its histogram of colours is the same but for the border."),
            Choice("Each pixel is compared with the one at the same place, which now shows something else", True,
                   "Along every edge light meets dark, and pays for both. A picture of something else often overlaps better."),
            Choice("Euclidean distance is wrong, cosine would do", False,
                   "Any distance that compares place by place has the same trouble. The representation has to change, not the "
                   "ruler."),
        ),
    ),
    Question(
        "image_features.keypoints_and_probe",
        "Nine in ten matches between a drawing and its turned copy were right. Yet counted as visual words, keypoints sort "
        "stamps far worse than a pretrained network does. Why is that no contradiction?",
        (
            Choice("Finding the same thing again and naming its kind are different tasks", True,
                   "A descriptor says: this very corner. Two different cats share few corners, and a smooth drawing has few "
                   "at all."),
            Choice("The probe is linear, and keypoints need a deep network", False,
                   "Linear or not: place and colour are not in the counts, and what is thrown away cannot be read."),
            Choice("There were too few visual words", False,
                   "Place, colour and smooth surfaces are gone before any word is counted, however many words there are."),
        ),
    ),
    Question(
        "image_features.average_and_place",
        "The last map of a network is averaged over all places. What does that cost, and what does it buy?",
        (
            Choice("It costs the place of things; it buys that a shifted thing looks nearly the same", True,
                   "You measured both. A spatial pyramid buys the place back, at several times the length."),
            Choice("It costs nothing: the network has already understood the picture", False,
                   "A probe for place drops when the map is averaged. What is averaged away is away."),
            Choice("It costs the colours of things", False,
                   "Averaging is over places, channel by channel. If a channel knows a colour, its mean does too."),
        ),
    ),
    Question(
        "image_features.film_average",
        "A classifier on the mean of a film's frames cannot tell left from right, however it is trained. Why?",
        (
            Choice("The mean frame is too blurred", False,
                   "Also the mean of perfect features is at chance here: blur is not the reason."),
            Choice("A film played backwards has the same frames, so both films have the very same mean", True,
                   "Two different labels on one and the same vector: no function can give both answers."),
            Choice("Eight frames are too few", False,
                   "With a thousand frames the mean of a film and of the same film backwards are still equal."),
        ),
    ),
    Question(
        "image_features.bgr",
        "Pictures read with OpenCV went into a pretrained network, and accuracy fell a little. Nobody noticed for a month. Why?",
        (
            Choice("OpenCV gives blue first; red and blue were exchanged, and shapes survive that", True,
                   "No error, no warning, only oranges that are blue. Always look at the very batch that goes into the network."),
            Choice("OpenCV loads pictures at a lower quality", False,
                   "It decodes the same pixels. It only orders the channels the other way round."),
            Choice("Pretrained networks do not work with OpenCV", False,
                   "They take numbers from anybody, which is exactly the danger."),
        ),
    ),
)  # fmt: skip
