"""What networks are made of, each built once and used everywhere: chapter 01 builds them, the others stand on them.

* `activations.py`: the bends between linear layers, with their ranges
* `losses.py`: mean squared error and cross-entropy
* `descent.py`: gradient descent, momentum, RMSprop, Adam
* `decomposition.py`: PCA and whitening, by the singular value decomposition
* `recurrent.py`: the plain recurrent cell, the LSTM, and a whole sequence read by either
* `transformer.py`: attention, with several heads, and the transformer block
* `graph.py`: graph convolution, message passing, graph attention
* `reversal.py`: a layer that turns gradients round
* `padding.py`: which steps of a padded batch are real
"""

from mmlearn.lazy import on_first_use

_HOME = {
    "sigmoid": "activations", "tanh": "activations", "relu": "activations", "leaky_relu": "activations", "elu": "activations",
    "softplus": "activations", "gelu": "activations", "silu": "activations", "softmax": "activations", "FACTS": "activations",
    "mse": "losses", "log_sum_exp": "losses", "log_softmax": "losses", "cross_entropy": "losses",
    "GradientDescent": "descent", "Momentum": "descent", "RMSprop": "descent", "Adam": "descent", "descend": "descent",
    "PCA": "decomposition", "whitener": "decomposition", "power_iteration": "decomposition",
    "RNNCell": "recurrent", "LSTMCell": "recurrent", "Recurrent": "recurrent",
    "attention": "transformer", "causal_mask": "transformer",
    "MultiHeadAttention": "transformer", "TransformerBlock": "transformer",
    "GraphConvolution": "graph", "MessagePassing": "graph", "GraphAttention": "graph",
    "reverse_gradient": "reversal",
    "real_steps": "padding", "mean_of_steps": "padding", "last_step": "padding",
}  # fmt: skip

__all__ = [*_HOME]

__getattr__ = on_first_use(__name__, _HOME)
