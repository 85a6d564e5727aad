"""The replication core: continuous data protection and replication of block volumes."""
