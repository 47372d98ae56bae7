"""The page's server as a browser meets it, without one: plays, notes, and who is turned away.

What the page looks like is tested in `test_web_page`.
"""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from httpx import ASGITransport, AsyncClient, Response

from bot.http_server import listening
from bot.preview import review_notes
from bot.preview.web.server import LARGEST_BODY, MOST_PLAYS, PreviewApp
from bot.settings import ROOT, CannotBeDone, Settings, read_settings
from tests.conftest import Time
from tests.support.cli_process import checkin, ended, files, start
from tests.support.running_bot import copied

HERE = "http://127.0.0.1:8765"
PAGE = ROOT / "bot" / "preview" / "web" / "page"
SCENE = {"flow": "before", "language": "en", "young": False}


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    return read_settings(_env_file=None, flows=copied(tmp_path))


@pytest.fixture
async def page(request: pytest.FixtureRequest, time: Time) -> AsyncIterator[AsyncClient]:
    """A client of a table, on questions of the test's own where it asks for some."""
    asked = "own" in request.fixturenames
    used = request.getfixturevalue("own") if asked else read_settings(_env_file=None)
    table = PreviewApp(used, time)
    transport = ASGITransport(table.application)
    async with AsyncClient(transport=transport, base_url=HERE, headers={"Origin": HERE}) as client:
        yield client
    await table.close()


async def begin(page: AsyncClient, **scene: Any) -> dict[str, Any]:
    answer = await page.post("/plays", json={**SCENE, **scene})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def do(
    page: AsyncClient, play: dict[str, Any], do: str, value: str = "", **more: str
) -> Response:
    return await page.post(f"/plays/{play['id']}", json={"do": do, "value": value, **more})


async def test_a_play_on_the_page(page: AsyncClient) -> None:
    play = await begin(page, language="ar", young=True)
    assert (play["language"], play["direction"]) == ("ar", "rtl")
    (line,) = play["lines"]
    assert (line["step"], line["file"]) == ("before_young/yb1", "before_young.yaml:12")
    await do(page, play, "says", "قريب من أمي")
    play = (await do(page, play, "otherwise", "1")).json()
    assert play["lines"][-1]["step"] == "before_young/yb1"
    play = (await do(page, play, "hello")).json()
    assert play["lines"][-1]["step"] == "phrases/hello"
    play = (await do(page, play, "go", "after_young/ya2")).json()
    assert play["lines"][-1]["step"] == "after_young/ya2"
    play = (await do(page, play, "back")).json()
    wrong = await do(page, play, "go", "nowhere")
    assert (wrong.status_code, wrong.json()) == (409, {"problem": "there is no step `nowhere`"})


async def test_what_has_not_changed_is_not_sent_again(page: AsyncClient, own: Settings) -> None:
    play = await begin(page)
    address = f"/plays/{play['id']}"
    assert (await page.get(address, params={"revision": play["revision"]})).status_code == 204
    file = own.flows / "before.yaml"
    source = file.read_text()
    file.write_text(source.replace("There are no wrong answers.", "Take your time."))
    now = (await page.get(address, params={"revision": play["revision"]})).json()
    assert "Take your time." in now["lines"][0]["text"]
    file.write_text(source.replace("  choices:", "  choises:", 1))
    now = (await page.get(address, params={"revision": now["revision"]})).json()
    line = 1 + source.partition("  choices:")[0].count("\n")
    assert f"before.yaml:{line}: a step has no `choises`; did you mean `choices`?" in now["wrong"]
    assert "Take your time." in now["lines"][0]["text"]
    anew = await page.post("/plays", json=SCENE)
    assert (anew.status_code, anew.json()["wrong"]) == (422, now["wrong"])


async def test_a_note_is_kept_beside_the_question(
    page: AsyncClient, own: Settings, tmp_path: Path
) -> None:
    play = await begin(page, language="ar")
    asked = {"do": "note", "step": "before/b1", "kind": "hard", "words": " too\nlong\x1b ؟ "}
    play = (await page.post(f"/plays/{play['id']}", json=asked)).json()
    assert play["lines"][0]["notes"] == [{"kind": "hard", "words": "too long ؟", "earlier": False}]
    (kept,) = yaml.safe_load((own.flows / "notes" / "before.yaml").read_text())
    assert kept == {
        "step": "b1",
        "version": review_notes.version_now(own.flows, "before"),
        "language": "ar",
        "kind": "hard",
        "words": "too long ؟",
        "when": "2026-11-23",
    }
    file = own.flows / "before.yaml"
    file.write_text(file.read_text() + "# another version\n")
    await page.post(f"/plays/{play['id']}", json={**asked, "kind": "unkind", "words": ""})
    assert [n.kind for n in review_notes.read(own.flows, "before")] == ["hard", "unkind"]
    now = (await page.get(f"/plays/{play['id']}")).json()
    assert [n["earlier"] for n in now["lines"][0]["notes"]] == [True, False]
    listed = await checkin(tmp_path, "flows", "notes", flows=own.flows)
    assert "2026-11-23  ar  before/b1  hard  too long ؟\n" in listed.out
    for wrong in ({"kind": "nice"}, {"step": "../x/intro"}, {"step": "before"}, {"step": "nope/x"}):
        refused = await page.post(f"/plays/{play['id']}", json={**asked, **wrong})
        assert refused.status_code == 409, wrong
    assert files(own.flows / "notes") == ["before.yaml"]


async def test_a_play_is_saved_as_a_test(page: AsyncClient, own: Settings) -> None:
    play = await begin(page)
    await do(page, play, "tap", "start")
    assert "make test" in (await do(page, play, "save", "round-the-table")).json()["said"]
    assert (await do(page, play, "save", "../../escape")).status_code == 409
    assert files(own.flows / "conversations") == ["round-the-table.yaml"]


async def test_another_host_or_site_is_turned_away(page: AsyncClient) -> None:
    for host in ("evil.example", "evil.example:8765", "127.0.0.1.evil.example", ""):
        assert (await page.get("/", headers={"Host": host})).status_code == 400, host
    assert (await page.get("/", headers={"Host": "localhost:8765"})).status_code == 200
    for origin in (
        "http://evil.example",
        "null",
        "http://127.0.0.1:9999",
        "https://127.0.0.1:8765",
    ):
        refused = await page.post("/plays", json=SCENE, headers={"Origin": origin})
        assert (refused.status_code, refused.text) == (403, "not from here"), origin
    del page.headers["Origin"]
    assert (await page.post("/plays", json=SCENE)).status_code == 403
    both = {"Host": "evil.example", "Origin": "http://evil.example"}
    assert (await page.post("/plays", json=SCENE, headers=both)).status_code == 400


async def test_what_is_no_request_breaks_nothing(page: AsyncClient) -> None:
    play = await begin(page)
    address = f"/plays/{play['id']}"
    for body in (b"", b"[]", b"{", b"\xff", b"x" * (LARGEST_BODY + 1), b'{"do": "fly"}', b"null"):
        assert (await page.post(address, content=body)).status_code == 400, body[:9]
    assert (await page.post("/plays", json={})).status_code == 400
    assert (await page.post("/plays", json={**SCENE, "flow": "x"})).status_code == 409
    assert (await page.post("/plays", json={**SCENE, "language": "../en"})).status_code == 422
    assert (await do(page, play, "otherwise", "x")).status_code == 400
    assert (await do(page, play, "tap", "nothing")).status_code == 409
    assert (await page.get("/plays/none")).status_code == 404
    assert (await do(page, {"id": "none"}, "back")).status_code == 404
    assert (await page.get("/../server.py")).status_code == 404


async def test_the_oldest_play_makes_room(page: AsyncClient) -> None:
    first = await begin(page)
    others = await asyncio.gather(*(begin(page) for _ in range(MOST_PLAYS)))
    assert (await page.get(f"/plays/{first['id']}")).status_code == 404
    assert (await page.get(f"/plays/{others[0]['id']}")).status_code == 200


async def test_the_page_asks_nothing_of_anyone_else(page: AsyncClient) -> None:
    answer = await page.get("/")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers
    for file in PAGE.iterdir():
        source = file.read_text()
        assert (await page.get(f"/{file.name}")).text == source
        assert re.findall(r"https?://|//[a-z]+\.", source) == []
        assert re.findall(r"innerHTML|style=|\son[a-z]+=\"|<script>", source) == [], file


async def test_the_program_says_where_it_is_and_leaves_nothing(tmp_path: Path) -> None:
    process = await start(tmp_path, "web", "--port", "0")
    assert process.stdout is not None
    assert b"nobody real is here, and nothing is sent" in await process.stdout.readline()
    line = (await process.stdout.readline()).decode()
    address = re.findall(r"http://127\.0\.0\.1:\d+", line)[0]
    try:
        async with AsyncClient(base_url=address, headers={"Origin": address}, timeout=60) as client:
            play = await begin(client)
            await do(client, play, "tap", "start")
    finally:
        process.send_signal(signal.SIGINT)
        done = await ended(process)
    assert (done.code, done.err) == (0, "")
    assert files(tmp_path) == []


def test_a_port_that_is_taken_is_named() -> None:
    with listening("127.0.0.1", 0, "--port") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotBeDone, match=f"--port: port {port} is taken by another program"):
            listening("127.0.0.1", port, "--port")


@pytest.mark.parametrize("port", [80999, 65536, -1])
def test_a_port_that_there_is_not_is_named(port: int) -> None:
    with pytest.raises(CannotBeDone, match=f"--port: there is no port {port}; they go from 1"):
        listening("127.0.0.1", port, "--port")
    with pytest.raises(CannotBeDone, match="this machine has no address"):
        listening("no.such.name.invalid", 8080, "CHECKIN_LISTEN")
