"""Fit and measure the text classifier: ``python -m classifiers.training.text CATALOGUE_FOLDER [--save]``.

Reads ``titles.csv`` (columns ``track_name``, ``artist``) and ``sleep_tiers.csv`` (``tier``: A generic artist name and
B branded noise are positive; C is unlabelled and left out; D and everything else is negative). Artists are kept apart
between folds: rows that share any artist are in one fold. Nothing of the rows is kept in the model but hashed weights.
"""

import argparse
import csv
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.spam.features import BUCKETS, dense, hashed
from classifiers.spam.measures import measured
from classifiers.spam.text import WEIGHTS, TextModel

FOLDS = 5
STRENGTH = 10.0
"""Inverse strength of the L2 penalty."""
DENSE_SCALE = 3.0
"""Dense features count more than their range of 0 to 1 would give them under the penalty."""

FALSE_FRIENDS = (
    ("Rain", "Breaking Benjamin"),
    ("Rain", "Bicep"),
    ("Rain", "Creed"),
    ("Thunderstorm", "Boris Brejcha"),
    ("Relax", "Frankie Goes To Hollywood"),
    ("Brown Noise", "The Acacia Strain"),
    ("White Noise Sweet Dreams", "The Wiggles"),
    ("Diary", "The Sleep Diaries"),
    ("Car Underwater", "Armor For Sleep"),
    ("Killing Me To Love You", "Vancouver Sleep Clinic"),
    ("Goodness Of God", "Bethel Music"),
    ("Exit", "Rotten Sound"),
    ("Saturn", "Sleeping At Last"),
    ("Hey There Delilah", "Plain White T's"),
)
"""Real songs and artists that keyword models flag. They are measured, never trained on."""


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    artist: str
    positive: bool
    fold: int


def read_rows(folder: Path) -> list[Row]:
    """Labelled rows, each title of an artist once, with the fold of its artists."""
    with (folder / "sleep_tiers.csv").open(encoding="utf-8", newline="") as file:
        tiers = {(row["track_name"], row["artist"]): row["tier"][0] for row in csv.DictReader(file)}
    with (folder / "titles.csv").open(encoding="utf-8", newline="") as file:
        pairs = list(dict.fromkeys((row["track_name"], row["artist"]) for row in csv.DictReader(file)))
    parties = _Parties()
    for _, artist in pairs:
        parties.join([name.strip().casefold() for name in artist.split(";")])
    rows, seen = [], set()
    for title, artist in pairs:
        tier = tiers.get((title, artist))
        key = (title.casefold(), artist.casefold())
        if tier == "C" or key in seen:
            continue
        seen.add(key)
        party = parties.of(artist.split(";")[0].strip().casefold())
        rows.append(Row(title, artist, tier in ("A", "B"), zlib.crc32(party.encode()) % FOLDS))
    return rows


class _Parties:
    """Artists that ever share a credit, as one."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def of(self, name: str) -> str:
        while self._parent.setdefault(name, name) != name:
            name = self._parent[name]
        return name

    def join(self, names: list[str]) -> None:
        for name in names[1:]:
            self._parent[self.of(name)] = self.of(names[0])


class _Features:
    """Sparse and dense features of texts, each text once."""

    def __init__(self, texts: list[str]) -> None:
        from scipy import sparse

        pointers, buckets, values = [0], list[int](), list[float]()
        for text in texts:
            found = hashed(text)
            buckets += found.keys()
            values += found.values()
            pointers.append(len(buckets))
        self.ngrams = sparse.csr_matrix((values, buckets, pointers), shape=(len(texts), BUCKETS))
        self.dense = np.array([dense(text) for text in texts])


def _stack(ngrams: Any, plain: NDArray[np.float64], inverse_frequency: NDArray[np.float64]) -> Any:
    from scipy import sparse

    weighted = ngrams @ sparse.diags(inverse_frequency)
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    length[length == 0] = 1
    return sparse.hstack([sparse.diags(1 / length) @ weighted, plain * DENSE_SCALE]).tocsr()


def _fit(ngrams: Any, plain: NDArray[np.float64], labels: NDArray[np.bool_]) -> tuple[Any, NDArray[np.float64]]:
    from sklearn.linear_model import LogisticRegression

    frequency = np.asarray((ngrams > 0).sum(axis=0)).ravel()
    inverse = np.log((1 + ngrams.shape[0]) / (1 + frequency)) + 1
    model = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=300)
    return model.fit(_stack(ngrams, plain, inverse), labels), inverse


def fit(rows: list[Row]) -> tuple[TextModel, NDArray[np.float64], NDArray[np.float64]]:
    """The model on all rows, and the out-of-fold logits of titles and artists.

    Names of artists are texts of the same kind and are trained on beside the titles, each once.
    """
    from scipy import sparse

    titles, artists = _Features([row.title for row in rows]), _Features([row.artist for row in rows])
    labels = np.array([row.positive for row in rows])
    folds = np.array([row.fold for row in rows])
    once = np.array(list({row.artist: place for place, row in enumerate(rows)}.values()))
    title_logits, artist_logits = np.zeros(len(rows)), np.zeros(len(rows))

    def train(where: NDArray[np.bool_]) -> tuple[Any, NDArray[np.float64]]:
        names = once[where[once]]
        return _fit(
            sparse.vstack([titles.ngrams[where], artists.ngrams[names]]).tocsr(),
            np.vstack([titles.dense[where], artists.dense[names]]),
            np.concatenate([labels[where], labels[names]]),
        )

    for fold in range(FOLDS):
        inside = folds == fold
        linear, inverse = train(~inside)
        for texts, out in ((titles, title_logits), (artists, artist_logits)):
            out[inside] = linear.decision_function(_stack(texts.ngrams[inside], texts.dense[inside], inverse))
    linear, inverse = train(np.ones(len(rows), dtype=bool))
    weights = linear.coef_.ravel()
    model = TextModel(
        inverse_frequency=inverse.astype(np.float32),
        weights=weights[:BUCKETS].astype(np.float32),
        dense_weights=weights[BUCKETS:] * DENSE_SCALE,
        intercept=float(linear.intercept_[0]),
        title_alone=_platt(title_logits, labels),
        together=_combine(title_logits, artist_logits, labels),
    )
    return model, title_logits, artist_logits


def _platt(logits: NDArray[np.float64], labels: NDArray[np.bool_]) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=1e6).fit(logits.reshape(-1, 1), labels)
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def _combine(
    titles: NDArray[np.float64], artists: NDArray[np.float64], labels: NDArray[np.bool_]
) -> tuple[float, float, float]:
    from sklearn.linear_model import LogisticRegression

    plane = LogisticRegression(C=1e6).fit(np.column_stack([titles, artists]), labels)
    return float(plane.coef_[0, 0]), float(plane.coef_[0, 1]), float(plane.intercept_[0])


def wilson(hits: int, total: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    if not total:
        return 0.0, 1.0
    share, z = hits / total, 1.96
    centre = share + z * z / (2 * total)
    half = z * float(np.sqrt(share * (1 - share) / total + z * z / (4 * total * total)))
    return (centre - half) / (1 + z * z / total), (centre + half) / (1 + z * z / total)


def report(rows: list[Row], model: TextModel, titles: NDArray[np.float64], artists: NDArray[np.float64]) -> None:
    labels = np.array([row.positive for row in rows])
    together = np.array([model.combine(*pair) for pair in zip(titles.tolist(), artists.tolist(), strict=True)])
    names = {row.artist for row in rows if row.positive}
    print(f"{len(rows)} rows, {labels.sum()} positive under {len(names)} names")
    labelled = [(row.title, row.artist, row.positive, "") for row in rows]
    for name, logits in (("titles alone", titles), ("titles and artists", together)):
        figures = measured(labelled, logits.tolist())
        shares = ", ".join(f"{recall:.1%} at {float(rate):.2%}" for rate, recall in figures["recall"].items())
        hits = int(figures["recall"]["0.001"] * labels.sum() + 0.5)
        low, high = wilson(hits, int(labels.sum()))
        print(f"{name}: average precision {figures['average_precision']:.3f}; recall {shares} false positives")
        print(f"  recall at 0.1 % between {low:.1%} and {high:.1%}")
        by_language = figures["by_language"].items()
        print("  by language: " + ", ".join(f"{key} {hit}/{of}" for key, (hit, of) in by_language))
    for title, artist in FALSE_FRIENDS:
        alone = model.probability(title, None)
        print(f"  {model.probability(title, artist):.4f}  {title} ({artist}); title alone {alone:.3f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalogue", type=Path, help="folder with titles.csv and sleep_tiers.csv")
    parser.add_argument("--save", action="store_true", help="put the fitted weights in the package")
    wanted = parser.parse_args()
    rows = read_rows(wanted.catalogue)
    model, titles, artists = fit(rows)
    report(rows, model, titles, artists)
    if wanted.save:
        model.save(str(Path(__file__).parent.parent / "spam" / WEIGHTS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
