"""``earmark network``: train and measure the residual network, which may run in shadow beside the detector."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.evaluate import LayoutName, Places
from service.cli.people import AsJson
from service.cli.progress import progress_bars

if TYPE_CHECKING:
    from classifiers.training.network.evaluate import Figures

NetworkFile = Annotated[
    str, typer.Option("--network", metavar="FILE", help="A network's file; bundled is the one that comes with Earmark.")
]


def register(app: typer.Typer) -> None:
    network = typer.Typer(
        no_args_is_help=True,
        help="The residual network, which runs in shadow and decides nothing: train and measure it.",
    )
    network.command("train")(train)
    network.command("evaluate")(evaluate)
    app.add_typer(network, name="network")


def train(
    recordings: Annotated[
        list[Path], typer.Argument(metavar="RECORDING|FOLDER...", help="Recordings by people that may be learned from.")
    ],
    version: Annotated[str, typer.Option(help="Name of the network: letters, digits, dots and dashes.")],
    out: Annotated[Path, typer.Option(help="File to write.")],
    work: Annotated[
        Path, typer.Option(help="Folder for what is made on the way; the same command goes on from there when killed.")
    ] = Path("network-training"),
    decoder_steps: Annotated[int, typer.Option(min=1, help="Training steps of each small decoder.")] = 900,
    pairs: Annotated[int, typer.Option(min=8, help="Pairs of plain and decoded sound, 3 s each.")] = 1200,
    steps: Annotated[int, typer.Option(min=10, help="Training steps of the network, of 8 pairs.")] = 3000,
    processes: Annotated[int, typer.Option(min=1, help="Processes that train decoders and make pairs.")] = 2,
    without: Annotated[
        str | None, typer.Option(metavar="FAMILY", help="Family of small decoders to leave out, to measure it after.")
    ] = None,
) -> None:
    """Train small decoders on recordings by people, make pairs of plain and decoded sound, train the network on them.

    About an hour on two cores, minutes with a GPU, which is used where there is one. The network does nothing until
    EARMARK_AI_RESIDUAL_NETWORK names its file, and then it runs in shadow.
    """
    import re

    from classifiers.ai.network_score import write_network
    from classifiers.audio.decode import UnreadableAudio
    from classifiers.audio.find import audio_files
    from classifiers.training.evaluate import commit
    from classifiers.training.network.decoders import Family
    from classifiers.training.network.train import Plan, train_network
    from schemas.ai_model import VERSION_PATTERN, NetworkManifest

    try:
        if not re.match(VERSION_PATTERN, version):
            raise ValueError(f"--version: {version!r} may hold letters, digits, dots and dashes, at most 32")
        if without is not None and without not in {*Family}:
            raise ValueError(f"--without: {without!r} is none of {', '.join(Family)}")
        absent = [place for place in recordings if not place.exists()]
        if absent:
            raise ValueError(f"{absent[0]} is not there")
        files = [Path(file) for place in recordings for file in audio_files(str(place))]
        if not files:
            raise ValueError("there are no recordings in these folders")
        plan = Plan(decoder_steps, pairs, steps, processes=processes, without=Family(without) if without else None)
        with progress_bars() as progress:
            made = train_network(files, work, plan, progress)
        manifest = NetworkManifest(
            version=version,
            trained_on=made.trained_on,
            pairs=pairs,
            steps=steps,
            distances_db={name: round(distance, 2) for name, distance in made.distances_db.items()},
            commit=commit(),
        )
        write_network(out, made.network, manifest, made.usual)
    except (OSError, ValueError, UnreadableAudio) as error:
        typer.echo(f"earmark: {error}", err=True)
        raise typer.Exit(2) from error
    typer.echo(f"network {version} in {out}, trained on {len(files)} recordings")
    typer.echo(f"measure it before it runs: earmark network evaluate MANIFEST.csv --network {out} --calibrate")


def evaluate(
    places: Places,
    network: NetworkFile = "bundled",
    layout: LayoutName = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Write what music by people scores into the network's file.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure the network on labelled audio: AUROC of every family against music by people, and what is found.

    Found is what lies over the score that at most one clip of music by people reaches; unlike is what lies further from
    recordings by people than 95 % of these, whatever made it. Rows whose use is train count for no people: pairs may
    have been made of them.
    """
    from classifiers.ai.network_score import NetworkError, read_network, write_network
    from classifiers.training.layouts import Layout, read_labelled
    from classifiers.training.manifest import ManifestError
    from classifiers.training.network.evaluate import evaluate_network
    from service.models import network_file

    try:
        file = network_file(network)
        judging = read_network(file)
        labelled = [read_labelled(place, Layout(layout) if layout else None) for place in places]
        with progress_bars() as progress:
            figures = evaluate_network(judging, [clip for place in labelled for clip in place.clips], progress)
        if calibrate:
            digests = " ".join(place.sha256 for place in labelled)
            manifest = judging.manifest.model_copy(update={"people_from": digests})
            write_network(file, judging.module, manifest, judging.usual, figures.people)
    except (OSError, ValueError, ManifestError, NetworkError) as error:
        typer.echo(f"earmark: {error}", err=True)
        raise typer.Exit(2) from error
    if as_json:
        for row in figures.rows:
            typer.echo(json.dumps(asdict(row)))
    else:
        _print(figures)
    raise typer.Exit(1 if figures.unreadable else 0)


def _print(figures: "Figures") -> None:
    from rich.table import Table

    from service.cli.verdicts import shown, table_console

    table = Table("family or source", box=None, pad_edge=False, header_style="bold")
    for heading in ("clips", "AUROC", "found", "95 %", "distance: AUROC", "unlike"):
        table.add_column(heading, justify="right")
    for row in figures.rows:
        low, high = row.interval
        cells = (f"{row.auroc:.2f}", row.found, f"{low:.0%} to {high:.0%}", f"{row.auroc_of_distance:.2f}", row.unlike)
        table.add_row(shown(row.name), str(row.clips), *(str(cell) for cell in cells))
    table_console().print(table)
    typer.echo(f"held against {len(figures.people)} clips of music by people: one of them may be over the score,")
    typer.echo(f"and {len(figures.people) // 20} as unlike the others")
