"""Behaviours and their innocent neighbours, replayed through intake, counters and rules."""

import importlib.util
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from service.rules import PACKS, RuleSet, load_pack
from service.simulation import ScenarioError, replay
from service.simulation.lines import read_lines
from service.wording import protect_names, read_text

_spec = importlib.util.spec_from_file_location("scenes", Path(__file__).with_name("scenes.py"))
scenes = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(scenes)
Scene, NONE = scenes.Scene, scenes.NONE


@cache
def rules():
    return RuleSet(load_pack(PACKS / name) for name in ("default.yaml", "behaviour.yaml"))


@pytest.fixture
def outcome(tmp_path):
    def run(scene, **given):
        path = tmp_path / "scene.jsonl"
        path.write_text(scene.text(), "utf-8")
        return replay(read_lines(path), rules(), read_text=read_text, protect_names=protect_names, **given)

    return run


def level(result):
    standing = result.standing
    return f"{standing.action.value}:{standing.priority.value}" if standing.priority else standing.action.value


def test_an_ordinary_album_of_a_new_band_passes(outcome):
    scene = Scene()
    scene.account(tier="unverified", age_days=3)
    for _ in range(14):
        scene.upload()
    assert level(outcome(scene)) == "none"


def test_slices_of_noise_in_a_flood_are_held_as_one_case(outcome):
    scene = Scene()
    scene.account(tier="unverified", age_days=5)
    for number in range(60):
        scene.upload(artist="Rain Sounds", title=f"Rain, Pt. {number}", duration_s=31.5, noise=0.9)
    result = outcome(scene)
    assert (level(result), len(result.standing.cases)) == ("hold:P1", 1)
    assert "functional_audio" in result.standing.labels


def test_an_album_of_noise_music_is_labelled_and_not_stopped(outcome):
    scene = Scene()
    scene.account()
    for number in range(9):
        scene.upload(artist="Rust Cathedral", title=f"Untitled {number + 1}", duration_s=300.0 + 90 * number, noise=0.8)
    assert level(outcome(scene)) == "label"


def test_short_songs_are_not_slices(outcome):
    scene = Scene()
    scene.account()
    for number in range(25):
        scene.upload(duration_s=12.0 + number * 2)
    assert level(outcome(scene)) == "none"


NAMES = ("Low Water", "Moon Buggy", "Viper Season", "Half a Summer", "Paper Boats", "Stage Left", "Iron Road", "Ada")


def ring(accounts, **given):
    scene = Scene()
    for number in range(accounts):
        scene.account(f"a{number}", tier="unverified", age_days=8, payout_hash="pay-ring", ip=f"198.18.7.{number}")
    scene.account("neighbour", age_days=400, payout_hash="pay-own", ip="198.18.7.200")
    for number in range(accounts * 6):
        scene.upload(f"a{number % accounts}", artist=NAMES[number % accounts], **given)
    scene.upload("neighbour", artist="Somebody Else")
    return scene


def test_a_ring_of_accounts_is_held_as_one_and_its_neighbour_is_left_alone(outcome):
    result = outcome(ring(8, ai_probability=0.95))
    assert (level(result), len(result.standing.cases)) == ("hold:P0", 1)
    assert result.standing.by_sender()["neighbour"] == "none"


def test_accounts_that_share_a_payout_and_make_music_are_left_alone(outcome):
    assert level(outcome(ring(8))) == "none"


def test_one_recording_under_many_names_is_held(outcome):
    scene = Scene()
    for number in range(8):
        scene.account(f"a{number}")
        scene.upload(f"a{number}", artist=f"name {number}", recording_id="rec-same", minutes=900)
    result = outcome(scene)
    assert (level(result), len(result.standing.cases)) == ("hold:P1", 1)


def test_one_recording_on_many_compilations_passes(outcome):
    scene = Scene()
    for number in range(12):
        scene.account(f"a{number}")
        scene.upload(f"a{number}", recording_id="rec-same", isrc="QZT012600001", minutes=900)
    assert level(outcome(scene)) == "none"


def test_a_protected_recording_is_blocked_and_a_few_seconds_of_it_in_a_mix_are_not(outcome):
    theft, mix = Scene(), Scene()
    for scene, overlap in ((theft, 0.95), (mix, 0.04)):
        scene.account()
        scene.upload(fingerprint_match_of="rec-star", overlap=overlap, speed_ratio=1.2)
    assert level(outcome(theft)) == "block:P0"
    assert level(outcome(mix)) == "none"


def test_confirmed_spam_and_banned_payouts_are_blocked_and_noise_matches_nothing(outcome):
    spam, banned, noise = Scene(), Scene(), Scene()
    spam.account()
    spam.upload(recording_id="rec-spam")
    banned.account(payout_hash="pay-banned")
    banned.upload()
    noise.account()
    noise.upload(recording_id="rec-spam", noise=0.9)
    assert level(outcome(spam)) == "block:P1"
    assert level(outcome(banned)) == "block:P1"
    assert level(outcome(noise)) == "label"


def test_an_imitated_name_needs_a_second_signal(outcome):
    alone, voiced = Scene(), Scene()
    for scene, given in (
        (alone, {}),
        (voiced, {"voice_match": "ar-star", "voice_similarity": 0.9, "ai_probability": 0.95}),
    ):
        scene.account(age_days=400, artist_links=["ar-mine"])
        scene.upload(artists=[{"name": "Drakee", "artist_id": "ar-mine"}], **given)
    assert level(outcome(alone)) == "none"
    assert level(outcome(voiced)) == "hold:P0"


def test_without_facts_that_nothing_produces_the_voice_says_nothing(outcome):
    scene = Scene()
    scene.account(age_days=400)
    scene.upload(voice_match="ar-star", voice_similarity=0.95, ai_probability=0.2, ai_vocal_probability=0.95)
    assert level(outcome(scene)) == "hold:P0"
    assert level(outcome(scene, only_produced=True)) == "none"


def test_honest_ai_is_labelled_and_in_a_flood_it_is_bulk_all_the_same(outcome):
    honest, flood, partner = Scene(), Scene(), Scene()
    declared = dict.fromkeys(NONE, "ALL")
    honest.account()
    honest.upload(declared_ai=declared, ai_probability=0.97)
    for scene, contracts in ((flood, []), (partner, ["ai_functional_music"])):
        scene.account(age_days=900 if contracts else 20, contracts=contracts, prior_tracks=6000 if contracts else 0)
        for number in range(120):
            scene.upload(title=f"Calm {number}", declared_ai=declared, ai_probability=0.97)
    assert level(outcome(honest)) == "label"
    assert level(outcome(flood)) == "hold:P1"
    assert "ai_mismatch" not in outcome(flood).standing.labels
    assert level(outcome(partner)) in ("label", "queue:P3")


def test_generated_music_declared_as_none_is_queued_and_a_detectors_doubt_is_not(outcome):
    sure, doubt = Scene(), Scene()
    for scene, probability in ((sure, 0.97), (doubt, 0.6)):
        scene.account()
        for _ in range(25):
            scene.upload(declared_ai=NONE, ai_probability=probability)
    assert outcome(sure).standing.labels == ["ai_detected", "ai_mismatch"]
    assert level(outcome(sure)) == "queue:P1"
    assert level(outcome(doubt)) == "none"


def test_a_taken_over_account_is_stopped_and_one_that_moved_house_is_not(outcome):
    stolen, moved = Scene(), Scene()
    for scene, given in ((stolen, {"ai_probability": 0.96}), (moved, {})):
        scene.account(tier="trusted", age_days=3000, payout_hash="p", device_hash="d", artist_links=["ar-own"],
                      daily_history=[20] * 90)  # fmt: skip
        scene.change("a1", payout_hash="p2", device_hash="d2")
        artists = [{"name": "Own Act", "artist_id": None if given else "ar-own"}]
        for _ in range(20):
            scene.upload(artists=artists, **given)
    assert level(outcome(stolen)) == "hold:P0"
    assert level(outcome(moved)) == "queue:P3"


def test_retries_updates_and_takedowns_make_no_new_tracks(outcome):
    scene = Scene()
    scene.account()
    first = scene.upload(key="k1")
    for _ in range(4):
        retry = scene.upload(key="k1")
        retry["track"], retry["evidence"] = first["track"], first["evidence"]
    scene.at += timedelta(hours=1)
    scene.events.append({**first, "at": scene.at.isoformat(), "kind": "update", "idempotency_key": None,
                         "evidence": {"recording_id": first["evidence"]["recording_id"]}})  # fmt: skip
    withdrawn = {"release": {"upc": first["release"]["upc"]}, "track": {"isrc": first["track"]["isrc"]}}
    takedown = {"type": "upload", "at": scene.at.isoformat(), "account": "a1", "kind": "takedown"}
    scene.events.append(takedown | withdrawn)
    result = outcome(scene)
    assert result.uploads == 7
    assert (level(result), result.rejected, result.standing.by_sender()) == ("none", [], {})


def test_what_intake_refuses_is_reported_and_not_counted(outcome):
    scene = Scene()
    scene.account()
    scene.upload(isrc="NOT AN ISRC")
    scene.upload()
    result = outcome(scene)
    assert len(result.rejected) == 1
    assert "isrc" in result.rejected[0]


def renamed(*names):
    scene = Scene()
    scene.account()
    tracks = [scene.upload() for _ in range(8)]
    for place, track in enumerate(tracks):
        scene.at += timedelta(minutes=1)
        changed = {**track, "at": scene.at.isoformat(), "kind": "update"}
        changed["track"] = {**track["track"], "artists": [{"name": names[place % len(names)]}]}
        changed["evidence"] = {"recording_id": track["evidence"]["recording_id"]}
        scene.events.append(changed)
    return scene


def test_accepted_tracks_that_change_hands_afterwards_are_queued_and_a_band_may_rename_itself(outcome):
    result = outcome(renamed(*NAMES[:4]))
    assert level(result) == "queue:P1"
    assert "identities-changed-afterwards" in result.standing.reasons()
    assert level(outcome(renamed("The Band Formerly Known"))) == "none"


def test_the_clock_is_that_of_the_events(outcome):
    quick, slow = Scene(), Scene()
    for scene, minutes in ((quick, 1), (slow, 60 * 24)):
        scene.account(tier="unverified", age_days=5)
        for _ in range(40):
            scene.upload(minutes=minutes)
    assert level(outcome(quick)) == "queue:P3"
    assert level(outcome(slow)) == "none"


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "upload"}\n',
        "{",
        '{"type": "scenario", "id": "x"}\n',
        '{"type": "nothing"}\n',
        '{"type": "account", "id": "a"}\n',
    ],
)
def test_a_broken_line_is_named(tmp_path, text):
    path = tmp_path / "broken.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(ScenarioError):
        replay(read_lines(path), rules(), read_text=read_text, protect_names=protect_names)
