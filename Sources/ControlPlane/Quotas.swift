import Autoscalers
import Kernel
import Model

/// A namespace's ResourceQuota.
package struct QuotaDescription: Hashable, Sendable {
    package var namespace: String
    /// The most that the namespace's pods may ask for together, in thousandths of a core and in bytes.
    package var cpu: Int64?
    package var memory: Int64?
    package var pods: Int?

    package init(namespace: String, cpu: Int64? = nil, memory: Int64? = nil, pods: Int? = nil) {
        self.namespace = namespace
        self.cpu = cpu
        self.memory = memory
        self.pods = pods
    }
}

/// What a quota did in a run.
package struct QuotaReport: Hashable, Sendable {
    package var namespace: String
    /// Looks of a ReplicaSet's controller, or polls of a ScaledJob, at which the API server refused pods.
    package var refusals: Int
    /// ∫ pods that were wanted and refused dt in seconds.
    package var refusedPodSeconds: Double
    /// The most that was asked for at once.
    package var mostCPU: Int64
    package var mostPods: Int
}

/// The admission of pods by ResourceQuotas, and how ReplicaSets go on after a refusal.
///
/// Pods count from their creation until they are gone, those that end included. A ReplicaSet whose pod was refused
/// tries again when its controller looks at it: when its number or one of its pods has changed, and after 5 ms, doubling
/// with each failure up to 1,000 s (`DefaultTypedControllerRateLimiter`). It does not learn that another service has left
/// room. Jobs are asked for at each poll of their ScaledJob, and at no other time.
struct Quotas: Sendable {
    private struct Usage: Hashable, Sendable {
        var cpu: Int64 = 0
        var memory: Int64 = 0
        var pods = 0
    }

    /// What the controller knows of one ReplicaSet.
    fileprivate struct Sync: Hashable, Sendable {
        var failures = 0
        var next = SimulatedInstant.never
        /// As of its last look.
        var wanted = 0
        var pods: [ReplicaObservation] = []
        /// Pods that are missing since they were refused.
        var refused = 0
    }

    private let plan: ScalingPlan
    /// By service: its quota; `nil`: its namespace has none.
    private let place: [Int?]
    private var used: [Usage]
    private var syncs: [Sync]
    private var reports: [QuotaReport]
    private var lastLook = SimulatedInstant.start

    private static let firstDelay = SimulatedDuration.milliseconds(5)
    private static let mostDelay = SimulatedDuration.seconds(1_000)

    /// `nil` if there are no quotas.
    init?(_ plan: ScalingPlan) {
        guard !plan.quotas.isEmpty else { return nil }
        self.plan = plan
        place = plan.services.map { service in
            plan.quotas.firstIndex { $0.namespace == service.namespace }
        }
        used = plan.quotas.map { _ in Usage() }
        syncs = plan.services.map { _ in Sync() }
        reports = plan.quotas.map {
            QuotaReport(
                namespace: $0.namespace, refusals: 0, refusedPodSeconds: 0, mostCPU: 0, mostPods: 0)
        }
    }

    var nextInstant: SimulatedInstant {
        syncs.lazy.map(\.next).filter { $0 > lastLook }.min() ?? .never
    }

    /// Counts the pods that there are.
    mutating func begin(
        seeing seen: [ServiceObservation], _ requests: PodRequests, at now: SimulatedInstant
    ) {
        account(until: now)
        used = plan.quotas.map { _ in Usage() }
        for service in place.indices {
            guard let quota = place[service] else { continue }
            let replicas =
                plan.services[service].bounds == nil
                ? Array(0..<plan.services[service].initialReplicas)
                : seen[service].replicas.map { Int($0.replica) }
            for replica in replicas {
                add(requests[PodName(service: service, replica: replica)], pods: 1, to: quota)
            }
        }
    }

    /// Whether there is room for a pod's other requests; they count from now on if there is.
    mutating func accepts(_ wanted: PodResources, insteadOf present: PodResources, of service: Int)
        -> Bool
    {
        guard let quota = place[service] else { return true }
        let more = PodResources(
            cpu: wanted.cpu - present.cpu, memory: wanted.memory - present.memory)
        guard exceeded(by: more, pods: 0, quota).isEmpty else { return false }
        add(more, pods: 0, to: quota)
        return true
    }

    /// Strikes out the creation of pods that are refused, or that nobody tries to make now.
    mutating func admit(
        _ orders: inout [ReplicaOrder], of service: Int, _ requests: PodResources, wanted: Int,
        areJobs: Bool, seeing seen: ServiceObservation, at now: SimulatedInstant,
        _ log: inout ControlLog
    ) {
        guard let quota = place[service] else { return }
        let creations = orders.count { $0.isCreation }
        var sync = syncs[service]
        let isDue =
            areJobs || sync.failures == 0 || sync.next <= now || sync.wanted != wanted
            || !sync.hasSeen(seen.replicas)
        var admitted = 0
        if isDue {
            while admitted < creations, exceeded(by: requests, pods: 1, quota).isEmpty {
                add(requests, pods: 1, to: quota)
                admitted += 1
            }
            let problems = exceeded(by: requests, pods: 1, quota)
            sync.take(wanted: wanted, seen.replicas)
            note(creations > admitted ? problems : nil, service, quota, &sync, at: now, &log)
            if areJobs { sync.next = .never }
        }
        sync.refused = creations - admitted
        syncs[service] = sync
        var left = admitted
        orders.removeAll { order in
            guard order.isCreation else { return false }
            left -= 1
            return left < 0
        }
    }

    func report(at end: SimulatedInstant) -> [QuotaReport] {
        var copy = self
        copy.account(until: end)
        return copy.reports
    }

    // MARK: Accounts

    private mutating func account(until now: SimulatedInstant) {
        let seconds = (now - lastLook).seconds
        for service in place.indices where syncs[service].refused > 0 {
            guard let quota = place[service] else { continue }
            reports[quota].refusedPodSeconds += Double(syncs[service].refused) * seconds
        }
        lastLook = now
    }

    private mutating func add(_ requests: PodResources, pods: Int, to quota: Int) {
        used[quota].cpu = used[quota].cpu.addingWithinRange(requests.cpu)
        used[quota].memory = used[quota].memory.addingWithinRange(requests.memory)
        used[quota].pods += pods
        reports[quota].mostCPU = max(reports[quota].mostCPU, used[quota].cpu)
        reports[quota].mostPods = max(reports[quota].mostPods, used[quota].pods)
    }

    /// Of each resource of which too much would be asked for: what is asked for, used and allowed, in words.
    private func exceeded(by requests: PodResources, pods: Int, _ quota: Int) -> [Problem] {
        let (hard, used) = (plan.quotas[quota], used[quota])
        var problems: [Problem] = []
        func check(_ name: String, _ more: Int64, _ used: Int64, _ most: Int64?, _ unit: String) {
            // Whoever asks for no more of a resource is not stopped by it.
            guard let most, more > 0, more > most - used else { return }
            problems.append(
                Problem(
                    name: name, asked: "\(more)\(unit)", used: "\(used)\(unit)",
                    most: "\(most)\(unit)"))
        }
        check("pods", Int64(pods), Int64(used.pods), hard.pods.map(Int64.init), "")
        check("requests.cpu", requests.cpu, used.cpu, hard.cpu, "m")
        check("requests.memory", requests.memory, used.memory, hard.memory, "")
        return problems
    }

    private struct Problem {
        var name: String
        var asked: String
        var used: String
        var most: String
    }

    /// What a look of the ReplicaSet's controller led to; `nil`: all pods were made.
    private mutating func note(
        _ problems: [Problem]?, _ service: Int, _ quota: Int, _ sync: inout Sync,
        at now: SimulatedInstant, _ log: inout ControlLog
    ) {
        guard let problems else {
            if sync.failures > 0 {
                log.note(
                    AutoscalerCondition("ReplicaFailure", .no, "", ""), of: service, at: now)
            }
            sync.failures = 0
            sync.next = .never
            return
        }
        var delay = Self.firstDelay
        for _ in 0..<min(sync.failures, 20) { delay = min(delay + delay, Self.mostDelay) }
        sync.failures += 1
        sync.next = now.advanced(saturatingBy: delay)
        reports[quota].refusals += 1
        func list(_ value: KeyPath<Problem, String>) -> String {
            problems.map { "\($0.name)=\($0[keyPath: value])" }.joined(separator: ",")
        }
        let message =
            "pods of \(plan.services[service].name) are forbidden: exceeded quota: "
            + "\(plan.quotas[quota].namespace), requested: \(list(\.asked)), used: \(list(\.used)), "
            + "limited: \(list(\.most))"
        log.note(service, "FailedCreate", message, at: now)
        log.note(
            AutoscalerCondition("ReplicaFailure", .yes, "FailedCreate", message), of: service,
            at: now)
    }
}

extension Quotas.Sync {
    /// Whether the pods are what they were at the last look, as far as the API server tells.
    fileprivate func hasSeen(_ others: [ReplicaObservation]) -> Bool {
        pods.elementsEqual(others) {
            $0.replica == $1.replica && $0.phase == $1.phase && $0.isReady == $1.isReady
                && $0.incarnation == $1.incarnation && $0.isUnbound == $1.isUnbound
        }
    }

    fileprivate mutating func take(wanted: Int, _ pods: [ReplicaObservation]) {
        self.wanted = wanted
        self.pods = pods
    }
}

extension ReplicaOrder {
    var isCreation: Bool { kind == .create || kind == .createUnbound }
}

extension Int64 {
    /// The sum, or the number next to it that there is.
    fileprivate func addingWithinRange(_ other: Int64) -> Int64 {
        let (sum, isBeyond) = addingReportingOverflow(other)
        guard isBeyond else { return sum }
        return other < 0 ? .min : .max
    }
}
