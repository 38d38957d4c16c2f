"""The simulator that a machine's description drives: what a program computes, and how fast."""
