"""No vendor at all: what would have been sent is written to files, and what people would answer is read from files.

var/outbox/2026-11-20.jsonl          one line per message, appended and fsynced
var/outbox/in/<any name>.jsonl       delivery reports, read receipts and replies, put there by tests or operators
var/outbox/in/done/                  what was read
var/outbox/in/rejected/              lines that could not be read, each with its reason
"""

from huhang.channels.adapters.outbox_file.outbox import OutboxFile

__all__ = ["OutboxFile"]
