"""``earmark models``: versions of the detector of generated music, and the comparison that a change rests on."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.people import AsJson, database_session

if TYPE_CHECKING:
    from classifiers.ai.model import Model
    from service.settings import Settings
    from service.store.model_scores import Comparison

Name = Annotated[str, typer.Argument(metavar="MODEL", help="A version, or the folder of a model.")]


def register(app: typer.Typer) -> None:
    models = typer.Typer(no_args_is_help=True, help="Versions of the detector of generated music: list, show, compare.")
    models.command("list")(list_models)
    models.command("show")(show)
    models.command("compare")(compare)
    models.command("export-reviewed")(export_reviewed)
    app.add_typer(models, name="models")


def list_models(as_json: AsJson = False) -> None:
    """Every model there is: the one that comes with Earmark and those that were trained; which is live, which shadow.

    A model goes live by EARMARK_AI_MODEL=VERSION and runs in shadow by EARMARK_AI_SHADOW_MODEL=VERSION, when the
    workers start again.
    """
    from rich.table import Table

    from classifiers.ai.model import ModelError
    from service.cli.verdicts import shown, table_console
    from service.models import find_model
    from service.settings import Settings

    settings = Settings()
    names = ["", *sorted(folder.name for folder in settings.models_dir.glob("[!.]*") if folder.is_dir())]
    rows, broken = [], []
    for name in names:
        try:
            rows.append(_said(find_model(settings, name), settings, name))
        except ModelError as error:
            broken.append(str(error))
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
    else:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("model", "role", "likely_ai from", "fitted", "on clips", "SHA-256"):
            table.add_column(column, no_wrap=True)
        for row in rows:
            likely = f"{row['thresholds']['likely_ai']:.2f}"
            cells = (
                row["version"],
                row["role"],
                likely,
                row["fitted_at"] or "",
                row["clips"] or "",
                row["sha256"][:12],
            )
            table.add_row(*(shown(str(cell)) for cell in cells))
        table_console().print(table)
    for said in broken:
        typer.echo(f"earmark: {said}", err=True)
    if broken:
        raise typer.Exit(1)


def show(name: Name) -> None:
    """All that is known of a model, as JSON: versions, digests, thresholds, what it was fitted on."""
    from classifiers.ai.versions import versions_of
    from service.settings import Settings

    settings = Settings()
    model = _found(settings, name)
    said = {
        **_said(model, settings, name),
        "calibration": model.calibration.__dict__,
        "manifest": model.manifest.model_dump(mode="json") if model.manifest else None,
        "versions": versions_of(model).model_dump(),
    }
    typer.echo(json.dumps(said, indent=1))


def compare(
    name: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="The shadow model; the latest that scored, if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """A shadow model beside the live one over all that both scored: where they agree, what would get another answer,
    and how both fare on what people decided. Going live rests on this table."""
    from service.settings import Settings
    from service.store.model_scores import ModelScores

    with database_session() as session:
        scores = ModelScores(session)
        shadows = scores.shadows()
        if name is not None:
            wanted = _found(Settings(), name).sha256
            shadows = [row for row in shadows if row[1] == wanted]
        if not shadows:
            which = f"model {name}" if name else "any shadow model"
            typer.echo(f"earmark: there are no scores of {which} yet; set EARMARK_AI_SHADOW_MODEL", err=True)
            raise typer.Exit(1)
        version, sha256, _ = shadows[0]
        comparison = scores.compare(sha256)
    if as_json:
        typer.echo(json.dumps(_as_json(version, sha256, comparison)))
    else:
        _print(version, comparison)


def export_reviewed(
    folder: Annotated[Path, typer.Argument(help="New or empty folder for manifest.csv and the recordings.")],
    as_json: AsJson = False,
) -> None:
    """Reviewers' decisions on generation as labelled audio, with what each rests on: blind, provenance, admission, or
    score (made with the score in view; training refuses those). Recordings leave the service: treat them so."""
    from service.cli.progress import progress_bars
    from service.settings import Settings
    from service.store.blobs import BlobStorage
    from service.training_rows import export_rows

    settings = Settings()
    blobs = BlobStorage.open(settings.storage, staging=settings.staging_dir, options=settings.storage_options)
    try:
        with database_session() as session, progress_bars() as progress:
            exported = export_rows(session, blobs, folder, progress)
    except OSError as error:
        typer.echo(f"earmark: {error}", err=True)
        raise typer.Exit(2) from error
    said = {"folder": str(folder), "rows": exported.rows, "by_basis": exported.by_basis, "gone": exported.gone}
    if as_json:
        typer.echo(json.dumps(said))
    else:
        bases = ", ".join(f"{count} {basis}" for basis, count in sorted(exported.by_basis.items())) or "none"
        typer.echo(f"{exported.rows} decisions in {folder} ({bases}); {exported.gone} without their recording")


def _found(settings: "Settings", name: str) -> "Model":
    from classifiers.ai.model import ModelError
    from service.models import find_model

    try:
        return find_model(settings, name)
    except ModelError as error:
        typer.echo(f"earmark: {error}", err=True)
        raise typer.Exit(2) from error


def _said(model: "Model", settings: "Settings", name: str) -> dict[str, Any]:
    known = {name, model.version}
    roles = [
        role
        for role, setting in (("live", settings.ai_model), ("shadow", settings.ai_shadow_model))
        if setting in known and (setting or role == "live")
    ]
    manifest = model.manifest
    return {
        "version": model.version,
        "role": " ".join(roles),
        "sha256": model.sha256,
        "thresholds": {"likely_ai": model.calibration.likely, "inconclusive": model.calibration.inconclusive},
        "fitted_at": manifest.fitted_at.date().isoformat() if manifest else None,
        "clips": sum(one.clips for one in manifest.fitted_on) if manifest else None,
        "folder": str(model.folder) if model.folder else None,
    }


def _as_json(version: str, sha256: str, comparison: "Comparison") -> dict[str, Any]:
    return {
        "shadow": version,
        "shadow_sha256": sha256,
        "live": comparison.live_models,
        "scored": comparison.scored,
        "agreed": comparison.agreed,
        "answers": [
            {"live": live.value, "shadow": shadow.value, "recordings": count}
            for (live, shadow), count in sorted(comparison.table.items())
        ],
        "moved": [
            {
                "audio_sha256": one.audio_sha256,
                "live": one.live.value,
                "live_probability": one.live_probability,
                "shadow": one.shadow.value,
                "shadow_probability": one.shadow_probability,
            }
            for one in comparison.moved
        ],
        "reviewed": [one.__dict__ for one in comparison.reviewed],
    }


def _print(version: str, comparison: "Comparison") -> None:
    from rich.table import Table

    from schemas.evidence import AiVerdict
    from service.cli.verdicts import table_console

    console = table_console()
    share = comparison.agreed / max(1, comparison.scored)
    console.print(
        f"shadow {version} beside live {', '.join(comparison.live_models)}: {comparison.scored} recordings, "
        f"the same answer to {comparison.agreed} ({share:.1%})",
        markup=False,
    )
    answers = Table("live answer", *(f"shadow: {answer.value}" for answer in AiVerdict), box=None, header_style="bold")
    for live in AiVerdict:
        answers.add_row(live.value, *(str(comparison.table.get((live, shadow), 0)) for shadow in AiVerdict))
    console.print(answers)
    if comparison.reviewed:
        reviewed = Table(
            "people found", "score in view", "recordings", "live: likely_ai", "shadow: likely_ai",
            box=None, header_style="bold",
        )  # fmt: skip
        for one in comparison.reviewed:
            found = "generated" if one.is_ai else "not generated"
            seen = "no" if one.independent else "yes (flatters the live model)"
            reviewed.add_row(found, seen, str(one.recordings), str(one.live_likely), str(one.shadow_likely))
        console.print(reviewed)
    if comparison.moved:
        moved = Table("recording", "live", "p", "shadow", "p", title="another answer", box=None, header_style="bold")
        for row in comparison.moved:
            cells = (row.live.value, _number(row.live_probability), row.shadow.value, _number(row.shadow_probability))
            moved.add_row(row.audio_sha256[:16], *cells)
        console.print(moved)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
