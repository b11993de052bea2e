"""What the set-up compiles is what an analysis uses: nobody waits for it afterwards."""

import json
import subprocess
import sys
from pathlib import Path

from tests.sounds import music, write_audio

_WANTED_SINCE = """
import json, sys
from pathlib import Path
from numba.core.dispatcher import Dispatcher
from classifiers.warm_up import warm_up
warm_up()
wanted, compile = [], Dispatcher.compile
def noted(self, signature):
    wanted.append(self.py_func.__qualname__)
    return compile(self, signature)
Dispatcher.compile = noted
from classifiers.pipeline import Decoder, analyse
with Decoder() as decoder:
    for path in sys.argv[1:]:
        analyse(Path(path), decoder=decoder)
print(json.dumps(wanted))
"""
"""Names the loops of which an analysis wants a form that the set-up did not make, kept from before or not.
"""


def test_an_analysis_after_it_compiles_nothing(tmp_path: Path) -> None:
    sound = music(12.0, seed=3)
    paths = [write_audio(tmp_path / name, sound) for name in ("a.mp3", "a.flac", "a.ogg")]
    done = subprocess.run(
        [sys.executable, "-c", _WANTED_SINCE, *map(str, paths)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == []
