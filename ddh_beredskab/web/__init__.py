"""The pages people see: live, read only, Danish first, without a framework and usable without a script.

`create_app` makes the application over open journals; `serve` runs it as a process of its own.
The way through: reading (what stands in SQL) -> views (what is shown) -> rendering (HTML) -> topics (what changed)
-> hub (who watches) -> event_stream.
"""

from ddh_beredskab.web.app import create_app
from ddh_beredskab.web.environments import Environments
from ddh_beredskab.web.server import run, serve

__all__ = ["Environments", "create_app", "run", "serve"]
