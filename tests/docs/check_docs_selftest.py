#!/usr/bin/env python3
"""Makes copies of the documents untrue, and expects scripts/check_docs to name the place."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class CheckDocs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        for entry in ROOT.iterdir():
            if entry.name in ("docs", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"):
                copy = shutil.copytree if entry.is_dir() else shutil.copy
                copy(entry, self.root / entry.name)
            else:
                (self.root / entry.name).symlink_to(entry)

    def tearDown(self):
        self.folder.cleanup()

    def change(self, name, before, after):
        file = self.root / name
        text = file.read_text(encoding="utf-8")
        self.assertIn(before, text)
        file.write_text(text.replace(before, after, 1), encoding="utf-8")

    def run_check(self):
        done = subprocess.run(
            [sys.executable, ROOT / "scripts" / "check_docs", "--root", self.root],
            capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def found(self, words):
        status, output = self.run_check()
        self.assertEqual(status, 1, output)
        self.assertIn(words, output)

    def test_the_documents_as_they_are(self):
        status, output = self.run_check()
        self.assertEqual(status, 0, output)

    def test_a_default_that_is_another(self):
        self.change("docs/configuration.md", "drain_ms = 25000", "drain_ms = 20000")
        self.found("server.drain_ms = 20000, but the default is 25000")

    def test_a_default_of_text_and_one_of_a_table_in_a_table(self):
        self.change("docs/configuration.md", 'tier = "balanced"', 'tier = "fast"')
        self.change("docs/configuration.md", "skew_s = 30", "skew_s = 31")
        self.found("vad.tier = 'fast', but the default is 'balanced'")
        self.found("auth.jwt.skew_s = 31, but the default is 30")

    def test_a_key_that_is_not_read(self):
        self.change("docs/configuration.md", "keep_days = 400", "keep_weeks = 400")
        self.found("meter.keep_weeks is no key")
        self.found("meter.keep_days is missing")

    def test_a_default_in_the_text(self):
        self.change("docs/operations.md", "`server.drain_ms` (25 s)", "`server.drain_ms` (26 s)")
        self.found("server.drain_ms is 25000 by default")

    def test_a_metric_that_is_not_there(self):
        self.change("docs/operations.md", "livegate_turns_total", "livegate_turn_total")
        self.found("livegate_turn_total is no metric")
        self.found("livegate_turns_total is missing")

    def test_a_fault_and_a_fact_of_other_names(self):
        self.change("docs/stand-in.md", "| `empty-turn` |", "| `empty-turns` |")
        self.change("docs/configuration.md", "| `many_parts` |", "| `more_parts` |")
        self.change("docs/wire-browser.md", "| `too_slow` |", "| `too_late` |")
        self.found("empty-turn is missing")
        self.found("more_parts is not there")
        self.found("the program never says too_late")

    def test_a_link_an_anchor_and_a_file_that_lead_nowhere(self):
        self.change("README.md", "](docs/drop-in.md)", "](docs/drop-out.md)")
        self.change("README.md", "#coming-back)", "#going-away)")
        self.change("ARCHITECTURE.md", "`net/socket.cc`", "`net/sockets.cc`")
        self.found("docs/drop-out.md leads nowhere")
        self.found("has no #going-away")
        self.found("net/sockets.cc is not there")


if __name__ == "__main__":
    unittest.main()
