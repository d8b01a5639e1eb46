"""The journal: SQL that remembers. One contract, two databases (SQLite and PostgreSQL).

Plain synchronous functions over a small connection object (`connection.Conn`); the asyncio shell is `database`.
Read in this order: `connection`, `tables`, `messages` (append and read), `deliveries`, `handling`, `timers`, `intake`.
"""
