"""The residual network: what it sees, its file, and how its scores are told."""

from pathlib import Path

import numpy as np
import pytest
import torch

from classifiers.ai.network import RATE_HZ, ResidualNetwork, residual
from classifiers.ai.network_score import BUNDLED, Heard, Network, NetworkError, reached, read_network, write_network
from classifiers.ai.usual import Usual, usual_of
from schemas.ai_model import NetworkManifest

MANIFEST = NetworkManifest(version="test-1", trained_on=["ab"], pairs=8, steps=10, distances_db={}, commit="abc")
USUAL = Usual(np.zeros(128, np.float32), np.eye(128, dtype=np.float32))


@pytest.fixture(scope="module")
def untrained() -> ResidualNetwork:
    torch.manual_seed(0)
    return ResidualNetwork().eval()


@pytest.fixture
def network(untrained: ResidualNetwork, tmp_path: Path) -> Network:
    people = [Heard(score, distance, 6) for score, distance in ((0.5, 1.0), (-1.0, 3.0), (2.0, 0.5))]
    write_network(tmp_path / "network.npz", untrained, MANIFEST, USUAL, people)
    return read_network(tmp_path / "network.npz")


def noise(seconds: float, seed: int = 0) -> torch.Tensor:
    return torch.randn(1, round(seconds * RATE_HZ), generator=torch.Generator().manual_seed(seed))


def test_it_stays_under_a_million_parameters(untrained: ResidualNetwork) -> None:
    assert sum(parameter.numel() for parameter in untrained.parameters()) == 147_553


def test_the_residual_knows_neither_level_nor_broad_colour() -> None:
    sound = noise(1.0)
    dull = torch.fft.irfft(torch.fft.rfft(sound) * torch.linspace(1, 0.3, sound.shape[1] // 2 + 1), n=sound.shape[1])
    plain = residual(sound)
    assert plain.shape == (1, 6, 472, 126)
    assert torch.allclose(residual(sound * 0.01), plain, atol=2e-3)
    assert float((residual(dull)[:, 0] - plain[:, 0]).abs().mean()) < 0.02


def test_phases_of_a_steady_tone_do_not_turn_and_those_of_noise_do() -> None:
    tone = torch.sin(torch.arange(2 * RATE_HZ) * (2 * torch.pi * 3_210.0 / RATE_HZ))[None]
    at = round(3_210.0 / RATE_HZ * 1024) - 8
    assert float(residual(tone)[0, 2, at, 10:-10].mean()) > 0.99
    assert abs(float(residual(noise(2.0))[0, 2, at, 10:-10].mean())) < 0.6


def test_a_file_gives_back_what_was_written(network: Network, untrained: ResidualNetwork) -> None:
    assert network.manifest == MANIFEST
    assert network.people_scores.tolist() == [-1.0, 0.5, 2.0]
    assert network.people_distances.tolist() == [0.5, 1.0, 3.0]
    nobody = np.zeros(0, np.float32)
    stretches = noise(4.0).numpy()
    before = Network(untrained, MANIFEST, "", USUAL, nobody, nobody).hear(stretches)
    after = network.hear(stretches)
    assert before is not None
    assert after is not None
    assert after.score == pytest.approx(before.score, abs=0.02)
    assert after.distance == pytest.approx(before.distance, rel=0.02)


@pytest.mark.parametrize(("score", "chance"), [(-2.0, 1.0), (0.0, 0.75), (1.9, 0.5), (2.1, 0.25)])
def test_the_chance_is_never_less_than_one_in_those_measured(network: Network, score: float, chance: float) -> None:
    assert reached(network.people_scores, score) == chance


def test_level_and_silent_stretches_change_nothing(network: Network) -> None:
    stretches = noise(4.0).numpy()
    said = network.score(stretches)
    assert said is not None
    assert (said.network, said.stretches) == ("test-1", 1)
    quiet = network.score(np.concatenate([stretches * 0.001, np.zeros_like(stretches)]))
    assert quiet is not None
    assert quiet.stretches == 1
    assert quiet.score == pytest.approx(said.score, abs=0.02)
    assert network.score(np.zeros_like(stretches)) is None
    assert network.score(stretches[:0]) is None


def test_without_people_there_is_no_chance(untrained: ResidualNetwork, tmp_path: Path) -> None:
    write_network(tmp_path / "network.npz", untrained, MANIFEST, USUAL)
    said = read_network(tmp_path / "network.npz").score(noise(4.0).numpy())
    assert said is not None
    assert (said.chance, said.unlike) == (None, None)


def test_what_is_usual_lies_near_and_what_is_not_far_away(untrained: ResidualNetwork) -> None:
    stretches = torch.cat([noise(1.0, seed) for seed in range(12)])
    usual = usual_of(untrained, stretches)

    def distance(sound: torch.Tensor) -> float:
        return usual.distance(untrained.embedding(residual(sound)).detach().numpy()[0])

    tone = torch.sin(torch.arange(RATE_HZ) * 0.4)[None]
    assert distance(noise(1.0, 99)) < 0.05 * distance(tone)


def test_what_is_no_network_is_refused_by_name(network: Network, tmp_path: Path) -> None:
    file, broken = tmp_path / "network.npz", tmp_path / "broken.npz"
    whole = file.read_bytes()
    with np.load(file) as arrays:
        other = {name: arrays[name] for name in arrays.files}
    other["weights/head.3.weight"] = np.zeros((2, 64), np.float16)
    for damage in (b"", b"no archive", whole[: len(whole) // 2]):
        broken.write_bytes(damage)
        with pytest.raises(NetworkError, match=r"broken\.npz holds no residual network"):
            read_network(broken)
    np.savez(broken, **other)
    with pytest.raises(NetworkError, match=r"head\.3\.weight"):
        read_network(broken)


def test_the_network_that_comes_along_can_be_read_and_knows_people() -> None:
    bundled = read_network(BUNDLED)
    assert len(bundled.people_scores) == len(bundled.people_distances) >= 50
    assert bundled.manifest.people_from
    assert len(bundled.manifest.trained_on) == 27
