import importlib.util
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from service.cli import simulate, text

_spec = importlib.util.spec_from_file_location("scenes", Path(__file__).with_name("scenes.py"))
scenes = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(scenes)


@pytest.fixture
def app():
    application = typer.Typer()
    application.callback()(lambda: None)
    simulate.register(application)
    text.register(application)
    return application


def test_simulate_prints_one_object_a_scenario(app, tmp_path):
    paths = []
    for name in ("T01", "T02"):
        scene = scenes.Scene(name)
        scene.account()
        scene.upload(declared_ai=dict.fromkeys(scenes.NONE, "PARTLY"))
        paths.append(tmp_path / f"{name}.jsonl")
        paths[-1].write_text(scene.text(), "utf-8")
    ran = CliRunner().invoke(app, ["simulate", "--json", *map(str, paths)])
    assert ran.exit_code == 0
    first, second = map(json.loads, ran.stdout.splitlines())
    assert (first["scenario"], second["scenario"]) == ("T01", "T02")
    assert (first["action"], first["priority"], first["review_cases"]) == ("label", None, 0)
    assert "ai_declared" in first["labels"]
    assert first["accounts"] == {"a1": "label"}


def test_simulate_prints_a_table_and_goes_on_after_a_broken_file(app, tmp_path):
    scene = scenes.Scene()
    scene.account()
    scene.upload()
    good, broken = tmp_path / "good.jsonl", tmp_path / "broken.jsonl"
    good.write_text(scene.text(), "utf-8")
    broken.write_text("{\n", "utf-8")
    ran = CliRunner().invoke(app, ["simulate", str(broken), str(good)])
    assert ran.exit_code == 1
    assert "T01" in ran.stdout
    assert "broken.jsonl:1" in ran.stderr


def test_text_scores_every_row_in_order(app, tmp_path):
    table = tmp_path / "titles.csv"
    table.write_text(
        "title,artist\nLoopable Rain for Sleep,Rain Sounds\nRain,Breaking Benjamin\n雨音で眠れる,\n", "utf-8"
    )
    ran = CliRunner().invoke(app, ["text", "--json", str(table)])
    assert ran.exit_code == 0
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [row["artist"] for row in rows] == ["Rain Sounds", "Breaking Benjamin", ""]
    assert rows[0]["score"] > 0.9 > 0.1 > rows[1]["score"]
    assert rows[0]["reasons"]


def test_text_names_what_is_wrong_with_a_file(app, tmp_path):
    table = tmp_path / "titles.csv"
    table.write_text("name\nRain\n", "utf-8")
    ran = CliRunner().invoke(app, ["text", str(table)])
    assert ran.exit_code == 2
    assert "title" in ran.stderr


def test_text_measures_labelled_rows_by_language(app, tmp_path):
    table = tmp_path / "labelled.csv"
    lines = ["title,artist,positive,language", "Rain Sounds for Deep Sleep,,1,en", "Regen zum Einschlafen,,1,de"]
    table.write_text("\n".join([*lines, "Harbour Lights,Ann Ember,0,", "Kitchen Floor,Ann Ember,0,"]), "utf-8")
    ran = CliRunner().invoke(app, ["text", "--measure", "--json", str(table)])
    assert ran.exit_code == 0
    found = json.loads(ran.stdout)
    assert (found["average_precision"], found["by_language"]) == (1.0, {"de": [1, 1], "en": [1, 1]})
    assert "2 positive" in CliRunner().invoke(app, ["text", "--measure", str(table)]).stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title\nRain\n", "positive"),
        ("title,positive\nRain,maybe\n", "line 2"),
        ("title,positive\nRain,1\n", "both kinds"),
    ],
)
def test_text_that_cannot_be_measured_is_refused_with_the_place(app, tmp_path, text, said):
    table = tmp_path / "labelled.csv"
    table.write_text(text, "utf-8")
    ran = CliRunner().invoke(app, ["text", "--measure", str(table)])
    assert ran.exit_code == 2
    assert said in ran.stderr
