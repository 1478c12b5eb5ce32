"""Write what is handed over: GLB, USDZ, and packages for an archive."""
