"""``earmark train``: fit a new version of the detector of generated music."""

import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.evaluate import Places
from service.cli.progress import progress_bars

if TYPE_CHECKING:
    from classifiers.training.layouts import Labelled


def register(app: typer.Typer) -> None:
    app.command()(train)


def train(
    places: Places,
    version: Annotated[str, typer.Option(help="Name of the new model: letters, digits, dots and dashes.")],
    reviewed: Annotated[
        bool, typer.Option("--reviewed", help="Learn from what reviewers decided as well, where that may be.")
    ] = False,
    people_of_all_rows: Annotated[
        bool,
        typer.Option(
            "--people-of-all-rows",
            help="Let recordings by people in evaluate rows set null distribution and thresholds too.",
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder that the model's folder goes into; models in EARMARK_DATA_DIR.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON on standard output.")] = False,
) -> None:
    """Fit a new version on rows whose use is train, and write it as a folder with its card and plots.

    A decision of a reviewer is learned from where it was made blind to the score or rests on provenance or admission;
    the others are refused and counted. The new model does nothing until EARMARK_AI_SHADOW_MODEL or EARMARK_AI_MODEL
    names it.
    """
    from classifiers.ai.model import ModelError
    from classifiers.training.layouts import read_labelled
    from classifiers.training.manifest import ManifestError
    from classifiers.training.train import train as fit_all
    from service.settings import Settings

    words = ["earmark", "train", *map(str, places), "--version", version]
    words += ["--reviewed"] * reviewed + ["--people-of-all-rows"] * people_of_all_rows
    try:
        labelled = [read_labelled(place) for place in places]
        with progress_bars() as progress, _reviewed_rows(reviewed, progress) as rows:
            trained = fit_all(
                [*labelled, *rows],
                version=version,
                folder=out or Settings().models_dir,
                command=shlex.join(words),
                now=datetime.now(UTC),
                people_of_all_rows=people_of_all_rows,
                progress=progress,
            )
    except (OSError, ManifestError, ModelError) as error:
        typer.echo(f"earmark: {error}", err=True)
        raise typer.Exit(2) from error
    model, report = trained.model, trained.report
    if as_json:
        said = {
            "version": model.version,
            "folder": str(model.folder),
            "sha256": model.sha256,
            "likely_ai": model.calibration.likely,
            "inconclusive": model.calibration.inconclusive,
            "fitted_on": trained.used,
            "refused": trained.refused,
            "unreadable": trained.unreadable,
            "left_out_false": report.left_out_false,
            "human_clips": report.human_clips,
        }
        typer.echo(json.dumps(said))
    else:
        typer.echo(f"model {model.version} in {model.folder}, fitted on {trained.used} clips")
        for reason, count in sorted(trained.refused.items()):
            typer.echo(f"refused: {count} {reason}")
        typer.echo(f"likely_ai from {model.calibration.likely}, inconclusive from {model.calibration.inconclusive}")
        typer.echo(f"compare it with the live one before it acts: EARMARK_AI_SHADOW_MODEL={model.version}")
    raise typer.Exit(1 if trained.unreadable else 0)


@contextmanager
def _reviewed_rows(wanted: bool, progress: Callable[[str, int, int], None]) -> "Iterator[list[Labelled]]":
    """Reviewers' decisions as labelled audio in a folder that lasts as long as the training; nothing where not wanted
    or where nobody decided anything of the kind."""
    if not wanted:
        yield []
        return
    from tempfile import TemporaryDirectory

    from classifiers.training.layouts import Layout, read_labelled
    from service.cli.people import database_session
    from service.settings import Settings
    from service.store.blobs import BlobStorage
    from service.training_rows import export_rows

    settings = Settings()
    blobs = BlobStorage.open(settings.storage, staging=settings.staging_dir, options=settings.storage_options)
    with TemporaryDirectory(prefix="earmark-reviewed-") as folder:
        place = Path(folder) / "reviewed"
        with database_session() as session:
            exported = export_rows(session, blobs, place, progress)
        told = ", ".join(f"{count} {basis}" for basis, count in sorted(exported.by_basis.items())) or "none"
        typer.echo(f"reviewers' decisions: {told}; {exported.gone} without their recording", err=True)
        yield [read_labelled(place, Layout.MANIFEST)] if exported.rows else []
