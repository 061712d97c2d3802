"""Fixtures of the tests of auth-mfa and pix-identity."""
import re
import time

import pytest

from pixtest.mfa import Person


@pytest.fixture
def person(sandbox, request):
    """A new enrolled user with the password "pass"."""
    name = "u%d-%s" % (time.time_ns() % 10**9, re.sub("[^a-z0-9]+", "", request.node.name.lower())[:24])
    return Person(sandbox, name).enroll()
