"""The curator's desk: edits the files of the catalogue, with their comments, versions and history."""
