"""Shows progress on a terminal; elsewhere nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Shows the progress of a long task, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    # What is printed meanwhile goes to where it would go without a progress bar.
    beside = Console(stderr=True)
    with Progress(
        console=beside, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Shows that work is in progress, and for how long it has been."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    beside = Console(stderr=True)
    with Progress(
        *columns, console=beside, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as progress:
        progress.add_task(what, total=None)
        yield
