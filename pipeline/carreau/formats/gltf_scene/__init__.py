"""The lossless glTF scene: nodes, materials, skins and animations, read and written again."""
