"""The immutable bundle: files by their content, and the manifest that names them, written last."""
