package import ControlPlane
package import Kernel
package import Snapshots

/// What Topple and a policy in another process agree on; docs/policies.md describes it field by field.
package enum PolicyProtocol {
    /// Raised whenever a field changes its meaning or goes away; new fields leave it as it is.
    package static let version = 1
    /// Messages of more bytes are not taken: 16 MiB.
    static let largestMessage = 16 << 20
    /// Characters of a decision's reason that are kept.
    static let longestReason = 500
}

/// What a policy is told of a run before it begins.
package struct PolicyBriefing: Sendable {
    package var topology: String
    package var seed: UInt64
    package var duration: SimulatedDuration
    /// The release of Topple.
    package var release: String
    package var plan: ScalingPlan

    package init(
        topology: String, seed: UInt64, duration: SimulatedDuration, release: String,
        plan: ScalingPlan
    ) {
        self.topology = topology
        self.seed = seed
        self.duration = duration
        self.release = release
        self.plan = plan
    }

    /// The message that begins a run.
    package var hello: Node {
        Node([
            "type": "hello", "protocol": Node(PolicyProtocol.version), "release": Node(release),
            "topology": Node(topology), "seed": Node(.number(String(seed))),
            "duration": Node(duration.seconds), "syncPeriod": Node(plan.syncPeriod.seconds),
            "services": Node(
                Dictionary(
                    plan.services.map { ($0.name, describe($0)) }, uniquingKeysWith: { $1 })),
        ])
    }

    private func describe(_ service: ScaledService) -> Node {
        let calls = service.calls.map { call in
            (plan.services[call.target].name, Node(call.count))
        }
        return Node([
            "scales": Node(service.bounds != nil), "min": Node(service.bounds?.least),
            "max": Node(service.bounds?.most), "replicas": Node(service.initialReplicas),
            "cores": Node(service.cores), "capacity": Node(service.capacityPerReplica),
            "target": Node(service.targetUtilisation), "isEntry": Node(!service.streams.isEmpty),
            "calls": Node(Dictionary(calls, uniquingKeysWith: { $1 })),
        ])
    }
}

extension PolicyQuestion {
    /// The message that asks for a decision; `number` counts them from 1.
    package func message(number: Int) -> Node {
        Node([
            "type": "observation", "number": Node(number), "time": Node(now.seconds),
            "services": observed,
        ])
    }

    /// By name: what there is to be seen of each service.
    var observed: Node {
        Node(
            Dictionary(
                services.map { ($0.name, Self.observed($0)) }, uniquingKeysWith: { $1 }))
    }

    private static func observed(_ service: Service) -> Node {
        Node([
            "desired": Node(service.desired), "pods": Node(service.pods),
            "ready": Node(service.readyPods), "userRate": Node(service.userRate),
            "arrivalRate": Node(service.arrivalRate), "failureRate": Node(service.failureRate),
            "concurrency": Node(service.concurrency), "queue": Node(service.queue),
            "cpu": Node(service.sampledPods > 0 ? service.cpu : nil),
            "sampledPods": Node(service.sampledPods),
        ])
    }
}
