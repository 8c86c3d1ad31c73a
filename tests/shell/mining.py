"""Read an event log with pm4py, and tell what it found as JSON: run as a program of its own, because pm4py warns."""

from __future__ import annotations

import json
import sys
import warnings

warnings.simplefilter("ignore")

import pm4py  # noqa: E402  # what it warns of is of no concern here


def conformance(log_file: str, net_file: str) -> dict[str, object]:
    """How well each trace of an XES log fits a Petri net, by alignments and by token replay."""
    log = pm4py.read_xes(log_file, return_legacy_log_object=True)
    net, start, end = pm4py.read_pnml(net_file)
    aligned = pm4py.conformance_diagnostics_alignments(log, net, start, end)
    replayed = pm4py.conformance_diagnostics_token_based_replay(log, net, start, end)
    return {
        "workflow_net": pm4py.check_is_workflow_net(net),
        "traces": [
            {
                "case": trace.attributes["concept:name"],
                "events": [
                    [event["concept:name"], event["time:timestamp"].isoformat(), event["org:role"]] for event in trace
                ],
                "alignment": aligned[number]["fitness"],
                "replay": replayed[number]["trace_fitness"],
            }
            for number, trace in enumerate(log)
        ],
    }


def objects(log_file: str) -> dict[str, object]:
    """What an OCEL 2.0 log holds."""
    log = pm4py.read_ocel2_json(log_file)
    return {
        "events": log.events["ocel:activity"].value_counts().to_dict(),
        "objects": log.objects["ocel:type"].value_counts().to_dict(),
        "relations": len(log.relations),
        "stages": log.object_changes["stage"].dropna().tolist(),
    }


if __name__ == "__main__":
    wanted = {"conformance": conformance, "objects": objects}[sys.argv[1]]
    print("\n" + json.dumps(wanted(*sys.argv[2:])))  # noqa: T201  # its answer
