"""Writes a conversation as Markdown that reads well in the docs.

It shows what happened in order; a message that was edited stands twice.
"""

from tests.support.telegram_fake.chats import Line


def transcript(name: str, lines: list[Line]) -> str:
    """One paragraph for each thing said, tapped or shown."""
    return "\n\n".join(_paragraph(name, line) for line in lines) + "\n"


def _paragraph(name: str, line: Line) -> str:
    if line.who == "note":
        return f"_{line.text}_"
    who = name if line.who == "person" else "Bot"
    rows = [" ".join(f"`{label}`" for label in row) for row in line.buttons]
    if line.who == "person" and "\n" not in line.text:
        return f"**{who}:** {line.text}"
    said = [f"> {text}".rstrip() for text in line.text.splitlines()]
    return "\n".join(
        [f"**{who}:**", "", *said, *([">"] if rows else []), *(f"> {r}" for r in rows)]
    )
