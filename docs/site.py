"""Hook of MkDocs: operations of the API and policy packs become pages when the site is built."""

from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files


def on_files(files: Files, config: MkDocsConfig) -> Files:
    files.append(File.generated(config, "api.md", content=api_page()))
    files.append(File.generated(config, "packs.md", content=packs_page()))
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


def packs_page() -> str:
    """Every pack that comes with Earmark: its clauses, as senders are shown them, and what each rule does and says."""
    from service.rules import PACKS

    lines = ["# Policy packs", "", "What comes with Earmark. [How rules are written](rules.md) is a page of its own."]
    for path in sorted(PACKS.rglob("*.yaml")):
        pack = yaml.safe_load(path.read_text("utf-8"))
        lines += ["", f"## {pack['title']}", "", f"`{path.relative_to(PACKS.parent.parent.parent)}`"]
        lines += ["", *([f"Source: {pack['source']}", ""] if "source" in pack else [])]
        for clause in pack.get("policies", []):
            lines += [f"**{clause['clause']}: {clause['title']}.** {clause['text'].strip()}", ""]
        lines += ["| rule | status | clause | does | says |", "|---|---|---|---|---|"]
        lines += [_rule_row(rule) for rule in pack.get("rules", [])]
    return "\n".join(lines) + "\n"


def _rule_row(rule: dict[str, Any]) -> str:
    then = rule.get("then", {})
    does = [f"`{label}`" for label in then.get("labels", [])]
    does += [" ".join(filter(None, (then["action"], then.get("priority"))))] if "action" in then else []
    says = str(rule.get("reason", "")).replace("|", "/").replace("\n", " ").strip()
    return f"| `{rule['id']}` | {rule.get('status', 'draft')} | {rule['policy']} | {', '.join(does)} | {says} |"
