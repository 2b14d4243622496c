"""What people read when a run goes wrong or while it works, by code; English msgids."""

from typing import NamedTuple

from app.errors import N_

ERRORS = {
    "rate_limited": N_("The language model is receiving too many questions right now. Wait a minute, then try again."),
    "timeout": N_("The answer took too long and was ended. Try again, or ask for a shorter period or fewer details."),
    "unavailable": N_("The language model or the database did not answer. Try again in a moment."),
    "overloaded": N_("The language model is overloaded. Try again in a moment."),
    "bad_response": N_("The language model's answer could not be read. Try again."),
    "network": N_("The connection to the language model broke. Try again."),
    "internal": N_("Something went wrong on our side. What was found so far is kept. Try again."),
    "validation": N_(
        "The language model did not accept the request. Put the question differently; if that does not help, tell your "
        "administrator."
    ),
    "session_expired": N_("Your access ended while the answer was being written. Sign in again and ask again."),
    "quota": N_(
        "The budget for the language model is used up. What was written is kept. A budget of one day starts anew at midnight; "
        "if it is another one, ask your administrator."
    ),
    "model_auth": N_("The language model refuses BiChat's key. Ask your administrator to check OPENAI_API_KEY."),
    "fallback_auth": N_(
        "The language model that stands in for the usual one refuses BiChat's key. Ask your administrator to check "
        "BICHAT_FALLBACK_API_KEY, or ANTHROPIC_API_KEY where only that is set."
    ),
    "context_length": N_("This conversation has become too long for the language model. Start a new chat."),
    "question_length": N_("This question is too long for the language model. Shorten it, or ask about one part after another."),
    "content_filter": N_("The language model's provider refused to answer this. Put the question differently."),
    "cancelled": N_("The answer was cancelled."),
}
RETRYABLE = frozenset({"rate_limited", "timeout", "unavailable", "overloaded", "network", "bad_response", "internal"})
"""After these the same question may well be answered."""
TOLD_AS = {"bad_response": "internal", "fallback_auth": "model_auth", "question_length": "context_length"}
"""Codes that programs know by a wider one."""


class Failure(NamedTuple):
    """A failure as it is told: a code of the contract, an English msgid, and whether it helps to try again."""

    code: str
    sentence: str
    is_retryable: bool


def failure(code: str) -> Failure:
    """Return what is told of a run that failed with `code`."""
    return Failure(TOLD_AS.get(code, code), ERRORS.get(code, ERRORS["internal"]), code in RETRYABLE)


NOT_FOUND = N_("This number was not found in the results")
NO_DATA = N_("The numbers in this answer do not come from your data: nothing was looked up for it.")
LOST = {
    "gone": N_("“%(name)s” is gone: the provider keeps files for a short time only."),
    "too_large": N_("“%(name)s” is too large to be kept."),
    "too_many": N_("“%(name)s” is not kept: the answer has too many files."),
    "kind": N_("“%(name)s” is of a kind that is not kept."),
    "unreadable": N_("“%(name)s” is damaged or not what its name says, and is not kept."),
    "failed": N_("“%(name)s” could not be fetched from the provider."),
}
"""Why a file that a program wrote is not kept."""
PROGRESS = {
    "thinking": N_("Thinking…"),
    "writing": N_("Writing the answer…"),
    "another_provider": N_("The usual language model did not answer. Asking another one…"),
    "schema_list": N_("Looking at the tables…"),
    "schema_describe": N_("Looking at the tables…"),
    "sql_execute": N_("Querying the database…"),
    "search_validated_queries": N_("Looking for a verified query…"),
    "kb_search": N_("Looking into the knowledge…"),
    "web_search": N_("Searching the web…"),
    "code_interpreter": N_("Running a program…"),
    "load_skill": N_("Reading how this is done…"),
    "search_learnings": N_("Looking at what was learned before…"),
    "save_validated_query": N_("Proposing a query for approval…"),
    "save_learning": N_("Noting what was learned…"),
    "render_table": N_("Preparing a table…"),
    "task": N_("Another agent is at work…"),
    "get_current_time": N_("Checking the date…"),
}
PURPOSES = {
    "sql_execute": N_("Query the database"),
    "web_search": N_("Search the web (what is searched for leaves the company)"),
    "code_interpreter": N_("Run programs at the model's provider (what they work with leaves the company)"),
    "schema_list": N_("List the tables"),
    "schema_describe": N_("Look at tables"),
    "render_table": N_("Show a table"),
    "draw_chart": N_("Draw a chart"),
    "export_query_to_excel": N_("Make an Excel file of a query"),
    "export_data_to_excel": N_("Make an Excel file of a result"),
    "export_to_pdf": N_("Make a PDF"),
    "search_learnings": N_("Look at what was learned before"),
    "save_validated_query": N_("Propose a query for approval"),
    "save_learning": N_("Note what was learned"),
    "kb_search": N_("Look into the knowledge"),
    "search_validated_queries": N_("Look for a verified query"),
    "load_skill": N_("Read how something is done"),
    "get_current_time": N_("Check the date"),
    "task": N_("Give a task to another agent"),
}
"""What each tool is for; one that a company brings along goes by its own name."""
SHORT_PURPOSES = {"web_search": N_("Search the web"), "code_interpreter": N_("Run a program")}
WORKING = N_("Working…")


def purpose(tool: str) -> str:
    """Return the English msgid of what a tool is for."""
    return PURPOSES.get(tool, tool)


def attempt(tool: str) -> str:
    """Return the English msgid of what a call was to do that came to nothing."""
    return SHORT_PURPOSES.get(tool, purpose(tool))
