# SPDX-License-Identifier: Apache-2.0
"""What a benchmark gives back: figures, each beside its limit or its peer."""
import dataclasses

UNITS = {"ms": 2, "us": 1, "MiB": 2, "KiB": 0, "s": 2, "x": 2, "%": 1}  # digits after the point


@dataclasses.dataclass
class Figure:
    """One measured value. `limit` is the most (or with `is_least` the least) that it may be; `peer` is what it is
    compared with in the same run, and `peer_value` the peer's value in the same unit."""
    bench: str
    name: str
    value: float
    unit: str
    limit: float | None = None
    is_least: bool = False
    peer: str | None = None
    peer_value: float | None = None

    def verdict(self):
        if self.limit is None:
            return ""
        within = self.value >= self.limit if self.is_least else self.value <= self.limit
        return "ok" if within else "over"

    def ratio(self):
        against = self.limit if self.peer_value is None else self.peer_value
        return self.value / against if against else None

    def as_json(self):
        return {**dataclasses.asdict(self), "ratio": self.ratio(), "verdict": self.verdict()}


def quantile(values, share):
    ordered = sorted(values)
    return ordered[int((len(ordered) - 1) * share)]


def number(value, unit):
    return f"{value:,.{UNITS.get(unit, 0)}f} {unit}"


def beside(figure):
    """The limit or the peer, as a reader of the table wants it."""
    words = []
    if figure.limit is not None:
        words.append(f"{'≥' if figure.is_least else '≤'} {number(figure.limit, figure.unit)}")
    if figure.peer:
        value = "" if figure.peer_value is None else f" {number(figure.peer_value, figure.unit)}"
        words.append(f"{figure.peer}{value}")
    return ", ".join(words)


def table(figures):
    rows = [("bench", "figure", "value", "limit or peer", "ratio", "")]
    for f in figures:
        ratio = f.ratio()
        rows.append((f.bench, f.name, number(f.value, f.unit), beside(f), "" if ratio is None else f"{ratio:.2f}", f.verdict()))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [f"{b:<{widths[0]}}  {n:<{widths[1]}}  {v:>{widths[2]}}  {l:<{widths[3]}}  {r:>{widths[4]}}  {e}".rstrip()
             for b, n, v, l, r, e in rows]
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)
