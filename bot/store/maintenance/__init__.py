"""Backup, restore, retention, key rotation and data migrations."""
