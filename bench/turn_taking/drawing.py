"""Draws the plots as SVG that stands in the documentation. Light and dark follow the reader."""

import math

STYLE = """
  svg { --ink: #1d2330; --soft: #667085; --line: #d6dae2; --paper: #ffffff;
    --c0: #0b63ce; --c1: #be123c; --c2: #b45309; --c3: #d97706; --c4: #15803d; --c5: #7c3aed;
    --c6: #475467; --c7: #0e7490; --c8: #a21caf; }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #e8ebf2; --soft: #9aa4b8; --line: #333b4d; --paper: #12161f;
      --c0: #6cb0ff; --c1: #ff7d96; --c2: #f0a34a; --c3: #fbd38d; --c4: #5ccb86; --c5: #b79bff;
      --c6: #cbd2e0; --c7: #67d3e8; --c8: #f0abfc; }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--soft); }
  .title { font-size: 15px; font-weight: 600; fill: var(--ink); }
  .head { font-weight: 600; fill: var(--ink); }
  .grid { stroke: var(--line); stroke-width: 1; fill: none; }
  .series { fill: none; stroke-width: 2; }
  .aim { fill: var(--c4); fill-opacity: 0.12; }
  .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }"""


def text(x, y, words, kind="", anchor="start"):
    name = f' class="{kind}"' if kind else ""
    place = "" if anchor == "start" else f' text-anchor="{anchor}"'
    safe = str(words).replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.1f}" y="{y:.1f}"{name}{place}>{safe}</text>'


def sideways(x, y, words):
    turn = f'transform="rotate(-90 {x:.1f} {y:.1f})"'
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" {turn}>{words}</text>'


def page(width, height, label, parts):
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"',
        f'  aria-label="{label}">',
        f"<style>{STYLE}\n</style>",
        f'<rect width="{width}" height="{height}" rx="8" fill="var(--paper)"/>',
        *parts,
        "</svg>\n",
    ])


class Panel:
    """One pair of axes. `x` and `y` are (least, most, step); values beyond are left out."""

    def __init__(self, left, top, width, height, x, y):
        self.left, self.top, self.width, self.height = left, top, width, height
        self.x, self.y = x, y

    def at(self, x, y):
        return (self.left + self.width * (x - self.x[0]) / (self.x[1] - self.x[0]),
                self.top + self.height * (1 - (y - self.y[0]) / (self.y[1] - self.y[0])))

    def holds(self, x, y):
        if math.isnan(x) or math.isnan(y):
            return False
        return self.x[0] <= x <= self.x[1] and self.y[0] <= y <= self.y[1]

    def frame(self, title, x_title, y_title):
        parts = [text(self.left, self.top - 12, title, "head")]
        value = self.y[0]
        while value <= self.y[1] + 1e-9:
            _, y = self.at(self.x[0], value)
            parts.append(f'<path class="grid" d="M{self.left} {y:.1f}h{self.width}"/>')
            parts.append(text(self.left - 6, y + 4, f"{value:g}", "", "end"))
            value += self.y[2]
        value = self.x[0]
        while value <= self.x[1] + 1e-9:
            x, _ = self.at(value, self.y[0])
            parts.append(text(x, self.top + self.height + 17, f"{value:g}", "", "middle"))
            value += self.x[2]
        parts.append(text(self.left + self.width / 2, self.top + self.height + 35, x_title, "",
                          "middle"))
        parts.append(sideways(self.left - 40, self.top + self.height / 2, y_title))
        return parts

    def area(self, x_most, y_most):
        """Marks everything below both, which is where one wants to be."""
        x0, y1 = self.at(self.x[0], self.y[0])
        x1, y0 = self.at(x_most, y_most)
        return (f'<rect class="aim" x="{x0:.1f}" y="{y0:.1f}" width="{x1 - x0:.1f}"'
                f' height="{y1 - y0:.1f}"/>')

    def line(self, points, color, dashed=False, hollow=()):
        """Points in data; what lies beyond the axes breaks the line."""
        dots, path, pen = [], [], "M"
        for index, (x, y) in enumerate(points):
            if not self.holds(x, y):
                pen = "M"
                continue
            px, py = self.at(x, y)
            path.append(f"{pen}{px:.1f} {py:.1f}")
            dots.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3.5" stroke="var(--c{color})"'
                        f' stroke-width="1.5" fill="{fill_of(color, index, hollow)}"/>')
            pen = "L"
        if not path:
            return []
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        return [f'<path class="series" stroke="var(--c{color})"{dash} d="{"".join(path)}"/>', *dots]

    def mark(self, x, y, color, words="", hollow=False):
        """A diamond with words beside it."""
        if not self.holds(x, y):
            return []
        px, py = self.at(x, y)
        parts = [f'<path d="M{px:.1f} {py:.1f}m0 -7l7 7l-7 7l-7 -7z" stroke="var(--c{color})"'
                 f' stroke-width="2" fill="{fill_of(color, 0, (hollow,))}"/>']
        if words:
            parts.append(text(px + 11, py + 4, words, "head halo"))
        return parts

    def words(self, x, y, words):
        """Words beside a point."""
        if not self.holds(x, y):
            return []
        px, py = self.at(x, y)
        return [text(px + 7, py - 6, words, "halo")]


def fill_of(color, index, hollow):
    is_hollow = index < len(hollow) and hollow[index]
    return "var(--paper)" if is_hollow else f"var(--c{color})"


def legend(x, y, entries, columns, step):
    """(color, words, dashed) in a grid."""
    parts = []
    for i, (color, words, dashed) in enumerate(entries):
        at_x, at_y = x + (i % columns) * step, y + (i // columns) * 19
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        parts.append(f'<path class="series" stroke="var(--c{color})"{dash}'
                     f' d="M{at_x:.1f} {at_y:.1f}h24"/>')
        parts.append(text(at_x + 31, at_y + 4, words))
    return parts
