"""Fixtures of all integration tests, and what is kept when one fails.

A test module says what sandbox it wants by a variable, e.g.

    SANDBOX = dict(sets={"pix_mfa_lockout": "5"}, without=["audit"])

and its tests take the fixture `sandbox` (one for the module), or make their own by `new_sandbox(...)`.
"""
import contextlib
import os
import shutil
import signal
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from pixtest import HOST, TOP, Sandbox  # noqa: E402

TEST_SECONDS = int(os.environ.get("PIX_TEST_SECONDS", "180"))
LIVE = []


def pytest_addoption(parser):
    parser.addoption("--soak", action="store_true", help="also run the tests that take long")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--soak"):
        for item in items:
            if item.get_closest_marker("soak"):
                item.add_marker(pytest.mark.skip(reason="only with --soak"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    """No test hangs the run."""
    def late(*_):
        raise TimeoutError("the test took more than %d seconds" % TEST_SECONDS)

    signal.signal(signal.SIGALRM, late)
    signal.alarm(TEST_SECONDS * (10 if item.get_closest_marker("soak") else 1))
    yield
    signal.alarm(0)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        keep(report.nodeid)


def keep(name):
    """Copy configuration and logs of every sandbox that lives to where the run's logs are."""
    folder = os.environ.get("PIX_FAILED_DIR")
    if not folder:
        return
    for number, box in enumerate(LIVE):
        to = os.path.join(folder, "".join(c if c.isalnum() or c in "._-" else "_" for c in name)[:150], str(number))
        shutil.rmtree(to, ignore_errors=True)
        for part in ("log", "conf"):
            if os.path.isdir(box.path(part)):
                # The server is alive: files come and go under the copy.
                with contextlib.suppress(OSError, shutil.Error):
                    shutil.copytree(box.path(part), os.path.join(to, part), ignore_dangling_symlinks=True)


def pytest_terminal_summary(terminalreporter):
    """The figures for the summary line of tools/test."""
    path = os.environ.get("PIX_COUNTS_FILE")
    if path:
        stats = terminalreporter.stats
        count = [sum(len(stats.get(kind, [])) for kind in kinds)
                 for kinds in (("passed", "xfailed"), ("failed", "error", "xpassed"), ("skipped",))]
        with open(path, "w") as out:
            out.write("%d %d %d\n" % tuple(count))


@pytest.fixture(scope="session")
def host():
    """"2.3" or "2.4"."""
    return HOST


@pytest.fixture(scope="session")
def top():
    """The checkout."""
    return TOP


@pytest.fixture(scope="module")
def new_sandbox():
    """A function that makes a Sandbox(...); all are taken down, and their logs checked, at the end of the module."""
    boxes = []

    def make(**kw):
        box = Sandbox(up=False, **kw)
        boxes.append(box)
        LIVE.append(box)
        return box.up()

    yield make
    errors = []
    for box in boxes:
        try:
            box.down()
            box.guard.check()
        except AssertionError as exc:
            errors.append(str(exc))
    if errors:
        keep("teardown-%d" % os.getpid())
    for box in boxes:
        LIVE.remove(box)
        box.guard.checked = True
        box.close()
    assert not errors, "\n".join(errors)


@pytest.fixture(scope="module")
def sandbox(request, new_sandbox):
    """The sandbox of the module, as its variable SANDBOX says."""
    return new_sandbox(**getattr(request.module, "SANDBOX", {}))
