"""Reading `playbooks/`: YAML written by people becomes the core's types, every mistake with file and line.

load_playbooks(path)   the whole folder as one `Playbooks`, or `PlaybookError` with all problems
check_playbooks(path)  the problems alone, for `ddh-beredskab playbook check`
find_playbooks(path)   which folder is used: the one named, DDH_PLAYBOOKS, the checkout's, the package's
"""

from ddh_beredskab.playbooks.loader import check_playbooks, find_playbooks, load_playbooks
from ddh_beredskab.playbooks.problems import PlaybookError, Problem

__all__ = ["PlaybookError", "Problem", "check_playbooks", "find_playbooks", "load_playbooks"]
