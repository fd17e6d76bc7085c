"""What the import linter cannot see: keys that point up, names of jobs, doors without a lock, tables nobody builds.

It reads the same `.importlinter`, so the stack is written down once.
"""

import ast
import configparser
import inspect
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from django.apps import apps
from django.db.models import Model
from django.template.loader import get_template
from django.urls import URLPattern, URLResolver, get_resolver
from pydantic import BaseModel

from huhang.config.messages import parsed
from huhang.kit import jobs

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted(p for p in (ROOT / "huhang").rglob("*.py") if "migrations" not in p.parts)


def stack() -> dict[str, int]:
    """Each room's height above the ground; rooms side by side share one."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    layers = contracts["importlinter:contract:house"]["layers"].split("\n")
    floors = [line.split("|") for line in reversed(layers) if line.strip()]
    return {room.strip(): height for height, rooms in enumerate(floors) for room in rooms}


def room_of(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if parts[0] == "huhang" and len(parts) > 1 else None


def tables() -> list[type[Model]]:
    return [model for model in apps.get_models() if room_of(model.__module__)]


def upward_keys(models: list[type[Model]]) -> list[str]:
    """Relations to a room that is not below; the user model is looked up by its real room."""
    heights, found = stack(), []
    for model in models:
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if field.auto_created or not isinstance(target, type) or not room_of(target.__module__):
                continue
            mine, theirs = room_of(model.__module__), room_of(target.__module__)
            if mine != theirs and heights[theirs or ""] >= heights[mine or ""]:
                found.append(f"{model.__name__}.{field.name} → {theirs}.{target.__name__}")
    return found


class TestImports:
    def test_keep_their_direction(self):
        done = _lint(ROOT)
        assert done.returncode == 0, done.stdout

    def test_are_refused_when_they_lose_it(self, tmp_path):
        shutil.copy(ROOT / ".importlinter", tmp_path)
        shutil.copytree(
            ROOT / "huhang", tmp_path / "huhang", ignore=shutil.ignore_patterns("static", "*.pyc")
        )
        for path, line in VIOLATIONS.items():
            file = tmp_path / "huhang" / path
            file.parent.mkdir(exist_ok=True)
            (file.parent / "__init__.py").touch()
            file.write_text(f"{line}\n")
        said = _lint(tmp_path).stdout
        unseen = [words for words in SEEN if words not in said]
        assert not unseen, said


# One wrong line each, written into a copy of the house …
VIOLATIONS = {
    "network/rules/toy_upward.py": "from huhang.desk import events",
    "guidance/rules/toy_beside.py": "from huhang.journey.rules import codes",
    "desk/rules/toy_impure.py": "from django.utils import timezone",
    "quality/models.py": "from huhang.quality import actions",
    "quality/actions.py": "",
    "desk/helpers.py": "",
    "desk/actions/toy_corridor.py": "from huhang.journey.pages import toy",
    "journey/pages/toy.py": "",
    "journey/watch/toy_engine.py": "from django.db import connection",
    "attic/__init__.py": "",
}
# … and the words that name it.
SEEN = [
    "huhang.network.rules.toy_upward -> huhang.desk.events",
    "huhang.guidance.rules.toy_beside -> huhang.journey.rules.codes",
    "huhang.desk.rules.toy_impure -> django",
    "huhang.quality.models -> huhang.quality.actions",
    "- huhang.desk.helpers",
    "huhang.desk.actions.toy_corridor -> huhang.journey.pages.toy",
    "huhang.journey.watch.toy_engine -> django",
    "- huhang.attic",
]


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    lint = Path(sys.executable).with_name("lint-imports")
    command = [str(lint), "--no-cache", "--config", str(folder / ".importlinter")]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


class TestTables:
    def test_point_only_downwards(self):
        assert upward_keys(tables()) == []

    def test_are_all_known_to_a_factory(self):
        """`tests/factories/<room>.py` has a function for each table: its return type says which."""
        missing = [
            f"tests/factories/{room_of(model.__module__)}.py: def … -> {model.__name__}"
            for model in tables()
            if model not in _built_by(f"tests.factories.{room_of(model.__module__)}")
        ]
        assert not missing, "\n".join(missing)

    def test_an_upward_key_is_noticed(self, monkeypatch):
        from huhang.network.models import Person

        monkeypatch.setattr(sys.modules[__name__], "stack", lambda: dict.fromkeys(stack_rooms(), 0))
        assert any(Person.__name__ in line for line in upward_keys(tables()))


def stack_rooms() -> list[str]:
    return [p.name for p in (ROOT / "huhang").iterdir() if p.is_dir()]


def _built_by(module: str) -> set[Any]:
    if not find_spec(module):
        return set()
    functions = inspect.getmembers(import_module(module), inspect.isfunction)
    return {get_type_hints(function).get("return") for _, function in functions}


class TestJobs:
    def test_every_enqueued_name_exists(self):
        unknown = [f"{place}: {name}" for place, name in _enqueued() if name not in jobs.registry]
        assert not unknown

    def test_every_name_begins_with_its_room(self):
        wrong = [
            name
            for name, function in jobs.registry.items()
            if room_of(function.__module__) not in {name.split(".")[0], "kit"}
        ]
        assert not wrong


def _enqueued() -> Iterator[tuple[str, str]]:
    """Names given to `enqueue("…")`; a name that is not written out cannot be checked and is refused."""
    for file in CODE:
        for node in ast.walk(parsed(file)):
            if (
                isinstance(node, ast.Call)
                and _called(node) == "enqueue"
                and file.name not in {"jobs.py", "events.py"}
            ):
                name = node.args[0] if node.args else None
                text = name.value if isinstance(name, ast.Constant) else "(not a literal)"
                yield f"{file.relative_to(ROOT)}:{node.lineno}", str(text)


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


class TestDoors:
    def test_every_page_says_who_may_enter(self):
        open_doors = [
            f"{route} ({view.__module__}.{getattr(view, '__name__', view)})"
            for route, view in _views(get_resolver().url_patterns)
            if not _is_guarded(route, view)
        ]
        assert not open_doors, "\n".join(open_doors)

    def test_every_api_operation_says_who_may_call(self):
        from huhang.config.api import api

        open_doors = [
            f"{','.join(operation.methods)} {path}"
            for _, router in api._routers
            for path, view in router.path_operations.items()
            for operation in view.operations
            if not getattr(operation.view_func, "permission", None)
        ]
        assert not open_doors, "\n".join(open_doors)

    def test_every_permission_is_granted_to_some_role(self):
        roles = pytest.importorskip("huhang.network.rules.roles")
        granted = {permission for role in roles.ROLES.values() for permission in role.permissions}
        asked = {getattr(view, "permission", "public") for _, view in _views(get_resolver().url_patterns)}
        assert asked - granted - {"public", "signed-in"} == set()


def _views(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns, route)
        else:
            yield route, pattern.callback


def _is_guarded(route: str, view: Any) -> bool:
    """Django's admin keeps its own doors; the API's are checked one operation at a time."""
    return bool(getattr(view, "permission", None)) or route.startswith(("admin/", "api/v1/"))


class TestTemplates:
    @pytest.mark.parametrize(
        "name",
        sorted(
            str(file.relative_to(folder))
            for folder in (ROOT / "huhang").glob("**/templates")
            for file in folder.rglob("*.html")
        ),
    )
    def test_can_be_read(self, name):
        get_template(name)


class TestCode:
    def test_has_no_rooms_for_odds_and_ends(self):
        """A file called so has no subject; find the noun."""
        odd = {"utils.py", "helpers.py", "manager.py", "managers.py", "misc.py", "common.py"}
        assert [str(file.relative_to(ROOT)) for file in CODE if file.name in odd] == []

    def test_writes_no_extension_into_the_database(self):
        """The embedded PostgreSQL has none to create."""
        files = [*(ROOT / "huhang").rglob("*.py"), *(ROOT / "huhang").rglob("*.sql")]
        assert [str(f.relative_to(ROOT)) for f in files if "CREATE EXTENSION" in f.read_text().upper()] == []


def test_every_setting_is_told_to_who_runs_it() -> None:
    """What a process reads from its surroundings stands in the operations guide."""
    internal = {"HUHANG_PARENT"}
    named = {name for file in CODE for name in re.findall(r'"(HUHANG_[A-Z_]+)"', file.read_text())}
    told = (ROOT / "docs/operations.md").read_text()
    assert sorted(name for name in named - internal if f"`{name}`" not in told) == []


def test_shapes_of_the_api_have_one_name_each() -> None:
    """Two with the same name would be one in the OpenAPI document: the later one."""
    import_module("huhang.config.urls")
    shapes = {
        shape for shape in _below(BaseModel) if ".api" in shape.__module__ and room_of(shape.__module__)
    }
    assert [name for name, number in Counter(shape.__name__ for shape in shapes).items() if number > 1] == []


def _below(shape: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in shape.__subclasses__():
        yield one
        yield from _below(one)
