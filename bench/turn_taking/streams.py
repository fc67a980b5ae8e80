"""The recordings that are listened to: made by the shared scripts, then gathered into mixes.

A mix is a folder of links named RECORDING@CONDITION, so that one run of `livegate hear` and one
of `vadeval` covers it, and a prefix still chooses recordings whatever noise lies on them.
"""

import csv
import pathlib
import subprocess
import sys

NOISES = ("white", "pink", "clicks", "hum")
MIXES = {
    "everyday": ["clean"] + [f"{n}_{snr}" for n in NOISES for snr in (20, 10)] + ["alone"],
    "hard": [f"{n}_{snr}" for n in NOISES for snr in (5, 0)],
    "babble": ["babble_20", "babble_10"],
}
# What the table of frames has one column for: the mean over its conditions.
COLUMNS = {
    "clean": ["clean"],
    **{f"noise {snr} dB": [f"{n}_{snr}" for n in NOISES] for snr in (20, 10, 5, 0)},
    **{f"babble {snr} dB": [f"babble_{snr}"] for snr in (20, 10, 5, 0)},
}
# Recordings whose turns are several phrases; all others are one phrase each.
LONG = ("libri", "librivox", "jfk", "spont")


def say(words):
    print(words, file=sys.stderr, flush=True)


def make_streams(shared, folder, seed):
    """Makes every condition of the set, unless `folder` has them."""
    if (folder / "alone").is_dir() and (folder / "clean").is_dir():
        say(f"streams: using those in {folder}")
        return
    say(f"streams: making them in {folder} with seed {seed}: five minutes, 0.5 GB")
    script = shared / "bench" / "vad" / "conditions.sh"
    made = folder.with_name(folder.name + ".part")
    subprocess.run(["sh", script, shared / "data" / "speech", made, str(seed)], check=True)
    made.rename(folder)


def gather(streams, cache):
    """Links each mix, and each condition of the frame table, under `cache`; returns folders."""
    folders = {}
    conditions = sorted({c for column in COLUMNS.values() for c in column})
    for name, parts in {**MIXES, **{c: [c] for c in conditions}}.items():
        folder = cache / "mixes" / name
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for condition in parts:
            for file in sorted((streams / condition).glob("*.*")):
                if file.suffix in (".wav", ".csv") and file.stem != "manifest":
                    link = folder / f"{file.stem}@{condition}{file.suffix}"
                    link.symlink_to(file.resolve())
        folders[name] = folder
    return folders


def labels(file):
    """Speech as (begin, end) in ms, touching spans joined, and the length of the recording."""
    spans, length = [], 0
    with open(file) as rows:
        for begin, end, speech in list(csv.reader(rows))[1:]:
            length = max(length, float(end))
            if speech != "1":
                continue
            if spans and float(begin) <= spans[-1][1]:
                spans[-1] = (spans[-1][0], float(end))
            else:
                spans.append((float(begin), float(end)))
    return spans, length


def all_labels(folder):
    """The labels of every recording of a mix, by its name."""
    return {pathlib.Path(f).stem: labels(f) for f in sorted(folder.glob("*.csv"))}


def is_long(name):
    return name.startswith(LONG)
