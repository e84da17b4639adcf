"""Several spaces to one: where a picture and its caption become vectors that can be compared.

* `base.py`: what every aligner promises
* `cca.py`: exact CCA · `moments.py`: all that it needs to know of its data
* `comparison.py`: cosines weighted by correlation · `permutation.py`: how many correlations are more than luck
* `kernel_cca.py`: CCA in the feature space of a kernel · `gcca.py`: one space for any number of views
* `trained.py`: what aligners that learn by gradient descent have in common
* `contrastive.py`: InfoNCE, and the aligner trained with it · `triplets.py`: the triplet loss, likewise
* `gathering.py`: one batch over many machines · `two_processes.py`: a run of two, beside one
* `gap.py`: how far apart two media lie in one space · `prompts.py`: classes that are described, not trained
* `deep_cca.py`: networks trained for the most correlation
* `adversarial.py`: against a discriminator that tells the views apart
* `mapping.py`: a matrix maps one view onto the other, ridge or orthogonal · `network_map.py`: a network does
* `word_regions.py`: each word of a sentence finds its region of a picture
* `distill.py`: a small joint student of two large teachers
* `domain.py`: one kind of pictures made like another, by moments · `domain_adversarial.py`: by an adversary
* `hubs.py`: hubs in the common space, and their repair
* `hashing.py`: codes of a few bits · `search.py`: the nearest among many
"""

from mmlearn.align.base import Aligner, check_views
from mmlearn.align.cca import CCA
from mmlearn.align.hubs import csls, inverted_softmax
from mmlearn.lazy import on_first_use

# What needs torch is imported when it is first named.
_HOME = {
    "CrossModalHash": "hashing", "itq_rotation": "hashing", "pack_bits": "hashing", "hamming_distances": "hashing",
    "hamming_search": "hashing",
    "FlatIndex": "search",
    "weighted_similarity": "comparison", "permutation_test": "permutation", "Permutations": "permutation",
    "KernelCCA": "kernel_cca", "median_gamma": "kernel_cca", "GCCA": "gcca",
    "DeepCCA": "deep_cca", "CorrelationLoss": "deep_cca", "total_correlation": "deep_cca",
    "TrainedAligner": "trained",
    "info_nce": "contrastive", "InfoNCE": "contrastive", "Contrastive": "contrastive",
    "triplet_loss": "triplets", "TripletLoss": "triplets", "Triplet": "triplets",
    "gather_with_gradient": "gathering", "modality_gap": "gap", "move_gap": "gap",
    "class_vectors": "prompts", "zero_shot": "prompts",
    "Adversarial": "adversarial", "PairsAndDiscriminator": "adversarial",
    "ridge_map": "mapping", "procrustes": "mapping", "RidgeMap": "mapping", "Procrustes": "mapping",
    "NetworkMap": "network_map",
    "attended_similarity": "word_regions", "WordRegions": "word_regions",
    "distillation_loss": "distill", "relation_loss": "distill", "JointStudent": "distill",
    "match_moments": "domain", "coral": "domain", "DANN": "domain_adversarial",
}  # fmt: skip

__all__ = ["CCA", "Aligner", "check_views", "csls", "inverted_softmax", *_HOME]

__getattr__ = on_first_use(__name__, _HOME)
