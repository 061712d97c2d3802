"""tools/bench: load the benchmarks of all parts, run those that were asked for, print figures with floor and goal."""
import argparse
import datetime
import glob
import importlib.util
import json
import os
import platform
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "integration")]

import common  # noqa: E402
from pixtest import HOST  # noqa: E402


def load():
    """Every bench-*.py registers its benchmarks by @common.bench."""
    for path in sorted(glob.glob(os.path.join(HERE, "bench-*.py"))):
        name = os.path.basename(path)[:-3].replace("-", "_")
        spec = importlib.util.spec_from_file_location(name, path)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


def version():
    out = subprocess.run(["dovecot", "--version"], capture_output=True, text=True).stdout.split()
    return out[0] if out else "unknown"


def cpu_model():
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def number(value):
    return "-" if value is None else "%.0f" % value if abs(value) >= 100 else "%.3g" % value


def main():
    parser = argparse.ArgumentParser(prog="tools/bench")
    parser.add_argument("--host")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side (default 5)")
    parser.add_argument("part", nargs="*")
    args = parser.parse_args()
    load()
    wanted = args.part or sorted(common.REGISTRY)
    for part in wanted:
        if part not in common.REGISTRY:
            sys.exit("bench: no part '%s': there are %s" % (part, ", ".join(sorted(common.REGISTRY))))
    if args.list:
        for part in wanted:
            for function in common.REGISTRY[part]:
                print("%-10s %s" % (part, (function.__doc__ or "").strip().splitlines()[0]))
        return 0
    results = []
    if not args.json:
        print("Dovecot %s, %s, %d cores" % (version(), cpu_model(), os.cpu_count()))
        print("%-10s %-58s %9s %9s %9s  %s" % ("part", "figure", "measured", "floor", "goal", ""))
    for part in wanted:
        for function in common.REGISTRY[part]:
            for result in function(args.rounds):
                results.append(result)
                if not args.json:
                    print("%-10s %-58s %9s %9s %9s  %s" % (part, result.figure, number(result.value), number(result.floor),
                                                           number(result.goal), result.verdict()), flush=True)
                    if result.note:
                        print("%-10s   %s" % ("", result.note))
    if args.json:
        print(json.dumps({
            "host": HOST, "dovecot": version(), "cpu": cpu_model(), "cores": os.cpu_count(),
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "results": [dict(vars(result), verdict=result.verdict()) for result in results],
        }, indent=2))
    return 1 if any(result.verdict() == "below the floor" for result in results) else 0


sys.exit(main())
