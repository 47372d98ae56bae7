"""Encryption: the vault, the keys, and masked row ids."""
