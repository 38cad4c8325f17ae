"""``python -m bunmart_chassis.migrations``: the command line of the migrations."""

import sys

from bunmart_chassis.migrations.command import main

if __name__ == "__main__":
    sys.exit(main())
