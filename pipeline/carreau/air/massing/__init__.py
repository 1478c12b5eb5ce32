"""Solids of massing models: a dozen shapes with plane faces, and what lies between a smaller and a larger one."""
