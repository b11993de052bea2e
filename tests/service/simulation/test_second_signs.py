"""What a number, a length, an even rhythm, a common parent or changed hands mean, with a second sign and without one.

A second round of scenarios written down before the rules were looked at, scaled down.
"""

import pytest

from tests.service.simulation.test_variations import ALL_AI, NONE, Scene, judged, name, upc

DAY = 60 * 24
ASKED = {"none", "label", "queue:P3"}
QUEUED = {"queue:P1", "hold:P1", "hold:P0"}
KNOWN = {"name": "The Ensemble", "role": "MainArtist", "artist_id": "ar-own"}


def quiet_label(scene, **given):
    """A verified label with an artist of its own, and little in the last months."""
    details = {"age_days": 250, "prior_tracks": 30, "daily_history": [0] * 60 + [8] + [0] * 29}
    return scene.account(tier="verified", artist_links=["ar-own"], **(details | given))


def some_every_day(number, a_day=7):
    """Minutes since the upload before: a few in a row, then the next day."""
    return 20 if number % a_day else DAY - 20 * (a_day - 1)


def numbered(title, *, count=105, step=7.0, shortest=95.0, **given):
    """So many numbered tracks of many lengths, seven a day."""
    scene = Scene()
    quiet_label(scene)
    for number in range(count):
        length = shortest + step * (number * 31 % 53)
        scene.upload(artists=[KNOWN], title=f"{title} {number + 1}", upc=upc(number // 30), duration_s=length,
                     minutes=some_every_day(number), **given)  # fmt: skip
    return scene


def psalms_of_a_choir():
    return numbered("Psalm")


def lessons_of_a_language_course():
    return numbered("Lesson", shortest=65.0, step=3.0, speech=0.95)


def radio_archive():
    return numbered("Night Talk - Episode", shortest=1300.0, speech=0.9, noise=0.2)


def etudes():
    return numbered("Etude No.", shortest=48.0, step=2.0, loop=0.8)


def marshes_and_harbours():
    return numbered("Harbour at Dawn", shortest=280.0, step=20.0, noise=0.7, loop=0.1)


def noise_label():
    """Ninety pieces of noise music, each with a name."""
    scene = Scene()
    quiet_label(scene, prior_tracks=200)
    for number in range(90):
        scene.upload(artists=[KNOWN], title=name(number), upc=upc(number // 9), duration_s=60.0 + number * 17 % 840,
                     noise=0.8, loop=0.2, minutes=some_every_day(number))  # fmt: skip
    return scene


def spots_of_thirty_seconds():
    scene = Scene()
    quiet_label(scene, age_days=1100, prior_tracks=500, daily_history=[0, 0, 0, 0, 0, 0, 12] * 12)
    for number in range(60):
        scene.upload(artists=[KNOWN], title=f"{name(number)} (30 sec)", upc=upc(number // 20), duration_s=30.2)
    return scene


def archive_delivered_by_a_machine():
    """Three tracks an hour, day and night, for five days."""
    scene = Scene()
    quiet_label(scene, age_days=600, prior_tracks=900)
    for number in range(360):
        scene.upload(artists=[KNOWN], title=f"{name(number % 119)} {'abc'[number % 3]}x", upc=upc(number // 12),
                     duration_s=150.0 + number * 13 % 170, minutes=20)  # fmt: skip
    return scene


def reunited_band():
    """Years of silence, another bank, another laptop, four albums."""
    scene = Scene()
    scene.account("a1", tier="verified", age_days=1700, prior_tracks=26, daily_history=[0] * 90, payout_hash="p1",
                  device_hash="d1")  # fmt: skip
    scene.change("a1", payout_hash="p2", device_hash="d2")
    for number in range(44):
        scene.upload(artist="The Crooked Ladder", title=name(number), upc=upc(number // 11),
                     duration_s=150.0 + number * 29 % 160, minutes=5 if number % 11 else DAY)  # fmt: skip
    return scene


def others_recordings(scene, count, *, links, p_line):
    """Recordings of another label, each delivered again under its artist's profile and an ISRC of the sender's."""
    scene.account("other", tier="verified", age_days=1500, prior_tracks=900)
    for number in range(count):
        profile = f"ar-{number % 6}"
        scene.refer("catalogue_recording", id=f"cat-{number}", title=name(number), artist=name(number % 6),
                    artist_id=profile, isrc=f"GBAAA12{number:05d}", account="other", p_line="2012 Other")  # fmt: skip
    scene.account(tier="verified", age_days=100, prior_tracks=20, artist_links=links)
    for number in range(count):
        artist = {"name": name(number % 6), "role": "MainArtist", "artist_id": f"ar-{number % 6}"}
        line = scene.upload(artists=[artist], title=name(number), upc=upc(number // 6), overlap=0.95,
                            fingerprint_match_of=f"cat-{number}")  # fmt: skip
        line["track"]["p_line"] = p_line
    return scene


def public_domain_restored_twice():
    return others_recordings(Scene(), 24, links=[f"ar-{number}" for number in range(6)], p_line="2026 Old Grooves")


def label_that_left_its_distributor():
    return others_recordings(Scene(), 24, links=[], p_line="2012 Other")


def album_of_covers():
    """Eighteen hits on one album, and nothing says that they are covers."""
    scene = hits_of_the_day()
    scene.account(tier="verified", age_days=45)
    for number in range(18):
        scene.upload(artist="Riverside Show Choir", title=name(number), upc=upc(1), duration_s=150.0 + 5 * number)
    return scene


def live_tracks(scene, count):
    """Tracks that the sender delivered long ago."""
    scene.account(tier="verified", age_days=700, prior_tracks=300, artist_links=["ar-own"])
    for number in range(count):
        scene.refer("catalogue_recording", id=f"cat-{number}", title=name(number), artist="The Ensemble",
                    artist_id="ar-own", isrc=f"GBAAA20{number:05d}", account="a1", p_line="2020 a1")  # fmt: skip


def corrections_of_live_tracks():
    scene = Scene()
    live_tracks(scene, 60)
    for number in range(60):
        scene.upload(kind="update", artists=[KNOWN], title=f"{name(number)} (Remastered)", recording_id=f"cat-{number}",
                     isrc=f"GBAAA20{number:05d}")  # fmt: skip
    return scene


def sub_labels_of_a_busy_year():
    """Twelve new labels of one distributor, an album each within days."""
    return sub_labels_apart(ai_probability=0.1)


LEGITIMATE = (
    psalms_of_a_choir,
    lessons_of_a_language_course,
    radio_archive,
    etudes,
    marshes_and_harbours,
    noise_label,
    spots_of_thirty_seconds,
    archive_delivered_by_a_machine,
    reunited_band,
    public_domain_restored_twice,
    label_that_left_its_distributor,
    album_of_covers,
    corrections_of_live_tracks,
    sub_labels_of_a_busy_year,
)


@pytest.mark.parametrize("made", LEGITIMATE, ids=lambda made: made.__name__)
def test_one_sign_alone_stops_nobody(made, tmp_path):
    level, standing = judged(tmp_path, made())
    assert level in ASKED, standing.reasons()
    assert len(standing.cases) <= 1


# Spam -----------------------------------------------------------------------------------------------------------------


def hits_of_the_day():
    scene = Scene()
    scene.refer("chart_titles", names=[name(number) for number in range(60)])
    return scene


def loops_of_a_sleeping_account_that_was_sold():
    scene = Scene()
    scene.account("a1", tier="verified", age_days=1500, prior_tracks=9, daily_history=[0] * 90, payout_hash="p1",
                  device_hash="d1")  # fmt: skip
    scene.change("a1", payout_hash="p2", device_hash="d2")
    for number in range(60):
        scene.upload(artist="Calm Drift Ensemble", title=f"Calm Drift {number + 1}", upc=upc(number // 15),
                     duration_s=62.0 + number % 19, loop=0.93, minutes=12)  # fmt: skip
    return scene


def one_cover_and_one_length():
    scene = Scene()
    scene.account(tier="verified", age_days=25)
    for number in range(40):
        scene.upload(artist=name(number), title=f"Song of {name(number + 40)}", upc=upc(number), artwork_id="one",
                     duration_s=61.0 + number % 5, minutes=60)  # fmt: skip
    return scene


def honest_flood_of_a_new_account():
    scene = Scene()
    scene.account(tier="verified", age_days=12)
    for number in range(240):
        scene.upload(artist=name(number // 10), title=f"{name(number % 119)} {'abc'[number % 3]}x",
                     upc=upc(number // 10), ai_probability=0.96, declared_ai=ALL_AI, minutes=20)  # fmt: skip
    return scene


def sub_labels_apart(ai_probability=0.96):
    """Twelve young sub-labels with payouts and devices of their own, eight tracks each within three days."""
    scene = Scene()
    scene.account("dist", tier="verified", age_days=400, prior_tracks=600, daily_history=[0, 0, 0, 4, 0, 0, 0] * 12)
    for label in range(12):
        scene.account(f"l{label}", tier="verified", age_days=20, daily_history=[0] * 20, parent_account="dist",
                      payout_hash=f"p{label}", device_hash=f"d{label}")  # fmt: skip
    for number in range(96):
        label = number // 8
        scene.upload(f"l{label}", artist=name(label), title=f"Song of {name(number)}", upc=upc(label),
                     duration_s=140.0 + number * 13 % 120, ai_probability=ai_probability, minutes=40)  # fmt: skip
    return scene


def half_of_a_farm_undeclared():
    scene = Scene()
    scene.account(tier="verified", age_days=90, prior_tracks=10)
    voice = NONE | {"VOCALS": "ALL"}
    for number in range(120):
        declared = {"declared_ai": voice} if number % 2 else {}
        scene.upload(artist=name(number // 8), title=f"Song of {name(number % 119)}", upc=upc(number // 8),
                     ai_probability=0.95, minutes=90, **declared)  # fmt: skip
    return scene


def live_recordings_of_others():
    return others_recordings(Scene(), 24, links=[], p_line="2026 Retro Remasters")


def hits_on_one_release_after_the_other():
    scene = hits_of_the_day()
    scene.account(tier="verified", age_days=45)
    for number in range(32):
        scene.upload(artist="Neon Harbor", title=name(number), upc=upc(number // 8), minutes=30)
    return scene


def live_tracks_that_turn_into_a_stars():
    scene = Scene()
    live_tracks(scene, 12)
    for number in range(12):
        scene.upload(kind="update", artists=[{"name": "Drake", "role": "MainArtist", "artist_id": "ar-star"}],
                     title="Hotline", recording_id=f"cat-{number}", isrc=f"GBAAA20{number:05d}")  # fmt: skip
    return scene


def names_of_a_season():
    scene = Scene()
    scene.account(tier="verified", age_days=50)
    for number in range(40):
        artist = ("Christmas Hits", "Top Christmas Songs", "Relaxing Christmas Music", "Christmas Piano")[number // 10]
        scene.upload(artist=artist, title=f"Snow on {name(number)}", upc=upc(number // 10), minutes=40)
    return scene


SPAM = {
    loops_of_a_sleeping_account_that_was_sold: QUEUED,
    one_cover_and_one_length: QUEUED,
    honest_flood_of_a_new_account: QUEUED,
    half_of_a_farm_undeclared: QUEUED,
    live_recordings_of_others: QUEUED,
    hits_on_one_release_after_the_other: QUEUED | {"queue:P2"},
    live_tracks_that_turn_into_a_stars: QUEUED,
    names_of_a_season: QUEUED | {"queue:P2"},
}


@pytest.mark.parametrize("made", SPAM, ids=lambda made: made.__name__)
def test_two_signs_are_caught_in_one_case(made, tmp_path):
    level, standing = judged(tmp_path, made())
    assert level in SPAM[made], standing.reasons()
    assert len(standing.cases) == 1


def test_a_farm_through_sub_labels_shows_under_their_common_parent(tmp_path):
    level, standing = judged(tmp_path, sub_labels_apart())
    assert level in QUEUED, standing.reasons()
    assert "rising-together" in standing.reasons()
    assert "dist" not in standing.by_sender()
