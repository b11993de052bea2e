"""What the rows of a large deployment are, as statements that fill a table from a piece of numbers.

A piece is a temporary table with a row for each case: decided ones from 0 on, evenly over the year, then open ones of
the last three days. Four decided cases are about one track, as a track comes back with other causes; an open one has a
track of its own. One track in twenty is of one large sender, the others are of five thousand.
"""

QUEUES = {
    "undeclared-ai": ("AI-2", "ai_confirmed", "ai_not_confirmed"),
    "duplicates": ("DUP-1", "duplicate_confirmed", "licensed_or_own_recording"),
    "bulk": ("SPAM-1", "spam_confirmed", "not_spam"),
    "impersonation": ("IMP-1", "impersonation_confirmed", "no_impersonation"),
    "metadata": ("META-1", "metadata_misleading", "metadata_in_order"),
    "quality-check": ("QUALITY-1", "ai_confirmed", "reviewed_benign"),
}
"""Queues with their clause, the reason that upholds a case and the one that clears it."""
TABLES = (
    *("blob", "sender", "hourly_count", "track", "track_revision", "verdict", "review_case", "case_track"),
    *("decision", "decision_track", "decision_undo", "second_look", "golden_case", "appeal", "reporter", "report"),
)
"""Every table that is filled."""
DAYS = 365
FIRST_SEQ = 1_000_000
"""Places in the orders of acceptance and of deciding, past whatever else is in the database."""
FIRST_NUMBER = 10_000_000_000
"""Added to the numbers in ids, so that all are of one length."""
RECORDINGS = 100_000
PEOPLE = 40
CASES_OF_A_TRACK = 4

LARGE = "label large"
"""The sender of one track in twenty."""

_ONCE = "ON CONFLICT DO NOTHING"
_LOOKED, _APPEAL_WAITS = "n % 300 <> 3", "(n % 20000 = 11)"
_LABEL = f"CASE WHEN k % 20 = 0 THEN '{LARGE}' ELSE 'label ' || (k % 5000) END"


def id_of(prefix: str, number: int) -> str:
    """The public id of the row of a number."""
    return f"{prefix}_{FIRST_NUMBER + number:026}"


def _mixed(multiplier: int, below: int) -> str:
    """A number below another that looks as if drawn by chance (multiplicative hashing, Knuth 6.4)."""
    return f"(n * {multiplier} % 4294967296 / 65536 % {below})"


def _moment(dialect: str, epoch: str) -> str:
    """Seconds since 1970 as what the column holds."""
    if dialect == "sqlite":
        return f"strftime('%Y-%m-%d %H:%M:%f', {epoch}, 'unixepoch') || '000'"
    return f"to_timestamp({epoch})"


def _id(prefix: str, number: str) -> str:
    return f"'{prefix}_000000000000000' || ({FIRST_NUMBER} + {number})"


def piece_of(dialect: str, tenant_id: str, decisions: int, now: int, start: int, end: int) -> str:
    """The query that makes a piece: of each case its number ``n``, its track's ``k``, and what several tables need."""
    opened = (
        f"{now} - 3600 - CASE WHEN n < {decisions} THEN {DAYS * 86_400.0} * (1 - n * 1.0 / {max(1, decisions)}) "
        f"ELSE {_mixed(2654435761, 65536)} * 3.95 END"
    )
    return f"""
        SELECT m.*, {_id("trk", "k")} AS track, {_id("cas", "n")} AS review_case, {_id("dec", "n")} AS decision,
            {_moment(dialect, "opened")} AS opened_at, {_moment(dialect, "opened + 1800")} AS decided_at,
            {_LABEL} AS label, '{tenant_id}/' || {_LABEL} AS sender_key,
            '00000000000000000000000000000000000000000000000000000' || ({FIRST_NUMBER} + k % {RECORDINGS}) AS sha,
            'declared NONE, detected with probability 0.9' || (n % 10) AS why,
            CASE WHEN upholds = 1 THEN 'label' ELSE 'none' END AS acted,
            CASE WHEN upholds = 1 THEN upheld ELSE cleared END AS found,
            CASE WHEN agrees = 1 THEN upheld ELSE cleared END AS found_again,
            'reviewer ' || w AS who, 'reviewer ' || ((w + 1 + v) % {PEOPLE}) AS other,
            {_moment(dialect, "opened - earlier_s")} AS rank_at, {_moment(dialect, "opened + within_s")} AS review_by,
            queue, policy, cause, upheld, cleared, judgement, priority
        FROM (
            SELECT n, n < {decisions} AS decided, {opened} AS opened,
                CASE WHEN n < {decisions} THEN n / {CASES_OF_A_TRACK} ELSE n END AS k,
                n >= {decisions} OR n % {CASES_OF_A_TRACK} = 0 AS begins,
                CASE WHEN {_mixed(3266489917, 10)} < 8 THEN 1 ELSE 0 END AS upholds,
                CASE WHEN {_mixed(3266489917, 100)} < 85 THEN 1 ELSE 0 END AS agrees,
                {_mixed(2654435761, 6)} AS q, {_mixed(2246822519, 4)} AS p,
                {_mixed(668265263, PEOPLE)} AS w, {_mixed(374761393, PEOPLE - 1)} AS v
            FROM (SELECT {start} + i AS n FROM bench_number WHERE i < {end - start}) AS numbers
        ) AS m JOIN bench_queue USING (q) JOIN bench_priority USING (p) ORDER BY n"""


def rows_of(dialect: str, tenant_id: str) -> list[str]:
    """The statements that fill the tables from a piece, in the order of their references."""

    def at(seconds: int) -> str:
        return _moment(dialect, f"opened + {seconds}")

    def json(value: str) -> str:
        return value if dialect == "sqlite" else f"({value})::json"

    tenant, none, hour, office = f"'{tenant_id}'", json("'[]'"), "CAST(opened / 3600 AS INTEGER)", "n / 100 % 50"
    details = (
        """'{"title": "Song ' || k || '", "artists": [{"name": "Ann", "role": "MainArtist"}], """
        """"sender": {"id": "' || label || '"}}'"""
    )
    judged = {"action": "acted", "reason": "found_again", "policy_clause": "policy", "judged_by": "other"}
    answered = {"decided_by": "other", "decided_at": at(2 * 86_400)}
    return [
        _insert("blob", {"sha256": "sha", "size_bytes": "1000", "stored_at": "opened_at"}, "begins", _ONCE),
        _insert(
            "sender",
            {"sender_key": "sender_key", "tenant_id": tenant, "first_seq": f"{FIRST_SEQ} + k", "first_at": "opened_at"},
            "begins",
            f"ORDER BY n {_ONCE}",
        ),
        _insert(
            "hourly_count",
            {"tenant_id": tenant, "kind": "'account'", "key": "sender_key", "hour": hour, "fresh": "count(*)"}
            | {"functional": "0", "accepted": "count(*)", "short": "0"},
            "begins",
            f"GROUP BY sender_key, {hour} ON CONFLICT (tenant_id, kind, key, hour) DO UPDATE SET "
            "fresh = hourly_count.fresh + excluded.fresh, accepted = hourly_count.accepted + excluded.accepted",
        ),
        _insert(
            "track",
            {"accepted_seq": f"{FIRST_SEQ} + k", "id": "track", "tenant_id": tenant, "state": "'decided'"}
            | {"revision": "1", "events": "1", "accepted_at": "opened_at", "updated_at": "opened_at"}
            | {"title": "'Song ' || k", "artists": json("""'["ann"]'"""), "sender_key": "sender_key"}
            | {"audio_sha256": "sha", "lane": "10"},
            "begins",
        ),
        _insert(
            "track_revision",
            {"track_id": "track", "revision": "1", "kind": "'delivery'", "details": json(details)}
            | {"declaration": json("""'{"VOCALS": "NONE"}'"""), "audio_sha256": "sha", "warnings": none}
            | {"created_at": "opened_at"},
            "begins",
        ),
        _insert(
            "verdict",
            {"id": _id("vrd", "k"), "track_id": "track", "revision": "1", "audio_sha256": "sha", "pipeline": "''"}
            | {"facts": json("'{}'"), "facts_sha256": "sha", "rule_set": "'rules-bench'"}
            | {"judgement": json("judgement"), "action": "'queue'", "priority": "priority", "standing": "TRUE"}
            | {"decided_at": "opened_at", "stood_at": "opened_at"},
            "begins",
        ),
        _insert(
            "review_case",
            {"id": "review_case", "tenant_id": tenant, "scope": "'track'", "subject_key": "track", "policy": "policy"}
            | {"queue": "queue", "cause": "cause", "reason": "why", "priority": "priority", "action": "'queue'"}
            | {"state": "CASE WHEN decided THEN 'decided' ELSE 'open' END", "opened_at": "opened_at"}
            | {"updated_at": "decided_at", "rank_at": "rank_at", "review_by": "review_by"},
        ),
        _insert(
            "case_track",
            {"case_id": "review_case", "track_id": "track", "content": "'1'", "reason": "why", "policy": "policy"}
            | {"queue": "queue", "priority": "priority", "action": "'queue'", "joined_at": "opened_at"}
            | {"clauses": json("""'["' || policy || '"]'""")},
        ),
        _insert(
            "decision",
            {"seq": f"{FIRST_SEQ} + n", "id": "decision", "tenant_id": tenant, "case_id": "review_case"}
            | {"policy_clause": "policy", "action": "acted", "reason": "found", "note": "''", "message": "''"}
            | {"confirm_labels": none, "reject_labels": none, "decided_by": "who", "decided_at": "decided_at"},
            "decided",
        ),
        _insert("decision_track", {"decision_id": "decision", "track_id": "track", "revision": "1"}, "decided"),
        _insert(
            "decision_undo",
            {"decision_id": "decision", "undone_by": "who", "undone_at": at(2_100), "note": "''"},
            "decided AND n % 50 = 7",
        ),
        _insert(
            "second_look",
            {"id": _id("lok", "n"), "tenant_id": tenant, "case_id": "review_case", "decision_id": "decision"}
            | {"queue": "queue", "policy": "policy", "kind": "'sampled'", "asked_at": "decided_at"}
            | {"state": f"CASE WHEN {_LOOKED} THEN 'done' ELSE 'waiting' END"}
            | {
                name: f"CASE WHEN {_LOOKED} THEN {what} END"
                for name, what in (judged | {"judged_at": at(12_600)}).items()
            },
            "decided AND n % 100 = 3",
        ),
        _insert(
            "golden_case",
            {"case_id": "review_case", "tenant_id": tenant, "action": "'label'", "reason": "upheld", "why": "'known'"}
            | {"looks": "2", "set_by": "'sid'", "set_at": "decided_at"},
            "decided AND n % 1000 = 3",
        ),
        _insert(
            "appeal",
            {"id": _id("apl", "n"), "tenant_id": tenant, "track_id": "track", "case_id": "review_case"}
            | {"decision_id": "decision", "state": f"CASE WHEN {_APPEAL_WAITS} THEN 'open' ELSE 'upheld' END"}
            | {"lodged_by": "'link'", "lodged_at": at(86_400), "due_at": at(30 * 86_400)}
            | {name: f"CASE WHEN NOT {_APPEAL_WAITS} THEN {what} END" for name, what in answered.items()},
            "decided AND n % 1000 = 11",
        ),
        _insert(
            "reporter",
            {"tenant_id": tenant, "email_key": f"'office' || ({office}) || '@label.example'", "since": "opened_at"},
            "n % 100 = 13",
            f"ORDER BY n {_ONCE}",
        ),
        _insert(
            "report",
            {"id": _id("rpt", "n"), "tenant_id": tenant, "track_id": "track", "case_id": "review_case"}
            | {"kind": "'impersonation'", "role": "'rights_holder'", "name": "'Office'", "links": none}
            | dict.fromkeys(("email", "email_key"), f"'office' || ({office}) || '@label.example'")
            | {"statement": "'This is not by our artist.'", "via": "'form'", "received_at": "opened_at"},
            "n % 100 = 13",
        ),
    ]


def _insert(table: str, columns: dict[str, str], where: str = "n >= 0", tail: str = "") -> str:
    """``columns``: what each column is, in terms of a piece."""
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM bench_piece WHERE {where} {tail}"
