"""Files and folders named on the command line. A name on disk may be any bytes."""

import os

import typer

from service.inert import inert

WRONG_USE = 2


def audio_files_in(paths: list[str]) -> list[str]:
    """The audio files among these and in these folders, each once; ends the command where a path does not exist."""
    from classifiers.audio.find import audio_files

    for path in paths:
        if not os.path.lexists(path):
            typer.echo(f"earmark: no such file or folder: {shown_path(path)}", err=True)
            raise typer.Exit(WRONG_USE)
    return list(dict.fromkeys(file for path in paths for file in audio_files(path)))


def path_text(path: str) -> str:
    """A path as text that can be encoded: bytes of a name that are not UTF-8 become U+FFFD."""
    return os.fsencode(path).decode("utf-8", "replace")


def shown_path(path: str) -> str:
    """A path on one line of the terminal, where nothing in it works."""
    return inert(path_text(path))
