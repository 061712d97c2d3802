"""make lint: each rule finds a planted violation, and the sources have none."""
import os
import shutil
import subprocess

import pytest

from pixtest import TOP

HEAD = "/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */\n"

CLEAN = "lint: clean\n"


def lint(root, build=None):
    words = [os.path.join(TOP, "tools", "lint", "run"), root] + ([build] if build else [])
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode in (0, 1), done.stdout
    assert (done.returncode == 1) == ("findings" in done.stdout)
    return done.stdout


@pytest.fixture
def tree(tmp_path):
    """A small tree without a finding; write() adds files."""
    class Tree:
        root = str(tmp_path)

        def write(self, path, text):
            full = tmp_path / path
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_text(text)

        def lint(self, build=None):
            return lint(self.root, build)

    tree = Tree()
    tree.write("lib/core/pix-core.h", HEAD + "#ifndef PIX_CORE_H\n#define PIX_CORE_H\n#include \"lib.h\"\n#endif\n")
    tree.write("lib/host/pix-host.h", HEAD + "#ifndef PIX_HOST_H\n#define PIX_HOST_H\n#include \"pix-core.h\"\n#endif\n")
    tree.write("plugins/one/pix-one.h", HEAD + "#ifndef PIX_ONE_H\n#define PIX_ONE_H\n#endif\n")
    tree.write("lib/host/pix-settings-one.c", HEAD + """static x[] = {
	DEF(TIME, pix_one_wait),
	DEF(BOOL, pix_one_on),
	DEF(ENUM, pix_one_mode),
	DEF(SIZE, pix_one_size),
	DEF(STR, pix_one_dir),
};
static y = {
	.pix_one_wait = 30 * 60,
	.pix_one_on = TRUE,
	.pix_one_mode = "hard:soft",
	.pix_one_size = 16 * 1024,
	.pix_one_dir = PIX_STATEDIR"/one",
};
""")
    conf = ("# Prose with an = in it.\n#pix_one_wait = 30 mins\n#pix_one_on = yes\n#service x {\n#  pix_one_mode = hard\n#}\n"
            "#pix_one_size = 16k\n#pix_one_dir = /var/lib/dovecot-pix/one\n")
    tree.write("conf.d/2.3/10-pix-one.conf", conf)
    tree.write("conf.d/2.4/10-pix-one.conf", conf)
    tree.write("docs/man/pix-one.7.scd", "*pix_one_wait* *pix_one_on* *pix_one_mode* *pix_one_size* pix_one_dir\n")
    return tree


def test_a_clean_tree_has_no_finding(tree):
    assert tree.lint() == CLEAN


ALL = [
    ("a version test outside lib/host", "plugins/one/a.c", HEAD + "#if DOVECOT_VERSION_MINOR >= 4\n#endif\n",
     "plugins/one/a.c:2: DOVECOT_VERSION_MINOR"),
    ("our own version word", "services/s/a.c", HEAD + "#if PIX_DOVECOT_24\n#endif\n", "services/s/a.c:2: PIX_DOVECOT_24"),
    ("sideways", "plugins/two/a.c", HEAD + '#include "pix-one.h"\n', "no arrow leads there from plugins/two"),
    ("upwards from the seam", "lib/host/a.c", HEAD + '#include "pix-one.h"\n', "no arrow leads there from lib/host"),
    ("upwards from the core", "lib/core/a.c", HEAD + '#include "pix-host.h"\n', "no arrow leads there from lib/core"),
    ("a service on a plugin", "services/s/a.c", HEAD + '#include "pix-one.h"\n', "no arrow leads there from services/s"),
    ("by path", "plugins/two/a.c", HEAD + '#include "../one/pix-one.h"\n', "include by file name"),
    ("an event loop in the core", "lib/core/a.c", HEAD + '#include "ioloop.h"\n', "ioloop.h: lib/core may not use it"),
    ("a socket in the core", "lib/core/a.c", HEAD + "#include <sys/socket.h>\n", "sys/socket.h: lib/core may not use it"),
    ("no guard", "plugins/one/b.h", HEAD, "needs an include guard B_H"),
    ("no copyright", "plugins/one/a.c", "int x;\n", "the first line must be"),
    ("too long", "plugins/one/a.c", HEAD + "int x;\n" * 600, "601 lines; at most 600"),
    ("unfinished", "plugins/one/a.c", HEAD + "/* TO" + "DO */\n", "unfinished: TO" + "DO"),
    ("switched off", "plugins/one/a.c", HEAD + "#if 0\n#endif\n", "commented-out code"),
    ("a call in a comment", "plugins/one/a.c", HEAD + "\t/* do_it(x); */\n", "commented-out code"),
    ("an assignment in a comment", "plugins/one/a.c", HEAD + "\t/* x->y = 5; */\n", "commented-out code"),
    ("memcmp of a secret", "plugins/one/a.c", HEAD + "int f(void) { return memcmp(a, secret->data, 5); }\n", "memcmp() of what looks like a secret"),
    ("strcmp over two lines", "plugins/one/a.c", HEAD + "int f(void) { return strcmp(a,\n  password); }\n", "a.c:2: strcmp()"),
    ("a message of two lines", "plugins/one/a.c", HEAD + 'void f(void) { e_error(event, "one\\ntwo"); }\n', "a log message has one line"),
    ("an active drop-in", "conf.d/2.3/10-pix-one.conf", "pix_one_wait = 30 mins\n", "a drop-in is all comments"),
    ("another default", "conf.d/2.4/10-pix-one.conf", "#pix_one_wait = 31 mins\n", "its default is 30 * 60"),
    ("another choice", "conf.d/2.4/10-pix-one.conf", "#pix_one_mode = soft\n", "its default is"),
    ("a setting in no drop-in", "conf.d/2.4/10-pix-one.conf", "\n", "pix_one_on is in no drop-in of conf.d/2.4"),
    ("a drop-in's own setting", "conf.d/2.4/10-pix-one.conf", "#pix_one_new_thing = 1\n", "pix_one_new_thing is no setting"),
    ("one host alone", "conf.d/2.4/20-pix-two.conf", "", "20-pix-two.conf is there for one host alone"),
    ("no man page", "docs/man/pix-one.7.scd", "", "pix_one_wait is in no man page"),
    ("bad bash", "tools/x", "#!/bin/bash\nif true; then\n", "syntax error"),
    ("bad sh", "tools/y.sh", "#!/bin/sh\ncase x in\n", "syntax error"),
    ("bad python", "tools/z.py", "def f(:\n", "tools/z.py:1:"),
]


@pytest.mark.parametrize("path, text, finding", [case[1:] for case in ALL], ids=[case[0] for case in ALL])
def test_a_planted_violation_is_found(tree, path, text, finding):
    tree.write(path, text)
    assert finding in tree.lint()


@pytest.mark.parametrize("text", [
    "int f(void) { return strcmp(word, \"password\"); }\n",
    "/* memcmp(secret, x) would leak its time */\n",
    "/* the word is not a secret */\nint f(void) { return strcmp(secret_name, x); }\n",
    "/* DOVECOT_VERSION_MINOR tells */\n",
    "/* e.g. \"a; b\" */\n",
])
def test_what_only_looks_wrong_is_passed(tree, text):
    tree.write("plugins/one/a.c", HEAD + text)
    assert tree.lint() == CLEAN


def module(folder, name, source):
    libs = os.path.join(folder, ".libs")
    os.makedirs(libs, exist_ok=True)
    subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", os.path.join(libs, name)], input=source, text=True, check=True)


GOOD = "const char *pix_x_plugin_version = \"\"; void pix_x_plugin_init(void) {} void pix_x_plugin_deinit(void) {}"


@pytest.mark.parametrize("name, source, finding", [
    ("lib20_pix_x_plugin.so", GOOD, None),
    ("lib20_pix_x_plugin.so", GOOD.replace("_version", "_versoin"), "does not export pix_x_plugin_version"),
    ("lib20_pix_y_plugin.so", GOOD, "exports pix_x_plugin_init"),
    ("lib20_pix_x_plugin.so", GOOD + " int helper;", "exports helper"),
    ("libpix_settings.so", "char *pix_settings_version; int pix_settings_set_infos;", "does not export pix_settings_set_roots"),
    ("lib90_sieve_pix_x_plugin.so", "char *sieve_pix_x_plugin_version; void sieve_pix_x_plugin_load(void) {}", "sieve_pix_x_plugin_unload"),
], ids=["right", "misspelt version", "another name", "a leak", "settings", "sieve"])
def test_exports_belong_to_the_file_name(tree, tmp_path, name, source, finding):
    if not shutil.which("gcc"):
        pytest.fail("the tests run where the suite is built")
    build = str(tmp_path / "build")
    module(build, name, source)
    out = tree.lint(build)
    assert out == CLEAN if finding is None else finding in out


def test_a_build_without_modules_is_a_finding(tree, tmp_path):
    assert "no module was built" in tree.lint(str(tmp_path))
