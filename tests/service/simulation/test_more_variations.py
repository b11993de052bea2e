"""More variations: further behaviours of both kinds, none of them told to the rules by name."""

import pytest

from tests.service.simulation.test_variations import ALL_AI, NONE, Scene, judged, name, upc

DAY = 60 * 24
RAIN = [12.0 - 0.9 * band for band in range(27)]

# Legitimate -----------------------------------------------------------------------------------------------------------


def label_that_moves_its_catalogue():
    scene = Scene()
    scene.account(tier="verified", age_days=2, prior_tracks=0)
    for number in range(400):
        artists = name(number % 40)
        scene.upload(artist=artists, title=f"Song of {name(number % 117)} {number % 3}x", upc=upc(number // 11))
    return scene


def artist_called_rain():
    scene = Scene()
    scene.account(tier="unverified", age_days=40)
    for number in range(11):
        scene.upload(artist="Rain", title=f"{name(number)} at Home", upc=upc(3))
    return scene


def hymns_by_a_choir():
    scene = Scene()
    scene.account(tier="verified", age_days=500)
    for number in range(120):
        scene.upload(artist="St Brendan Singers", title=f"Hymn {number + 1}", upc=upc(number // 40), minutes=3)
    return scene


def effects_of_a_known_library():
    scene = Scene()
    scene.account(tier="trusted", age_days=2000, prior_tracks=20000, confirmed_ok=300, daily_history=[40] * 90)
    for number in range(90):
        scene.upload(artist="Foley House", title=f"Door {number + 1}", duration_s=4.0 + number % 20, noise=0.4)
    return scene


def honest_white_noise_of_a_known_label():
    scene = Scene()
    scene.account(
        tier="trusted",
        age_days=1500,
        prior_tracks=900,
        confirmed_ok=60,
        daily_history=[1] * 90,
        contracts=["ai_functional_music"],
    )
    for number in range(14):
        scene.upload(
            artist="Hush Harbour",
            title=f"White Noise for {name(number)}",
            noise=0.9,
            duration_s=600.0 + number,
            declared_ai=ALL_AI,
            minutes=DAY,
        )
    return scene


def live_album_without_gaps():
    scene = Scene()
    scene.account(tier="unverified", age_days=30)
    for number in range(16):
        sound = [level + 4 * ((number * band) % 3) for band, level in enumerate(RAIN)]
        scene.upload(
            title=f"{name(number)} (Live)",
            artist="The Attic Tapes",
            upc=upc(4),
            duration_s=150.0 + 37 * (number % 7),
            spectrum_db=sound,
            head_db=-1.0,
            tail_db=-2.0,
        )
    return scene


def audiobook_by_a_publisher():
    scene = Scene()
    scene.account(tier="verified", age_days=900, prior_tracks=3000, confirmed_ok=40, daily_history=[5] * 90)
    for number in range(60):
        scene.upload(
            title=f"Chapter {number + 1}",
            artist="Mara Quill",
            upc=upc(4),
            speech=0.95,
            duration_s=170.0 + number % 20,
            spectrum_db=RAIN,
            head_db=-3.0,
            tail_db=-3.0,
        )
    return scene


def friday_of_a_distributor():
    scene = Scene()
    scene.account(
        tier="trusted",
        age_days=2500,
        prior_tracks=90000,
        confirmed_ok=900,
        daily_history=[30, 30, 30, 30, 240, 5, 5] * 12,
    )
    for number in range(260):
        scene.upload(artist=name(number % 110), title=f"Song of {name(number % 119)}", upc=upc(number // 2))
    return scene


def remaster_by_the_owner():
    scene = Scene()
    scene.account(tier="verified", age_days=1000, prior_tracks=200)
    for number in range(12):
        scene.upload(title=f"{name(number)}", artist="Lena Brandt", recording_id=f"old {number}", upc=upc(4))
    for number in range(12):
        scene.upload(
            title=f"{name(number)} (2026 Remaster)", artist="Lena Brandt", recording_id=f"old {number}", upc=upc(5)
        )
    return scene


def tribute_band():
    scene = Scene()
    scene.account(tier="unverified", age_days=70)
    for number in range(12):
        artists = [{"name": "The Drake Tribute Band", "role": "MainArtist"}, {"name": "Drake", "role": "Composer"}]
        scene.upload(artists=artists, title=f"{name(number)} (Tribute to Drake)", upc=upc(4))
    return scene


def christmas_bulk():
    scene = Scene()
    scene.account(tier="verified", age_days=700, prior_tracks=400, daily_history=[1] * 90)
    for number in range(80):
        scene.upload(artist=name(number % 8), title=f"Silent Night for {name(number)}", upc=upc(number // 10))
    return scene


def grindcore_record():
    scene = Scene()
    scene.account(tier="unverified", age_days=15)
    for number in range(28):
        scene.upload(
            artist="Rotten Kitchen", title=f"{name(number)}!", duration_s=6.0 + number % 50, noise=0.45, upc=upc(4)
        )
    return scene


LEGITIMATE = {
    label_that_moves_its_catalogue: {"none", "queue:P3"},
    artist_called_rain: {"none"},
    hymns_by_a_choir: {"none", "queue:P3"},
    effects_of_a_known_library: {"none", "label"},
    honest_white_noise_of_a_known_label: {"label", "none"},
    live_album_without_gaps: {"none"},
    audiobook_by_a_publisher: {"none", "queue:P3"},
    friday_of_a_distributor: {"none", "queue:P3"},
    remaster_by_the_owner: {"none", "label"},
    tribute_band: {"none"},
    christmas_bulk: {"none", "queue:P3"},
    grindcore_record: {"none"},
}


@pytest.mark.parametrize("made", LEGITIMATE, ids=lambda made: made.__name__)
def test_who_only_looks_like_spam_is_not_stopped(made, tmp_path):
    level, standing = judged(tmp_path, made())
    assert level in LEGITIMATE[made], standing.reasons()


# Spam -----------------------------------------------------------------------------------------------------------------


def contiguous_slices():
    scene = Scene()
    scene.account(tier="unverified", age_days=60)
    for number in range(20):
        sound = [level + 0.1 * (number * band % 5) for band, level in enumerate(RAIN)]
        scene.upload(
            artist="Evening Roof",
            title=f"{name(number)}",
            upc=upc(4),
            duration_s=31.0,
            noise=0.45,
            spectrum_db=sound,
            head_db=-1.0,
            tail_db=-1.0,
        )
    return scene


def clones_that_drip_slowly():
    scene = Scene()
    scene.account("victim", age_days=800)
    scene.account("a1", tier="unverified", age_days=90)
    for number in range(12):
        scene.upload("victim", recording_id=f"song {number}", artist=name(number), title=f"Song of {name(number)}")
    for number in range(12):
        scene.upload(
            "a1", recording_id=f"song {number}", artist=name(number + 50), title=f"Air of {name(number)}", minutes=DAY
        )
    return scene


def aged_account_taken_over():
    scene = Scene()
    scene.account(
        tier="verified",
        age_days=3000,
        payout_hash="p",
        device_hash="d",
        artist_links=["ar-own"],
        prior_tracks=500,
        confirmed_ok=60,
        daily_history=[0] * 90,
    )
    scene.change("a1", payout_hash="p9", device_hash="d9")
    for number in range(40):
        scene.upload(artist="Soft Engine", title=f"Rain Sleep {number}", noise=0.8, duration_s=32.0)
    return scene


def forty_accounts_with_one_payout():
    scene = Scene()
    for number in range(40):
        scene.account(f"a{number}", tier="unverified", age_days=5, payout_hash="one", device_hash=f"d{number}")
    for number in range(120):
        scene.upload(f"a{number % 40}", artist=name(number % 40), ai_probability=0.93, minutes=10)
    return scene


def isrcs_of_others():
    scene = Scene()
    scene.account("victim", age_days=800)
    scene.account("a1", tier="unverified", age_days=20)
    for number in range(12):
        scene.upload("victim", isrc=f"QZT0125{number:05d}", artist="Lena Brandt")
    for number in range(12):
        scene.upload("a1", isrc=f"QZT0125{number:05d}", artist=name(number))
    return scene


def sped_up_versions_of_one_song():
    scene = Scene()
    scene.account("victim", age_days=800)
    scene.upload("victim", recording_id="hit", artist="Lena Brandt", title="Harbour")
    scene.account("a1", tier="unverified", age_days=30)
    for number in range(14):
        scene.upload(
            "a1",
            recording_id="hit",
            artist=name(number),
            title=f"Harbour {name(number)}",
            fingerprint_match_of="hit",
            overlap=0.97,
            speed_ratio=1.05 + number / 100,
        )
    return scene


def audiobook_slop():
    scene = Scene()
    scene.account(tier="unverified", age_days=10)
    for number in range(90):
        scene.upload(
            artist="Classic Reader",
            title=f"Old Tale, Pt. {number + 1}",
            speech=0.97,
            duration_s=31.5,
            ai_probability=0.9,
        )
    return scene


def one_account_with_many_artists():
    scene = Scene()
    scene.account(tier="unverified", age_days=25)
    for number in range(110):
        scene.upload(artist=name(number), title=f"Song of {name(number)}", ai_probability=0.94, minutes=30)
    return scene


def famous_guests():
    scene = Scene()
    for star in range(8):
        scene.references.append(
            {"type": "reference", "kind": "protected_artist", "id": f"ar-{star}", "name": f"Famous {name(star)}"}
        )
    scene.account(tier="unverified", age_days=25)
    for number in range(24):
        artists = [{"name": name(60), "role": "MainArtist"}]
        artists += [{"name": f"Famous {name((number + k) % 8)}", "role": "FeaturedArtist"} for k in range(3)]
        scene.upload(artists=artists, title=f"Song of {name(number)}")
    return scene


def silence_as_tracks():
    scene = Scene()
    scene.account(tier="unverified", age_days=25)
    for number in range(12):
        scene.upload(artist="Quiet Union", title=f"{name(number)}", silence_ratio=1.0, duration_s=33.0, noise=0.0)
    return scene


def chart_title_lookalikes():
    scene = Scene()
    titles = [f"{name(n)} Tonight" for n in range(30)]
    scene.references.append({"type": "reference", "kind": "chart_titles", "names": titles})
    scene.account(tier="unverified", age_days=18)
    for number, title in enumerate(titles):
        scene.upload(title=title, artist=name(60 + number % 12), ai_probability=0.92)
    return scene


def generated_and_denied_around_the_clock():
    scene = Scene()
    scene.account(tier="verified", age_days=130, daily_history=[0] * 90)
    for number in range(7 * 48):
        scene.upload(
            artist=name(number % 5),
            title=f"Song of {name(number % 119)}",
            ai_probability=0.95,
            declared_ai=NONE,
            minutes=30,
        )
    return scene


SPAM = {
    contiguous_slices: {"queue:P1", "queue:P2", "hold:P1"},
    clones_that_drip_slowly: {"queue:P1", "queue:P2", "hold:P1"},
    aged_account_taken_over: {"hold:P0", "queue:P0", "queue:P1"},
    forty_accounts_with_one_payout: {"hold:P0", "hold:P1"},
    isrcs_of_others: {"queue:P1", "queue:P2"},
    sped_up_versions_of_one_song: {"hold:P1", "queue:P1"},
    audiobook_slop: {"hold:P1", "queue:P1"},
    one_account_with_many_artists: {"hold:P1", "queue:P1"},
    famous_guests: {"queue:P1", "queue:P2", "hold:P1"},
    silence_as_tracks: {"queue:P1", "queue:P2", "hold:P1"},
    chart_title_lookalikes: {"queue:P1", "queue:P2", "hold:P1"},
    generated_and_denied_around_the_clock: {"hold:P1", "queue:P1"},
}


@pytest.mark.parametrize("made", SPAM, ids=lambda made: made.__name__)
def test_spam_is_caught_in_one_case(made, tmp_path):
    level, standing = judged(tmp_path, made())
    assert level in SPAM[made], standing.reasons()
    assert len(standing.cases) == 1
