"""doveadm pix sort check and install: all or nothing, and never in the way of users' scripts."""
import json
import os

import pytest

from pixtest import Lmtp

LOCAL = "/etc/dovecot-pix/sieve"
CURRENT = "/var/lib/dovecot-pix/sort/current"
GOOD = 'require ["vnd.pix.sort"];\ntag "$Local";\n'
BROKEN = 'require ["vnd.pix.sort"];\n\nretain "Not A Label";\nnonsense "x";\n'


@pytest.fixture(scope="module")
def box(new_sandbox):
    return new_sandbox()


def put(box, name, text):
    box.exec("mkdir", "-p", LOCAL + "/before")
    box.exec("tee", "%s/before/%s" % (LOCAL, name), input=text)


def generation(box):
    return os.path.basename(box.exec("readlink", "-f", CURRENT).stdout.strip())


def flags(box, user):
    Lmtp(box).deliver("Subject: x\r\n\r\nx\r\n", user)
    return box.doveadm("fetch", "-u", user, "flags", "all").stdout


def test_check(box, top):
    assert json.loads(box.doveadm("-f", "json", "pix", "sort", "check").stdout) == []
    put(box, "20-broken.sieve", BROKEN)
    before = generation(box)
    for words in (["check"], ["check", LOCAL + "/before/20-broken.sieve"], ["install"]):
        done = box.doveadm("-f", "json", "pix", "sort", *words, check=False)
        assert done.returncode == 65, done.stderr
        rows = json.loads(done.stdout)
        assert {(os.path.basename(row["script"]), int(row["line"])) for row in rows} == {
            ("20-broken.sieve", 3), ("20-broken.sieve", 4)}
        assert any("label" in row["finding"] for row in rows)
    # nothing changed, nothing is left over
    assert generation(box) == before
    assert box.exec("ls", os.path.dirname(CURRENT)).stdout.split() == ["current", before]
    assert "$Local" not in flags(box, "kept")
    box.exec("rm", LOCAL + "/before/20-broken.sieve")


def test_install(box):
    put(box, "20-good.sieve", GOOD)
    before = generation(box)
    assert box.doveadm("pix", "sort", "install").returncode == 0
    after = generation(box)
    assert after != before
    assert "$Local" in flags(box, "installed")
    # a local file stands in for a shipped one; an empty one leaves it out
    put(box, "20-good.sieve", "")
    put(box, "10-pix-dmarc.sieve", 'require "vnd.pix.sort"; tag "$Instead";')
    box.doveadm("pix", "sort", "install")
    assert "$Instead" in flags(box, "instead") and "$Local" not in flags(box, "instead")
    kept = box.exec("ls", os.path.dirname(CURRENT)).stdout.split()
    assert kept == sorted(["current", after, generation(box)])
    box.exec("rm", "-r", LOCAL)
    box.doveadm("pix", "sort", "install")


def test_no_scripts_yet(box):
    """Before the first install the folder isn't there."""
    box.exec("mv", CURRENT, CURRENT + ".away")
    assert "\\Recent" in flags(box, "early")
    box.exec("mv", CURRENT + ".away", CURRENT)


def test_damaged_binary(box):
    """A compiled script that is damaged is compiled again, and the mail is delivered."""
    box.exec("sh", "-c", "for f in %s/before/*.svbin; do head -c 40 /dev/zero >$f; done" % CURRENT)
    assert "\\Recent" in flags(box, "damaged")
    box.doveadm("pix", "sort", "install")
