"""Instruction mapping as pure mathematics: statements, their normal form, and how they match.

Nothing here is a pass and nothing here prints.
"""
