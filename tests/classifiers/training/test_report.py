from dataclasses import replace
from pathlib import Path

import pytest

from classifiers.ai.calibration import Calibration
from classifiers.training.calibrate import INCONCLUSIVE_CHANCE, LIKELY_CHANCE, PRIOR, fit, save
from classifiers.training.decoders import GeneratorDecoder
from classifiers.training.manifest import Clip, Label
from classifiers.training.measure import Measurement
from classifiers.training.model_card import MOST_ROWS, Disguised, Run, Source, as_json, model_card
from classifiers.training.report import make_report

CALIBRATION = replace(Calibration.load(), likely=5.5, inconclusive=4.5, tail_from=3.5, tail_share=0.17, tail_scale=0.48)


def clip(label: Label, source: str, number: int, content: str = "music") -> Clip:
    return Clip(Path(f"{source}-{number}.mp3"), label, source, source, content, 30.0, f"{source}-{number}")


def material() -> tuple[list[Clip], list[Measurement]]:
    """Three human sources, one of them with an outlier; a generator that is found and one that is not."""
    rows = [(Label.HUMAN, source, 2.6 + 0.05 * number) for source in ("x", "y", "z") for number in range(20)]
    rows += [(Label.HUMAN, "z", 7.0), (Label.HUMAN, "y", 4.6)]
    rows += [(Label.AI, "combs", 6.0 + number) for number in range(10)]
    rows += [(Label.AI, "quiet", 2.6 + 0.05 * number) for number in range(10)]
    rows += [(Label.RECONSTRUCTION, "codec", 9.0)]
    clips = [clip(label, source, number) for number, (label, source, _) in enumerate(rows)]
    return clips, [Measurement(strength, 50.0, 30.0) for _, _, strength in rows]


def test_shares_found_and_false_positives_are_counted_on_the_right_sides() -> None:
    report = make_report(*material(), CALIBRATION)
    families = {row.name: row for rows in report.families.values() for row in rows}
    assert report.threshold == 4.6
    assert report.human_clips == 62
    assert families["combs"].likely == families["combs"].over_threshold == 10
    assert families["combs"].auroc > 0.97
    assert families["quiet"].likely == 0
    assert families["quiet"].auroc < 0.6
    assert [row.name for row in report.others] == ["codec"]
    assert report.all_ai.clips == 20
    assert report.false_names == [("z-60.mp3", 7.0), ("y-61.mp3", 4.6)]


def test_a_source_is_judged_by_the_threshold_of_the_others() -> None:
    report = make_report(*material(), CALIBRATION)
    assert report.left_out_false == 2
    assert report.false_interval[0] < 2 / 62 < report.false_interval[1]


def test_a_fit_puts_the_thresholds_where_people_seldom_get() -> None:
    fitted = fit(*material(), CALIBRATION)
    assert fitted.inconclusive < fitted.likely
    assert fitted.prior == PRIOR
    assert fitted.reached_by_people(fitted.likely, 60.0) <= LIKELY_CHANCE * 1.1
    assert fitted.probability(fitted.likely, 60.0) > 0.5
    assert fitted.reached_by_people(fitted.inconclusive, 60.0) == pytest.approx(INCONCLUSIVE_CHANCE, rel=0.1)
    assert fitted.probability(12.0, 60.0) > 0.8 > 0.2 > fitted.probability(2.7, 60.0)


def test_few_recordings_by_people_change_no_calibration() -> None:
    clips, measurements = material()
    assert fit(clips[50:], measurements[50:], CALIBRATION) == CALIBRATION


def test_a_saved_calibration_is_read_back(tmp_path: Path) -> None:
    fitted = fit(*material(), CALIBRATION)
    save(fitted, tmp_path / "calibration.json")
    assert Calibration.load(tmp_path / "calibration.json") == fitted


def test_the_card_names_data_command_commit_law_and_misses() -> None:
    run = Run("earmark evaluate m.csv", "abc123", [Source("m.csv", "manifest", "f" * 64, 83)], 83, 1, 2)
    card = model_card(
        run, CALIBRATION, make_report(*material(), CALIBRATION), [Disguised("MP3 64 kbit/s", 10, 9, 60, 1)]
    )
    for said in ("`earmark evaluate m.csv`", "`abc123`", "f" * 64, "Patents have been applied for", "`z-60.mp3` (7.0)"):
        assert said in card
    assert "2 more are listed and not there" in card
    assert "| MP3 64 kbit/s | 10 | 9 (90%) | 55% to 100% | 60 | 1 |" in card
    assert "| quiet | 10 |" in card
    assert "| 0.5% |" in card and "| extrapolated |" in card
    plots = dict.fromkeys(("reliability", "roc", "strengths"), "model-card-plot.svg")
    assert card.count("model-card-plot.svg") == 0
    report = make_report(*material(), CALIBRATION)
    assert model_card(run, CALIBRATION, report, plots=plots).count("(model-card-plot.svg)") == 3


def test_families_are_told_apart_by_their_decoders() -> None:
    clips, measurements = material()
    kinds = {"combs": GeneratorDecoder.STRIDED, "quiet": GeneratorDecoder.UNSTRIDED}
    clips = [replace(one, decoder=kinds.get(one.family, GeneratorDecoder.UNKNOWN)) for one in clips]
    report = make_report(clips, measurements, CALIBRATION)
    assert [row.name for row in report.families[GeneratorDecoder.UNSTRIDED]] == ["quiet"]
    assert report.by_decoder[GeneratorDecoder.STRIDED].likely == 10
    assert report.by_decoder[GeneratorDecoder.UNSTRIDED].left_out_likely == 0
    run = Run("c", "abc", [], 83, 0)
    card = model_card(run, CALIBRATION, report)
    assert card.index("### With strided") < card.index("| all strided |") < card.index("### Without strided")


def test_what_is_judged_left_out_is_judged_without_itself() -> None:
    """A source that alone reaches far sets no threshold for itself: its clips are false positives when left out."""
    clips, measurements = material()
    loud = [clip(Label.HUMAN, "loud", number) for number in range(10)]
    report = make_report([*clips, *loud], [*measurements, *(Measurement(5.2, 50.0, 30.0) for _ in loud)], CALIBRATION)
    row = next(row for row in report.human if row.name == "loud")
    assert row.over_threshold == 10
    assert row.over_interval[0] > 0.69
    without = make_report(clips, measurements, CALIBRATION)
    assert report.all_human.left_out_likely >= without.all_human.left_out_likely


def test_a_crowd_of_sources_is_left_out_in_parts_and_the_table_stays_short() -> None:
    clips, measurements = material()
    crowd = [clip(Label.HUMAN, f"artist|{number}", 0) for number in range(150)]
    report = make_report([*clips, *crowd], [*measurements, *(Measurement(2.0, 50.0, 30.0) for _ in crowd)], CALIBRATION)
    assert report.all_human.clips == 212
    card = model_card(Run("c", "abc", [], 1, 0), CALIBRATION, report)
    assert f"{153 - MOST_ROWS} more sources" in card
    assert "| artist/1 |" in card or "| artist/10 |" in card


def test_without_generated_clips_false_positives_are_still_told() -> None:
    clips, measurements = material()
    report = make_report(clips[:62], measurements[:62], CALIBRATION)
    assert report.all_ai.clips == 0
    assert report.left_out_false == 2
    assert as_json(report)["auroc"] is None
    assert "## Human sources" in model_card(Run("c", "abc", [], 62, 0), CALIBRATION, report)


def test_the_headline_figures_are_plain_values() -> None:
    figures = as_json(make_report(*material(), CALIBRATION))
    assert figures["left_out_false"] == 2
    assert figures["human_clips"] == 62


def test_generators_that_are_weaker_than_people_end_the_search_for_a_threshold() -> None:
    clips, measurements = material()
    weak = [
        replace(found, strength=3.45) if one.label is Label.AI else found
        for one, found in zip(clips, measurements, strict=True)
    ]
    assert fit(clips, weak, CALIBRATION).likely > 30.0
