"""Spectrograms of audio, with the trace that the evidence rests on."""

from collections.abc import Collection

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

    def traces(self, audio: Collection[str]) -> dict[str, SpectralTrace | None]:
        """Of audio that has a picture, the trace that goes with it, if one does."""
        query = select(Spectrogram.audio_sha256, Spectrogram.trace).where(Spectrogram.audio_sha256.in_(audio))
        return {
            sha256: SpectralTrace.model_validate(said) if said else None
            for sha256, said in self._session.execute(query)
        }
