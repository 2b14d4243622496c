"""All pages for managers."""

from litestar.types import ControllerRouterHandler

from app.admin.routes import analytics, audit, entrance, feedback, knowledge, people, prompt, roles, running, settings, tools

HANDLERS: list[ControllerRouterHandler] = [
    *entrance.HANDLERS,
    *people.HANDLERS,
    *roles.HANDLERS,
    *settings.HANDLERS,
    *tools.HANDLERS,
    *prompt.HANDLERS,
    *running.HANDLERS,
    *knowledge.HANDLERS,
    *feedback.HANDLERS,
    *audit.HANDLERS,
    *analytics.HANDLERS,
]
