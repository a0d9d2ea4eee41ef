"""Video verification: frames and prompts in, a verdict with a reason per signal out.

The package is pure but for `decode`, `models` and `__main__`, which the rest may not import.
Its signals arrive with the work on video verification; `contract.py` says what they will keep,
and `registry.py` is where each will have its line.
"""
