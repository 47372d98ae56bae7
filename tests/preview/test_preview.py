"""A play on the real use cases: back, what if, jumping, time passing, and files saved meanwhile.

What the bot says in a conversation is tested elsewhere.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from rich.console import Console

from bot.i18n.catalog import CatalogError
from bot.preview.preview_session import PreviewSession, start
from bot.preview.preview_terminal import PreviewTerminal
from bot.preview.route_finder import WORDS
from bot.preview.scenario import FLOWS as BEGINNINGS
from bot.preview.scenario import ActionKind, NotThere, PreviewAction, Scenario, Speaker
from bot.preview.transcript_file import replay, written
from bot.preview.web.view import play as shown_play
from bot.settings import CannotBeDone, Settings, read_settings
from bot.terminal.screen import Screen
from tests.conftest import Time
from tests.support.cli_process import checkin, files
from tests.support.running_bot import copied

Begin = Callable[..., Awaitable[PreviewSession]]


def tap(name: str) -> PreviewAction:
    return PreviewAction(ActionKind.TAP, name)


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    """Settings with questions that can be changed."""
    return read_settings(_env_file=None, flows=copied(tmp_path))


@pytest.fixture
async def begin(request: pytest.FixtureRequest, time: Time) -> AsyncIterator[Begin]:
    """Begins plays, on questions of the test's own where it asks for some."""
    plays: list[PreviewSession] = []
    asked = "own" in request.fixturenames
    used = request.getfixturevalue("own") if asked else read_settings(_env_file=None)

    async def at(flow: str, language: str = "en", *, young: bool = False) -> PreviewSession:
        scene = Scenario.of(used, flow, time(), language, young=young)
        plays.append(await start(used, scene))
        return plays[-1]

    yield at
    for play in plays:
        await play.close()


def said(play: PreviewSession) -> str:
    return play.stage.lines[-1].text


async def test_a_play_begins_where_it_is_asked_to(begin: Begin) -> None:
    shown = {}
    for flow in BEGINNINGS:
        for young in (False, True):
            stage = (await begin(flow, young=young)).stage
            shown[flow, young] = [line.step for line in stage.lines]
            assert stage.acts == []
    assert shown == {
        ("welcome", False): ["welcome/age"],
        ("welcome", True): ["welcome/age"],
        ("before", False): ["before/b1"],
        ("before", True): ["before_young/yb1"],
        ("after", False): ["phrases/hello"],
        ("after", True): ["phrases/hello"],
    }
    with pytest.raises(CannotBeDone, match="welcome, before, after"):
        await begin("middle")


@pytest.mark.parametrize("young", [False, True])
async def test_every_question_can_be_jumped_to(begin: Begin, *, young: bool) -> None:
    """But those that are only asked of somebody who has a worker, and there is none in a play."""
    play, unmet = await begin("welcome", young=young), []
    names = ("welcome", *play.stage.pair)
    steps = [f"{n}/{s.id}" for n in names for s in play.stage.flows[n].steps if s.asks]
    for step in steps:
        try:
            await play.jump_to(step)
        except NotThere:
            unmet.append(step)
        else:
            assert play.stage.at == step
    assert len(steps) > 20
    # Asked where there are several languages, and where no yes to messages has brought the hello.
    assert unmet == ["welcome/lang", f"{play.stage.pair[1]}/message"]


async def test_a_jump_says_what_is_not_there(begin: Begin) -> None:
    play = await begin("before")
    with pytest.raises(NotThere, match="did you mean `strength`"):
        await play.jump_to("strenght")
    assert play.stage.at == "before/b1"


async def test_what_if_another_answer_had_been_given(begin: Begin) -> None:
    play = await begin("before")
    await play.jump_to("strength")
    first = next(n for n, act in enumerate(play.acts, 1) if act.at == "before/first")
    assert play.acts[first - 1].value == "y"
    await play.apply(PreviewAction(ActionKind.SAYS, "my sister"))
    await play.undo(first, keep=True)
    assert play.stage.at == "before/first"
    await play.apply(tap("n"))
    # What follows is answered as before; what is no longer asked is left out.
    assert play.stage.at == "before/who_may_read"
    assert "my sister" in said(play)
    assert [act.at for act in play.acts].count("before/first_more") == 0


async def test_what_if_waits_until_a_question_with_several_is_done(begin: Begin) -> None:
    play = await begin("before")
    await play.jump_to("b3")
    third = next(n for n, act in enumerate(play.acts, 1) if act.at == "before/b2")
    await play.apply(tap("skip"))
    await play.undo(third + 1, keep=True)
    await play.apply(tap("drink_drugs"))
    assert play.stage.at == "before/b2"
    await play.apply(tap("done"))
    assert play.stage.at == "before/first"
    assert [a.value for a in play.acts if a.at == "before/b2"] == ["drink_drugs", "done"]


async def test_back_takes_one_answer_back_and_says_when_there_is_none(begin: Begin) -> None:
    play = await begin("before")
    await play.apply(PreviewAction(ActionKind.SAYS, "quiet"))
    assert play.stage.at == "before/b2"
    await play.undo()
    assert (play.stage.at, len(play.acts)) == ("before/b1", 0)
    with pytest.raises(NotThere, match="there is no answer"):
        await play.undo()
    with pytest.raises(NotThere, match="there is no answer 7"):
        await play.undo(7)
    assert play.stage.at == "before/b1"


async def test_time_passes_until_the_hello_of_after_comes(begin: Begin) -> None:
    play = await begin("before")
    await play.apply(PreviewAction(ActionKind.SAYS, "somewhere quiet"))
    await play.to_hello()
    assert play.stage.at == "phrases/hello"
    assert play.stage.now.startswith("Monday 7 December")
    await play.jump_to("after/a1")
    texts = "\n".join(line.text for line in play.stage.lines)
    assert "You said:\n\n“somewhere quiet”" in texts
    assert f"“{WORDS}”" in texts
    again = await begin("after")
    await again.apply(tap("open"))
    assert again.stage.at == "after/intro"
    await again.jump_to("a3")
    assert again.stage.at == "after/a3"
    with pytest.raises(NotThere, match="2 weeks"):
        await play.apply(PreviewAction(ActionKind.WAITS, "a while"))


async def test_a_cleared_chat_shows_only_what_came_after(begin: Begin) -> None:
    play = await begin("before")
    await play.apply(PreviewAction(ActionKind.SAYS, "/hide"))
    assert [line.who for line in play.stage.lines][-2:] == [Speaker.CLEARED, Speaker.BOT]
    assert said(play).startswith("Done. I have cleared all I could.")
    shown = shown_play(play, read_settings(_env_file=None))["lines"]
    assert [line["text"] for line in shown] == [said(play)]
    assert "- cleared: true\n" in written(play.stage.scene, play.stage.lines)


async def test_nothing_is_said_unasked_after_a_stop(begin: Begin) -> None:
    play = await begin("before")
    await play.apply(tap("stop"))
    with pytest.raises(NotThere, match="nothing is going to be said"):
        await play.to_hello()


def write(own: Settings, file: str, words: str, others: str) -> None:
    source = (own.flows / file).read_text()
    assert words in source
    (own.flows / file).write_text(source.replace(words, others))


async def test_a_saved_file_is_taken_up_at_the_same_place(begin: Begin, own: Settings) -> None:
    play = await begin("before")
    await play.jump_to("first")
    assert not await play.reload()
    write(own, "before.yaml", "What would you like this service", "What do you want this place")
    assert await play.reload()
    assert play.stage.at == "before/first"
    assert any("What do you want this place" in line.text for line in play.stage.lines)
    assert not await play.reload()


async def test_a_new_question_on_the_way_is_asked(begin: Begin, own: Settings) -> None:
    play = await begin("before")
    await play.jump_to("first")
    new = "- id: pets\n  kind: words\n  text: Do you have a pet?\n  why: We ask so it can come.\n\n"
    write(own, "before.yaml", "- id: b3\n", f"{new}- id: b3\n")
    assert await play.reload()
    assert (play.stage.at, said(play)) == ("before/pets", "Do you have a pet?")


async def test_a_broken_file_is_named_and_all_stays_as_it_was(begin: Begin, own: Settings) -> None:
    play = await begin("before")
    await play.jump_to("b2")
    write(own, "before.yaml", "kind: words", "kind: wrods")
    write(own, "phrases.yaml", "  skipped:", "  skiped:")
    assert await play.reload()
    line = 1 + (own.flows / "before.yaml").read_text()[: 10**6].split("kind: wrods")[0].count("\n")
    told = [told.what for told in play.wrong]
    assert f"before.yaml:{line}: `kind` cannot be `wrods`; did you mean `words`?" in told
    await play.apply(PreviewAction(ActionKind.SAYS, "still here"))
    assert play.stage.at == "before/b3"
    write(own, "before.yaml", "kind: wrods", "kind: words")
    write(own, "phrases.yaml", "  skiped:", "  skipped:")
    assert await play.reload()
    assert (play.wrong, play.stage.at) == ((), "before/b3")


async def test_a_language_that_is_not_whole_is_played_all_the_same(
    begin: Begin, own: Settings
) -> None:
    write(own, "before.yaml", "Who or what helps you", "Who helps you")
    play = await begin("before", "pl")
    await play.jump_to("strength")
    assert "Kto albo co dodaje ci sił?" in said(play)  # as people hear it until it is translated
    assert [text.context for text in play.stage.standing.waiting] == ["before/strength/text"]


async def test_played_in_the_terminal_and_saved_as_a_test(begin: Begin, own: Settings) -> None:
    shown = io.StringIO()
    play = await begin("before")
    player = PreviewTerminal(play, own, Screen(Console(file=shown, width=100)))
    await player.begin()
    typed = (
        "1 2|done|/back|/if 1 Skip|money is short|/go first_more|/answers|mum|/if 4 2|/if|"
        "/save Bad Name|/save first-try|/save first-try|/hello|/look|/wait soon"
    )
    for line in typed.split("|"):
        await player.take(line)
    out = shown.getvalue()
    assert "✓ Someone to talk to" in out
    assert "  3  before/b3              •••" in out
    assert "no more: before/first_more" in out
    assert "like this: /if 3 No" in out
    assert "a name of small letters" in out
    assert "first-try.yaml is there already" in out
    assert "Hi. Is now an OK time?" in out
    assert "no file was saved since" in out
    assert "wait like this: 2 weeks" in out
    assert (own.flows / "conversations" / "first-try.yaml").is_file()
    assert await replay(own, write=False) == []


async def test_as_if_after_begins_with_the_hello_and_leaves_nothing(tmp_path: Path) -> None:
    words = ("flows", "play", "before", "--as-if", "after", "--young", "--lang", "pl")
    done = await checkin(tmp_path, *words, typed="1\n1\n1\n/quit\nnever read\n")
    assert (done.code, done.err) == (0, "")
    assert "Cześć. Masz teraz chwilę?" in done.out
    assert "Dom i Szkoła" in done.out
    assert "never read" not in done.out
    assert done.out.endswith("Closed. Nothing of it is kept.\n")
    assert files(tmp_path) == [], "no database, no key"


async def test_a_language_that_is_not_there_is_named(begin: Begin) -> None:
    with pytest.raises(CatalogError, match="there is no language `xx`"):
        await begin("before", "xx")
