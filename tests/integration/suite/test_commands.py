"""docs/protocol/commands.md and the code of plugins/doveadm say the same."""
import glob
import os
import re

import pytest

from pixtest import TOP

SANDBOX = dict()
FOLDER = os.path.join(TOP, "plugins", "doveadm")
COMMAND = re.compile(r"struct doveadm_cmd_ver2 (\w+) = \{(.*?)\n\};", re.S)
PARAM = re.compile(r"DOVEADM_CMD_PARAM\(\s*'(.*?)'\s*,\s*\"([\w-]+)\"\s*,\s*(CMD_PARAM_\w+)\s*,\s*([^)]*)\)")
MACRO = re.compile(r"^#\s*define\s+(\w+)((?:.*\\\n)*.*\n)", re.M)


def sources():
    return {path: open(path).read() for path in sorted(glob.glob(FOLDER + "/*.[ch]"))}


def macros(texts):
    """Macros of the headers that hold parameters."""
    return {name: body for text in texts.values() for name, body in MACRO.findall(text) if "DOVEADM_CMD_PARAM(" in body}


def commands():
    """{"pix session list": ({options}, file)} from the code."""
    texts = sources()
    known = macros(texts)
    found = {}
    for path, text in texts.items():
        for match in COMMAND.finditer(text):
            body = match.group(2)
            for name, value in known.items():
                body = re.sub(r"\b%s\b" % name, lambda _m, value=value: value, body)
            name = re.search(r'\.name\s*=\s*"([^"]+)"', body)
            assert name, "%s: %s has no name" % (path, match.group(1))
            options = set()
            for short, long, _kind, flags in PARAM.findall(body):
                if "POSITIONAL" in flags:
                    options.add(long)
                    continue
                options.add("--" + long)
                if short != "\\0":
                    options.add("-" + short)
            found[name.group(1)] = (options, path)
    return found


def documented():
    """{"pix session list": ({options}, {columns})} from the page."""
    found = {}
    with open(os.path.join(TOP, "docs", "protocol", "commands.md")) as page:
        for part in re.split(r"^## ", page.read(), flags=re.M)[1:]:
            name = part.split("\n", 1)[0].strip()
            words = {}
            for kind in ("Options", "Columns"):
                line = re.search(r"^%s: (.*(?:\n(?!\n).*)*)" % kind, part, re.M)
                assert line, "commands.md: %s has no line %s" % (name, kind)
                words[kind] = set(re.findall(r"`([^`]+)`", line.group(1)))
            assert name not in found, "commands.md: %s is there twice" % name
            found[name] = (words["Options"], words["Columns"])
    return found


def test_the_same_commands():
    assert sorted(documented()) == sorted(commands())


@pytest.mark.parametrize("name", sorted(commands()))
def test_the_same_options(name):
    page = documented()
    assert name in page, "commands.md does not know %s" % name
    # options of all mail commands (-u, -A) are the host's
    code = commands()[name][0]
    assert page[name][0] - {"-u", "--user", "-A"} == code - {"-u", "--user", "-A"}


@pytest.mark.parametrize("name", sorted(commands()))
def test_each_column_is_in_the_code(name):
    columns = documented()[name][1]
    texts = "".join(sources().values())
    for column in columns:
        assert '"%s"' % column in texts, "%s: no code prints the column %s" % (name, column)


@pytest.mark.parametrize("name", ["pix status", "pix check", "pix session list", "pix session end"])
def test_columns_as_printed(sandbox, name):
    words = ["--all"] if name == "pix session end" else []
    out = sandbox.doveadm("-f", "tab", *name.split(), *words, check=False).stdout
    assert set(out.split("\n")[0].split("\t")) == documented()[name][1]


def test_each_command_is_registered(sandbox):
    """doveadm lists its commands when it is called without any."""
    done = sandbox.doveadm("pix", check=False)
    listed = done.stdout + done.stderr
    for name in commands():
        # the list shows subcommands behind their group
        assert name.split()[-1] in listed, name


def test_no_command_takes_a_secret_as_an_argument():
    for name, (options, path) in commands().items():
        bad = {"--password", "--code", "--secret", "--pin", "--otp"} & options
        assert not bad, "%s (%s) takes %s: secrets come on stdin" % (name, path, bad)
