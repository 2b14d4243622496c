"""All pages for managers."""

from litestar.types import ControllerRouterHandler

from app.admin.routes import analytics, audit, people, prompt, roles, settings

HANDLERS: list[ControllerRouterHandler] = [
    *people.HANDLERS,
    *roles.HANDLERS,
    *settings.HANDLERS,
    *prompt.HANDLERS,
    *audit.HANDLERS,
    *analytics.HANDLERS,
]
