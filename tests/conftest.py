"""What all tests share.

One BLAS thread, for two test processes have two cores between them; IR is verified after every pass.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported
os.environ.setdefault("ISA_MAPPER_VERIFY", "1")
