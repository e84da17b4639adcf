"""Text to vectors, from counting words to reading them in their context; chapter 02 builds each.

* `tokens.py`: a text as words, words as numbers
* `subwords.py`: words as pieces that were learned from a corpus
* `counts.py`: bag of words and TF-IDF
* `words.py`: a vector for every word, learned from its neighbours
* `recurrent.py`: a sentence read word by word
* `contextual.py`: a small BERT and a small GPT, their losses, and what is taken out of them
* `pooling.py`: from a vector for every token to one for the text
* `probing.py`: the texts they learn from, and the tasks by which they are compared

Every representation has `transform(texts)`, which gives float32 (n, d). A text without a known word has a vector too.
"""

from mmlearn.lazy import on_first_use

_HOME = {
    "tokenize": "tokens", "Vocabulary": "tokens", "check_language": "tokens", "check_texts": "tokens",
    "PAD": "tokens", "UNKNOWN": "tokens", "MASK": "tokens", "START": "tokens", "END": "tokens", "SPECIALS": "tokens",
    "learn_merges": "subwords", "split_word": "subwords",
    "BagOfWords": "counts", "TfIdf": "counts", "smooth_idf": "counts", "unit_rows": "counts",
    "keep_probability": "words", "noise_distribution": "words", "skip_gram_pairs": "words", "draw_negatives": "words",
    "negative_sampling_loss": "words", "SkipGram": "words", "WordVectors": "words",
    "SentenceLSTM": "recurrent",
    "small_bert": "contextual", "small_gpt": "contextual", "mask_words": "contextual", "masked_loss": "contextual",
    "next_word_loss": "contextual", "ContextEncoder": "contextual", "continuation": "contextual",
    "corpus": "probing", "Task": "probing", "colour_task": "probing", "new_words_task": "probing", "order_task": "probing",
    "category_task": "probing",
    "pool": "pooling", "POOLS": "pooling",
}  # fmt: skip

__all__ = [*_HOME]

__getattr__ = on_first_use(__name__, _HOME)
