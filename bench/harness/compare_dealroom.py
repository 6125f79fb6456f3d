"""The comparison on dealroom's routes: one PostgreSQL with a fresh copy of the chats, our server and the peer."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Any

from harness import database, dealroom, load, peer, settings
from harness.compare import Plan, describe, our_spec, peer_spec, result_of, start_server, tell, timed_rounds
from harness.dealroom import DEALROOM_SCENARIOS
from harness.postgres import Postgres
from harness.scenarios import OURS
from harness.servers import Server


async def compare_dealroom(plan: Plan) -> dict[str, Any]:
    """Load the data, start the servers, verify, measure, verify what was written; return the figures, JSON-ready.

    Raises StartFailed, WrongAnswer, LoadFailed, PeerMissing, MigrationFailed.
    """
    load.ensure_wrk()
    if plan.peer:
        peer.ensure_built()
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres())
        tell("loading data")
        dataset = await database.dealroom_dataset(postgres)
        owners = await dealroom.prepare_owners(dataset.dsn)
        wanted = [one for one in DEALROOM_SCENARIOS if not plan.only or one.name in plan.only]
        running = _start_servers(plan, wanted, dataset, stack)
        result = await describe(plan, dataset, running) | {
            "sessions": len(owners.chats),
            "messages": len(owners.ids),
        }
        verified = await dealroom.verify(owners, {name: server.base_url for name, server in running.items()})
        result["scenarios"] = []
        for scenario in wanted:
            print(scenario.title, file=sys.stderr)
            servers = {name: running[name] for name in (OURS, *scenario.peers) if name in running}
            taken = await timed_rounds(servers, postgres, scenario.load(owners), plan)
            result["scenarios"].append(result_of(scenario, verified[scenario.name], taken))
        if OURS in running:
            result |= await dealroom.verify_record(owners, running[OURS].base_url)
        return result


def _start_servers(
    plan: Plan, wanted: list[dealroom.DealroomScenario], dataset: database.Dataset, stack: ExitStack
) -> dict[str, Server]:
    running: dict[str, Server] = {}
    if plan.ours:
        start_server(running, our_spec(dataset, settings.DEALROOM_COMMAND), stack)
    variants = sorted({name for scenario in wanted for name in scenario.peers}) if plan.peer else []
    for number, variant in enumerate(variants):
        port = settings.NODE_PORT + number
        start_server(running, peer_spec(variant, port, dataset, plan.peer_env, list_content=True), stack)
    return running
