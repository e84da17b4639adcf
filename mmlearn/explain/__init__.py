"""Why a model decided so, and whether it knows how sure it may be.

* `shapley.py`: exact Shapley values of modalities, and of how they act together
* `attribution.py`: integrated gradients and LIME, through Captum, summed over each modality
* `calibration.py`: reliability, expected calibration error, temperature scaling
"""

from mmlearn.lazy import on_first_use

_HOME = {
    "shapley_values": "shapley", "interaction": "shapley", "subsets": "shapley", "modality_shapley": "shapley",
    "integrated_gradients": "attribution", "lime": "attribution",
    "reliability": "calibration", "expected_calibration_error": "calibration", "fit_temperature": "calibration",
}  # fmt: skip

__all__ = [*_HOME]

__getattr__ = on_first_use(__name__, _HOME)
