"""The benchmarks behind `tocns bench NAME`: each module has `run() -> dict`, ratios measured in one run."""
