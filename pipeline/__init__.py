"""Turn scans into models any phone can open, with the same bytes however many processors there are."""

import os

# A product of long vectors, shared among BLAS threads, is summed in another order by each number of them: its last bit
# then tells how many processors a machine has. Read when numpy is loaded, so set before; no step is slower for it.
for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS"):
    os.environ[_variable] = "1"
