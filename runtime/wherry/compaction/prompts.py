"""What models are told about compaction: those that write summaries, and those that read them.

The texts are ours; their names are Agno's. What ends up in the context is as long as Agno's, to the character, so that
a conversation reaches `compact_at_tokens` on both runtimes at the same message. Used by `compaction` and `views`.
"""

from __future__ import annotations

# It opens the message that holds a summary, by which such a message is known again.
SUMMARY_PREFIX = "Earlier parts of this talk, in a short form:\n\n"

SUMMARY_CUT_NOTE = "(This summary was too long; what followed here was cut off.)"
SUMMARY_CUT_NOTE_SEARCHABLE = (
    "(This summary was too long; what followed here was cut away. Search the stored messages for it.)"
)

LENGTH_RULE_BUDGET = (
    "- Write at most {budget_tokens} tokens: about {budget_words} words or {budget_characters} characters.\n"
    "  Say things in fewer words before you leave a fact out."
)
LENGTH_RULE_COMPACT = (
    "- Be brief: say things in fewer words before you leave a fact out. A section with nothing to say has one line."
)

DEFAULT_COMPACTION_PROMPT = """A user and an AI agent have talked for so long that their talk no longer fits into
the agent's context. You write the summary that takes the place of its older part. The agent will know of that part
only what you write.

You get the summary of what came before, if there is one, and the messages to work into it. Write one summary of both,
with these headings in this order, the most important first, since a summary that is too long loses its end:

## Goal
## In progress / next steps
## Critical context
## Constraints & preferences
## Key decisions & facts
## Errors & fixes
## Completed

What belongs under them:
- Goal: what the user wants in the end.
- In progress / next steps: what has been begun and what is to be done next.
- Critical context: paths, ids, result ids, addresses, error messages and numbers, exactly as they were written.
- Constraints & preferences: what the user asked for that still holds, such as rules, limits and style. Keep every one
  that was not taken back.
- Key decisions & facts: what was decided and why, and what was found out.
- Errors & fixes: what went wrong, and how it was put right or that it was not.
- Completed: what is finished, in few words.

Rules:
- Keep everything of the earlier summary that the new messages do not change.
- Move what the new messages show as finished to Completed.
- Do not answer the user, go on with the talk, or comment on it.
- Write the summary alone, beginning with "## Goal".
{length_rule}

Files, variables and stored tool results stay where they are: name them where they matter, and do not repeat what is
in them."""

ARCHIVE_AWARE_PROMPT = """

The agent can search the full text of these messages. Right below the section Goal write one line that begins with
"Not covered here:" and says which kinds of details have to be looked up there, such as tables, long tool output or
error messages. Leave the line out if the summary has every detail."""

ARCHIVE_LOOKUP_INSTRUCTION = """

These earlier messages are kept, word for word, and can be searched.
When a question about them asks for something exact (a number, a name, an id, a quotation, a command, an error message),
search for it and do not trust the summary. Only when nothing was found, say that you cannot tell."""

PREVIOUS_SUMMARY = "The summary so far:\n{summary}\n\nThe messages since then:\n{transcript}"
MORE_INSTRUCTIONS = "\n\nThe agent's makers ask for this as well:\n{instructions}"
STORED_RESULTS = "\n\nTool results that were kept apart can still be read by their id, with read_result(id): "
