"""Sound to numbers: from the waveform through spectra, mel bands and wavelets to networks that read speech.

* `waves.py`: read, resample and pad sounds
* `spectrum.py`: the short-time Fourier transform and its inverse
* `mel.py`: the mel scale, its filterbank, log-mel spectrograms
* `cepstrum.py`: the cosine transform and MFCC
* `inversion.py`: back from magnitudes to a sound, to hear what a representation kept
* `wavelets.py`: the continuous wavelet transform
* `variation.py`: the same words said otherwise: what is taken out, and what is varied in training
* `speech.py`: two small networks that recognise spoken words

Everything is batched and takes torch tensors: waves (…, samples), spectra (…, bins, frames).
"""

from mmlearn.lazy import on_first_use

_HOME = {
    "RATE": "waves", "AudioError": "waves", "read": "waves", "resample": "waves", "pad": "waves", "as_waves": "waves",
    "hann": "spectrum", "frame_count": "spectrum", "frames": "spectrum", "stft": "spectrum", "istft": "spectrum",
    "hz_to_mel": "mel", "mel_to_hz": "mel", "mel_frequencies": "mel", "mel_filterbank": "mel", "decibels": "mel",
    "mel_spectrogram": "mel", "log_mel": "mel",
    "dct": "cepstrum", "mfcc": "cepstrum",
    "griffin_lim": "inversion", "mel_to_magnitude": "inversion",
    "morlet": "wavelets", "cwt": "wavelets",
    "trim": "variation", "normalise": "variation", "augment": "variation",
    "SpeechLSTM": "speech", "SpeechCNN": "speech", "recognition_loss": "speech",
}  # fmt: skip

__all__ = [*_HOME]

__getattr__ = on_first_use(__name__, _HOME)
