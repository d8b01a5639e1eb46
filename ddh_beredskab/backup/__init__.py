"""Backup and restore: one file that holds every journal, written while the system runs and judged before it is used."""

from ddh_beredskab.backup.archive import Manifest, Part
from ddh_beredskab.backup.restoring import Restored, restore
from ddh_beredskab.backup.taking import take

__all__ = ["Manifest", "Part", "Restored", "restore", "take"]
