"""A journal on both databases for whoever asks for one."""

from tests.people.conftest import journal as journal
