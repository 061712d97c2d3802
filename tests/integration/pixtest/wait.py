"""Waiting for what happens soon."""
import time


def eventually(check, timeout=10, interval=0.05, what=None):
    """Call check() until it returns something true, and return that; fail after timeout seconds.

    An AssertionError in check() counts as "not yet" and is raised at the end.
    """
    end = time.monotonic() + timeout
    while True:
        error = None
        try:
            value = check()
            if value:
                return value
        except AssertionError as exc:
            error = exc
        if time.monotonic() > end:
            raise error or AssertionError("not within %s seconds: %s" % (timeout, what or check))
        time.sleep(interval)
