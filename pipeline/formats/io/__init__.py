"""What every reader leans on: the files of a scan, and numbers out of their bytes."""
