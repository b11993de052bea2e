"""What single accounts do not show: the pace of a payout, a device or a ring against its own past."""

from tests.service.simulation.test_variations import Scene, judged, name, upc


def good_sub_labels_on_a_busy_friday():
    scene = Scene()
    scene.account("dist", tier="trusted", age_days=2000, prior_tracks=9000, payout_hash="house", daily_history=[4] * 90)
    for label in range(10):
        scene.account(f"l{label}", tier="unverified", age_days=400, parent_account="dist", payout_hash="house",
                      daily_history=[0] * 90)  # fmt: skip
    for number in range(120):
        scene.upload(f"l{number % 10}", artist=name(number % 10), title=f"Song of {name(number)}", upc=upc(number % 10))
    return scene


def sub_labels_that_share_a_payout():
    """Ten sub-labels, paid as one by their distributor as all of its labels are, each with fifteen generated tracks."""
    scene = Scene()
    scene.account("dist", tier="trusted", age_days=2000, prior_tracks=9000, payout_hash="house", daily_history=[4] * 90)
    for label in range(10):
        scene.account(f"l{label}", tier="unverified", age_days=300, parent_account="dist", payout_hash="house",
                      daily_history=[0] * 90)  # fmt: skip
    for number in range(150):
        scene.upload(f"l{number % 10}", artist=name(number % 30), title=f"Song of {name(number)}", upc=upc(number % 30),
                     ai_probability=0.96)  # fmt: skip
    return scene


def small_steps_of_a_ring():
    """Twelve accounts on one device: three a day each for three weeks, after years of nearly nothing."""
    scene = Scene()
    for account in range(12):
        scene.account(f"a{account}", tier="unverified", age_days=900, device_hash="one", prior_tracks=20,
                      daily_history=[0] * 89 + [1])  # fmt: skip
    for number in range(12 * 40):
        scene.upload(f"a{number % 12}", artist=name(number % 96), title=f"Song of {name(number % 119)} {number % 5}x",
                     upc=upc(number // 12), ai_probability=0.95, minutes=60)  # fmt: skip
    return scene


def test_sub_labels_that_rise_together_and_are_alike_are_looked_at(tmp_path):
    level, standing = judged(tmp_path, sub_labels_that_share_a_payout())
    assert level == "queue:P1"
    assert "rising-together" in standing.reasons()
    assert "dist" not in standing.by_sender()


def test_the_volume_of_others_accuses_nobody(tmp_path):
    level, standing = judged(tmp_path, good_sub_labels_on_a_busy_friday())
    assert level == "none", standing.reasons()


def test_small_steps_of_many_accounts_are_one_rise(tmp_path):
    level, standing = judged(tmp_path, small_steps_of_a_ring())
    assert level in {"queue:P1", "hold:P1"}, standing.reasons()
    assert "low-and-slow" in standing.reasons()
    assert len(standing.cases) == 1
