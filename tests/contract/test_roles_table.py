"""The table of roles and the source say the same: every act that is recorded stands in it."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from controls.library import load_library
from secaudit.app.roles import Rule, role_table
from secaudit.core.errors import InternalError
from secaudit.core.roles import Role

APP = Path(__file__).resolve().parents[2] / "secaudit" / "app"
ACT = re.compile(r"[a-z_]+\.[a-z_-]+")
RECORDERS = {"record", "_decide"}
"""Functions that take an act: Change.record, findings.record, and what risks are decided by."""


def _texts(node: ast.expr, names: dict[str, list[ast.expr]]) -> Iterator[str]:
    """The texts that an expression may be, an f-string as a pattern."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z_-]+"
            for part in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body, names)
        yield from _texts(node.orelse, names)
    elif isinstance(node, ast.Name):
        for value in names.get(node.id, ()):
            yield from _texts(value, names)
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        for value in names.get(node.value.id, ()):
            if isinstance(value, ast.Dict):
                for item in value.values:
                    yield from _texts(item, names)


def _assigned(tree: ast.Module) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        for target in targets:
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = list(zip(target.elts, value.elts, strict=True))
            for name, given in pairs:
                if isinstance(name, ast.Name):
                    found.setdefault(name.id, []).append(given)
    return found


def _calls(tree: ast.Module) -> Iterator[ast.expr]:
    """What is given as the act, wherever something is recorded."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr == "record":
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "change":
                yield node.args[0]
        elif isinstance(node.func, ast.Name) and node.func.id in RECORDERS and len(node.args) > 1:
            yield node.args[1]


def _recorded() -> Iterator[tuple[str, str]]:
    """Where, and the pattern of the act."""
    for path in sorted(APP.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = _assigned(tree)
        for given in _calls(tree):
            where = f"{path.relative_to(APP)}:{given.lineno}"
            if isinstance(given, ast.Name) and given.id == "action" and "action" not in names:
                continue  # handed on by a function that itself is looked at
            texts = [text for text in _texts(given, names) if ACT.fullmatch(text.replace("\\", ""))]
            patterns = [text for text in _texts(given, names) if "[a-z_-]+" in text]
            assert texts or patterns or _is_parameter(tree, given), f"{where}: which act is this?"
            for text in dict.fromkeys((*texts, *patterns)):
                yield where, text


def _is_parameter(tree: ast.Module, given: ast.expr) -> bool:
    """Tell whether the act is a parameter of the function around it."""
    return isinstance(given, ast.Name) and any(
        given.id in {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
        and any(inner is given for inner in ast.walk(node))
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    )


def test_every_act_that_is_recorded_stands_in_the_table_and_no_other() -> None:
    acts = set(role_table().acts)
    seen: set[str] = set()
    for where, pattern in _recorded():
        fitting = {act for act in acts if re.fullmatch(pattern, act)}
        assert fitting, f"{where}: {pattern} stands in no table of roles"
        seen |= fitting
    assert acts - seen == set(), "nothing records these acts"


def test_the_page_is_in_step() -> None:
    done = subprocess.run(
        [sys.executable, "tools/roles_page.py", "--check"],
        cwd=APP.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_act_that_no_table_knows_is_refused() -> None:
    with pytest.raises(InternalError, match="stands in no table of roles"):
        role_table().act("finding.forgotten")


def test_each_role_names_a_column_of_the_matrix_and_articles_that_exist() -> None:
    library = load_library()
    matrices = {item.id: item for item in library.matrices}
    for role, entry in role_table().roles.items():
        assert entry.raci.actor in matrices[entry.raci.matrix].actors, role
        for article in entry.raci.articles:
            library.requirement(article)


def test_every_role_but_the_viewer_may_do_something_and_the_separated_ones_do_not_meet() -> None:
    acts = role_table().acts
    for role in Role:
        may = [name for name, act in acts.items() if role in act.roles]
        assert bool(may) is (role is not Role.VIEWER), role
    for name, act in acts.items():
        if name.startswith("audit.") and act.rule is Rule.DECISION:
            assert Role.APPROVER not in act.roles, name
            assert Role.AUDITOR not in act.roles, name
    assert Role.OPERATOR not in acts["control.graded"].roles
    assert Role.AUDITOR not in acts["control.attested"].roles
    for name in ("finding.accepted", "risk.approved", "risk.accepted", "soa.approved"):
        assert set(acts[name].roles) == {Role.APPROVER, Role.COORDINATOR}
