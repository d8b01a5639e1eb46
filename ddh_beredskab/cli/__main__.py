"""`python -m ddh_beredskab.cli`: how a supervisor starts our own processes, with this very interpreter."""

from ddh_beredskab.cli import main

if __name__ == "__main__":
    main()
