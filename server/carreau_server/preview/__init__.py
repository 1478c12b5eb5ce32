"""Preview of the output folders of `carreau model` on this machine, before a bundle is published."""
