package import Kernel
import Model

/// Why a policy outside cannot be followed.
package struct PolicyError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}

/// What a policy outside is asked: what there is to be seen, of every service.
package struct PolicyQuestion: Hashable, Sendable {
    package struct Service: Hashable, Sendable {
        package var name: String
        package var bounds: ReplicaBounds?
        package var desired: Int
        package var pods: Int
        package var readyPods: Int
        /// Requests a second, of users and in all; `nil` while the pipeline has no answer.
        package var userRate: Double?
        package var arrivalRate: Double?
        package var failureRate: Double?
        package var concurrency: Double?
        package var queue: Double?
        /// Cores in use, all pods together, and how many of them have a sample.
        package var cpu: Double
        package var sampledPods: Int
        package var cores: Int
        package var capacityPerReplica: Double
        package var targetUtilisation: Double
        package var calls: [ExpectedCall]
    }

    package var now: SimulatedInstant
    package var services: [Service]

    init(_ view: ControlView) {
        now = view.now
        services = view.plan.services.enumerated().map { index, service in
            let live = Deployment.live(view.seen[index])
            let pods = view.metrics[index].pods(at: view.now)
            let hasLives = !view.seen[index].replicas.isEmpty
            return Service(
                name: service.name, bounds: service.bounds, desired: view.desired[index],
                pods: hasLives ? live.count : view.desired[index],
                readyPods: hasLives ? live.filter(\.isReady).count : view.desired[index],
                userRate: service.streams.isEmpty ? nil : view.userRate(index),
                arrivalRate: view.arrivalRate(index),
                failureRate: view.metrics[index].rate(at: view.now) { $0.failed },
                concurrency: view.metrics[index].concurrency(
                    at: view.now, window: view.plan.pipeline.window),
                queue: view.metrics[index].latest(at: view.now).map { Double($0.waiting) },
                cpu: pods.reduce(0) { $0 + $1.cpu }, sampledPods: pods.count,
                cores: service.cores, capacityPerReplica: service.capacityPerReplica,
                targetUtilisation: service.targetUtilisation, calls: service.calls)
        }
    }
}

/// What a policy outside answers: numbers of replicas, by name of service.
package struct PolicyAnswer: Hashable, Sendable {
    package var replicas: [(name: String, replicas: Int)]
    package var reason: String

    package init(replicas: [(name: String, replicas: Int)], reason: String = "") {
        self.replicas = replicas
        self.reason = reason
    }

    package static func == (one: Self, other: Self) -> Bool {
        one.reason == other.reason && one.replicas.elementsEqual(other.replicas, by: ==)
    }
    package func hash(into hasher: inout Hasher) {
        for (name, replicas) in replicas {
            hasher.combine(name)
            hasher.combine(replicas)
        }
    }

    /// What a plan's services shall have, within their bounds.
    func decisions(
        for question: PolicyQuestion, _ plan: ScalingPlan
    ) throws(PolicyError) -> [ScalingDecision] {
        let wanted = try question.check(self)
        return wanted.map { service, replicas in
            ScalingDecision(
                service: service, replicas: plan.services[service].bounds?.clamp(replicas),
                reason: "PolicyDecision",
                message: reason.isEmpty ? "the policy outside said so" : reason)
        }
    }
}

extension PolicyQuestion {
    /// The positions of the services that an answer names, and how many replicas it wants of each.
    ///
    /// O(services + names).
    ///
    /// - Throws: ``PolicyError`` when one of them is not there or has a fixed size, or the number is negative.
    @discardableResult
    package func check(
        _ answer: PolicyAnswer
    ) throws(PolicyError) -> [(service: Int, replicas: Int)] {
        let positions = Dictionary(
            services.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { $1 })
        var wanted: [(service: Int, replicas: Int)] = []
        for (name, replicas) in answer.replicas {
            guard let service = positions[name] else {
                throw PolicyError(
                    "names a service '\(name.prefix(64))' that there is not; those that scale are "
                        + scaledNames)
            }
            guard services[service].bounds != nil else {
                throw PolicyError(
                    "wants to scale '\(name)', which has no `scaling`; those that have it are "
                        + scaledNames)
            }
            guard replicas >= 0 else {
                throw PolicyError(
                    "wants \(replicas) replicas of '\(name)'; a number is 0 or more")
            }
            wanted.append((service, replicas))
        }
        return wanted
    }

    /// The first ten, for people.
    private var scaledNames: String {
        let names = services.filter { $0.bounds != nil }.map(\.name)
        let shown = names.prefix(10).joined(separator: ", ")
        return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
    }
}

/// Asks a process outside at every sync.
package struct ExternalPolicy: ScalingPolicy {
    private var ticker: Ticker

    package init(_ plan: ScalingPlan) {
        ticker = Ticker(every: plan.syncPeriod, from: .start + plan.syncPeriod)
    }

    package var nextInstant: SimulatedInstant { ticker.next }

    package mutating func decide(_ view: ControlView) -> PolicyVerdict {
        ticker.takeDue(at: view.now) ? .question : .decisions([])
    }
}
