"""The command line tools and what they share: diagnostics, the universe of dialects and passes."""
