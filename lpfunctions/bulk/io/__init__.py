"""What a bulk run reads and writes: records, outcomes, files."""
