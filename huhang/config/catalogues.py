"""Translation catalogues: compiled with polib, so that no gettext needs to be installed."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def command(_: list[str]) -> int:
    """`huhang catalogues`."""
    print(f"已编译 {compile_changed()} 个语言文件。")
    return 0


def compile_changed() -> int:
    """Compile each `.po` that is newer than its `.mo`; returns how many."""
    changed = [file for file in ROOT.glob("**/LC_MESSAGES/*.po") if _is_newer(file, file.with_suffix(".mo"))]
    for file in changed:
        _compile(file)
    return len(changed)


def _compile(file: Path) -> None:
    import polib

    draft = file.with_suffix(".mo.new")
    polib.pofile(str(file)).save_as_mofile(str(draft))
    draft.replace(file.with_suffix(".mo"))


def _is_newer(source: Path, made: Path) -> bool:
    return not made.exists() or made.stat().st_mtime < source.stat().st_mtime
