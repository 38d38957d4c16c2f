"""What all tests share: one BLAS thread, for two test processes have two cores between them."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported
