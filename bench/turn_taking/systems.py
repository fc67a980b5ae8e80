"""What is compared, as arguments of `livegate hear`; and the parameters that are swept."""

import dataclasses

HANGOVERS_MS = (200, 300, 400, 500, 650, 800, 1000, 1200)


@dataclasses.dataclass(frozen=True)
class System:
    title: str
    arguments: tuple       # of `livegate hear`
    hangover: bool = True  # whether --hangover moves it along a curve
    color: int = 0         # of the plots
    on: float = 0.5        # threshold of its frames

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
    "webrtc0": webrtc(0),
    "webrtc1": webrtc(1),
    "webrtc2": webrtc(2),
    "webrtc3": webrtc(3),
    "silero300": silero(300),
    "silero500": silero(500),
    "silero800": silero(800),
}
# The lines of the plot: one for each detector, along its hangovers.
CURVES = ("rms", "webrtc0", "webrtc2", "webrtc3", "silero500")



@dataclasses.dataclass(frozen=True)
class Parameter:
    """One parameter of the endpointer and the two measures (of plots.py) that it trades."""
    title: str
    flag: str
    values: tuple
    default: object
    gain: str
    price: str
    base: tuple = ()  # the arguments that it is added to
    unit: str = ""

    def with_value(self, value):
        return (*self.base, self.flag, str(value))

    def shown(self, value):
        return f"{value}{self.unit}"


# Ours. Options that a build does not know leave the entry out.
OURS = {}
EARLY = []
PARAMETERS = []
COST = [
    ("WebRTC 3, frames of 10 ms", ("--detector", "webrtc:3", "--frame", "10")),
    ("Silero on every block", ("--detector", "silero")),
]
SHOW_EARLY = ("--early",)  # the option that also writes `paused` and `resumed`
