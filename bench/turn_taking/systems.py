"""What is compared, as arguments of `livegate hear`; and the parameters that are swept."""

import dataclasses

HANGOVERS_MS = (200, 300, 400, 500, 650, 800, 1000, 1200)


@dataclasses.dataclass(frozen=True)
class System:
    title: str
    arguments: tuple       # of `livegate hear`
    hangover: bool = True  # whether --hangover moves it along a curve
    color: int = 0         # of the plots

    def detector(self):
        """The arguments that choose the detector, without those of the policy."""
        kept, given = [], iter(self.arguments)
        for name in given:
            value = next(given)
            if name in ("--detector", "--frame"):
                kept += [name, value]
        return tuple(kept)

    def with_hangover(self, ms):
        """The same arguments with another hangover."""
        given = list(self.arguments)
        if "--hangover" in given:
            given[given.index("--hangover") + 1] = str(ms)
        else:
            given += ["--hangover", str(ms)]
        return tuple(given)


def webrtc(level):
    return System(f"WebRTC {level}", ("--detector", f"webrtc:{level}", "--frame", "10",
                                      "--policy", "gate", "--open", "60/100",
                                      "--hangover", "500"), color={0: 7, 3: 3}.get(level, 2))


def silero(hangover):
    return System(f"Silero, hangover {hangover}",
                  ("--detector", "silero", "--policy", "gate", "--open", "32/32",
                   "--hangover", str(hangover)), color=4)


OTHERS = {
    "classic": System("classic ring (WebRTC 2)",
                      ("--detector", "webrtc:2", "--policy", "classic"), hangover=False, color=1),
    "rms": System("RMS 0.015", ("--detector", "energy:0.015", "--policy", "gate",
                                "--open", "20/20", "--hangover", "500"), color=5),
    "floor": System("energy over its floor",
                    ("--detector", "floor", "--policy", "gate", "--open", "60/100",
                     "--hangover", "500"), color=8),
    "webrtc0": webrtc(0),
    "webrtc1": webrtc(1),
    "webrtc2": webrtc(2),
    "webrtc3": webrtc(3),
    "silero300": silero(300),
    "silero500": silero(500),
    "silero800": silero(800),
}
# The lines of the plot: one for each detector, along its hangovers.
CURVES = ("rms", "floor", "webrtc0", "webrtc2", "webrtc3", "silero500")



@dataclasses.dataclass(frozen=True)
class Parameter:
    """A parameter of the endpointer, and the two measures (of plots.py) that it trades."""
    name: str
    values: tuple
    gain: str
    price: str


# Ours, as the gateway runs it. Options that a build does not know leave the entry out.
OURS = {
    "ours": System("ours", ("--detector", "ear", "--policy", "ours"), hangover=False, color=0),
}
# Further detectors for the table of frames, with what else they are asked.
FRAMES = (
    ("voice: Silero behind our filter", ("--detector", "voice")),
    ("the same, `--aligned` (for recordings)", ("--detector", "voice", "--aligned")),
)
# Early ends of ours that are set beside early ends of plain hangovers.
EARLY = {
    "ours": {},
    "ours, early 250": {"early_end": 250},
    "ours, early 300": {"early_end": 300},
}
TIERS = ("fast", "balanced", "careful")
PARAMETERS = (
    Parameter("evidence", (1, 2, 2.5, 3, 3.5, 4, 5, 7), "onset_p95", "false"),
    Parameter("neutral", (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5), "onset_p95", "false"),
    Parameter("off", (0.06, 0.1, 0.16, 0.25, 0.35, 0.5), "long_end", "long_cuts"),
    Parameter("unsure", (0.01, 0.03, 0.05, 0.1, 0.15), "long_end", "long_cuts"),
    Parameter("unsure_part", (0, 0.25, 0.5, 0.75, 1), "long_end", "long_cuts"),
    Parameter("unsure_max", (0, 100, 250, 500, 1000), "long_end", "long_cuts"),
    Parameter("hangover_short", (200, 250, 300, 390, 450, 600), "short_end", "short_cut"),
    Parameter("hangover_long", (400, 500, 635, 800, 1000), "long_end", "long_cuts"),
    Parameter("short_speech", (300, 600, 1000, 1200, 1400), "short_p95", "long_cuts"),
    Parameter("long_speech", (1100, 1500, 2000, 3000), "long_end", "long_cuts"),
    Parameter("floor_db", (1, 2, 4, 6, 10), "short_end", "short_cut"),
    Parameter("speaker_db", (8, 12, 18, 30), "short_end", "short_cut"),
    Parameter("level_time", (16, 32, 48, 96), "short_end", "short_cut"),
    Parameter("level_speech", (0, 500, 1000, 1400, 3000), "short_end", "short_cut"),
    Parameter("pause_growth", (0, 0.25, 0.5, 0.75, 1), "long_end", "long_cuts"),
    Parameter("pause_from", (100, 170, 250, 400), "long_end", "long_cuts"),
    Parameter("merge", (0, 500, 1000, 1500, 3000), "long_end", "long_cuts"),
    Parameter("early_end", (100, 150, 200, 250, 300, 350), "told", "in_vain"),
)
COST = (
    ("WebRTC 3, frames of 10 ms", ("--detector", "webrtc:3", "--frame", "10")),
    ("Silero on every block of 32 ms", ("--detector", "silero")),
)
