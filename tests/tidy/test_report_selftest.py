#!/usr/bin/env python3
"""Feeds scripts/test_report.py outcomes of every kind: only what ran and succeeded is a success."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "test_report.py"
JUNIT = """<testsuite>
<testcase name="good" status="run"/>
<testcase name="bad" status="fail"><system-out>expected 1, was 2</system-out></testcase>
<testcase name="skipped" status="notrun"><skipped message="x"/></testcase>
</testsuite>
"""
TAP = """TAP version 13
# Subtest: good
ok 1 - good
  ---
  duration_ms: 0.2
  ...
# Subtest: bad
not ok 2 - bad
  ---
  error: 'expected 1, was 2'
  ...
# Subtest: left out
ok 3 - left out # SKIP
  ---
  ...
# tests 3
# pass 1
# fail 1
# skipped 1
"""


def report(**files):
    """Returns (exit status, output, last line); the keys are file names with `_` for the dot."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = []
        for name, text in files.items():
            path = pathlib.Path(folder) / name.replace("_", ".")
            if text is not None:
                path.write_text(text, encoding="utf-8")
            arguments.append(f"{name}={path}")
        done = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout, done.stdout.splitlines()[-1]


class Report(unittest.TestCase):
    def test_all_good(self):
        status, _, last = report(a_xml='<testsuite><testcase name="x" status="run"/></testsuite>',
                                 b_tap="ok 1 - x\n# tests 1\n# pass 1\n", c_status="0\nfine\n")
        self.assertEqual((status, last), (0, "3 passed, 0 failed"))

    def test_failures_and_what_did_not_run_are_counted_and_shown(self):
        for name, text in (("a_xml", JUNIT), ("a_tap", TAP)):
            status, output, last = report(**{name: text})
            self.assertEqual((status, last), (1, "1 passed, 2 failed"))
            self.assertIn("expected 1, was 2", output)
            self.assertIn("bad", output)

    def test_what_says_why_it_was_skipped_is_named_and_no_failure(self):
        skip = ('<testcase name="x" status="notrun"><skipped message="{}"/>'
                '<system-out>{}</system-out></testcase>')
        good = '<testcase name="good" status="run"/>'
        why = "skipped: go-1.77.0: its registry is out of reach"
        code = "SKIP_RETURN_CODE=77"
        text = f"<testsuite>{good}{skip.format(code, why)}</testsuite>"
        status, output, last = report(a_xml=text)
        self.assertEqual((status, last), (0, "1 passed, 0 failed, 1 skipped"))
        self.assertIn(why, output)
        gtest = "a_test.cc:3: Skipped\nno recordings here"
        matched = skip.format("SKIP_REGULAR_EXPRESSION_MATCHED", gtest)
        text = f"<testsuite>{good}{matched}</testsuite>"
        status, output, last = report(a_xml=text)
        self.assertEqual((status, last), (0, "1 passed, 0 failed, 1 skipped"))
        self.assertIn("skipped: x: no recordings here", output)
        for message, said in (("Unable to find executable", why), (code, ""), (code, "skipped")):
            text = f"<testsuite>{good}{skip.format(message, said)}</testsuite>"
            self.assertEqual(report(a_xml=text)[2], "1 passed, 1 failed", message + said)

    def test_a_failed_check_shows_its_output(self):
        status, output, last = report(a_status="3\nthe port is taken\n")
        self.assertEqual((status, last), (1, "0 passed, 1 failed"))
        self.assertIn("the port is taken", output)

    def test_silence_is_no_success(self):
        for files in ({"a_xml": None}, {"a_tap": None}, {"a_status": None}, {"a_xml": ""},
                      {"a_xml": "<testsuite/>"}, {"a_tap": "ok 1 - x\n"}, {"a_status": ""},
                      {"a_tap": "# tests 0\n# pass 0\n"}):
            status, _, last = report(**files)
            self.assertEqual((status, last), (1, "0 passed, 1 failed"), files)


if __name__ == "__main__":
    unittest.main()
