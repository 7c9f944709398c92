"""The gateway process: rooms, journal and database joined.

`main.py` starts and stops it; `desk.py` brings publishers and tasks together; `task_log.py` writes what each task
sees of its room; `capture.py` journals one publication; `recovery.py` and `cleaning.py` look after what is on disk.
"""
