"""The experiments, one file each: run(bench) measures and returns plain data, table(data) shows it as Markdown."""
