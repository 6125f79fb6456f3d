"""The comparison on dealroom's routes: one PostgreSQL with a fresh copy of the chats, our server and the peer."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Any

from harness import database, dealroom, load, peer
from harness.compare import Plan, describe, memory_after, result_of, start_servers, tell, timed_rounds
from harness.dealroom import DEALROOM_SCENARIOS
from harness.postgres import Postgres
from harness.wanted import OURS


async def compare_dealroom(plan: Plan) -> dict[str, Any]:
    """Load the data, start the servers, verify, measure, verify what was written; return the figures, JSON-ready.

    Raises StartFailed, WrongAnswer, LoadFailed, PeerMissing, MigrationFailed.
    """
    load.ensure_wrk()
    wanted = [one for one in DEALROOM_SCENARIOS if not plan.only or one.name in plan.only]
    others = plan.others(wanted)
    peer.ensure_built(others)
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres())
        tell("loading data")
        dataset = await database.dealroom_dataset(postgres)
        owners = await dealroom.prepare_owners(dataset.dsn)
        running = start_servers(plan, others, dataset, "dealroom", stack)
        result = await describe(plan, dataset, running) | {
            "sessions": len(owners.chats),
            "messages": len(owners.ids),
        }
        verified = await dealroom.verify(owners, {name: server.base_url for name, server in running.items()})
        result["scenarios"] = []
        for scenario in wanted:
            print(scenario.title, file=sys.stderr)
            servers = {name: running[name] for name in (OURS, *scenario.others) if name in running}
            loads = dict.fromkeys(servers, scenario.load(owners))
            taken = await timed_rounds(servers, postgres, loads, plan)
            result["scenarios"].append(result_of(scenario, verified[scenario.name], taken))
        result |= memory_after(running)
        if OURS in running:
            result |= await dealroom.verify_record(owners, running[OURS].base_url)
        return result
