"""Likelihood that a title and an artist's name are of the search-term kind, and why.

The score routes and never convicts: ``Rain`` is also a song by Breaking Benjamin. It was fitted on hand-made tiers of
one genre block of one platform, so it says "breaks the generic-name rule", not "spam". Inference is plain NumPy.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray

from classifiers.spam.features import BUCKETS, DENSE_SIZE, dense, hashed
from classifiers.spam.findings import SEARCH_TERMS_IN_TITLE, find_words, search_terms_in, tuning_count

WEIGHTS = "text_weights.npz"

ROUTES = 0.5
"""From here up the score may send a track to a person, with a second signal."""
NAME_SPEAKS_FROM = -3.0
"""Logit from which an artist's name speaks of its own; 99.5 % of ordinary names stay under it."""
ORDINARY_NAME = 0.02
"""What is left of a title's score under a name that says nothing."""


@dataclass(frozen=True, slots=True)
class TextScore:
    """A calibrated likelihood, 0-1, with reasons in readable words, strongest first."""

    score: float
    reasons: list[str]


@dataclass(frozen=True)
class TextModel:
    """A linear model of one text, and how titles and artists are combined."""

    inverse_frequency: NDArray[np.float32]
    """Inverse document frequency of every bucket, shape ``(BUCKETS,)``."""
    weights: NDArray[np.float32]
    """Shape ``(BUCKETS,)``."""
    dense_weights: NDArray[np.float64]
    """Shape ``(DENSE_SIZE,)``."""
    intercept: float
    title_alone: tuple[float, float]
    """Slope and intercept from the title's logit to a calibrated one, at natural prevalence."""
    together: tuple[float, float, float]
    """Weights of the title's and the artist's logit and the intercept, likewise."""

    def logit(self, text: str) -> float:
        """The linear model's answer for one text, uncalibrated."""
        found = hashed(text)
        buckets = np.fromiter(found.keys(), dtype=np.int64, count=len(found))
        values = np.fromiter(found.values(), dtype=np.float64, count=len(found)) * self.inverse_frequency[buckets]
        length = sqrt(float(values @ values)) or 1.0
        ngrams = float(values @ self.weights[buckets]) / length
        return ngrams + float(dense(text) @ self.dense_weights) + self.intercept

    def probability(self, title: str, artist: str | None) -> float:
        """Calibrated likelihood, 0-1; without an artist by the title alone."""
        title_logit = self.logit(title)
        if not artist or not artist.strip():
            slope, intercept = self.title_alone
            return logistic(slope * title_logit + intercept)
        return self.combine(title_logit, self.logit(artist))

    def combine(self, title_logit: float, artist_logit: float) -> float:
        """Likelihood from both logits. A name that says nothing vouches for the title.

        ``Brown Noise`` is a song by The Acacia Strain and ``White Noise Sweet Dreams`` one by The Wiggles: whatever the
        title says, it comes near :data:`ROUTES` only under a name that is itself worded like a search.
        """
        by_title, by_artist, intercept = self.together
        both = logistic(by_title * title_logit + by_artist * artist_logit + intercept)
        named = logistic(artist_logit - NAME_SPEAKS_FROM)
        return both * (ORDINARY_NAME + (1 - ORDINARY_NAME) * named)

    def save(self, path: str) -> None:
        """Write the model; half precision is enough for the buckets."""
        np.savez_compressed(
            path,
            inverse_frequency=self.inverse_frequency.astype(np.float16),
            weights=self.weights.astype(np.float16),
            dense_weights=self.dense_weights,
            scalars=np.array([self.intercept, *self.title_alone, *self.together]),
        )


def logistic(logit: float) -> float:
    """From a logit to a probability."""
    return 1 / (1 + exp(-max(-40.0, min(40.0, logit))))


@lru_cache(maxsize=1)
def text_model() -> TextModel:
    """The model that comes with Earmark. Raises :class:`ValueError` where its shapes are not those of this code."""
    with resources.as_file(resources.files("classifiers.spam").joinpath(WEIGHTS)) as path, np.load(path) as stored:
        scalars = stored["scalars"]
        model = TextModel(
            inverse_frequency=stored["inverse_frequency"].astype(np.float32),
            weights=stored["weights"].astype(np.float32),
            dense_weights=stored["dense_weights"],
            intercept=float(scalars[0]),
            title_alone=(float(scalars[1]), float(scalars[2])),
            together=(float(scalars[3]), float(scalars[4]), float(scalars[5])),
        )
    if model.weights.shape != (BUCKETS,) or model.dense_weights.shape != (DENSE_SIZE,):
        raise ValueError(f"{WEIGHTS} was fitted with other features; fit it again")
    return model


def likelihood(title: str, artist: str | None = None) -> float:
    """The score alone, as :func:`score_text` gives it."""
    model = text_model()
    if not artist or not artist.strip():
        return model.probability(title, None)
    return model.combine(model.logit(title), _name_logit(artist))


@lru_cache(maxsize=65_536)
def _name_logit(artist: str) -> float:
    return text_model().logit(artist)


@lru_cache(maxsize=65_536)
def score_text(title: str, artist: str | None = None) -> TextScore:
    """Score one title with its artist's name, or alone."""
    found = find_words(title, artist or "")
    reasons = []
    if found.search_terms >= SEARCH_TERMS_IN_TITLE:
        reasons.append("search terms in the title: " + ", ".join(sorted(search_terms_in(title))[:6]))
    if artist and found.generic_artist:
        reasons.append("generic artist name")
    if found.medical_claim:
        reasons.append("promises to cure or treat")
    if tuning_count(title):
        reasons.append("names a tuning frequency")
    score = likelihood(title, artist)
    if score >= ROUTES and not reasons:
        reasons.append("worded as functional audio")
    return TextScore(round(score, 6), reasons)
