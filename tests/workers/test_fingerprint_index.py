"""Fingerprints looked up in mapped files instead of the table: the same is found, and there is a way back."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from sqlalchemy import func, select

from classifiers.duplicates.frames import RATE_HZ
from schemas.evidence import Relation
from service.settings import Settings
from service.store.fingerprints import Fingerprints, open_index
from service.store.matches import Matches
from service.store.tables.fingerprints import FingerprintPosting
from service.store.tables.jobs import JobKind
from service.store.tracks import Tracks
from tests.classifiers.duplicates.songs import noisy, played, song
from tests.workers.conftest import deliver_to
from workers.analyse import analyse
from workers.ledger import work_through
from workers.lifecycle import Context
from workers.reconcile import Reconciler


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    sounds = [song(1, 20), song(2, 20), noisy(played(song(1, 20), 1.06), 20)]
    for number, sound in enumerate(sounds):
        soundfile.write(folder / f"{number}.wav", 0.5 * sound / np.abs(sound).max(), RATE_HZ, subtype="PCM_16")
    return [folder / f"{number}.wav" for number in range(len(sounds))]


def settings(folder: Path, sqlite_url: str, index: str) -> Settings:
    return Settings(data_dir=folder, database_url=sqlite_url, fingerprint_index=index, _env_file=None)  # type: ignore[arg-type]


def work(context: Context) -> None:
    while work_through(context, JobKind.ANALYSE, analyse, batch=1):
        pass


def audio_of(context: Context, track_id: str) -> str:
    with context.database.read() as session:
        track = Tracks(session).find(track_id)
        assert track is not None
        return track.audio_sha256


def postings(context: Context) -> int:
    with context.database.read() as session:
        return session.scalar(select(func.count()).select_from(FingerprintPosting)) or 0


def test_copies_are_found_through_mapped_files_and_through_the_table_afterwards(
    tmp_path: Path, sqlite_url: str, files: list[Path]
) -> None:
    mapped, tabled = settings(tmp_path, sqlite_url, "segments"), settings(tmp_path, sqlite_url, "database")
    context = Context(mapped)
    original = audio_of(context, deliver_to(context, files[0]))
    deliver_to(context, files[1])
    work(context)
    assert postings(context) == 0
    context.close()

    Reconciler(tabled, publish=lambda kind: None)._look_after_fingerprints()
    context = Context(tabled)
    assert postings(context) > 400
    copy = audio_of(context, deliver_to(context, files[2]))
    work(context)
    with context.database.read() as session:
        (match,) = Matches(session).edges(copy).values()
        assert match.relation is Relation.TRANSFORMED
        assert Matches(session).group_key(original) == Matches(session).group_key(copy)

    with context.database.read() as session:
        index = open_index("segments", mapped.fingerprint_index_dir, session)
    assert index is not None
    with index:
        assert len(index) == 2
        Reconciler(mapped, publish=lambda kind: None)._look_after_fingerprints()
        assert len(index) == 3
    context.close()


def test_what_another_machine_stored_is_found_though_this_one_never_indexed_it(
    tmp_path: Path, sqlite_url: str, files: list[Path]
) -> None:
    here = Context(settings(tmp_path / "here", sqlite_url, "segments"))
    deliver_to(here, files[0])
    work(here)
    there = Context(
        settings(tmp_path / "there", sqlite_url, "segments").model_copy(update={"storage_url": here.settings.storage})
    )
    copy = audio_of(there, deliver_to(there, files[2]))
    work(there)
    with there.database.read() as session:
        assert len(Matches(session).edges(copy)) == 1
        assert Fingerprints(session).count() == 2
    here.close()
    there.close()
