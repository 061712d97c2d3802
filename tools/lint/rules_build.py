"""What was built, and the scripts."""
import ast
import glob
import os
import re
import subprocess

WORDS = ("version", "init", "deinit", "preinit", "dependencies", "binary_dependency")
# settings modules: 2.4 and 2.3 look for different names
SETTINGS_WORDS = ("version", "set_infos", "set_roots")
# Pigeonhole's own loader
SIEVE_WORDS = ("version", "init", "deinit", "load", "unload", "binary_dependency", "dependencies")


def module_name(file_name):
    """lib20_pix_session_plugin.so → pix_session_plugin"""
    name = file_name[:-3]
    if name.startswith("lib"):
        name = name[3:]
        match = re.match(r"\d+_", name)
        name = name[match.end():] if match else name
    return name


def needed_words(name):
    if name == "pix_settings":
        return SETTINGS_WORDS, ("version", "set_infos", "set_roots")
    if name.startswith("sieve_"):
        return SIEVE_WORDS, ("version", "load", "unload")
    return WORDS, ("version", "init", "deinit")


def exports(tree):
    """The host finds a module's symbols by its file name. A misspelt _version switches the ABI check off without a word."""
    if not tree.build:
        return
    modules = sorted(glob.glob(os.path.join(tree.build, ".libs", "*.so")))
    if not modules:
        yield "%s: no module was built" % tree.build
    for path in modules:
        file_name = os.path.basename(path)
        name = module_name(file_name)
        done = subprocess.run(["nm", "-D", "--defined-only", path], stdout=subprocess.PIPE, text=True, check=True)
        found = {line.split()[-1].split("@")[0] for line in done.stdout.splitlines()}
        # made by sanitizers
        found = {symbol for symbol in found if not symbol.startswith(("__", "_init", "_fini"))}
        words, needed = needed_words(name)
        for symbol in sorted(found - {"%s_%s" % (name, word) for word in words}):
            yield "%s: exports %s, which is no symbol of a module %s" % (file_name, symbol, name)
        for word in needed:
            if "%s_%s" % (name, word) not in found:
                yield "%s: does not export %s_%s" % (file_name, name, word)


def shell_syntax(tree):
    for path in tree.files:
        file = tree.read(path)
        first = file.data[:64].split(b"\n", 1)[0]
        if not re.match(rb"#!\s*/(usr/)?bin/(env )?(ba)?sh", first) and not path.endswith(".sh"):
            continue
        shell = "bash" if b"bash" in first or path.endswith(".sh") else "sh"
        done = subprocess.run([shell, "-n"], input=file.data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for line in done.stdout.decode(errors="replace").splitlines():
            yield "%s: %s" % (path, line)


def python_syntax(tree):
    for path in tree.files:
        file = tree.read(path)
        if not path.endswith(".py") and b"python3" not in file.data[:64].split(b"\n", 1)[0]:
            continue
        if not path.endswith(".py") and file.data[:2] != b"#!":
            continue
        try:
            ast.parse(file.text, path)
        except SyntaxError as exc:
            yield "%s:%s: %s" % (path, exc.lineno, exc.msg)


RULES = [exports, shell_syntax, python_syntax]
