"""Pairs: what is done to both halves alike, and what a decoder does to one."""

import numpy as np
import pytest
import torch

from classifiers.ai.network import RATE_HZ
from classifiers.training.network import sound as way
from classifiers.training.network.decoders import SMALL_DECODERS, griffin_lim
from classifiers.training.network.fit_decoders import fit_decoder, log_spectral_distance_db
from classifiers.training.network.fit_network import on_its_way
from classifiers.training.network.pairs import decoded, through_a_codec
from classifiers.training.network.sources import Sources
from tests.sounds import music


@pytest.fixture(scope="module")
def sources() -> Sources:
    pieces = [music(6.0, seed=seed) for seed in (1, 2)]
    return Sources([torch.from_numpy(piece.mean(axis=1).astype(np.float32)) for piece in pieces], 1)


def test_a_change_of_rate_moves_a_tone_and_keeps_its_level() -> None:
    tone = torch.sin(torch.arange(RATE_HZ) * (2 * torch.pi * 1_000 / RATE_HZ))[None]
    faster = way.played(tone, 1.25)
    assert faster.shape == (1, 25_600)
    assert int(torch.fft.rfft(faster).abs().argmax()) == 1_000
    assert float(way.level(faster)) == pytest.approx(float(way.level(tone)), rel=0.01)


def test_a_phase_vocoder_keeps_the_pitch() -> None:
    tone = torch.sin(torch.arange(2 * RATE_HZ) * (2 * torch.pi * 1_000 / RATE_HZ))[None]
    longer = way.stretched(tone, 0.8)
    assert longer.shape[1] == pytest.approx(2 * RATE_HZ / 0.8, rel=0.03)
    spectrum = torch.fft.rfft(longer[0, 4_000:-4_000]).abs()
    assert float(spectrum.argmax()) / len(spectrum) * RATE_HZ / 2 == pytest.approx(1_000, abs=5)


def test_the_colour_of_a_decoder_is_taken_away() -> None:
    plain = torch.randn(1, RATE_HZ)
    dull = way.filtered(plain, torch.linspace(1, 0.4, 256)[None])
    again = way.matched(dull, plain)
    assert log_spectral_distance_db(again, plain) < 0.5 * log_spectral_distance_db(dull, plain)


@pytest.mark.parametrize("name", list(SMALL_DECODERS))
def test_every_small_decoder_gives_back_a_pair_of_the_same_length(name: str, sources: Sources) -> None:
    decoder, distance_db = fit_decoder(name, sources, steps=2, sounds=2)
    plain, made = decoded(name, decoder, sources.varied(2, RATE_HZ), np.random.default_rng(1))
    assert plain.shape == made.shape == (2, RATE_HZ)
    assert torch.isfinite(made).all()
    assert not torch.allclose(plain, made, atol=1e-3)
    assert distance_db >= 0


def test_training_brings_a_decoder_nearer(sources: Sources) -> None:
    assert fit_decoder("vocos", sources, steps=40, sounds=2)[1] < fit_decoder("vocos", sources, steps=1, sounds=2)[1]


def test_reconstructed_phases_keep_the_magnitudes() -> None:
    sound = torch.from_numpy(music(2.0, seed=3).mean(axis=1).astype(np.float32))[None]
    made = griffin_lim(sound, 1024, 256, 0, 60)
    assert log_spectral_distance_db(made, sound) < 6
    assert float((made - sound).norm() / sound.norm()) > 0.5


def test_both_halves_of_a_pair_meet_the_same_codec_and_the_same_way() -> None:
    dice = np.random.default_rng(0)
    half = music(3.0, seed=4).mean(axis=1)[: 3 * RATE_HZ].astype(np.float32)
    pair = np.stack([half, half])
    for _ in range(8):
        coded = through_a_codec(pair, dice)
        assert coded.shape == pair.shape
        assert np.array_equal(coded[0], coded[1])
        assert np.corrcoef(coded[0], half)[0, 1] > 0.9
    pairs = torch.from_numpy(np.stack([pair, pair]))
    both = on_its_way(pairs, torch.Generator().manual_seed(3), np.random.default_rng(3))
    assert both.shape == (4, 2 * RATE_HZ)
    assert torch.isfinite(both).all()
