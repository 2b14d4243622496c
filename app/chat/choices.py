"""What a person chooses of how their questions are answered: the model, and how long it reasons. It is kept on their account."""

import re

import msgspec
from sqlalchemy import bindparam, select, update

from app.chat.company_rules import Rules
from app.database import Database
from app.identity.actor import Actor
from app.identity.models import Tenant, User

EFFORTS = ("low", "medium", "high")
"""What the page offers; `company_rules.EFFORTS` are all that programs may ask for."""
REASONING = re.compile(r"(?:.*/)?(?:gpt-5(?!.*chat)|o[1-9]\b|gpt-oss|deepseek-r|qwq|grok-[3-9].*mini)", re.IGNORECASE)
"""Names of models that are known to take a reasoning effort."""
KEPT = (
    select(User.chosen_model.label("model"), User.chosen_effort.label("effort"), Tenant.models_allowed)
    .join(Tenant, Tenant.id == User.tenant_id)
    .where(User.id == bindparam("user_id"))
)


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


async def of(database: Database, actor: Actor, usual: str) -> Choices:
    """Return what somebody may choose in their company, with what they chose last as far as that is still allowed."""
    (kept,) = await database.rows(KEPT, {"user_id": actor.user_id})
    rules = Rules(tuple(kept.models_allowed), "")
    answers = rules.model(None, usual) or usual
    models = tuple(sorted(rules.models_allowed, key=lambda name: name != answers))
    takes_effort = any(REASONING.match(name) for name in models or (answers,))
    return Choices(
        models=models if len(models) > 1 else (),
        usual=answers,
        model=kept.model if kept.model != answers and kept.model in models else "",
        efforts=EFFORTS if takes_effort else (),
        effort=kept.effort if takes_effort and kept.effort in EFFORTS else "",
    )


async def keep(database: Database, actor: Actor, *, model: str | None, effort: str | None) -> None:
    """Keep what an accepted question chose for those that follow; what is None stays as it was."""
    (kept,) = await database.rows(KEPT, {"user_id": actor.user_id})
    chosen = (kept.model if model is None else model, kept.effort if effort is None else effort)
    if chosen == (kept.model, kept.effort):
        return
    async with database.writing() as db:
        values = dict(zip(("chosen_model", "chosen_effort"), chosen, strict=True))
        await db.execute(update(User).where(User.id == actor.user_id).values(**values))
