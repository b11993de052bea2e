"""Spam written down from the field's reports before the rules were tried on it: twenty behaviours."""

import pytest

from tests.service.simulation.test_variations import NONE, Scene, judged, name, upc

DAY = 60 * 24
HIDDEN = {"ai_probability": 0.96, "declared_ai": NONE}
QUEUED = {"queue:P1", "queue:P2", "hold:P1", "hold:P0"}
HIT = {"artist": "Drake", "artist_id": "ar-star", "owner": "Northgate Records"}
HELD = {"hold:P1", "hold:P0", "block:P1", "block:P0"}


def bad_sub_label_of_a_large_distributor():
    """Four hundred generated tracks by a sub-label, on a day on which its distributor delivers as always."""
    scene = Scene()
    scene.account("dist", tier="trusted", age_days=3000, prior_tracks=90000, confirmed_ok=900, daily_history=[300] * 90)
    scene.account("sub", tier="unverified", age_days=20, parent_account="dist", daily_history=[0] * 20)
    for number in range(500):
        if number % 5:
            scene.upload(
                "sub",
                artist=name(number % 100),
                title=f"{name(number % 119)} {number}",
                upc=upc(number // 10),
                **HIDDEN,
            )
        else:
            scene.upload("dist", artist=name(number % 90), upc=upc(1000 + number))
    return scene


def leaked_album():
    scene = Scene()
    for number in range(9):
        scene.refer(
            "protected_recording",
            **(HIT | {"id": f"rec-next-{number}", "title": f"Next {number}", "isrc": f"USUM726000{number:02d}"}),
            release_date="2026-12-20",
        )
    scene.account(tier="unverified", age_days=5)
    for number in range(9):
        scene.upload(
            artist="D. Leaks",
            title=f"unreleased {number}",
            fingerprint_match_of=f"rec-next-{number}",
            overlap=0.93,
            speed_ratio=1.02,
            pitch_cents=34,
            upc=upc(2),
        )
    return scene


def one_cloned_voice():
    scene = Scene()
    scene.account(tier="unverified", age_days=9)
    scene.upload(
        artist="Ghostwriter 9",
        title="Heart in Chains",
        ai_probability=0.98,
        ai_vocal_probability=0.99,
        voice_match="ar-star",
        voice_similarity=0.93,
    )
    return scene


def catalogue_copied_at_another_speed():
    """Known songs of sixty small artists, a little faster, under new names: no registered owner, only the catalogue."""
    scene = Scene()
    scene.account("owner", tier="trusted", age_days=2000, prior_tracks=9000)
    for number in range(60):
        known = {"title": f"Old {number}", "artist": name(number), "isrc": f"SEAAA19{number:05d}", "duration_s": 200}
        scene.refer("catalogue_recording", id=f"cat-{number}", account="owner", **known)
    scene.account("a1", tier="unverified", age_days=40)
    for number in range(60):
        scene.upload(
            artist=f"{name(119 - number)} Sound",
            title=f"Night {name(number)}",
            upc=upc(number // 6),
            fingerprint_match_of=f"cat-{number}",
            overlap=0.97,
            speed_ratio=1.04,
            pitch_cents=60,
        )
    return scene


def copied_by_the_ring():
    """Six accounts that share nothing but recordings: each delivers the same twelve songs under its own names."""
    scene = Scene()
    for account in range(6):
        scene.account(f"a{account}", tier="unverified", age_days=30 + account)
    for number in range(72):
        song, account = number % 12, number // 12
        scene.upload(
            f"a{account}",
            artist=name(number),
            title=f"{name(song)} {account}",
            recording_id=f"song {song}",
            isrc=f"QZ{account:03d}26{number:05d}",
            minutes=90,
        )
    return scene


def pseudonyms_on_one_payout():
    """Four hundred names on one payout, generated and not declared, from a verified account of some months."""
    scene = Scene()
    scene.account(tier="verified", age_days=200, payout_hash="p1", prior_tracks=300, daily_history=[2] * 90)
    for number in range(280):
        scene.upload(
            artist=f"{name(number % 120)} {'ABC'[number // 120]}",
            title=f"{name(number * 7 % 119)} {number}",
            minutes=20,
            upc=upc(number // 4),
            ai_probability=0.93,
        )
    return scene


def sleeper_that_wakes():
    """Two years of nothing, then new payout and device and three hundred noise tracks."""
    scene = Scene()
    scene.account(
        tier="verified",
        age_days=900,
        prior_tracks=60,
        confirmed_ok=10,
        daily_history=[0] * 90,
        payout_hash="p1",
        device_hash="d1",
    )
    scene.change("a1", payout_hash="p2", device_hash="d2")
    for number in range(300):
        scene.upload(
            artist="Calm Rooms", title=f"Brown Noise {number + 1}", noise=0.85, duration_s=121.0 + number % 3, minutes=3
        )
    return scene


def rain_in_spanish():
    scene = Scene()
    scene.account(tier="unverified", age_days=25)
    for number in range(60):
        what = ("Lluvia", "Sonido de Lluvia", "Tormenta", "Ruido Blanco")[number % 4]
        title = f"{what} para Dormir {('Profundo', 'Bebé', 'y Relajar', 'Toda la Noche')[number // 4 % 4]} {number}"
        sound = {"noise": 0.7, "duration_s": 150.0 + number % 30}
        scene.upload(artist="Lluvia Relajante", title=title, minutes=10, upc=upc(number // 10), **sound)
    return scene


def rain_in_german():
    scene = Scene()
    scene.account(tier="unverified", age_days=25)
    for number in range(60):
        what = ("Regen", "Meeresrauschen", "Gewitter", "Weißes Rauschen")[number % 4]
        title = f"{what} zum {('Schlafen', 'Entspannen', 'Einschlafen', 'Lernen')[number // 4 % 4]} {number}"
        sound = {"noise": 0.3, "duration_s": 150.0 + number % 30}
        scene.upload(artist="Naturgeräusche", title=title, minutes=10, upc=upc(number // 10), **sound)
    return scene


def slowed_versions_of_hits():
    """Commercial recordings, slowed and with reverb, under the stars' own names, by an account of a week."""
    scene = Scene()
    for number in range(20):
        hit = HIT | {"id": f"hit-{number}", "title": f"Hit {number}", "isrc": f"USUM720000{number:02d}"}
        scene.refer("protected_recording", **hit)
    scene.account(tier="unverified", age_days=7)
    for number in range(20):
        scene.upload(
            artist="slowed.tapes",
            title=f"Hit {number} (slowed + reverb)",
            fingerprint_match_of=f"hit-{number}",
            overlap=0.98,
            speed_ratio=0.85,
            pitch_cents=-281,
            minutes=30,
        )
    return scene


def franchise_and_game_names():
    scene = Scene()
    scene.refer("brand_terms", names=["Pocket Dragons", "Star Harbour", "Blockville"])
    scene.account(tier="unverified", age_days=60)
    for number in range(40):
        brand = ("Pocket Dragons", "Star Harbour", "Blockville")[number % 3]
        scene.upload(
            artist=("Blockville Theme", "Video Game Masters")[number % 2],
            title=f"{brand} Theme {number}",
            minutes=15,
            upc=upc(number // 4),
        )
    return scene


def swapped_after_acceptance():
    """Accepted under unknown names, then renamed after stars."""
    scene = Scene()
    for number, star in enumerate(("Adele", "Rosalía", "Coldplay", "Eminem", "Shakira")):
        scene.refer("protected_artist", id=f"ar-{number}", name=star)
    scene.account(tier="unverified", age_days=80)
    lines = [scene.upload(artist=name(number), title=f"Draft {name(number)}", upc=upc(number)) for number in range(10)]
    for number, line in enumerate(lines):
        star = ("Adele", "Rosalía", "Coldplay", "Eminem", "Shakira")[number % 5]
        scene.upload(
            kind="update",
            minutes=600,
            title="New Single",
            artists=[{"name": star, "role": "MainArtist", "artist_id": f"ar-{number % 5}"}],
            isrc=line["track"]["isrc"],
            upc=line["release"]["upc"],
            recording_id=line["evidence"]["recording_id"],
        )
    return scene


def isrcs_of_a_known_registrant():
    scene = Scene()
    scene.refer("isrc_registrant", prefix="GBAYE", owner="Old Castle Recordings")
    scene.account(tier="verified", age_days=70, isrc_registrants=["QZT01"])
    for number in range(45):
        scene.upload(
            artist=name(number % 20), title=f"{name(number)}", isrc=f"GBAYE26{number:05d}", upc=upc(number // 9)
        )
    return scene


def small_farm_of_young_accounts_on_one_device():
    """Eight accounts of a fortnight, one device, each with nine tracks of noise on nine names."""
    scene = Scene()
    for account in range(8):
        scene.account(
            f"a{account}",
            tier="unverified",
            age_days=8 + account,
            device_hash="d1",
            payout_hash=f"p{account}",
            ip=f"198.18.{account}.7",
        )
    for number in range(72):
        scene.upload(
            f"a{number % 8}",
            artist=f"Deep Noise {number}",
            title=f"Fan Noise {number}",
            noise=0.8,
            duration_s=180.0 + number % 60,
            minutes=40,
        )
    return scene


def generated_but_the_detector_is_unsure():
    """Likelihood between the bands: only numbering, evenness and volume give it away."""
    scene = Scene()
    scene.account(tier="unverified", age_days=20)
    for number in range(500):
        scene.upload(
            artist=f"Lofi Dreamer {number % 50 + 1}",
            title=f"Lofi Beat {number + 1}",
            ai_probability=0.62 + number % 15 / 100,
            duration_s=125.0 + number % 4,
            minutes=25,
            upc=upc(number // 10),
        )
    return scene


def thirty_second_songs():
    """Real short songs, all of 31 seconds, numbered, under one name: no noise, no loop."""
    scene = Scene()
    scene.account(tier="unverified", age_days=50)
    for number in range(100):
        scene.upload(
            artist="Micro Beats",
            title=f"Micro Beat {number + 1}",
            duration_s=31.0 + number % 2,
            upc=upc(number // 25),
            minutes=4,
        )
    return scene


def thirty_second_songs_with_titles():
    """As above with a title for each: only the length is alike."""
    scene = Scene()
    scene.account(tier="unverified", age_days=20)
    for number in range(300):
        scene.upload(
            artist=name(number % 7),
            title=f"{name(number % 119)} {number % 3}",
            duration_s=31.0 + number % 3,
            upc=upc(number // 30),
            minutes=4,
        )
    return scene


def withdrawn_and_back_under_new_names():
    """What was rejected before comes back: another ISRC, another artist, months after the first was taken back."""
    scene = Scene()
    scene.account(tier="unverified", age_days=150)
    for number in range(12):
        line = scene.upload(
            artist="First Name",
            title=f"{name(number)}",
            recording_id=f"same {number}",
            isrc=f"QZT0126001{number:02d}",
            upc=upc(1),
        )
        scene.upload(kind="takedown", isrc=line["track"]["isrc"], upc=upc(1))
        scene.events[-1]["evidence"] = None
    for number in range(12):
        scene.upload(
            artist="Second Name",
            title=f"{name(number)} II",
            recording_id=f"same {number}",
            isrc=f"QZT0126002{number:02d}",
            upc=upc(2),
            minutes=600,
        )
    return scene


def stars_of_one_letter_more():
    """Names one letter from stars, human sound, own titles, but one account uses six of them."""
    scene = Scene()
    stars = ("Kendrick Lamar", "Ariana Grande", "Justin Bieber", "Lady Gaga", "Rihanna", "Billie Eilish")
    for number, star in enumerate(stars):
        scene.refer("protected_artist", id=f"ar-s{number}", name=star)
    scene.account(tier="unverified", age_days=45)
    for number in range(24):
        spoof = ("Kendrik Lamar", "Arianna Grande", "Justin Biber", "Lady Gagga", "Rihana", "Billie Eillish")[
            number % 6
        ]
        scene.upload(artist=spoof, title=f"{name(number)}", upc=upc(number % 6), minutes=30)
    return scene


def hypnosis_and_cures():
    scene = Scene()
    scene.account(tier="unverified", age_days=100)
    for number in range(50):
        claim = ("Cure Anxiety", "Heal Cancer Frequency", "Treat Depression", "Pain Relief Therapy", "Cure Insomnia")[
            number % 5
        ]
        scene.upload(
            artist="Solfeggio Clinic",
            title=f"{claim} {396 + number} Hz",
            loop=0.99,
            duration_s=600.0,
            minutes=20,
            upc=upc(number // 10),
        )
    return scene


SPAM = {
    bad_sub_label_of_a_large_distributor: QUEUED,
    leaked_album: HELD,
    one_cloned_voice: HELD | {"queue:P0", "queue:P1"},
    catalogue_copied_at_another_speed: QUEUED,
    copied_by_the_ring: QUEUED,
    pseudonyms_on_one_payout: QUEUED,
    sleeper_that_wakes: HELD | {"queue:P0"},
    rain_in_spanish: QUEUED,
    rain_in_german: QUEUED,
    slowed_versions_of_hits: HELD,
    franchise_and_game_names: QUEUED,
    swapped_after_acceptance: QUEUED | {"queue:P0"},
    isrcs_of_a_known_registrant: QUEUED,
    small_farm_of_young_accounts_on_one_device: QUEUED,
    generated_but_the_detector_is_unsure: QUEUED,
    thirty_second_songs: QUEUED,
    thirty_second_songs_with_titles: QUEUED,
    withdrawn_and_back_under_new_names: QUEUED,
    stars_of_one_letter_more: QUEUED | {"queue:P0"},
    hypnosis_and_cures: QUEUED,
}


@pytest.mark.parametrize("made", SPAM, ids=lambda made: made.__name__)
def test_spam_is_caught_in_one_case(made, tmp_path):
    level, standing = judged(tmp_path, made())
    assert level in SPAM[made], standing.reasons()
    assert len(standing.cases) == 1
    assert "hold" not in standing.by_sender().get("dist", "") and "queue" not in standing.by_sender().get("dist", "")
