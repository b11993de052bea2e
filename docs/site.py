"""Hook of MkDocs: the page of the API's operations is made from the OpenAPI document when the site is built."""

from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files


def on_files(files: Files, config: MkDocsConfig) -> Files:
    files.append(File.generated(config, "api.md", content=api_page()))
    return files


def api_page() -> str:
    """Every operation by tag, with what it answers and by which problems it fails."""
    from service.app import app

    described = app.openapi()
    lines = ["# API", "", described["info"]["description"], ""]
    for tag in described["tags"]:
        operations = list(_of(described, tag["name"]))
        if not operations:
            continue
        lines += [f"## {tag['name'].capitalize()}", "", tag["description"], ""]
        for method, path, operation in operations:
            lines += [f"### {operation['summary']}", "", f"`{method} {path}`", "", operation["description"], ""]
            lines += _parameters(operation)
            lines += [_answers(operation), ""]
    lines += ["## Messages to webhooks", "", "| type | when |", "|---|---|"]
    for kind, item in described["webhooks"].items():
        lines.append(f"| `{kind}` | {item['post']['description'].partition(' Signed by')[0]} |")
    return "\n".join(lines) + "\n"


def _of(described: dict[str, Any], tag: str) -> Any:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if tag in operation.get("tags", []):
                yield method.upper(), path, operation


def _parameters(operation: dict[str, Any]) -> list[str]:
    rows = [
        f"| `{parameter['name']}` | {parameter['in']} | {parameter.get('description', '').replace('|', '/')} |"
        for parameter in operation.get("parameters", [])
        if parameter["in"] != "path"
    ]
    return ["| parameter | in | meaning |", "|---|---|---|", *rows, ""] if rows else []


def _answers(operation: dict[str, Any]) -> str:
    codes = sorted(code for code in operation["responses"] if code != "default")
    return "Answers: " + ", ".join(f"`{code}`" for code in codes) + "."
