"""A delivery never fails and no mail is lost because of this part."""
import pytest

from pixtest import Lmtp, SandboxError

FAIL = "Authentication-Results: mx.example.org; dmarc=fail (p=reject)\r\n"
RETAIN = 'require "vnd.pix.sort"; retain "keep-1y"; tag "$Seen1";\n'


def deliver(box, user, headers="", ok=True):
    refused = Lmtp(box).deliver(headers + "From: a@example.com\r\nSubject: x\r\n\r\nx\r\n", user)
    assert bool(refused) != ok, refused
    return {line.split(": ", 1)[1] for line in box.doveadm("fetch", "-u", user, "mailbox", "all").stdout.split("\n")
            if line.startswith("mailbox: ")}


def test_without_the_mail_plugin(new_sandbox, host):
    """mail_plugins lacks pix_sort: filing goes on, and the log says what is missing."""
    conf = {"2.3": "protocol lmtp {\n  mail_plugins = sieve\n}\n",
            "2.4": "protocol lmtp {\n  mail_plugins {\n    pix_sort = no\n  }\n}\n"}[host]
    box = new_sandbox(conf=conf)
    assert deliver(box, "alice", FAIL) == {"Quarantine"}
    assert "the mail plugin is not loaded (check mail_plugins for pix_sort)" in box.log()


def test_misspelt_setting(new_sandbox, host):
    """2.4 refuses to start; 2.3 can't, so the part says so and goes on."""
    if host == "2.4":
        with pytest.raises(SandboxError) as failed:
            new_sandbox(conf="pix_sort_authserv_ids = x\n")
        assert "pix_sort_authserv_ids" in str(failed.value)
        return
    box = new_sandbox(conf="plugin {\n  pix_sort_authserv_ids = x\n}\n")
    assert deliver(box, "alice") == {"INBOX"}
    assert "Unknown setting: name=pix_sort_authserv_ids" in box.log()


def test_wrong_value(new_sandbox, host):
    """A value that isn't one: refused at start where the host can, else the defaults hold, which trust nothing."""
    try:
        box = new_sandbox(conf={"2.3": "plugin {\n  pix_sort_dmarc_action = burn\n}\n",
                                "2.4": "pix_sort_dmarc_action = burn\n"}[host])
    except SandboxError as exc:
        assert "pix_sort_dmarc_action" in str(exc)
        return
    assert deliver(box, "alice", FAIL) == {"INBOX"}
    assert "pix_sort_dmarc_action" in box.log()


@pytest.fixture(scope="module")
def retained(new_sandbox, host):
    conf = {"2.3": "plugin {\n  sieve_before2 = {files}/retain.sieve\n  pix_sort_retain_folder = No/Such\\\\..\\\\Folder\n}\n",
            "2.4": "sieve_script own {\n  type = before\n  path = {files}/retain.sieve\n}\n"
                   "pix_sort_retain_folder = \"../bad\"\n"}[host]
    conf = conf.replace("No/Such\\\\..\\\\Folder", "../bad")
    box = new_sandbox(conf=conf, files={"retain.sieve": RETAIN})
    box.exec("sievec", box.files + "/retain.sieve")
    return box


def test_retain_folder_is_wrong(retained):
    """The folder for labelled mail can't be made: it goes to INBOX."""
    retained.doveadm("sieve", "put", "-u", "bob", "-a", "own", input="discard;")
    assert deliver(retained, "bob") == {"INBOX"}
    assert "check pix_sort_retain_folder" in retained.log()


def test_nothing_can_be_saved(retained):
    """The mailbox can't be written: the sender is asked to try again, and the mail comes in later."""
    retained.doveadm("sieve", "put", "-u", "carol", "-a", "own", input="discard;")
    home = retained.doveadm("user", "-f", "home", "carol").stdout.strip()
    retained.exec("rm", "-rf", home + "/mail")
    retained.exec("touch", home + "/mail")
    refused = Lmtp(retained).deliver("Subject: x\r\n\r\nx\r\n", "carol")
    assert 400 <= refused["carol"][0] < 500
    retained.exec("rm", home + "/mail")
    assert deliver(retained, "carol") == {"INBOX"}
