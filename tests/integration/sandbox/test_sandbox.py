"""tools/sandbox itself: what DESIGN promises of it, by real clients."""
import os
import shutil
import subprocess

import pytest

from pixtest import Sandbox, SandboxError, eventually, run


def test_every_user_logs_in_on_every_protocol(sandbox):
    sandbox.deliver("Subject: hello\r\n\r\nbody\r\n", ["alice", "zaphod"])
    for user in ("alice", "zaphod"):
        imap = sandbox.imap(user)
        assert imap.select()[1] == [b"1"]
        imap.logout()
        pop3 = sandbox.pop3(user)
        assert pop3.stat()[0] == 1
        pop3.quit()
        smtp = sandbox.smtp(user)
        smtp.sendmail(user + "@example.org", ["x@example.com"], "Subject: out\r\n\r\nfrom %s\r\n" % user)
        smtp.quit()
    assert len(sandbox.sink()) == 2 and b"from zaphod" in sandbox.sink()[1]


@pytest.mark.parametrize("user", ["alice", "zaphod"])
def test_a_wrong_password_is_refused(sandbox, user):
    assert not sandbox.imap().login_ok(user, "wrong")
    assert not sandbox.pop3().login_ok(user, "wrong")
    assert not sandbox.smtp().login_ok(user, "wrong")


def test_tls_names_are_verified(sandbox):
    assert sandbox.imaps("bob").noop()[0] == "OK"


def test_doveadm_and_its_http_api_answer(sandbox):
    sandbox.deliver("Subject: x\r\n\r\nx\r\n", "carol")
    rows = sandbox.doveadm_json("mailbox", "status", "-u", "carol", "messages", "INBOX")
    assert rows == [{"mailbox": "INBOX", "messages": "1"}]
    rows = sandbox.http("mailboxStatus", user="carol", field=["messages"], mailboxMask=["INBOX"])
    assert rows[0]["messages"] == "1"


def test_restart_keeps_ports_and_mail(sandbox):
    sandbox.deliver("Subject: x\r\n\r\nx\r\n", "keeper")
    sandbox.restart()
    assert sandbox.imap("keeper").select()[1] == [b"1"]


def test_services_run_as_users_of_their_own(sandbox):
    out = sandbox.exec("id", "-un", user="vmail").stdout
    assert out == "vmail\n"
    for name in ("_pix-identity", "_pix-audit", "_pix-archive"):
        assert sandbox.exec("id", "-u", name).stdout.strip().isdigit()


def test_two_side_by_side_and_nothing_left_behind(new_sandbox):
    one, two = new_sandbox(plain=True), new_sandbox(plain=True)
    one.deliver("Subject: x\r\n\r\nx\r\n", "alice")
    assert two.imap("alice").select()[1] == [b"0"]
    pids = one.pids()
    assert pids
    one.down()
    assert not [pid for pid in pids if alive(pid)]
    assert two.imap("bob").noop()[0] == "OK"


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_set_and_conf_reach_the_configuration(new_sandbox):
    box = new_sandbox(plain=True, sets={"imap_logout_format": "left after %i" if os.environ["PIX_IN_ROOT"] == "2.3"
                                        else "left after %{input}"},
                      conf="login_greeting = it is the sandbox of {dir}\n")
    assert ("it is the sandbox of " + box.kept).encode() in box.imap().welcome
    box.imap("alice").logout()
    eventually(lambda: "left after" in box.log())


def test_a_broken_configuration_is_one_clear_error():
    with pytest.raises(SandboxError) as error:
        with Sandbox(plain=True, conf="no_such_setting = 1\n"):
            pass
    assert "no_such_setting" in error.value.output


def test_clients_of_the_shell(sandbox, tmp_path):
    sandbox.deliver("Subject: for the shell\r\n\r\nx\r\n", "shell")
    url = "imap://127.0.0.1:%d/INBOX?SUBJECT%%20shell" % sandbox.port("IMAP")
    assert "SEARCH 1" in run("curl", "-s", "-u", "shell:pass", url).stdout

    (tmp_path / "mbsyncrc").write_text(
        "IMAPAccount a\nHost localhost\nPort %d\nUser shell\nPass pass\nSSLType IMAPS\nCertificateFile %s\n\n"
        "IMAPStore far\nAccount a\n\nMaildirStore near\nPath %s/mail/\nInbox %s/mail/INBOX\n\n"
        "Channel c\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSyncState *\n"
        % (sandbox.port("IMAPS"), sandbox.env["PIX_CA_FILE"], tmp_path, tmp_path))
    (tmp_path / "mail").mkdir()
    run("mbsync", "-c", tmp_path / "mbsyncrc", "c")
    assert len(list((tmp_path / "mail" / "INBOX").glob("*/*"))) == 1

    (tmp_path / "muttrc").write_text(
        "set ssl_force_tls=yes\nset certificate_file=%s\nset imap_user=shell\nset imap_pass=pass\n"
        "set spoolfile=imaps://localhost:%d/INBOX\nset folder=imaps://localhost:%d/\nset header_cache=\n"
        % (sandbox.env["PIX_CA_FILE"], sandbox.port("IMAPS"), sandbox.port("IMAPS")))
    mark = sandbox.mark()
    # mutt wants a terminal of some size
    subprocess.run(["script", "-qec", "stty rows 24 cols 80; mutt -F %s -e 'push <quit>'" % (tmp_path / "muttrc"), "/dev/null"], timeout=30,
                   env=dict(os.environ, TERM="xterm", HOME=str(tmp_path)), stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    eventually(lambda: "imap-login: " in sandbox.log_since(mark) and "user=<shell>" in sandbox.log_since(mark))


def test_a_folder_that_only_root_can_reach(tmp_path):
    """The mail user reaches its mail wherever the sandbox stands."""
    deep = tmp_path / "closed" / "deep"
    deep.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    with Sandbox(plain=True, directory=str(deep)) as box:
        box.deliver("Subject: x\r\n\r\nx\r\n", "alice")
        assert box.exec("ls", box.path("mail", "alice"), user="vmail").stdout
    assert (tmp_path / "closed").stat().st_mode & 0o777 == 0o700


def test_below_the_checkout_and_beside_it(top):
    closed = os.path.join(top, "build", os.environ["PIX_IN_ROOT"], "closed-%d" % os.getpid())
    os.makedirs(os.path.join(closed, "deep"))
    os.chmod(closed, 0o700)
    try:
        with Sandbox(plain=True, directory=os.path.join(closed, "deep")) as box:
            box.deliver("Subject: x\r\n\r\nx\r\n", "alice")
            assert box.imap("alice").select()[1] == [b"1"]
    finally:
        shutil.rmtree(closed)
