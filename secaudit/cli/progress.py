"""How far a scan has come: a bar on a terminal, a line now and then elsewhere, always on stderr."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from secaudit.cli.output import say
from secaudit.text.format import number_words
from secaudit.text.language import gettext

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from scanners.engine import HostOutcome, Pulse, ScanObserver

_SECONDS_BETWEEN_LINES = 30.0


class _Lines:
    """For logs: says how far the scan is at most once in half a minute."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _SECONDS_BETWEEN_LINES

    def host_started(self, address: str) -> None:
        """Say nothing."""

    def host_done(self, outcome: "HostOutcome") -> None:
        """Say nothing."""

    def progress(self, done: int, total: int, packets: int) -> None:
        """Wait for the pulse."""

    def pulse(self, pulse: "Pulse") -> None:
        """Say how far the scan is."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _SECONDS_BETWEEN_LINES
            say(
                gettext("{done} of {total} hosts ({percent} %), {packets} packets").format(
                    done=number_words(pulse.hosts_done),
                    total=number_words(pulse.hosts),
                    percent=100 * pulse.hosts_done // max(1, pulse.hosts),
                    packets=number_words(pulse.packets),
                )
            )


class _Bar:
    """For a terminal: hosts done, packets a second, and the time left.

    The bar counts hosts in flight by what is done of them; so it bears no number, which would
    contradict the hosts that are done.
    """

    def __init__(self, progress: "Progress", task: "TaskID") -> None:
        self._progress = progress
        self._task = task
        self._began = time.monotonic()

    def host_started(self, address: str) -> None:
        """Name the host."""
        self._progress.update(self._task, host=address)

    def host_done(self, outcome: "HostOutcome") -> None:
        """Wait for the pulse."""

    def progress(self, done: int, total: int, packets: int) -> None:
        """Wait for the pulse."""

    def pulse(self, pulse: "Pulse") -> None:
        """Move the bar."""
        rate = pulse.packets / max(time.monotonic() - self._began, 0.001)
        self._progress.update(
            self._task,
            completed=pulse.work,
            total=pulse.hosts,
            hosts=gettext("{done} of {total} hosts").format(
                done=number_words(pulse.hosts_done), total=number_words(pulse.hosts)
            ),
            rate=gettext("{rate} packets/s").format(rate=number_words(int(rate))),
        )


def stop_on_sigterm() -> None:
    """Let ``kill`` stop a scan as Ctrl-C does: what it had sent is kept, and it can be resumed."""
    # Through SIGINT, for which the event loop has its own handler: it unwinds in good order. A
    # shell that starts a scan in the background lets it ignore SIGINT: the loop would keep that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))


@contextmanager
def scan_progress() -> Iterator["ScanObserver"]:
    """Give an observer for one scan."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn(gettext("Scanning")),
        BarColumn(),
        TextColumn("{task.fields[hosts]}"),
        TextColumn("{task.fields[rate]}", style="dim"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[host]}", style="dim", markup=False),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task("", total=None, hosts="", rate="", host="")
        yield _Bar(progress, task)
