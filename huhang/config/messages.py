"""Texts to translate: collected from code, templates and packs, put into the catalogues. Chinese is the source.

No gettext is needed: Python is read as Python, templates as Django reads them. `huhang catalogues` compiles the result.
"""

import ast
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import polib
import yaml

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "locale"
PACKS = ROOT.parent / "packs"

# How code asks for a text: the arguments that are its context, its singular and its plural.
_SHAPES: Mapping[str, tuple[str, ...]] = {
    "gettext": ("msgid",),
    "ngettext": ("msgid", "plural"),
    "pgettext": ("context", "msgid"),
    "npgettext": ("context", "msgid", "plural"),
}
_CALL = re.compile(r"\b(n?p?gettext|_)\(")
# The fields of a pack's row that pages show (`huhang.kit.languages.shown`).
_SHOWN = {"title", "name", "zh", "source", "ask", "label", "choices", "text", "scenarios"}
_HAN = re.compile(r"[\u4e00-\u9fff]")
# A translator writes this as a comment above a traditional entry that must stay as it is (`# 手改`).
BY_HAND = "手改"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a text is found by."""

    msgid: str
    plural: str = ""
    context: str = ""


@dataclass
class Text:
    """A text to translate, and the files that say it."""

    key: Key
    places: set[str] = field(default_factory=set)

    @property
    def placeholder_style(self) -> list[str]:
        return ["python-format"] if "%(" in self.key.msgid else []


def command(_: list[str]) -> int:
    """`huhang messages`."""
    found = collect()
    for locale, fill in (("en", None), ("zh_Hant", traditional())):
        catalogue = merge(LOCALES / locale / "LC_MESSAGES/django.po", found, fill)
        missing = len(catalogue.untranslated_entries())
        print(f"{locale}：{len(catalogue)} 条，{missing} 条待译。")
    return 0


# --- collecting --------------------------------------------------------------------------------------


def collect() -> dict[Key, Text]:
    """Every text of the house, with the files that say it."""
    found: dict[Key, Text] = {}
    for place, key in _said():
        found.setdefault(key, Text(key)).places.add(place)
    return dict(sorted(found.items(), key=lambda item: (min(item[1].places), item[0])))


def _said() -> Iterator[tuple[str, Key]]:
    trees = {_place(file): parsed(file) for file in _files("*.py")}
    for place, tree in trees.items():
        yield from ((place, key) for key in _in_code(tree))
    yield from refusals(trees)
    for file in _files("*.html"):
        yield from ((_place(file), key) for key in in_template(file.read_text("utf-8")))
    for file in sorted(PACKS.glob("*.yaml")):
        rows = yaml.safe_load(file.read_text("utf-8"))
        yield from ((_place(file), Key(text)) for text in dict.fromkeys(in_pack(rows)))


def parsed(file: Path) -> ast.Module:
    """The file's code. Python 3.11 miscounts its depth while another thread parses, be it to print a traceback."""
    for _ in range(99):
        try:
            return ast.parse(file.read_text("utf-8"))
        except SystemError:
            time.sleep(0.01)
    return ast.parse(file.read_text("utf-8"))


def _files(pattern: str) -> list[Path]:
    return sorted(file for file in ROOT.rglob(pattern) if not {"migrations", "vendor"} & set(file.parts))


def _place(file: Path) -> str:
    return file.relative_to(ROOT.parent).as_posix()


def _in_code(tree: ast.AST) -> Iterator[Key]:
    names = _translators(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            shape = _SHAPES[names[node.func.id]]
            words = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            if len(words) >= len(shape):
                yield Key(**{part: str(word) for part, word in zip(shape, words, strict=False)})


def _translators(tree: ast.AST) -> dict[str, str]:
    """What this file calls `gettext` and its kin: {"_": "gettext"}."""
    return {
        alias.asname or alias.name: re.sub("_(lazy|noop)$", "", alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if re.sub("_(lazy|noop)$", "", alias.name) in _SHAPES
    }


def refusals(trees: Mapping[str, ast.Module]) -> Iterator[tuple[str, Key]]:
    """The docstring of every refusal: people read it."""
    classes = [
        (place, node)
        for place, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    known, size = {"DomainError"}, 0
    while len(known) != size:
        size = len(known)
        known |= {node.name for _, node in classes if known & set(map(_base, node.bases))}
    for place, node in classes:
        words = (ast.get_docstring(node) or "").strip()
        if node.name in known and _HAN.search(words):
            yield place, Key(words)


def _base(node: ast.expr) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def in_template(source: str) -> Iterator[Key]:
    """The texts of a template, as Django turns them into calls."""
    from django.utils.translation.template import templatize

    calls = templatize(source)
    for call in _CALL.finditer(calls):
        shape = _SHAPES["gettext" if call[1] == "_" else call[1]]
        words = _literals(calls[call.end() :])
        if len(words) >= len(shape):
            yield Key(**dict(zip(shape, words, strict=False)))


def _literals(call: str) -> list[str]:
    """The strings with which a call begins."""
    words, rest = [], call
    while match := re.match(r"""\s*u?('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")\s*,?""", rest):
        words.append(str(ast.literal_eval(match[1])))
        rest = rest[match.end() :]
    return words


def in_pack(rows: object) -> Iterator[str]:
    """The texts of a pack that people read: titles, questions and sources in Chinese, wherever they stand."""
    if isinstance(rows, list):
        for row in rows:
            yield from in_pack(row)
    elif isinstance(rows, dict):
        for name, value in rows.items():
            if name in _SHOWN:
                yield from _han(value)
            yield from in_pack(value)


def _han(value: object) -> list[str]:
    """The Chinese of a field: one text, or a list of texts to choose from."""
    texts = value if isinstance(value, list) else [value]
    return [text for text in texts if isinstance(text, str) and _HAN.search(text)]


# --- putting into a catalogue ------------------------------------------------------------------------

Fill = Callable[[str], str]


def merge(file: Path, found: Mapping[Key, Text], fill: Fill | None) -> polib.POFile:
    """Write a catalogue with exactly the texts found: known translations stay, the rest is filled or left empty."""
    file.parent.mkdir(parents=True, exist_ok=True)
    old = polib.pofile(str(file)) if file.exists() else polib.POFile()
    known = {key_of(entry): entry for entry in old if not entry.obsolete}
    new = polib.POFile(wrapwidth=110)
    new.metadata = _head(file.parent.parent.name)
    new.extend(_entry(text, known.get(text.key), fill) for text in found.values())
    new.save(str(file))
    return new


def key_of(entry: polib.POEntry) -> Key:
    return Key(entry.msgid, entry.msgid_plural, entry.msgctxt or "")


def _head(locale: str) -> dict[str, str]:
    forms = "nplurals=1; plural=0;" if locale.startswith("zh") else "nplurals=2; plural=(n != 1);"
    return {
        "Language": locale,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": forms,
    }


def _entry(text: Text, known: polib.POEntry | None, fill: Fill | None) -> polib.POEntry:
    key, note = text.key, known.tcomment if known else ""
    entry = polib.POEntry(
        msgid=key.msgid,
        msgid_plural=key.plural,
        msgctxt=key.context or None,
        occurrences=[(place, "") for place in sorted(text.places)],
        flags=text.placeholder_style,
        tcomment=note,
    )
    if fill and BY_HAND not in note:
        _say(entry, {0: fill(key.msgid)})
    elif known:
        _say(entry, known.msgstr_plural or {0: known.msgstr})
    return entry


def _say(entry: polib.POEntry, words: Mapping[int, str]) -> None:
    if entry.msgid_plural:
        entry.msgstr_plural = dict(words)
    else:
        entry.msgstr = words[0]


# Where OpenCC's words of computing displace those of the trade, or of daily speech: what it writes → what we say.
TRADE: Mapping[str, str] = {
    "稽核": "審核",
    "許可權": "權限",
    "型別": "類型",
    "檢視": "查看",
    "程式碼": "代碼",
    "對映": "對應",
    "令牌": "權杖",
    "賬號": "帳號",
    "賬戶": "帳戶",
    "對賬": "對帳",
    "臺": "台",
    "檯": "台",
    "隻": "只",
    "誤籤": "誤簽",
    "未籤": "未簽",
    "天后": "天後",
    "文本": "文字",
    "關鍵詞": "關鍵字",
    "由系統通過": "由系統透過",
    "快捷鍵": "快速鍵",
    "質檢": "品檢",
    "跟蹤": "追蹤",
    "聯結器": "連接器",
    "回撥地址": "回呼位址",
    "儲存期限": "保存期限",
    "有訊息就": "有消息就",
    "時間、物件": "時間、對象",
    "響應": "回應",
    "反饋": "回饋",
    "到賬": "到帳",
    "閘道器": "閘道",
    "攝像頭": "攝影機",
    "只讀": "唯讀",
    "回撥投遞": "回呼投遞",
    "排程大廳": "調度大廳",
    "添加": "新增",
    "對照周": "對照週",
    "小區": "社區",
    "“": "「",
    "”": "」",
}


# Words that OpenCC takes for others, each with its traditional form: it never sees them.
KEPT: Mapping[str, str] = {
    "视图": "檢視",
    "追查找到": "追查找到",
    "查找": "尋找",
    "宏": "巨集",
    "回复": "回覆",
    "等到消息": "等到消息",
    "大屏": "大螢幕",
    "要看的列": "要看的欄",
    "哪些列": "哪些欄",
    "、列和": "、欄和",
}
_KEPT = re.compile("|".join(KEPT))


def traditional() -> Fill:
    """Turn simplified into the traditional Chinese of Taiwan and Hong Kong, keeping the words of the trade."""
    from opencc import OpenCC  # fills the catalogue, never runs in service: installed for developers only

    convert = OpenCC("s2twp").convert

    def fill(text: str) -> str:
        pieces = [_in_trade(str(convert(piece))) for piece in _KEPT.split(text)]
        kept = [KEPT[word] for word in _KEPT.findall(text)]
        return "".join(part for pair in zip_longest(pieces, kept, fillvalue="") for part in pair)

    return fill


def _in_trade(text: str) -> str:
    for theirs, ours in TRADE.items():
        text = text.replace(theirs, ours)
    return text
