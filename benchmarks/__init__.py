"""Speed, quality, growth and peers side by side: `python -m benchmarks.NAME` measures and writes data/results/NAME.json."""
