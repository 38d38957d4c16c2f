"""Front ends: everything that makes a kernel from another notation, such as an einsum string."""
