"""Pictures to sentences: what a picture gives, who writes, what it learns from, how its words are chosen; chapter 16 builds it.

* `words.py`: the words of captions, of several languages in one vocabulary
* `pictures.py`: a small network that sees a picture as a grid of regions, or as one vector
* `decoder.py`: what every decoder promises, and the state of captions that are half written
* `lstm.py`: an LSTM that is shown the picture once
* `soft_attention.py`: an LSTM that looks at a region or two for every word
* `transformer.py`: a transformer that looks at what it wrote and at the picture, with a cache
* `joint.py`: vision, fusion and language trained together
* `losses.py`: teacher forcing, scheduled sampling, and the penalty on unequal attention
* `decoding.py`: greedy, beam search, nucleus sampling
* `captioner.py`: picture, decoder and words put together
* `photographs.py`: photographs as regions, by a pretrained network
* `plain.py`: the one plain caption of a scene
* `truth.py`: whether what a caption says of a scene is true
"""

from mmlearn.lazy import on_first_use

_HOME = {
    "CaptionVocabulary": "words", "tokens_of": "words", "joined": "words",
    "PictureRegions": "pictures", "PictureVector": "pictures", "as_regions": "pictures",
    "Decoder": "decoder", "Memory": "decoder", "State": "decoder", "as_memory": "decoder", "WithoutCache": "decoder",
    "LSTMDecoder": "lstm", "AttentionDecoder": "soft_attention", "TransformerDecoder": "transformer",
    "word_loss": "losses", "mixed_inputs": "losses", "attention_penalty": "losses", "inverse_sigmoid": "losses",
    "Written": "decoding", "greedy": "decoding", "beam": "decoding", "nucleus": "decoding", "length_penalty": "decoding",
    "nucleus_of": "decoding",
    "Captioner": "captioner",
    "JointTraining": "joint", "naming_loss": "joint", "words_of": "joint",
    "RegionEncoder": "photographs", "photograph_regions": "photographs",
    "plain_caption": "plain", "plain_captions": "plain",
    "Verdict": "truth", "judge": "truth", "share_true": "truth",
}  # fmt: skip

__all__ = [*_HOME]

__getattr__ = on_first_use(__name__, _HOME)
