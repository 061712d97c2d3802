"""doveadm pix key: what is made, who can read it, and that rotation loses nothing."""
import base64
import json
import os
import stat
import subprocess
import urllib.parse

import pytest

from pixtest import HOST, eventually, totp

SANDBOX = dict(files={"README": "keys"}, without=["audit", "archive", "sort", "auth-oauth2"])
HEAD = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n" if HOST == "2.4" else ""


@pytest.fixture
def config(sandbox, request):
    """A configuration whose keys lie in a folder of their own, which doesn't exist yet."""
    folder = os.path.join(sandbox.files, request.node.name, "keys")
    text = HEAD + "".join("pix_%s_key_file = %s/%s.key\n" % (name, folder, name) for name in ("identity", "audit"))
    return sandbox.write(request.node.name + ".conf", text), folder


def test_created_keys_are_for_root_alone(sandbox, config):
    conf, folder = config
    for name in ("identity", "audit"):
        row = sandbox.doveadm_json("pix", "key", "create", "-c", conf, name)[0]
        assert row["file"] == os.path.join(folder, name + ".key")
        state = os.stat(row["file"])
        assert stat.S_IMODE(state.st_mode) == 0o600 and state.st_uid == 0
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert os.path.getsize(folder + "/identity.key") == 32
    with open(folder + "/audit.key") as pem:
        assert pem.read().startswith("-----BEGIN PRIVATE KEY-----")
    rows = sandbox.doveadm_json("pix", "key", "list", "-c", conf)
    assert {row["name"]: (row["state"], row["role"]) for row in rows if row["name"] != "archive"} == {
        "identity": ("ok", "current"), "audit": ("ok", "current")}
    # two keys are never the same
    other = sandbox.doveadm_json("pix", "key", "rotate", "-c", conf, "identity")[0]
    assert other["id"] not in {row["id"] for row in rows}


def test_an_existing_key_is_never_overwritten(sandbox, config):
    conf, folder = config
    sandbox.doveadm("pix", "key", "create", "-c", conf, "identity")
    before = open(folder + "/identity.key", "rb").read()
    done = sandbox.doveadm("pix", "key", "create", "-c", conf, "identity", check=False)
    assert done.returncode == 73 and "exists already" in done.stderr
    assert open(folder + "/identity.key", "rb").read() == before


def test_rotation_keeps_the_old_key(sandbox, config):
    conf, folder = config
    done = sandbox.doveadm("pix", "key", "rotate", "-c", conf, "identity", check=False)
    assert done.returncode == 68 and os.listdir(folder) == []
    sandbox.doveadm("pix", "key", "create", "-c", conf, "identity")
    before = open(folder + "/identity.key", "rb").read()
    row = sandbox.doveadm_json("pix", "key", "rotate", "-c", conf, "identity")[0]
    assert open(row["old file"], "rb").read() == before
    assert open(row["file"], "rb").read() != before
    assert sorted(os.listdir(folder)) == sorted(["identity.key", os.path.basename(row["old file"])])
    roles = sorted(r["role"] for r in sandbox.doveadm_json("pix", "key", "list", "-c", conf) if r["name"] == "identity")
    assert roles == ["current", "old"]


@pytest.mark.parametrize("name,instead", [("audit", "begin a new log"), ("archive", "Keep the key")])
def test_a_key_without_overlap_is_not_rotated(sandbox, config, name, instead):
    """A service that reads one key alone must go on with it: the command says why, and changes nothing."""
    conf, folder = config
    with open(conf, "a") as out:
        out.write("pix_archive_key_file = %s/archive.key\n" % folder)
    sandbox.doveadm("pix", "key", "create", "-c", conf, name)
    before = open(folder + "/%s.key" % name, "rb").read()
    done = sandbox.doveadm("pix", "key", "rotate", "-c", conf, name, check=False)
    assert done.returncode == 78 and "no second key" in done.stderr and instead in done.stderr
    assert os.listdir(folder) == [name + ".key"]
    assert open(folder + "/%s.key" % name, "rb").read() == before


def test_list_says_what_is_wrong(sandbox, config):
    conf, folder = config
    done = sandbox.doveadm("-f", "json", "pix", "key", "list", "-c", conf, check=False)
    assert done.returncode == 0
    assert {row["state"] for row in json.loads(done.stdout) if row["name"] == "identity"} == {"missing"}
    sandbox.doveadm("pix", "key", "create", "-c", conf, "identity")
    os.chmod(folder + "/identity.key", 0o644)
    done = sandbox.doveadm("-f", "json", "pix", "key", "list", "-c", conf, check=False)
    assert done.returncode == 78
    assert "can be read by others" in {row["state"] for row in json.loads(done.stdout)}


def test_export_gives_the_public_half_and_the_secret_only_when_asked(sandbox, config):
    conf, folder = config
    for name in ("identity", "audit"):
        sandbox.doveadm("pix", "key", "create", "-c", conf, name)
    public = sandbox.doveadm("pix", "key", "export", "-c", conf, "audit").stdout.strip()
    wanted = subprocess.run(["openssl", "pkey", "-in", folder + "/audit.key", "-pubout"], stdout=subprocess.PIPE, text=True, check=True)
    assert wanted.stdout.strip() in public
    done = sandbox.doveadm("pix", "key", "export", "-c", conf, "identity", check=False)
    assert done.returncode == 64 and "--show-secret" in done.stderr
    secret = sandbox.doveadm("-f", "tab", "pix", "key", "export", "-c", conf, "--show-secret", "identity").stdout
    raw = open(folder + "/identity.key", "rb").read()
    assert base64.b64encode(raw).decode() in secret
    assert base64.b64encode(raw).decode() not in done.stderr + done.stdout


def test_unknown_names_are_refused(sandbox):
    done = sandbox.doveadm("pix", "key", "create", "nothing", check=False)
    assert done.returncode == 64 and "identity" in done.stderr


def test_codes_go_on_after_a_rotation(sandbox):
    sandbox.allow("pix-identity")
    uri = next(row["uri"] for row in sandbox.doveadm_json("pix", "totp", "enroll", "-u", "rotor") if row.get("uri"))
    secret = sandbox.secret(urllib.parse.parse_qs(urllib.parse.urlsplit(uri).query)["secret"][0])
    sandbox.doveadm("pix", "totp", "confirm", "-u", "rotor", input=totp(secret) + "\n")
    sandbox.doveadm("pix", "key", "rotate", "identity")
    sandbox.restart()
    eventually(lambda: sandbox.doveadm("pix", "status", check=False).returncode in (0, 1))
    assert not sandbox.imap().login_ok("rotor", "pass")
    assert sandbox.imap().login_ok("rotor", "pass" + totp(secret, offset=1))
