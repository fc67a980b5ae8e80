#!/usr/bin/env python3
"""Adds up what the parts of ./test left behind and prints the last lines of the run.

    scripts/test_report.py NAME=FILE...

A FILE is JUnit XML (as ctest writes it), TAP (as node --test writes it), or a `.status` file: the
exit status of one single check in its first line, then that check's output. A part that left no
file, or one with no test in it, counts as one failure: silence is no success. Every failing test's
output is shown, then one line per part, then, alone, `N passed, M failed`, with `, K skipped`
behind it if there were any. Exit status 1 if any failed.

Skipped is only what says so itself: a test of ctest's with the exit status that stands for it, and
a line `skipped: NAME: why` in its output. Each of these lines is shown.
"""

import pathlib
import re
import sys
import xml.etree.ElementTree


class Part:
    """The outcome of one part of the run."""

    def __init__(self):
        self.passed = 0
        self.failures = []  # (test name, its output)
        self.skipped = []  # the line that says what and why


def read_junit(text):
    part = Part()
    for case in xml.etree.ElementTree.fromstring(text).iter("testcase"):
        status = case.get("status")
        if status == "run":
            part.passed += 1
            continue
        output = (case.findtext("system-out") or "").strip()
        skip = case.find("skipped")
        how = "" if skip is None else skip.get("message", "")
        if how.startswith("SKIP_RETURN_CODE"):
            why = re.search(r"^skipped: .+: .+$", output, re.MULTILINE)
            if why:
                part.skipped.append(why.group(0))
                continue
        if how.startswith("SKIP_REGULAR_EXPRESSION"):  # GTEST_SKIP() << "why"
            why = re.search(r": Skipped\n(.+)$", output, re.MULTILINE)
            if why:
                part.skipped.append(f"skipped: {case.get('name')}: {why.group(1)}")
                continue
        # A test that was disabled, never built, or left out without a word has shown nothing.
        if status != "fail":
            output = f"(did not run: {status})\n{output}"
        part.failures.append((case.get("name"), output))
    return part


def read_tap(text):
    part = Part()
    totals = dict(re.findall(r"^# (tests|pass|skipped|todo) (\d+)$", text, re.MULTILINE))
    if "tests" not in totals:
        part.failures.append(("node --test", text[-4000:]))
        return part
    part.passed = int(totals["pass"])
    failed = int(totals["tests"]) - part.passed
    # What failed, with the YAML block that says how; then what was skipped or put off.
    found = re.findall(r"^\s*not ok \d+ - (.*)\n(\s*---\n(?:.*\n)*?\s*\.\.\.\n)?", text,
                       re.MULTILINE)
    found += re.findall(r"^\s*ok \d+ - (.*# [A-Z]{4}\b.*)()$", text, re.MULTILINE)
    for index in range(failed):
        part.failures.append(found[index] if index < len(found) else ("unnamed", ""))
    return part


def read_status(name, text):
    part = Part()
    status, _, output = text.partition("\n")
    if status == "0":
        part.passed = 1
    else:
        part.failures.append((name, output.strip()))
    return part


def read_part(name, path):
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        readers = {".xml": read_junit, ".tap": read_tap}
        part = readers[path.suffix](text) if path.suffix in readers else read_status(name, text)
        if part.passed or part.failures or part.skipped:
            return part
        reason = f"{path} holds no test"
    except (OSError, xml.etree.ElementTree.ParseError) as error:
        reason = f"no outcome: {error}"
    part = Part()
    part.failures.append((name, reason))
    return part


def main():
    parts = [(name, read_part(name, pathlib.Path(path)))
             for name, _, path in (argument.partition("=") for argument in sys.argv[1:])]
    for name, part in parts:
        for test, output in part.failures:
            print(f"--- FAILED: {name}: {test} ---\n{output}\n--- end of {test} ---")
    for _, part in parts:
        for line in part.skipped:
            print(f"--- {line} ---")
    for name, part in parts:
        print(f"{name:12} {part.passed:5} passed {len(part.failures):5} failed"
              f" {len(part.skipped):5} skipped")
    passed = sum(part.passed for _, part in parts)
    failed = sum(len(part.failures) for _, part in parts)
    skipped = sum(len(part.skipped) for _, part in parts)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
