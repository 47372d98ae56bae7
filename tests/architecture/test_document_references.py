"""The documents lead somewhere: every link, path and command in them exists. No network is used."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.reading_pages import ROOT, Page, pages, program

README_LINES = 150
EXAMPLES = ("locales/cy/", "flows/danger/cy.yaml")
"""Files of a language that a page shows how to begin."""

ADVISES = {".py", ".yaml", ".service", ".example"}

_PATH = re.compile(
    r"(?<![\w./-])((?:bot|flows|tests|bench|alembic|docs|locales|deploy)/[\w./*-]*[\w*/])"
)
_MODULE = re.compile(r"(?<![\w./*-])([a-z_]\w*(?:/\w+)*\.py)(?![\w./])")
_AS_SOMEBODY = re.compile(r"^runuser \S+ \S+ -- ")


def wrong_links(page: Page, root: Path) -> Iterator[str]:
    for link in page.links:
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.path.parent / name).resolve() if name else page.path
        if not target.is_relative_to(root) or not target.exists():
            yield f"{link}: there is no such file"
        elif anchor and (target.suffix != ".md" or anchor not in Page(target).anchors):
            yield f"{link}: there is no such heading"


def wrong_paths(page: Page, root: Path) -> Iterator[str]:
    for code in page.code:
        for path in _PATH.findall(code):
            if not path.startswith(EXAMPLES) and not any(root.glob(path.rstrip("/"))):
                yield f"{path}: there is no such file"
        for name in _MODULE.findall(code):
            if not _PATH.match(name) and not _is_a_module(name, page, root):
                yield f"{name}: there is no such module"


def _is_a_module(name: str, page: Page, root: Path) -> bool:
    places = (root, page.path.parent)
    if any((place / name).exists() for place in places):
        return True
    rooms = ("bot", "flows", "tests", "bench")
    return "/" not in name and any(any((root / room).rglob(name)) for room in rooms)


def wrong_commands(page: Page, _root: Path) -> Iterator[str]:
    for words in commands(page):
        if problem := _unknown(program(), words):
            yield f"checkin {' '.join(words)}: {problem}"


def commands(page: Page) -> Iterator[list[str]]:
    """What follows `checkin` in each command that a page shows."""
    for code in page.code:
        line = _AS_SOMEBODY.sub("", code.strip().partition("#")[0].strip())
        found = re.match(r"^(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?checkin(?: (.*))?$", line)
        if found:
            yield shlex.split(found[1] or "")


def wrong_advice(page: Page, _root: Path) -> Iterator[str]:
    """Commands that the program itself tells people to run, which it has not."""
    for told in re.findall(r"`(?:\.venv/bin/)?checkin ([^`\n]*)`", page.text):
        if problem := _unknown(program(), told.split()):
            yield f"checkin {told}: {problem}"


def _unknown(command: Any, words: list[str]) -> str:
    """What the program's help does not have of these words; empty where it has all."""
    rest = list(words)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        found = command.commands.get(rest[0])
        if found is None or found.hidden:
            return f"there is no command {rest[0]}"
        command = found
        rest.pop(0)
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    options = {word.partition("=")[0] for word in rest if word.startswith("-")}
    strange = sorted(options - known - {"--help"})
    return f"there is no option {strange[0]}" if strange else ""


Law = Callable[[Page, Path], Iterator[str]]
LAWS: tuple[Law, ...] = (wrong_links, wrong_paths, wrong_commands)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_nothing_that_a_page_names_is_missing(law: Law) -> None:
    wrong = [
        f"{page.path.relative_to(ROOT)}: {fault}" for page in pages() for fault in law(page, ROOT)
    ]
    assert wrong == []


def test_the_program_advises_only_what_it_can_do() -> None:
    files = [path for room in ("bot", "flows", "deploy") for path in (ROOT / room).rglob("*.*")]
    told = [Page(path) for path in (*files, ROOT / ".env.example") if path.suffix in ADVISES]
    assert sum(len(re.findall(r"`checkin ", page.text)) for page in told) > 40
    wrong = [f"{p.path.relative_to(ROOT)}: {each}" for p in told for each in wrong_advice(p, ROOT)]
    assert wrong == []


def test_there_is_much_to_follow() -> None:
    every = pages()
    assert {"README.md", "CONTRIBUTING.md", "SECURITY.md", "architecture.md", "glossary.md"} <= {
        page.path.name for page in every
    }
    assert sum(len(page.links) for page in every) > 80
    assert len([path for page in every for code in page.code for path in _PATH.findall(code)]) > 100
    assert len([words for page in every for words in commands(page)]) > 40


def test_the_readme_is_short() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) < README_LINES


PLANTED: tuple[tuple[Law, str, str], ...] = (
    (wrong_links, "[a](docs/gone.md)", "docs/gone.md: there is no such file"),
    (wrong_links, "[a](../outside.md)", "../outside.md: there is no such file"),
    (wrong_links, "[a](#gone)", "#gone: there is no such heading"),
    (wrong_links, '<img src="gone.png" alt="">', "gone.png: there is no such file"),
    (wrong_paths, "see `bot/gone.py`", "bot/gone.py: there is no such file"),
    (wrong_paths, "see `flows/*.gone`", "flows/*.gone: there is no such file"),
    (wrong_paths, "```\npytest tests/test_gone.py\n```", "tests/test_gone.py: there is no such"),
    (wrong_paths, "see `gone_for_good.py`", "gone_for_good.py: there is no such module"),
    (wrong_commands, "`checkin gone`", "checkin gone: there is no command gone"),
    (wrong_commands, "```\ncheckin flows gone pl\n```", "there is no command gone"),
    (wrong_advice, "run `checkin keys gone`", "checkin keys gone: there is no command gone"),
    (wrong_commands, "    .venv/bin/checkin run --gone\n", "there is no option --gone"),
    (wrong_commands, "```\nrunuser -u x -- .venv/bin/checkin gone\n```", "no command gone"),
)


@pytest.mark.parametrize(("law", "text", "fault"), PLANTED)
def test_what_is_missing_is_found(tmp_path: Path, law: Law, text: str, fault: str) -> None:
    (tmp_path / "README.md").write_text(f"# Here\n\n{text}\n", encoding="utf-8")
    [page] = pages(tmp_path)
    assert fault in " ".join(law(page, tmp_path))


def test_what_is_there_is_not_missed(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "here.py").touch()
    text = (
        "# Here, and `there`\n\n[a](#here-and-there) [b](bot/here.py) [c](https://example.org/x)\n"
        "`bot/here.py` `bot/*.py` `here.py` `checkin flows check pl` `checkin run --help`\n\n"
        "```\n[no](link.md)\n```\n"
    )
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    [page] = pages(tmp_path)
    assert [fault for law in LAWS for fault in law(page, tmp_path)] == []


# --- what is carried, and what is not here -------------------------------------------------------

OUTSIDE = re.compile(r"\bDESIGN\b|\.\./shared/")
"""A design, and pages, that lie outside the repository: a reader does not have them."""
READ = {".py", ".md", ".yaml", ".toml", ".service", ".example", ".po", ".pot", ".txt", ".js", ""}


def test_what_others_made_is_named_in_the_notice() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    fonts = [path.name for path in (ROOT / "bot").rglob("*.ttf")]
    assert len(fonts) >= 5
    assert [name for name in fonts if name not in notice] == []
    named = re.findall(r"^(\S+/\S*)$", notice, re.MULTILINE)
    assert len(named) >= 2
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_room_of_the_program_is_described() -> None:
    """In the table of rooms; and no room that is not there any more."""
    rooms = {f"bot/{init.parent.name}/" for init in (ROOT / "bot").glob("*/__init__.py")}
    assert len(rooms) > 15
    rows = re.findall(r"^\| `(bot/\w+/)` \| \S", _architecture("## Rooms"), re.MULTILINE)
    assert sorted(rows) == sorted(rooms)


def _architecture(heading: str) -> str:
    """A section of the page about the architecture."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return page.partition(f"{heading}\n")[2].partition("\n## ")[0]


def test_nothing_points_to_a_page_that_is_not_here() -> None:
    rooms = ("bot", "flows", "tests", "bench", "docs", "locales", "deploy", "alembic")
    files = [path for room in rooms for path in (ROOT / room).rglob("*") if path.suffix in READ]
    files += [path for path in ROOT.iterdir() if path.suffix in READ and path.is_file()]
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files
        if path.is_file() and path != Path(__file__)
        for match in OUTSIDE.finditer(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert found == []
    assert OUTSIDE.search("the settings, as DESIGN names them")
    assert OUTSIDE.search("see ../shared/page")
