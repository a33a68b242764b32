"""Drawings for the report's page: plain SVG, with no script and nothing fetched."""

from collections.abc import Sequence
from html import escape

from onhand.bench.session import Figure

WIDTH, LABEL_WIDTH, VALUE_WIDTH, ROW = 760, 190, 130, 24
PLOT_WIDTH = WIDTH - LABEL_WIDTH - VALUE_WIDTH


def bars(figures: Sequence[Figure]) -> str:
    """A bar to each median, and a whisker from the lowest round to the highest. All in one unit."""
    most = max(figure.max for figure in figures) or 1
    drawn = [_bar(figure, row * ROW, PLOT_WIDTH / most) for row, figure in enumerate(figures)]
    return _svg(len(figures) * ROW, "Bars of medians", drawn)


def _bar(figure: Figure, top: int, scale: float) -> str:
    middle = top + ROW / 2
    low, mid, high = (LABEL_WIDTH + value * scale for value in (figure.min, figure.median, figure.max))
    return (
        f'<text x="{LABEL_WIDTH - 8}" y="{middle + 4}" class="label">{escape(figure.name)}</text>'
        f'<rect x="{LABEL_WIDTH}" y="{top + 4}" width="{mid - LABEL_WIDTH:.1f}" height="{ROW - 8}"/>'
        f'<path d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 4}v8M{high:.1f} {middle - 4}v8"/>'
        f'<text x="{high + 8:.1f}" y="{middle + 4}">{spelled(figure.median)} {escape(figure.unit)}</text>'
    )


def dots(values: Sequence[float]) -> str:
    """Values in the order in which they were measured."""
    height = 120
    most = max(values) or 1
    step = (WIDTH - LABEL_WIDTH) / max(1, len(values))
    across = [LABEL_WIDTH + step * (place + 0.5) for place in range(len(values))]
    down = [height - 6 - value / most * (height - 12) for value in values]
    marks = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in zip(across, down, strict=True)]
    labels = [
        f'<text x="{LABEL_WIDTH - 8}" y="14" class="label">{spelled(most)} /s</text>',
        f'<text x="{LABEL_WIDTH - 8}" y="{height - 2}" class="label">0</text>',
    ]
    return _svg(height, "One dot for each measurement", [*labels, *marks])


def spelled(value: float) -> str:
    """As many digits as a reader wants."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _svg(height: int, label: str, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
