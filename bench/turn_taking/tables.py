"""Markdown of what was measured, and the measuring of each table."""

import math

import speculative
from listening import read_events
from streams import COLUMNS, LONG, all_labels, is_long, say

LONG_ONLY = [word for prefix in LONG for word in ("--only", prefix)]
LONG_SKIP = [word for prefix in LONG for word in ("--skip", prefix)]
FIRST_AUDIO_MS = (300, 700, 1200)
EARLY_MS, FINAL_MS = (200, 250, 300), (500, 650, 800)


def markdown(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def number(value, digits=0):
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def pair(low, high):
    return "-" if math.isnan(low) else f"{low:.0f} / {high:.0f}"


def events_scores(ears, mix, arguments):
    """vadeval's row over all turns of a mix, over its one-phrase turns and over its long ones."""
    return folder_scores(ears, mix, ears.hear(mix, "events", arguments))


def folder_scores(ears, mix, heard):
    """The same of a folder of events."""
    return {
        "all": ears.score(mix, heard, "events"),
        "short": ears.score(mix, heard, "events", *LONG_SKIP),
        "long": ears.score(mix, heard, "events", *LONG_ONLY),
    }


def side_by_side(ears, systems, mix):
    """The one table: every system over one mix."""
    head = ["detector and policy", "frames F1 / AUC", "missed %", "begins after p50 / p95 ms",
            "clipped %", "false begins per h", "never ends %", "short: ends after p50 / p95 ms",
            "short: cut %", "long: ends after p50 / p95 ms", "long: cut-offs per 100"]
    rows = []
    for system in systems.values():
        frames = ears.score(mix, ears.hear(mix, "probabilities", system.detector()),
                            "probabilities")
        score = events_scores(ears, mix, system.arguments)
        whole, short, long = score["all"], score["short"], score["long"]
        rows.append([
            system.title,
            f"{frames['F1']:.3f} / {frames['AUC']:.3f}",
            number(whole["missed%"], 1),
            pair(whole["onset_p50"], whole["onset_p95"]),
            number(whole["clipped%"], 1),
            number(whole["false/h"], 1),
            number(whole["no_end%"], 1),
            pair(short["end_p50"], short["end_p95"]),
            number(short["cut_turns%"], 1),
            pair(long["end_p50"], long["end_p95"]),
            number(long["cuts/100"]),
        ])
    return markdown(head, rows)


def frame_table(ears, systems, further):
    """AUC / F1 of each detector for each condition, as the mean over the noises of a column."""
    asked = {system.detector(): system.title.split(",")[0] for system in systems.values()
             if system.title != "classic ring (WebRTC 2)"}
    asked.update({arguments: title for title, arguments in further})
    rows = []
    for arguments, title in asked.items():
        row = [title]
        for conditions in COLUMNS.values():
            scores = [ears.score(c, ears.hear(c, "probabilities", arguments), "probabilities")
                      for c in conditions]
            f1 = sum(s["F1"] for s in scores) / len(scores)
            area = sum(s["AUC"] for s in scores) / len(scores)
            row.append(f"{area:.3f} / {f1:.3f}")
        rows.append(row)
    return markdown(["AUC / F1 at 0.5", *COLUMNS], rows)


def label_events(spans, hangover):
    """What a detector without any fault would announce under a fixed hangover."""
    events, last = [], None
    for begin, end in spans:
        if last is None:
            events.append((begin, "start"))
        elif begin - last >= hangover:
            events += [(last + hangover, "end"), (begin, "start")]
        last = end
    return events + ([(last + hangover, "end")] if last is not None else [])


def perfect(ears, mix, hangover):
    """Scores of the labels themselves, as if they were a detector."""
    folder = ears.cache / "perfect" / f"{mix}_{hangover}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, (spans, _) in all_labels(ears.mixes[mix]).items():
        lines = [f"{ms:g} {what}\n" for ms, what in label_events(spans, hangover)]
        (folder / f"{name}.txt").write_text("".join(lines))
    return {
        "short": ears.score(mix, folder, "events", *LONG_SKIP),
        "long": ears.score(mix, folder, "events", *LONG_ONLY),
    }


def speculative_rows(ears, mix, title, events_of):
    """One row: all turns' and long turns' audible cut-offs, and the waits, by first audio."""
    labels = all_labels(ears.mixes[mix])
    row = [title]
    for first_audio in FIRST_AUDIO_MS:
        whole = speculative.tally_mix(labels, events_of, first_audio).row()
        long = speculative.tally_mix(labels, events_of, first_audio, is_long).row()
        if first_audio == FIRST_AUDIO_MS[0]:
            row.append(number(whole["announced_p50"]))
            row.append(f"{whole['split']:.1f} / {long['split']:.0f}")
        row += [f"{whole['cut_offs']:.1f} / {long['cut_offs']:.0f}",
                pair(whole["heard_p50"], whole["heard_p95"]),
                f"{whole['in_vain']:.0f}"]
    return row


def speculative_table(ears, mix, plain, ours):
    """Plain hangovers, then early ends with a final end later, then our own early ends."""
    head = ["end of a turn", "told upstream after p50 ms", "split: final ends too soon per 100"
            " (all / long)"]
    for ms in FIRST_AUDIO_MS:
        head += [f"{ms}: heard cut-offs (all / long)", f"{ms}: first audio p50 / p95 ms",
                 f"{ms}: in vain %"]
    rows = []

    def announced(arguments):
        folder = ears.hear(mix, "events", arguments)
        return lambda name: read_events(folder, name)

    for ms in (300, 500, 800):
        rows.append(speculative_rows(ears, mix, f"Silero, plain {ms}",
                                     announced(plain.with_hangover(ms))))
    for final in FINAL_MS:
        for early in EARLY_MS:
            base = announced(plain.with_hangover(early))
            rows.append(speculative_rows(
                ears, mix, f"Silero, early {early}, final {final}",
                lambda name, b=base, e=early, f=final: speculative.revocable(b(name), e, f)))
    for title, folder in ours.items():
        rows.append(speculative_rows(ears, mix, title,
                                     lambda name, f=folder: read_events(f, name)))
    return markdown(head, rows)


def cost_table(ears, mix, detectors, tiers):
    """CPU time of a session-second and of a block, from whole runs over a mix."""
    seconds = sum(length for _, length in all_labels(ears.mixes[mix]).values()) / 1000
    talk = sum(e - b for s, _ in all_labels(ears.mixes[mix]).values() for b, e in s) / 10 / seconds
    say(f"cost: {len(detectors) + len(tiers) + 1} ways to hear {seconds / 3600:.1f} h of audio,"
        " three times each")

    def least(**how):
        return 1e6 / seconds * min(ears.cpu_seconds(mix, **how) for _ in range(3))

    base = least(arguments=("--detector", "energy:0.015", "--frame", "30", "--policy", "classic"))
    ways = [(title, {"arguments": arguments}) for title, arguments in detectors]
    ways += [(f"ours, tier {tier}", {"tier": tier}) for tier in tiers]
    rows = [["reading files and counting (subtracted below)", number(base), "-", "-"]]
    for title, how in ways:
        micro = least(**how) - base
        rows.append([title, number(micro), number(micro * 0.032, 1), number(1e6 / micro)])
    head = ["what runs", "us of CPU per session-second", "us per 32 ms of audio",
            "sessions per core"]
    return f"{talk:.0f} % of the audio is speech.\n\n{markdown(head, rows)}"
