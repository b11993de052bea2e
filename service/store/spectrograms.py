"""Spectrograms of audio, with the trace that the evidence rests on."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.spectral_trace import SpectralTrace
from service.store.inserting import insert_or
from service.store.tables.spectrograms import Spectrogram


class Spectrograms:
    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, audio_sha256: str, *, picture: bytes, trace: SpectralTrace | None, pipeline: str) -> None:
        """Keep the picture of an audio; the newest one wins."""
        said = trace.model_dump(mode="json") if trace else None
        values = {"picture": picture, "trace": said, "pipeline": pipeline}
        insert = insert_or(self._session, Spectrogram).values(audio_sha256=audio_sha256, **values)
        self._session.execute(insert.on_conflict_do_update(index_elements=["audio_sha256"], set_=values))

    def picture(self, audio_sha256: str) -> bytes | None:
        """The PNG; ``None`` where the audio was analysed before pictures were made, or is gone."""
        return self._session.scalar(select(Spectrogram.picture).where(Spectrogram.audio_sha256 == audio_sha256))

    def trace(self, audio_sha256: str) -> tuple[bool, SpectralTrace | None]:
        """Whether there is a picture, and the trace that goes with it."""
        row = self._session.execute(
            select(Spectrogram.trace).where(Spectrogram.audio_sha256 == audio_sha256)
        ).one_or_none()
        return row is not None, SpectralTrace.model_validate(row.trace) if row and row.trace else None
