"""Files of measured facts that massing models are made from."""
