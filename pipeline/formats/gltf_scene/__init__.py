"""Read an authored glTF whole, its animation too, and write it again."""
