"""What people are asked to decide, and what they decided (metrics.md e).

- `queues`: the questions, and which answers each takes
- `verdicts`: an answer as people write it
- `refresh`: after a build, what waits and what does not any more
- `sheets`: the questions as files that a spreadsheet program opens
- `answers`: those files read back; nothing is kept unless all of it can be
"""
