"""What all benchmarks share: the registry, results with floor and goal, CPU time of a whole sandbox.

A part's benchmarks stand in tools/lib/bench/bench-<part>.py:

    from common import Result, bench, compare

    @bench("delivery")
    def delivery(rounds):
        '''One line that says what is measured against what.'''
        yield Result(...)
"""
import contextlib
import os
import statistics
import time

REGISTRY = {}
TICK = os.sysconf("SC_CLK_TCK")


def bench(part):
    def register(function):
        REGISTRY.setdefault(part, []).append(function)
        return function
    return register


class Result:
    """One figure. better is "lower" (ratios of cost) or "higher" (rates); floor and goal may be None."""

    def __init__(self, part, figure, value, floor=None, goal=None, better="lower", note="", **detail):
        self.part, self.figure, self.value = part, figure, value
        self.floor, self.goal, self.better, self.note, self.detail = floor, goal, better, note, detail

    def verdict(self):
        def met(limit):
            return self.value <= limit if self.better == "lower" else self.value >= limit
        if self.floor is not None and not met(self.floor):
            return "below the floor"
        if self.goal is None:
            return "ok"
        return "goal" if met(self.goal) else "goal missed"


def cpu_seconds(box, name=None):
    """CPU time, user and system, of every process that the sandbox has or had (those that are gone are in their
    parent's account); with a name only of the living processes of that program. The sink is not counted."""
    total = 0
    for pid in box.pids(name):
        with contextlib.suppress(OSError):
            with open("/proc/%d/stat" % pid) as stat:
                fields = stat.read().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15] if name is None else fields[11:13]))
    return total / TICK


def settle(box, quiet=0.25, limit=10):
    """Wait until the sandbox is idle (late writers, exiting processes), so that its account is complete."""
    end = time.monotonic() + limit
    last = cpu_seconds(box)
    while time.monotonic() < end:
        time.sleep(quiet)
        now = cpu_seconds(box)
        if now == last:
            return now
        last = now
    return last


def cost(box, work):
    """CPU seconds that work(box) costs the sandbox."""
    before = settle(box)
    work(box)
    return settle(box) - before


def compare(peer, suite, work, rounds):
    """Ratio of the CPU time suite/peer for the same work, both in turn; (ratio, note, detail).

    work(box, turn) does the work; turn counts from 0, and 0 is a turn for warming up that is not counted."""
    spent = {peer: [], suite: []}
    for turn in range(rounds + 1):
        for box in (peer, suite) if turn % 2 else (suite, peer):
            seconds = cost(box, lambda box, turn=turn: work(box, turn))
            if turn:
                spent[box].append(seconds)
    ratios = [s / p for s, p in zip(spent[suite], spent[peer]) if p > 0]
    ratio = sum(spent[suite]) / sum(spent[peer])
    note = "peer %.2f s, suite %.2f s CPU; turns %.2f to %.2f" % (
        sum(spent[peer]), sum(spent[suite]), min(ratios), max(ratios))
    return ratio, note, {"peer_cpu": spent[peer], "suite_cpu": spent[suite],
                         "deviation": statistics.pstdev(ratios) if len(ratios) > 1 else 0.0}


def with_parts(box):
    """Which parts the suite's sandbox really had, for the note of a figure."""
    return "; parts: " + (" ".join(box.parts) or "none is active, so this measures noise")


def message(size, number, subject="bench"):
    """A text message of about `size` bytes, different for each number."""
    line = "%08d the quick brown fox jumps over the lazy dog, and again it does\r\n" % number
    head = ("Authentication-Results: mx.example.org; dmarc=pass header.from=example.com\r\n"
            "From: Sender <sender@example.com>\r\nTo: alice@example.org\r\nSubject: %s %d\r\n"
            "Message-ID: <%d.%s@example.com>\r\nDate: Mon, 1 Sep 2025 10:00:00 +0000\r\n\r\n"
            % (subject, number, number, subject))
    return (head + line * max(1, (size - len(head)) // len(line))).encode()
