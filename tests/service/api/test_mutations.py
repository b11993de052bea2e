"""Honest requests, damaged at random from a fixed seed: whatever comes of it, it is never an error of ours."""

import copy
import json
import random
from typing import Any

import pytest

from tests.service.api.caller import Caller, track_metadata

ODD_VALUES: list[Any] = [
    None, True, 0, -1, 1e308, 2**63 - 1, 2**64, "", "x" * 3000, "\u202e", "a\0", [], {}, [[]], {"a": {"b": []}},
    "2026-12-01", "NONE", ["x"] * 300, {"VOCALS": "ALL"}, "'; drop table track",
]  # fmt: skip

FULL = track_metadata(
    release={"title": "R", "upc": "036000291452", "label": "L", "type": "Single", "release_date": "2026-01-01"},
    sender={"id": "s", "tier": "trusted"},
    language="en",
    explicit=False,
    client_reference="c",
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def damaged_document(dice: random.Random) -> bytes:
    """One to three values somewhere in the metadata replaced by odd ones."""
    document = copy.deepcopy(FULL)
    for _ in range(dice.randint(1, 3)):
        node: Any = document
        while True:
            places = list(node) if isinstance(node, dict) else list(range(len(node)))
            place = dice.choice([*places, "new"] if isinstance(node, dict) else places or [0])
            inner = node[place] if place in places else None
            if isinstance(inner, dict | list) and inner and dice.random() < 0.6:
                node = inner
                continue
            if places or isinstance(node, dict):
                node[place] = copy.deepcopy(dice.choice(ODD_VALUES))
            break
    return json.dumps(document).encode()


def damaged_bytes(dice: random.Random, data: bytes) -> bytes:
    """A few bytes replaced or cut out."""
    damaged = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(damaged))
        if dice.random() < 0.6:
            damaged[at] = dice.randrange(256)
        else:
            del damaged[at : at + dice.randint(1, 20)]
    return bytes(damaged)


def form(metadata: bytes) -> bytes:
    head = b'--B\r\nContent-Disposition: form-data; name="'
    audio = head + b'audio"; filename="a.wav"\r\n\r\nRIFF\r\n--B--\r\n'
    return head + b'metadata"\r\n\r\n' + metadata + b"\r\n" + audio


@pytest.mark.parametrize("seed", range(3))
def test_damaged_deliveries_are_accepted_whole_or_refused_with_a_problem(caller: Caller, seed: int) -> None:
    dice = random.Random(seed)
    statuses: set[int] = set()
    for _ in range(40):
        damaged = [
            form(damaged_document(dice)),
            form(damaged_bytes(dice, json.dumps(FULL).encode())),
            damaged_bytes(dice, form(json.dumps(FULL).encode())),
        ]
        for body in damaged:
            headers = caller.headers | {"Content-Type": "multipart/form-data; boundary=B"}
            answer = caller.client.post("/v1/tracks", content=body, headers=headers)
            statuses.add(answer.status_code)
            assert answer.status_code < 500, (body, answer.text)
            if answer.status_code == 202:
                assert caller.get(answer.headers["Location"]).status_code == 200
            else:
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert answer.json()["detail"]
    assert statuses >= {202, 400, 422}
