"""Everything there is to say is collected for translators, who keep what they did when it changes.

Whether a translation is whole is for `test_languages`.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from babel import Locale
from babel.messages import Catalog, Message, pofile

from bot.content.loading import read_folder
from bot.i18n.catalog import (
    CatalogError,
    key_of,
    msgids,
    po_file,
    read_catalogue,
    read_translations,
    strings,
)
from bot.i18n.tools.catalog_update import is_unchanged, merge, template, write
from bot.i18n.tools.extraction import collect_texts
from bot.languages.update_catalogs import bring_up_to_date, texts_in
from bot.settings import ROOT
from flows.engine import Step, placeholders

FLOWS, LOCALES = ROOT / "flows", ROOT / "locales"
WORDS = texts_in(FLOWS)
POLISH = Locale.parse("pl")


# --- what is collected ---------------------------------------------------------------------------


def test_messages_pot_is_what_the_files_say() -> None:
    pot = read_catalogue(LOCALES / "messages.pot")
    assert is_unchanged(pot, template(WORDS)), "run `make messages`"


def test_babel_collects_the_same_by_its_own_command(tmp_path: Path) -> None:
    pot = tmp_path / "messages.pot"
    pybabel = Path(sys.executable).parent / "pybabel"
    options = ("-q", "extract", "-F", "locales/babel.cfg", "-o", str(pot), "flows")
    subprocess.run([str(pybabel), *options], cwd=ROOT, check=True)
    found = read_catalogue(pot)
    assert {key_of(m) for m in found if m.id} == {w.text.key for w in WORDS}
    assert {m.locations[0] for m in found if m.id} == {
        (f"flows/{w.text.file}", w.text.line) for w in WORDS
    }


def test_every_text_stands_where_it_is_said_to(tmp_path: Path) -> None:
    for word in WORDS:
        lines = (FLOWS / word.text.file).read_text("utf-8").splitlines()
        first = word.text.source.splitlines()[0]
        at = lines[word.text.line - 1]
        block = at.rstrip().endswith(("|-", "|", ">-", ">"))
        assert first in (lines[word.text.line] if block else at), word.text.context


def test_no_two_texts_share_a_place() -> None:
    assert len({w.text.key for w in WORDS}) == len({w.text for w in WORDS})
    assert len({w.text.context for w in WORDS}) == len(WORDS)


def test_no_words_of_the_files_are_left_out() -> None:
    """Every scalar of a file that holds words is a text, a name, or a word of the format."""
    collected = {w.text.source for w in WORDS} | {w.text.one for w in WORDS}
    names = {c.label.source for s in _language_steps() for c in s.choices}
    for path in FLOWS.glob("*.yaml"):
        if path.name not in ("plan.yaml", "stop_words.yaml", "lock_screen.yaml"):
            root = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
            said = {str(n.value).strip() for n in _scalars(root) if re.search(r"[ .?!]", n.value)}
            assert said - collected - names - _references() == set(), path.name


def _language_steps() -> list[Step]:
    library, _ = read_folder(FLOWS)
    return [s for f in library.current.values() for s in f.steps if s.meaning == "language"]


def _references() -> set[str]:
    """The questions that conditions and stories name: `before.b1`."""
    library, _ = read_folder(FLOWS)
    steps = [s for f in library.current.values() for s in f.steps]
    told = {f"{flow}.{step}" for of in library.threads.steps.values() for flow, step in of}
    return {c.ref for s in steps for c in s.conditions} | told


def _scalars(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(key)
            yield from _scalars(value)


def test_translators_are_told_who_hears_it_and_what_is_filled_in() -> None:
    for word in WORDS:
        assert word.notes[0].startswith(word.text.file)
        told = "\n".join(word.notes)
        for name in placeholders(word.text.source):
            assert f"{{{name}}}: " in told, word.text.context


def test_a_placeholder_that_nobody_explains_is_named(tmp_path: Path) -> None:
    notes = tmp_path / "notes.yaml"
    told = yaml.safe_load((LOCALES / "notes.yaml").read_text("utf-8"))
    del told["placeholders"]["org_name"], told["files"]["phrases.yaml"]
    notes.write_text(yaml.safe_dump(told))
    with pytest.raises(CatalogError, match=r"files: phrases.yaml, placeholders: org_name"):
        texts_in(FLOWS, notes)


def test_the_names_of_languages_stay_as_they_are() -> None:
    assert [w for w in WORDS if w.text.context.startswith("welcome/lang/")][1:] == []


# --- no words in Python --------------------------------------------------------------------------

OPERATORS = {"console.py", "doctor.py", "__main__.py", "settings.py"}
"""Read by whoever runs the bot, in English by decision."""
DRAWN = {"Key", "Message", "BotCommand", "InlineKeyboardButton", "InlineQueryResultArticle"}
SAID = {"glance", "say_bare", "text", "caption"}


def shown_in_code(source: str) -> list[tuple[int, str]]:
    """Letters that Python itself would show to someone."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in DRAWN:
                shown = node.args[:1] + [k.value for k in node.keywords if k.arg in SAID]
                found += [(n.lineno, t) for part in shown for n, t in _letters(part)]
    return found


def _letters(node: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if re.search(r"[^\W\d_]", node.value):
            yield node, node.value
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            yield from _letters(part)
    elif isinstance(node, ast.BinOp):
        yield from _letters(node.left)
        yield from _letters(node.right)


def test_nobody_is_shown_words_that_stand_in_python() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}: {words}"
        for path in (ROOT / "bot").rglob("*.py")
        if path.name not in OPERATORS
        for line, words in shown_in_code(path.read_text("utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    "shown", ['Message("Hello")', 'Key(f"{n} questions", data)', 'Message(text="Hi " + name)']
)
def test_the_look_at_python_can_fail(shown: str) -> None:
    assert shown_in_code(shown)


# --- what happens to a translation ---------------------------------------------------------------


def catalogue(*messages: Message) -> Catalog:
    found = Catalog()
    for message in messages:
        found.add(message.id, message.string, context=message.context, flags=message.flags)
    return found


def english(**texts: str | tuple[str, str]) -> Catalog:
    return catalogue(*(Message(words, context=place) for place, words in texts.items()))


def polish(before: Catalog, **said: str | tuple[str, ...]) -> Catalog:
    """Yesterday's translation, through a file as in life."""
    found = merge(None, before, POLISH)
    for message in found:
        if message.id and message.context in said:
            message.string = said[message.context]
    return found


def test_what_did_not_change_keeps_its_translation() -> None:
    before = english(a="Yes", b="No")
    after = merge(polish(before, a="Tak", b="Nie"), english(b="No", a="Yes"), POLISH)
    assert {m.context: m.string for m in after if m.id} == {"a": "Tak", "b": "Nie"}
    assert not any(m.fuzzy for m in after)


def test_what_changed_is_a_proposal_beside_what_it_was_made_from() -> None:
    after = merge(polish(english(a="Yes"), a="Tak"), english(a="Yes, please"), POLISH)
    (message,) = [m for m in after if m.id]
    assert (message.string, message.fuzzy, message.previous_id) == ("Tak", True, ["Yes"])


def test_whoever_is_half_way_still_hears_the_old_words(tmp_path: Path) -> None:
    file = tmp_path / "messages.po"
    write(merge(polish(english(a="Yes"), a="Tak"), english(a="Oh yes"), POLISH), file)
    assert read_translations(file) == {("a", "Yes"): ("Tak",)}


def test_words_that_come_back_have_their_translation_again(tmp_path: Path) -> None:
    file = tmp_path / "messages.po"
    write(merge(polish(english(a="Yes"), a="Tak"), english(a="Oh yes"), POLISH), file)
    back = merge(read_catalogue(file), english(a="Yes"), POLISH)
    assert [(m.string, m.fuzzy) for m in back if m.id] == [("Tak", False)]


def test_the_same_english_elsewhere_is_a_proposal() -> None:
    before = english(a="Yes")
    after = merge(polish(before, a="Tak"), english(a="Yes", b="Yes"), POLISH)
    assert {m.context: (m.string, m.fuzzy) for m in after if m.id} == {
        "a": ("Tak", False),
        "b": ("Tak", True),
    }


def test_a_text_that_begins_to_count_has_all_its_forms_to_fill() -> None:
    before, count = english(a="{n} days"), ("{n} day", "{n} days")
    after = merge(polish(before, a="{n} dni"), english(a=count), POLISH)
    (message,) = [m for m in after if m.id]
    assert strings(message) == ("{n} dni", "", "", "")
    assert message.fuzzy


def test_nothing_new_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "messages.po"
    all_of_it = template(WORDS)
    assert write(merge(None, all_of_it, POLISH), file)
    held = file.read_bytes()
    assert not write(merge(read_catalogue(file), all_of_it, POLISH), file)
    assert file.read_bytes() == held


def test_a_new_language_is_begun_and_brought_up_to_date(tmp_path: Path) -> None:
    for name in ("notes.yaml", "about.example.yaml"):
        shutil.copy(LOCALES / name, tmp_path / name)
    list(bring_up_to_date(FLOWS, tmp_path, ["cy"]))
    begun = read_catalogue(po_file(tmp_path, "cy"))
    assert {key_of(m) for m in begun if m.id} == {w.text.key for w in WORDS}
    assert begun.num_plurals == 6
    assert all(line.endswith("unchanged") for line in bring_up_to_date(FLOWS, tmp_path))
    with pytest.raises(CatalogError, match="knows no language `tetum_x`"):
        list(bring_up_to_date(FLOWS, tmp_path, ["tetum_x"]))


def test_other_tools_can_read_what_we_write(tmp_path: Path) -> None:
    file = tmp_path / "messages.po"
    write(merge(None, template(WORDS), POLISH), file)
    with file.open("rb") as opened:
        assert len(pofile.read_po(opened, abort_invalid=True)) == len(WORDS)
    msgfmt = shutil.which("msgfmt")
    if msgfmt is not None:
        subprocess.run([msgfmt, "--check", "-o", "/dev/null", file], check=True)


def test_a_file_that_is_no_catalogue_is_named(tmp_path: Path) -> None:
    (tmp_path / "messages.po").write_text("nothing of the kind\n")
    with pytest.raises(CatalogError, match=r"messages\.po"):
        read_catalogue(tmp_path / "messages.po")


def test_texts_are_found_at_any_depth() -> None:
    library, _ = read_folder(FLOWS)
    some = next(iter(library.current.values())).steps[0].text
    assert some in set(collect_texts(library))
    assert list(collect_texts({"a": [(some,)], "b": 1})) == [some]
    assert msgids(Message(("a", "b"))) == ("a", "b")
