"""What every `kernel.*` operation is as statements, one family per file."""
