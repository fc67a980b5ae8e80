"""The two plots of the documentation: ends beside ends, and one small plot per parameter."""

import math

import speculative
import systems
from drawing import Panel, legend, page, text
from listening import read_events
from streams import all_labels
from tables import events_scores, folder_scores, perfect

MIX = "everyday"
NEVER_ENDS_MOST = 5  # percent; beyond it a point is hollow, as turns without an end are not in it
FIRST_AUDIO_MS = 700
# What a trade-off is between: its words, and where it is found in the scores of a mix.
MEASURES = {
    "onset_p50": ("begins after, p50, ms", "all", "onset_p50"),
    "onset_p95": ("begins after, p95, ms", "all", "onset_p95"),
    "missed": ("turns missed, %", "all", "missed%"),
    "clipped": ("turns clipped, %", "all", "clipped%"),
    "false": ("false begins per h", "all", "false/h"),
    "short_end": ("short turns end after, p50, ms", "short", "end_p50"),
    "short_p95": ("short turns end after, p95, ms", "short", "end_p95"),
    "short_cut": ("short turns cut, %", "short", "cut_turns%"),
    "long_end": ("long turns end after, p50, ms", "long", "end_p50"),
    "long_cuts": ("cut-offs per 100 long turns", "long", "cuts/100"),
    "told": ("early end after, p50, ms", "early", "announced_p50"),
    "in_vain": ("replies in vain, %", "early", "in_vain"),
}


def curve(panels, score_at, points, color, dashed=False):
    """One line in both panels of the plot of ends."""
    scores = [score_at(one) for one in points]
    hollow = [max(s["short"]["no_end%"], s["long"]["no_end%"]) > NEVER_ENDS_MOST for s in scores]
    short, long = panels
    return (short.line([(s["short"]["end_p50"], s["short"]["cut_turns%"]) for s in scores], color,
                       dashed, hollow)
            + long.line([(s["long"]["end_p50"], s["long"]["cuts/100"]) for s in scores], color,
                        dashed, hollow))


def ends(ears, everything):
    """Delay of the end against turns cut, for one-phrase turns and for long ones."""
    short = Panel(64, 112, 392, 300, (200, 1000, 100), (0, 4, 0.5))
    long = Panel(540, 112, 392, 300, (200, 1300, 100), (0, 300, 50))
    parts = [text(24, 34, "How long after the last word a turn ends, and how often it is cut",
                  "title"),
             text(24, 53, "Everyday mix. Along a line the hangover grows from 200 to 1200 ms;"
                          " lower left is better; shaded: the aim."),
             text(24, 71, f"Hollow: more than {NEVER_ENDS_MOST} % of the turns never end, because"
                          " noise is taken for speech; those are neither late nor cut here.")]
    parts += [short.area(420, 0.5), long.area(800, 60)]
    parts += short.frame("Turns of one phrase", "end announced after, p50, ms", "turns cut, %")
    parts += long.frame("Turns of several phrases", "end announced after, p50, ms",
                        "cut-offs per 100 turns")
    entries = [(6, "labels instead of a detector", True)]
    parts += curve((short, long), lambda ms: perfect(ears, MIX, ms), systems.HANGOVERS_MS, 6, True)
    for name in systems.CURVES:
        if name not in everything:
            continue
        system = everything[name]
        entries.append((system.color, system.title.split(",")[0], False))
        parts += curve((short, long),
                       lambda ms, of=system: events_scores(ears, MIX, of.with_hangover(ms)),
                       systems.HANGOVERS_MS, system.color)
    if ears.has_sweep():
        entries.append((0, "ours, a fixed hangover", False))
        folders = ears.endpoint(MIX, {ms: {"hangover": ms} for ms in systems.HANGOVERS_MS})
        parts += curve((short, long), lambda ms: folder_scores(ears, MIX, ends_of(folders[ms])),
                       systems.HANGOVERS_MS, 0)
    for system in everything.values():
        if system.hangover:
            continue
        score = events_scores(ears, MIX, system.arguments)
        for panel, which, harm in ((short, "short", "cut_turns%"), (long, "long", "cuts/100")):
            hollow = score[which]["no_end%"] > NEVER_ENDS_MOST
            parts += panel.mark(score[which]["end_p50"], score[which][harm], system.color,
                                system.title, hollow=hollow)
    parts += legend(64, 478, entries, 4, 220)
    return page(960, 526, "Delay of the end of a turn against turns cut, for every detector", parts)


def ends_of(folder):
    """The folder that vadeval reads, beside one with early ends."""
    return folder.with_name(folder.name + "_ends")


def measured(ears, folder, names):
    """The named measures of what our endpointer announced."""
    kinds = {MEASURES[name][1] for name in names}
    scores = {}
    if "early" in kinds:
        scores["early"] = speculative.tally_mix(
            all_labels(ears.mixes[MIX]), lambda name: read_events(folder, name),
            FIRST_AUDIO_MS).row()
    if kinds - {"early"}:
        scores.update(folder_scores(ears, MIX, ends_of(folder)))
    return [scores[MEASURES[name][1]][MEASURES[name][2]] for name in names]


def axis(values):
    """(least, most, step) in round numbers around the values."""
    values = [v for v in values if not math.isnan(v)]
    least, most = min(values), max(values)
    span = max(most - least, 0.05 * abs(most), 0.5)
    step = 10 ** math.floor(math.log10(span / 2))
    step *= next(s for s in (1, 2, 5, 10) if span / (s * step) <= 4)
    return (math.floor(least / step) * step, math.ceil((most + span * 0.05) / step) * step, step)


def tradeoffs(ears):
    """One small plot for each parameter: what one gains against what one pays."""
    columns, cell_x, cell_y = 3, 316, 262
    variants = {"default": {}}
    for one in systems.PARAMETERS:
        variants.update({f"{one.name}={v}": {one.name: v} for v in one.values})
    folders = ears.endpoint(MIX, variants)
    rows = -(-len(systems.PARAMETERS) // columns)
    parts = [text(24, 34, "What each parameter of the endpointer trades", "title"),
             text(24, 53, "Everyday mix, all other parameters at their defaults. Each dot is a"
                          " value of the parameter; the diamond is the default.")]
    for index, one in enumerate(systems.PARAMETERS):
        names = (one.gain, one.price)
        points = [measured(ears, folders[f"{one.name}={v}"], names) for v in one.values]
        default = measured(ears, folders["default"], names)
        left, top = 78 + index % columns * cell_x, 100 + index // columns * cell_y
        panel = Panel(left, top, 220, 164, axis([p[0] for p in [*points, default]]),
                      axis([p[1] for p in [*points, default]]))
        parts += panel.frame(one.name, MEASURES[one.gain][0], MEASURES[one.price][0])
        parts += panel.line(points, 0)
        parts += panel.mark(*default, 1)
        shown = set()
        for value, (x, y) in zip(one.values, points):
            place = (round(panel.at(x, y)[0] / 24), round(panel.at(x, y)[1] / 12))
            if place not in shown:  # values that change nothing lie upon each other
                parts += panel.words(x, y, f"{value:g}")
            shown.add(place)
    return page(960, 90 + rows * cell_y, "Trade-offs of the endpointer's parameters", parts)
