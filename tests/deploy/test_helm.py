"""The Helm chart: lints, renders to what Kubernetes takes, and scales by a question that PostgreSQL answers."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import psycopg
import pytest
import yaml

from service.settings import Settings
from service.store.clock import utc_now
from service.store.database import Database
from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind
from tests.command_lines import options_of

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "earmark"
KUBERNETES = "1.37"

SCALED_OBJECT = {
    "type": "object",
    "required": ["scaleTargetRef", "triggers"],
    "additionalProperties": False,
    "properties": {
        "scaleTargetRef": {"type": "object", "required": ["name"]},
        "minReplicaCount": {"type": "integer"},
        "maxReplicaCount": {"type": "integer"},
        "pollingInterval": {"type": "integer"},
        "cooldownPeriod": {"type": "integer"},
        "triggers": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["type", "metadata", "authenticationRef"],
                "additionalProperties": False,
                "properties": {
                    "type": {"const": "postgresql"},
                    "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
                    "authenticationRef": {"type": "object", "required": ["name"]},
                },
            },
        },
    },
}
"""Of https://keda.sh/docs/latest/scalers/postgresql/; Kubernetes itself knows no schema of it."""


def rendered(**values: Any) -> list[dict[str, Any]]:
    with helm_python.Chart.load(CHART) as chart:
        texts = chart.render(values, name="prod", namespace="music")
    found = [
        document
        for path, text in texts.items()
        if path.endswith(".yaml")
        for document in yaml.safe_load_all(text)
        if document
    ]
    assert found
    return found


def of_kind(documents: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [document for document in documents if document["kind"] == kind]


WATCHERS = {
    "harbour": {"place": "s3://harbour-inbox/batches", "tenant": "harbour"},
    "quay": {"place": "/inbox/new", "tenant": "quay", "claim": "quay-inbox"},
}
VARIANTS: list[dict[str, Any]] = [
    {"watchers": WATCHERS},
    {},
    {"keda": {"enabled": False}},
    {"image": {"tag": "9.9"}, "imagePullSecrets": [{"name": "registry"}], "nodeSelector": {"disk": "ssd"}},
    {"tolerations": [{"key": "a", "operator": "Exists"}], "serviceAccount": {"annotations": {"role": "x"}}},
]


def test_it_lints() -> None:
    said = helm_python.lint(str(CHART))
    assert said["errors"] == []
    assert [message for message in said["messages"] if message["severity"] > 1] == []


def test_a_fault_in_it_would_be_found(tmp_path: Path) -> None:
    shutil.copytree(CHART, tmp_path / "earmark")
    (tmp_path / "earmark" / "templates" / "wrong.yaml").write_text("{{ .Values.nothing.at.all }}")
    said = helm_python.lint(str(tmp_path / "earmark"))
    assert [message for message in said["messages"] if message["severity"] > 1]


@pytest.mark.parametrize("values", VARIANTS)
def test_what_it_renders_kubernetes_takes(values: dict[str, Any]) -> None:
    documents = rendered(**values)
    for document in documents:
        if document["apiVersion"].startswith("keda.sh/"):
            continue
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
    named = [(document["kind"], document["metadata"]["name"]) for document in documents]
    assert len(named) == len(set(named))


def test_a_field_that_kubernetes_does_not_know_would_be_found() -> None:
    [service] = of_kind(rendered(), "Service")
    service["spec"]["prots"] = []
    with pytest.raises(Exception, match="prots"):
        kubernetes_validate.validate(service, KUBERNETES, strict=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"workers": {"analyse": {"kinds": ["sing"]}}},
        {"settings": {"DATABASE_URL": "x"}},
        {"settings": {"EARMARK_PORT": 8000}},
        {"existingSecret": ""},
        {"watchers": {"quay": {"place": "/inbox", "tenant": "quay"}}},
        {"watchers": {"quay": {"place": "/etc", "tenant": "quay", "claim": "quay"}}},
        {"watchers": {"quay": {"place": "s3://quay"}}},
    ],
)
def test_values_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(helm_python.HelmError):
        rendered(**wrong)


def test_settings_in_the_values_exist() -> None:
    known = {f"EARMARK_{name.upper()}" for name in Settings.model_fields}
    [settings] = of_kind(rendered(), "ConfigMap")
    assert set(settings["data"]) <= known


def test_every_container_is_confined_and_asks_for_what_it_needs() -> None:
    for document in rendered():
        if document["kind"] not in ("Deployment", "Job"):
            continue
        pod = document["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            if document["kind"] == "Deployment":
                assert container["resources"]["requests"] and container["resources"]["limits"]


def test_every_kind_of_work_is_done_by_one_worker_and_nobody_is_cut_off_early() -> None:
    documents = rendered()
    workers = [
        document
        for document in of_kind(documents, "Deployment")
        if document["spec"]["template"]["spec"]["containers"][0]["args"][0] == "worker"
    ]
    arguments = [document["spec"]["template"]["spec"]["containers"][0]["args"] for document in workers]
    queues = [queue for given in arguments for queue in given[2].split(",")]
    assert sorted(queues) == sorted(kind.value for kind in JobKind)
    for document in workers:
        grace_s = document["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        assert grace_s > Settings().soft_shutdown_s + 5
    targets = {document["spec"]["scaleTargetRef"]["name"] for document in of_kind(documents, "ScaledObject")}
    assert targets == {document["metadata"]["name"] for document in workers}


def test_each_watched_place_has_a_watcher_and_a_folder_its_claim() -> None:
    pods = {
        document["metadata"]["name"]: document["spec"]["template"]["spec"]
        for document in of_kind(rendered(watchers=WATCHERS), "Deployment")
        if document["metadata"]["name"].startswith("prod-earmark-watch-")
    }
    assert sorted(pods) == ["prod-earmark-watch-harbour", "prod-earmark-watch-quay"]
    bucket, folder = (pods[name] for name in sorted(pods))
    assert options_of(bucket["containers"][0]["args"])["place"] == "s3://harbour-inbox/batches"
    assert options_of(folder["containers"][0]["args"])["tenant"] == "quay"
    assert "inbox" not in [volume["name"] for volume in bucket["volumes"]]
    assert {"name": "inbox", "persistentVolumeClaim": {"claimName": "quay-inbox"}} in folder["volumes"]
    assert {"name": "inbox", "mountPath": "/inbox"} in folder["containers"][0]["volumeMounts"]
    assert of_kind(rendered(), "Deployment") and not any("watch" in d["metadata"]["name"] for d in rendered())


def test_the_chart_says_under_which_keys_secrets_are_sealed() -> None:
    told = (CHART / "values.yaml").read_text() + (CHART / "templates" / "NOTES.txt").read_text()
    assert told.count("EARMARK_SECRETS_KEYS") == 2


def test_the_scaler_asks_the_job_table_what_is_due_and_running(postgres_url: str, tmp_path: Path) -> None:
    scaled = {document["metadata"]["name"]: document for document in of_kind(rendered(), "ScaledObject")}
    for document in scaled.values():
        validate_against(SCALED_OBJECT, document["spec"], tmp_path)
    database = Database.open(postgres_url)
    with database.write() as session:
        jobs = Jobs(session)
        for number in range(7):
            jobs.enqueue(JobKind.ANALYSE, f"trk_{number}")
        jobs.enqueue(JobKind.NOTIFY, "whk_1/trk_1")
        jobs.claim([JobKind.ANALYSE], limit=2, worker="w", lease_s=60, now=utc_now())
    database.dispose()
    with psycopg.connect(postgres_url) as connection:
        answers = {
            name: connection.execute(document["spec"]["triggers"][0]["metadata"]["query"]).fetchone()
            for name, document in scaled.items()
        }
    assert answers == {"prod-earmark-analyse": (7,), "prod-earmark-judge": (0,), "prod-earmark-webhooks": (1,)}


def validate_against(schema: dict[str, Any], document: dict[str, Any], folder: Path) -> None:
    (folder / "schema.yaml").write_text(yaml.safe_dump(schema))
    (folder / "document.yaml").write_text(yaml.safe_dump(document))
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(folder / "schema.yaml")]
    subprocess.run([*command, str(folder / "document.yaml")], check=True, capture_output=True)
