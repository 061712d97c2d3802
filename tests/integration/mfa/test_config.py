"""Configurations that would let a login pass the second factor by are refused at the start, with the fix."""
import pytest

from pixtest import HOST, Sandbox, SandboxError

WITHOUT = ["audit", "archive", "sort", "auth-oauth2"]

STATIC = {"2.4": "passdb extra {\n  driver = static\n  static_password = pass\n%s}\n",
          "2.3": "passdb {\n  driver = static\n  args = password=pass\n%s}\n"}[HOST]
OURS = {"2.4": "passdb again {\n  driver = pix_mfa\n%s}\n", "2.3": "passdb {\n  driver = pix_mfa\n%s}\n"}[HOST]

CASES = {
    "twice": (OURS % "", [], "twice"),
    "not first": (STATIC % "" + OURS % "", ["--without", "auth-mfa"], "must be the first passdb"),
    "alone": ("", ["--no-passdb"], "is the only passdb"),
    "filtered by mechanism": (OURS % ("  mechanisms_filter = plain\n" if HOST == "2.4" else "  mechanisms = plain\n") + STATIC % "",
                              ["--without", "auth-mfa", "--no-passdb"], "limited to some mechanisms"),
    "filtered by user": (OURS % "  username_filter = alice\n" + STATIC % "", ["--without", "auth-mfa", "--no-passdb"],
                         "limited to some users"),
    "anonymous": ("auth_mechanisms = plain anonymous\n", [], "anonymous"),
    "master": (STATIC % "  master = yes\n" + "auth_master_user_separator = *\n", [], "master = yes"),
}
if HOST == "2.4":
    CASES["in a worker"] = (OURS % "  use_worker = yes\n" + STATIC % "", ["--without", "auth-mfa", "--no-passdb"], "worker")
    CASES["protocol"] = ("protocol imap {\n" + STATIC % "" + "}\n", [], "must be the first passdb")


@pytest.mark.parametrize("case", CASES)
def test_refused(case):
    conf, args, said = CASES[case]
    with pytest.raises(SandboxError) as failed:
        box = Sandbox(conf=conf, args=args, without=WITHOUT)
        box.guard.checked = True
        box.close()
    assert said in failed.value.output


def test_master_allowed():
    with Sandbox(conf=STATIC % "  master = yes\n" + "auth_master_user_separator = *\npix_mfa_master_users = allow\n",
                 without=WITHOUT) as box:
        box.imap("bob")
