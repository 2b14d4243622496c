"""What a person chooses of how their questions are answered: the model, and how long it reasons."""

import re
import uuid

import msgspec

from app.chat import company_rules
from app.database import Database

EFFORTS = ("low", "medium", "high")
"""What the page offers; `company_rules.EFFORTS` are all that programs may ask for."""
REASONING = re.compile(r"(?:.*/)?(?:gpt-5(?!.*chat)|o[1-9]\b|gpt-oss|deepseek-r|qwq|grok-[3-9].*mini)", re.IGNORECASE)
"""Names of models that are known to take a reasoning effort."""


class Choices(msgspec.Struct, frozen=True):
    """What may be chosen and what is: no `models` where there is nothing to choose, no `efforts` where no model takes them.

    An empty `model` is `usual`, an empty `effort` the model's own.
    """

    models: tuple[str, ...]
    usual: str
    model: str
    efforts: tuple[str, ...]
    effort: str

    def __bool__(self) -> bool:
        """Tell whether there is anything to choose."""
        return bool(self.models or self.efforts)


async def of(database: Database, tenant_id: uuid.UUID, usual: str, *, model: str, effort: str) -> Choices:
    """Return what the people of a company may choose, with what was chosen as far as that is still allowed."""
    rules = await company_rules.rules_of(database, tenant_id)
    answers = rules.model(None, usual) or usual
    models = tuple(sorted(rules.models_allowed, key=lambda name: name != answers))
    takes_effort = any(REASONING.match(name) for name in models or (answers,))
    chosen = model if model != answers and model in models else ""
    return Choices(
        models=models if len(models) > 1 else (),
        usual=answers,
        model=chosen,
        efforts=EFFORTS if takes_effort else (),
        effort=effort if takes_effort and effort in EFFORTS else "",
    )
