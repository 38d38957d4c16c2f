"""The binary form of programs: words and what they say, containers, assembly text."""
