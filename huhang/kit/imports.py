"""Files into tables: one registry of what can be imported, one way of doing it.

A room registers its importers in `tasks.py`; the `huhang import` command and the import page find them here.
Every good row is written, every refused one is kept with its reason in a file; a dry run does all of it and
takes it back.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _
from pydantic import AliasChoices, BaseModel, ValidationError

from huhang.kit import reasons
from huhang.kit.errors import BadInput, DomainError, NotAllowed
from huhang.kit.languages import reads_english
from huhang.kit.models import ImportRun
from huhang.kit.sheets import RejectsFile, Sheet, open_sheet

ERRORS_SHOWN = 100
BATCH = 100
# Under var/: what was sent, and what was refused of it.
UPLOADS, REJECTS = FOLDERS = ("uploads", "rejects")
KEEP_FILES = timedelta(days=30)


class UnknownKind(BadInput):
    """没有这一类导入。"""


class Outcome(StrEnum):
    """What a row did."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


R = TypeVar("R", bound=BaseModel)
# Row number, what was wrong, the row as it came.
Refusal = tuple[int, list[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Importer(Generic[R]):
    """One kind of file: the model of its rows and what to do with each; `write` refuses by a DomainError."""

    kind: str
    label: Any
    row: type[R]
    permission: str
    write: Callable[..., Outcome]

    @property
    def columns(self) -> list["Column"]:
        return [Column.of(name, self.row) for name in self.row.model_fields]


@dataclass(frozen=True)
class Column:
    """A column as the import page explains it."""

    name: str
    aliases: tuple[str, ...]
    is_required: bool
    about: str

    @property
    def shown(self) -> str:
        """The name people use: ours in English, else the first Chinese one."""
        return self.aliases[0] if self.aliases and not reads_english() else self.name

    @property
    def also(self) -> tuple[str, ...]:
        """What else it may be called."""
        return tuple(name for name in (*self.aliases, self.name) if name != self.shown)

    @classmethod
    def of(cls, name: str, row: type[BaseModel]) -> "Column":
        info = row.model_fields[name]
        choices = info.validation_alias
        aliases = choices.choices if isinstance(choices, AliasChoices) else []
        names = tuple(str(alias) for alias in aliases if alias != name)
        return cls(name, names, info.is_required(), info.description or "")


@dataclass
class Receipt:
    """What came of a file while it is read."""

    rejects: RejectsFile
    counts: Counter[Outcome] = field(default_factory=Counter)
    errors: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(self.counts.values()) + self.rejects.count

    def refuse(self, number: int, errors: list[dict[str, Any]], row: Mapping[str, Any]) -> None:
        self.rejects.write(number, "；".join(_sentence(error) for error in errors), row)
        if len(self.errors) < ERRORS_SHOWN:
            self.errors += [{"row": number, **error} for error in errors]


_REGISTRY: dict[str, Importer[Any]] = {}


def importer(
    kind: str, *, label: Any, row: type[R], permission: str
) -> Callable[[Callable[..., Outcome]], Callable[..., Outcome]]:
    """Register `write(row, *, by, now) -> Outcome` as the importer of a kind."""

    def register(write: Callable[..., Outcome]) -> Callable[..., Outcome]:
        _REGISTRY[kind] = Importer(kind, label, row, permission, write)
        return write

    return register


def kinds() -> list[Importer[Any]]:
    return list(_REGISTRY.values())


def find(kind: str) -> Importer[Any]:
    if kind not in _REGISTRY:
        raise UnknownKind(_("可以导入：%(kinds)s") % {"kinds": "、".join(_REGISTRY)}, kind=kind)
    return _REGISTRY[kind]


def forget_files(*, now: datetime) -> int:
    """Delete uploads and refused rows that are older than their time: they hold people's data. How many."""
    count = 0
    for folder in FOLDERS:
        for file in (Path(settings.VAR) / folder).glob("*"):
            if datetime.fromtimestamp(file.stat().st_mtime, UTC) < now - KEEP_FILES:
                file.unlink(missing_ok=True)
                count += 1
    return count


def run(
    kind: str,
    path: Path,
    *,
    by: Any,
    now: datetime,
    file_name: str = "",
    dry_run: bool = False,
    rename: Mapping[str, str] | None = None,
    rejects: Path | None = None,
) -> ImportRun:
    """Import a file and keep the receipt. `by` is a person, or None for the machine's own operator (the command).

    `rename` maps the file's column names to ours; `rejects` is where refused rows go (else under var/rejects).
    """
    chosen = find(kind)
    if by is not None and not by.may(chosen.permission):
        raise NotAllowed(permission=chosen.permission)
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    target = rejects or Path(settings.VAR) / REJECTS / f"{kind}-{now:%Y%m%d-%H%M%S-%f}-{digest[:8]}.csv"
    with open_sheet(path, name=file_name or path.name) as sheet, RejectsFile(target) as refused:
        receipt = Receipt(refused)
        _write_all(_Task(chosen, rename or {}, by, now), sheet, receipt, dry_run=dry_run)
    return ImportRun.objects.create(
        kind=kind,
        file_name=sheet.name[-255:],
        sha256=digest,
        dry_run=dry_run,
        rows=receipt.rows,
        created=receipt.counts[Outcome.CREATED],
        updated=receipt.counts[Outcome.UPDATED],
        unchanged=receipt.counts[Outcome.UNCHANGED],
        rejected=refused.count,
        rejects_path=str(target) if refused.count else "",
        errors=receipt.errors,
        by=by.get_username() if by is not None else "",
        at=now,
    )


@dataclass(frozen=True)
class _Task:
    """One file on its way into the tables."""

    chosen: Importer[Any]
    rename: Mapping[str, str]
    by: Any
    now: datetime


@transaction.atomic
def _write_all(task: _Task, sheet: Sheet, receipt: Receipt, *, dry_run: bool) -> None:
    rows = iter(sheet)
    while batch := list(islice(rows, BATCH)):
        for number, errors, row in sorted(_write_batch(task, batch, receipt), key=itemgetter(0)):
            receipt.refuse(number, [_in_words_of(task, row, error) for error in errors], row)
    for rejected in sheet.rejected:
        receipt.refuse(rejected.number, [{"field": "", "reason": rejected.reason}], rejected.row)
    if dry_run:
        transaction.set_rollback(True)


def _write_batch(task: _Task, batch: list[tuple[int, dict[str, Any]]], receipt: Receipt) -> Iterator[Refusal]:
    """Write the rows under one savepoint; only when one is refused, each under its own."""
    models = []
    for number, row in batch:
        try:
            models.append((number, row, _read(task, row)))
        except ValidationError as error:
            yield number, list(_errors(error)), row
    try:
        with transaction.atomic():
            outcomes = [task.chosen.write(model, by=task.by, now=task.now) for _, _, model in models]
    except REFUSALS:
        yield from _write_singly(task, models, receipt)
    else:
        receipt.counts.update(outcomes)


def _write_singly(
    task: _Task, models: list[tuple[int, dict[str, Any], BaseModel]], receipt: Receipt
) -> Iterator[Refusal]:
    for number, row, model in models:
        try:
            with transaction.atomic():
                receipt.counts[task.chosen.write(model, by=task.by, now=task.now)] += 1
        except REFUSALS as error:
            yield number, list(_errors(error)), row


def _read(task: _Task, row: Mapping[str, Any]) -> BaseModel:
    """The row's model; an empty cell says nothing."""
    filled = {task.rename.get(name, name): value for name, value in row.items() if value not in ("", None)}
    model: BaseModel = task.chosen.row.model_validate(filled)
    return model


def _in_words_of(task: _Task, row: Mapping[str, Any], error: dict[str, Any]) -> dict[str, Any]:
    """The refusal with the field called as the file calls it, for people mend the file."""
    column = next((c for c in task.chosen.columns if error["field"] in {c.name, *c.aliases}), None)
    if column is None:
        return error
    names = {column.name, *column.aliases}
    own = next((name for name in row if task.rename.get(name, name) in names), None)
    return {**error, "field": own or column.shown}


REFUSALS = (ValidationError, DomainError, IntegrityError, DataError)


def _errors(error: Exception) -> Iterator[dict[str, Any]]:
    if isinstance(error, ValidationError):
        yield from reasons.of(error)
    elif isinstance(error, DomainError):
        yield {"field": str(error.data.get("field", "")), "reason": error.detail or error.title}
    else:
        yield {
            "field": "",
            "reason": _("与已有数据冲突：%(detail)s") % {"detail": str(error).splitlines()[0]},
        }


def _sentence(error: Mapping[str, Any]) -> str:
    return f"{error['field']}：{error['reason']}" if error.get("field") else str(error["reason"])
