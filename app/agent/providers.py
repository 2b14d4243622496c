"""The language model that the settings name: its provider, and the one that is asked when that fails."""

from collections.abc import Mapping

from app.agent.failover import Failover, Provider
from app.agent.openai_api import Api
from app.agent.openai_chat import CHAT
from app.agent.openai_client import PATIENCE, Endpoint, OpenAIModel
from app.agent.openai_responses import RESPONSES
from app.settings import Settings

APIS: Mapping[str, Api] = {"responses": RESPONSES, "chat": CHAT}
PATIENCE_WITH_ANOTHER = 10.0
"""Seconds that a provider may be asked again for while another one could answer."""


def language_model(settings: Settings) -> Failover:
    """Return the settings' model and its fallback."""
    usual = Endpoint(settings.openai_base_url, settings.openai_model, settings.openai_api_key)
    patience = PATIENCE_WITH_ANOTHER if settings.has_fallback else PATIENCE
    model = OpenAIModel(APIS[settings.usual_api], usual, patience=patience)
    providers = [Provider(model, settings.openai_model)]
    if settings.has_fallback:
        another = Endpoint(settings.fallback_base_url, settings.fallback_model, settings.fallback_api_key)
        providers.append(Provider(OpenAIModel(APIS[settings.fallback_api or "chat"], another), settings.fallback_model))
    return Failover(providers)
