"""Where the commands look for the service."""

import pytest
import typer

from service.cli.connection import connect
from service.settings import Settings


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://host", "http://", "http://[broken", "http://host:port", "https:///x"]
)
def test_an_address_that_is_none_ends_the_command_at_once(url, capsys, tmp_path):
    with pytest.raises(typer.Exit) as ended:
        connect(Settings(url=url, data_dir=tmp_path))
    assert ended.value.exit_code == 2
    assert "EARMARK_URL is" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["http://localhost:8000", "https://earmark.example", "http://[::1]:8000/"])
def test_an_address_is_taken_as_it_is(url, tmp_path):
    connect(Settings(url=url, data_dir=tmp_path)).close()
