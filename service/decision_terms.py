"""The words a decision may use: clauses and labels that the rules in force, or Earmark itself, know.

A decision's clause and labels go out to uploaders and partners, so a slip of the pen must not become a label of its
own.
"""

from collections.abc import Iterator

from schemas.review import BulkIn, DecisionIn
from schemas.verdict import Label
from service.rules import RuleSet
from service.store.failures import POLICY as FAILED_ANALYSIS
from service.store.unflagged_sample import POLICY as RANDOM_SAMPLE


def clauses(rules: RuleSet) -> set[str]:
    """Policy clauses that a decision may rest on."""
    return {*rules.clauses, FAILED_ANALYSIS, RANDOM_SAMPLE}


def labels(rules: RuleSet) -> set[str]:
    """Labels that a decision may confirm or reject: ours, and those of the packs."""
    return {*Label, *(label for rule in rules.rules for label in rule.then.labels)}


def unknown_terms(decision: DecisionIn | BulkIn, rules: RuleSet) -> Iterator[tuple[str, str]]:
    """Fields of a decision with a word that nobody knows, each with what is known instead."""
    known_clauses, known_labels = clauses(rules), labels(rules)
    if decision.policy_clause is not None and decision.policy_clause not in known_clauses:
        yield "policy_clause", f"there is no clause of this name; there are {', '.join(sorted(known_clauses))}"
    said = {"confirm_labels": decision.confirm_labels, "reject_labels": decision.reject_labels}
    for number, other in enumerate(decision.exceptions if isinstance(decision, DecisionIn) else []):
        said[f"exceptions.{number}.confirm_labels"] = other.confirm_labels
        said[f"exceptions.{number}.reject_labels"] = other.reject_labels
    for field, named in said.items():
        if unknown := sorted(set(named) - known_labels):
            known = ", ".join(sorted(known_labels))
            yield field, f"{', '.join(unknown)[:200]} is no label; there are {known}"
