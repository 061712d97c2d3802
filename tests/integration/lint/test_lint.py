"""Each rule of make lint finds what it is for."""
import os
import subprocess

import pytest

from pixtest import TOP, run

HEAD = "/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */\n"


def write(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as out:
        out.write(text)


def header(name, body=""):
    guard = name.replace("-", "_").replace(".", "_").upper()
    return "%s#ifndef %s\n#define %s\n%s#endif\n" % (HEAD, guard, guard, body)


def module(root, name, code):
    write(root, "x.c", code)
    os.makedirs(os.path.join(root, "obj", ".libs"), exist_ok=True)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", os.path.join(root, "obj", ".libs", name), os.path.join(root, "x.c")], check=True)
    os.unlink(os.path.join(root, "x.c"))


@pytest.fixture
def tree(tmp_path):
    """A small tree without a fault."""
    root = str(tmp_path)
    write(root, "lib/core/pix-a.h", header("pix-a.h"))
    write(root, "lib/core/pix-a.c", HEAD + '#include "lib.h"\n#include "pix-a.h"\n')
    write(root, "lib/core/room.mk", "lib/core/pix-a.c lib/core/pix-a.h\n")
    write(root, "lib/host/pix-h.h", header("pix-h.h"))
    write(root, "lib/host/room.mk", "lib/host/pix-h.h\n")
    for room in ("plugins/one", "plugins/doveadm", "services/two"):
        name = "pix-%s.h" % os.path.basename(room)
        write(root, "%s/%s" % (room, name), header(name))
        write(root, room + "/room.mk", "%s/%s\n" % (room, name))
    for host in ("2.3", "2.4"):
        write(root, "conf.d/%s/10-pix-one.conf" % host, "# About\n#pix_one = 1\n")
    write(root, ".ci/run", "#!/bin/bash\ntrue\n")
    module(root, "lib20_pix_one_plugin.so", "const char *pix_one_plugin_version; void pix_one_plugin_init(void) {}")
    return root


def lint(root):
    done = run(os.path.join(TOP, "tools", "lint", "run"), root, os.path.join(root, "obj"), check=False)
    assert done.stderr == ""
    return done


def test_a_clean_tree_passes(tree):
    done = lint(tree)
    assert done.returncode == 0, done.stdout


FAULTS = {
    "a core file includes the seam": ("lib/core/pix-a.c", HEAD + '#include "pix-h.h"\n', "may not include \"pix-h.h\""),
    "a core file includes more of the host": ("lib/core/pix-a.c", HEAD + '#include "ioloop.h"\n', "ioloop.h"),
    "a plugin includes a service": ("plugins/one/pix-one.h", header("pix-one.h", '#include "pix-two.h"\n'), "of services/two"),
    "a version test in a plugin": ("plugins/one/pix-one.h", header("pix-one.h", "#if PIX_DOVECOT_24\n#endif\n"), "version test"),
    "a clock in the core": ("lib/core/pix-a.c", HEAD + "long f(void)\n{\n\treturn time(NULL);\n}\n", "in lib/core"),
    "a dangerous function": ("lib/core/pix-a.c", HEAD + "void f(char *a)\n{\n\tstrcpy(a, a);\n}\n", "strcpy()"),
    "no copyright": ("lib/core/pix-a.c", "int x;\n", "copyright line"),
    "no guard": ("lib/core/pix-a.h", HEAD + "int x;\n", "no guard"),
    "white space": ("lib/core/pix-a.c", HEAD + "int x; \n", "white space"),
    "a long file": ("lib/core/pix-a.c", HEAD + "\n" * 700, "longer than"),
    "a long function": ("lib/core/pix-a.c", HEAD + "void f(void)\n{\n" + "\tg();\n" * 61 + "}\n", "a function of 61"),
    "a file in no room.mk": ("lib/core/pix-new.c", HEAD, "not named in"),
    "a setting in force": ("conf.d/2.3/10-pix-one.conf", "pix_one = 1\n", "not commented out"),
    "a setting of one host alone": ("conf.d/2.4/10-pix-one.conf", "#pix_one = 1\n#pix_two = 1\n", "lacks pix_two"),
    "a drop-in of one host alone": ("conf.d/2.4/20-pix-new.conf", "#pix_new = 1\n", "only the other host"),
    "a script that does not parse": ("tools/x", "#!/bin/bash\nif\n", "syntax error"),
    "Python that does not parse": ("tools/x.py", "def\n", "invalid syntax"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(tree, fault):
    path, text, finding = FAULTS[fault]
    write(tree, path, text)
    done = lint(tree)
    assert done.returncode == 1 and finding in done.stdout, done.stdout


def test_exports(tree):
    module(tree, "lib20_pix_one_plugin.so", "const char *pix_one_plugin_version; void helper(void) {}")
    assert "exports helper" in lint(tree).stdout
    module(tree, "lib20_pix_one_plugin.so", "const char *pix_one_plugins_version;")
    assert "no symbol pix_one_plugin_version" in lint(tree).stdout
    os.unlink(os.path.join(tree, "obj", ".libs", "lib20_pix_one_plugin.so"))
    assert "no module is built" in lint(tree).stdout
