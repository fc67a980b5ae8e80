"""Runs `livegate hear` over a mix and `vadeval` over what it announced.

What `livegate` wrote is kept and used again as long as the program and the arguments are the
same, so that a plot can be redrawn without listening to hours of audio again.
"""

import hashlib
import math
import os
import pathlib
import resource
import shutil
import subprocess

from streams import say


class Ears:
    """One build of livegate, one build of vadeval, and a cache of what they said."""

    def __init__(self, binary, shared, cache, mixes):
        self.binary, self.cache, self.mixes = binary, cache, mixes
        self.mark = hashlib.sha256(binary.read_bytes()).hexdigest()[:12]
        self.model = os.environ.get("LIVEGATE_VAD_MODEL", "build/models/silero_vad_v6.weights")
        self.vadeval = cache / "vadeval"
        source = pathlib.Path(__file__).resolve().parent / "sweep.cc"
        own = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
        self.sweep = cache / f"sweep_{self.mark}_{own}"
        source = shared / "bench" / "vad" / "vadeval.cpp"
        if not self.vadeval.exists() or self.vadeval.stat().st_mtime < source.stat().st_mtime:
            say("vadeval: building it")
            command = ["g++", "-std=c++20", "-O2", source, "-o", self.vadeval]
            subprocess.run(command, check=True)

    def supports(self, *arguments):
        """Whether this build knows these options."""
        name = "/nowhere.wav"
        command = [self.binary, "hear", name, "--events", *arguments]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        return name in answer.stderr

    def hear(self, mix, what, arguments):
        """The folder with the lines of every recording of a mix. `what`: events, probabilities."""
        key = "\0".join([self.mark, mix, what, *arguments])
        out = self.cache / "heard" / hashlib.sha256(key.encode()).hexdigest()[:16]
        if out.is_dir():
            return out
        say(f"hearing {mix}: --{what} {' '.join(arguments)}")
        part = out.with_name(out.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        recordings = sorted(self.mixes[mix].glob("*.wav"))
        command = [self.binary, "hear", *recordings, f"--{what}", *arguments, "--out", part]
        subprocess.run(command, check=True)
        part.rename(out)
        return out

    def has_sweep(self):
        """Builds the program of sweep.cc against the libraries beside the livegate under test."""
        libraries = [self.binary.parent / f"src/{room}/liblivegate_{room}.a"
                     for room in ("cli", "turn", "audio", "base")]
        if not all(library.exists() for library in libraries):
            return False
        if not self.sweep.exists():
            say("sweep: building it")
            here = pathlib.Path(__file__).resolve().parent
            packages = ["pkg-config", "--libs", "webrtc-audio-processing", "speexdsp"]
            flags = subprocess.run(packages, capture_output=True, text=True, check=True).stdout
            command = ["g++", "-std=c++20", "-O2", "-I", here.parents[1] / "src", here / "sweep.cc",
                       *libraries, *flags.split(), "-o", self.sweep]
            subprocess.run(command, check=True)
        return True

    def endpoint(self, mix, variants, tier="careful"):
        """The folders of events of our endpointer, for each {name: {parameter: value}}.

        Beside each folder stands FOLDER_ends without the early ends, which is what vadeval reads.
        """
        folders, missing = {}, []
        for name, settings in variants.items():
            text = ",".join(f"{key}={value}" for key, value in settings.items())
            key = "\0".join([self.mark, self.sweep.name, mix, tier, text])
            mark = hashlib.sha256(key.encode()).hexdigest()[:16]
            folders[name] = self.cache / "heard" / mark
            if not folders[name].is_dir() and mark not in [m for m, _ in missing]:
                missing.append((mark, text))
        if missing:
            say(f"hearing {mix}: our endpointer {len(missing)} times, tier {tier}")
            part = self.cache / f"sweep_{os.getpid()}.part"
            shutil.rmtree(part, ignore_errors=True)
            given = [f"{mark}:{text}" if text else mark for mark, text in missing]
            recordings = sorted(self.mixes[mix].glob("*.wav"))
            command = [self.sweep, self.model, tier, part, *given, "--", *recordings]
            subprocess.run(command, check=True)
            for mark, _ in missing:
                without_early_ends(part / mark, self.cache / "heard" / f"{mark}_ends")
                (part / mark).rename(self.cache / "heard" / mark)
        return folders

    def score(self, mix, heard, what, *options):
        """One row of vadeval, by the names of its columns."""
        head = subprocess.run([self.vadeval, "--row-head"], capture_output=True, text=True,
                              check=True).stdout
        given = ["--events", heard] if what == "events" else [heard]
        command = [self.vadeval, self.mixes[mix], *given, "--row", "-", *options]
        row = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        values = [math.nan if v in ("nan", "-nan") else v for v in row.strip().split("\t")]
        named = dict(zip(head.strip().split("\t"), values))
        return {k: v if k == "name" else float(v) for k, v in named.items()}

    def cpu_seconds(self, mix, arguments=None, tier=None):
        """CPU time of one uncached run over a mix: of `livegate hear`, or of our ear and tier."""
        out = self.cache / "timed"
        recordings = sorted(self.mixes[mix].glob("*.wav"))
        if tier:
            command = [self.sweep, self.model, tier, out, "ours", "--", *recordings]
        else:
            command = [self.binary, "hear", *recordings, "--events", *arguments, "--out", out]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        shutil.rmtree(out, ignore_errors=True)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def without_early_ends(folder, out):
    """Copies a folder of events and leaves out what was, or could have been, taken back."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    for file in folder.glob("*.txt"):
        lines = file.read_text().splitlines(keepends=True)
        kept = [line for line in lines if line.split()[1] in ("start", "end")]
        (out / file.name).write_text("".join(kept))


def read_events(folder, name):
    """[(ms, what)] of one recording."""
    lines = pathlib.Path(folder, name + ".txt").read_text().split("\n")
    pairs = [line.split() for line in lines if line.strip()]
    return [(float(ms), what) for ms, what in pairs]


def percentile(values, percent):
    """Linear between neighbours, as vadeval has it; nan of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    at = percent / 100 * (len(ordered) - 1)
    low = int(at)
    if low + 1 >= len(ordered):
        return ordered[-1]
    return ordered[low] + (at - low) * (ordered[low + 1] - ordered[low])
