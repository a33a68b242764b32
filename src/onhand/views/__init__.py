"""Questions only: what is so, never a change. Answers are plain data classes, the same for HTTP, CLI and library."""
