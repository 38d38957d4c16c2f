"""Programs for machines with instruction queues: buffers, addresses, instances, synchronisation."""
