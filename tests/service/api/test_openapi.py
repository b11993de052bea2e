from typing import Any

import pytest

from schemas.events import EventKind
from service.app import app


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """The document of the application, which needs no running one."""
    return app.openapi()


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_has_a_title_a_description_and_a_tag_that_is_explained(described: dict[str, Any]) -> None:
    explained = {tag["name"] for tag in described["tags"]}
    for method, path, operation in operations(described):
        assert operation["summary"], (method, path)
        assert operation["description"].endswith((".", "`.")), (method, path)
        assert set(operation["tags"]) <= explained, (method, path)


def test_every_operation_under_v1_asks_for_a_bearer_key(described: dict[str, Any]) -> None:
    scheme = described["components"]["securitySchemes"]["apiKey"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert "tracks:write" in scheme["description"]
    for method, path, operation in operations(described):
        assert ("security" in operation) == path.startswith("/v1/"), (method, path)


def test_every_failure_is_described_as_a_problem(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        failures = {code: answer for code, answer in operation["responses"].items() if not code.startswith("2")}
        assert "default" in failures
        for code, answer in failures.items():
            (content_type,) = answer["content"]
            assert content_type == "application/problem+json", (method, path, code)
            assert answer["content"][content_type]["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert answer["content"][content_type]["examples"]


def test_a_delivery_is_described_with_its_parts_and_an_example(described: dict[str, Any]) -> None:
    body = described["paths"]["/v1/tracks"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert body["schema"]["required"] == ["metadata"]
    assert body["schema"]["anyOf"] == [{"required": ["audio"]}, {"required": ["audio_upload"]}]
    assert set(body["schema"]["properties"]) == {"metadata", "audio", "artwork", "audio_upload", "artwork_upload"}
    assert body["schema"]["properties"]["metadata"] == {"$ref": "#/components/schemas/TrackMetadata"}
    assert body["example"]["metadata"]["declared_ai"]["VOCALS"] == "NONE"
    parameters = described["paths"]["/v1/tracks"]["post"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == ["Idempotency-Key"]


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for child in node.values() for found in references(child)]
        return [found for child in node for found in references(child)] if isinstance(node, list) else []

    for reference in references(described):
        name = reference.removeprefix("#/components/schemas/")
        assert name in described["components"]["schemas"], reference
    assert "HTTPValidationError" not in described["components"]["schemas"]


def test_every_message_to_a_webhook_is_described(described: dict[str, Any]) -> None:
    assert set(described["webhooks"]) == {kind.value for kind in EventKind}
    for kind, item in described["webhooks"].items():
        assert item["post"]["summary"] == kind
        schema = item["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/WebhookMessage"}
    data = described["components"]["schemas"]["WebhookEvent"]["properties"]
    assert {"track_id", "seq", "revision", "client_reference", "details"} == set(data)
