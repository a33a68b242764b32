"""The console: what staff look at all day. Server-rendered pages over the views, and forms that send commands."""
