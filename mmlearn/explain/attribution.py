"""Two ways from features to a decision, by Captum (Kokhlikyan et al., 2020, arXiv:2009.07896), summed over each modality.

Both compare with a *baseline*, the input in which nothing is said: zeros, the mean of standardised features, if none is given.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def integrated_gradients(
    model: Callable[..., Tensor], inputs: Sequence[Tensor], target: Tensor, baselines: Sequence[Tensor] | None = None,
    steps: int = 64,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Gradients of the class's logit along the straight line from baseline to input, times the way.

    Sundararajan, Taly and Yan (2017), "Axiomatic attribution for deep networks", ICML. The attributions of a row sum to the
    logit at the input less the logit at the baseline, but for the error of the sum over `steps` that stands for the integral.

    Args:
        model: inputs, one a modality, to logits (batch, classes).
        inputs: (batch, ...) each.
        target: (batch,) the class in question.
        baselines: of the shapes of the inputs; zeros where not given.
        steps: of the sum.

    Returns:
        (batch, modalities), and (batch,) by how much the sum of a row is off.
    """
    from captum.attr import IntegratedGradients

    inputs = tuple(x.detach() for x in inputs)
    found, off = IntegratedGradients(model).attribute(
        inputs, baselines=None if baselines is None else tuple(baselines), target=target, n_steps=steps,
        method="gausslegendre", return_convergence_delta=True,
    )  # fmt: skip
    return torch.stack([each.flatten(1).sum(1) for each in found], dim=1).detach(), off.detach()


def lime(
    model: Callable[..., Tensor], inputs: Sequence[Tensor], target: Tensor, baselines: Sequence[Tensor] | None = None,
    samples: int = 64, seed: int = 0,
) -> Tensor:  # fmt: skip
    """A linear model of what becomes of the class's logit when whole modalities are switched to their baseline, row by row.

    Ribeiro, Singh and Guestrin (2016), "Why should I trust you?", KDD. The switches are drawn at random, near the input more
    often; the weights of the linear model are the attributions. Every row takes `samples` runs of the model: ask for few rows.

    Returns:
        (batch, modalities).
    """
    from captum.attr import Lime

    inputs = tuple(x.detach() for x in inputs)
    explainer = Lime(model)
    rows = []
    with torch.random.fork_rng(), torch.no_grad():  # a random result, but the same again
        torch.manual_seed(seed)
        for i in range(len(inputs[0])):
            row = tuple(x[i : i + 1] for x in inputs)
            groups = tuple(torch.full_like(x, m, dtype=torch.long) for m, x in enumerate(row))
            empty = None if baselines is None else tuple(b[i : i + 1] for b in baselines)
            found = explainer.attribute(row, baselines=empty, target=target[i : i + 1], feature_mask=groups, n_samples=samples)
            rows.append(torch.stack([each.flatten()[0] for each in found]))  # all features of a group have its weight
    return torch.stack(rows)
