"""Small scenarios for the tests, in the format of the scenario files."""

import json
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 1, 10, tzinfo=UTC)
NONE = dict.fromkeys(("VOCALS", "INSTRUMENTATION", "COMPOSITION", "LYRICS", "POST_PRODUCTION", "ARTWORK"), "NONE")


def upc(number):
    body = f"50{number:010d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return body + str((10 - total % 10) % 10)


class Scene:
    """Lines of one scenario; uploads a minute apart unless told otherwise."""

    def __init__(self, name="T01"):
        self.name = name
        self.references = [
            {"type": "reference", "kind": "protected_artist", "id": "ar-star", "name": "Drake"},
            {
                "type": "reference",
                "kind": "protected_recording",
                "id": "rec-star",
                "title": "Hotline",
                "artist": "Drake",
                "artist_id": "ar-star",
                "isrc": "USUM72000001",
                "owner": "Northgate Records",
            },
            {"type": "reference", "kind": "confirmed_spam_recording", "id": "rec-spam"},
            {"type": "reference", "kind": "banned_payout", "payout_hash": "pay-banned"},
        ]
        self.accounts = []
        self.events = []
        self.at = START

    def refer(self, kind, **given):
        self.references.append({"type": "reference", "kind": kind, **given})

    def account(self, name="a1", *, tier="verified", age_days=100, **given):
        created = (START - timedelta(days=age_days)).isoformat()
        self.accounts.append({"type": "account", "id": name, "tier": tier, "created_at": created, **given})
        return name

    def change(self, account, **changes):
        self.at += timedelta(minutes=1)
        self.events.append(
            {"type": "account_update", "at": self.at.isoformat(), "account": account, "changes": changes}
        )

    def upload(self, account="a1", *, kind="new", minutes=1, key=None, **given):
        number = len(self.events) + 1
        self.at += timedelta(minutes=minutes)
        track = {
            "title": given.pop("title", f"Song of {number * 7919 % 997} {'abcdefgh'[number % 8]}s"),
            "artists": given.pop("artists", [{"name": given.pop("artist", "Copper Falcons"), "role": "MainArtist"}]),
            "isrc": given.pop("isrc", f"QZT0126{number:05d}"),
            "duration_s": given.pop("duration_s", 180.0 + number % 37),
        }
        line = {"type": "upload", "at": self.at.isoformat(), "account": account, "kind": kind, "track": track}
        line["release"] = {"upc": given.pop("upc", upc(number)), "title": "Album", "label": account, "type": "album"}
        if "declared_ai" in given:
            line["declared_ai"] = given.pop("declared_ai")
        if key is not None:
            line["idempotency_key"] = key
        evidence = {"recording_id": f"rec-{number}", "ai_probability": 0.1, "noise": 0.05, "loop": 0.4}
        line["evidence"] = evidence | given
        self.events.append(line)
        return line

    def lines(self):
        head = {"type": "scenario", "id": self.name, "start": START.isoformat(),
                "now": (self.at + timedelta(minutes=5)).isoformat()}  # fmt: skip
        return [head, *self.references, *self.accounts, *self.events]

    def text(self):
        return "\n".join(json.dumps(line) for line in self.lines()) + "\n"
