"""Typed environment, read once at start. Every error names the variable, what is wrong and how to mend it."""

import difflib
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
import msgspec.inspect
import structlog

from app import setting_rules

log = structlog.get_logger()

Positive = Annotated[int, msgspec.Meta(ge=1)]
SECRET_LENGTH = 32
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class SettingsError(Exception):
    """A setting is missing or wrong; the text is one line for the person who starts the program."""


class Settings(msgspec.Struct, kw_only=True, frozen=True):
    """The configuration of one process; the names are those of the environment, without `BICHAT_`, in lower case."""

    app_env: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8000
    data_dir: Path = Path("var")
    secret_key: str = ""
    database_url: str = ""
    redis_url: str = ""
    analytics_url: str = ""
    analytics_isolation: Literal["views", "single"] = "views"
    analytics_schema: str = "analytics"
    openai_api_key: str = ""
    openai_base_url: str = ""
    openai_model: str = "gpt-5.2"
    fallback_base_url: str = ""
    fallback_api_key: str = ""
    fallback_model: str = ""
    fallback_api: Literal["", "responses", "chat"] = ""
    anthropic_api_key: str = ""
    prices_file: str = ""
    model: Literal["", "offline"] = ""
    model_api: Literal["", "responses", "chat"] = ""
    judge_model: str = ""
    hosted_tools: tuple[str, ...] = ()
    automatic_titles: bool = True
    context_window: Positive = 200_000
    completion_reserve: Positive = 8_000
    overflow_strategy: Literal["compact", "truncate", "error"] = "compact"
    max_history_messages: Positive = 50
    max_iterations: Positive = 30
    run_timeout: Positive = 300
    tool_timeout: Positive = 120
    max_message_chars: Positive = 20_000
    sql_timeout: Positive = 30
    sql_max_rows: Positive = 1000
    export_max_rows: Positive = 100_000
    storage_url: str = ""
    storage_base_url: str = "/bi-chat/uploads"
    rate_messages: Positive = 20
    schema_metadata_dir: str = ""
    knowledge_dir: str = ""
    kb_enabled: bool = True
    embedding_base_url: str = ""
    embedding_api_key: str = ""
    embedding_model: str = "text-embedding-3-small"
    skills_dir: str = ""
    prompt_extension: str = ""
    prompt_extension_file: str = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"
    metrics_token: str = ""
    otel_exporter_otlp_endpoint: str = ""
    event_bus_buffer_size: Positive = 1000
    default_locale: Literal["en", "ru", "uz"] = "en"
    allowed_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()

    @property
    def is_production(self) -> bool:
        """Tell whether this is a real site rather than somebody's desk."""
        return self.app_env == "production"

    @property
    def uses_offline_model(self) -> bool:
        """Tell whether the built-in offline analyst answers instead of a language model."""
        return self.model == "offline" or not self.openai_api_key

    @property
    def usual_api(self) -> Literal["responses", "chat"]:
        """Return which API the usual provider is asked by."""
        return self.model_api or ("chat" if self.openai_base_url else "responses")

    @property
    def has_fallback(self) -> bool:
        """Tell whether there is a provider to ask when the usual one fails."""
        return bool(self.fallback_base_url)

    @property
    def context_budget(self) -> int:
        """Return how many tokens a language model is sent at most."""
        return self.context_window - self.completion_reserve

    @property
    def site(self) -> str:
        """Return the address that people open, as far as the settings tell it."""
        return f"https://{self.allowed_hosts[0]}" if self.is_production else f"http://{self.host}:{self.port}"

    @property
    def uses_demo_analytics(self) -> bool:
        """Tell whether the business database is the demo's own file."""
        return self.analytics_url == f"sqlite:///{self.data_dir.absolute() / 'analytics.sqlite'}"


UNPREFIXED = {
    "app_env", "host", "port", "database_url", "redis_url", "openai_api_key", "openai_base_url", "openai_model",
    "log_level", "log_format", "otel_exporter_otlp_endpoint", "anthropic_api_key",
}  # fmt: skip
FOR_TESTS = frozenset({"BICHAT_CHROMIUM"})
"""Variables that only the tests read: no typing mistakes, so not warned about."""
ANTHROPIC, ANTHROPIC_MODEL = "https://api.anthropic.com/v1", "claude-sonnet-4-5"
ADDRESSES = {
    "openai_base_url": "https://host/v1, or unset it for OpenAI",
    "fallback_base_url": "https://host/v1, or unset it",
    "embedding_base_url": "https://host/v1, or unset it",
    "otel_exporter_otlp_endpoint": "http://host:4318, or unset it",
}


def variable(field: str) -> str:
    """Return the environment variable of a settings field."""
    return field.upper() if field in UNPREFIXED else f"BICHAT_{field.upper()}"


def load(environ: Mapping[str, str]) -> Settings:
    """Read `environ`; raises `SettingsError`. Makes the data directory and, outside production, the secret key in it.

    What it does not know is for `warn_of_unknown`, once the log is set up as the settings say.
    """
    values = {name: value for name in Settings.__struct_fields__ if (value := environ.get(variable(name), "").strip())}
    settings = msgspec.structs.replace(Settings(), **{name: _convert(name, text) for name, text in values.items()})
    return _complete(settings)


def warn_of_unknown(environ: Mapping[str, str]) -> None:
    """Log a warning for each variable that looks like a setting and is none, with the nearest known one."""
    known = {variable(name) for name in Settings.__struct_fields__} | FOR_TESTS
    for name in sorted(environ):
        if name.startswith("BICHAT_") and name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0)
            log.warning("unknown setting ignored", variable=name, nearest=nearest[0] if nearest else None)


def _convert(name: str, value: str) -> object:
    field = next(field for field in msgspec.structs.fields(Settings) if field.name == name)
    raw: object = value
    if field.type == tuple[str, ...]:
        raw = tuple(part.strip() for part in value.split(",") if part.strip())
    elif name == "log_level":
        raw = value.upper()
    try:
        return msgspec.convert(raw, field.type, strict=False, dec_hook=lambda kind, text: kind(text))
    except msgspec.ValidationError as error:
        raise SettingsError(f"{variable(name)} is {value!r}. Set it to {_expected(field.type)}, or unset it.") from error


def _expected(kind: Any) -> str:
    """Return what a setting of a type may be, in words."""
    shape = msgspec.inspect.type_info(kind)
    match shape:
        case msgspec.inspect.LiteralType(values):
            return " or ".join(str(value) for value in values if value != "")
        case msgspec.inspect.BoolType():
            return "true or false"
        case msgspec.inspect.IntType(ge=least, le=most):
            return f"a whole number from {least}" + (f" to {most}" if most else "")
        case _:
            return "text"


def _complete(settings: Settings) -> Settings:
    _check_production(settings)
    if settings.app_env == "development" and not settings.allowed_hosts:
        settings = msgspec.structs.replace(settings, allowed_hosts=(*LOOPBACK_HOSTS, settings.host))
    data_dir = settings.data_dir.absolute()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"BICHAT_DATA_DIR is {str(data_dir)!r}, which cannot be made ({error.strerror}). Name a writable directory."
        raise SettingsError(message) from error
    settings = msgspec.structs.replace(
        settings,
        data_dir=data_dir,
        secret_key=settings.secret_key or _kept_secret(data_dir),
        database_url=settings.database_url or f"sqlite:///{data_dir / 'bichat.sqlite'}",
        analytics_url=settings.analytics_url or f"sqlite:///{data_dir / 'analytics.sqlite'}",
        storage_url=settings.storage_url or f"file://{quote(str(data_dir / 'files'))}",
        model_api=settings.usual_api,
        prompt_extension=_prompt_extension(settings),
    )
    wrong = (
        setting_rules.of_database("DATABASE_URL", settings.database_url)
        or setting_rules.of_database("BICHAT_ANALYTICS_URL", settings.analytics_url)
        or setting_rules.of_storage(settings.storage_url) or setting_rules.of_links(settings.storage_base_url)
        or setting_rules.of_origins(settings.cors_origins)
        or setting_rules.of_hosted_tools(settings.hosted_tools, settings.model_api)
    )  # fmt: skip
    if wrong:
        raise SettingsError(wrong)
    if settings.redis_url and not setting_rules.is_redis(settings.redis_url):
        raise SettingsError("REDIS_URL is not the address of a Redis. Write it like redis://host:6379/0, or unset it.")
    settings = _with_fallback(settings)
    _check_addresses(settings)
    if settings.completion_reserve >= settings.context_window:
        message = "BICHAT_COMPLETION_RESERVE leaves nothing of BICHAT_CONTEXT_WINDOW. Set it to fewer tokens than the window."
        raise SettingsError(message)
    if settings.knowledge_dir and not Path(settings.knowledge_dir).is_dir():
        raise SettingsError(f"BICHAT_KNOWLEDGE_DIR is {settings.knowledge_dir!r}, which is no directory. Name one, or unset it.")
    return settings


def _check_production(settings: Settings) -> None:
    if settings.secret_key and len(settings.secret_key) < SECRET_LENGTH:
        message = f"BICHAT_SECRET_KEY is shorter than {SECRET_LENGTH} characters. Make one with `openssl rand -hex 32`."
        raise SettingsError(message)
    if not settings.is_production:
        return
    if not settings.secret_key:
        raise SettingsError("BICHAT_SECRET_KEY is required in production. Make one with `openssl rand -hex 32`.")
    if not settings.allowed_hosts:
        raise SettingsError("BICHAT_ALLOWED_HOSTS is required in production. Name the hosts people open, separated by commas.")
    if settings.model != "offline" and not settings.openai_api_key:
        message = (
            "OPENAI_API_KEY environment variable is required. Set it, or BICHAT_MODEL=offline for the built-in offline analyst."
        )
        raise SettingsError(message)


def _check_addresses(settings: Settings) -> None:
    for name, example in ADDRESSES.items():
        if (address := getattr(settings, name)) and not setting_rules.is_address(address):
            raise SettingsError(f"{variable(name)} is {address!r}. Write it like {example}.")


def _with_fallback(settings: Settings) -> Settings:
    """Return the settings with the whole fallback or none; Anthropic's key is never sent to a server that somebody named."""
    if settings.anthropic_api_key and not (settings.fallback_base_url or settings.fallback_api_key):
        model = settings.fallback_model or ANTHROPIC_MODEL
        whole = {"fallback_base_url": ANTHROPIC, "fallback_api_key": settings.anthropic_api_key, "fallback_model": model}
        settings = msgspec.structs.replace(settings, **whole)
    names = ("fallback_base_url", "fallback_api_key", "fallback_model")
    missing = [variable(name) for name in names if not getattr(settings, name)]
    if missing and (len(missing) < len(names) or settings.fallback_api):
        raise SettingsError(f"{missing[0]} is required with the other BICHAT_FALLBACK variables. Set it, or unset them.")
    if settings.fallback_base_url == ANTHROPIC and settings.fallback_api == "responses":
        raise SettingsError("BICHAT_FALLBACK_API is 'responses', which Anthropic does not speak. Set it to chat, or unset it.")
    return settings


def _prompt_extension(settings: Settings) -> str:
    if not settings.prompt_extension_file:
        return settings.prompt_extension
    try:
        text = Path(settings.prompt_extension_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"BICHAT_PROMPT_EXTENSION_FILE cannot be read ({error}). Name a readable UTF-8 text file or unset it."
        raise SettingsError(message) from error
    return text or settings.prompt_extension


def _kept_secret(data_dir: Path) -> str:
    path = data_dir / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(SECRET_LENGTH), encoding="ascii")
    return path.read_text(encoding="ascii").strip()
