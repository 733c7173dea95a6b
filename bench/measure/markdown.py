"""Markdown tables. None is shown as a dash, a float with two decimals."""


def cell(value):
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value).replace("|", "\\|")


def table(headers, rows, left=1):
    """The first `left` columns to the left, the others to the right; padded, so the text is readable as it is."""
    grid = [headers, *([cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in grid) for column in range(len(headers))]

    def line(row):
        return "| " + " | ".join(
            text.ljust(width) if column < left else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths))) + " |"

    rule = "|" + "|".join("-" * (width + 2) if column < left else "-" * (width + 1) + ":"
                          for column, width in enumerate(widths)) + "|"
    return "\n".join([line(grid[0]), rule, *map(line, grid[1:])])
