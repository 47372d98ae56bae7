"""Fixtures of the tests with processes of their own."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.database.databases import PostgresServer


@pytest.fixture
async def postgresql(postgresql_server: PostgresServer, postgresql_template: str) -> str:
    """The address of a database with its tables and nobody in it."""
    if not postgresql_server.is_running():
        await asyncio.to_thread(postgresql_server.start)
    make = postgresql_server.create_database
    return postgresql_server.url(await asyncio.to_thread(make, postgresql_template))
