"""One whole first conversation, turn by turn: what a person does, and what they then wait to see.

The words are the product's own in English. The bots that stand beside it say the same.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """What a person does, and what comes back.

    They `tap` the button with this label, or else `say` some words. What comes back holds `sees`
    and has these `callback_data`; where it is a `pick`, only the tapped message's buttons change.
    """

    sees: str
    buttons: tuple[str, ...] = ()
    say: str = ""
    tap: str = ""
    pick: bool = False


END = ("Not now", "Stop")
ROUND = ("Back", "Skip", *END)
WRONG = (
    *("Where I live", "Money", "My health", "Drink or drugs", "Family or people"),
    *("Not being heard", "Something else"),
)
WANTED = (
    *("A safe place to live", "Someone to talk to", "Help with money", "Help with my health"),
    *("Help for my family", "Time and space", "Something else"),
)

TURNS = (
    Turn(
        "How old are you?",
        ("Under 13", "13 to 17", "18 or over", "Rather not say", "I was here before", *END),
        say="/start",
    ),
    Turn("Is it OK", ("Yes, keep it", "No", "Tell me more", "Back", *END), tap="18 or over"),
    Turn(
        "Can anyone else see this phone?",
        ("No, just me", "Yes, sometimes", "Not sure", "Back", *END),
        tap="Yes, keep it",
    ),
    Turn("1 of 5", (*WANTED, "Done", *ROUND), tap="No, just me"),
    Turn("2 of 5", (*WRONG, "Done", *ROUND), say="Somewhere safe, and quiet at night"),
    Turn("✓", (*WRONG, "Done", *ROUND), tap="Drink or drugs", pick=True),
    Turn("3 of 5", ("Not sure yet", *ROUND), tap="Done"),
    Turn("4 of 5", ("Yes", "No", "Not sure", *ROUND), say="I would sleep the whole night"),
    Turn("5 of 5", ROUND, tap="Not sure"),
    Turn(
        "If this is right, who may read it?",
        ("The service, without my name", "Only me", "Change something", "Delete it all", *ROUND),
        say="My sister",
    ),
    Turn(
        "May I write to you again later?",
        ("Yes", "No, just this time", "Back", *END),
        tap="Only me",
    ),
    Turn(
        "How were these questions",
        ("OK", "Some were hard", "I would change something", *ROUND),
        tap="Yes",
    ),
    Turn("Thank you", tap="OK"),
)
WORDS = " We ask so the help fits you, not the other way round. You can skip or stop at any time."
"""What the others' messages have beside what is looked for, so that they are about as long."""
