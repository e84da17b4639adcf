"""Anything to honest numbers: takes arrays and callables, knows no model."""

from mmlearn.evaluate.bleu import bleu_counts, bleu_from_counts, corpus_bleu, sentence_bleu
from mmlearn.evaluate.bootstrap import Difference, paired_bootstrap
from mmlearn.evaluate.caption_words import tokenize_13a, tokenize_plain, tokenize_zh
from mmlearn.evaluate.cider_score import cider, cider_d
from mmlearn.evaluate.controls import controls, majority
from mmlearn.evaluate.hubness import hub_skewness, k_occurrences
from mmlearn.evaluate.images import diversity, frechet_distance, kernel_distance
from mmlearn.evaluate.probe import Probe, linear_probe, milliseconds
from mmlearn.evaluate.retrieval import (
    chance,
    cosine_similarity,
    euclidean_similarity,
    hits_at_k,
    mean_average_precision,
    median_rank,
    pearson_similarity,
    ranks,
    recall_at_k,
    retrieval_report,
    same_label,
)
from mmlearn.evaluate.robustness import crossing
from mmlearn.evaluate.scores import Scores

__all__ = [
    "Difference",
    "Probe",
    "Scores",
    "bleu_counts",
    "bleu_from_counts",
    "chance",
    "cider",
    "cider_d",
    "controls",
    "corpus_bleu",
    "cosine_similarity",
    "crossing",
    "diversity",
    "euclidean_similarity",
    "frechet_distance",
    "hits_at_k",
    "hub_skewness",
    "k_occurrences",
    "kernel_distance",
    "linear_probe",
    "majority",
    "mean_average_precision",
    "median_rank",
    "milliseconds",
    "paired_bootstrap",
    "pearson_similarity",
    "ranks",
    "recall_at_k",
    "retrieval_report",
    "same_label",
    "sentence_bleu",
    "tokenize_13a",
    "tokenize_plain",
    "tokenize_zh",
]
