"""Networks of queues in Ciw."""

import ciw

from agreement import latency_metrics


def run(seed, duration, names, hops=None, users="users", **network):
    """Simulates nodes called `names`, and measures them and whole journeys.

    `hops`: what to add to a journey for each visit of a node: the latency of the call to it and
    back, which Ciw's network does not have.
    """
    ciw.seed(seed)
    node_class = network.pop("node_class", None)
    simulation = ciw.Simulation(ciw.create_network(**network), node_class=node_class)
    simulation.simulate_until_max_time(duration)
    metrics, rejected = {}, {name: 0 for name in names}
    stays = {name: [] for name in names}
    for record in simulation.get_all_records():
        name = names[record.node - 1]
        if record.record_type == "rejection":
            rejected[name] += 1
        else:
            stays[name].append(record.exit_date - record.arrival_date)
    for name in names:
        metrics |= latency_metrics(f"{name} own", stays[name])
        metrics[f"{name} rejected"] = rejected[name]
    journeys = {}
    for individual in simulation.nodes[-1].all_individuals:
        records = [r for r in individual.data_records if r.record_type == "service"]
        if records:
            added = sum((hops or {}).get(names[record.node - 1], 0) for record in records)
            length = records[-1].exit_date - records[0].arrival_date + added
            journeys.setdefault(individual.customer_class, []).append(length)
    for customer_class, lengths in journeys.items():
        name = users if isinstance(users, str) else users[customer_class]
        metrics |= latency_metrics(name, lengths)
    return metrics
