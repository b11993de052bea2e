"""Waveforms of audio, for players."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.inserting import insert_or
from service.store.tables.waveforms import Waveform


class Waveforms:
    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, audio_sha256: str, *, duration_s: float, peaks: bytes, pipeline: str) -> None:
        """Keep the waveform of an audio; the newest measurement wins."""
        values = {"duration_s": duration_s, "peaks": peaks, "pipeline": pipeline}
        insert = insert_or(self._session, Waveform).values(audio_sha256=audio_sha256, **values)
        self._session.execute(insert.on_conflict_do_update(index_elements=["audio_sha256"], set_=values))

    def get(self, audio_sha256: str) -> Waveform | None:
        return self.several([audio_sha256]).get(audio_sha256)

    def several(self, audio: Collection[str]) -> dict[str, Waveform]:
        """Waveforms of audio, by SHA-256; what has none is left out."""
        found = self._session.scalars(select(Waveform).where(Waveform.audio_sha256.in_(audio)))
        return {row.audio_sha256: row for row in found}
