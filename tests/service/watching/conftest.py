"""A watched place on a disk and in a bucket."""

from pathlib import Path

import obstore
import pytest
from obstore.store import from_url

from service.settings import Settings
from tests.service.watching.houses import DPID, House, disk_house, make_house


@pytest.fixture
def on_disk(sqlite_url: str, tmp_path: Path) -> House:
    return disk_house(sqlite_url, tmp_path)


@pytest.fixture
def on_postgres(postgres_url: str, tmp_path: Path) -> House:
    return disk_house(postgres_url, tmp_path)


@pytest.fixture
def in_bucket(sqlite_url: str, tmp_path: Path, s3_settings: dict[str, str]) -> House:
    settings = Settings(data_dir=tmp_path / "data", database_url=sqlite_url, dpid=DPID, **s3_settings)  # type: ignore[arg-type]
    bucket = s3_settings["storage_url"].removesuffix("/audio")
    address = f"{bucket}/in"
    store = from_url(address, **settings.storage_options, client_options={"allow_http": True})

    def put(name: str, content: bytes) -> None:
        obstore.put(store, name, content)

    def got() -> dict[str, bytes]:
        names = [meta["path"] for chunk in obstore.list(store) for meta in chunk]
        return {name: bytes(obstore.get(store, name).bytes()) for name in names}

    return make_house(settings, address, put, got)


@pytest.fixture(params=["on_disk", "in_bucket"])
def house(request: pytest.FixtureRequest) -> House:
    found: House = request.getfixturevalue(request.param)
    return found
