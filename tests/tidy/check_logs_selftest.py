#!/usr/bin/env python3
"""Plants secrets in logs and expects scripts/check_logs.py to find them, and nothing else."""

import base64
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check_logs.py"
KEY = "a+key/1234"


def run(log, secrets=f"# a comment\n\nkey  {KEY}\nphrase  dim the living room lights\n"):
    """Returns (exit status, output) for one log file of that text; None: no file at all."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "logs" / "server").mkdir(parents=True)
        if log is not None:
            (root / "logs" / "server" / "a.log").write_text(log, encoding="utf-8")
        (root / "secrets.txt").write_text(secrets, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, SCRIPT, "--secrets", root / "secrets.txt", root / "logs"],
            capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


class CheckLogs(unittest.TestCase):
    def found(self, log):
        status, output = run(log)
        self.assertEqual(status, 1, log)
        self.assertIn("a.log:2: holds the", output)
        self.assertNotIn(KEY, output)
        self.assertNotIn("living", output)

    def test_a_key_in_any_dress(self):
        self.found(f"start\nupstream url=wss://host/?key={KEY}\n")
        self.found("start\nGET /?key=a%2Bkey%2F1234\n")
        for before in ("", "x", "xy", "xyz"):
            encoded = base64.b64encode(f"{before}{KEY}:".encode()).decode()
            self.found(f"start\nAuthorization: Basic {encoded}\n")

    def test_a_phrase_whole_or_in_part(self):
        self.found("start\nuser said: Dim the living room lights.\n")
        self.found('start\n{"text":"the LIVING\troom"}\n')
        self.found("start\nargs living_room_lights\n")

    def test_ordinary_words_pass(self):
        self.assertEqual(run("session k3 room=living_room\ndim the lights\nunliving room lights\n"
                             "akey 1234\n")[0], 0)

    def test_nothing_to_look_at_is_a_failure(self):
        for log in (None, ""):
            status, output = run(log)
            self.assertEqual(status, 1)
            self.assertIn("no server log was written", output)

    def test_a_list_without_secrets_or_with_other_lines_is_refused(self):
        for secrets in ("# none\n", "password x\n", "key\n"):
            self.assertNotEqual(run("text\n", secrets)[0], 0)


if __name__ == "__main__":
    unittest.main()
