import numpy as np
import soundfile

from classifiers.audio.decode import Decoder
from classifiers.duplicates.frames import RATE_HZ
from classifiers.duplicates.listen import listen
from classifiers.duplicates.match import compare
from classifiers.pipeline import analyse
from schemas.evidence import Relation
from tests.classifiers.duplicates.songs import song


def test_listening_alone_gives_the_fingerprint_and_the_hash_of_the_whole_analysis(tmp_path):
    sound = (12_000 * song(3, 12)).astype(np.int16)
    for name in ("a.wav", "b.flac"):
        soundfile.write(tmp_path / name, sound, RATE_HZ, subtype="PCM_16")
    with Decoder() as decoder:
        heard = listen(tmp_path / "a.wav", decoder)
        analysed = analyse(tmp_path / "b.flac", decoder=decoder).codes
    assert heard.pcm_sha256 == analysed.pcm_sha256
    assert heard.packed() == analysed.packed()
    assert compare(heard, analysed).relation is Relation.IDENTICAL
