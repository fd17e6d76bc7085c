import gettext
import os

import pytest

from huhang.config import catalogues

PO = """\
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "工单"
msgstr "Ticket"
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)
    messages = tmp_path / "locale/en/LC_MESSAGES"
    messages.mkdir(parents=True)
    (messages / "django.po").write_text(PO)
    return messages


class TestCompileChanged:
    def test_makes_a_catalogue_that_gettext_reads(self, folder):
        assert catalogues.compile_changed() == 1
        with (folder / "django.mo").open("rb") as file:
            assert gettext.GNUTranslations(file).gettext("工单") == "Ticket"

    def test_does_only_what_changed(self, folder):
        catalogues.compile_changed()
        assert catalogues.compile_changed() == 0
        os.utime(folder / "django.po", (2e9, 2e9))
        assert catalogues.compile_changed() == 1
