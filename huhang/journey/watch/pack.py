"""Reading the shipped watch rules from their YAML pack."""

from pathlib import Path

import yaml

from huhang.journey.rules.watch import Fault, Rule, UnclearRules, parse


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Read a pack of rules; raises UnclearRules with a sentence per fault, OSError when it is not there."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UnclearRules([Fault(path.name, "unreadable", f"not YAML: {error}")]) from error
    rows = content.get("rules") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnclearRules([Fault(path.name, "unreadable", "must hold a list named 'rules'")])
    return parse(rows)
