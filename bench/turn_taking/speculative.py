"""What a caller hears when the end of a turn is announced early and can be taken back.

The upstream is told of the end at an early moment and begins to answer; its first audio arrives
so many ms later and is held until the end is final. Speech that goes on before that takes the
end back: the reply is dropped unheard, generated in vain. A plain endpointer is the case where
the early end is the final one.

Everything is reckoned on audio time from announced moments and labels; no network, no clock.
"""

import dataclasses

from listening import percentile

EARLY_STARTS_MS = 200  # a start so soon before a turn still belongs to it, as in vadeval


@dataclasses.dataclass
class End:
    early: float          # the upstream is told
    final: float | None   # the reply may be heard; None: taken back, or never before the end
    spoken: float | None  # when speech was next heard after `early`, if ever


def ends_of(events):
    """The ends in one recording's events: start, paused, resumed, end.

    A plain list of start and end is read too: each end is then early and final at once.
    """
    ends, pending = [], None
    for ms, what in events:
        if what in ("start", "resumed"):
            if pending is not None:
                pending.spoken = ms
                ends.append(pending)
            pending = None
        elif what == "paused":
            pending = End(ms, None, None)
        elif what == "end":
            pending = pending or End(ms, None, None)
            pending.final = ms
    if pending is not None:
        ends.append(pending)
    return ends


def revocable(events, early_ms, final_ms):
    """Makes paused, resumed and end of a plain endpointer's events with hangover `early_ms`."""
    made, ended = [], None
    for ms, what in events:
        if what == "end":
            made.append((ms, "paused"))
            ended = ms + final_ms - early_ms
        elif ended is None or ms > ended:
            if ended is not None:
                made.append((ended, "end"))
            made.append((ms, "start"))
            ended = None
        else:
            made.append((ms, "resumed"))
            ended = None
    if ended is not None:
        made.append((ended, "end"))
    return made


@dataclasses.dataclass
class Tally:
    """Counts over many turns."""
    turns: int = 0
    split: int = 0         # final ends while words of the turn were still to come
    cut_offs: int = 0      # replies heard while words of the turn were still to come
    replies: int = 0       # asked of the upstream within or after a turn
    in_vain: int = 0       # of these, dropped before anybody heard them
    unanswered: int = 0    # turns after whose last word no reply was heard
    announced: list = dataclasses.field(default_factory=list)
    heard: list = dataclasses.field(default_factory=list)

    def row(self):
        per = 100 / max(1, self.turns)
        return {
            "announced_p50": percentile(self.announced, 50),
            "split": self.split * per,
            "cut_offs": self.cut_offs * per,
            "heard_p50": percentile(self.heard, 50),
            "heard_p95": percentile(self.heard, 95),
            "in_vain": 100 * self.in_vain / max(1, self.replies),
            "unanswered": self.unanswered * per,
        }


def tally_turn(tally, speech, ends, first_audio_ms):
    """Adds one turn, all of whose words lie in `speech`, a list of (begin, end) in ms."""
    begin, last = speech[0][0] - EARLY_STARTS_MS, speech[-1][1]
    tally.turns += 1
    answered = False
    for end in ends:
        if end.early < begin:
            continue
        tally.replies += 1
        tally.split += end.final is not None and end.final < last
        audible = None
        if end.final is not None:
            audible = max(end.early + first_audio_ms, end.final)
            if end.spoken is not None and end.spoken <= audible:
                audible = None
        if audible is None:
            tally.in_vain += 1
        elif audible < last:
            tally.cut_offs += 1
        elif not answered:
            answered = True
            tally.announced.append(end.early - last)
            tally.heard.append(audible - last)
    tally.unanswered += not answered


def tally_mix(all_labels, events_of, first_audio_ms, chosen=lambda name: True):
    """The tally over the recordings of a mix that hold speech, each one turn."""
    tally = Tally()
    for name, (speech, _) in all_labels.items():
        if speech and chosen(name):
            tally_turn(tally, speech, ends_of(events_of(name)), first_audio_ms)
    return tally
