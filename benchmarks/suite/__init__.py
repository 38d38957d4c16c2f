"""The parts of `bench.py`: what is measured, against whom, how, and what comes of it.

`cases` and `lists` say what is measured, `groups` which bars are to be met, `peers` who computes;
`worker` and `sampling` take the times, `race` asks the workers in turn, `summary` and `table` make
ratios of times.
"""
