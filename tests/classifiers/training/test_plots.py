from xml.etree import ElementTree

import numpy as np

from classifiers.training.decoders import GeneratorDecoder
from classifiers.training.plots import reliability_plot, roc_plot, strength_plot
from classifiers.training.report import Scored
from classifiers.training.statistics import reliability

SVG = "{http://www.w3.org/2000/svg}"


def test_a_reliability_plot_has_a_dot_for_every_bin_with_clips() -> None:
    bins = reliability(np.array([0.1, 0.1, 0.9]), np.array([0.0, 0.0, 1.0]), np.ones(3))
    drawn = ElementTree.fromstring(reliability_plot(bins, 0.1))
    titles = [node.text or "" for node in drawn.iter(f"{SVG}title")]
    assert titles == ["2 clips: told 0.10, came true 0.00", "1 clips: told 0.90, came true 1.00"]


def test_every_kind_of_decoder_has_its_curve_and_every_family_its_row_whatever_its_name() -> None:
    scored = [
        Scored(False, "x", GeneratorDecoder.UNKNOWN, 1.0),
        Scored(True, "<b>", GeneratorDecoder.STRIDED, 99.0),
        Scored(True, "quiet", GeneratorDecoder.UNSTRIDED, 0.5),
    ]
    assert len(list(ElementTree.fromstring(roc_plot(scored)).iter(f"{SVG}polyline"))) == 2
    drawn = ElementTree.fromstring(strength_plot(scored, 5.0, 4.0))
    said = [node.text for node in drawn.iter(f"{SVG}text")]
    assert {"<b>", "quiet", "people"} <= set(said)
    assert len(list(drawn.iter(f"{SVG}circle"))) == 3


def test_without_generated_clips_there_is_no_curve_and_no_error() -> None:
    drawn = ElementTree.fromstring(roc_plot([Scored(False, "x", GeneratorDecoder.UNKNOWN, 1.0)]))
    assert not list(drawn.iter(f"{SVG}polyline"))
