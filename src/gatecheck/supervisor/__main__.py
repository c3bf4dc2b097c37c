"""Where a supervisor starts: `python -I -S` knows none of gatecheck's folders."""

from __future__ import annotations

import sys

sys.path.append(__file__.rpartition("/gatecheck/")[0])

from gatecheck.supervisor.watch import main

sys.exit(main())
