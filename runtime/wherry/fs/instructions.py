"""What an agent is told about its files. The words are ours. Given out by `FileSystem.instructions`."""

from __future__ import annotations

USUAL_INSTRUCTIONS = """You have files of your own, which stay from one conversation to the next. Keep in them what \
will matter later: what was decided and why, texts that you work on, notes to yourself.

- Paths are relative, such as notes/decisions.md. Put files that belong together into one directory.
- One subject, one file. Keep it up to date: add what is new with its date, and put right what is no longer so.
- To change a part of a file, read it and call replace_lines with the numbers of the lines. When you learn that \
something in a file is wrong, change it there and then; do not add a line that says the opposite.
- To find something, call search_content, which tells the file and the line, and read from there with read_file. \
Answer from what the file says.
- What is over and done goes with move_file to archive/. Do not empty it or write over it.
- Write down what matters, not whole pages that you fetched.
- Never write down passwords, keys or other secrets.
- Files have a greatest size. If one is full, begin another or archive what is finished; do not write over something \
that may be needed."""

READ_ONLY_INSTRUCTIONS = """You can read files that stay from one conversation to the next: decisions, texts, notes. \
You cannot change them.

- Paths are relative, such as notes/decisions.md.
- Find where something is written with search_content, then read it with read_file."""
