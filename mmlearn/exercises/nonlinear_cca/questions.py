"""Chapter 07: its quiz."""

from mmlearn.exercises.engine.quiz import Choice, Question, ask

ask(
    Question(
        "nonlinear_cca.zero",
        "Every canonical correlation of two views is zero, with as many pairs as you like. What do you know?",
        (
            Choice("The views are independent", False, "s and s² are as dependent as can be, and their correlation is zero."),
            Choice("No straight line in one view says anything about a straight line in the other", True,
                   "That is all a correlation looks at. A curve may say everything."),
            Choice("The ridge was too small", False, "A larger ridge makes correlations smaller, not larger."),
        ),
    ),
    Question(
        "nonlinear_cca.perfect",
        "Gaussian kernel CCA gives a training correlation of 1.000 on 500 distinct pairs. What happened?",
        (
            Choice("There is no ridge (or hardly any): with it missing this comes out for any data", True,
                   "The centred kernel of n different rows has rank n - 1, so dual weights give any centred list of numbers."),
            Choice("The views share one feature exactly", False,
                   "They may or may not. Without a ridge you would see the same if they did not; only new pairs can tell."),
            Choice("γ is too small", False, "Even a small γ leaves the kernel at full rank, in exact arithmetic."),
        ),
    ),
    Question(
        "nonlinear_cca.nan",
        "A deep CCA whitens by eigenvectors and sums `svdvals`, on batches of many times its outputs. The loss is fine, and at "
        "step 40 everything is NaN. What is the likeliest cause?",
        (
            Choice("The batch was too small", False,
                   "That is the other way to NaN: singular values that are 0, under a root. Here is no root, and pairs enough."),
            Choice("The covariance was singular, so its inverse root was infinite", False,
                   "The ridge prevents that: the value is finite. It is the gradient that is not."),
            Choice("Two eigenvalues became equal, and the gradient of the eigenvectors divides by their difference", True,
                   "Two silent units are enough: both have exactly the ridge as eigenvalue. Cholesky needs no eigenvectors."),
        ),
    ),
    Question(
        "nonlinear_cca.batch",
        "Deep CCA with 64 outputs and batches of 50 pairs: the loss sits at about -49 from the first step. Why?",
        (
            Choice("It has converged very quickly", False, "Try it with shuffled pairs: the same number."),
            Choice("50 centred points span 49 directions at most, and any two such sets agree perfectly there", True,
                   "The batch must hold more pairs than outputs, and better many times as many."),
            Choice("The ridge is too large", False, "A ridge makes the total smaller than 49."),
        ),
    ),
    Question(
        "nonlinear_cca.maxvar_two",
        "MAXVAR generalised CCA of only two views gives, without ridge, …",
        (
            Choice("the directions of ordinary CCA", True,
                   "The sum of the shares is then 1 + ρ for each direction, so the same order and the same directions."),
            Choice("PCA of both views side by side", False,
                   "Nearly: of both *whitened* views. Without whitening, the view with the larger numbers would decide alone."),
            Choice("nothing, since it needs three", False, "It takes any number from two."),
        ),
    ),
)  # fmt: skip
