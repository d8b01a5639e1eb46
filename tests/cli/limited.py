"""Runs a command line under a limit of file size: a disk that is full, without one.

Arguments: the limit in bytes, then the command line. Meant for a process of its own.
"""

import resource
import sys

from ddh_beredskab.cli import main

if __name__ == "__main__":
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    main(sys.argv[2:])
