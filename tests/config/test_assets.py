import json
import re

from huhang.config import assets


class TestKeep:
    def test_drops_references_to_files_that_are_not_kept(self, tmp_path):
        css = tmp_path / "a.css"
        css.write_text(
            '@font-face{src:url("./fonts/i.woff2?v1") format("woff2"),url("./fonts/i.woff?") format("woff"),'
            'url("./fonts/i.ttf?v1") format("truetype")}\n/*# sourceMappingURL=a.css.map */'
        )
        assets._keep(css, tmp_path / "out/a.css")
        assert (
            tmp_path / "out/a.css"
        ).read_text() == '@font-face{src:url("./fonts/i.woff2?v1") format("woff2")}\n'


class TestLock:
    def test_names_no_registry(self):
        lock = (assets.ROOT / "package-lock.json").read_text()
        assert "resolved" not in lock
        packages = json.loads(lock)["packages"]
        assert all("integrity" in package for path, package in packages.items() if path)

    def test_of_python_names_no_registry_either(self):
        for name in ("requirements.txt", "dev.txt"):
            lines = (assets.ROOT / "locks" / name).read_text().splitlines()[1:]
            assert all(re.fullmatch(r"[\w.\[\]-]+==\S+( ; .+)?", line) for line in lines), name

    def test_of_python_is_met_by_what_is_installed(self):
        from importlib.metadata import version

        lines = (assets.ROOT / "locks/requirements.txt").read_text().splitlines()[1:]
        pins = dict(line.split("==") for line in lines if ";" not in line)
        assert {name: version(re.sub(r"\[.*\]", "", name)) for name in pins} == pins
