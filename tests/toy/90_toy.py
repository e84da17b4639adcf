# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] label="promise"
# # A toy chapter
#
# It exists so that the builder can be tested on something small.

# %% [markdown] label="card" tags=["card"]
# Filled in by the builder.

# %% label="setup" tags=["setup"]
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

# %% [markdown] label="double-text" exercise="toy.double" difficulty=2 minutes=5
# Write `double`, which doubles every number.


# %% label="double" exercise="toy.double"
def double(x: np.ndarray) -> np.ndarray:
    """Twice `x`."""
    ### BEGIN SOLUTION
    two = 2
    return two * x
    ### END SOLUTION


# %% label="use" tags=["nbval-check-output"]
print(double(np.arange(3)))

# %% label="address"
print(object())
print("and one more line")

# %% label="figure"
plt.plot([1, 2, 3])
plt.show()

# %% label="widget"
import ipywidgets

display(ipywidgets.IntSlider())

# %% label="private" tags=["private-media"]
print("a caption that is not ours")
