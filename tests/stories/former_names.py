"""The sandbox and `team_file` under former names, for stories kept outside of this tree."""

import pkgutil
import sys
from importlib import import_module

import bot
import sandbox
import scheduling
from scheduling.changes import team_file


def _take_over(former: str, module: object, parent: object) -> None:
    sys.modules[former] = module  # type: ignore[assignment]
    setattr(parent, former.rpartition(".")[2], module)


_take_over("scheduling.team_file", team_file, scheduling)
_take_over("bot.sandbox", sandbox, bot)
for _found in pkgutil.walk_packages(sandbox.__path__, "sandbox."):
    sys.modules[f"bot.{_found.name}"] = import_module(_found.name)
