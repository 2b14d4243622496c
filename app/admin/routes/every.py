"""All pages for managers."""

from litestar.types import ControllerRouterHandler

from app.admin.routes import analytics, audit, feedback, people, prompt, roles, running, settings

HANDLERS: list[ControllerRouterHandler] = [
    *people.HANDLERS,
    *roles.HANDLERS,
    *settings.HANDLERS,
    *prompt.HANDLERS,
    *running.HANDLERS,
    *feedback.HANDLERS,
    *audit.HANDLERS,
    *analytics.HANDLERS,
]
