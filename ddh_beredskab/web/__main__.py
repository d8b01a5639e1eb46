"""`python -m ddh_beredskab.web`: the web process, told what it needs by DDH_... in its environment."""

import sys

from ddh_beredskab.settings import Settings
from ddh_beredskab.web.server import run

if __name__ == "__main__":
    sys.exit(run(Settings()))
