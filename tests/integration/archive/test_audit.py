"""The archive beside the audit log, with all parts on: what is diverted, labelled or released leaves a record that is accepted."""
import pytest

from pixtest import eventually

SANDBOX = {}
POLICY = "version 1\nlabel keep-1y { period 1y }\nrule keep-1y { user dave }\n"


@pytest.fixture(autouse=True)
def policy(sandbox):
    with open(sandbox.path("conf", "retention.policy"), "w") as out:
        out.write(POLICY)


def message(name):
    return "From: a@example.org\r\nTo: dave\r\nMessage-ID: <%s@example.org>\r\nSubject: s\r\n\r\nA line of %s.\r\n" % (name, name)


def expunge(sandbox):
    imap = sandbox.imap("dave")
    assert imap.select("INBOX")[0] == "OK"
    assert imap.store("1:*", "+FLAGS", "\\Deleted")[0] == "OK"
    assert imap.expunge()[0] == "OK"
    imap.logout()


def dele(sandbox):
    pop = sandbox.pop3("dave")
    for number in range(1, len(pop.list()[1]) + 1):
        pop.dele(number)
    assert pop.quit().startswith(b"+OK")


@pytest.mark.parametrize("service,delete", [("imap", expunge), ("pop3", dele)], ids=["imap", "pop3"])
def test_a_diverted_deletion_is_recorded(sandbox, service, delete):
    known = {row["index"] for row in search(sandbox)}
    sandbox.deliver(message(service), to="dave")
    delete(sandbox)

    def diverted():
        return [row for row in search(sandbox) if row["index"] not in known]

    found = eventually(diverted)
    assert len(found) == 1 and found[0]["kind"] == "retention.divert" and "label=keep-1y" in found[0]["details"], found


def test_a_release_is_recorded(sandbox):
    head = "Authentication-Results: mx.example.org; dmarc=fail (p=reject dis=none) header.from=bank.example\r\n"
    sandbox.deliver(head + message("bank"), to="erin")
    found = sandbox.doveadm_json("pix", "quarantine", "list", "-u", "erin")
    sandbox.doveadm("pix", "quarantine", "release", "-u", "erin", found[0]["uid"])
    eventually(lambda: len(search(sandbox, "quarantine.release", "erin")) == 1)


def test_an_ended_session_is_recorded(sandbox):
    imap = sandbox.imap("frank")
    imap.select("INBOX")
    eventually(lambda: sandbox.doveadm_json("pix", "session", "list", "-u", "frank"))
    sandbox.doveadm("pix", "session", "end", "-u", "frank")
    eventually(lambda: len(search(sandbox, "session.kill", "frank")) == 1)


def test_no_producer_was_refused(sandbox):
    """Neither a record nor a process. The log is that of all the tests above."""
    sandbox.restart()
    sandbox.deliver(message("again"), to="dave")
    expunge(sandbox)
    sandbox.doveadm("pix", "archive", "verify", "-u", "dave")
    # pix-archive is no producer, and its own mail storage has nothing of the mail plugins
    pids = sandbox.pids("pix-archive")
    assert pids
    for pid in pids:
        with open("/proc/%d/maps" % pid) as maps:
            assert "pix_audit" not in maps.read()
    assert not sandbox.doveadm_json("pix", "audit", "search", "--kind", "audit.reject")
    log = sandbox.log()
    assert "Refused record" not in log and "must shake hands" not in log


def search(sandbox, kind="retention.divert", user="dave"):
    return sandbox.doveadm_json("pix", "audit", "search", "--kind", kind, "-u", user)
